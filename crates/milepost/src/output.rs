//! Writing to the terminal: data to standard output, the rest to standard error. The only place that prints.

use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

/// Writes data to standard output. A reader that has gone away (`| head`) ends the program quietly.
pub(crate) fn data(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        result => result,
    }
}

/// Writes a note for people to standard error; there is nobody to tell when that fails.
pub(crate) fn note(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes an error with its chain of causes to standard error.
pub(crate) fn error(error: &anyhow::Error) {
    note(&format!("error: {error:#}\n"));
}

/// Whether standard error is a terminal that wants colour.
pub(crate) fn colour_on_stderr() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Whether standard output is a terminal that wants colour.
pub(crate) fn colour_on_stdout() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// `1 step`, `2 steps`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Columns of the terminal, or what `COLUMNS` says; without either, as wide as most.
pub(crate) fn width() -> usize {
    const USUAL: usize = 120;
    const NARROWEST: usize = 40;
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let of_terminal = || io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
    let width = said.or_else(|| of_terminal().map(|(width, _)| usize::from(width.0)));
    width.filter(|width| *width >= NARROWEST).unwrap_or(USUAL)
}

/// A value for programs, with nothing in it that a terminal would obey.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<String> {
    let text = serde_json::to_string_pretty(value)?;
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        // JSON asks to escape controls below the space only; those above stand in strings, where an escape means the same.
        match u32::from(c) {
            code @ 0x7f..=0x9f => {
                let _ = write!(out, "\\u{code:04x}");
            }
            _ => out.push(c),
        }
    }
    out.push('\n');
    Ok(out)
}

#[cfg(test)]
mod tests {
    #[test]
    fn json_holds_no_control_character() {
        let text = super::json(&"a\u{1b}[31m\u{9b}b\u{7f}").unwrap();
        assert_eq!(text, "\"a\\u001b[31m\\u009bb\\u007f\"\n");
    }
}
