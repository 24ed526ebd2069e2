//! Which sources are heard: everything together, and each service by whose telemetry attempts of judged steps are counted.
//!
//! A source that was heard without a break for as long as the longer window, and then is not for two minutes in which others are, is lost: nobody knows how its steps do,
//! and somebody must look. One that is heard only now and then is no news when it is not; only that nothing is missed of it.

use crate::counts::Counts;
use crate::shared::Shared;
use milepost_impact::Window;
use milepost_model::{DurationNs, Name, Timestamp};
use milepost_slo::SILENCE;
use std::collections::{BTreeMap, BTreeSet};

/// After so long without a break each window is of time in which telemetry came.
pub(super) const LONGEST: DurationNs = DurationNs::from_seconds(60 * Window::Long.minutes().unsigned_abs() + 60);

/// One source, or all of them.
#[derive(Clone, Debug, Default)]
struct Ear {
    alive: Option<Alive>,
    /// Since when it was heard without a break, as far as it was listened to.
    listened: Option<Timestamp>,
    /// When last, by the clock that nobody sets.
    heard: Option<Timestamp>,
    /// It had been heard for long, and is not any more.
    is_missed: bool,
    is_lost: bool,
}

/// Of a source that is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alive {
    /// Since when without a break, by the clock that events go by.
    pub(super) since: Timestamp,
    /// When last.
    pub(super) heard: Timestamp,
}

/// Everybody who is listened to.
#[derive(Clone, Debug, Default)]
pub(super) struct Ears {
    all: Ear,
    by_source: BTreeMap<Name, Ear>,
}

/// When it is, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// By the clock that events go by.
    pub(super) now: Timestamp,
    /// By the clock that nobody sets.
    pub(super) steady: Timestamp,
}

impl Moment {
    /// Now, for a server.
    pub(super) fn of(shared: &Shared) -> Self {
        Self { now: shared.now(), steady: shared.settings.clock.steady() }
    }
}

impl Ears {
    /// What was heard just before the beginning goes on, and what was lost is lost.
    pub(super) fn begin(moment: Moment, counts: &Counts, sources: BTreeSet<&Name>, lost: &BTreeSet<String>) -> Self {
        let begun = |heard| Ear::begin(moment, heard);
        let by_source = sources.into_iter().map(|name| {
            let ear = begun(counts.sources.heard_at(name));
            let is_lost = ear.alive.is_none() && lost.contains(name.as_str());
            (name.clone(), Ear { is_missed: is_lost, is_lost, ..ear })
        });
        Self { all: begun(counts.heard_at), by_source: by_source.collect() }
    }

    /// Listens again.
    pub(super) fn listen(&mut self, moment: Moment, was_away: bool, counts: &Counts) {
        self.all.listen(moment, was_away, counts.heard_at);
        for (name, ear) in &mut self.by_source {
            ear.listen(moment, was_away, counts.sources.heard_at(name));
            ear.is_lost = ear.is_missed && ear.is_beside(&self.all, moment);
        }
    }

    /// Whether anything is heard.
    pub(super) fn is_alive(&self) -> bool {
        self.all.alive.is_some()
    }

    /// What is heard of some sources: since when of any of them, and when last. What is of no source is heard with anything.
    pub(super) fn alive(&self, sources: &[Name]) -> Option<Alive> {
        if sources.is_empty() {
            return self.all.alive;
        }
        let heard = sources.iter().filter_map(|name| self.by_source.get(name)?.alive);
        heard.reduce(|one, other| Alive { since: one.since.min(other.since), heard: one.heard.max(other.heard) })
    }

    /// Whether none of some sources is heard, and one of them is lost.
    pub(super) fn are_lost(&self, sources: &[Name]) -> bool {
        let is_lost = |name| self.by_source.get(name).is_some_and(|ear: &Ear| ear.is_lost);
        self.alive(sources).is_none() && sources.iter().any(is_lost)
    }
}

impl Ear {
    fn begin(Moment { now, steady }: Moment, heard: Option<Timestamp>) -> Self {
        let ago = heard.map(|heard| steady.since(heard)).filter(|ago| *ago <= SILENCE);
        let alive = ago.map(|ago| Alive { since: now.minus(LONGEST), heard: now.minus(ago) });
        Self { listened: alive.map(|_| now), alive, heard, is_missed: false, is_lost: false }
    }

    fn listen(&mut self, Moment { now, steady }: Moment, was_away: bool, heard: Option<Timestamp>) {
        let ago = heard.map(|heard| steady.since(heard)).filter(|ago| *ago <= SILENCE);
        self.heard = heard;
        if was_away {
            (self.alive, self.listened) = (None, None);
        }
        let Some(ago) = ago else {
            if let (Some(last), Some(listened)) = (self.alive.take(), self.listened.take()) {
                self.is_missed = last.heard.since(listened) >= LONGEST;
            }
            return;
        };
        let since = self.alive.map_or(now, |last| last.since);
        self.alive = Some(Alive { since, heard: now.minus(ago) });
        self.listened = self.listened.or(Some(now));
        self.is_missed = false;
    }

