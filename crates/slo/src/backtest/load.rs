//! How often somebody is told, and for how long: what a replayed SLO asks of people.

use super::{Episode, Replayed};
use crate::{LEAST_HISTORY_MINUTES, Period, Urgency};

/// What the alerts of one urgency come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// How often somebody is told.
    pub count: usize,
    /// How long that goes on, all together.
    pub minutes: u64,
    /// The same of the longest.
    pub longest_minutes: u64,
    /// From when the burn began until somebody was told: the middle one; of an even number the later of the two.
    pub median_delay_minutes: Option<u64>,
    /// The longest of those.
    pub longest_delay_minutes: Option<u64>,
}

impl Load {
    /// How often somebody is told in a week, by what was told in a period; `None` of less than a day, which says nothing of a week.
    pub fn per_week(&self, period: Period) -> Option<f64> {
        const WEEK: u32 = 7 * 24 * 60;
        #[expect(clippy::cast_precision_loss, reason = "shown to two digits")]
        let rate = || self.count as f64 * f64::from(WEEK) / period.minutes() as f64;
        (period.minutes() >= LEAST_HISTORY_MINUTES).then(rate)
    }
}

impl Replayed {
    /// What its alerts of an urgency come to.
    pub fn load(&self, urgency: Urgency) -> Load {
        let told: Vec<&Episode> = self.told(urgency).collect();
        let minutes = |episode: &&Episode| episode.minutes(self.period.end);
        let mut delays: Vec<u64> = told.iter().filter_map(|episode| episode.delay_minutes()).collect();
        delays.sort_unstable();
        Load {
            count: told.len(),
            minutes: told.iter().map(minutes).sum(),
            longest_minutes: told.iter().map(minutes).max().unwrap_or(0),
            median_delay_minutes: delays.get(delays.len() / 2).copied(),
            longest_delay_minutes: delays.last().copied(),
        }
    }

    /// Whether its budget is scaled up at the end, because less than the window in minutes, or than a day, was gone through.
    pub fn is_estimate(&self, window_minutes: u64) -> bool {
        let history = self.history_minutes + self.period.minutes();
        history < window_minutes.max(LEAST_HISTORY_MINUTES)
    }
}
