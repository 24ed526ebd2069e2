//! What is said of burn alerts, and how fast a budget must be spent for each tier before and after.

use super::statements::Statements;
use super::{Change, Detail, exact};
use milepost_model::Target;
use milepost_slo::{AlertForm, AlertTier, Alerts, Slo, Urgency};

const TIER: &str = "alert: ";
const FORM: &str = "alerts compare with";

/// Says when somebody is told.
pub(super) fn say(alerts: &Alerts, said: &mut Statements) {
    said.one(FORM, form(alerts));
    for tier in &alerts.tiers {
        said.one(aspect(*tier), format!("{} of the budget, and still in the last {}", tier.share, tier.short));
    }
}

fn form(alerts: &Alerts) -> &'static str {
    match alerts.form {
        AlertForm::Share => "a share of the whole budget",
        AlertForm::Rate => "the rate at which the budget is spent, whatever the traffic",
    }
}

fn aspect(tier: AlertTier) -> String {
    format!("{TIER}{} within {}", tier.urgency.as_str(), tier.long)
}

/// Adds to the tiers that are different how fast the budget must be spent, and to the promise what it does to those that are the same.
pub(super) fn add_effects(change: &mut Change, before: &Slo, after: &Slo) {
    for detail in change.details.iter_mut().filter(|detail| detail.aspect.starts_with(TIER)) {
        let effects = match (find(detail, before), find(detail, after)) {
            (Some(old), Some(new)) => both(before, old, after, new),
            (None, Some(new)) => vec![Speed::of(after, new).sentence()],
            (Some(old), None) => vec![gone(old).to_owned()],
            (None, None) => Vec::new(),
        };
        detail.effects.extend(effects);
    }
    let of_promise = ["target", "window", FORM].iter().find(|aspect| change.detail(aspect).is_some()).copied();
    let Some(detail) = of_promise.and_then(|aspect| change.detail(aspect)) else { return };
    for tier in after.alerts.tiers.iter().filter(|tier| before.alerts.tiers.contains(tier)) {
        let told = both(before, *tier, after, *tier).into_iter();
        let name = aspect(*tier);
        detail.effects.extend(told.map(|effect| format!("{} {effect}", name.trim_start_matches(TIER))));
    }
    if let Some(detail) = change.detail(FORM) {
        detail.effects.push(at_night(after).to_owned());
    }
}

/// What a form does where there is little traffic.
fn at_night(slo: &Slo) -> &'static str {
    match slo.alerts.form {
        AlertForm::Share => "where there is little traffic, a few errors tell nobody any more",
        AlertForm::Rate => "where there is little traffic, a few errors are enough",
    }
}

/// The tier that a detail is of, as an SLO has it.
fn find(detail: &Detail, slo: &Slo) -> Option<AlertTier> {
    slo.alerts.tiers.iter().copied().find(|tier| aspect(*tier) == detail.aspect)
}

fn gone(tier: AlertTier) -> &'static str {
    match tier.urgency {
        Urgency::Page => "nobody is woken by it any more",
        Urgency::Ticket => "no ticket is opened by it any more",
    }
}

/// How fast the budget must be spent before and after, where that differs.
fn both(before: &Slo, old: AlertTier, after: &Slo, new: AlertTier) -> Vec<String> {
    let (old, new) = (Speed::of(before, old), Speed::of(after, new));
    match (old.rate == new.rate, old.bad == new.bad) {
        (true, true) => Vec::new(),
        (true, false) => vec![format!("fires when {} -> {} (burn rate {})", old.bad, new.bad, new.rate)],
        (false, _) => {
            vec![format!("fires when {} -> {} (burn rate {} -> {})", old.bad, new.bad, old.rate, new.rate)]
        }
    }
}

/// How fast a budget must be spent for a tier to fire, at traffic that is the same all the time.
struct Speed {
    /// The burn rate.
    rate: String,
    /// What of the events is bad then.
    bad: String,
}

impl Speed {
    fn of(slo: &Slo, tier: AlertTier) -> Self {
        let (form, period) = (slo.alerts.form, slo.window.shortest());
        let (rate, whole) = tier.burn_rate(form, period);
        let bad = rate.saturating_mul(u128::from(slo.target.allowed_bad_nanos()));
        let all = whole.saturating_mul(u128::from(Target::ONE));
        let bad = match (tier.is_beyond_outage(form, slo.target, period), form) {
            (true, AlertForm::Share) => {
                "more is bad than can be at even traffic: not even an outage spends the budget that fast".to_owned()
            }
            (true, AlertForm::Rate) => "more is bad than can be: it never fires".to_owned(),
            (false, AlertForm::Share) => format!("{} are bad", exact::percent(bad, all)),
            (false, AlertForm::Rate) => format!("more than {} are bad", exact::percent(bad, all)),
        };
        let least = if tier.is_floored(form, period) { ", the least that there is" } else { "" };
        Self { rate: format!("{}{least}", exact::decimal(rate, whole, 2)), bad }
    }

    fn sentence(&self) -> String {
        format!("fires when {} (burn rate {})", self.bad, self.rate)
    }
}
