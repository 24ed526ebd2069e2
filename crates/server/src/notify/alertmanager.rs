//! Alerts told to an Alertmanager, by version 2 of its API: all that fires, told anew each minute as it expects, and what has ended lately.
//!
//! What is told follows from the board alone, so that nothing has to be remembered of it: after a restart the same alerts are told again under the
//! same labels, which Alertmanager takes for the same.

use super::burning::{Burning, State};
use super::round::Round;
use crate::outbound::Address;
use crate::outbound::Patience;
use crate::outbound::Reach;
use crate::outbound::{Client, Content, Post};
use milepost_model::{DurationNs, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// An alert as Alertmanager has it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Alert {
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<&'static str, String>,
    starts_at: Timestamp,
    /// When it ended; nothing while it goes on.
    ended_at: Option<Timestamp>,
}

/// An Alertmanager, what it was told, and when it is told again.
#[derive(Debug)]
pub(super) struct Alertmanager {
    address: Address,
    told: Vec<Alert>,
    again_at: Instant,
    patience: Patience,
    error: Option<String>,
}

/// How often everything that fires is told again.
const AGAIN: Duration = Duration::from_secs(60);
/// For so long it is told that an alert has ended, in case nobody heard it at first.
const ENDED_TOLD: DurationNs = DurationNs::from_seconds(15 * 60);
/// An alert that is not told again for so long has ended, says whoever was told.
const ENDS_IN: DurationNs = DurationNs::from_seconds(240);

impl Alertmanager {
    pub(super) fn new(address: Address) -> Self {
        Self { address, told: Vec::new(), again_at: Instant::now(), patience: Patience::default(), error: None }
    }

    /// Why it does not know what it should.
    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Tells what is new, or everything when that is due.
    pub(super) async fn tell(&mut self, client: &Client, round: &Round<'_>) {
        let now = Instant::now();
        if !self.patience.is_over(now) {
            return;
        }
        let present = alerts(round);
        if !self.patience.is_needed() && now < self.again_at && present == self.told {
            return;
        }
        let body = Value::from_iter(present.iter().map(|alert| body(alert, round.now))).to_string();
        let post = Post {
            address: &self.address,
            path: "/api/v2/alerts",
            reach: Reach::Anywhere,
            headers: Vec::new(),
            content: Content::Json(body),
        };
        let (why, asked) = match client.post(post).await {
            Ok(answer) if answer.is_success() => {
                (self.told, self.again_at, self.error) = (present, Instant::now() + AGAIN, None);
                return self.patience.succeed();
            }
            Ok(answer) => (answer.told(), answer.retry_after),
            Err(error) => (error.to_string(), None),
        };
        self.patience.fail(Instant::now(), asked);
        let why = format!("{}: {why}", self.address);
        tracing::warn!(error = why, "alerts could not be told");
        self.error = Some(why);
    }
}

/// The alert that says that alerts are told at all, everything that fires, and what has ended lately.
fn alerts(round: &Round<'_>) -> Vec<Alert> {
    let alert = |burning: &Burning| {
        let (starts_at, ended_at) = match burning.state {
            State::Fires { since, is_told_otherwise: false } => (since, None),
            State::Silent { since, silent_since } if since < silent_since => (since, Some(silent_since)),
            State::Ended { at } if round.now.since(at) <= ENDED_TOLD => (at, Some(at)),
            _ => return None,
        };
        let annotations =
            BTreeMap::from([("summary", burning.summary.clone()), ("description", burning.description.clone())]);
        Some(Alert { labels: burning.labels.clone(), annotations, starts_at, ended_at })
    };
    let burns = round.burning.iter().filter_map(alert);
    [watchdog()].into_iter().chain(burns).collect()
}

/// Always there: who hears nothing of it knows that nothing else would be heard.
fn watchdog() -> Alert {
    let labels = [("alertname", "Watchdog"), ("severity", "none")];
    Alert {
        labels: labels.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        annotations: BTreeMap::from([(
            "summary",
            "Milepost tells its alerts; silence of this one means that nobody would be told".to_owned(),
        )]),
        starts_at: Timestamp::from_seconds(0),
        ended_at: None,
    }
}

fn body(alert: &Alert, now: Timestamp) -> Value {
    let ends_at = alert.ended_at.unwrap_or(now.plus(ENDS_IN));
    json!({
        "labels": alert.labels,
        "annotations": alert.annotations,
        "startsAt": alert.starts_at.to_string(),
        "endsAt": ends_at.to_string(),
    })
}
