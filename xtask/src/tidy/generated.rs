//! Generated files hold what their programs write.

use super::Finding;
use crate::generate;
use std::path::Path;

pub(crate) fn check(root: &Path) -> Vec<Finding> {
    let stale = generate::files(root).into_iter().filter(|file| !file.is_current(root));
    stale
        .map(|file| Finding::new(&file.path, 0, "is not what its program writes; run `cargo xtask generate`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;
    use crate::checkout;

    #[test]
    fn the_files_in_the_repository_are_what_their_programs_write() {
        assert_eq!(lines(&check(&checkout::root())), [""; 0]);
    }

    #[test]
    fn a_file_that_is_missing_is_found() {
        let found = lines(&check(Path::new("/nowhere")));
        let first =
            "examples/mail/telemetry/eu-west.jsonl.gz: is not what its program writes; run `cargo xtask generate`";
        assert_eq!(found.first().map(String::as_str), Some(first));
    }
}
