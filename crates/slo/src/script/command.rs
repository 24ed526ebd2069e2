//! Commands of a script.

use super::clock::{Clock, minutes};
use super::correct::{self, Correct};
use super::define::{self, Definition};
use super::eval::Eval;
use super::lines::{Block, Line};
use super::points::{self, Point};
use super::{Mistake, eval};
use crate::{Capture, Cause};
use milepost_model::Minute;

/// A command as written.
#[derive(Debug)]
pub(super) enum Command {
    /// `start TIME`: what minute 0 is.
    Start(Minute),
    /// `clear`: everything begins anew.
    Clear,
    /// `load STEP [from TIME]`, or `late STEP at TIME`.
    Load(Load),
    /// `slo NAME ...`.
    Define(String, Option<Definition>),
    /// `correct NAME TIME to TIME`.
    Correct(Correct),
    /// `quality NAME ...`.
    Quality(String, Observed),
    /// `eval at TIME NAME`, or `eval range ...`.
    Eval(Eval),
    /// `replay to TIME`.
    Replay(Minute),
}

/// Points to be counted.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) lines: Vec<Loaded>,
    /// When they come in; in their own minute where nothing is written.
    pub(super) arrives: Option<Minute>,
}

/// The points of one series.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) series: String,
    /// What bad events are bad by, where the points tell that and not what was counted.
    pub(super) cause: Option<Cause>,
    pub(super) points: Vec<(Minute, Point)>,
}

/// What is known of a source beside its counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Observed {
    pub(super) capture: Option<Capture>,
    pub(super) abandoned: u64,
}

const COMMANDS: &str = "`start`, `load`, `late`, `slo`, `correct`, `quality`, `eval`, `replay` and `clear`";

impl Command {
    pub(super) fn read(block: &Block<'_>, clock: Clock) -> Result<Self, Mistake> {
        let at = |message: String| Mistake::new(block.line, message);
        match block.words.as_slice() {
            ["start", time] => clock.read(time).map(Self::Start).map_err(at),
            ["clear"] => Ok(Self::Clear),
            ["load", step] => load(block, clock, (step, clock.start), None),
            ["load", step, "from", time] => {
                let from = clock.read(time).map_err(at)?;
                load(block, clock, (step, from), None)
            }
            ["late", "at", time] => {
                let arrives = clock.read(time).map_err(at)?;
                load(block, clock, ("1m", clock.start), Some(arrives))
            }
            ["slo", name, ..] => Ok(Self::Define((*name).to_owned(), define::read(block)?)),
            ["correct", ..] => correct::read(block, clock).map(Self::Correct),
            ["quality", name, rest @ ..] => {
                read_quality(rest).map(|observed| Self::Quality((*name).to_owned(), observed)).map_err(at)
            }
            ["eval", ..] => eval::read(block, clock).map(Self::Eval),
            ["replay", "to", time] => clock.read(time).map(Self::Replay).map_err(at),
            [first @ ("load" | "late" | "start" | "replay" | "slo" | "quality"), ..] => {
                Err(at(format!("write {}", form(first))))
            }
            [first, ..] => {
                Err(at(format!("`{first}` is no command: there are {COMMANDS}; lines that belong to one are indented")))
            }
            [] => Err(at(format!("a script has the commands {COMMANDS}"))),
        }
    }
}

fn form(command: &str) -> &'static str {
    match command {
        "load" => "`load 1m` or `load 1m from -28d`, and below it lines such as `send-mail 100/99x60`",
        "late" => "`late at 3h`, and below it lines such as `send-mail 1h10m 10/0x5`",
        "start" => "`start 2026-03-29T00:00Z`",
        "slo" => "`slo NAME TARGET over WINDOW`, such as `slo send-mail 99.9% over 28d`",
        "quality" => "`quality send-mail measured 990 other 1000 both 985 abandoned 3`",
        _ => "`replay to 365d`",
    }
}

fn load(
    block: &Block<'_>,
    clock: Clock,
    (step, from): (&str, Minute),
    arrives: Option<Minute>,
) -> Result<Command, Mistake> {
    let step = minutes(step).map_err(|message| Mistake::new(block.line, message))?.max(1);
    let mut lines = Vec::new();
    for line in &block.body {
        let read = read_series(line, clock, (step, from), arrives.is_some());
        lines.push(read.map_err(|message| Mistake::new(line.line, message))?);
    }
    Ok(Command::Load(Load { lines, arrives }))
}

/// `SERIES POINTS`, or late `SERIES TIME POINTS`.
fn read_series(line: &Line<'_>, clock: Clock, (step, from): (i64, Minute), is_late: bool) -> Result<Loaded, String> {
    let (series, cause) = read_selector(line.words[0])?;
    let (from, words) = match line.words.get(1..).unwrap_or_default() {
        [time, words @ ..] if is_late => (clock.read(time)?, words),
        words => (from, words),
    };
    if words.is_empty() {
        return Err(format!("`{series}` has no points: write them behind it, such as `100/99x60`"));
    }
    let points = if cause.is_some() { points::read_bad(words)? } else { points::read(words)? };
    let times = (0i64..).map(|index| Minute::new(from.number() + index * step));
    Ok(Loaded { series: series.to_owned(), cause, points: times.zip(points).collect() })
}

/// `send-mail`, or `send-mail{operation=smtp,error=timeout}`.
fn read_selector(word: &str) -> Result<(&str, Option<Cause>), String> {
    let Some((series, labels)) = word.split_once('{') else { return Ok((word, None)) };
    let error = || format!("`{word}`: write what events are bad by like `send-mail{{operation=smtp,error=timeout}}`");
    let (mut operation, mut error_type) = (None, None);
    for label in labels.strip_suffix('}').ok_or_else(error)?.split(',') {
        match label.split_once('=') {
            Some(("operation", value)) => operation = Some(value.to_owned()),
            Some(("error", value)) => error_type = Some(value.to_owned()),
            _ => return Err(error()),
        }
    }
    Ok((series, Some(Cause::Named { operation, error_type })))
}

/// `measured 990 other 1000 both 985 abandoned 3`, each with its number, none twice.
fn read_quality(words: &[&str]) -> Result<Observed, String> {
    let error = || format!("write {}", form("quality"));
    let mut numbers = [None; 4];
    for pair in words.chunks(2) {
        let [key, number] = pair else { return Err(error()) };
        let keys = ["measured", "other", "both", "abandoned"];
        let place = keys.iter().position(|known| known == key).ok_or_else(error)?;
        numbers[place] = Some(number.parse::<u64>().map_err(|_| error())?);
    }
    let capture = match numbers {
        [Some(measured), Some(other), Some(both), _] => {
            Some(Capture::new(measured, other, both).ok_or("both saw no more than either did")?)
        }
        [None, None, None, _] => None,
        _ => return Err(error()),
    };
    Ok(Observed { capture, abandoned: numbers[3].unwrap_or(0) })
}
