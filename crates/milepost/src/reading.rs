//! Reading telemetry files under a registry: what `report` and `annotate` have in common.

use crate::output;
use crate::progress::ProgressBar;
use crate::recording::{Recording, Wanted};
use crate::report::{Counters, FileCounts, SeriesBy};
use anyhow::bail;
use clap::Args;
use milepost_facts::{HarmCounter, NameTables, TimeSpan};
use milepost_flow::{TraceRules, Traces, Verdict};
use milepost_ingest::input::{InputKind, Progress};
use milepost_ingest::{Arrivals, Explanation, LogSource, Recorder, Setup, TelemetryFile, Watch};
use milepost_model::{LogFormat, Name, Service, Timestamp};
use milepost_registry::{Outcome, ReadOptions, Registry};
use milepost_server::attribution::Attribution;
use milepost_server::{Received, Stored};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// What to read, and under which registry.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// Folder with the registry
    #[arg(long, value_name = "DIR")]
    registry: Option<PathBuf>,
    /// Access logs, OTLP JSON lines or OTLP protobuf, plain, gzip or zstd; `-` is standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The service that wrote the access logs, when the registry has several with `accessLog:`
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// Count only from this time on, such as 2026-01-31T14:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Count only before this time
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
}

/// What was read.
pub(crate) struct Read<'s> {
    pub(crate) recorder: Recorder,
    pub(crate) counters: Counters<'s>,
    pub(crate) files: Vec<FileCounts>,
    /// Facts that a server stored were read, and no files.
    pub(crate) is_stored: bool,
    /// The instant before which a server removed facts of the time that is asked for.
    pub(crate) removed_before: Option<Timestamp>,
    pub(crate) bytes: u64,
    /// Files that could not be read, or not to their end.
    pub(crate) failed: Vec<FailedFile>,
}

/// A file that could not be read, or not to its end.
pub(crate) struct FailedFile {
    pub(crate) name: String,
    /// Why, in words, with what is behind it.
    pub(crate) error: String,
}

impl Read<'_> {
    /// 1 when a file could not be read to its end, since the numbers are of less than was asked for; or when records were there and none could
    /// be read.
    pub(crate) fn exit_code(&self) -> ExitCode {
        let stats = &self.recorder.stats;
        let nothing_was_read = stats.events + stats.outside == 0 && stats.all_rejected() > 0;
        if nothing_was_read {
            output::note("error: every record was rejected: is this the format that the registry says it is?\n");
        }
        if nothing_was_read || !self.failed.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS }
    }
}

/// Most verdicts kept while a file is read to explain one event: a few MiB.
const MAX_EARLY_VERDICTS: usize = 16_384;

/// One event, and what trace rules make of its trace.
pub(crate) struct Explained {
    pub(crate) event: Explanation,
    pub(crate) verdict: Option<Verdict>,
    /// The names in the verdict.
    pub(crate) tables: NameTables,
}

/// Reads a registry for a command that needs a valid one; what is wrong with it, `check` tells.
pub(crate) fn load(folder: &Path) -> anyhow::Result<Option<Registry>> {
    load_with_texts(folder).map(|loaded| loaded.map(|(registry, _)| registry))
}

/// A registry, and the texts that it was read from, by their paths.
pub(crate) type WithTexts = (Registry, Vec<(String, String)>);

/// The same with its texts.
pub(crate) fn load_with_texts(folder: &Path) -> anyhow::Result<Option<WithTexts>> {
    let (Outcome { registry, diagnostics }, texts) = ReadOptions::default().read_with_texts(folder);
    if registry.is_none() {
        // One error is told, such as a folder that is not there; more are a list that `check` is for.
        let next = if diagnostics.errors() == 1 {
            output::note(&diagnostics.render(output::colour_on_stderr()));
            "Mend it, and"
        } else {
            "To see them,"
        };
        let errors = output::count(diagnostics.errors(), "error");
        output::note(&format!("{}: {errors}. {next} run: milepost check {0}\n", folder.display()));
    }
    Ok(registry.map(|registry| (registry, texts)))
}

