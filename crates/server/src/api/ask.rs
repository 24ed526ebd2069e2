//! One request, as what answers it sees it.

use super::body::{IncompleteBody, Object, Page, incomplete};
use super::csv::Table;
use super::index::Index;
use super::paging::Paging;
use super::problem::Problem;
use super::reply::{Reply, Wanted};
use super::span::Span;
use crate::counts::{Answer, Counts, Part, Past, PastError, Resolution, Then};
use crate::shared::Shared;
use crate::version::Version;
use milepost_model::{Kpi, Minute, Name, Objective, Product, Step, Timestamp};
use milepost_registry::Registry;
use milepost_store::{Hour, Lsn, SeriesId};
use serde::Serialize;
use std::cell::Cell;
use std::cmp::Ordering;
use std::ops::Range;
use std::sync::{Arc, PoisonError};

/// A request, and what it may look at.
pub(super) struct Ask<'a> {
    pub(super) shared: &'a Shared,
    pub(super) index: &'a Index,
    /// The version that is current while it is answered.
    pub(super) version: Arc<Version>,
    pub(super) now: Timestamp,
    path: Vec<(String, String)>,
    wanted: &'a Wanted,
    /// The minutes whose counts were read so far.
    counted: Cell<Option<(Minute, Minute)>>,
}

/// What was counted, as far as memory has it.
pub(super) enum Counted {
    /// As of now.
    Now(Answer),
    /// As of a record.
    Then(Past),
}

/// The parameter that names the record.
const AS_OF: &str = "as-of";

/// Where an answer stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct AsOf {
    /// Everything up to here is in it.
    pub(super) lsn: Lsn,
    /// The time that it is about, where it is about one.
    pub(super) span: Option<Span>,
}

