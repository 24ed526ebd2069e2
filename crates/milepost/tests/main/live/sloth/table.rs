//! Which faults alerts told of, how soon, and what they told for nothing.

use super::shop::{POINT_SECONDS, Run};
use std::fmt::Write as _;

/// An alert that somebody was told of, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) urgency: &'static str,
    pub(super) from: i64,
    /// Later than it began where a page made a ticket needless until then.
    pub(super) told: i64,
    pub(super) to: i64,
}

impl Told {
    /// The longest short window of its urgency: so long after a fault an alert still looks at it, and belongs to it.
    fn reach_seconds(self) -> i64 {
        if self.urgency == "page" { 30 * 60 } else { 6 * 3_600 }
    }
}

/// What alerts told of a run.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The fault: from the point in which it was felt to where its recording ends. Alerts of quiet runs belong to none.
    fault: Option<(i64, i64)>,
    felt: i64,
    /// By the minutes from when the fault was felt.
    page: Option<i64>,
    ticket: Option<i64>,
    needless: usize,
}

impl Found {
    pub(super) fn new(run: &Run, begin: i64) -> Self {
        let felt = begin + run.fault.map_or(0, |(felt, _)| felt);
        let fault = run.fault.map(|(_, ends)| (felt - POINT_SECONDS, begin + ends));
        Self { fault, felt, page: None, ticket: None, needless: 0 }
    }

    /// Takes in an alert. What began in the quiet days before a fault is told of once, by the run that has no fault.
    pub(super) fn note(&mut self, told: Told) {
        match self.fault {
            Some((from, to)) if (from..to + told.reach_seconds()).contains(&told.from) => {
                let late = (told.told - self.felt).div_euclid(60);
                let known = if told.urgency == "page" { &mut self.page } else { &mut self.ticket };
                *known = Some(known.map_or(late, |known| known.min(late)));
            }
            Some((from, _)) if told.from < from => {}
            _ => self.needless += 1,
        }
    }

    fn first(&self) -> Option<i64> {
        [self.page, self.ticket].into_iter().flatten().min()
    }
}

/// All runs together.
#[derive(Clone, Debug, Default)]
pub(super) struct Sum {
    pub(super) found: usize,
    paged: usize,
    /// Minutes until the first alert, in order.
    minutes: Vec<i64>,
    pub(super) needless: usize,
}

pub(super) fn sums<const N: usize>(found: &[[Found; N]]) -> [Sum; N] {
    let mut sums = [(); N].map(|()| Sum::default());
    for (way, found) in found.iter().flat_map(|of_run| of_run.iter().enumerate()) {
        let sum: &mut Sum = &mut sums[way];
        sum.found += usize::from(found.first().is_some());
        sum.paged += usize::from(found.page.is_some());
        sum.minutes.extend(found.first());
        sum.needless += found.needless;
    }
    sums.iter_mut().for_each(|sum| sum.minutes.sort_unstable());
    sums
}

/// In Markdown: a row for each fault, then all together.
pub(super) fn table<const N: usize>(names: &[&str; N], runs: &[Run], found: &[[Found; N]]) -> String {
    let mut text =
        format!("| fault | felt in | put into | {} |\n|---|---|---|{}\n", names.join(" | "), "---|".repeat(N));
    let cell = |found: &Found| match (found.page, found.ticket) {
        (None, None) => "-".to_owned(),
        (Some(page), None) => format!("page {page} min"),
        (None, Some(ticket)) => format!("ticket {ticket} min"),
        (Some(page), Some(ticket)) => format!("page {page} min, ticket {ticket} min"),
    };
    let mut row = |first: &str, cells: [String; N]| {
        writeln!(text, "| {first} | {} |", cells.join(" | ")).expect("a string");
    };
    for (run, found) in runs.iter().zip(found).filter(|(run, _)| run.fault.is_some()) {
        let cause = run.cause.split("_AWS").next().unwrap_or_default();
        row(&format!("{} | {} | {cause}", run.name, run.metric), found.each_ref().map(cell));
    }
    let sums = sums(found);
    let faults = runs.iter().filter(|run| run.fault.is_some()).count();
    row("**told of** | | ", sums.each_ref().map(|sum| format!("**{} of {faults}**", sum.found)));
    row("paged for | | ", sums.each_ref().map(|sum| sum.paged.to_string()));
    let middle =
        |sum: &Sum| sum.minutes.get(sum.minutes.len() / 2).map_or("-".to_owned(), |late| format!("{late} min"));
    row("median until the first alert | | ", sums.each_ref().map(middle));
    row("**for nothing** | | ", sums.each_ref().map(|sum| format!("**{}**", sum.needless)));
    text
}