impl Reading {
    /// Reads the registry; nothing, said on standard error, when it has errors.
    pub(crate) fn registry(&self) -> anyhow::Result<Option<Registry>> {
        match &self.registry {
            Some(folder) => load(folder),
            None => bail!("which registry?\nhelp: name its folder: `--registry DIR`"),
        }
    }

    /// The folder of the registry, which has to be named.
    pub(crate) fn named_registry(&self) -> anyhow::Result<&Path> {
        match &self.registry {
            Some(folder) => Ok(folder),
            None => bail!("which registry?\nhelp: name its folder: `--registry DIR`"),
        }
    }

    /// The files that are named, each once.
    pub(crate) fn files(&self) -> anyhow::Result<Vec<PathBuf>> {
        if self.files.is_empty() {
            bail!("which telemetry?\nhelp: name files");
        }
        Ok(self.each_file_once())
    }

    /// A file piece by piece as it came, and, of an access log, the service that wrote it.
    pub(crate) fn arrivals(&self, path: &Path, setup: &Arc<Setup>) -> anyhow::Result<(Arrivals, Option<Name>)> {
        let mut file = TelemetryFile::open(path, &Progress::default())?;
        if file.kind() != InputKind::AccessLog {
            return Ok((Arrivals::new(file, Recorder::new(setup), None), None));
        }
        let service = self.log_service(&mut file, &setup.registry)?.0.name.clone();
        let log = self.log_source(&mut file, setup)?;
        Ok((Arrivals::new(file, Recorder::new(setup), Some(log)), Some(service)))
    }

    /// The registry to read stored facts by: the one that is named, else the one that was active last.
    pub(crate) fn registry_of(&self, stored: &Stored) -> anyhow::Result<Option<Registry>> {
        match &self.registry {
            Some(folder) => load(folder),
            None => Ok(Some(stored.registry()?)),
        }
    }