    /// Whether others have been heard for so long that this one should have been.
    fn is_beside(&self, all: &Self, moment: Moment) -> bool {
        let Some((others, heard)) = all.alive.zip(all.heard) else { return false };
        let is_later = self.heard.is_none_or(|own| heard.since(own) > SILENCE);
        is_later && moment.now.since(others.since) > SILENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counts::{CountBounds, Sign};
    use milepost_store::SeriesFile;

    fn at(seconds: i64) -> Moment {
        let now = Timestamp::from_seconds(seconds);
        Moment { now, steady: now }
    }

    /// Listens each minute, to a source that was heard so many seconds before each.
    fn heard(ear: &mut Ear, minutes: std::ops::Range<i64>, ago: i64) {
        for minute in minutes {
            ear.listen(at(60 * minute), false, Some(Timestamp::from_seconds(60 * minute - ago)));
        }
    }

    /// Ears that listen to one source among others.
    fn ears(source: Ear, all: Ear) -> Ears {
        Ears { all, by_source: [(Name::new("web").unwrap(), source)].into() }
    }

    #[test]
    fn who_was_heard_for_half_an_hour_is_missed_after_two_minutes_and_who_is_heard_now_and_then_is_not() {
        let mut steady = Ear::default();
        heard(&mut steady, 1..40, 5);
        let last = Some(Timestamp::from_seconds(60 * 39 - 5));
        steady.listen(at(60 * 41 - 5), false, last);
        assert!(steady.alive.is_some() && !steady.is_missed);
        steady.listen(at(60 * 41 - 4), false, last);
        assert!(steady.alive.is_none() && steady.is_missed);
        heard(&mut steady, 50..51, 0);
        let back = Alive { since: at(3_000).now, heard: at(3_000).now };
        assert_eq!((steady.alive, steady.is_missed), (Some(back), false));

        let mut rare = Ear::default();
        for begin in [10, 20, 30] {
            heard(&mut rare, begin..begin + 3, 0);
            rare.listen(at(60 * (begin + 6)), false, Some(at(60 * (begin + 2)).now));
            assert!(rare.alive.is_none() && !rare.is_missed);
        }
    }

    #[test]
    fn nobody_is_missed_by_a_time_in_which_nobody_listened() {
        let mut ear = Ear::default();
        heard(&mut ear, 1..40, 0);
        ear.listen(at(60 * 90), true, Some(at(60 * 39).now));
        assert!(ear.alive.is_none() && !ear.is_missed);
        ear.listen(at(60 * 91), false, Some(at(60 * 91).now));
        assert_eq!(ear.alive.map(|alive| alive.since), Some(at(60 * 91).now));
    }

    #[test]
    fn a_source_is_lost_by_what_others_say_meanwhile_and_not_by_the_silence_of_all() {
        let web = [Name::new("web").unwrap()];
        let (mut source, mut others) = (Ear::default(), Ear::default());
        heard(&mut source, 1..40, 0);
        heard(&mut others, 1..40, 0);
        // All stop within a minute of each other.
        let mut counts = Counts::new(SeriesFile::in_memory(), CountBounds::NONE);
        let last = Timestamp::from_seconds(60 * 39);
        counts.heard_at = Some(last.plus(DurationNs::from_seconds(50)));
        counts.sources.note("web", Sign { received_at: last, heard_at: last });
        let mut all = ears(source.clone(), others.clone());
        all.listen(at(60 * 39 + 130), false, &counts);
        assert_eq!((all.is_alive(), all.are_lost(&web)), (true, false));
        all.listen(at(60 * 45), false, &counts);
        assert_eq!((all.is_alive(), all.are_lost(&web)), (false, false));
        // The others go on.
        counts.heard_at = Some(Timestamp::from_seconds(60 * 39 + 121));
        let mut one = ears(source, others);
        one.listen(at(60 * 39 + 121), false, &counts);
        assert_eq!((one.is_alive(), one.are_lost(&web)), (true, true));
        let back = Timestamp::from_seconds(60 * 39 + 122);
        counts.sources.note("web", Sign { received_at: back, heard_at: back });
        one.listen(at(60 * 39 + 122), false, &counts);
        assert!(!one.are_lost(&web) && one.alive(&web).is_some());
    }

    #[test]
    fn what_is_counted_by_several_sources_is_seen_as_long_as_one_is_heard() {
        let name = |text: &str| Name::new(text).unwrap();
        let (heard, lost) = (Alive { since: at(5).now, heard: at(9).now }, Ear { is_lost: true, ..Ear::default() });
        let ear = Ear { alive: Some(heard), ..Ear::default() };
        let by_source = [(name("web"), ear.clone()), (name("bank"), lost)].into_iter().collect();
        let ears = Ears { all: ear, by_source };
        let of = |names: &[&str]| {
            let names: Vec<Name> = names.iter().map(|text| name(text)).collect();
            (ears.alive(&names), ears.are_lost(&names))
        };
        assert_eq!(of(&["web", "bank"]), (Some(heard), false));
        assert_eq!(of(&["bank"]), (None, true));
        assert_eq!(of(&[]), (Some(heard), false));
    }
}
