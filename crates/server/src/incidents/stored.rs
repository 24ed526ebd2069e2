//! Events of incidents as the journal has them: JSON whose fields are only ever added.

use milepost_impact::incident::{
    Author, Cause, Event, IncidentId, IncidentKind, Level, Resolution, Route, Suspicion, What,
};
use milepost_impact::{Attempts, Lost, LostKpi, Trouble};
use milepost_model::{Name, StepPath, Timestamp};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// An event of a product's incident.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    product: String,
    incident: u64,
    at: i64,
    /// Nobody when it was Milepost itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    what: StoredWhat,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
enum StoredWhat {
    Opened {
        telemetry_lost: bool,
    },
    StepHit {
        step: String,
        level: usize,
        /// What it was called then.
        #[serde(default)]
        level_name: String,
        #[serde(default)]
        trouble: StoredTrouble,
        supported: bool,
        owner: String,
        causes: Vec<StoredCause>,
        reason: String,
    },
    StepLevel {
        step: String,
        level: usize,
        /// What it was called then.
        #[serde(default)]
        level_name: String,
        #[serde(default)]
        trouble: StoredTrouble,
        reason: String,
    },
    StepHealed {
        step: String,
    },
    StepMoved {
        step: String,
        from: u64,
    },
    Source {
        source: String,
        silent: bool,
    },
    /// Gross, net, low and high, in millionths.
    Lost {
        step: String,
        micros: [u64; 4],
    },
    /// As text, since they may be more than other programs read as numbers.
    KpiLost {
        step: String,
        kpi: String,
        lost: String,
        low: String,
        high: Option<String>,
    },
    Suspected {
        text: String,
        service: Option<String>,
        owner: Option<String>,
    },
    Routed {
        to: StoredRoute,
    },
    Alert {
        name: String,
        firing: bool,
    },
    Change {
        id: String,
        title: String,
    },
    Acknowledged,
    Note {
        text: String,
    },
    Overridden {
        level: Option<usize>,
        #[serde(default)]
        level_name: String,
        reason: String,
    },
    OverrideRemoved,
    Resolved {
        reason: String,
    },
    Closed {
        merged_into: Option<u64>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredCause {
    Operation(String),
    Error { service: String, error: String },
    MissingTraffic,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredTrouble {
    #[default]
    Failing,
    Slow,
    Missing,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredRoute {
    Sre,
    Queue(String),
    Platform,
}

/// An event as a record.
pub(super) fn write(product: &str, event: &Event) -> Vec<u8> {
    let by = match &event.by {
        Author::Itself => None,
        Author::Person(name) => Some(name.clone()),
    };
    let what = StoredWhat::of(&event.what);
    let stored = Stored { product: product.to_owned(), incident: event.incident.0, at: event.at.nanos(), by, what };
    serde_json::to_vec(&stored).expect("text, numbers and lists of them")
}

impl Stored {
    /// The product and the event of a record; or why it is none.
    pub(super) fn read(record: &[u8]) -> Result<(String, Event), String> {
        let stored: Self = serde_json::from_slice(record).map_err(|error| error.to_string())?;
        let event = Event {
            incident: IncidentId(stored.incident),
            at: Timestamp::from_nanos(stored.at),
            by: stored.by.map_or(Author::Itself, Author::Person),
            what: stored.what.event()?,
        };
        Ok((stored.product, event))
    }
}

impl StoredWhat {
    fn of(what: &What) -> Self {
        let text = ToString::to_string;
        match what.clone() {
            What::Opened { kind } => Self::Opened { telemetry_lost: kind == IncidentKind::TelemetryLost },
            What::StepHit { step, level, trouble, is_supported: supported, owner, causes, reason } => {
                let (causes, trouble) = (causes.iter().map(StoredCause::of).collect(), StoredTrouble::of(trouble));
                let (level, level_name) = (level.place, level.name.to_string());
                Self::StepHit { step: text(&step), level, level_name, trouble, supported, owner, causes, reason }
            }
            What::StepLevel { step, level, trouble, reason } => {
                let (level, level_name) = (level.place, level.name.to_string());
                Self::StepLevel { step: text(&step), level, level_name, trouble: StoredTrouble::of(trouble), reason }
            }
            What::StepHealed { step } => Self::StepHealed { step: text(&step) },
            What::StepMoved { step, from } => Self::StepMoved { step: text(&step), from: from.0 },
            What::Source { source, is_silent: silent } => Self::Source { source, silent },
            What::Lost { step, lost: Lost { gross, net, low, high } } => {
                Self::Lost { step: text(&step), micros: [gross, net, low, high].map(Attempts::micros) }
            }
            What::KpiLost { step, kpi, lost } => Self::KpiLost {
                step: text(&step),
                kpi: kpi.to_string(),
                lost: lost.lost_micros.to_string(),
                low: lost.low_micros.to_string(),
                high: lost.high_micros.map(|high| high.to_string()),
            },
            What::Suspected(Suspicion { text, service, owner }) => {
                Self::Suspected { text, service: service.map(|service| service.to_string()), owner }
            }
            What::Routed(route) => Self::Routed { to: StoredRoute::of(route) },
            What::Alert { name, is_firing: firing } => Self::Alert { name, firing },
            What::Change { id, title } => Self::Change { id, title },
            What::Acknowledged => Self::Acknowledged,
            What::Note { text } => Self::Note { text },
            What::Overridden { level, reason } => {
                let level_name = level.as_ref().map(|level| level.name.to_string()).unwrap_or_default();
                Self::Overridden { level: level.map(|level| level.place), level_name, reason }
            }
            What::OverrideRemoved => Self::OverrideRemoved,
            What::Resolved { reason } => Self::Resolved { reason },
            What::Closed(Resolution::Healed) => Self::Closed { merged_into: None },
            What::Closed(Resolution::Merged { into }) => Self::Closed { merged_into: Some(into.0) },
        }
    }

    fn event(self) -> Result<What, String> {
        Ok(match self {
            Self::Opened { telemetry_lost: false } => What::Opened { kind: IncidentKind::Impact },
            Self::Opened { telemetry_lost: true } => What::Opened { kind: IncidentKind::TelemetryLost },
            Self::StepHit { step, level, level_name, trouble, supported: is_supported, owner, causes, reason } => {
                let causes = causes.into_iter().map(StoredCause::cause).collect::<Result<_, _>>()?;
                let trouble = trouble.trouble();
                let level = named(level, &level_name)?;
                What::StepHit { step: path(&step)?, level, trouble, is_supported, owner, causes, reason }
            }
            Self::StepLevel { step, level, level_name, trouble, reason } => {
                let level = named(level, &level_name)?;
                What::StepLevel { step: path(&step)?, level, trouble: trouble.trouble(), reason }
            }
            Self::StepHealed { step } => What::StepHealed { step: path(&step)? },
            Self::StepMoved { step, from } => What::StepMoved { step: path(&step)?, from: IncidentId(from) },
            Self::Source { source, silent: is_silent } => What::Source { source, is_silent },
            Self::Lost { step, micros } => {
                let [gross, net, low, high] = micros.map(Attempts::from_micros);
                What::Lost { step: path(&step)?, lost: Lost { gross, net, low, high } }
            }
            Self::KpiLost { step, kpi, lost, low, high } => What::KpiLost {
                step: path(&step)?,
                kpi: name(&kpi)?,
                lost: LostKpi {
                    lost_micros: parsed(&lost)?,
                    low_micros: parsed(&low)?,
                    high_micros: high.as_deref().map(parsed).transpose()?,
                },
            },
            Self::Suspected { text, service, owner } => {
                What::Suspected(Suspicion { text, service: service.as_deref().map(name).transpose()?, owner })
            }
            Self::Routed { to } => What::Routed(to.route()),
            Self::Alert { name, firing: is_firing } => What::Alert { name, is_firing },
            Self::Change { id, title } => What::Change { id, title },
            Self::Acknowledged => What::Acknowledged,
            Self::Note { text } => What::Note { text },
            Self::Overridden { level, level_name, reason } => {
                let level = level.map(|place| named(place, &level_name)).transpose()?;
                What::Overridden { level, reason }
            }
            Self::OverrideRemoved => What::OverrideRemoved,
            Self::Resolved { reason } => What::Resolved { reason },
            Self::Closed { merged_into: None } => What::Closed(Resolution::Healed),
            Self::Closed { merged_into: Some(into) } => What::Closed(Resolution::Merged { into: IncidentId(into) }),
        })
    }
}

impl StoredCause {
    fn of(cause: &Cause) -> Self {
        match cause {
            Cause::Operation(operation) => Self::Operation(operation.to_string()),
            Cause::Error { service, error } => Self::Error { service: service.to_string(), error: error.clone() },
            Cause::MissingTraffic => Self::MissingTraffic,
        }
    }

    fn cause(self) -> Result<Cause, String> {
        match self {
            Self::Operation(text) => Ok(Cause::Operation(parsed(&text)?)),
            Self::Error { service, error } => Ok(Cause::Error { service: name(&service)?, error }),
            Self::MissingTraffic => Ok(Cause::MissingTraffic),
        }
    }
}

/// A level; what was written before levels had their names is called by its place.
fn named(place: usize, name: &str) -> Result<Level, String> {
    let known = Name::new(name).ok().or_else(|| Name::suggest(&format!("level {}", place.saturating_add(1))));
    known.map(|name| Level { place, name }).ok_or_else(|| format!("`{name}` is no level"))
}

impl StoredTrouble {
    fn of(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Failing => Self::Failing,
            Trouble::Slow => Self::Slow,
            Trouble::Missing => Self::Missing,
        }
    }

    fn trouble(self) -> Trouble {
        match self {
            Self::Failing => Trouble::Failing,
            Self::Slow => Trouble::Slow,
            Self::Missing => Trouble::Missing,
        }
    }
}

impl StoredRoute {
    fn of(route: Route) -> Self {
        match route {
            Route::PageSre => Self::Sre,
            Route::Queue { team } => Self::Queue(team),
            Route::Platform => Self::Platform,
        }
    }

    fn route(self) -> Route {
        match self {
            Self::Sre => Route::PageSre,
            Self::Queue(team) => Route::Queue { team },
            Self::Platform => Route::Platform,
        }
    }
}

fn path(text: &str) -> Result<StepPath, String> {
    parsed(text)
}

fn name(text: &str) -> Result<Name, String> {
    Name::new(text).map_err(|error| error.to_string())
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| format!("`{text}`: {error}"))
}
