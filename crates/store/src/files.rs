//! Files of segments that are not listed, and the room that is left.

use crate::directory::Directory;
use crate::error::StoreError;
use crate::segment::Segment;
use std::fs;
use std::path::Path;

/// Bytes that this process may still write in the file system of a path.
///
/// # Errors
/// The system does not say.
pub fn free_bytes(path: &Path) -> Result<u64, StoreError> {
    let found =
        rustix::fs::statvfs(path).map_err(|error| StoreError::io("ask for the free space of", path)(error.into()))?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Removes the files of segments that are not listed. What cannot be removed now is at the next start.
pub(crate) fn remove_files(directory: &Directory, segments: &[Segment]) {
    for segment in segments {
        let _ = fs::remove_file(segment.file(directory));
    }
}
