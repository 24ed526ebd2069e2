//! The alert policies of OpenSLO documents as burn alerts, as far as they say the same.

use milepost_model::{DurationNs, Share};
use milepost_slo::open::{AlertCondition, AlertPolicy, Decimal, OpenSlo, OpenWindow, Operator};
use milepost_slo::{AlertForm, AlertTier, Alerts, Urgency};

/// The burn alerts of a document, and which of its policies are not judged, with the reason. A document without policies has the usual tiers, without
/// those that look at more than its window.
pub(crate) fn alerts(slo: &OpenSlo) -> (Alerts, Vec<String>) {
    if slo.alert_policies.is_empty() {
        let tiers = AlertTier::DEFAULT.iter().map(|(_, tier)| *tier);
        let tiers = tiers.filter(|tier| tier.long <= slo.window.shortest()).collect();
        return (Alerts { form: AlertForm::Share, tiers }, Vec::new());
    }
    let mut alerts = Alerts { form: AlertForm::Rate, tiers: Vec::new() };
    let mut unjudged = Vec::new();
    for policy in &slo.alert_policies {
        match tier(policy, &slo.window) {
            Ok(tier) if alerts.tiers.contains(&tier) => {}
            Ok(tier) => alerts.tiers.push(tier),
            Err(why) => unjudged.push(format!("alert policy `{}`: {why}", policy.name)),
        }
    }
    (alerts, unjudged)
}

/// The sign of an operator in PromQL.
pub(super) fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::AtMost => "<=",
        Operator::AtLeast => ">=",
        Operator::Below => "<",
        Operator::Above => ">",
    }
}

/// A tier that fires when the policy says so: above a burn rate over one window.
fn tier(policy: &AlertPolicy, window: &OpenWindow) -> Result<AlertTier, String> {
    let AlertCondition { severity, operator, threshold, lookback, after, .. } = &*policy.condition;
    if !policy.when_breaching {
        return Err("it tells nobody that the budget burns".to_owned());
    }
    if let Some(operator) = operator.filter(|operator| *operator != Operator::Above) {
        return Err(format!("`{}`: burn alerts fire above a rate, which is `gt`", sign(operator)));
    }
    if after.nanos() > 0 {
        return Err(format!("`alertAfter: {after}`: burn alerts fire at once"));
    }
    let OpenWindow::Rolling(period) = window else {
        return Err("a burn rate is exact over a rolling window only".to_owned());
    };
    if *threshold < Decimal::ONE {
        return Err("a burn rate below 1 is taken for 1".to_owned());
    }
    if lookback.nanos() < 60_000_000_000 || !lookback.nanos().is_multiple_of(60_000_000_000) {
        return Err(format!("`lookbackWindow: {lookback}` is not of whole minutes"));
    }
    let share = share(*threshold, *lookback, *period)
        .ok_or_else(|| format!("a burn rate of {threshold} within {lookback} is no exact share of the budget"))?;
    let is_page = ["page", "critical"].iter().any(|word| severity.eq_ignore_ascii_case(word));
    let urgency = if is_page { Urgency::Page } else { Urgency::Ticket };
    Ok(AlertTier { urgency, share, long: *lookback, short: *lookback })
}

/// The share of the budget that is spent at a burn rate, where a share can say it exactly.
fn share(rate: Decimal, lookback: DurationNs, period: DurationNs) -> Option<Share> {
    let spent = u128::try_from(rate.nanos()).ok()?.checked_mul(u128::from(lookback.nanos()))?;
    let whole = u128::from(period.nanos());
    if whole == 0 || spent % whole != 0 {
        return None;
    }
    Share::from_nanos(u64::try_from(spent / whole).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burn_rate_is_a_share_where_it_is_exact() {
        let duration = |text: &str| text.parse::<DurationNs>().unwrap();
        let share = |rate: &str, lookback, period| {
            share(rate.parse().unwrap(), duration(lookback), duration(period)).map(Share::nanos)
        };
        assert_eq!(share("14.4", "1h", "30d"), Some(20_000_000));
        assert_eq!(share("6", "6h", "30d"), Some(50_000_000));
        assert_eq!(share("13.44", "1h", "28d"), Some(20_000_000));
        assert_eq!(share("2", "1h", "28d"), None, "2/672 has no end");
    }

    #[test]
    fn a_policy_is_a_tier_where_that_says_the_same() {
        let window = |text: &str| OpenWindow::Rolling(text.parse().unwrap());
        let told = |rate: &str, after: &str, operator, window: &OpenWindow| {
            let condition = AlertCondition {
                name: "fast".parse().unwrap(),
                severity: "page".to_owned(),
                operator,
                threshold: rate.parse().unwrap(),
                lookback: "1h".parse().unwrap(),
                after: after.parse().unwrap(),
            };
            let policy = AlertPolicy {
                name: "fast".parse().unwrap(),
                when_breaching: true,
                when_resolved: false,
                when_no_data: false,
                condition: condition.into(),
                targets: Vec::new(),
            };
            tier(&policy, window).map(|tier| tier.to_string())
        };
        let month = window("30d");
        assert_eq!(told("14.4", "0s", None, &month).as_deref(), Ok("page at 2% within 1h, 1h"));
        assert_eq!(told("14.4", "0s", Some(Operator::Above), &month).as_deref(), Ok("page at 2% within 1h, 1h"));
        let refused = |told: Result<String, String>, why: &str| assert!(told.unwrap_err().starts_with(why), "{why}");
        refused(told("14.4", "5m", None, &month), "`alertAfter: 5m`");
        refused(told("14.4", "0s", Some(Operator::AtMost), &month), "`<=`");
        refused(told("0.5", "0s", None, &month), "a burn rate below 1");
        refused(told("2", "0s", None, &window("28d")), "a burn rate of 2 within 1h");
    }
}
