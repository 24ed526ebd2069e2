//! How many series telemetry may begin: those of the registry's own names always fit, what is beyond the room for others counts as one series of its kind.

use super::keep::RECENT_MINUTES;

/// The memory that counts may take by names of telemetry.
#[derive(Clone, Copy, Debug)]
pub struct CountBounds {
    /// For series, with what is counted of them in the hours that are in memory.
    pub series_bytes: usize,
    /// For what was counted since the last checkpoint, and for what those who watch it were not told yet.
    pub pending_bytes: usize,
}

/// What is left for series, by what they tell.
#[derive(Debug)]
pub(super) struct Room {
    operations: Pool,
    causes: Pool,
}

/// The room of some series.
#[derive(Debug)]
struct Pool {
    left: usize,
    /// Something did not fit.
    is_full: bool,
}

/// What a cell in memory takes, in a tree that is two thirds full.
const CELL_BYTES: usize = 72;
/// Cells of the smallest tree.
const LEAST_CELLS: usize = 11;
/// What a series takes beside its name and its cells: its places in the tables of names, totals and API, and what is not in the minute log yet.
const BYTES_BESIDE: usize = 320;

impl CountBounds {
    /// No bound, for counts of which the names are known.
    pub const NONE: Self = Self { series_bytes: usize::MAX, pending_bytes: usize::MAX };
}

impl Room {
    /// Room for some series beside those that there are.
    pub(super) fn new<'k>(bytes: usize, keys: impl Iterator<Item = &'k str>) -> Self {
        let pool = |bytes| Pool { left: bytes, is_full: false };
        let mut room = Self { operations: pool(bytes / 2), causes: pool(bytes / 2) };
        for key in keys.filter(|key| is_of_telemetry(key)) {
            let pool = room.pool(key);
            pool.left = pool.left.saturating_sub(bytes_of(key));
        }
        room
    }

    /// Whether there is room for another series, which takes it then.
    pub(super) fn take(&mut self, key: &str) -> bool {
        let (bytes, pool) = (bytes_of(key), self.pool(key));
        match pool.left.checked_sub(bytes) {
            Some(left) => pool.left = left,
            None => pool.is_full = true,
        }
        !pool.is_full
    }

    /// What did not fit, in the plural.
    pub(super) fn full(&self) -> impl Iterator<Item = &'static str> {
        let pools = [("counts of operations", &self.operations), ("causes of bad attempts", &self.causes)];
        pools.into_iter().filter(|(_, pool)| pool.is_full).map(|(what, _)| what)
    }

    fn pool(&mut self, key: &str) -> &mut Pool {
        if is_by_minute(key) { &mut self.causes } else { &mut self.operations }
    }
}

/// Whether a series may have a name of telemetry in it.
fn is_of_telemetry(key: &str) -> bool {
    is_by_minute(key) || ["use|", "unannotated|", "by-trace"].iter().any(|kind| key.starts_with(kind))
}

/// Whether it is counted by minute; the others of telemetry are by hour.
fn is_by_minute(key: &str) -> bool {
    key.starts_with("cause|") || key.starts_with("traces|")
}

fn bytes_of(key: &str) -> usize {
    let cells = if is_by_minute(key) { RECENT_MINUTES as usize } else { LEAST_CELLS };
    key.len() + BYTES_BESIDE + cells * CELL_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_beyond_the_room_do_not_fit_and_those_of_another_kind_do() {
        let bytes = 2 * 3 * bytes_of("unannotated|a");
        let mut room = Room::new(bytes, ["unannotated|x", "step|mail|send||service|interactive"].into_iter());
        assert!(room.take("unannotated|a") && room.take("unannotated|b"));
        assert_eq!(room.full().count(), 0);
        assert!(!room.take("unannotated|c"));
        assert_eq!(room.full().collect::<Vec<_>>(), ["counts of operations"]);
        assert!(!room.take("cause|0f|0||x"), "three hours of minutes are more than three of the others");
        let mut room = Room::new(2 * bytes_of("cause|0f|0||x"), std::iter::empty());
        assert!(room.take("cause|0f|0||x") && !room.take("cause|0f|0||y"));
        assert!(room.take("unannotated|a"));
    }
}
