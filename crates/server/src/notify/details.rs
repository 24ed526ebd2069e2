//! A burn or an incident as JSON: what all receivers that take JSON of their own are told.

use super::burn::{Burn, News};
use super::burning::{About, OfBurn, Tier};
use super::incidents::{OfIncident, OfKpi};
use super::round::Round;
use milepost_impact::Attempts;
use milepost_model::Timestamp;
use milepost_slo::{Counts, Fraction, burn_rate};
use serde_json::{Value, json};

/// What is known of a burn. `external` is where others reach the API, without a `/` at its end; empty when nobody says.
pub(super) fn details(burn: &Burn, news: News, round: &Round<'_>, external: &str) -> Value {
    let label = |name: &str| burn.labels.get(name);
    let product = format!("{external}/api/v1/products/{}", burn.product);
    let step = label("step").map(|step| format!("{product}/steps/{step}"));
    let mut details = json!({
        "status": news.as_str(),
        "summary": burn.summary,
        "product": burn.product,
        "severity": burn.severity,
        "labels": burn.labels,
        "starts_at": Timestamp::from_nanos(burn.starts_at).to_string(),
        // That it fires is the same news after its end.
        "ends_at": burn.ends_at.filter(|_| news == News::Resolved).map(|at| Timestamp::from_nanos(at).to_string()),
    });
    let burning = burn.burning(round).map(|burning| &burning.about);
    if let Some(incident) = label("incident") {
        details["incident"] = json!(burning.and_then(of_incident));
        let own = format!("{product}/incidents/{incident}");
        details["links"] = json!({"incident": own, "report": format!("{own}/report")});
        return details;
    }
    let burning = match burning {
        Some(About::Burn(burning)) => Some(burning),
        _ => None,
    };
    details["objective"] = json!(label("objective"));
    details["step"] = json!(label("step"));
    details["slo"] = json!(burn.slo);
    details["budget"] = json!(burning.map(budget));
    details["burn_rates"] = burning.map(burn_rates).unwrap_or_default().into();
    details["links"] = json!({"slo": format!("{product}/slos/{}", burn.slo), "step": step});
    details
}

fn of_incident(about: &About) -> Option<Value> {
    let About::Incident(of) = about else { return None };
    let OfIncident { number, kind, level, steps, objectives, suspected, lost, kpis, cost, route, team } = of;
    // In whole attempts, as people tell them.
    let whole = |attempts: Attempts| attempts.micros() / 1_000_000;
    Some(json!({
        "number": number,
        "kind": kind,
        "level": level,
        "steps": steps,
        "objectives": objectives,
        "suspected": suspected,
        "lost": lost.map(|of| json!({"gross": whole(of.gross), "net": whole(of.net), "low": whole(of.low), "high": whole(of.high)})),
        "kpis": kpis.iter().map(of_kpi).collect::<Vec<_>>(),
        "cost": cost,
        "route": route,
        "team": team,
    }))
}

#[expect(clippy::cast_precision_loss, reason = "what is lost is told to a few digits")]
fn of_kpi(OfKpi { kpi, title, unit, lost }: &OfKpi) -> Value {
    let number = |micros: i128| micros as f64 / 1e6;
    let (estimate, low, high) = (number(lost.lost_micros), number(lost.low_micros), lost.high_micros.map(number));
    json!({"kpi": kpi, "title": title, "unit": unit, "lost": estimate, "low": low, "high": high})
}

fn budget(burning: &OfBurn) -> Value {
    json!({
        "target": burning.target.to_string(),
        "window": burning.window,
        "spent": burning.spent.map(Fraction::to_f64),
    })
}

/// How fast the budget burns in the windows of each tier of its urgency.
fn burn_rates(burning: &OfBurn) -> Vec<Value> {
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
