//! A burn as one receiver knows it: what it was told, and what it is still to be told. Kept through restarts.

use super::burning::{Burning, State};
use super::round::Round;
use milepost_model::Timestamp;
use milepost_slo::Urgency;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A burn from when it is noticed until its end is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Burn {
    pub(super) product: String,
    pub(super) slo: String,
    pub(super) severity: String,
    /// As they were when it began, so that its end has the same.
    pub(super) labels: BTreeMap<String, String>,
    pub(super) summary: String,
    pub(super) starts_at: i64,
    /// When it ended; nothing while it goes on.
    pub(super) ends_at: Option<i64>,
    stage: Stage,
    /// When what is to be told last became so.
    news_at: i64,
}

/// What the receiver knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    /// Nothing.
    Noticed,
    /// That it burns.
    Told,
    /// Everything that it will ever take.
    Done,
}

/// What there is to tell of a burn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    Firing,
    Resolved,
}

/// The burns of one receiver, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Burns(Vec<Burn>);

/// Most burns that a receiver can be told of at once. Beyond them nobody would read; those that are there already are told first.
const MOST_BURNS: usize = 10_000;
/// News that nobody took for so long is dropped.
const STALE_NANOS: i64 = 3 * 86_400_000_000_000;

impl News {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }
}

impl Burns {
    /// Takes in what burns as of a round. Burns that `wants` does not want are none.
    pub(super) fn follow(&mut self, round: &Round<'_>, wants: impl Fn(Urgency) -> bool) {
        let wanted = round.burning.iter().filter(|burning| wants(burning.urgency));
        let states: HashMap<_, _> = wanted.clone().map(|burning| (key(burning), burning.state)).collect();
        for burn in self.0.iter_mut().filter(|burn| burn.ends_at.is_none()) {
            let key = (&*burn.product, &*burn.slo, &*burn.severity);
            let ended = match states.get(&key) {
                Some(State::Fires { .. }) => continue,
                Some(State::Silent { silent_since, .. }) => silent_since.nanos().max(burn.starts_at),
                // One that ended before is of an earlier burn.
                Some(State::Ended { at }) if at.nanos() >= burn.starts_at => at.nanos(),
                // Nothing evaluates it any more.
                _ => round.now.nanos(),
            };
            (burn.ends_at, burn.news_at) = (Some(ended), round.now.nanos());
        }
        let open = self.0.iter().filter(|burn| burn.ends_at.is_none());
        let open: HashSet<_> = open.map(|burn| (&*burn.product, &*burn.slo, &*burn.severity)).collect();
        let begins = |burning: &&Burning| {
            matches!(burning.state, State::Fires { is_told_otherwise: false, .. }) && !open.contains(&key(burning))
        };
        let begun: Vec<Burn> = wanted.filter(begins).filter_map(|burning| self.begun(burning, round)).collect();
        let room = MOST_BURNS.saturating_sub(self.0.len());
        if begun.len() > room {
            tracing::error!(burns = begun.len() - room, "more burns at once than can be told");
        }
        self.0.extend(begun.into_iter().take(room));
        // One that is over is known until its SLO burns no more: what is told of the same fire after a silence is another burn.
        self.0.retain(|burn| {
            let state = states.get(&(&*burn.product, &*burn.slo, &*burn.severity));
            let goes_on = matches!(state, Some(State::Fires { since, .. } | State::Silent { since, .. })
                if burn.ends_at.is_some_and(|ended| since.nanos() <= ended));
            burn.stage != Stage::Done || burn.ends_at.is_none() || goes_on
        });
    }

    /// A burn that begins to be told.
    fn begun(&self, burning: &Burning, round: &Round<'_>) -> Option<Burn> {
        let burn = Burn::of(burning, round)?;
        let was_told = self.0.iter().any(|before| before.is_of(burning) && before.starts_at >= burn.starts_at);
        Some(if was_told { Burn { starts_at: round.now.nanos(), ..burn } } else { burn })
    }

    /// What is to be told now: of burns of the same SLO and urgency, the oldest only.
    pub(super) fn next(&self) -> Vec<(usize, News)> {
        let mut seen = HashSet::new();
        let mut next = Vec::new();
        for (place, burn) in self.0.iter().enumerate() {
            let Some(news) = burn.news() else { continue };
            if seen.insert((&burn.product, &burn.slo, &burn.severity)) {
                next.push((place, news));
            }
        }
        next
    }

    pub(super) fn get(&self, place: usize) -> &Burn {
        &self.0[place]
    }

    /// Notes that news was taken.
    pub(super) fn taken(&mut self, place: usize, news: News) {
        self.0[place].stage = if news == News::Firing { Stage::Told } else { Stage::Done };
    }

    /// Notes that a burn will never be taken.
    pub(super) fn refused(&mut self, place: usize) {
        self.0[place].stage = Stage::Done;
    }

    /// Lets go of news that nobody took for too long; how much there was.
    pub(super) fn drop_stale(&mut self, now: Timestamp) -> usize {
        let mut stale = 0;
        for burn in &mut self.0 {
            if burn.news().is_some() && now.nanos() - burn.news_at > STALE_NANOS {
                burn.stage = Stage::Done;
                stale += 1;
            }
        }
        stale
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Burn {
    fn of(burning: &Burning, round: &Round<'_>) -> Option<Self> {
        let State::Fires { since, .. } = burning.state else { return None };
        let (product, slo, severity) = key(burning);
        Some(Self {
            product: product.to_owned(),
            slo: slo.to_owned(),
            severity: severity.to_owned(),
            labels: burning.labels.clone(),
            summary: burning.summary.clone(),
            starts_at: since.nanos(),
            ends_at: None,
            stage: Stage::Noticed,
            news_at: round.now.nanos(),
        })
    }

    /// What its receiver does not know yet; first that it burns, then that it ended.
    fn news(&self) -> Option<News> {
        match self.stage {
            Stage::Noticed => Some(News::Firing),
            Stage::Told => self.ends_at.map(|_| News::Resolved),
            Stage::Done => None,
        }
    }

    /// The name of what is told: the same however often it is told, through restarts too.
    pub(super) fn delivery(&self, news: News) -> String {
        let Self { product, slo, severity, starts_at, .. } = self;
        let hash = Sha256::digest(format!("{product}/{slo}/{severity}/{starts_at}/{}", news.as_str()));
        hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What its SLO says of it now; nothing when the SLO is gone, or nothing of it fires or did.
    pub(super) fn burning<'r>(&self, round: &Round<'r>) -> Option<&'r Burning> {
        round.burning.iter().find(|burning| self.is_of(burning))
    }

    fn is_of(&self, burning: &Burning) -> bool {
        key(burning) == (&*self.product, &*self.slo, &*self.severity)
    }
}

fn key(burning: &Burning) -> (&str, &str, &'static str) {
    (&burning.product, &burning.slo, burning.urgency.as_str())
}
