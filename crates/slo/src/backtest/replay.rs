//! Going through a history, minute after minute.

use super::episode::{Episode, Episodes};
use super::history::{History, Known};
use super::onset::onset;
use crate::{
    AlertTier, Counts, ErrorBudget, Evaluator, Exclusions, LEAST_HISTORY_MINUTES, Maintenance, Minutes as _, Period,
    Subject, Urgency, View, is_alive, minutes_of,
};
use milepost_model::Minute;

/// An SLO as it is replayed.
#[derive(Clone, Debug)]
pub struct Column {
    subject: Subject,
    settles_minutes: u64,
    silences: Exclusions,
}

impl Column {
    /// What a server would have judged; its history is that which is replayed.
    pub fn new(subject: Subject) -> Self {
        Self { subject, settles_minutes: 0, silences: Exclusions::default() }
    }

    /// Whose windows end so many minutes behind the running one; none for services.
    #[must_use]
    pub fn settling(mut self, minutes: u64) -> Self {
        self.settles_minutes = minutes;
        self
    }

    /// With maintenances that are about it, as if each had been written before it began.
    #[must_use]
    pub fn maintained<'m>(
        mut self,
        maintenances: impl IntoIterator<Item = &'m Maintenance>,
        history: &History,
    ) -> Self {
        let Some(all) = history.period() else { return self };
        // A slice that goes on at the end asks for its other minutes.
        let slice = i64::try_from(self.subject.counting.slice_minutes()).unwrap_or(0);
        let within = Period::new(all.start, Minute::new(all.end.number() + slice));
        let (mut excluded, mut silent) = (Vec::new(), Vec::new());
        for maintenance in maintenances {
            let periods = maintenance.correction.periods(within);
            if maintenance.is_excluded {
                excluded.extend(&periods);
            }
            if maintenance.is_silent {
                silent.extend(periods);
            }
        }
        self.subject = self.subject.without(Exclusions::new(excluded));
        self.silences = Exclusions::new(silent);
        self
    }

    /// How many minutes of a period are taken out, and how many are silent.
    fn maintained_minutes(&self, period: Period) -> (u64, u64) {
        let of = |is_so: &dyn Fn(Minute) -> bool| period.iter().filter(|minute| is_so(*minute)).count() as u64;
        (of(&|minute| !self.takes_part(minute)), of(&|minute| self.silences.holds(minute)))
    }

    fn takes_part(&self, minute: Minute) -> bool {
        self.subject.exclusions().is_none_or(|excluded| !excluded.holds(minute))
    }
}

/// What is taken for the time before a history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Past {
    /// Nothing: the server began with the history, and knows no more than it would have.
    #[default]
    None,
    /// The history's mean traffic, all of it good: the server had long been there, and all was well.
    Quiet,
}

/// What to replay, and how.
#[derive(Clone, Debug)]
pub struct Replay<'h> {
    /// What came in.
    pub history: &'h History,
    /// What is told of; the whole history is gone through in any case.
    pub period: Period,
    /// What was before it.
    pub past: Past,
}

/// What an SLO would have done.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// What is told of.
    pub period: Period,
    /// Its tiers.
    pub tiers: Vec<AlertTier>,
    /// Alerts that fired in the period, or went on into it, in order.
    pub episodes: Vec<Episode>,
    /// Minutes of the period in which the sources were silent, so that nothing fired or resolved.
    pub frozen_minutes: u64,
    /// Minutes of the period that maintenance takes out, and those in which it keeps alerts silent.
    pub maintained: (u64, u64),
    /// The events of the period, by the minutes that they are of, without what maintenance takes out.
    pub counts: Counts,
    /// The budget in the last minute.
    pub end: ErrorBudget,
    /// When most of the budget was spent; `None` without events.
    pub worst: Option<WorstPoint>,
    /// How many minutes of history there were in the first minute of the period; with fewer than a day the budget is an estimate that errs low.
    pub history_minutes: u64,
}

/// When most of a budget was spent.
#[derive(Clone, Copy, Debug)]
pub struct WorstPoint {
    /// The minute.
    pub at: Minute,
    /// The budget in it.
    pub budget: ErrorBudget,
}

impl Replayed {
    /// The episodes of an urgency that somebody was told of.
    pub fn told(&self, urgency: Urgency) -> impl Iterator<Item = &Episode> {
        self.episodes.iter().filter(move |episode| episode.urgency == urgency && episode.told.is_some())
    }
}

