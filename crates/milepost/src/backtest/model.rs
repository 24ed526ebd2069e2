//! The records of a backtest.

use super::tried::Tried;
use crate::recording::Recording;
use crate::span;
use milepost_model::Minute;
use milepost_slo::backtest::{self, Episode, Found, History, Judged, Past, Replayed};
use milepost_slo::{AlertTier, Fraction, Period, Urgency};
use serde::Serialize;

/// What the replay rests on.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Basis {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) minutes: u64,
    /// Attempts that were replayed by when they were received, and those taken as received when they began.
    pub(crate) by_receipt: u64,
    pub(crate) by_event_time: u64,
    /// Hours for which the minute log stands in for facts that are gone.
    pub(crate) hours_from_minute_log: usize,
    /// Whether all is taken to have been well before.
    pub(crate) is_past_quiet: bool,
    /// Whether a Prometheus counted, and not attempts.
    pub(crate) is_imported: bool,
    #[serde(skip)]
    pub(crate) is_stored: bool,
}

/// A backtest.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Told {
    pub(crate) product: String,
    pub(crate) slo: String,
    pub(crate) step: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) minutes: u64,
    pub(crate) basis: Basis,
    /// The SLO as it is, and as it would be.
    pub(crate) columns: Vec<ColumnTold>,
    /// What the change adds; below 0 what it saves.
    pub(crate) difference: Option<Difference>,
}

/// What one of them would have done.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ColumnTold {
    pub(crate) name: String,
    pub(crate) sli: String,
    pub(crate) target: String,
    pub(crate) window: String,
    pub(crate) alerts: Vec<String>,
    pub(crate) valid: u64,
    pub(crate) bad: u64,
    pub(crate) pages: Load,
    pub(crate) tickets: Load,
    /// Minutes in which the sources were silent, so that nothing fired or resolved.
    pub(crate) frozen_minutes: u64,
    /// Minutes of maintenance that count in no budget, and those in which nobody is told.
    pub(crate) excluded_minutes: u64,
    pub(crate) silent_minutes: u64,
    pub(crate) budget: BudgetTold,
    pub(crate) episodes: Vec<EpisodeTold>,
    /// Against what was truly wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) truth: Option<TruthTold>,
    /// How many minutes of its window were before the time that is told of, or 0.
    #[serde(skip)]
    pub(crate) is_estimate: bool,
}

