//! Incidents: opened from impact, one for each cause and not for each alert, closed by themselves when all has healed.
//!
//! State is a fold of [`Event`]s: [`Incidents::observe`], [`Incidents::command`] and the like tell what has happened and make it so, [`Incidents::apply`] makes so what is
//! read back. Whoever must write events down before they are seen works on a copy, which costs little. The same events in the same order give the same
//! state. Knows no clock: time comes in.

mod command;
mod event;
mod group;
mod observe;
mod open;
mod state;

pub use command::{Command, CommandError, MOST_TEXT_BYTES};
pub use event::{Author, Cause, Event, IncidentId, IncidentKind, Level, Resolution, Route, Suspicion, What};
pub use observe::{Observation, PARTED_AFTER, StepHit};
pub use open::{HitStep, Incident, MOST_TIMELINE, Override, Phase};
pub use state::{Incidents, MOST_CLOSED};

#[cfg(test)]
mod tests;
