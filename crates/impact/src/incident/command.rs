//! What people do about incidents.

use super::event::{Author, Event, IncidentId, Level, What};
use super::open::{MOST_TIMELINE, Phase};
use super::state::Incidents;
use milepost_model::Timestamp;

/// Longest note or reason: a page of text.
pub const MOST_TEXT_BYTES: usize = 8_192;

/// Something that a person does about an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Takes it.
    Acknowledge,
    /// Writes something down.
    Note {
        /// What.
        text: String,
    },
    /// Says how bad it is, beside what is computed.
    Override {
        /// The level; none when it is no incident to them.
        level: Option<Level>,
        /// Why.
        reason: String,
    },
    /// Takes that back.
    RemoveOverride,
    /// Says that it is over.
    Resolve {
        /// Why.
        reason: String,
    },
}

/// Why a command is not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// There is none with that number.
    #[error("there is no incident `{0}`, or it was closed long ago")]
    Unknown(IncidentId),
    /// Only notes can be added to what is over.
    #[error("incident `{0}` is over; what can still be added to it is a note")]
    Over(IncidentId),
    /// A note or reason says nothing.
    #[error("a note or reason says something")]
    Empty,
    /// A note or reason is too long.
    #[error("a note or reason has at most {MOST_TEXT_BYTES} bytes")]
    TooLong,
    /// Its timeline is full.
    #[error("incident `{0}` has as many entries as fit; write elsewhere what else there is to say")]
    Full(IncidentId),
    /// The policy has no such level.
    #[error("the policy has {levels} levels")]
    NoLevel {
        /// How many it has.
        levels: usize,
    },
    /// There is nothing to take back.
    #[error("nobody has said how bad incident `{0}` is")]
    NoOverride(IncidentId),
}

impl Incidents {
    /// What a person does, of a policy with so many levels: made so and told, with who did it.
    pub fn command(
        &mut self,
        id: IncidentId,
        (person, at): (&str, Timestamp),
        command: Command,
        levels: usize,
    ) -> Result<Vec<Event>, CommandError> {
        let incident = self.get(id).ok_or(CommandError::Unknown(id))?;
        if incident.phase != Phase::Open && !matches!(command, Command::Note { .. }) {
            return Err(CommandError::Over(id));
        }
        // Nobody's notes fill the disk; what ends it can always be said.
        if incident.timeline.len() >= MOST_TIMELINE && !matches!(command, Command::Resolve { .. }) {
            return Err(CommandError::Full(id));
        }
        let what = match command {
            Command::Acknowledge => What::Acknowledged,
            Command::Note { text } => What::Note { text: checked(text)? },
            Command::Override { level, .. } if level.as_ref().is_some_and(|level| level.place >= levels) => {
                return Err(CommandError::NoLevel { levels });
            }
            Command::Override { level, reason } => What::Overridden { level, reason: checked(reason)? },
            Command::RemoveOverride if incident.overridden.is_none() => return Err(CommandError::NoOverride(id)),
            Command::RemoveOverride => What::OverrideRemoved,
            Command::Resolve { reason } => What::Resolved { reason: checked(reason)? },
        };
        let mut told = Vec::new();
        self.tell(Event { incident: id, at, by: Author::Person(person.to_owned()), what }, &mut told);
        Ok(told)
    }
}

fn checked(text: String) -> Result<String, CommandError> {
    match text.trim() {
        "" => Err(CommandError::Empty),
        trimmed if trimmed.len() > MOST_TEXT_BYTES => Err(CommandError::TooLong),
        _ => Ok(text),
    }
}
