//! How long facts are kept: by age and by size, whole hours, the oldest first.

use crate::catalog::Blocking;
use crate::directory::Directory;
use crate::error::StoreError;
use crate::files::remove_files;
use crate::hour::Hour;
use crate::segment::Segment;
use milepost_model::{DurationNs, Timestamp};
use std::collections::BTreeMap;

/// What is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Hours that ended so many days ago or less; all without one.
    pub days: Option<u32>,
    /// The newest hours whose files have so many bytes together, but always the newest one; all without one.
    pub bytes: Option<u64>,
}

/// Removes what is beyond, and returns it. Nothing is done, and nothing returned, while somebody holds the directory's files.
///
/// # Errors
/// The catalog cannot be read or written; then nothing is removed.
pub fn retain(
    directory: &Directory,
    catalog: &Blocking,
    keep: Keep,
    now: Timestamp,
) -> Result<Option<Vec<Segment>>, StoreError> {
    let Some(_alone) = directory.alone()? else { return Ok(None) };
    let old = beyond(&catalog.segments()?, keep, now);
    // Listed no longer before the files go, so that a stop in between leaves nothing that looks like damage.
    if !old.is_empty() && catalog.remove(&old)? {
        remove_files(directory, &old);
        return Ok(Some(old));
    }
    Ok(Some(Vec::new()))
}

/// The segments of hours that are beyond what is kept.
pub fn beyond(segments: &[Segment], keep: Keep, now: Timestamp) -> Vec<Segment> {
    let oldest = keep.days.map(|days| now.minus(DurationNs::from_seconds(u64::from(days) * 86_400)));
    let mut hours: BTreeMap<Hour, u64> = BTreeMap::new();
    for segment in segments {
        *hours.entry(segment.hour).or_default() += segment.bytes;
    }
    let (mut bytes, mut first_kept) = (0, None);
    for (hour, of_hour) in hours.into_iter().rev() {
        bytes += of_hour;
        let is_too_much = first_kept.is_some() && keep.bytes.is_some_and(|most| bytes > most);
        if is_too_much || oldest.is_some_and(|oldest| hour.end() < oldest) {
            break;
        }
        first_kept = Some(hour);
    }
    let is_kept = |segment: &Segment| first_kept.is_some_and(|first| first <= segment.hour);
    segments.iter().filter(|segment| !is_kept(segment)).cloned().collect()
}
