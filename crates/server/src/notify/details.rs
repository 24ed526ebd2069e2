//! A burn as JSON: what all receivers that take JSON of their own are told.

use super::burn::{Burn, News};
use super::burning::{Burning, Tier};
use super::round::Round;
use milepost_model::Timestamp;
use milepost_slo::{Counts, Fraction, burn_rate};
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

fn budget(burning: &Burning) -> Value {
    json!({
        "target": burning.target.to_string(),
        "window": burning.window,
        "spent": burning.spent.map(Fraction::to_f64),
    })
}

/// How fast the budget burns in the windows of each tier of its urgency.
fn burn_rates(burning: &Burning) -> Vec<Value> {
    let rate = |counts: &Counts| burn_rate(*counts, burning.target).map(Fraction::to_f64);
    let body = |Tier { tier, is_firing, burn: [long, short] }: &Tier| {
        json!({
            "tier": tier.name(),
            "share": tier.share.to_string(),
            "is_firing": is_firing,
            "long": {"window": tier.long.to_string(), "burn_rate": rate(long)},
            "short": {"window": tier.short.to_string(), "burn_rate": rate(short)},
        })
    };
    burning.tiers.iter().map(body).collect()
}
