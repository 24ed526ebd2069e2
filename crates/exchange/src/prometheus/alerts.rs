//! Burn alerts: one alert for each SLO and urgency, which fires while any of its tiers is over in both windows.

use super::Exported;
use crate::number::{decimal, fraction};
use crate::yaml::Yaml;
use milepost_slo::{AlertTier, Urgency};

/// The name under which a running Milepost tells alerts, too, so that routes and silences go on to hold.
const ALERT: &str = "ErrorBudgetBurn";

impl Exported<'_> {
    pub(super) fn alerts(&self) -> Vec<Yaml> {
        Urgency::ALL.into_iter().filter_map(|urgency| self.alert(urgency)).collect()
    }

    fn alert(&self, urgency: Urgency) -> Option<Yaml> {
        let tiers = self.tiers.iter().filter(|tier| tier.urgency == urgency);
        let conditions: Vec<String> = tiers.map(|tier| self.condition(*tier)).collect();
        if conditions.is_empty() {
            return None;
        }
        let severity = urgency.as_str().to_owned();
        let labels = self.labels.with([("severity", severity.clone()), ("sloth_severity", severity)]);
        let title = escaped(&self.title);
        let summary = format!("{title}: the error budget is spent too fast.");
        let target = self.slo.target;
        let description =
            format!("{{{{ $value | humanizePercentage }}}} of what counts is bad; the target is {target} good.");
        // Without the window, which changes with the tier, so that it stays one alert.
        let expr = format!("max without (sloth_window) (\n{}\n)", conditions.join("\nor ignoring (sloth_window)\n"));
        let annotations = [("summary", Some(Yaml::Text(summary))), ("description", Some(Yaml::Text(description)))];
        Some(Yaml::map([
            ("alert", Some(Yaml::text(ALERT))),
            ("expr", Some(Yaml::Text(expr))),
            ("labels", Some(labels)),
            ("annotations", Some(Yaml::map(annotations))),
        ]))
    }

    /// Whether a tier burns faster than its factor in both windows.
    fn condition(&self, tier: AlertTier) -> String {
        let factor = fraction(tier.factor(self.period));
        let budget = decimal(self.slo.target.allowed_bad_nanos().into());
        let matchers = self.labels.matchers();
        let over = |window| format!("  ({}{{{matchers}}} > ({factor} * {budget}))", Self::ratio_name(window));
        format!("(\n{}\n  and ignoring (sloth_window)\n{}\n)", over(tier.short), over(tier.long))
    }
}

/// People's words, of which Prometheus takes no part for a template.
fn escaped(text: &str) -> String {
    text.replace("{{", "{{ \"{{\" }}")
}
