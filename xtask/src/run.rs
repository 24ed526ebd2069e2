//! Other programs: shown before they run, and errors that say what was run.

use crate::say;
use anyhow::{Context as _, Result, bail};
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

/// Which stream of a program [`watched`] reads; the other stays connected to ours.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

/// The cargo that runs xtask, in the checkout at `root`.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// Runs a program to its end, its output untouched; an error when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    announce(command);
    let status = command.status().with_context(|| format!("`{}` did not start", line(command)))?;
    finished(command, status.success())
}

/// Runs a program, passing one of its streams on line by line. Returns what `keep` made of the lines, whether the
/// program failed or not.
pub(crate) fn watched<K>(command: &mut Command, stream: Stream, mut keep: K) -> Result<()>
where
    K: FnMut(&str),
{
    announce(command);
    match stream {
        Stream::Stdout => command.stdout(Stdio::piped()),
        Stream::Stderr => command.stderr(Stdio::piped()),
    };
    let mut child = command.spawn().with_context(|| format!("`{}` did not start", line(command)))?;
    let pipe: Option<Box<dyn Read>> = match stream {
        Stream::Stdout => child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read>),
        Stream::Stderr => child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read>),
    };
    for bytes in BufReader::new(pipe.expect("the stream was piped")).split(b'\n') {
        let bytes = bytes.context("the output could not be read")?;
        let text = String::from_utf8_lossy(&bytes);
        keep(&text);
        match stream {
            Stream::Stdout => say::result(&text),
            Stream::Stderr => say::progress(&text),
        }
    }
    let success = child.wait().with_context(|| format!("`{}` was lost", line(command)))?.success();
    finished(command, success)
}

/// What a program prints to stdout, or nothing when it is not there or fails: for questions such as `--version`.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What a program prints to stdout, or nothing when it fails; what it says to stderr is passed on.
pub(crate) fn printed(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn announce(command: &Command) {
    say::progress(format_args!("  $ {}", line(command)));
}

fn finished(command: &Command, success: bool) -> Result<()> {
    if !success {
        bail!("`{}` failed", line(command));
    }
    Ok(())
}

/// The command as a developer would type it.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut line = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}