impl Replay<'_> {
    /// Goes through the history once for all columns.
    ///
    /// In each minute all that came in it is counted before SLOs are judged, once: what fires and resolves within one minute is not seen.
    pub fn run(&self, columns: &[Column]) -> Vec<Replayed> {
        let Some(all) = self.history.period() else { return Vec::new() };
        let mut known = self.known(columns, all);
        let mut since = all.start;
        if self.past == Past::Quiet {
            let longest = columns.iter().map(|column| minutes_of(column.subject.shortest)).max().unwrap_or(0);
            // Twice, since a calendar's trailing window is longer than its shortest period.
            since = Minute::new(since.number() - 2 * i64::try_from(longest).unwrap_or(0));
        }
        let subjects: Vec<Subject> = columns.iter().map(|column| column.subject.clone().since(since)).collect();
        let mut evaluator = Evaluator::new(&subjects, &known, Minute::new(all.start.number() - 1));
        let mut seen: Vec<Seen> = columns.iter().map(|_| Seen::default()).collect();
        let mut coming = self.history.arrivals().iter().peekable();
        let end = all.end.min(self.period.end);
        for now in Period::new(all.start, end).iter() {
            evaluator.advance(&known, now);
            while let Some(arrival) = coming.next_if(|arrival| arrival.received <= now) {
                known.take(arrival);
                evaluator.add(&known, arrival.indicator, arrival.minute, arrival.counts);
            }
            // The last of a minute comes at its end.
            let heard = self.history.heard_by(now).map(|heard| if heard == now { heard } else { next(heard) });
            let is_alive = is_alive(now.start(), heard.map(Minute::start));
            evaluator.evaluate(now.start(), |_| is_alive, |_| {});
            for (slo, (column, seen)) in columns.iter().zip(&mut seen).enumerate() {
                let is_ripe = self.is_ripe(now, all, since);
                seen.note(&evaluator, (slo, column), &known, (now, self.period.contains(now), is_ripe));
            }
        }
        let period = Period::new(self.period.start.max(all.start), end);
        let history = u64::try_from(self.period.start.number() - since.number()).unwrap_or(0);
        let told = columns.iter().zip(seen).enumerate();
        told.map(|(slo, (column, seen))| Replayed {
            period,
            tiers: column.subject.alerts.tiers.clone(),
            episodes: seen.episodes_of(self.period),
            frozen_minutes: seen.frozen_minutes,
            maintained: column.maintained_minutes(period),
            counts: counts(self.history, column, self.period),
            end: evaluator.budget(slo, View::Corrected),
            worst: seen.worst,
            history_minutes: history,
        })
        .collect()
    }

    fn known(&self, columns: &[Column], all: Period) -> Known {
        let arrivals = self.history.arrivals().iter().map(|arrival| arrival.indicator);
        let indicators = arrivals.chain(columns.iter().map(|column| column.subject.indicator));
        let indicators = indicators.map(|indicator| indicator.0 as usize + 1).max().unwrap_or(0);
        let mut known = Known::new(all.start, indicators);
        for column in columns {
            let indicator = column.subject.indicator;
            known.settles(indicator, column.settles_minutes);
            if self.past == Past::Quiet {
                let as_recorded = Column::new(column.subject.clone().without(Exclusions::default()));
                known.had(indicator, counts(self.history, &as_recorded, all).valid, all.minutes());
            }
        }
        known
    }

    /// Whether a budget is of a day of history at least, or there is never so much.
    fn is_ripe(&self, now: Minute, all: Period, since: Minute) -> bool {
        let history = now.number() - since.number() + 1;
        let last = all.end.min(self.period.end).number() - since.number();
        let day = i64::try_from(LEAST_HISTORY_MINUTES).unwrap_or(0);
        history >= day || last < day
    }
}

/// What was seen of a column so far.
#[derive(Debug, Default)]
struct Seen {
    episodes: Episodes,
    frozen_minutes: u64,
    worst: Option<WorstPoint>,
}

impl Seen {
    fn note(
        &mut self,
        evaluator: &Evaluator,
        (slo, column): (usize, &Column),
        known: &Known,
        (now, is_asked, is_ripe): (Minute, bool, bool),
    ) {
        let (alerts, last) = (evaluator.alerts(slo), evaluator.last(slo));
        let Subject { target, indicator, alerts: declared, .. } = &column.subject;
        let onset = |tier: usize| {
            let period = Period::trailing(minutes_of(declared.tiers[tier].long), last);
            let counted = |minute| known.minute(*indicator, minute);
            onset(*target, period, |minute| if column.takes_part(minute) { counted(minute) } else { Counts::default() })
        };
        self.episodes.note(now, (&declared.tiers, alerts), column.silences.holds(now), onset);
        if !is_asked {
            return;
        }
        self.frozen_minutes += u64::from(alerts.frozen_since().is_some());
        let budget = evaluator.budget(slo, View::Corrected);
        let is_worse = budget.spent().is_some_and(|spent| {
            self.worst.is_none_or(|worst| worst.budget.spent().is_none_or(|before| spent > before))
        });
        if is_ripe && is_worse {
            self.worst = Some(WorstPoint { at: now, budget });
        }
    }

    fn episodes_of(&self, period: Period) -> Vec<Episode> {
        let is_of = |episode: &&Episode| episode.from < period.end && episode.to.is_none_or(|to| to > period.start);
        self.episodes.all.iter().filter(is_of).cloned().collect()
    }
}

/// What a column has counted in a period.
fn counts(history: &History, column: &Column, period: Period) -> Counts {
    let is_of = |arrival: &&super::Arrival| {
        let (of, minute) = (column.subject.indicator, arrival.minute);
        arrival.indicator == of && period.contains(minute) && column.takes_part(minute)
    };
    let mut sum = Counts::default();
    history.arrivals().iter().filter(is_of).for_each(|arrival| sum.add(arrival.counts));
    sum
}

fn next(minute: Minute) -> Minute {
    Minute::new(minute.number() + 1)
}
