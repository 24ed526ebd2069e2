//! What attempts that were hit have to do with an operation, of several steps together and in words.

use crate::symptoms::{Explained, How, Longer};
use milepost_model::{DurationNs, Operation};
use std::collections::BTreeMap;

/// An operation that most attempts have to do with, of all steps together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Together(Explained);

/// What stands behind the operation.
const SLOWER: &str = ", which itself takes ";
const SLOWER_TOGETHER: &str = ", which together take ";
const FAILS: &str = ", which fails in ";
const STOPS_AFTER: &str = ", after which ";
const STOPS_IN: &str = ", in which ";

impl Together {
    /// Whether something said before is of this kind.
    pub(super) fn is_told_in(text: &str) -> bool {
        [SLOWER, SLOWER_TOGETHER, FAILS, STOPS_AFTER, STOPS_IN].iter().any(|phrase| text.contains(phrase))
    }

    /// What most of all have to do with.
    pub(super) fn of<'e>(all: impl IntoIterator<Item = &'e Explained>) -> Option<Self> {
        let mut together: BTreeMap<(&Operation, u8), Explained> = BTreeMap::new();
        for one in all {
            match together.get_mut(&(&one.operation, kind(&one.how))) {
                Some(known) => add(known, one),
                None => _ = together.insert((&one.operation, kind(&one.how)), one.clone()),
            }
        }
        // Of equal ones the first.
        let first = together.into_values().rev().max_by_key(|one| one.explained);
        first.map(Self)
    }

    pub(super) fn operation(&self) -> &Operation {
        &self.0.operation
    }

    /// What it has to do with them, in words.
    pub(super) fn text(&self) -> String {
        let Explained { operation, how, all, explained, .. } = &self.0;
        match how {
            How::Slower(longer) => format!("{operation}{SLOWER}{}", how_much(longer)),
            How::SlowerTogether { longer, .. } => {
                let service = &operation.service;
                format!("{operation} and what else {service} does{SLOWER_TOGETHER}{}", how_much(longer))
            }
            How::Fails => format!("{operation}{FAILS}{explained} of {all} failed attempts"),
            How::StopsAfter => format!("{operation}{STOPS_AFTER}{explained} of {all} failed attempts stop"),
            How::StopsIn => format!("{operation}{STOPS_IN}{explained} of {all} failed attempts stop"),
        }
    }
}

/// How much longer something takes, in words.
fn how_much(longer: &[Longer]) -> String {
    let median = |of: fn(&Longer) -> DurationNs| {
        let mut all: Vec<DurationNs> = longer.iter().map(of).collect();
        all.sort_unstable();
        all.get(all.len().saturating_sub(1) / 2).copied().unwrap_or_default()
    };
    let (own, total) = (said(median(|of| of.own)), said(median(|of| of.all)));
    format!("{own} of the {total} that slow attempts take longer")
}

/// What is added up.
fn kind(how: &How) -> u8 {
    match how {
        How::Slower(_) => 0,
        How::Fails => 1,
        How::StopsAfter => 2,
        How::StopsIn => 3,
        How::SlowerTogether { .. } => 4,
    }
}

fn add(known: &mut Explained, more: &Explained) {
    known.all += more.all;
    known.explained += more.explained;
    match (&mut known.how, &more.how) {
        (How::Slower(known), How::Slower(more))
        | (How::SlowerTogether { longer: known, .. }, How::SlowerTogether { longer: more, .. }) => known.extend(more),
        _ => {}
    }
}

/// A time as people say it: in seconds from ten on, in tenths of a millisecond below ten.
fn said(time: DurationNs) -> String {
    const TENTH_OF_A_MILLISECOND: u64 = 100_000;
    let tenths = (time.nanos() + TENTH_OF_A_MILLISECOND / 2) / TENTH_OF_A_MILLISECOND;
    match tenths {
        0..100 => format!("{}.{} ms", tenths / 10, tenths % 10),
        100..100_000 => format!("{} ms", (tenths + 5) / 10),
        _ => format!("{}.{} s", tenths / 10_000, tenths / 1_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(operation: &str, how: How, explained: u64) -> Explained {
        let attempt = "web GET /".parse().unwrap();
        Explained { operation: operation.parse().unwrap(), how, attempt, all: 10, explained }
    }

    fn slower(millis: &[(u64, u64)]) -> How {
        let longer = millis
            .iter()
            .map(|(own, all)| Longer { own: DurationNs::from_millis(*own), all: DurationNs::from_millis(*all) });
        How::Slower(longer.collect())
    }

    #[test]
    fn what_several_steps_have_to_do_with_is_said_of_all_their_attempts() {
        let all = [
            one("bank POST /charge", slower(&[(600, 640), (612, 655)]), 7),
            one("stock POST /take", How::StopsAfter, 9),
            one("bank POST /charge", slower(&[(700, 710)]), 8),
        ];
        let told = |all: &[Explained]| Together::of(all).map(|of| of.text());
        let bank = "bank POST /charge, which itself takes 612 ms of the 655 ms that slow attempts take longer";
        assert_eq!(told(&all).as_deref(), Some(bank));
        let stock = "stock POST /take, after which 9 of 10 failed attempts stop";
        assert_eq!(told(&all[..2]).as_deref(), Some(stock));
        let together = How::SlowerTogether {
            others: vec!["bank POST /refund".parse().unwrap()],
            longer: vec![Longer { own: DurationNs::from_millis(50), all: DurationNs::from_millis(60) }],
        };
        let of_bank = "bank POST /charge and what else bank does, which together take 50 ms of the 60 ms that slow \
                       attempts take longer";
        assert_eq!(told(&[one("bank POST /charge", together, 9)]).as_deref(), Some(of_bank));
        assert!(Together::is_told_in(bank) && Together::is_told_in(of_bank) && Together::is_told_in(stock));
        assert!(!Together::is_told_in("webmail: RegionUnavailable, where region is us-east"));
        assert_eq!(told(&[]), None);
    }

    #[test]
    fn times_are_said_as_exactly_as_they_matter() {
        let told = [0, 49_999, 1_250_000, 9_940_000, 9_960_000, 655_400_000, 9_999_400_000, 12_340_000_000];
        let told = told.map(|nanos| said(DurationNs::from_nanos(nanos)));
        assert_eq!(told, ["0.0 ms", "0.0 ms", "1.3 ms", "9.9 ms", "10 ms", "655 ms", "9999 ms", "12.3 s"]);
    }
}
