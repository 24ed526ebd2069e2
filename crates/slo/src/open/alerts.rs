//! The alert policies of OpenSLO documents as burn alerts, as far as they say the same.

use super::{AlertCondition, AlertPolicy, Decimal, OpenName, OpenSlo, OpenWindow, Operator};
use crate::{AlertForm, AlertTier, Alerts, Urgency};
use milepost_model::{DurationNs, Share};
use std::fmt;

/// What of an alert policy is not judged, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unjudged {
    /// The place of the policy among those of its SLO.
    pub place: usize,
    /// Its name.
    pub policy: OpenName,
    /// The reason, with what of the document it is.
    pub why: String,
}

/// ``alert policy `fast`: `<=`: burn alerts fire above a rate``
impl fmt::Display for Unjudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "alert policy `{}`: {}", self.policy, self.why)
    }
}

impl OpenSlo {
    /// Its burn alerts, and what of its policies is not judged. A document without policies has the usual tiers, without those that look at more than
    /// its window.
    pub fn alerts(&self) -> (Alerts, Vec<Unjudged>) {
        if self.alert_policies.is_empty() {
            let tiers = AlertTier::DEFAULT.iter().map(|(_, tier)| *tier);
            let tiers = tiers.filter(|tier| tier.long <= self.window.shortest()).collect();
            return (Alerts { form: AlertForm::Share, tiers }, Vec::new());
        }
        let mut alerts = Alerts { form: AlertForm::Rate, tiers: Vec::new() };
        let mut unjudged = Vec::new();
        for (place, policy) in self.alert_policies.iter().enumerate() {
            let mut not = |why| unjudged.push(Unjudged { place, policy: policy.name.clone(), why });
            match tier(policy, &self.window) {
                Ok(tier) => {
                    if policy.when_no_data {
                        not("`alertWhenNoData`: without data nothing burns, and the SLO is `unknown`".to_owned());
                    }
                    if !alerts.tiers.contains(&tier) {
                        alerts.tiers.push(tier);
                    }
                }
                Err(why) => not(why),
            }
        }
        (alerts, unjudged)
    }
}

impl Operator {
    /// Its sign: `<=`.
    pub fn sign(self) -> &'static str {
        match self {
            Self::AtMost => "<=",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::Above => ">",
        }
    }
}

/// A tier that fires when the policy says so: above a burn rate over one window, for as long as it waits.
fn tier(policy: &AlertPolicy, window: &OpenWindow) -> Result<AlertTier, String> {
    let AlertCondition { severity, operator, threshold, lookback, after, .. } = &*policy.condition;
    if !policy.when_breaching {
        return Err("without `alertWhenBreaching` it tells nobody that the budget burns".to_owned());
    }
    let is_at_least = match operator {
        None | Some(Operator::Above) => false,
        Some(Operator::AtLeast) => true,
        Some(operator) => return Err(format!("`{}`: burn alerts fire above a rate", operator.sign())),
    };
    let OpenWindow::Rolling(period) = window else {
        return Err("a burn rate is one share of the budget over a rolling window only".to_owned());
    };
    if *threshold < Decimal::ONE || (is_at_least && *threshold == Decimal::ONE) {
        let sign = operator.unwrap_or(Operator::Above).sign();
        return Err(format!("a burn rate `{sign} {threshold}`: what is not above 1 spends no more than the budget"));
    }
    if lookback.nanos() < 60_000_000_000 || !lookback.nanos().is_multiple_of(60_000_000_000) {
        return Err(format!("`lookbackWindow: {lookback}` is not of whole minutes"));
    }
    let share = share(*threshold, is_at_least, *lookback, *period)
        .ok_or_else(|| format!("a burn rate of {threshold} within {lookback} is no share of the budget"))?;
    let is_page = ["page", "critical"].iter().any(|word| severity.eq_ignore_ascii_case(word));
    let urgency = if is_page { Urgency::Page } else { Urgency::Ticket };
    Ok(AlertTier { urgency, share, long: *lookback, short: *lookback, after: *after })
}

/// The share of the budget that is spent at a burn rate, in billionths: the least that is not below it, or, where the rate itself is too much, the most
/// that is below.
fn share(rate: Decimal, is_at_least: bool, lookback: DurationNs, period: DurationNs) -> Option<Share> {
    let spent = u128::try_from(rate.nanos()).ok()?.checked_mul(u128::from(lookback.nanos()))?;
    let whole = u128::from(period.nanos());
    if whole == 0 || spent == 0 {
        return None;
    }
    let share = spent.div_ceil(whole) - u128::from(is_at_least);
    Share::from_nanos(u64::try_from(share).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burn_rate_is_a_share_to_a_billionth() {
        let duration = |text: &str| text.parse::<DurationNs>().unwrap();
        let share = |rate: &str, is_at_least, lookback, period| {
            share(rate.parse().unwrap(), is_at_least, duration(lookback), duration(period)).map(Share::nanos)
        };
        assert_eq!(share("14.4", false, "1h", "30d"), Some(20_000_000));
        assert_eq!(share("6", false, "6h", "30d"), Some(50_000_000));
        assert_eq!(share("13.44", false, "1h", "28d"), Some(20_000_000));
        // 2/672 has no end: above 2 is above the next one, and from 2 on above the one before.
        assert_eq!((share("2", false, "1h", "28d"), share("2", true, "1h", "28d")), (Some(2_976_191), Some(2_976_190)));
        assert_eq!(share("14.4", true, "1h", "30d"), Some(19_999_999));
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
        assert_eq!(told("14.4", "5m", None, &month).as_deref(), Ok("page at 2% within 1h, 1h, after 5m"));
        let at_least = told("14.4", "0s", Some(Operator::AtLeast), &month);
        assert_eq!(at_least.as_deref(), Ok("page at 1.9999999% within 1h, 1h"));
        let refused = |told: Result<String, String>, why: &str| assert!(told.unwrap_err().starts_with(why), "{why}");
        refused(told("14.4", "0s", Some(Operator::AtMost), &month), "`<=`");
        refused(told("0.5", "0s", None, &month), "a burn rate `> 0.5`");
        refused(told("1", "0s", Some(Operator::AtLeast), &month), "a burn rate `>= 1`");
        let calendar = OpenWindow::Calendar {
            length: "1M".parse().unwrap(),
            start: "2026-01-01 00:00:00".to_owned(),
            time_zone: "UTC".to_owned(),
        };
        refused(told("2", "0s", None, &calendar), "a burn rate is one share");
    }
}
