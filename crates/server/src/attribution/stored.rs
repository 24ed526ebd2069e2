//! Gathering over segments and log: errors first, then the attempts of their traces, a few segments at a time. Columns that a question does not need are
//! never read, and ids only of the rows that it is about.

use crate::stored::{ReadThrough, Stored, StoredError};
use milepost_facts::{
    Attempts, AttemptsWithErrors, ErrorsByTrace, FactBatch, HarmCounter, NameTables, Renaming, SliceCounter, TimeSpan,
    TracedErrors,
};
use milepost_ingest::Setup;
use milepost_model::{DurationNs, Outcome, RuleId, Timestamp};
use milepost_store::segment::Opened;
use milepost_store::{Directory, Segment};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

/// What was counted of the facts of a time, with the names in it.
#[derive(Debug)]
pub struct Attribution {
    /// Attempts by what they are alike in.
    pub slices: SliceCounter,
    /// Errors of operations by what they did.
    pub harm: HarmCounter,
    /// The names of both.
    pub tables: NameTables,
    /// What was read.
    pub through: ReadThrough,
    /// Whether there were more errors than are held, so that some were joined with no attempt.
    pub is_cut: bool,
}

/// How far a trace reaches beyond the time that is asked for: errors of attempts in it may lie there.
const MARGIN: DurationNs = DurationNs::from_seconds(60);
/// Threads that read segments: more would take the processors from telemetry that comes in.
const MAX_THREADS: usize = 4;
/// The columns that say which rows are errors, and which are attempts.
const CHOOSING: [&str; 8] = ["time", "role", "product", "step", "class", "operation", "outcome", "rule"];
/// What attempts are alike in besides, and how they are found in their traces.
const OF_ATTEMPTS: [&str; 4] = ["error_type", "http_status", "grpc_status", "operation"];
const OF_TRACES: [&str; 2] = ["trace_id", "span_id"];

/// What is asked, as all threads see it.
struct Question<'a> {
    setup: &'a Setup,
    span: TimeSpan,
    /// The first rule that derives attempts from traces.
    derived: RuleId,
}

/// The facts that the segments of a time have: what reading it takes.
///
/// # Errors
/// The catalog cannot be read.
pub fn facts_in(stored: &Stored, span: TimeSpan) -> Result<u64, StoredError> {
    let (segments, _) = stored.segments()?;
    Ok(segments.iter().filter(|segment| overlaps(segment, span)).map(|segment| segment.rows).sum())
}

impl Attribution {
    /// Counts what is stored of a time. What is damaged is told and left out.
    ///
    /// # Errors
    /// The catalog or the log cannot be read.
    pub fn of_stored(stored: &Stored, setup: &Setup, span: TimeSpan) -> Result<Self, StoredError> {
        let _hold = stored.directory.hold()?;
        let (listed, flushed) = stored.segments()?;
        let question = Question { setup, span, derived: RuleId::new(setup.registry.rules.len()) };
        let wider = widened(span);
        let wanted: Vec<&Segment> = listed.iter().filter(|segment| overlaps(segment, wider)).collect();
        let mut through = ReadThrough { lsn: flushed, ..ReadThrough::default() };
        let mut tables = NameTables::new(&setup.registry, &setup.annotator);

        let (mut errors, mut harm, mut of_another_version) = (TracedErrors::default(), HarmCounter::default(), 0);
        let (parts, whole) = each_segment(&stored.directory, &wanted, &question, &mut through, ErrorsPart::read);
        for part in parts {
            let names = Renaming::of(&part.tables, &mut tables);
            errors.merge(part.of.errors, &names);
            harm.merge(part.of.harm, &names);
            through.facts.0 += part.of.facts;
            of_another_version += part.of.of_another_version;
        }
        if of_another_version > 0 {
            through.damage.push(format!("{of_another_version} facts are of another version"));
        }
        let mut in_log = ErrorsPart { errors, harm, ..ErrorsPart::default() };
        stored.read_log(flushed, None, &mut through, &mut tables, |batch, _, _| in_log.add(&batch, &question))?;
        let ErrorsPart { errors, mut harm, facts, .. } = in_log;
        through.facts.1 += facts;

        let errors = errors.by_trace();
        let mut found = Vec::new();
        let mut slices = SliceCounter::default();
        let read = |part: &mut AttemptsPart, opened: &Opened<'_>, tables: &mut NameTables, question: &Question<'_>| {
            part.read(opened, tables, question, &errors)
        };
        let (parts, _) = each_segment(&stored.directory, &whole, &question, &mut through, read);
        for part in parts {
            slices.merge(part.of.slices, &Renaming::of(&part.tables, &mut tables));
            found.push(part.of.found);
        }
        let mut in_log = AttemptsPart { slices, ..AttemptsPart::default() };
        let last = through.lsn;
        stored.read_log(flushed, Some(last), &mut ReadThrough::default(), &mut tables, |batch, _, _| {
            in_log.add(&batch, &question, &errors);
        })?;
        let AttemptsPart { mut slices, found: of_log, .. } = in_log;
        found.push(of_log);
        let is_cut = errors.count(found, &mut slices, &mut harm);
        Ok(Self { slices, harm, tables, through, is_cut })
    }
}

/// What a thread counted, by its own names.
struct Part<T> {
    of: T,
    tables: NameTables,
}

