//! What happens to incidents: the only way in which they change.

use crate::{Lost, LostKpi, Trouble};
use milepost_model::{Name, Operation, StepPath, Timestamp};
use std::collections::BTreeSet;
use std::fmt;

/// The number of an incident: 1 is the first that was ever opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentId(pub u64);

/// What an incident is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IncidentKind {
    /// Users have trouble with steps.
    Impact,
    /// Sources are silent: nobody knows whether users have trouble.
    TelemetryLost,
}

/// How bad it is, as the policy had it when that was told: policies change, and what was said stays said.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Level {
    /// Its place among the policy's levels: 0 is the worst.
    pub place: usize,
    /// What it is called.
    pub name: Name,
}

/// What steps fail together by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// An operation that fails below them.
    Operation(Operation),
    /// An error with which a service refuses them itself.
    Error {
        /// The service.
        service: Name,
        /// The error, by its type.
        error: String,
    },
    /// Traffic that never comes, so that no operation can be seen to fail.
    MissingTraffic,
}

/// Who has done something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// Milepost itself, from what it measures.
    Itself,
    /// A person, by the name of whom the token belongs to.
    Person(String),
}

/// What is thought to have caused an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspicion {
    /// In words, such as `outbox mail.v1.Outbox/Enqueue in eu-west`.
    pub text: String,
    /// The service that it points to, if it does.
    pub service: Option<Name>,
    /// The team that owns that service.
    pub owner: Option<String>,
}

/// Who must act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// SRE is paged: supported steps are hit.
    PageSre,
    /// The queue of a team: no supported step is hit.
    Queue {
        /// The team that owns the suspected service; the owner of the first step where no service is suspected.
        team: String,
    },
    /// The platform team: telemetry is lost.
    Platform,
}

/// How an incident has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// All steps have healed, or all sources are back.
    Healed,
    /// Its steps have become part of another incident, with the same cause.
    Merged {
        /// Which.
        into: IncidentId,
    },
}

/// Something that has happened to an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// To which.
    pub incident: IncidentId,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Author,
    /// What.
    pub what: What,
}

/// What can happen to an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It is there.
    Opened {
        /// What it is about.
        kind: IncidentKind,
    },
    /// A step is hit.
    StepHit {
        /// Which, or which use of it.
        step: StepPath,
        /// The level that the rules give it.
        level: Level,
        /// In what way.
        trouble: Trouble,
        /// Whether SRE supports it.
        is_supported: bool,
        /// The team that answers for it.
        owner: String,
        /// What it fails by, as far as that is known.
        causes: BTreeSet<Cause>,
        /// Why: the rule and its numbers, as text.
        reason: String,
    },
    /// The level of a step was raised or lowered.
    StepLevel {
        /// Which.
        step: StepPath,
        /// Its level now.
        level: Level,
        /// In what way it is hit now.
        trouble: Trouble,
        /// Why.
        reason: String,
    },
    /// A step is hit no longer.
    StepHealed {
        /// Which.
        step: StepPath,
    },
    /// A step has come over from another incident: they have one cause, or this one has a cause of its own.
    StepMoved {
        /// Which.
        step: StepPath,
        /// From where.
        from: IncidentId,
    },
    /// A source is silent, or back.
    Source {
        /// Which.
        source: String,
        /// Whether it is silent.
        is_silent: bool,
    },
    /// What a step has lost so far.
    Lost {
        /// Which.
        step: StepPath,
        /// Attempts.
        lost: Lost,
    },
    /// What a step has lost of a KPI so far.
    KpiLost {
        /// Which step.
        step: StepPath,
        /// Which KPI.
        kpi: Name,
        /// How much.
        lost: LostKpi,
    },
    /// A cause is suspected.
    Suspected(Suspicion),
    /// Who must act.
    Routed(Route),
    /// An alert of one of its steps has begun or ended.
    Alert {
        /// Its name.
        name: String,
        /// Whether it fires.
        is_firing: bool,
    },
    /// Something was changed while it lasts, or shortly before.
    Change {
        /// What tells the change from others.
        id: String,
        /// What was changed, in words.
        title: String,
    },
    /// A person has it.
    Acknowledged,
    /// A person has written something down.
    Note {
        /// What.
        text: String,
    },
    /// A person says how bad it is, beside what is computed.
    Overridden {
        /// The level; none when it is no incident at all to them.
        level: Option<Level>,
        /// Why.
        reason: String,
    },
    /// What a person said of how bad it is no longer holds.
    OverrideRemoved,
    /// A person says that it is over; steps that are still hit open no other as long as they are.
    Resolved {
        /// Why.
        reason: String,
    },
    /// It is over.
    Closed(Resolution),
}

impl Level {
    /// The worse of both: by their places, since those of different policies have nothing else in common; of equal ones the other.
    pub(super) fn or_worse<'l>(&'l self, other: &'l Self) -> &'l Self {
        if other.place <= self.place { other } else { self }
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operation(operation) => operation.fmt(f),
            Self::Error { service, error } => write!(f, "{service}: {error}"),
            Self::MissingTraffic => f.write_str("missing traffic"),
        }
    }
}
