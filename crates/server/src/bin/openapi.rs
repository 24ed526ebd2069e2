//! Prints the OpenAPI document of the API, for `cargo xtask generate`.

use std::io::{self, Write as _};

fn main() -> io::Result<()> {
    io::stdout().write_all(milepost_server::api::openapi().as_bytes())
}
