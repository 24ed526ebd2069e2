//! Lists the files of the built pages, so that the server has them in itself: a table of paths and compressed bytes for `ui::files`.
//!
//! Builds nothing: `cargo xtask` does that, with npm, and cargo never does. The folder is part of the repository, empty, so that looking into it again
//! is no reason to compile again. Where it has no pages the table is empty.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

/// Where the pages are built, from here.
const FOLDER: &str = "../../web/ui/dist";
/// What they lie in there, so that building them anew can empty it.
const PAGES: &str = "app";

fn main() -> io::Result<()> {
    let here = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let folder = Path::new(&here).join(FOLDER);
    emit(&["cargo:rerun-if-changed=build.rs"]);
    let mut paths = Vec::new();
    if folder.is_dir() {
        emit(&["cargo:rerun-if-changed=", FOLDER]);
        list(&folder.join(PAGES), "", &mut paths)?;
    }
    paths.sort();
    let mut table = String::from("&[\n");
    for path in paths {
        let file = folder.join(PAGES).join(&path);
        let name = path.trim_end_matches(".gz");
        writeln!(table, "File {{ path: {name:?}, packed: include_bytes!({:?}) }},", file.display().to_string())
            .map_err(io::Error::other)?;
    }
    table.push_str("]\n");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("ui_files.rs"), table)
}

/// Tells cargo; the only reader of what a build script prints.
fn emit(parts: &[&str]) {
    use io::Write as _;
    let mut line = parts.concat();
    line.push('\n');
    // Cargo has gone where this fails, and nobody is left to be told.
    let _ = io::stdout().write_all(line.as_bytes());
}

/// All compressed files below a folder; a folder that is not there has none.
fn list(folder: &Path, prefix: &str, paths: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &path, paths)?;
        } else if name.ends_with(".gz") {
            paths.push(path);
        }
    }
    Ok(())
}