    /// Counts the facts that a server stored.
    pub(crate) fn read_stored<'s>(
        &self,
        stored: &Stored,
        setup: &'s Arc<Setup>,
        series: SeriesBy,
    ) -> anyhow::Result<Read<'s>> {
        self.read_stored_into(self.nothing_read(setup, series)?, stored, setup)
    }

    /// Reads what is to be gone through again minute by minute, from files or from what a server stored. What came before `--from` is read, too:
    /// windows reach back into it.
    pub(crate) fn read_history<'s>(
        &self,
        stored: Option<&Stored>,
        setup: &'s Arc<Setup>,
        wanted: &Wanted<'_>,
    ) -> anyhow::Result<Read<'s>> {
        let mut read = self.nothing_read(setup, SeriesBy::None)?;
        let span = TimeSpan { from: None, to: self.to };
        read.recorder.span = span;
        read.counters = Counters::new(setup, &read.recorder.tables, SeriesBy::None, span);
        read.counters.recording = Some(Recording::new(wanted, &read.recorder.tables));
        let Some(stored) = stored else { return self.read_into(read, setup) };
        let mut read = self.read_stored_into(read, stored, setup)?;
        if let Some(recording) = &mut read.counters.recording {
            for damage in recording.add_minutes(stored, self.to)? {
                output::note(&format!("warning: {damage}\n"));
                read.failed.push(FailedFile { name: "the minute log".to_owned(), error: damage });
            }
        }
        Ok(read)
    }

    /// From when to when is asked for.
    pub(crate) fn asked(&self) -> TimeSpan {
        TimeSpan { from: self.from, to: self.to }
    }

    /// The registry with its texts: the one that is named, else the one that was active last in a data directory.
    pub(crate) fn registry_with_texts(&self, stored: Option<&Stored>) -> anyhow::Result<Option<WithTexts>> {
        match (&self.registry, stored) {
            (Some(folder), _) => load_with_texts(folder),
            (None, Some(stored)) => Ok(Some(stored.registry_with_texts()?)),
            (None, None) => bail!("which registry?\nhelp: name its folder: `--registry DIR`"),
        }
    }

    fn read_stored_into<'s>(
        &self,
        mut read: Read<'s>,
        stored: &Stored,
        setup: &'s Arc<Setup>,
    ) -> anyhow::Result<Read<'s>> {
        self.refuse_files()?;
        read.is_stored = true;
        read.counters.traces_are_judged();
        let Read { recorder, counters, .. } = &mut read;
        let span = recorder.span;
        let mut tables = std::mem::replace(&mut recorder.tables, NameTables::new(&setup.registry, &setup.annotator));
        let through = stored.read(span, &mut tables, |batch, received, tables| {
            recorder.note_stored(&batch);
            counters.add(&batch, 0, received, tables);
        })?;
        recorder.tables = tables;
        for damage in &through.damage {
            output::note(&format!("warning: {damage}\n"));
            read.failed.push(FailedFile { name: "the data directory".to_owned(), error: damage.clone() });
        }
        read.removed_before = stored.removed_before(span)?;
        let (segments, log) = through.facts;
        output::note(&format!("as of {}: {segments} facts in segments, {log} more in the log\n", through.lsn));
        read.counters.finish(&mut read.recorder.tables);
        read.files.push(FileCounts { name: "stored facts".to_owned(), events: segments + log, rejected: 0 });
        Ok(read)
    }

    fn refuse_files(&self) -> anyhow::Result<()> {
        if !self.files.is_empty() {
            bail!("facts are read from files or from a data directory\nhelp: leave out the files, or `--data`");
        }
        Ok(())
    }

    fn span(&self) -> anyhow::Result<TimeSpan> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            bail!("no time lies between `--from {from}` and `--to {to}`: the first has to be before the second");
        }
        Ok(self.asked())
    }

    /// Counts what explains failures, and what errors did, of the facts that a server stored.
    pub(crate) fn attribute_stored(&self, stored: &Stored, setup: &Setup) -> anyhow::Result<Attribution> {
        self.refuse_files()?;
        let found = Attribution::of_stored(stored, setup, self.span()?)?;
        for damage in &found.through.damage {
            output::note(&format!("warning: {damage}\n"));
        }
        if let Some(time) = stored.removed_before(self.span()?)? {
            output::note(&format!("warning: {}\n", removed(time)));
        }
        let ((segments, log), lsn) = (found.through.facts, found.through.lsn);
        output::note(&format!("as of {lsn}: {segments} facts in segments, {log} more in the log\n"));
        Ok(found)
    }

    /// Reads all files and counts the same of them.
    pub(crate) fn read_to_attribute<'s>(&self, setup: &'s Arc<Setup>) -> anyhow::Result<Read<'s>> {
        let mut read = self.nothing_read(setup, SeriesBy::None)?;
        read.counters.harm = Some(HarmCounter::default());
        self.read_into(read, setup)
    }

    fn nothing_read<'s>(&self, setup: &'s Arc<Setup>, series: SeriesBy) -> anyhow::Result<Read<'s>> {
        let span = self.span()?;
        let mut recorder = Recorder::new(setup);
        recorder.span = span;
        let counters = Counters::new(setup, &recorder.tables, series, span);
        let (files, failed) = (Vec::new(), Vec::new());
        Ok(Read { recorder, counters, files, is_stored: false, removed_before: None, bytes: 0, failed })
    }

    /// Reads all files to see what serves no step: traces that no trace rule speaks of are told, too.
    pub(crate) fn read_to_annotate<'s>(&self, setup: &'s Arc<Setup>) -> anyhow::Result<Read<'s>> {
        let mut read = self.nothing_read(setup, SeriesBy::None)?;
        read.counters.all_traces_are_told();
        self.read_into(read, setup)
    }

    /// Reads all files. One that cannot be read to its end is told at once and does not stop the others.
    pub(crate) fn read<'s>(&self, setup: &'s Arc<Setup>, series: SeriesBy) -> anyhow::Result<Read<'s>> {
        self.read_into(self.nothing_read(setup, series)?, setup)
    }

    fn read_into<'s>(&self, mut read: Read<'s>, setup: &'s Arc<Setup>) -> anyhow::Result<Read<'s>> {
        if self.files.is_empty() {
            bail!("which telemetry?\nhelp: name files, or `-` for standard input");
        }
        let progress = Progress::default();
        let files = self.each_file_once();
        let bar = ProgressBar::new(&files, &progress);
        for path in &files {
            bar.file(path);
            if let Err(error) = self.read_file(path, setup, &progress, &bar, &mut read) {
                if files.len() == 1 && read.files.is_empty() {
                    // That nothing could be read is said with it.
                    bar.finish();
                    return Err(error);
                }
                bar.suspend(|| output::error(&error));
                read.failed.push(FailedFile { name: path.display().to_string(), error: format!("{error:#}") });
            }
        }
        bar.finish();
        read.counters.finish(&mut read.recorder.tables);
        read.bytes = progress.bytes();
        if read.files.is_empty() {
            bail!("none of the files could be read");
        }
        Ok(read)
    }

    /// The inputs, without files that were named before, by whatever path: nobody means to count a request twice.
    fn each_file_once(&self) -> Vec<PathBuf> {
        let mut seen = HashSet::new();
        let mut files = Vec::with_capacity(self.files.len());
        for path in &self.files {
            // Pipes and devices have something else each time.
            let file = path.canonicalize().ok().filter(|file| file.is_file());
            if file.is_none_or(|file| seen.insert(file)) {
                files.push(path.clone());
            } else {
                output::note(&format!("warning: `{}` is named twice; it is read once\n", path.display()));
            }
        }
        files
    }

    fn read_file(
        &self,
        path: &Path,
        setup: &Setup,
        progress: &Progress,
        bar: &ProgressBar,
        read: &mut Read<'_>,
    ) -> anyhow::Result<()> {
        let bytes_before = progress.bytes();
        let mut file = TelemetryFile::open(path, progress)?;
        let mut log = match file.kind() {
            InputKind::AccessLog => Some(self.log_source(&mut file, setup)?),
            _ => None,
        };
        let Read { recorder, counters, files, .. } = read;
        let stats = &recorder.stats;
        let before = (stats.events, stats.all_rejected());
        let lines = (stats.events + stats.outside, stats.trailing);
        let (at, name) = (files.len(), file.name().to_owned());
        recorder.file = at;
        let result = file.read(recorder, log.as_mut(), &mut |batch, tables| {
            counters.add(&batch, at, Received::Unknown, tables);
            bar.tick();
        });
        counters.end_file(&mut recorder.tables);
        if result.is_ok() && progress.bytes() == bytes_before {
            bar.suspend(|| output::note(&format!("warning: `{name}` is empty\n")));
        }
        if log.is_some() {
            let stats = &recorder.stats;
            let (read, trailing) = (stats.events + stats.outside - lines.0, stats.trailing - lines.1);
            let rejected = stats.all_rejected() - before.1;
            bar.suspend(|| self.doubt_format(path, &setup.registry, read, trailing, rejected));
        }
        files.push(FileCounts {
            name,
            events: recorder.stats.events - before.0,
            rejected: recorder.stats.all_rejected() - before.1,
        });
        Ok(result?)
    }

    /// Warns when no line of a log is as its format says, or every line has more than it says.
    fn doubt_format(&self, path: &Path, registry: &Registry, read: u64, trailing: u64, rejected: u64) {
        let how = match (read, rejected) {
            (0, 0) => return,
            (0, _) => "no line",
            (lines, _) if trailing == lines => "every line has text after its last field, so that none",
            _ => return,
        };
        let again = TelemetryFile::open(path, &Progress::default()).ok().filter(|_| path.is_file());
        let Some(mut file) = again else { return };
        let Ok((service, format)) = self.log_service(&mut file, registry) else { return };
        let like = match file.log_format() {
            Some(like) if like != *format => format!("; its lines look like `{}`", like.as_str()),
            _ => String::new(),
        };
        let (name, said) = (file.name(), format.as_str());
        output::note(&format!(
            "warning: {how} of `{name}` is as `accessLog: {said}` of service `{}` says{like}\n",
            service.name
        ));
    }

    /// Explains one event of the file: the line of an access log, or the number of an event of OTLP.
    pub(crate) fn explain(&self, setup: &Arc<Setup>, position: u64) -> anyhow::Result<Option<Explained>> {
        let [path] = &self.files[..] else { bail!("name the one file that event {position} is in") };
        let mut recorder = Recorder::new(setup);
        recorder.watch = Some(Watch { position, found: None });
        let mut file = TelemetryFile::open(path, &Progress::default())?;
        let mut log = match file.kind() {
            InputKind::AccessLog => Some(self.log_source(&mut file, setup)?),
            _ => None,
        };
        let mut traces = Traces::new(TraceRules::new(&setup.registry, &setup.annotator));
        // Traces of the same file are judged beside it, in case the event's own is one that trace rules speak of.
        let mut closed = Vec::new();
        file.read(&mut recorder, log.as_mut(), &mut |batch, _| {
            // Only when memory runs short; of a file that is as long, the verdict may stay untold.
            traces.add(&batch, 0, &mut |trace| {
                if closed.len() < MAX_EARLY_VERDICTS {
                    closed.push((trace.id, trace.verdict));
                }
            });
        })?;
        let Some(event) = recorder.watch.and_then(|watch| watch.found) else { return Ok(None) };
        let mut verdict = closed.into_iter().find(|(id, _)| event.trace == Some(*id)).map(|(_, verdict)| verdict);
        traces.finish(&mut |trace| {
            if event.trace == Some(trace.id) {
                verdict.get_or_insert(trace.verdict);
            }
        });
        Ok(Some(Explained { event, verdict, tables: recorder.tables }))
    }

    /// The service and format of an access log.
    fn log_source(&self, file: &mut TelemetryFile, setup: &Setup) -> anyhow::Result<LogSource> {
        let (service, format) = self.log_service(file, &setup.registry)?;
        Ok(LogSource::new(service.name.as_str(), format, setup)?)
    }

    fn log_service<'r>(
        &self,
        file: &mut TelemetryFile,
        registry: &'r Registry,
    ) -> anyhow::Result<(&'r Service, &'r LogFormat)> {
        let with_log: Vec<(&Service, &LogFormat)> =
            registry.services.iter().filter_map(|s| Some((s, s.access_log.as_ref()?))).collect();
        let names = || with_log.iter().map(|(s, _)| s.name.as_str()).collect::<Vec<_>>().join(", ");
        match (&self.service, &with_log[..]) {
            (Some(name), _) => match with_log.iter().find(|(s, _)| s.name.as_str() == name) {
                Some(found) => Ok(*found),
                None if with_log.is_empty() => {
                    bail!("no service of the registry has an access log\nhelp: {}", add_format(file, name))
                }
                None => bail!("there is no service `{name}` with `accessLog:`\nhelp: it can be {}", names()),
            },
            (None, [only]) => Ok(*only),
            (None, []) => {
                let help = add_format(file, "that wrote it");
                bail!("`{}` is an access log, and no service of the registry has one\nhelp: {help}", file.name())
            }
            (None, _) => bail!(
                "`{}` is an access log, and several services of the registry have one\nhelp: say which wrote it: `--service NAME` with one of {}",
                file.name(),
                names()
            ),
        }
    }
}

/// What is to be known of facts that are there no longer.
pub(crate) fn removed(before: Timestamp) -> String {
    format!(
        "facts of before {before} were removed, as `--keep-days` and `--keep-size` of the server say, and are in no number here"
    )
}

/// What to add to a service, by how the file looks.
fn add_format(file: &mut TelemetryFile, service: &str) -> String {
    match file.log_format() {
        Some(format) => {
            format!("its lines look like `{0}`: add `accessLog: {0}` to the service {service}", format.as_str())
        }
        None => format!("add `accessLog:` with the log's format to the service {service}"),
    }
}
