//! What users' attempts of the last minutes were hit by: kept in memory, for whoever says why a step is hit.
//!
//! The thread that counts notes attempts when they are durable; who watches incidents asks. A start, and a new version of the registry, begins anew: what was
//! hit before stands in its incidents.

mod courses;
mod failed;
mod lately;
mod slowed;
mod stopped;

pub(crate) use courses::{Explained, How};
pub(crate) use failed::{Failed, FailedBy};
pub(crate) use slowed::Longer;

use crate::version::Version;
use courses::Courses;
use failed::OfStep;
use milepost_facts::{FactBatch, NameTables};
use milepost_flow::Course;
use milepost_model::{ClassId, Minute, Outcome, StepId};

/// The attempts of the last minutes, by step.
#[derive(Debug, Default)]
pub(crate) struct Symptoms {
    /// The version of the registry by which names and steps are numbered.
    version: u64,
    failed: Vec<OfStep>,
    courses: Courses,
}

impl Symptoms {
    /// Notes the attempts of users in a batch of facts that came in a minute.
    pub(crate) fn note(&mut self, (batch, tables): (&FactBatch, &NameTables), version: u64, now: Minute) {
        self.begin(version);
        for row in 0..batch.len() {
            let outcome = batch.outcome(row);
            let Some(step) = batch.step(row).filter(|_| batch.is_attempt(row) && batch.class(row) == ClassId::new(0))
            else {
                continue;
            };
            if outcome == Outcome::Abandoned {
                continue;
            }
            if self.failed.len() <= step.index() {
                self.failed.resize_with(step.index() + 1, OfStep::default);
            }
            self.failed[step.index()].note((batch, row), tables, outcome != Outcome::Success, now);
        }
    }

    /// What the failures of a step have in common, of attempts that came in the minutes up to one.
    pub(crate) fn failed(&self, version: u64, step: StepId, now: Minute) -> Failed {
        let of = self.failed.get(step.index()).filter(|_| self.version == version);
        of.map(|of| of.failed(now)).unwrap_or_default()
    }

    /// Notes how attempts of users went whose traces have closed, within so many bytes of all.
    pub(crate) fn note_courses(
        &mut self,
        courses: Vec<Course>,
        (version, tables): (&Version, &NameTables),
        most_bytes: usize,
        now: Minute,
    ) {
        self.begin(version.number);
        let of = (&*version.setup.registry, tables);
        courses.into_iter().for_each(|course| self.courses.note(course, of, most_bytes, now));
    }

    /// What most attempts of a step that is hit have to do with: of the slow ones, or of those that failed. What is usual is not learnt while this is asked.
    pub(crate) fn explained(&mut self, version: u64, step: StepId, is_slow: bool, now: Minute) -> Option<Explained> {
        if self.version == version { self.courses.explained(step, is_slow, now) } else { None }
    }

    fn begin(&mut self, version: u64) {
        if self.version != version {
            *self = Self { version, ..Self::default() };
        }
    }
}
