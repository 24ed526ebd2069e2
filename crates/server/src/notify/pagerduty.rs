//! PagerDuty, by version 2 of its Events API: a burn triggers an alert, and its end resolves it.

use super::burn::{Burn, News};
use super::details::details;
use super::listener::Outcome;
use super::receivers::PagerDuty;
use super::round::Round;
use crate::outbound::Address;
use crate::outbound::Reach;
use crate::outbound::Secret;
use crate::outbound::{Answer, Content, Post};
use milepost_model::Timestamp;
use milepost_slo::Urgency;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A service of PagerDuty.
#[derive(Debug)]
pub(super) struct Service {
    address: Address,
    routing_key: Secret,
    tells_tickets: bool,
    external: String,
}

/// Most characters that PagerDuty takes as a summary.
const SUMMARY_CHARACTERS: usize = 1024;

impl Service {
    pub(super) fn new(pagerduty: &PagerDuty, external: &str) -> Self {
        Self {
            address: pagerduty.address.clone(),
            routing_key: pagerduty.routing_key.clone(),
            tells_tickets: pagerduty.tells_tickets,
            external: external.to_owned(),
        }
    }

    /// Which it is, without its key.
    pub(super) fn id(&self) -> String {
        let hash = Sha256::digest(format!("{} {}", self.address, self.routing_key.reveal()));
        let hex: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("pagerduty {hex}")
    }

    pub(super) fn name(&self) -> String {
        format!("PagerDuty at {}", self.address.origin())
    }

    pub(super) fn tells_tickets(&self) -> bool {
        self.tells_tickets
    }

    /// The event that tells some news.
    pub(super) fn event(&self, round: &Round<'_>, burn: &Burn, news: News) -> Post<'_> {
        let mut event = json!({
            "routing_key": self.routing_key.reveal(),
            "event_action": if news == News::Firing { "trigger" } else { "resolve" },
            // The same for each burn of an SLO, so that PagerDuty joins what is one alert.
            "dedup_key": format!("milepost/{}/{}/{}", burn.product, burn.slo, burn.severity),
        });
        if news == News::Firing {
            self.describe(&mut event, burn, &details(burn, news, round, &self.external));
        }
        let (address, body) = (&self.address, event.to_string());
        Post { address, path: "", reach: Reach::Anywhere, headers: Vec::new(), content: Content::Json(body) }
    }

    /// What whoever is woken reads.
    fn describe(&self, event: &mut Value, burn: &Burn, details: &Value) {
        let (class, text) = match burn.labels.get("incident") {
            Some(incident) => ("Incident", format!("Incident {incident}")),
            None => ("ErrorBudgetBurn", format!("SLO {}", burn.slo)),
        };
        let link = details["links"][if class == "Incident" { "incident" } else { "slo" }].clone();
        let is_page = burn.severity == Urgency::Page.as_str();
        event["client"] = "Milepost".into();
        if !self.external.is_empty() {
            event["client_url"] = link.clone();
            event["links"] = json!([{"href": link, "text": text}]);
        }
        event["payload"] = json!({
            "summary": burn.summary.chars().take(SUMMARY_CHARACTERS).collect::<String>(),
            "source": "milepost",
            "severity": if is_page { "critical" } else { "warning" },
            "timestamp": Timestamp::from_nanos(burn.starts_at).to_string(),
            "component": details["step"],
            "group": burn.product,
            "class": class,
            "custom_details": details,
        });
    }

    /// What an answer means: 202 that it was taken, 400 that it cannot be read and never will.
    pub(super) fn outcome(answer: &Answer) -> Outcome {
        match answer.status {
            202 => Outcome::Taken,
            400 => Outcome::Never,
            429 | 500.. => Outcome::Busy,
            _ => Outcome::Refused,
        }
    }
}
