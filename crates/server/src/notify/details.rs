//! A burn as JSON: what all receivers that take JSON of their own are told.

use super::burn::{Burn, News};
use super::burning::Burning;
use super::round::Round;
use milepost_model::Timestamp;
use milepost_slo::{AlertTier, Counts, Fraction, TierState, burn_rate};
use serde_json::{Value, json};

/// What is known of a burn. `external` is where others reach the API, without a `/` at its end; empty when nobody says.
pub(super) fn details(burn: &Burn, news: News, round: &Round<'_>, external: &str) -> Value {
    let burning = burn.burning(round);
    let label = |name: &str| burn.labels.get(name);
    let product = format!("{external}/api/v1/products/{}", burn.product);
    let step = label("step").map(|step| format!("{product}/steps/{step}"));
    json!({
        "status": news.as_str(),
        "summary": burn.summary,
        "product": burn.product,
        "objective": label("objective"),
        "step": label("step"),
        "slo": burn.slo,
        "severity": burn.severity,
        "labels": burn.labels,
        "starts_at": Timestamp::from_nanos(burn.starts_at).to_string(),
        // That it fires is the same news after its end.
        "ends_at": burn.ends_at.filter(|_| news == News::Resolved).map(|at| Timestamp::from_nanos(at).to_string()),
        "budget": burning.map(budget),
        "burn_rates": burning.map(burn_rates).unwrap_or_default(),
        "links": {"slo": format!("{product}/slos/{}", burn.slo), "step": step},
    })
}

fn budget(burning: &Burning<'_>) -> Value {
    json!({
        "target": burning.slo.target.to_string(),
        "window": burning.slo.window.to_string(),
        "spent": burning.standing.budget.spent().map(Fraction::to_f64),
    })
}

/// How fast the budget burns in the windows of each tier of its urgency.
fn burn_rates(burning: &Burning<'_>) -> Vec<Value> {
    let (slo, standing) = (burning.slo, burning.standing);
    let tiers = slo.alerts.tiers.iter().zip(standing.alerts.tiers()).zip(&standing.burn);
    let rate = |counts: &Counts| burn_rate(*counts, slo.target).map(Fraction::to_f64);
    let body = |((tier, state), [long, short]): ((&AlertTier, &TierState), &[Counts; 2])| {
        json!({
            "tier": tier.name(),
            "share": tier.share.to_string(),
            "is_firing": state.is_firing(),
            "long": {"window": tier.long.to_string(), "burn_rate": rate(long)},
            "short": {"window": tier.short.to_string(), "burn_rate": rate(short)},
        })
    };
    tiers.filter(|((tier, _), _)| tier.urgency == burning.urgency).map(body).collect()
}
