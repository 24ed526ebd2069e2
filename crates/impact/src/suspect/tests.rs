//! Tests of the module that this file belongs to: time against reach, and that the order of what comes in does not matter.

use super::*;
use milepost_model::{DurationNs, Name, Operation, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn names(all: &[&str]) -> BTreeSet<Name> {
    all.iter().map(|text| name(text)).collect()
}

fn operation(text: &str) -> Operation {
    text.parse().unwrap()
}

/// Send and read use the store, send the outbox; settings a service of its own.
fn reach() -> Reach {
    let mut reach = Reach::default();
    for (of, step) in [
        ("store a.Store/Put", "send"),
        ("store a.Store/Get", "read"),
        ("outbox a.Outbox/Enqueue", "send"),
        ("settings GET /settings", "settings"),
    ] {
        reach.add(&operation(of), &name(step));
    }
    reach
}

fn change(id: &str, minutes_before: i64, services: &[&str]) -> Change {
    let services = services.iter().map(|text| name(text)).collect();
    let at = Timestamp::from_seconds(100_000 - minutes_before * 60);
    let (id, title) = (id.to_owned(), String::new());
    Change { id, at, end: None, kind: ChangeKind::Deploy, title, services, operations: Vec::new() }
}

fn ranked(changes: &[Change], hit: &[&str]) -> Vec<String> {
    let suspects = rank_changes(changes, &reach(), &names(hit), Timestamp::from_seconds(100_000));
    suspects.iter().map(|suspect| suspect.change.id.clone()).collect()
}

#[test]
fn a_change_of_what_only_the_hit_step_uses_is_more_suspect_than_one_of_what_others_use_too() {
    let changes =
        [change("store", 10, &["store"]), change("outbox", 10, &["outbox"]), change("settings", 1, &["settings"])];
    assert_eq!(ranked(&changes, &["send"]), ["outbox", "store"]);
    assert_eq!(ranked(&changes, &["send", "read"]), ["store", "outbox"]);
}

#[test]
fn time_halves_suspicion_every_thirty_minutes_and_nothing_later_or_a_day_ago_is_suspect() {
    let suspects = [change("now", 0, &["outbox"]), change("hour", 60, &["outbox"])];
    let hit = names(&["send"]);
    let scores: Vec<u64> =
        rank_changes(&suspects, &reach(), &hit, Timestamp::from_seconds(100_000)).iter().map(|s| s.score).collect();
    assert_eq!(scores, [1_000_000_000, 250_000_000]);
    let changes =
        [change("later", -3, &["outbox"]), change("just-after", -2, &["outbox"]), change("old", 1_441, &["outbox"])];
    assert_eq!(ranked(&changes, &["send"]), ["just-after"]);
    // Half the precision weighs as much as half an hour.
    assert_eq!(
        ranked(&[change("store", 0, &["store"]), change("outbox", 40, &["outbox"])], &["send"]),
        ["store", "outbox"]
    );
    assert_eq!(
        ranked(&[change("store", 0, &["store"]), change("outbox", 20, &["outbox"])], &["send"]),
        ["outbox", "store"]
    );
}

#[test]
fn a_change_that_names_no_service_may_have_changed_everything() {
    assert_eq!(ranked(&[change("all", 5, &[]), change("outbox", 5, &["outbox"])], &["send"]), ["outbox", "all"]);
}

#[test]
fn a_change_of_one_operation_is_more_suspect_than_one_of_all_its_service() {
    let put = Change { operations: vec![operation("store a.Store/Put")], ..change("put", 5, &[]) };
    assert_eq!(ranked(&[change("store", 5, &["store"]), put], &["send"]), ["put", "store"]);
}

#[test]
fn what_takes_long_counts_from_its_beginning_until_it_is_over_and_from_its_end_then() {
    let began = Timestamp::from_seconds(100_000);
    let rolled_out = |id: &str, end_before: i64| Change {
        end: Some(Timestamp::from_seconds(100_000 - end_before * 60)),
        ..change(id, 60, &["outbox"])
    };
    let changes = [rolled_out("going", -30), rolled_out("over", 10), rolled_out("just-over", -1)];
    let hit = names(&["send"]);
    let suspects = rank_changes(&changes, &reach(), &hit, began);
    let found: Vec<(&str, u64)> =
        suspects.iter().map(|s| (s.change.id.as_str(), s.before.nanos() / 60_000_000_000)).collect();
    assert_eq!(found, [("just-over", 0), ("over", 10), ("going", 60)]);
}

#[test]
fn what_hands_on_failures_comes_after_where_they_begin() {
    let failing = |text, seen, bad, hands_on| FailingOperation { operation: operation(text), seen, bad, hands_on };
    let all = [
        failing("store a.Store/Put", 100, 50, true),
        failing("outbox a.Outbox/Enqueue", 100, 2, false),
        failing("store a.Store/Get", 100, 100, false),
        failing("settings GET /settings", 100, 0, false),
    ];
    let suspects = rank_operations(&all, &reach(), &names(&["send"]));
    let found: Vec<String> = suspects.iter().map(|suspect| suspect.failing.operation.to_string()).collect();
    assert_eq!(found, ["outbox a.Outbox/Enqueue", "store a.Store/Put"]);
    assert_eq!(suspects[0].share, "2%".parse().unwrap());
}

proptest! {
    #[test]
    fn the_order_of_changes_does_not_matter(
        all in proptest::collection::vec((0i64..2_000, proptest::sample::subsequence(vec!["store", "outbox", "settings"], 0..3)), 0..12),
        by in any::<u64>(),
    ) {
        let changes: Vec<Change> = all.iter().enumerate().map(|(at, (minutes, services))| change(&format!("c{at}"), *minutes, services)).collect();
        let mut shuffled = changes.clone();
        shuffled.sort_by_key(|change| change.id.bytes().fold(by, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)));
        prop_assert_eq!(ranked(&changes, &["send", "read"]), ranked(&shuffled, &["send", "read"]));
        let began = Timestamp::from_seconds(100_000);
        let hit = names(&["send"]);
        for suspect in rank_changes(&changes, &reach(), &hit, began) {
            prop_assert!(suspect.before <= DurationNs::from_seconds(86_400) && suspect.fit.hit > 0);
            prop_assert!(suspect.score <= suspect.fit.score().nanos());
        }
    }
}
