//! Going through a history, minute after minute.

use super::episode::{Episode, Episodes};
use super::history::{History, Known};
use super::onset::onset;
use crate::calendar::UnknownZone;
use crate::{
    AlertTier, Counts, ErrorBudget, Evaluator, IndicatorIndex, LEAST_HISTORY_MINUTES, Minutes as _, Period, Subject,
    Terms, Urgency, View, is_alive, minutes_of,
};
use milepost_model::Minute;

/// An SLO as it is replayed.
#[derive(Clone, Debug)]
pub struct Column {
    /// What it promises.
    pub terms: Terms,
    /// What it counts.
    pub indicator: IndicatorIndex,
    /// How many minutes its windows end behind the running one; none for services.
    pub settles_minutes: u64,
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
    /// The events of the period, by the minutes that they are of.
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
    pub fn run(&self, columns: &[Column]) -> Result<Vec<Replayed>, UnknownZone> {
        let Some(all) = self.history.period() else { return Ok(Vec::new()) };
        let mut known = self.known(columns, all);
        let mut since = all.start;
        if self.past == Past::Quiet {
            let longest = columns.iter().map(|column| minutes_of(column.terms.window.shortest())).max().unwrap_or(0);
            // Twice, since a calendar's trailing window is longer than its shortest period.
            since = Minute::new(since.number() - 2 * i64::try_from(longest).unwrap_or(0));
        }
        let subjects: Result<Vec<Subject>, UnknownZone> =
            columns.iter().map(|column| Subject::new(&column.terms, column.indicator, since)).collect();
        let mut evaluator = Evaluator::new(&subjects?, &known, Minute::new(all.start.number() - 1));
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
        let told = columns.iter().zip(seen).enumerate();
        let history = self.period.start.number() - since.number();
        Ok(told
            .map(|(slo, (column, seen))| Replayed {
                period: Period::new(self.period.start.max(all.start), end),
                tiers: column.terms.alerts.tiers.clone(),
                episodes: seen.episodes_of(self.period),
                frozen_minutes: seen.frozen_minutes,
                counts: counts(self.history, column.indicator, self.period),
                end: evaluator.budget(slo, View::Recorded),
                worst: seen.worst,
                history_minutes: u64::try_from(history).unwrap_or(0),
            })
            .collect())
    }

    fn known(&self, columns: &[Column], all: Period) -> Known {
        let arrivals = self.history.arrivals().iter().map(|arrival| arrival.indicator);
        let indicators = arrivals.chain(columns.iter().map(|column| column.indicator));
        let indicators = indicators.map(|indicator| indicator.0 as usize + 1).max().unwrap_or(0);
        let mut known = Known::new(all.start, indicators);
        for column in columns {
            known.settles(column.indicator, column.settles_minutes);
            if self.past == Past::Quiet {
                known.had(column.indicator, counts(self.history, column.indicator, all).valid, all.minutes());
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
        let terms = &column.terms;
        let onset = |tier: usize| {
            let period = Period::trailing(minutes_of(terms.alerts.tiers[tier].long), last);
            onset(terms.target, period, |minute| known.minute(column.indicator, minute))
        };
        self.episodes.note(now, (&terms.alerts.tiers, alerts), onset);
        if !is_asked {
            return;
        }
        self.frozen_minutes += u64::from(alerts.frozen_since().is_some());
        let budget = evaluator.budget(slo, View::Recorded);
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

/// What an indicator has counted in a period.
fn counts(history: &History, indicator: IndicatorIndex, period: Period) -> Counts {
    let is_of = |arrival: &&super::Arrival| arrival.indicator == indicator && period.contains(arrival.minute);
    let mut sum = Counts::default();
    history.arrivals().iter().filter(is_of).for_each(|arrival| sum.add(arrival.counts));
    sum
}

fn next(minute: Minute) -> Minute {
    Minute::new(minute.number() + 1)
}
