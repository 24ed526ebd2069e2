//! When something came that has no events, to the second: a series of each service, whose numbers have a bit for each second of a minute.

use super::{Cell, Counts, SeriesKey, Sign};
use crate::playback::whole_second;
use milepost_model::Minute;

/// Seconds in each number of a cell: few, so that what is added up over all time stays a number.
const SECONDS: u32 = 12;
const NANOS: i64 = 1_000_000_000;

/// The cell in which only a second of a minute stands.
fn cell_of(second: i64) -> Cell {
    let second = u32::try_from(second.rem_euclid(60)).unwrap_or(0);
    let mut cell = Cell::default();
    cell[(second / SECONDS) as usize] = 1 << (second % SECONDS);
    cell
}

/// The seconds of its minute in which something came, as a cell has them: a bit for each, the first the lowest.
pub fn heard_seconds(cell: &Cell) -> u64 {
    let bits = cell.iter().zip(0u32..).map(|(number, at)| (number & ((1 << SECONDS) - 1)) << (at * SECONDS));
    bits.fold(0, |all, some| all | some)
}

impl Counts {
    /// Something came that has no events, of these services among others.
    pub(crate) fn hear(&mut self, services: &[String], sign: Sign) {
        for service in services {
            self.sources.note(service, sign);
        }
        let second = whole_second(sign.received_at).nanos().div_euclid(NANOS);
        let (minute, cell) = (Minute::new(second.div_euclid(60)), cell_of(second));
        let all = [String::new()];
        for service in all.iter().chain(services) {
            let series = self.series.id(&SeriesKey::Heard(service.clone()).text());
            let known = self.recent(series).and_then(|minutes| minutes.get(&minute)).map_or(0, heard_seconds);
            // Where minutes are not in memory the clock was set, and nothing tells whether it has been this second before.
            if minute >= self.horizon() && known & heard_seconds(&cell) == 0 {
                self.add(series, minute, &cell);
            }
        }
        self.received_at = self.received_at.max(Some(sign.received_at));
        self.heard_at = self.heard_at.max(Some(sign.heard_at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::CountBounds;
    use milepost_model::Timestamp;
    use milepost_store::SeriesFile;

    #[test]
    fn each_second_of_a_minute_stands_once_however_often_something_came_in_it() {
        let mut counts = Counts::new(SeriesFile::in_memory(), CountBounds::NONE);
        let web = ["web".to_owned()];
        for nanos in [60 * NANOS, 60 * NANOS, 70 * NANOS + 1, 70 * NANOS + 2, 71 * NANOS, 119 * NANOS, 119 * NANOS + 1]
        {
            let at = Timestamp::from_nanos(nanos);
            counts.hear(&web, Sign { received_at: at, heard_at: at });
        }
        let of = |name: &str, minute| {
            let series = counts.series.find(&SeriesKey::Heard(name.to_owned()).text()).unwrap();
            counts.recent(series).unwrap().get(&Minute::new(minute)).map(heard_seconds)
        };
        for name in ["", "web"] {
            assert_eq!(of(name, 1), Some(1 | 1 << 11 | 1 << 59));
            assert_eq!(of(name, 2), Some(1));
        }
        assert_eq!(counts.heard_at, Some(Timestamp::from_nanos(119 * NANOS + 1)));
    }

    #[test]
    fn a_cell_has_any_second() {
        assert_eq!((0..60).fold(0, |all, second| all | heard_seconds(&cell_of(second))), (1 << 60) - 1);
        assert!((0..60).all(|second| heard_seconds(&cell_of(second)) == 1 << second));
    }
}
