//! Files of the log that are not there any more, seen by what the ones beside them say: a file begins with the LSN after the last of the one before.

use super::read::{Damage, ReadError, files};
use super::writer::file_name;
use crate::lsn::Lsn;
use std::path::Path;

/// Follows the files of a log as they are read.
#[derive(Debug)]
pub(super) struct Gaps<'f> {
    folder: &'f Path,
    /// The first LSN of the file that comes next; `None` where it may be any.
    expected: Option<Lsn>,
}

impl<'f> Gaps<'f> {
    /// For who has everything up to an LSN, or, at 0, takes what there is.
    pub(super) fn after(folder: &'f Path, after: Lsn) -> Self {
        Self { folder, expected: (after > Lsn(0)).then(|| after.next()) }
    }

    /// What is missing before the file that begins with this LSN.
    pub(super) fn before(&self, first: Lsn) -> Option<Damage> {
        let expected = self.expected.filter(|expected| *expected < first)?;
        let file = self.folder.join(file_name(expected));
        Some(Damage { file, offset: 0, bytes: 0, between: (Lsn(expected.0 - 1), Some(first)) })
    }

    /// A file was read, which begins with this LSN, and after all up to it the log goes on with `next`.
    pub(super) fn was_read(&mut self, first: Lsn, next: Lsn) {
        self.expected = Some(first.max(next));
    }

    /// A file was removed while others are read, and with it those before: they are needed no longer.
    pub(super) fn was_cut(&mut self) {
        self.expected = None;
    }
}

/// What is missing between an LSN up to which everything is known otherwise, and the first record of the log.
///
/// # Errors
/// The folder cannot be read.
pub fn missing_after(folder: &Path, lsn: Lsn) -> Result<Option<Damage>, ReadError> {
    let first = files(folder)?.first().map(|(first, _)| *first);
    let gaps = Gaps { folder, expected: Some(lsn.next()) };
    Ok(first.and_then(|first| gaps.before(first)))
}
