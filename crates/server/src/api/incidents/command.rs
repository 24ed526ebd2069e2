//! What people do about incidents: they take them, write something down, say how bad it is, or that it is over.

use super::super::ask::Ask;
use super::super::commands::{Done, Sent};
use super::super::csv::Table;
use super::super::problem::Problem;
use super::detail::IncidentDetail;
use super::{policy, wanted, words};
use crate::auth::{Sender, TokenStore};
use crate::changes::Mistake;
use crate::incidents::ChangeError;
use axum::http::StatusCode;
use milepost_impact::SeverityPolicy;
use milepost_impact::incident::{Command, CommandError, Level};
use milepost_model::Name;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

/// Taking an incident: nothing is to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Acknowledge {}

/// Something to write down.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Note {
    /// What, in at most 8,192 bytes.
    text: String,
}

/// How bad it is to a person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct SayLevel {
    /// A level of the policy; null when it is no incident to them.
    #[serde(deserialize_with = "said")]
    level: Option<String>,
    /// Why.
    reason: String,
}

/// Taking back what was said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RemoveOverride {}

/// That it is over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Resolve {
    /// Why.
    reason: String,
}

/// A text of a page with its escapes, and the rest of the body.
pub(in super::super) const MOST_BYTES: usize = 64 << 10;

pub(in super::super) fn acknowledge(ask: &Ask<'_>, sent: &Sent<'_>) -> Done {
    let Acknowledge {} = read(sent, "{}")?;
    happens(ask, sent, |_| Ok(Command::Acknowledge))
}

pub(in super::super) fn note(ask: &Ask<'_>, sent: &Sent<'_>) -> Done {
    let Note { text } = read(sent, r#"{"text": "..."}"#)?;
    happens(ask, sent, |_| Ok(Command::Note { text }))
}

pub(in super::super) fn say_level(ask: &Ask<'_>, sent: &Sent<'_>) -> Done {
    let SayLevel { level, reason } = read(sent, r#"{"level": "minor", "reason": "..."}"#)?;
    happens(ask, sent, |policy| {
        let place = |name: String| {
            let known: Vec<&str> = policy.levels.iter().map(Name::as_str).collect();
            let place = policy.levels.iter().position(|known| known.as_str() == name);
            let level = place.map(|place| Level { place, name: policy.levels[place].clone() });
            let right = || format!("it is one of `{}`, or null when it is no incident", known.join("`, `"));
            level.ok_or_else(|| {
                let message = format!("`{name}` is no level: {}", right());
                Problem::BadBody(vec![Mistake { place: "level".to_owned(), message }])
            })
        };
        Ok(Command::Override { level: level.map(place).transpose()?, reason })
    })
}

pub(in super::super) fn remove_override(ask: &Ask<'_>, sent: &Sent<'_>) -> Done {
    let RemoveOverride {} = read(sent, "{}")?;
    happens(ask, sent, |_| Ok(Command::RemoveOverride))
}

pub(in super::super) fn resolve(ask: &Ask<'_>, sent: &Sent<'_>) -> Done {
    let Resolve { reason } = read(sent, r#"{"reason": "..."}"#)?;
    happens(ask, sent, |_| Ok(Command::Resolve { reason }))
}

/// Does it, and tells how the incident is then.
fn happens(ask: &Ask<'_>, sent: &Sent<'_>, command: impl FnOnce(&SeverityPolicy) -> Result<Command, Problem>) -> Done {
    let product = ask.product()?;
    let policy = policy(ask, product);
    let id = wanted(ask, &ask.shared.incidents.of(product.name.as_str()))?.id;
    let command = command(&policy)?;
    let person = person(ask, sent.sender);
    let done = ask.shared.incidents.change(product.name.as_str(), |incidents| {
        incidents.command(id, (&person, ask.now), command, policy.levels.len())
    });
    match done {
        Ok(_) => {}
        Err(ChangeError::Refused(why)) => return Err(refused(&why)),
        Err(error @ ChangeError::Store(_)) => return Err(Problem::NotStored(crate::commit::chain(&error))),
    }
    let incidents = ask.shared.incidents.of(product.name.as_str());
    let incident = wanted(ask, &incidents)?;
    let detail = IncidentDetail::of(&words(ask, product, &policy), incident);
    Ok((StatusCode::OK, ask.object(ask.as_of(), detail, Table::Fields)?))
}

/// Who does it: as the token is called, or its id where it has no name; whoever works on this machine without one.
fn person(ask: &Ask<'_>, sender: &Sender) -> String {
    match sender {
        Sender::Local => "somebody on this machine".to_owned(),
        Sender::Token(id) => {
            let tokens = TokenStore::open(ask.shared.directory.root()).ok();
            let name = tokens.and_then(|tokens| tokens.name_of(id));
            name.filter(|name| !name.is_empty()).unwrap_or_else(|| id.clone())
        }
    }
}

fn refused(why: &CommandError) -> Problem {
    match why {
        CommandError::Unknown(_) | CommandError::Over(_) | CommandError::Full(_) | CommandError::NoOverride(_) => {
            Problem::Conflict(why.to_string())
        }
        CommandError::Empty | CommandError::TooLong | CommandError::NoLevel { .. } => bad(why.to_string()),
    }
}

fn bad(message: String) -> Problem {
    Problem::BadBody(vec![Mistake { place: String::new(), message }])
}

fn read<T: DeserializeOwned>(sent: &Sent<'_>, example: &str) -> Result<T, Problem> {
    // What is said without a word is said.
    let body = if sent.body.is_empty() { b"{}" } else { sent.body };
    serde_json::from_slice(body).map_err(|error| bad(format!("{error}; it looks like `{example}`")))
}

/// Null has to be written: who leaves the level out has forgotten it.
fn said<'d, D: serde::Deserializer<'d>>(level: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(level)
}
