//! A small language for examples of budgets and alerts: load minutes, say what holds at a time, and be told where it does not.
//!
//! In the manner of Prometheus' test scripts. The language is described in `docs/test.md`; `milepost test` runs files of it, and our own maths is tested
//! by those in `tests/scripts`. Everything goes through the types that a server uses; nothing is computed in another way but by `replay`, which recomputes.

mod actual;
mod clock;
mod command;
mod correct;
mod define;
mod eval;
mod expected;
mod lines;
mod memory;
mod points;
mod replay;
mod world;

pub use define::Definition;

use command::Command;
use world::World;

/// What running a script has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many expectations were looked at.
    pub checks: usize,
    /// What was not as expected, in the order of the script.
    pub failures: Vec<Failure>,
}

/// Something that was not as expected, or could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The line, from 1.
    pub line: usize,
    /// What it is about.
    pub message: String,
    /// What the script says and what is; `None` for what could not be read.
    pub difference: Option<Difference>,
}

/// What a script says and what is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// As written.
    pub expected: String,
    /// As it is.
    pub actual: String,
}

/// A line that cannot be read or done.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mistake {
    line: usize,
    message: String,
}

impl Mistake {
    fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

/// Runs a script. SLOs that it names without saying what they promise are asked of `known`.
///
/// What cannot be read ends it, and is its last failure: what follows would only be wrong by what is missing.
pub fn run(text: &str, known: impl Fn(&str) -> Option<Definition>) -> Report {
    let mut report = Report::default();
    if let Err(mistake) = run_commands(text, &known, &mut report) {
        report.failures.push(Failure { line: mistake.line, message: mistake.message, difference: None });
    } else if report.checks == 0 {
        // Nothing is green on silence.
        let message = "the script expects nothing: write `eval at TIME SLO` with `expect` lines below it".to_owned();
        report.failures.push(Failure { line: 1, message, difference: None });
    }
    report
}

fn run_commands(text: &str, known: &impl Fn(&str) -> Option<Definition>, report: &mut Report) -> Result<(), Mistake> {
    let mut world = World::default();
    for block in lines::blocks(text)? {
        let at = |message: String| Mistake::new(block.line, message);
        match Command::read(&block, world.clock())? {
            Command::Start(start) => world.start(start).map_err(at)?,
            Command::Clear => world = World::default(),
            Command::Load(load) => world.load(&load).map_err(at)?,
            Command::Define(name, given) => {
                let definition = match given {
                    Some(definition) => definition,
                    None => known(&name).ok_or_else(|| at(define::unknown(&name)))?,
                };
                world.define(name, definition).map_err(at)?;
            }
            Command::Correct(correct) => world.correct(correct).map_err(at)?,
            Command::Quality(name, observed) => world.observe(&name, observed).map_err(at)?,
            Command::Eval(eval) => eval.run(&mut world, report)?,
            Command::Replay(to) => replay::run(&mut world, block.line, to, report)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
