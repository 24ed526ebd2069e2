//! What a replayed SLO did, as it is told.

use milepost_model::Minute;
use milepost_slo::backtest::{Episode, Load, Replayed};
use milepost_slo::{AlertTier, Fraction, Period, Slo, Urgency, minutes_of};
use serde::Serialize;
use utoipa::ToSchema;

/// What an SLO would have done, as it is or with the change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SloBacktestColumn)]
pub(super) struct ColumnBody {
    /// `now` or `changed`.
    name: &'static str,
    target: String,
    window: String,
    /// The tiers of its alerts, by their names.
    alerts: Vec<String>,
    /// Events that its indicator counted, without what maintenance takes out.
    valid: u64,
    bad: u64,
    pages: LoadBody,
    tickets: LoadBody,
    /// Minutes in which nothing was received, so that nothing fired or resolved.
    frozen_minutes: u64,
    /// Minutes of maintenance that count in no budget, and those in which nobody is told.
    excluded_minutes: u64,
    silent_minutes: u64,
    budget: ReplayedBudgetBody,
    /// Whether that budget is scaled up, because less than a window was gone through.
    is_estimate: bool,
    /// What somebody was told of, in order; at most 200.
    episodes: Vec<EpisodeBody>,
    /// How many there are beyond those.
    more_episodes: usize,
}

/// How often somebody is told, and for how long.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SloBacktestLoad)]
struct LoadBody {
    count: usize,
    /// In less than a day nothing is said of a week.
    per_week: Option<f64>,
    minutes: u64,
    longest_minutes: u64,
    /// From when the burn began until somebody was told: the middle one, and the longest.
    median_delay_minutes: Option<u64>,
    longest_delay_minutes: Option<u64>,
}

/// The error budget while it was gone through: shares, 1 when all of it is spent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SloBacktestBudget)]
struct ReplayedBudgetBody {
    spent_at_end: Option<f64>,
    worst_spent: Option<f64>,
    worst_at: Option<String>,
}

/// A stretch in which somebody was told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SloBacktestEpisode)]
struct EpisodeBody {
    /// `page` or `ticket`.
    urgency: &'static str,
    /// The tiers that fired in it.
    tiers: Vec<String>,
    /// When the burn began: since then more was bad than the target allows.
    burn_from: String,
    /// When the first tier fired.
    from: String,
    /// When somebody was told.
    told: String,
    /// When the last fired no longer; nothing where it went on at the end.
    to: Option<String>,
    minutes: u64,
    delay_minutes: u64,
}

/// More than anybody reads; the command has all.
const MOST_EPISODES: usize = 200;

impl ColumnBody {
    pub(super) fn new(name: &'static str, slo: &Slo, replayed: &Replayed) -> Self {
        let told: Vec<&Episode> = replayed.episodes.iter().filter(|episode| episode.told.is_some()).collect();
        let share = |spent: Option<Fraction>| spent.map(Fraction::to_f64);
        Self {
            name,
            target: slo.target.to_string(),
            window: slo.window.to_string(),
            alerts: slo.alerts.tiers.iter().map(|tier| tier.name()).collect(),
            valid: replayed.counts.valid,
            bad: replayed.counts.bad(),
            pages: LoadBody::new(replayed.load(Urgency::Page), replayed.period),
            tickets: LoadBody::new(replayed.load(Urgency::Ticket), replayed.period),
            frozen_minutes: replayed.frozen_minutes,
            excluded_minutes: replayed.maintained.0,
            silent_minutes: replayed.maintained.1,
            budget: ReplayedBudgetBody {
                spent_at_end: share(replayed.end.spent()),
                worst_spent: share(replayed.worst.and_then(|worst| worst.budget.spent())),
                worst_at: replayed.worst.map(|worst| at(worst.at)),
            },
            is_estimate: replayed.is_estimate(minutes_of(slo.window.shortest())),
            more_episodes: told.len().saturating_sub(MOST_EPISODES),
            episodes: told.iter().take(MOST_EPISODES).filter_map(|of| EpisodeBody::new(of, replayed)).collect(),
        }
    }
}

impl LoadBody {
    fn new(load: Load, period: Period) -> Self {
        let per_week = load.per_week(period);
        let Load { count, minutes, longest_minutes, median_delay_minutes, longest_delay_minutes } = load;
        Self { count, per_week, minutes, longest_minutes, median_delay_minutes, longest_delay_minutes }
    }
}

impl EpisodeBody {
    fn new(of: &Episode, replayed: &Replayed) -> Option<Self> {
        let tiers = of.tiers.iter().filter_map(|tier| replayed.tiers.get(*tier));
        Some(Self {
            urgency: of.urgency.as_str(),
            tiers: tiers.map(|tier: &AlertTier| tier.name()).collect(),
            burn_from: at(of.onset),
            from: at(of.from),
            told: at(of.told?),
            to: of.to.map(at),
            minutes: of.minutes(replayed.period.end),
            delay_minutes: of.delay_minutes()?,
        })
    }
}

fn at(minute: Minute) -> String {
    minute.start().to_string()
}
