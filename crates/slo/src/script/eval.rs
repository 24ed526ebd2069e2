//! `eval`: what is expected of SLOs at a time, or at many.

use super::actual::{self, Actual};
use super::clock::{Clock, minutes};
use super::lines::{Block, Line};
use super::points::repeated;
use super::world::World;
use super::{Difference, Failure, Mistake, Report};
use crate::View;
use milepost_model::Minute;

/// A question with what is expected.
#[derive(Debug)]
pub(super) struct Eval {
    line: usize,
    times: Vec<Minute>,
    is_range: bool,
    slos: Vec<String>,
    expectations: Vec<Expectation>,
}

#[derive(Debug)]
struct Expectation {
    line: usize,
    view: View,
    key: Vec<String>,
    values: Vec<String>,
}

/// Most times of a range: a month of minutes.
const MOST_TIMES: usize = 44_640;
const FORM: &str =
    "write `eval at 2h30m send-mail` or `eval range from 0 to 3h step 5m send-mail`, with `expect` lines below";

pub(super) fn read(block: &Block<'_>, clock: Clock) -> Result<Eval, Mistake> {
    let at = |message: String| Mistake::new(block.line, message);
    let (times, is_range, slos) = match block.words.as_slice() {
        ["eval", "at", time, slos @ ..] => (vec![clock.read(time).map_err(at)?], false, slos),
        ["eval", "range", "from", from, "to", to, "step", step, slos @ ..] => {
            let (from, to) = (clock.read(from).map_err(at)?, clock.read(to).map_err(at)?);
            let step = minutes(step).map_err(at)?.max(1);
            let count = usize::try_from((to.number() - from.number()) / step + 1).unwrap_or(0);
            if !(1..=MOST_TIMES).contains(&count) {
                return Err(at(format!("a range has 1 to {MOST_TIMES} steps")));
            }
            let times = (0i64..).map(|index| Minute::new(from.number() + index * step));
            (times.take(count).collect(), true, slos)
        }
        _ => return Err(at(FORM.to_owned())),
    };
    let slos: Vec<String> = slos.iter().filter(|word| **word != "*").map(|word| (*word).to_owned()).collect();
    if slos.is_empty() || block.body.is_empty() {
        return Err(at(FORM.to_owned()));
    }
    let expectations: Result<Vec<Expectation>, Mistake> = block.body.iter().map(read_expectation).collect();
    Ok(Eval { line: block.line, times, is_range, slos, expectations: expectations? })
}

/// `expect [recorded] KEY VALUE...`.
fn read_expectation(line: &Line<'_>) -> Result<Expectation, Mistake> {
    let (view, words) = match line.words.as_slice() {
        ["expect", "recorded", words @ ..] => (View::Recorded, words),
        ["expect", words @ ..] => (View::Corrected, words),
        _ => return Err(Mistake::new(line.line, "below `eval` stand lines such as `expect budget_spent 12.5%`")),
    };
    let behind = words.first().map_or(0, |word| {
        let known = actual::KEYS.iter().find(|(name, ..)| name == word);
        known.map_or(0, |(_, behind, _)| *behind)
    });
    if words.len() < behind + 2 {
        let message = format!("it does not say what is expected; {}", actual::keys());
        return Err(Mistake::new(line.line, message));
    }
    let (key, values) = words.split_at(behind + 1);
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Ok(Expectation { line: line.line, view, key: owned(key), values: owned(values) })
}

impl Eval {
    pub(super) fn run(&self, world: &mut World, report: &mut Report) -> Result<(), Mistake> {
        let at = |message: String| Mistake::new(self.line, message);
        let slos: Result<Vec<usize>, String> = self.slos.iter().map(|name| world.place(name)).collect();
        let slos = slos.map_err(at)?;
        let mut ranges = Vec::new();
        for expectation in &self.expectations {
            ranges.push(expectation.expand(self.is_range, self.times.len())?);
        }
        let mut failed = vec![false; self.expectations.len()];
        for (step, time) in self.times.iter().enumerate() {
            world.advance(*time).map_err(at)?;
            for ((expectation, values), failed) in self.expectations.iter().zip(&ranges).zip(&mut failed) {
                report.checks += 1;
                // Of a range the first difference says it.
                if !*failed && let Some(failure) = self.check(world, &slos, expectation, &values[step], *time)? {
                    report.failures.push(failure);
                    *failed = true;
                }
            }
        }
        Ok(())
    }

    fn check(
        &self,
        world: &World,
        slos: &[usize],
        expectation: &Expectation,
        values: &[&str],
        time: Minute,
    ) -> Result<Option<Failure>, Mistake> {
        let at = |message: String| Mistake::new(expectation.line, message);
        let key: Vec<&str> = expectation.key.iter().map(String::as_str).collect();
        let actual = match (key.as_slice(), slos) {
            (["estimate"], _) => Actual::estimate(world, slos, expectation.view),
            (key, [slo]) => Actual::of(world, *slo, expectation.view, key),
            _ => Err("of several SLOs there is the `estimate` of their product".to_owned()),
        };
        let actual = actual.map_err(at)?;
        if actual.is(values, world.clock()).map_err(at)? {
            return Ok(None);
        }
        let name = self.slos.join(" * ");
        let view = if expectation.view == View::Recorded { "recorded " } else { "" };
        let message = format!("{view}{} of {name} at {}", key.join(" "), world.clock().show(time));
        let difference = Difference { expected: values.join(" "), actual: actual.show(world.clock()) };
        Ok(Some(Failure { line: expectation.line, message, difference: Some(difference) }))
    }
}

impl Expectation {
    /// What is expected at each time: of a range one word each, `0%x3` for three.
    fn expand(&self, is_range: bool, times: usize) -> Result<Vec<Vec<&str>>, Mistake> {
        let all: Vec<&str> = self.values.iter().map(String::as_str).collect();
        if !is_range {
            return Ok(vec![all]);
        }
        let mut values = Vec::with_capacity(times);
        for word in all {
            let (value, count) = repeated(word).map_err(|message| Mistake::new(self.line, message))?;
            values.extend(std::iter::repeat_n(vec![value], count.min(times + 1)));
        }
        if values.len() != times {
            let message = format!("{} values are expected of {times} times", values.len());
            return Err(Mistake::new(self.line, message));
        }
        Ok(values)
    }
}
