//! Prints what is written from the table of the schema, for `cargo xtask generate`: the schema, or a page of the reference with its tables.
//!
//! Not part of the product: users have `milepost schema`.

use std::io::{self, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    match text().and_then(|text| io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Without an argument the schema; with the path of a page, the page.
fn text() -> Result<String, String> {
    let Some(path) = std::env::args().nth(1) else { return Ok(milepost_registry::schema::json()) };
    let page = std::fs::read_to_string(&path).map_err(|error| format!("`{path}` cannot be read: {error}"))?;
    milepost_registry::schema::reference(&page).map_err(|error| format!("`{path}`: {error}"))
}
