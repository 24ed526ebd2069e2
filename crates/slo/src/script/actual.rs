//! What is, of an SLO at a time: what `expect` can ask for.

use super::clock::Clock;
use super::expected::{Expected, show};
use super::world::World;
use crate::{
    AlertState, Composite, Counts, Explanation, Fraction, Period, Phase, SloState, TierState, View, WindowKey,
    burn_rate,
};
use milepost_model::{Minute, Timestamp};

/// An answer.
#[derive(Clone, Debug)]
pub(super) enum Actual {
    /// A share, shown as a percentage.
    Share(Option<Fraction>),
    /// Another number.
    Number(Option<Fraction>),
    /// Valid and good units.
    Units(Counts),
    /// A tier, and the name of what inhibits it.
    Tier(TierState, Option<String>),
    /// Since when alerts are frozen.
    Frozen(Option<Minute>),
    /// A state.
    State(SloState),
    /// From a minute to before another.
    Period(Period),
}

/// What can be asked for: the word, what must stand behind it before what is expected, and what it is.
pub(super) const KEYS: [(&str, usize, &str); 17] = [
    ("budget_spent", 0, "the share of the error budget that is spent"),
    ("budget_allowed", 0, "units that may be bad in a period"),
    ("total", 0, "units of a whole period, seen or expected"),
    ("valid", 0, "units of the window that count"),
    ("good", 0, "of those the good ones"),
    ("bad", 0, "of those the bad ones"),
    ("ratio", 0, "good over valid"),
    ("ratio_worst", 0, "the ratio if all that was not measured was bad"),
    ("ratio_best", 0, "the ratio if all that was not measured was good"),
    ("budget_worst", 0, "the share that is spent if all that was not measured was bad"),
    ("state", 0, "met, missed or unknown"),
    ("period", 0, "from where to where the window reaches"),
    ("frozen", 0, "since when alerts are frozen, or `no`"),
    ("burn", 2, "how fast a tier's window burns: `burn page-1h long 14.4`"),
    ("units", 2, "valid and good units of a tier's window: `units page-1h short 100/90`"),
    ("spent_by", 2, "bad units by `operation`, `error` or `correction`: `spent_by operation smtp 5`"),
    ("estimate", 0, "of several SLOs the product, `eval at 1h login * send-mail`"),
];

impl Actual {
    /// Looks at something of an SLO as of now.
    pub(super) fn of(world: &World, slo: usize, view: View, words: &[&str]) -> Result<Self, String> {
        let (evaluator, now) = world.now()?;
        let budget = evaluator.budget(slo, view);
        let number = |number: u64| Fraction::new(u128::from(number), 1);
        let counts = budget.counts;
        Ok(match words {
            ["budget_spent"] => Self::Share(budget.spent()),
            ["budget_allowed"] => Self::Number(Some(budget.allowed())),
            ["total"] => Self::Number(Some(budget.total.fraction())),
            ["valid"] => Self::Number(number(counts.valid)),
            ["good"] => Self::Number(number(counts.good)),
            ["bad"] => Self::Number(number(counts.bad())),
            ["ratio"] => Self::Share(Fraction::new(u128::from(counts.good), u128::from(counts.valid))),
            ["ratio_worst"] => Self::Share(world.quality(slo, now).bounds(counts).map(|bounds| bounds.worst)),
            ["ratio_best"] => Self::Share(world.quality(slo, now).bounds(counts).map(|bounds| bounds.best)),
            ["budget_worst"] => Self::Share(world.quality(slo, now).spent(&budget).map(|(_, worst)| worst)),
            ["state"] => Self::State(world.state(slo, budget, now)),
            ["frozen"] => Self::Frozen(evaluator.alerts(slo).frozen_since().map(Timestamp::minute)),
            ["period"] => Self::Period(period(world, slo, now)?),
            ["spent_by", by, name] => Self::Number(number_of(spent_by(world, slo, now, (by, name))?)),
            [key @ ("burn" | "units"), tier, which] => {
                let windows = evaluator.burn(slo, tier_of(world, slo, tier)?);
                let counts = match *which {
                    "long" => windows[0],
                    "short" => windows[1],
                    _ => return Err(format!("a tier has a `long` and a `short` window, not `{which}`")),
                };
                if *key == "units" { Self::Units(counts) } else { Self::Number(burn_rate(counts, budget.target)) }
            }
            [tier] => Self::tier(world, slo, evaluator.alerts(slo), tier)?,
            _ => return Err(format!("`{}` cannot be expected; {}", words.join(" "), keys())),
        })
    }

    /// The product of SLOs.
    pub(super) fn estimate(world: &World, slos: &[usize], view: View) -> Result<Self, String> {
        let counts: Result<Vec<Counts>, String> =
            slos.iter().map(|slo| world.budget(*slo, view).map(|budget| budget.counts)).collect();
        Ok(Self::Share(Composite::estimate(&counts?).and_then(Composite::share)))
    }

    fn tier(world: &World, slo: usize, state: &AlertState, name: &str) -> Result<Self, String> {
        let tier = tier_of(world, slo, name)?;
        let state = state.tiers()[tier];
        let by = state.inhibited_by.map(|by| world.slos[slo].definition.terms.alerts.tiers[by].name());
        Ok(Self::Tier(state, by))
    }

