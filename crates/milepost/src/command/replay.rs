//! `milepost replay`: recorded telemetry through a live server, at the speed of the machine.

use super::backtest::Format;
use crate::output;
use crate::reading::{Reading, load};
use crate::replay::{Merge, Replayed};
use crate::show;
use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use milepost_ingest::Setup;
use milepost_model::{DurationNs, Timestamp};
use milepost_server::{Ack, Clock, Gaps, Playback, Played, Server, Settings};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::{available_parallelism, sleep};
use std::time::Duration;
use tokio::runtime::{self, Runtime};

/// What a live server would have said: recorded telemetry played to one, second by second, at the speed of the machine
///
/// The server's clock stands at the time of what was recorded: severity, alerts and incidents come as they would have come then, and nobody is told of
/// them. Time in which nothing was recorded is left out: nothing is raised or lowered in it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost replay --registry registry/ --data replayed/ spans/*.jsonl.zst
  milepost replay --registry registry/ --data replayed/ --gaps silent access.log.1.gz access.log
  milepost replay --registry registry/ --data replayed/ --format json spans.jsonl | jq '.[].incidents[]'
  milepost replay --registry registry/ --data backup/ --continue spans.jsonl
  milepost report --data replayed/")]
pub(crate) struct ReplayCommand {
    #[command(flatten)]
    reading: Reading,
    /// Folder that the server keeps everything in, to be looked at afterwards; begun, or empty
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Go on from what a server has kept in the folder, such as a backup: what is usual is known from it
    #[arg(long = "continue")]
    goes_on: bool,
    /// What becomes of time in which nothing was recorded for more than two minutes
    #[arg(long, value_enum, default_value_t = GapsAre::LeftOut)]
    gaps: GapsAre,
    /// Text for a terminal, Markdown for a document, one HTML page, or JSON for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GapsAre {
    /// Nobody recorded: it is left out
    LeftOut,
    /// The sources were silent
    Silent,
}

/// Enough for any second of a recording.
const MEMORY_BYTES: usize = 1 << 30;
/// How often it is looked whether the registry is active.
const LOOK: Duration = Duration::from_millis(10);

impl ReplayCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        self.check_folder()?;
        let folder = self.reading.named_registry()?;
        let Some(registry) = load(folder)? else { return Ok(ExitCode::from(1)) };
        let setup = Setup::new(registry);
        let mut merge = Merge::new(&self.reading, &setup, self.reading.files()?);
        let Some(begin) = merge.begin() else { bail!("none of the files could be read") };
        // Whoever looks at a minute sees the whole of it.
        let clock = Clock::held(begin.minute().start());
        let runtime = runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
        let server = Server::start(self.settings(folder, clock))?;
        let played = self.check_known(&server, begin).and_then(|()| play(&server, &runtime, &mut merge, self.gaps));
        let replayed = Replayed::of(&server, begin);
        server.stop();
        let played = played?;
        let pages: Vec<_> = replayed.iter().map(Replayed::page).collect();
        output::data(&match self.format {
            Format::Text => show::render_text(&pages, output::width(), output::colour_on_stdout()),
            Format::Markdown => milepost_registry::show::markdown(&pages),
            Format::Html => milepost_registry::show::html(&pages),
            Format::Json => output::json(&replayed)?,
        })?;
        output::note(&told(&played));
        output::note(&format!("look at it with: milepost report --data {}\n", self.data.display()));
        Ok(if merge.failed > 0 || played.counted == 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    fn check_folder(&self) -> anyhow::Result<()> {
        let folder = self.data.display();
        let is_begun = std::fs::read_dir(&self.data).is_ok_and(|mut entries| entries.next().is_some());
        match (is_begun, self.goes_on) {
            (true, false) => bail!(
                "`{folder}` is not empty\nhelp: what is replayed begins with nothing known: name a new folder, or go on from what a server kept there with `--continue`"
            ),
            (false, true) => {
                bail!("there is nothing in `{folder}` to go on from\nhelp: name what a server kept, such as a backup")
            }
            _ => Ok(()),
        }
    }

    /// What a folder has must be of before. Where it was kept by another registry than the one that is named, that one is active from here on.
    fn check_known(&self, server: &Server, begin: Timestamp) -> anyhow::Result<()> {
        let folder = self.data.display();
        if let Some(newest) = server.shared.counts().newest.filter(|newest| *newest > begin) {
            bail!("`{folder}` has events up to {newest}: what begins at {begin} cannot come after them");
        }
        while self.goes_on && server.shared.registry().looked_at.is_none() {
            server.round();
            sleep(LOOK);
        }
        Ok(())
    }

    fn settings(&self, registry: &Path, clock: Clock) -> Settings {
        Settings {
            memory_bytes: MEMORY_BYTES,
            // A recording can be played again.
            ack: Ack::Memory,
            workers: available_parallelism().map_or(1, usize::from).clamp(1, 64),
            segments_every: DurationNs::from_seconds(3600),
            clock,
            ..Settings::alone(registry.to_owned(), self.data.clone())
        }
    }
}

fn play(server: &Server, runtime: &Runtime, merge: &mut Merge<'_>, gaps: GapsAre) -> anyhow::Result<Played> {
    let gaps = match gaps {
        GapsAre::LeftOut => Gaps::LeftOut,
        GapsAre::Silent => Gaps::Silent,
    };
    let mut playback = Playback::new(server, runtime, gaps);
    while let Some((time, came)) = merge.next_time() {
        for (payload, bytes) in came {
            playback.play(time, payload, &bytes)?;
        }
    }
    Ok(playback.finish()?)
}

fn told(played: &Played) -> String {
    let count = |number: u64, noun| output::count(usize::try_from(number).unwrap_or(usize::MAX), noun);
    let mut text = format!("played {} over {}", count(played.counted, "event"), count(played.seconds, "second"));
    if played.gaps > 0 {
        text += &format!(", with {} left out", count(played.gaps, "gap"));
    }
    text += "\n";
    if played.duplicates > 0 {
        text += &format!("{} had been counted before\n", count(played.duplicates, "event"));
    }
    for (reason, events) in &played.rejected {
        text += &format!("{} rejected: {reason}\n", count(*events, "event"));
    }
    if played.unreadable > 0 {
        text += &format!("{} could not be read\n", count(played.unreadable, "request"));
    }
    text
}
