//! Writing to the terminal: data to standard output, the rest to standard error. The only place that prints.

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

/// Columns of the terminal; without one, as wide as most.
pub(crate) fn width() -> usize {
    const USUAL: usize = 120;
    std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok()).filter(|c| *c >= 40).unwrap_or(USUAL)
}
