//! Hours of event time: what segments are cut by.

use milepost_model::Timestamp;

/// A UTC hour, counted from that with which 1970 began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(pub i64);

const NANOS_PER_HOUR: i64 = 3_600_000_000_000;

impl Hour {
    /// The hour that holds an instant.
    pub fn of(time: Timestamp) -> Self {
        Self(time.nanos().div_euclid(NANOS_PER_HOUR))
    }

    /// Its first instant.
    pub fn start(self) -> Timestamp {
        Timestamp::from_nanos(self.0.saturating_mul(NANOS_PER_HOUR))
    }

    /// The first instant after it.
    pub fn end(self) -> Timestamp {
        Self(self.0.saturating_add(1)).start()
    }

    /// Its folder, `2026-03-02/14`.
    pub(crate) fn folder(self) -> String {
        let time = self.start().to_string();
        let (date, clock) = time.split_once('T').unwrap_or((&time, "00"));
        format!("{date}/{}", &clock[..2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_has_its_folder_also_before_1970() {
        let hour = |text: &str| Hour::of(text.parse().unwrap()).folder();
        assert_eq!(hour("2026-03-02T14:59:59Z"), "2026-03-02/14");
        assert_eq!(hour("1969-12-31T23:00:00Z"), "1969-12-31/23");
        assert_eq!(Hour(0).end(), Hour(1).start());
        // The first and last instants that can be held.
        assert_eq!(Hour::of(Timestamp::from_nanos(i64::MAX)).folder(), "2262-04-11/23");
        assert!(Hour::of(Timestamp::from_nanos(i64::MIN)).folder().starts_with("1677-09-21/"));
    }
}
