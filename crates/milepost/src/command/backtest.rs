//! `milepost backtest`: what alerts and budgets would have been on recorded counts, and what they would be with a change.

mod imported;

use crate::backtest::{self, Basis, Told, Tried};
use crate::output;
use crate::reading::Reading;
use crate::recording::Wanted;
use crate::show;
use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use milepost_ingest::Setup;
use milepost_model::{Minute, Timestamp};
use milepost_registry::{Change, Outcome, ReadOptions, Registry, did_you_mean};
use milepost_server::{ImportedSlo, Stored};
use milepost_slo::backtest::{Column, Past, Replay};
use milepost_slo::{Period, Slo, Subject, Terms};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What an SLO's alerts and budget would have been on what was recorded, and what they would be with a change
///
/// Goes through recorded attempts minute by minute, with the code that the server judges by: when it would have paged and asked for a ticket, for how long, how long
/// after the burn began, and how much of the error budget was spent. `--with` puts a change of the SLO beside it. docs/backtest.md says how to read it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost backtest --data /var/lib/milepost --slo send-mail-availability
  milepost backtest --data /var/lib/milepost --slo send-mail-availability --with change.yaml
  milepost backtest --registry registry/ --slo send-mail-availability spans/*.jsonl.zst
  milepost backtest --data /var/lib/milepost --slo orders     an OpenSLO document, counted by Prometheus
  milepost backtest ... --truth 2026-01-31T14:02Z/2026-01-31T14:40Z    when something was truly wrong
  milepost backtest ... --format markdown >> pull-request.md

A change, change.yaml, has keys of the SLO's `spec`:
  target: 99.5%
  alerts: [page-1h, {ticket: 10%, long: 3d, short: 6h}]")]
pub(crate) struct BacktestCommand {
    #[command(flatten)]
    reading: Reading,
    /// The SLO, by its name or by PRODUCT/NAME
    #[arg(long, value_name = "NAME")]
    slo: String,
    /// Go through what a server stored in this data directory, instead of files; a running server is not disturbed
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keys of the SLO's `spec` that would be different, in YAML
    #[arg(long, value_name = "FILE")]
    with: Option<PathBuf>,
    /// When something was truly wrong: START/END, or a file with one a line
    #[arg(long, value_name = "START/END|FILE")]
    truth: Vec<String>,
    /// Take attempts as received when they began, also where it is stored when they were: for what was sent afterwards
    #[arg(long)]
    by_event_time: bool,
    /// What was before the first attempt: nothing, as for a server that has just begun (of a data directory), or `quiet`: the mean traffic of what is
    /// recorded, all good (of files, and of what Prometheus counted)
    #[arg(long, value_enum)]
    past: Option<PastArgument>,
    /// Text for a terminal, Markdown for a document, one HTML page, or JSON for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PastArgument {
    None,
    Quiet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Markdown,
    Html,
    Json,
}

/// Largest file with a change or with times: what is larger is neither.
const MAX_FILE_BYTES: u64 = 1 << 20;

impl BacktestCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let truths = self.truths()?;
        let stored = self.data.as_deref().map(Stored::open).transpose()?;
        let Some((registry, texts)) = self.reading.registry_with_texts(stored.as_ref())? else {
            return Ok(ExitCode::from(1));
        };
        let place = match find(&registry, &self.slo)? {
            Found::Own(place) => place,
            Found::Imported => return self.run_imported(&registry, stored.as_ref(), truths),
        };
        let changed = match &self.with {
            None => None,
            Some(path) => match self.changed((&registry, place), &texts, path)? {
                Some(slo) => Some((slo, file_name(path))),
                None => return Ok(ExitCode::from(1)),
            },
        };
        let setup = Setup::new(registry);
        let slo = &setup.registry.slos[place];
        let mut slos = vec![(slo, "now".to_owned())];
        slos.extend(changed.as_ref().map(|(slo, file)| (slo, format!("with {file}"))));
        // A change may be about another step.
        let with_step = |(slo, _): &(&'_ Slo, String)| setup.registry.step(&slo.product, &slo.indicator.path.step);
        let wanted = Wanted {
            indicators: slos.iter().filter_map(|of| Some((with_step(of)?, &of.0.indicator))).collect(),
            by_event_time: self.by_event_time,
            ..Wanted::default()
        };
        let read = self.reading.read_history(stored.as_ref(), &setup, &wanted)?;
        let Some(recording) = &read.counters.recording else { bail!("nothing was recorded") };
        let history = recording.history()?;
        let Some(all) = history.period() else {
            bail!(
                "no attempt that `{}` counts was read, so there is nothing to go through\nhelp: `milepost report` with the same input says what there is",
                self.slo
            );
        };
        let past = match (self.past, &stored) {
            (Some(PastArgument::None), _) | (None, Some(_)) => Past::None,
            (Some(PastArgument::Quiet), _) | (None, None) => Past::Quiet,
        };
        let mut columns = Vec::new();
        for (slo, _) in &slos {
            let indicator = recording.index(&slo.indicator)?;
            let subject = Subject::new(&Terms::of(slo), indicator, all.start)?;
            let maintenances = setup.registry.maintenances_of((*slo).into());
            columns.push(Column::new(subject).maintained(maintenances, &history));
        }
        let period = self.period(all)?;
        let truths = within(truths, period);
        let replayed = Replay { history: &history, period, past }.run(&columns);
        let basis = Basis::of(recording, past, all, stored.is_some());
        let tried: Vec<Tried> = slos.into_iter().map(|(slo, column)| Tried::of(slo, column)).collect();
        self.tell(&Told::new(&tried, &replayed, &truths, &basis))?;
        Ok(read.exit_code())
    }

    fn tell(&self, told: &Told) -> anyhow::Result<()> {
        Ok(output::data(&match self.format {
            Format::Text => show::render_text(&[backtest::page(told)], output::width(), output::colour_on_stdout()),
            Format::Markdown => milepost_registry::show::markdown(&[backtest::page(told)]),
            Format::Html => milepost_registry::show::html(&[backtest::page(told)]),
            Format::Json => output::json(told)?,
        })?)
    }

    /// The SLO with the change in it; nothing, said on standard error, when it has mistakes.
    fn changed(
        &self,
        (registry, place): (&Registry, usize),
        texts: &[(String, String)],
        path: &Path,
    ) -> anyhow::Result<Option<Slo>> {
        let text = read_text(path)?;
        let name = path.display().to_string();
        let slo = &registry.slos[place];
        let change = Change { slo: slo.name.as_str(), path: &name, text: &text };
        let texts = texts.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        let Outcome { registry: changed, diagnostics } = ReadOptions::default().read_texts_with(texts, &change);
        output::note(&diagnostics.of_file(&name).render(output::colour_on_stderr()));
        let same = |other: &Slo| other.product == slo.product && other.name == slo.name;
        Ok(changed.and_then(|registry| registry.slos.into_iter().find(same)))
    }

    /// What is told of, within what there is.
    fn period(&self, all: Period) -> anyhow::Result<Period> {
        let asked = self.reading.asked();
        let from = asked.from.map_or(all.start, Timestamp::minute);
        let to = asked.to.map_or(all.end, after);
        let period = Period::new(from.max(all.start), to.min(all.end));
        if period.minutes() == 0 {
            bail!(
                "nothing was recorded in the time that is asked for: there are attempts from {} to {}",
                all.start.start(),
                all.end.start()
            );
        }
        Ok(period)
    }

    fn truths(&self) -> anyhow::Result<Vec<Period>> {
        let mut truths = Vec::new();
        for written in &self.truth {
            match interval(written) {
                Some(truth) => truths.push(truth),
                None if Path::new(written).is_file() => truths.extend(intervals(Path::new(written))?),
                None => bail!(
                    "`{written}` is neither START/END nor a file\nhelp: write it like `--truth 2026-01-31T14:02Z/2026-01-31T14:40Z`"
                ),
            }
        }
        truths.sort_by_key(|truth| (truth.start, truth.end));
        Ok(truths)
    }
}

/// Whose an SLO is.
enum Found {
    /// One of the registry's own, by place.
    Own(usize),
    /// One of an OpenSLO document, or an objective of several.
    Imported,
}

/// An SLO of a registry by its name, with its product before it where several products have one.
fn find(registry: &Registry, name: &str) -> anyhow::Result<Found> {
    let is_named = |slo: &Slo| slo.name.as_str() == name || format!("{}/{}", slo.product, slo.name) == name;
    let found: Vec<usize> = (0..registry.slos.len()).filter(|at| is_named(&registry.slos[*at])).collect();
    match found[..] {
        [only] => Ok(Found::Own(only)),
        [] => {
            let imported = ImportedSlo::of(registry);
            if imported.iter().any(|slo| imported::is_named(slo, name)) {
                return Ok(Found::Imported);
            }
            let own = registry.slos.iter().map(|slo| slo.name.as_str());
            let known: Vec<&str> = own.chain(imported.iter().map(|slo| slo.name.as_str())).collect();
            bail!("there is no SLO `{name}`\nhelp: {}", did_you_mean(name, &known))
        }
        _ => bail!("several products have an SLO `{name}`\nhelp: write the product before it, such as `mail/{name}`"),
    }
}

/// The stretches that touch a period; others are told, as they judge nothing.
fn within(truths: Vec<Period>, period: Period) -> Vec<Period> {
    let (of, others): (Vec<Period>, Vec<Period>) =
        truths.into_iter().partition(|truth| truth.start < period.end && period.start < truth.end);
    for truth in &others {
        let (from, to) = (truth.start.start(), truth.end.start());
        output::note(&format!(
            "warning: `--truth {from}/{to}` lies outside of what is gone through, and judges nothing\n"
        ));
    }
    of
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    let name = path.display();
    let bytes = std::fs::metadata(path).with_context(|| format!("`{name}` cannot be read"))?.len();
    if bytes > MAX_FILE_BYTES {
        bail!("`{name}` is larger than 1 MiB, which no such file is");
    }
    std::fs::read_to_string(path).with_context(|| format!("`{name}` cannot be read"))
}

/// A file with a stretch of time a line; `#` begins a comment.
fn intervals(path: &Path) -> anyhow::Result<Vec<Period>> {
    let text = read_text(path)?;
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        match interval(line) {
            Some(truth) => found.push(truth),
            None => bail!("{}:{}: `{line}` is not START/END with START before END", path.display(), at + 1),
        }
    }
    Ok(found)
}

fn interval(text: &str) -> Option<Period> {
    let (from, to) = text.split_once('/')?;
    let (from, to): (Timestamp, Timestamp) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    (from < to).then(|| Period::new(from.minute(), after(to)))
}

/// The first minute that does not begin before an instant.
fn after(instant: Timestamp) -> Minute {
    let minute = instant.minute();
    if minute.start() == instant { minute } else { Minute::new(minute.number() + 1) }
}
