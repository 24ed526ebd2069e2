//! Counts that come from elsewhere, minute by minute, and up to which minute: once a minute is imported, it is never imported again.

use super::{Counts, SeriesKey};
use milepost_model::Minute;
use serde::{Deserialize, Serialize};

/// How far an indicator is imported; all as numbers of minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Imported {
    /// The first minute that was asked for.
    pub(crate) since: i64,
    /// The first minute that is not imported yet.
    pub(crate) through: i64,
    /// Minutes before this one were over when the indicator was seen first.
    pub(crate) backfilled: i64,
    /// What is left of good and of bad below one, in units of 1e-9.
    pub(crate) carry: [u64; 2],
}

/// Counts of some minutes that follow those that are imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// The indicator's id.
    pub(crate) indicator: String,
    /// Its minutes: from this one on.
    pub(crate) from: Minute,
    /// How far the indicator is imported with them.
    pub(crate) now: Imported,
    /// Valid and good by minute.
    pub(crate) cells: Vec<(Minute, u64, u64)>,
}

impl Import {
    /// Most minutes of one: their record holds them with room to spare.
    pub(crate) const MAX_MINUTES: i64 = 1_440;

    /// As a record of the log holds it.
    pub(crate) fn payload(&self) -> Vec<u8> {
        let Imported { since, through, backfilled, carry } = self.now;
        let mut payload = (self.indicator.len() as u64).to_le_bytes().to_vec();
        payload.extend_from_slice(self.indicator.as_bytes());
        for word in [self.from.number(), since, through, backfilled] {
            payload.extend_from_slice(&word.to_le_bytes());
        }
        carry.iter().for_each(|word| payload.extend_from_slice(&word.to_le_bytes()));
        for (minute, valid, good) in &self.cells {
            payload.extend_from_slice(&minute.number().to_le_bytes());
            payload.extend_from_slice(&valid.to_le_bytes());
            payload.extend_from_slice(&good.to_le_bytes());
        }
        payload
    }

    /// From a record; `None` where another version wrote it.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let (length, rest) = payload.split_first_chunk()?;
        let (name, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        let (words, end) = rest.as_chunks();
        let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let ([from, since, through, backfilled, good, bad], cells) = words.split_first_chunk()?;
        let (cells, more) = cells.as_chunks();
        if !end.is_empty() || !more.is_empty() {
            return None;
        }
        let [since, through, backfilled] = [since, through, backfilled].map(|word| word.cast_signed());
        Some(Self {
            indicator: String::from_utf8(name.to_vec()).ok()?,
            from: Minute::new(from.cast_signed()),
            now: Imported { since, through, backfilled, carry: [*good, *bad] },
            cells: cells.iter().map(|[at, valid, good]| (Minute::new(at.cast_signed()), *valid, *good)).collect(),
        })
    }
}

impl Counts {
    /// Whether an import is of minutes that are not imported.
    pub(crate) fn is_news(&self, import: &Import) -> bool {
        self.imported.get(&import.indicator).is_none_or(|known| known.through <= import.from.number())
    }

    /// Counts an import.
    pub(crate) fn import(&mut self, import: &Import) {
        let key = SeriesKey::Imported(import.indicator.clone()).text();
        let series = self.series.id(&key);
        for (minute, valid, good) in &import.cells {
            self.add_watched(series, *minute, &[*valid, *good, 0, 0, 0]);
        }
        self.imported.insert(import.indicator.clone(), import.now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_store::wal::MAX_PAYLOAD_BYTES;

    #[test]
    fn an_import_comes_back_from_its_record() {
        let cells = (-2..Import::MAX_MINUTES - 2).map(|at| (Minute::new(at), u64::MAX, 3)).collect();
        let now = Imported { since: -2, through: 1_438, backfilled: 9, carry: [1, 999_999_999] };
        let import = Import { indicator: "0f".repeat(16), from: Minute::new(-2), now, cells };
        let payload = import.payload();
        assert!(payload.len() <= MAX_PAYLOAD_BYTES);
        assert_eq!(Import::read(&payload), Some(import));
        for end in [0, 7, 30, payload.len() - 1, payload.len() - 8] {
            assert_eq!(Import::read(&payload[..end]), None, "{end}");
        }
    }
}