/// Reads segments, each by one of a few threads; with what they counted, the segments that could be read.
fn each_segment<'s, T: Default + Send>(
    directory: &'s Directory,
    segments: &[&'s Segment],
    question: &Question<'_>,
    through: &mut ReadThrough,
    read: impl Fn(&mut T, &Opened<'_>, &mut NameTables, &Question<'_>) -> Result<(), milepost_store::segment::Damage> + Sync,
) -> (Vec<Part<T>>, Vec<&'s Segment>) {
    let next = AtomicUsize::new(0);
    let work = || {
        let setup = question.setup;
        let mut part = Part { of: T::default(), tables: NameTables::new(&setup.registry, &setup.annotator) };
        let (mut damage, mut whole) = (Vec::new(), Vec::new());
        while let Some(segment) = segments.get(next.fetch_add(1, Relaxed)) {
            let done = Opened::new(directory, segment)
                .and_then(|opened| read(&mut part.of, &opened, &mut part.tables, question));
            match done {
                Ok(()) => whole.push(*segment),
                Err(lost) => damage.push(lost.to_string()),
            }
        }
        (part, damage, whole)
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS).min(segments.len());
    let done: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().map(|thread| thread.join().expect("a thread that reads does not panic")).collect()
    });
    let (mut parts, mut whole) = (Vec::new(), Vec::new());
    for (part, damage, of_part) in done {
        parts.push(part);
        through.damage.extend(damage);
        whole.extend(of_part);
    }
    (parts, whole)
}

/// Errors, and how often operations were used.
#[derive(Default)]
struct ErrorsPart {
    errors: TracedErrors,
    harm: HarmCounter,
    facts: u64,
    of_another_version: usize,
}

impl ErrorsPart {
    fn read(
        &mut self,
        opened: &Opened<'_>,
        tables: &mut NameTables,
        question: &Question<'_>,
    ) -> Result<(), milepost_store::segment::Damage> {
        let wanted = opened.choose(&CHOOSING, |rows| {
            let Ok(batch) = FactBatch::from_record_batch(&rows, tables) else {
                self.of_another_version += rows.num_rows();
                return vec![false; rows.num_rows()];
            };
            self.facts += batch.len() as u64;
            self.harm.count_events(&batch, question.span, question.derived);
            let is_error = |row: usize| matches!(batch.outcome(row), Outcome::Failure | Outcome::Timeout);
            (0..batch.len()).map(is_error).collect()
        })?;
        let columns: Vec<&str> = CHOOSING.into_iter().chain(OF_TRACES).collect();
        opened.read(&columns, &wanted, |rows| {
            if let Ok(batch) = FactBatch::from_record_batch(&rows, tables) {
                self.add_errors(&batch, question);
            }
        })
    }

    fn add(&mut self, batch: &FactBatch, question: &Question<'_>) {
        self.facts += batch.len() as u64;
        self.harm.count_events(batch, question.span, question.derived);
        self.add_errors(batch, question);
    }

    fn add_errors(&mut self, batch: &FactBatch, question: &Question<'_>) {
        self.errors.add(batch, question.span, question.derived);
        self.harm.count_untraced(batch, question.span, question.derived);
    }
}

/// Attempts by what they are alike in, and those of traces with errors.
#[derive(Default)]
struct AttemptsPart {
    slices: SliceCounter,
    found: AttemptsWithErrors,
    attempts: Attempts,
}

impl AttemptsPart {
    fn read(
        &mut self,
        opened: &Opened<'_>,
        tables: &mut NameTables,
        question: &Question<'_>,
        errors: &ErrorsByTrace,
    ) -> Result<(), milepost_store::segment::Damage> {
        let wanted =
            opened.choose(&["time", "role", "product", "step"], |rows| {
                match FactBatch::from_record_batch(&rows, tables) {
                    Ok(batch) => {
                        (0..batch.len()).map(|row| batch.is_attempt(row) && batch.step(row).is_some()).collect()
                    }
                    Err(_) => vec![false; rows.num_rows()],
                }
            })?;
        let dimensions: Vec<String> =
            tables.dimension_names.iter().map(|name| name.as_str().replace('-', "_")).collect();
        let mut columns: Vec<&str> = CHOOSING.into_iter().chain(OF_ATTEMPTS).collect();
        columns.extend(dimensions.iter().map(String::as_str));
        if !errors.is_empty() {
            columns.extend(OF_TRACES);
        }
        opened.read(&columns, &wanted, |rows| {
            if let Ok(batch) = FactBatch::from_record_batch(&rows, tables) {
                self.add(&batch, question, errors);
            }
        })
    }

    fn add(&mut self, batch: &FactBatch, question: &Question<'_>, errors: &ErrorsByTrace) {
        self.attempts.split(batch, question.setup.registry.steps.len(), question.span, None);
        for (step, rows) in self.attempts.by_step() {
            self.slices.count(batch, step, rows);
        }
        if !errors.is_empty() {
            errors.find(batch, question.span, &mut self.found);
        }
    }
}

fn widened(span: TimeSpan) -> TimeSpan {
    TimeSpan { from: span.from.map(|from| from.minus(MARGIN)), to: span.to.map(|to| to.plus(MARGIN)) }
}

fn overlaps(segment: &Segment, span: TimeSpan) -> bool {
    let is_before = |one: Timestamp, other: Option<Timestamp>| other.is_none_or(|other| one < other);
    is_before(segment.min_time, span.to) && span.from.is_none_or(|from| segment.max_time >= from)
}