/// How often somebody is told, and for how long.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Load {
    pub(crate) count: usize,
    /// In less than a day nothing is said of a week.
    pub(crate) per_week: Option<f64>,
    pub(crate) minutes: u64,
    pub(crate) longest_minutes: u64,
    /// From when the burn began until somebody was told: the middle one, and the longest.
    pub(crate) median_delay_minutes: Option<u64>,
    pub(crate) longest_delay_minutes: Option<u64>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct BudgetTold {
    /// Shares of the budget, 1 when all of it is spent.
    pub(crate) spent_at_end: Option<f64>,
    pub(crate) worst_spent: Option<f64>,
    pub(crate) worst_at: Option<String>,
    #[serde(skip)]
    pub(crate) end: Option<Fraction>,
    #[serde(skip)]
    pub(crate) worst: Option<Fraction>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct EpisodeTold {
    pub(crate) urgency: &'static str,
    pub(crate) tiers: Vec<String>,
    pub(crate) burn_from: String,
    pub(crate) from: String,
    /// Nothing where a page told it all the time.
    pub(crate) told: Option<String>,
    /// Nothing where it went on at the end.
    pub(crate) to: Option<String>,
    pub(crate) minutes: u64,
    pub(crate) delay_minutes: Option<u64>,
    #[serde(skip)]
    pub(crate) order: Minute,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct TruthTold {
    pub(crate) found: Vec<FoundTold>,
    /// Alerts that belong to nothing that was wrong.
    pub(crate) needless_pages: usize,
    pub(crate) needless_tickets: usize,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct FoundTold {
    pub(crate) from: String,
    pub(crate) to: String,
    /// Minutes after it began; below 0 where that was before, nothing where nobody was told.
    pub(crate) page_late_minutes: Option<i64>,
    pub(crate) ticket_late_minutes: Option<i64>,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Difference {
    pub(crate) pages: i64,
    pub(crate) tickets: i64,
    pub(crate) page_minutes: i64,
    pub(crate) spent_at_end: Option<f64>,
}

impl Basis {
    pub(crate) fn of(recording: &Recording, past: Past, all: Period, is_stored: bool) -> Self {
        Self {
            from: span::at(all.start),
            to: span::at(all.end),
            minutes: all.minutes(),
            by_receipt: recording.received,
            by_event_time: recording.assumed,
            hours_from_minute_log: recording.hours_from_log,
            is_past_quiet: past == Past::Quiet,
            is_imported: false,
            is_stored,
        }
    }

    /// Of what a server has imported.
    pub(crate) fn of_imported((history, by_event_time): (&History, bool), past: Past, all: Period) -> Self {
        let valid: u64 = history.arrivals().iter().map(|arrival| arrival.counts.valid).sum();
        let (by_receipt, by_event_time) = if by_event_time { (0, valid) } else { (valid, 0) };
        Self {
            from: span::at(all.start),
            to: span::at(all.end),
            minutes: all.minutes(),
            by_receipt,
            by_event_time,
            hours_from_minute_log: 0,
            is_past_quiet: past == Past::Quiet,
            is_imported: true,
            is_stored: true,
        }
    }
}

impl Told {
    /// From the SLO as it is and as it would be, each with its name, and what each did.
    pub(crate) fn new(slos: &[Tried], replayed: &[Replayed], truths: &[Period], basis: &Basis) -> Self {
        let column = |(slo, replayed): (&Tried, &Replayed)| column(slo, replayed, truths);
        let columns: Vec<ColumnTold> = slos.iter().zip(replayed).map(column).collect();
        let period = replayed.first().map_or(Period::new(Minute::new(0), Minute::new(0)), |replayed| replayed.period);
        let slo = slos.first();
        Self {
            product: slo.map(|slo| slo.product.clone()).unwrap_or_default(),
            slo: slo.map(|slo| slo.slo.clone()).unwrap_or_default(),
            step: slo.map(|slo| slo.step.clone()).unwrap_or_default(),
            from: span::at(period.start),
            to: span::at(period.end),
            minutes: period.minutes(),
            basis: basis.clone(),
            difference: match &columns[..] {
                [now, change] => Some(Difference::between(now, change)),
                _ => None,
            },
            columns,
        }
    }
}

impl ColumnTold {
    /// How often somebody is told with an urgency.
    pub(crate) fn load(&self, urgency: Urgency) -> &Load {
        match urgency {
            Urgency::Page => &self.pages,
            Urgency::Ticket => &self.tickets,
        }
    }
}

impl Difference {
    fn between(now: &ColumnTold, change: &ColumnTold) -> Self {
        let more = |after: u64, before: u64| i64::try_from(after).unwrap_or(0) - i64::try_from(before).unwrap_or(0);
        let counts = |after: usize, before: usize| more(after as u64, before as u64);
        Self {
            pages: counts(change.pages.count, now.pages.count),
            tickets: counts(change.tickets.count, now.tickets.count),
            page_minutes: more(change.pages.minutes, now.pages.minutes),
            spent_at_end: change.budget.spent_at_end.zip(now.budget.spent_at_end).map(|(after, before)| after - before),
        }
    }
}

fn column(slo: &Tried, replayed: &Replayed, truths: &[Period]) -> ColumnTold {
    let (end, worst) = (replayed.end.spent(), replayed.worst.and_then(|worst| worst.budget.spent()));
    let judged = (!truths.is_empty()).then(|| Judged::of(replayed, truths));
    ColumnTold {
        name: slo.column.clone(),
        sli: slo.sli.clone(),
        target: slo.target.clone(),
        window: slo.window.clone(),
        alerts: slo.alerts.clone(),
        valid: replayed.counts.valid,
        bad: replayed.counts.bad(),
        pages: load(replayed, Urgency::Page),
        tickets: load(replayed, Urgency::Ticket),
        frozen_minutes: replayed.frozen_minutes,
        excluded_minutes: replayed.maintained.0,
        silent_minutes: replayed.maintained.1,
        budget: BudgetTold {
            spent_at_end: end.map(Fraction::to_f64),
            worst_spent: worst.map(Fraction::to_f64),
            worst_at: replayed.worst.map(|worst| span::at(worst.at)),
            end,
            worst,
        },
        episodes: replayed.episodes.iter().map(|of| episode(of, &replayed.tiers, replayed.period.end)).collect(),
        truth: judged.map(|judged| truth(&judged, replayed)),
        is_estimate: replayed.is_estimate(slo.window_minutes),
    }
}

fn load(replayed: &Replayed, urgency: Urgency) -> Load {
    let load = replayed.load(urgency);
    let backtest::Load { count, minutes, longest_minutes, median_delay_minutes, longest_delay_minutes } = load;
    let per_week = load.per_week(replayed.period);
    Load { count, per_week, minutes, longest_minutes, median_delay_minutes, longest_delay_minutes }
}

fn episode(of: &Episode, tiers: &[AlertTier], end: Minute) -> EpisodeTold {
    EpisodeTold {
        urgency: of.urgency.as_str(),
        tiers: of.tiers.iter().filter_map(|tier| tiers.get(*tier)).map(|tier| tier.name()).collect(),
        burn_from: span::at(of.onset),
        from: span::at(of.from),
        told: of.told.map(span::at),
        to: of.to.map(span::at),
        minutes: of.minutes(end),
        delay_minutes: of.delay_minutes(),
        order: of.told.unwrap_or(of.from),
    }
}

fn truth(judged: &Judged, replayed: &Replayed) -> TruthTold {
    let late = |found: Option<Found>| found.map(|found| found.late_minutes);
    let found = judged.detections.iter().map(|detection| FoundTold {
        from: span::at(detection.truth.start),
        to: span::at(detection.truth.end),
        page_late_minutes: late(detection.page),
        ticket_late_minutes: late(detection.ticket),
    });
    let needless = |urgency| {
        judged.needless.iter().filter(|at| replayed.episodes.get(**at).is_some_and(|of| of.urgency == urgency)).count()
    };
    TruthTold {
        found: found.collect(),
        needless_pages: needless(Urgency::Page),
        needless_tickets: needless(Urgency::Ticket),
    }
}
