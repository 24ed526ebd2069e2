//! Tests of the module that this file belongs to: what is a change of versions, and what is none.

use super::VersionChangeKind::{Again, New, Rollback};
use super::*;
use proptest::prelude::*;

fn seen(version: &str, from_minute: i64, events: u64) -> Sighting {
    let at = |seconds: i64| Timestamp::from_seconds(from_minute * 60 + seconds);
    let service = Name::new("outbox").unwrap();
    Sighting { service, version: version.to_owned(), first: at(0), last: at(59), events }
}

/// What is told of sightings one after the other: version, version before, and how it came.
fn told(all: &[Sighting]) -> Vec<(String, String, VersionChangeKind)> {
    let mut versions = Versions::default();
    let told = all.iter().filter_map(|seen| versions.see(seen));
    told.map(|change| (change.version, change.previous, change.kind)).collect()
}

fn of(version: &str, previous: &str, kind: VersionChangeKind) -> (String, String, VersionChangeKind) {
    (version.to_owned(), previous.to_owned(), kind)
}

#[test]
fn the_first_version_of_a_service_is_no_change_and_the_next_one_is() {
    let all = [seen("1", 0, 50), seen("1", 1, 50), seen("2", 2, 50), seen("2", 3, 50), seen("3", 4, 1)];
    assert_eq!(told(&all), [of("2", "1", New), of("3", "2", New)]);
}

#[test]
fn a_version_that_comes_back_after_a_newer_one_is_a_rollback_and_the_newer_one_again_is_none() {
    let all = [seen("1", 0, 50), seen("2", 20, 50), seen("1", 40, 50), seen("2", 60, 50)];
    assert_eq!(told(&all), [of("2", "1", New), of("1", "2", Rollback), of("2", "1", Again)]);
}

#[test]
fn two_versions_at_once_are_one_change_however_long_they_stay() {
    let both = |minute| [seen("1", minute, 990), seen("2", minute, 10)];
    let all: Vec<Sighting> = [seen("1", 0, 1_000)].into_iter().chain((1..300).flat_map(both)).collect();
    assert_eq!(told(&all), [of("2", "1", New)]);
    let mut versions = Versions::default();
    all.iter().for_each(|seen| _ = versions.see(seen));
    let service = Name::new("outbox").unwrap();
    let present: Vec<&str> =
        versions.present(&service, all[500].last).iter().map(|known| known.version.as_str()).collect();
    assert_eq!(present, ["2", "1"]);
}

#[test]
fn rare_requests_of_a_small_share_are_no_coming_and_going() {
    // One of sixty, an hour apart: the 59 others between two of them are no sign that it has gone.
    let both = |hour: i64| {
        let others = (1..60).map(move |minute| seen("1", hour * 60 + minute, 1));
        std::iter::once(seen("2", hour * 60, 1)).chain(others)
    };
    let all: Vec<Sighting> = [seen("1", 0, 100)].into_iter().chain((1..50).flat_map(both)).collect();
    assert_eq!(told(&all), [of("2", "1", New)]);
}

#[test]
fn a_quiet_night_is_no_change() {
    assert_eq!(told(&[seen("1", 0, 50), seen("1", 600, 50), seen("2", 601, 5), seen("2", 1_300, 5)]).len(), 1);
}

#[test]
fn what_comes_late_of_an_older_version_is_no_change() {
    // Events of before all that is known, and a straggler of the version before.
    let all = [seen("2", 100, 50), seen("1", 90, 50), seen("3", 120, 500), seen("2", 105, 50)];
    assert_eq!(told(&all), [of("3", "2", New)]);
}

#[test]
fn versions_that_every_instance_makes_up_are_told_a_few_times_an_hour_only() {
    let all: Vec<Sighting> = (0..59).map(|minute| seen(&format!("build-{minute}"), minute, 1)).collect();
    assert_eq!(told(&all).len(), MOST_TOLD);
}

#[test]
fn what_was_kept_is_known_again() {
    let mut versions = Versions::default();
    [seen("1", 0, 50), seen("2", 20, 50)].iter().for_each(|seen| _ = versions.see(seen));
    let mut restored = Versions::default();
    versions.known().for_each(|(service, known)| restored.restore(service, known.clone()));
    assert!(restored.known().eq(versions.known()));
    assert_eq!(restored.see(&seen("2", 600, 50)), None);
    assert_eq!(restored.see(&seen("1", 601, 1)).map(|change| change.kind), Some(Rollback));
}

proptest! {
    #[test]
    fn one_version_is_never_a_change_and_the_number_of_changes_is_bounded(
        all in prop::collection::vec((0i64..5_000, 0usize..4, 1u64..100), 0..60)
    ) {
        let mut all = all;
        all.sort_unstable();
        let sightings: Vec<Sighting> = all.iter().map(|(minute, version, events)| seen(&version.to_string(), *minute, *events)).collect();
        let told = told(&sightings);
        let is_one = sightings.windows(2).all(|two| two[0].version == two[1].version);
        prop_assert!(!is_one || told.is_empty());
        for (version, previous, _) in &told {
            prop_assert_ne!(version, previous);
        }
        // Each change is of another version than the sighting before that was told of the same one.
        prop_assert!(told.len() <= sightings.windows(2).filter(|two| two[0].version != two[1].version).count());
    }
}