    /// Whether it is what is written.
    pub(super) fn is(&self, words: &[&str], clock: Clock) -> Result<bool, String> {
        match (self, words) {
            (Self::Share(actual) | Self::Number(actual), [text]) => Ok(Expected::read(text)?.is(*actual)),
            (Self::Units(counts), [text]) => {
                let expected = text.split_once('/').and_then(|(v, g)| Some((v.parse().ok()?, g.parse().ok()?)));
                let (valid, good) = expected.ok_or_else(|| format!("`{text}`: write `VALID/GOOD`"))?;
                Ok(*counts == Counts { valid, good })
            }
            (Self::State(state), [name]) => Ok(state.as_str() == *name),
            (Self::State(state), [..]) if !words.is_empty() => Ok(state.to_string() == words.join(" ")),
            (Self::Frozen(since), ["no"]) => Ok(since.is_none()),
            (Self::Frozen(since), ["since", time]) => Ok(*since == Some(clock.read(time)?)),
            (Self::Period(period), [from, "to", to]) => {
                Ok(*period == Period { start: clock.read(from)?, end: clock.read(to)? })
            }
            (Self::Tier(state, by), words) => tier_is(*state, by.as_deref(), words, clock),
            _ => Err(format!("`{}` cannot be expected of this", words.join(" "))),
        }
    }

    /// As a script would write it.
    pub(super) fn show(&self, clock: Clock) -> String {
        match self {
            Self::Share(share) => show(*share, true),
            Self::Number(number) => show(*number, false),
            Self::Units(counts) => format!("{}/{}", counts.valid, counts.good),
            Self::State(state) => state.to_string(),
            Self::Frozen(None) => "no".to_owned(),
            Self::Frozen(Some(since)) => format!("since {}", clock.show(*since)),
            Self::Period(period) => format!("{} to {}", clock.show(period.start), clock.show(period.end)),
            Self::Tier(state, by) => {
                let phase = match state.phase {
                    Phase::Inactive => "inactive".to_owned(),
                    Phase::Firing { since } => format!("firing since {}", clock.show(since.minute())),
                    Phase::Resolved { at } => format!("resolved at {}", clock.show(at.minute())),
                };
                by.as_ref().map_or(phase.clone(), |by| format!("{phase} inhibited by {by}"))
            }
        }
    }
}

/// What can be expected, in a sentence.
pub(super) fn keys() -> String {
    let names: Vec<&str> = KEYS.iter().map(|(name, ..)| *name).collect();
    format!("there are {}, and tiers by name such as page-1h", names.join(", "))
}

/// `firing [since TIME] [inhibited by TIER]`, `resolved [at TIME]`, `inactive`: what is not written is not looked at.
fn tier_is(state: TierState, by: Option<&str>, words: &[&str], clock: Clock) -> Result<bool, String> {
    let form = "a tier is `inactive`, `firing [since TIME] [inhibited by TIER]` or `resolved [at TIME]`";
    let (words, inhibited) = match words {
        [first @ .., "inhibited", "by", name] => (first, by == Some(name)),
        [first @ .., "told"] => (first, by.is_none()),
        _ => (words, true),
    };
    let phase = match (state.phase, words) {
        (Phase::Inactive, ["inactive"]) | (Phase::Firing { .. }, ["firing"]) => true,
        (Phase::Resolved { .. }, ["resolved"]) => true,
        (Phase::Firing { since }, ["firing", "since", time]) => since.minute() == clock.read(time)?,
        (Phase::Resolved { at }, ["resolved", "at", time]) => at.minute() == clock.read(time)?,
        (_, ["inactive"] | ["firing" | "resolved", ..]) => false,
        _ => return Err(form.to_owned()),
    };
    Ok(phase && inhibited)
}

fn tier_of(world: &World, slo: usize, name: &str) -> Result<usize, String> {
    let tiers = &world.slos[slo].definition.terms.alerts.tiers;
    tiers.iter().position(|tier| tier.name() == name).ok_or_else(|| {
        let names: Vec<String> = tiers.iter().map(|tier| tier.name()).collect();
        format!("`{name}` cannot be expected; {}. The tiers of this SLO: {}", keys(), names.join(", "))
    })
}

/// The minutes of the window, up to the last that it has yet.
fn period(world: &World, slo: usize, now: Minute) -> Result<Period, String> {
    let last = world.last(slo, now);
    let window = WindowKey::of(&world.slos[slo].definition.terms.window).map_err(|error| error.to_string())?;
    Ok(match window {
        WindowKey::Rolling(minutes) => Period::trailing(minutes, last),
        WindowKey::Calendar(calendar) => calendar.period(last),
    })
}

fn spent_by(world: &World, slo: usize, now: Minute, (by, name): (&str, &str)) -> Result<i128, String> {
    let promised = &world.slos[slo];
    let counting = crate::Counting::of_terms(&promised.definition.terms).map_err(|error| error.to_string())?;
    let recorded = world.source.of(promised.indicator);
    let corrections = world.exclusions(slo, now);
    let last = world.last(slo, now);
    let window = WindowKey::of(&promised.definition.terms.window).map_err(|error| error.to_string())?;
    let seen = Period::new(world.since(promised), Minute::new(last.number() + 1));
    let found = Explanation::of(
        (&world.source, recorded),
        (promised.indicator, &counting),
        &corrections,
        window.period(&counting, last),
        seen,
    );
    let of = |parts: Vec<(Option<&str>, u64)>| {
        let wanted = Some(name).filter(|name| *name != "-");
        i128::from(parts.iter().find(|(known, _)| *known == wanted).map_or(0, |(_, spent)| *spent))
    };
    match by {
        "operation" => Ok(of(found.by_operation())),
        "error" => Ok(of(found.by_error_type())),
        "correction" => {
            let place = name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            let error = || format!("`{name}` is no correction: the first is 1");
            place.and_then(|place| found.corrected.get(place)).copied().ok_or_else(error)
        }
        _ => Err(format!("what is spent is by `operation`, `error` or `correction`, not `{by}`")),
    }
}

fn number_of(number: i128) -> Option<Fraction> {
    u128::try_from(number).ok().and_then(|number| Fraction::new(number, 1))
}