impl<'a> Ask<'a> {
    pub(super) fn new(shared: &'a Shared, index: &'a Index, path: Vec<(String, String)>, wanted: &'a Wanted) -> Self {
        Self {
            version: shared.versions.current(),
            now: shared.now(),
            shared,
            index,
            path,
            wanted,
            counted: Cell::new(None),
        }
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.version.setup.registry
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.wanted.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The choice that a parameter makes among some.
    pub(super) fn choice(&self, name: &'static str, choices: &[&'static str]) -> Result<Option<&'static str>, Problem> {
        let Some(value) = self.parameter(name) else { return Ok(None) };
        match choices.iter().find(|choice| **choice == value) {
            Some(choice) => Ok(Some(choice)),
            // All of them: there are few, and the nearest word may mean the opposite.
            None => Err(Problem::bad(name, value, format!("it is one of `{}`", choices.join("`, `")))),
        }
    }

    /// How many of a list that begins with what matters most: `top`, or 20.
    pub(super) fn top(&self) -> Result<usize, Problem> {
        const DEFAULT: usize = 20;
        const MOST: usize = 1000;
        let Some(text) = self.parameter("top") else { return Ok(DEFAULT) };
        let top = text.parse().ok().filter(|top| *top <= MOST);
        top.ok_or_else(|| Problem::bad("top", text, format!("it is a whole number up to {MOST}")))
    }

    pub(super) fn paging(&self) -> Result<Paging, Problem> {
        Paging::new(self.parameter("limit"), self.parameter("cursor"))
    }

    /// The time that is asked for, or the last minutes.
    pub(super) fn span(&self, default_minutes: i64) -> Result<Span, Problem> {
        Span::new(self.parameter("from"), self.parameter("to"), self.now, default_minutes)
    }

    pub(super) fn product(&self) -> Result<&Product, Problem> {
        let products = &self.registry().products;
        self.named("product", products.iter(), |product| &product.name)
    }

    pub(super) fn objective(&self, product: &Name) -> Result<&Objective, Problem> {
        let all = self.registry().objectives.iter().filter(|objective| objective.product == *product);
        self.named("objective", all, |objective| &objective.name)
    }

    pub(super) fn step(&self, product: &Name) -> Result<&Step, Problem> {
        let all = self.registry().steps.iter().filter(|step| step.product == *product);
        self.named("step", all, |step| &step.name)
    }

    pub(super) fn kpi<'p>(&self, product: &'p Product) -> Result<&'p Kpi, Problem> {
        self.named("kpi", product.kpis.iter(), |kpi| &kpi.name)
    }

    /// The name of the SLO that is asked for, whatever it is.
    pub(super) fn wanted_slo(&self) -> &str {
        self.wanted_name("slo")
    }

    /// What stands in the path, whatever it is.
    pub(super) fn wanted_name(&self, noun: &str) -> &str {
        self.path.iter().find(|(key, _)| key == noun).map_or("", |(_, value)| value.as_str())
    }

    fn named<'r, T: 'r>(
        &self,
        noun: &'static str,
        all: impl Iterator<Item = &'r T> + Clone,
        name: impl Fn(&T) -> &Name,
    ) -> Result<&'r T, Problem> {
        let wanted = self.wanted_name(noun);
        let found = all.clone().find(|one| name(one).as_str() == wanted);
        found.ok_or_else(|| {
            let known: Vec<&str> = all.map(|one| name(one).as_str()).collect();
            Problem::unknown(noun, wanted, &known)
        })
    }

    /// The record up to which everything is to be counted; `None` where that is now.
    pub(super) fn until(&self, counts: &Counts) -> Result<Option<Lsn>, Problem> {
        let Some(text) = self.parameter(AS_OF) else { return Ok(None) };
        let wrong = |right: String| Problem::bad(AS_OF, text, right);
        let lsn: u64 = text.parse().map_err(|_| wrong("it is the `as_of` of an answer, such as `4711`".to_owned()))?;
        match Lsn(lsn).cmp(&counts.lsn) {
            Ordering::Greater => Err(wrong(format!("nothing has this number yet: the newest is {}", counts.lsn.0))),
            Ordering::Equal => Ok(None),
            Ordering::Less => Ok(Some(Lsn(lsn))),
        }
    }

    /// What was counted of some series over some minutes, as of now or of the record that is asked for, as far as memory has it; and that record.
    pub(super) fn counted(
        &self,
        counts: &Counts,
        series: &[SeriesId],
        minutes: Range<Minute>,
        resolution: Resolution,
    ) -> Result<(Counted, Lsn), Problem> {
        Ok(match self.until(counts)? {
            Some(until) => (Counted::Then(counts.past(series, minutes, resolution, until)), until),
            None => (Counted::Now(counts.ask(series, minutes, resolution)), counts.lsn),
        })
    }

    /// The parts of what was counted, with what files add.
    pub(super) fn parts(&self, counted: Counted) -> Result<Vec<Vec<Part>>, Problem> {
        match counted {
            Counted::Now(answer) => self.complete(answer),
            Counted::Then(past) => Ok(self.then(&past)?.parts),
        }
    }

    /// What was counted up to a record.
    pub(super) fn then(&self, past: &Past) -> Result<Then, Problem> {
        let Range { start, end } = past.minutes();
        self.note_counted(Span { from: start, to: end });
        // One at a time: each takes memory for what it reads.
        let alone = self.shared.counting_again.lock().unwrap_or_else(PoisonError::into_inner);
        let names_bytes = self.shared.settings.names_bytes();
        let then = past.read(&self.shared.directory, &self.version.setup, names_bytes).map_err(|error| match error {
            PastError::Gone => {
                let right = "the facts of that time were removed, so that what came later cannot be told apart; leave it out for what is counted now";
                Problem::bad(AS_OF, self.parameter(AS_OF).unwrap_or_default(), right)
            }
            error => Problem::internal(&error),
        })?;
        drop(alone);
        self.shared.health.note_lost(&then.lost);
        Ok(then)
    }

    /// What was counted, with what files add.
    pub(super) fn complete(&self, answer: Answer) -> Result<Vec<Vec<Part>>, Problem> {
        let Range { start, end } = answer.minutes();
        self.note_counted(Span { from: start, to: end });
        let completed = answer.complete(&self.shared.directory.minutes());
        let (parts, lost) = completed.map_err(|error| Problem::internal(&error))?;
        self.shared.health.note_lost(&lost);
        Ok(parts)
    }

    /// Notes that minutes were counted that an answer is about.
    pub(super) fn note_counted(&self, span: Span) {
        let (from, to) = self.counted.get().unwrap_or((span.from, span.to));
        self.counted.set(Some((from.min(span.from), to.max(span.to))));
    }

    /// Hours that were read and of which counts are lost.
    fn incomplete(&self) -> Vec<IncompleteBody> {
        let Some((from, to)) = self.counted.get() else { return Vec::new() };
        let (from, to) = (Hour::of(from.start()), Hour::of(Minute::new(to.number() - 1).start()));
        incomplete(self.shared, |hour| from <= hour && hour <= to)
    }

    /// The newest state of the counts, for answers that count nothing.
    pub(super) fn as_of(&self) -> AsOf {
        AsOf { lsn: self.shared.counts().lsn, span: None }
    }

    pub(super) fn page<T: Serialize>(
        &self,
        as_of: AsOf,
        (items, next_cursor): (Vec<T>, Option<String>),
        table: Table,
    ) -> Result<Reply, Problem> {
        let covered = as_of.span.map(Span::body);
        let incomplete = self.incomplete();
        let is_whole = incomplete.is_empty();
        let registry_version = self.version.number;
        let page = Page { as_of: as_of.lsn.0, registry_version, covered, incomplete, items, next_cursor };
        Reply::new(self.wanted, (as_of.lsn, is_whole), &page, table)
    }

    pub(super) fn object(&self, as_of: AsOf, item: impl Serialize, table: Table) -> Result<Reply, Problem> {
        let covered = as_of.span.map(Span::body);
        let incomplete = self.incomplete();
        let is_whole = incomplete.is_empty();
        let registry_version = self.version.number;
        let object = Object { as_of: as_of.lsn.0, registry_version, covered, incomplete, item };
        Reply::new(self.wanted, (as_of.lsn, is_whole), &object, table)
    }
}
