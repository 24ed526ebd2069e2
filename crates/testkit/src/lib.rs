//! Where tests find data and how they say that it is missing.
//!
//! Real data is not part of the repository. It lies in the folder named by `MILEPOST_DATA`, or in `../shared/data` beside
//! the workspace. Tests that need it skip when it is absent, and say so.

use std::path::{Path, PathBuf};

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
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."));
    workspace.join("../shared/data")
}

#[cfg(test)]
mod tests {
    #[test]
    fn absent_data_is_none() {
        assert_eq!(super::data_dir("no-such-data-set"), None);
    }
}
