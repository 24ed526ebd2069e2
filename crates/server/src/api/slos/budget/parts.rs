//! The parts of what was spent, as they are told: the largest, and in one sum what is beyond them.

use milepost_model::Minute;
use milepost_slo::{Cause, ErrorBudget, Explanation, Fraction, Maintenance, Range};
use serde::Serialize;
use std::cmp::Reverse;
use utoipa::ToSchema;

/// A part of what was spent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SloBudgetPart)]
pub(super) struct PartBody {
    /// `time`, `operation`, `error-type`, `cause` (both together) or `maintenance`.
    by: &'static str,
    /// `told`; `untold` where nothing says more of it; `no-data` where there were no events, and should have been; `rest` of what is beyond the parts.
    kind: &'static str,
    /// Of a stretch of time: its beginning.
    from: Option<String>,
    /// Its end.
    to: Option<String>,
    operation: Option<String>,
    /// The error type; without one the status.
    error_type: Option<String>,
    /// The maintenance that takes it out.
    maintenance: Option<String>,
    /// Bad units; below 0 where a maintenance takes more good than bad out of a slice.
    bad: i64,
    /// The share of a whole window's error budget that they are.
    budget_spent: Option<f64>,
    /// How many parts it is the sum of.
    summed: usize,
}

/// Most parts that are told by each: more are no explanation.
const MOST_PARTS: usize = 100;

const TOLD: &str = "told";
const UNTOLD: &str = "untold";

pub(super) fn of(found: &Explanation, maintenances: &[&Maintenance], budget: ErrorBudget) -> Vec<PartBody> {
    let mut parts = Parts { all: Vec::new(), budget };
    let (mut ranges, rest) = largest(found.ranges.iter().collect(), |range| range.spent);
    ranges.sort_by_key(|range| range.period.start);
    ranges.into_iter().for_each(|range| parts.add_range(range));
    parts.add_rest("time", rest);
    for (by, all) in [("operation", found.by_operation()), ("error-type", found.by_error_type())] {
        let (all, rest) = largest(all, |(_, spent)| *spent);
        for (name, spent) in all {
            let part = parts.add((by, if name.is_some() { TOLD } else { UNTOLD }), spent.into());
            let place = if by == "operation" { &mut part.operation } else { &mut part.error_type };
            *place = name.map(str::to_owned);
        }
        parts.add_rest(by, rest);
    }
    let (causes, rest) = largest(found.causes.iter().collect(), |(_, spent)| *spent);
    causes.into_iter().for_each(|(cause, spent)| parts.add_cause(cause, *spent));
    parts.add_rest("cause", rest);
    let mut taken: Vec<(&Maintenance, i128)> =
        maintenances.iter().copied().zip(found.corrected.iter().copied()).filter(|(_, bad)| *bad != 0).collect();
    taken.sort_by_key(|(_, bad)| Reverse(bad.unsigned_abs()));
    let rest = taken.split_off(taken.len().min(MOST_PARTS));
    for (maintenance, bad) in taken {
        parts.add(("maintenance", TOLD), bad).maintenance = Some(maintenance.name.to_string());
    }
    parts.add_rest("maintenance", (rest.len(), rest.iter().map(|(_, bad)| bad).sum()));
    parts.all
}

struct Parts {
    all: Vec<PartBody>,
    budget: ErrorBudget,
}

impl Parts {
    fn add(&mut self, (by, kind): (&'static str, &'static str), bad: i128) -> &mut PartBody {
        let share = u64::try_from(bad.unsigned_abs()).ok().and_then(|bad| self.budget.share_of(bad));
        let share = share.map(Fraction::to_f64);
        self.all.push(PartBody {
            by,
            kind,
            from: None,
            to: None,
            operation: None,
            error_type: None,
            maintenance: None,
            bad: i64::try_from(bad).unwrap_or(i64::MAX),
            budget_spent: if bad < 0 { share.map(|share| -share) } else { share },
            summed: 1,
        });
        self.all.last_mut().expect("one was added")
    }

    fn add_range(&mut self, range: &Range) {
        let part = self.add(("time", TOLD), range.spent.into());
        let text = |minute: Minute| Some(minute.start().to_string());
        (part.from, part.to) = (text(range.period.start), text(range.period.end));
    }

    fn add_cause(&mut self, cause: &Cause, spent: u64) {
        let (kind, names) = match cause {
            Cause::Named { operation, error_type } => (TOLD, (operation.clone(), error_type.clone())),
            Cause::Untold => (UNTOLD, (None, None)),
            Cause::NoData => ("no-data", (None, None)),
        };
        let part = self.add(("cause", kind), spent.into());
        (part.operation, part.error_type) = names;
    }

    fn add_rest(&mut self, by: &'static str, (summed, bad): (usize, i128)) {
        if summed > 0 {
            self.add((by, "rest"), bad).summed = summed;
        }
    }
}

/// The largest, and of what is beyond them how many there are and what they sum to.
fn largest<T>(mut all: Vec<T>, spent: impl Fn(&T) -> u64) -> (Vec<T>, (usize, i128)) {
    all.sort_by_key(|part| Reverse(spent(part)));
    let rest = all.split_off(all.len().min(MOST_PARTS));
    let sum = rest.iter().map(|part| i128::from(spent(part))).sum();
    (all, (rest.len(), sum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_slo::{Counts, Period, Total};

    #[test]
    fn what_is_beyond_the_largest_parts_is_told_in_one_sum() {
        let minute = |at| Minute::new(at);
        let many = i64::try_from(MOST_PARTS).unwrap() + 20;
        let ranges: Vec<Range> = (0..many)
            .map(|at| Range {
                period: Period::new(minute(10 * at), minute(10 * at + 1)),
                spent: 1 + u64::from(at == 3),
            })
            .collect();
        let spent = ranges.iter().map(|range| range.spent).sum();
        let found = Explanation {
            recorded: spent,
            spent,
            causes: vec![(Cause::Untold, spent - 1), (Cause::NoData, 1)],
            ranges,
            corrected: Vec::new(),
        };
        let counts = Counts { valid: 10 * spent, good: 9 * spent };
        let budget = ErrorBudget { target: "90%".parse().unwrap(), counts, total: Total::counted(counts.valid) };
        let parts = of(&found, &[], budget);
        let by = |by: &str| parts.iter().filter(|part| part.by == by).collect::<Vec<_>>();
        let sum = |parts: &[&PartBody]| parts.iter().map(|part| part.bad).sum::<i64>();
        for name in ["time", "operation", "error-type", "cause"] {
            assert_eq!(u64::try_from(sum(&by(name))), Ok(spent), "{name}");
        }
        let times = by("time");
        assert_eq!((times.len(), times.last().map(|part| (part.kind, part.summed))), (101, Some(("rest", 20))));
        let share: f64 = times.iter().filter_map(|part| part.budget_spent).sum();
        assert!((share - 1.0).abs() < 1e-9, "{share}");
        assert_eq!(by("operation").iter().map(|part| part.kind).collect::<Vec<_>>(), ["untold"]);
        assert_eq!(by("cause").iter().map(|part| part.kind).collect::<Vec<_>>(), ["untold", "no-data"]);
    }
}
