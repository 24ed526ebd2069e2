//! Where tests find data and other programs, and how they say that something is missing; chance and load that are the same each time.
//!
//! Real data is not part of the repository. It lies in the folder named by `MILEPOST_DATA`, or in `../shared/data` beside
//! the workspace. Tests that need it skip when it is absent, and say so.

mod chance;
mod load;
mod receiver;

pub use chance::Chance;
pub use load::{DAY, days_like_a_real_one, real_load};
pub use receiver::{Heard, Receiver, tls};

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of a data set, `None` when it is absent, which is then said on standard error.
///
/// ```no_run
/// let Some(folder) = milepost_testkit::data_dir("access_erddap_nginx") else { return };
/// ```
pub fn data_dir(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("MILEPOST_DATA").map_or_else(beside_the_workspace, PathBuf::from);
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    #[expect(clippy::print_stderr, reason = "a test that did not run must be seen")]
    {
        eprintln!(
            "SKIPPED: no test data at `{}`; set MILEPOST_DATA to the folder that holds `{name}`",
            folder.display()
        );
    }
    None
}

/// A Python that has these modules: the one that `MILEPOST_PYTHON` names, or the one that `cargo xtask test` installs; `None` when there is
/// none, which is then said on standard error.
pub fn python(modules: &[&str]) -> Option<PathBuf> {
    let installed = || workspace().join(".tools/venv/bin/python3");
    let python = std::env::var_os("MILEPOST_PYTHON").map_or_else(installed, PathBuf::from);
    let import = format!("import {}", modules.join(", "));
    let answer = Command::new(&python).args(["-c", &import]).stderr(Stdio::null()).status();
    if answer.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    skipped(&format!("no Python with {}", modules.join(", ")));
    None
}

/// A program on the `PATH`, `None` when it is absent, which is then said on standard error.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        skipped(&format!("no `{name}`"));
    }
    found
}

/// The example product, built; `None` when it is not, or there is no Node to run it, which is then said on standard error.
pub fn example_product() -> Option<PathBuf> {
    program("node")?;
    let folder = workspace().join("examples/mail/app");
    if folder.join("build/main.js").is_file() {
        return Some(folder);
    }
    skipped("the example product is not built");
    None
}

/// Says that a test did not run, and what would let it.
pub fn skipped(why: &str) {
    #[expect(clippy::print_stderr, reason = "a test that did not run must be seen")]
    {
        eprintln!("SKIPPED: {why}; `cargo xtask test --only test` installs what tests need");
    }
}

/// The text of a zstd file, decompressed.
///
/// # Panics
/// It cannot be read, or is not UTF-8: a test can do nothing about either.
pub fn read_zstd(path: &Path) -> String {
    let text = std::fs::File::open(path).and_then(zstd::decode_all);
    let text = text.unwrap_or_else(|error| panic!("cannot read `{}`: {error}", path.display()));
    String::from_utf8(text).unwrap_or_else(|error| panic!("`{}` is not UTF-8: {error}", path.display()))
}

/// `../shared/data`, seen from the workspace.
fn beside_the_workspace() -> PathBuf {
    workspace().join("../shared/data")
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    #[test]
    fn absent_data_is_none() {
        assert_eq!(super::data_dir("no-such-data-set"), None);
    }
}
