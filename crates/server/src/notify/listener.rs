//! Receivers that hear each news once: that something burns, and that it ended, in this order, at least once through restarts of either side.

use super::burn::{Burn, Burns, News};
use super::pagerduty::Service;
use super::round::Round;
use super::told::ToldFile;
use super::webhook::Webhook;
use crate::outbound::Patience;
use crate::outbound::{Answer, Client, PostError};
use milepost_slo::Urgency;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A receiver, what it knows, and how it goes with telling it.
#[derive(Debug)]
pub(super) struct Listener {
    kind: Kind,
    burns: Burns,
    /// With the receiver as such.
    patience: Patience,
    /// With news that it refused, by their names.
    refused: HashMap<String, Patience>,
    /// Why it does not know what it should.
    error: Option<String>,
    /// What it will never know.
    lost: Option<String>,
}

/// Who hears.
#[derive(Debug)]
pub(super) enum Kind {
    Webhook(Webhook),
    PagerDuty(Service),
}

/// What became of news that was told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Taken,
    /// The receiver takes nothing now.
    Busy,
    /// It does not take this now.
    Refused,
    /// It will not take this ever.
    Never,
}

/// After so long a round ends, so that who is told is told of the newest state.
const ROUND: Duration = Duration::from_secs(5);

impl Listener {
    /// One that knows what it was told before.
    pub(super) fn new(kind: Kind, told: &ToldFile<'_>) -> Self {
        let burns = told.of(&kind.id());
        Self { kind, burns, patience: Patience::default(), refused: HashMap::new(), error: None, lost: None }
    }

    /// Which receiver it is, through restarts.
    pub(super) fn id(&self) -> String {
        self.kind.id()
    }

    pub(super) fn burns(&self) -> &Burns {
        &self.burns
    }

    /// Why it does not know what it should.
    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_deref().or(self.lost.as_deref())
    }

    /// Takes in what burns; what is news is kept before it is told.
    pub(super) fn follow(&mut self, round: &Round<'_>) {
        let wants = |urgency| match &self.kind {
            Kind::Webhook(_) => true,
            Kind::PagerDuty(service) => urgency == Urgency::Page || service.tells_tickets(),
        };
        self.burns.follow(round, wants);
        let stale = self.burns.drop_stale(round.now);
        if stale > 0 {
            self.lose(&format!("{stale} news that it did not take for three days are dropped"));
        }
    }

    /// Tells what there is to tell.
    pub(super) async fn tell(&mut self, client: &Client, round: &Round<'_>) {
        let began = Instant::now();
        let next = self.burns.next();
        if next.is_empty() {
            (self.error, self.patience) = (None, Patience::default());
            self.refused.clear();
            return;
        }
        for (place, news) in next {
            if !self.patience.is_over(Instant::now()) || began.elapsed() > ROUND {
                break;
            }
            let delivery = self.burns.get(place).delivery(news);
            if self.refused.get(&delivery).is_some_and(|patience| !patience.is_over(Instant::now())) {
                continue;
            }
            let answer = self.kind.post(client, round, self.burns.get(place), news).await;
            self.note(place, news, &delivery, &answer);
        }
    }

    fn note(&mut self, place: usize, news: News, delivery: &str, answer: &Result<Answer, PostError>) {
        let outcome = answer.as_ref().map_or(Outcome::Busy, |answer| self.kind.outcome(answer));
        let asked = answer.as_ref().ok().and_then(|answer| answer.retry_after);
        let why = answer.as_ref().map_or_else(ToString::to_string, Answer::told);
        match outcome {
            Outcome::Taken => {
                self.burns.taken(place, news);
                self.refused.remove(delivery);
                self.patience.succeed();
                self.lost = None;
                if self.refused.is_empty() {
                    self.error = None;
                }
                return;
            }
            Outcome::Busy => self.patience.fail(Instant::now(), asked),
            Outcome::Refused => self.refused.entry(delivery.to_owned()).or_default().fail(Instant::now(), asked),
            Outcome::Never => {
                self.burns.refused(place);
                self.refused.remove(delivery);
                let burn = self.burns.get(place);
                return self.lose(&format!("it will not hear of {}/{}: {why}", burn.product, burn.slo));
            }
        }
        let why = format!("{}: {why}", self.kind.name());
        tracing::warn!(error = why, "a burn could not be told");
        self.error = Some(why);
    }

    fn lose(&mut self, why: &str) {
        let why = format!("{}: {why}", self.kind.name());
        tracing::error!(error = why, "a burn will not be told");
        self.lost = Some(why);
    }
}

impl Kind {
    fn id(&self) -> String {
        match self {
            Self::Webhook(webhook) => webhook.id(),
            Self::PagerDuty(service) => service.id(),
        }
    }

    async fn post(&self, client: &Client, round: &Round<'_>, burn: &Burn, news: News) -> Result<Answer, PostError> {
        match self {
            Self::Webhook(webhook) => client.post(webhook.letter(round, burn, news)).await,
            Self::PagerDuty(service) => client.post(service.event(round, burn, news)).await,
        }
    }

    fn outcome(&self, answer: &Answer) -> Outcome {
        match self {
            Self::Webhook(_) => Webhook::outcome(answer),
            Self::PagerDuty(_) => Service::outcome(answer),
        }
    }

    /// As people know it, without what may be secret.
    fn name(&self) -> String {
        match self {
            Self::Webhook(webhook) => webhook.name(),
            Self::PagerDuty(service) => service.name(),
        }
    }
}
