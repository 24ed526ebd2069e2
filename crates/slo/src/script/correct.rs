//! `correct`: time that is taken out of an SLO.

use super::Mistake;
use super::clock::{Clock, minutes};
use super::lines::Block;
use crate::calendar::{ClockTime, Zone};
use crate::{Category, Correction, Recurrence, Sponsors, When};
use milepost_model::{DurationNs, Minute};

/// A correction, and of which SLO.
#[derive(Debug)]
pub(super) struct Correct {
    pub(super) slo: String,
    pub(super) correction: Correction,
    /// From when on it holds.
    pub(super) recorded: Minute,
}

#[derive(Default)]
struct Details {
    category: Option<Category>,
    reason: Option<String>,
    author: Option<String>,
    approver: Option<String>,
    recorded: Option<Minute>,
}

const FORM: &str = "write `correct send-mail 2h to 2h30m`, or `correct send-mail 2026-01-04T22:00 in Europe/Zurich for 30m FREQ=WEEKLY`";

/// `correct NAME TIME to TIME`, or `correct NAME CLOCK in ZONE for DURATION RULE`, with `category`, `reason`, `author`, `approver` and `recorded` below.
pub(super) fn read(block: &Block<'_>, clock: Clock) -> Result<Correct, Mistake> {
    let at = |message: String| Mistake::new(block.line, message);
    let (slo, when) = match block.words.as_slice() {
        ["correct", slo, from, "to", to] => {
            let (from, to) = (clock.read(from).map_err(at)?, clock.read(to).map_err(at)?);
            (slo, When::Once { from: from.start(), to: to.start() })
        }
        ["correct", slo, first, "in", zone, "for", duration, rule] => {
            let recurrence = recurrence(first, zone, duration, rule).map_err(at)?;
            (slo, When::Recurring(recurrence))
        }
        _ => return Err(at(FORM.to_owned())),
    };
    let details = details(block, clock)?;
    let begins = match &when {
        When::Once { from, .. } => from.minute(),
        When::Recurring(recurrence) => recurrence.first(),
    };
    // Where nothing is written, it was known before it began.
    let recorded = details.recorded.unwrap_or(begins);
    let sponsors = Sponsors {
        reason: details.reason.unwrap_or_else(|| "not said".to_owned()),
        author: details.author.unwrap_or_else(|| "author".to_owned()),
        approver: details.approver.unwrap_or_else(|| "approver".to_owned()),
    };
    let category = details.category.unwrap_or(Category::Maintenance);
    let correction = Correction::new(when, category, sponsors, recorded.start());
    let correction = correction.map_err(|error| at(error.to_string()))?;
    Ok(Correct { slo: (*slo).to_owned(), correction, recorded })
}

fn recurrence(first: &str, zone: &str, duration: &str, rule: &str) -> Result<Recurrence, String> {
    let first: ClockTime = first.parse().map_err(|error: crate::calendar::ClockTimeError| error.to_string())?;
    let zone: Zone = zone.parse().map_err(|error: crate::calendar::UnknownZone| error.to_string())?;
    let seconds = u64::try_from(minutes(duration)?).unwrap_or(0) * 60;
    Recurrence::new(first, zone, DurationNs::from_seconds(seconds), rule).map_err(|error| error.to_string())
}

fn details(block: &Block<'_>, clock: Clock) -> Result<Details, Mistake> {
    let mut details = Details::default();
    for line in &block.body {
        let at = |message: String| Mistake::new(line.line, message);
        match line.words.as_slice() {
            ["reason", ..] => details.reason = Some(line.rest(1)),
            ["author", ..] => details.author = Some(line.rest(1)),
            ["approver", ..] => details.approver = Some(line.rest(1)),
            ["recorded", time] => details.recorded = Some(clock.read(time).map_err(at)?),
            ["category", name] => {
                let found = Category::ALL.into_iter().find(|known| known.as_str() == *name);
                let names = Category::ALL.map(Category::as_str).join(", ");
                details.category = Some(found.ok_or_else(|| at(format!("`{name}` is no category: one of {names}")))?);
            }
            _ => {
                let keys = "`reason`, `author`, `approver`, `category` and `recorded TIME`";
                return Err(at(format!("a correction has {keys} below it")));
            }
        }
    }
    Ok(details)
}
