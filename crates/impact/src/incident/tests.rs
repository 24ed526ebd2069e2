//! Tests of the module that this file belongs to: one incident for each cause, who is told, what people do, and that state is the sum of its events.

use super::*;
use crate::{Attempts, Lost, LostKpi, Trouble};
use milepost_model::{StepPath, Timestamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const OPERATIONS: [&str; 3] = ["store a.Store/Put", "outbox a.Outbox/Enqueue", "auth POST /login"];

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn path(text: &str) -> StepPath {
    text.parse().unwrap()
}

fn named(place: usize) -> Level {
    Level { place, name: ["major", "medium", "minor", "low"][place].parse().unwrap() }
}

fn place(level: Option<&Level>) -> Option<usize> {
    level.map(|level| level.place)
}

fn hit(step: &str, level: usize, operations: &[usize]) -> StepHit {
    let causes = operations.iter().map(|place| Cause::Operation(OPERATIONS[*place].parse().unwrap()));
    StepHit {
        step: path(step),
        level: named(level),
        trouble: Trouble::Failing,
        reason: String::new(),
        is_supported: true,
        owner: "web-team".to_owned(),
        causes: causes.collect(),
    }
}

fn see(incidents: &mut Incidents, seconds: i64, hits: &[StepHit]) -> Vec<Event> {
    incidents.observe(&Observation { at: at(seconds), hits: hits.to_vec(), ..Observation::default() })
}

/// The open incidents with the steps that are hit in each.
fn open(incidents: &Incidents) -> Vec<(u64, Vec<String>)> {
    let steps = |incident: &Incident| incident.active().map(|(step, _)| step.to_string()).collect();
    incidents.open().map(|incident| (incident.id.0, steps(incident))).collect()
}

fn is(number: u64, steps: &[&str]) -> (u64, Vec<String>) {
    (number, steps.iter().map(|step| (*step).to_owned()).collect())
}

#[test]
fn steps_that_fail_together_are_one_incident_and_others_another() {
    let mut incidents = Incidents::default();
    let hits = [hit("read", 1, &[0]), hit("send", 0, &[0, 1]), hit("login", 2, &[2]), hit("settings", 2, &[])];
    see(&mut incidents, 0, &hits);
    assert_eq!(open(&incidents), [is(1, &["login"]), is(2, &["read", "send"]), is(3, &["settings"])]);
    let levels: Vec<Option<usize>> = incidents.open().map(|of| place(of.level())).collect();
    assert_eq!(levels, [Some(2), Some(0), Some(2)]);
    assert_eq!(see(&mut incidents, 1, &hits), [], "nothing new");
}

#[test]
fn incidents_whose_steps_turn_out_to_share_a_cause_become_the_older_one() {
    let mut incidents = Incidents::default();
    see(&mut incidents, 0, &[hit("read", 1, &[0])]);
    see(&mut incidents, 10, &[hit("read", 1, &[0]), hit("send", 0, &[1])]);
    assert_eq!(open(&incidents), [is(1, &["read"]), is(2, &["send"])]);
    see(&mut incidents, 20, &[hit("read", 1, &[0]), hit("send", 0, &[0, 1])]);
    assert_eq!(open(&incidents), [is(1, &["read", "send"])]);
    let merged = incidents.get(IncidentId(2)).unwrap();
    assert_eq!(merged.phase, Phase::Closed { at: at(20), how: Resolution::Merged { into: IncidentId(1) } });
    assert_eq!(incidents.get(IncidentId(1)).unwrap().steps[&path("send")].since, at(10), "since it was hit");
}

#[test]
fn steps_part_when_they_have_shared_no_cause_for_five_minutes() {
    let mut incidents = Incidents::default();
    see(&mut incidents, 0, &[hit("read", 1, &[0]), hit("send", 0, &[0])]);
    let apart = [hit("read", 1, &[0]), hit("send", 0, &[1])];
    see(&mut incidents, 10, &apart);
    see(&mut incidents, 309, &apart);
    assert_eq!(open(&incidents), [is(1, &["read", "send"])]);
    // For a moment nothing is known of why it fails: it stays where it was, and does not wait anew for good.
    see(&mut incidents, 310, &apart);
    assert_eq!(open(&incidents), [is(1, &["read"]), is(2, &["send"])]);
    // Together once more: the older one has both.
    see(&mut incidents, 400, &[hit("read", 1, &[0, 1]), hit("send", 0, &[1])]);
    assert_eq!(open(&incidents), [is(1, &["read", "send"])]);
}

#[test]
fn a_step_that_parts_may_go_to_an_incident_that_is_there_and_does_not_tie_the_two_together() {
    let mut incidents = Incidents::default();
    see(&mut incidents, 0, &[hit("read", 1, &[0]), hit("send", 0, &[0])]);
    let seen = [hit("read", 1, &[0]), hit("send", 0, &[2]), hit("login", 2, &[2])];
    see(
        &mut incidents,
        10,
        &seen[..1].iter().chain(&seen[2..]).cloned().chain([hit("send", 0, &[0])]).collect::<Vec<_>>(),
    );
    assert_eq!(open(&incidents), [is(1, &["read", "send"]), is(2, &["login"])]);
    see(&mut incidents, 20, &seen);
    assert_eq!(open(&incidents), [is(1, &["read", "send"]), is(2, &["login"])]);
    see(&mut incidents, 320, &seen);
    assert_eq!(open(&incidents), [is(1, &["read"]), is(2, &["login", "send"])]);
}

#[test]
fn what_nothing_is_known_of_stays_where_it_is() {
    let mut incidents = Incidents::default();
    see(&mut incidents, 0, &[hit("read", 1, &[0]), hit("send", 0, &[0])]);
    for seconds in [10, 400, 900] {
        see(&mut incidents, seconds, &[hit("read", 1, &[]), hit("send", 0, &[])]);
        assert_eq!(open(&incidents), [is(1, &["read", "send"])]);
    }
}

#[test]
fn it_closes_by_itself_and_what_fails_again_later_is_another() {
    let mut incidents = Incidents::default();
    see(&mut incidents, 0, &[hit("read", 1, &[0]), hit("send", 0, &[0])]);
    see(&mut incidents, 10, &[hit("read", 1, &[0])]);
    assert_eq!(
        incidents.open().next().map(|incident| (place(incident.level()), place(incident.worst_level()))),
        Some((Some(1), Some(0)))
    );
    let told = see(&mut incidents, 20, &[]);
    assert_eq!(told.last().map(|event| &event.what), Some(&What::Closed(Resolution::Healed)));
    see(&mut incidents, 30, &[hit("read", 1, &[0])]);
    assert_eq!(open(&incidents), [is(2, &["read"])]);
}

#[test]
fn lost_telemetry_is_one_incident_of_the_platform_team() {
    let mut incidents = Incidents::default();
    let mut silent = |seconds, sources: &[&str]| {
        let silent = sources.iter().map(|source| (*source).to_owned()).collect();
        let hits = vec![hit("read", 1, &[0])];
        incidents.observe(&Observation { at: at(seconds), hits, silent, ..Observation::default() });
        let of_telemetry = incidents.all().find(|incident| incident.kind == IncidentKind::TelemetryLost);
        of_telemetry.map(|incident| (incident.silent.len(), incident.route.clone(), incident.is_closed()))
    };
    assert_eq!(silent(0, &[]), None);
    assert_eq!(silent(1, &["web"]), Some((1, Some(Route::Platform), false)));
    assert_eq!(silent(2, &["web", "store"]), Some((2, Some(Route::Platform), false)));
    assert_eq!(silent(3, &[]), Some((0, Some(Route::Platform), true)));
}

#[test]
fn supported_steps_page_sre_and_others_go_to_the_queue_of_whose_service_is_suspected() {
    let mut incidents = Incidents::default();
    let unsupported = StepHit { is_supported: false, ..hit("settings", 2, &[0]) };
    see(&mut incidents, 0, std::slice::from_ref(&unsupported));
    let route = |incidents: &Incidents| incidents.get(IncidentId(1)).unwrap().route.clone().unwrap();
    assert_eq!(route(&incidents), Route::Queue { team: "web-team".to_owned() });
    let owner = Some("store-team".to_owned());
    let suspicion = Suspicion { text: "store".to_owned(), service: None, owner };
    assert_eq!(incidents.suspect(IncidentId(1), at(1), suspicion.clone()).len(), 2);
    assert_eq!(incidents.suspect(IncidentId(1), at(2), suspicion), []);
    assert_eq!(route(&incidents), Route::Queue { team: "store-team".to_owned() });
    see(&mut incidents, 3, &[unsupported.clone(), hit("read", 1, &[0])]);
    assert_eq!(route(&incidents), Route::PageSre);
    see(&mut incidents, 4, &[unsupported]);
    assert_eq!(route(&incidents), Route::PageSre, "who has been paged stays");
}

#[test]
fn what_people_do_is_told_with_who_did_it() {
    let mut incidents = Incidents::default();
    let hits = [hit("read", 1, &[0])];
    see(&mut incidents, 0, &hits);
    let id = IncidentId(1);
    let mut run = |command| incidents.command(id, ("mia", at(5)), command, 3).map(|told| told[0].clone());
    let by = Author::Person("mia".to_owned());
    let told = run(Command::Acknowledge).unwrap();
    assert_eq!((told.by, told.what), (by.clone(), What::Acknowledged));
    let reason = || "the launch".to_owned();
    assert_eq!(
        run(Command::Override { level: Some(named(3)), reason: reason() }),
        Err(CommandError::NoLevel { levels: 3 })
    );
    assert_eq!(run(Command::RemoveOverride), Err(CommandError::NoOverride(id)));
    run(Command::Override { level: Some(named(0)), reason: reason() }).unwrap();
    assert_eq!(run(Command::Note { text: " ".to_owned() }), Err(CommandError::Empty));
    assert_eq!(run(Command::Note { text: "x".repeat(MOST_TEXT_BYTES + 1) }), Err(CommandError::TooLong));
    let incident = incidents.get(id).unwrap();
    assert_eq!([incident.level(), incident.computed_level()].map(place), [Some(0), Some(1)], "both are kept");
    assert_eq!(incident.acknowledged, Some((by, at(5))));
    incidents.command(id, ("mia", at(6)), Command::RemoveOverride, 3).unwrap();
    assert_eq!(place(incidents.get(id).unwrap().level()), Some(1));
    let unknown = IncidentId(9);
    let error = incidents.command(unknown, ("mia", at(6)), Command::Acknowledge, 3);
    assert_eq!(error, Err(CommandError::Unknown(unknown)));
}

#[test]
fn what_a_person_has_resolved_opens_no_other_until_it_has_healed() {
    let mut incidents = Incidents::default();
    let hits = [hit("read", 1, &[0])];
    see(&mut incidents, 0, &hits);
    let id = IncidentId(1);
    incidents.command(id, ("mia", at(1)), Command::Resolve { reason: "a test".to_owned() }, 3).unwrap();
    assert_eq!(see(&mut incidents, 2, &hits), []);
    assert_eq!(incidents.command(id, ("mia", at(3)), Command::Acknowledge, 3), Err(CommandError::Over(id)));
    incidents.command(id, ("mia", at(3)), Command::Note { text: "seen".to_owned() }, 3).unwrap();
    // Another step with the same cause is news.
    see(&mut incidents, 4, &[hits[0].clone(), hit("send", 0, &[0])]);
    assert_eq!(open(&incidents), [is(1, &["read"]), is(2, &["send"])]);
    see(&mut incidents, 5, &[]);
    assert_eq!(open(&incidents), []);
}

#[test]
fn losses_are_told_as_they_grow_every_five_minutes_and_when_a_step_heals_and_stand_in_the_timeline_once() {
    let mut incidents = Incidents::default();
    let (mut told, mut told_kpis) = (Vec::new(), Vec::new());
    for seconds in 0..=1_500 {
        // Some more each second, until few do.
        let gross = Attempts::whole(seconds.min(700) + seconds / 100);
        let lost = Lost { gross, net: gross, low: gross, high: gross };
        let hits = if seconds < 1_500 { vec![hit("read", 1, &[0]), hit("o/read", 1, &[0])] } else { vec![] };
        let lost = BTreeMap::from([(path("read"), lost), (path("o/read"), lost)]);
        let micros = i128::from(seconds.min(700)) * 7;
        let messages = LostKpi { lost_micros: micros, low_micros: micros / 2, high_micros: Some(2 * micros) };
        let kpis = BTreeMap::from([(path("read"), BTreeMap::from([("messages".parse().unwrap(), messages)]))]);
        let seen = Observation { at: at(seconds as i64), hits, lost, kpis, ..Observation::default() };
        let events = incidents.observe(&seen);
        let is_of_read = |of: &StepPath| *of == path("read");
        told.extend(
            events.iter().any(|of| matches!(&of.what, What::Lost { step, .. } if is_of_read(step))).then_some(seconds),
        );
        told_kpis.extend(events.iter().any(|of| matches!(of.what, What::KpiLost { .. })).then_some(seconds));
    }
    // Each minute, then when a tenth is reached, then after five minutes.
    assert_eq!(told, [1, 61, 121, 181, 241, 301, 361, 421, 481, 541, 601, 662, 962, 1_262, 1_500]);
    assert_eq!(told_kpis, [1, 61, 121, 181, 241, 301, 361, 421, 481, 541, 601, 662, 962]);
    let incident = incidents.get(IncidentId(1)).unwrap();
    let kpis: Vec<_> = incident.kpis().into_values().collect();
    assert_eq!(kpis, [LostKpi { lost_micros: 4_900, low_micros: 2_450, high_micros: Some(9_800) }]);
    assert_eq!(incident.timeline.iter().filter(|event| matches!(event.what, What::KpiLost { .. })).count(), 1);
    assert_eq!(incident.lost().unwrap().gross, Attempts::whole(715), "a use is not counted beside its step");
    assert_eq!(incident.timeline.iter().filter(|event| matches!(event.what, What::Lost { .. })).count(), 2);
    assert_eq!(incident.objectives().len(), 1);
}

#[test]
fn alerts_and_changes_are_entries_and_no_incidents() {
    let mut incidents = Incidents::default();
    assert_eq!(incidents.alert(&path("read"), at(0), "read-works", true), []);
    see(&mut incidents, 1, &[hit("read", 1, &[0])]);
    assert_eq!(incidents.alert(&path("read"), at(2), "read-works", true).len(), 1);
    let change = crate::suspect::Change {
        id: "7".to_owned(),
        at: at(0),
        end: None,
        kind: crate::suspect::ChangeKind::Flag,
        title: "new store".to_owned(),
        services: Vec::new(),
        operations: Vec::new(),
    };
    assert_eq!(incidents.changed(IncidentId(1), at(3), &change).len(), 1);
    assert_eq!(incidents.changed(IncidentId(1), at(4), &change), []);
    assert_eq!(open(&incidents), [is(1, &["read"])]);
}

#[test]
fn a_step_that_had_healed_in_the_one_goes_on_in_it_when_incidents_merge() {
    let mut incidents = Incidents::default();
    see(&mut incidents, 1, &[hit("d", 0, &[0])]);
    see(&mut incidents, 2, &[hit("b", 0, &[0]), hit("c", 0, &[1]), hit("d", 0, &[])]);
    see(&mut incidents, 3, &[hit("c", 0, &[2]), hit("d", 0, &[])]);
    see(&mut incidents, 4, &[hit("b", 0, &[1]), hit("c", 0, &[]), hit("d", 0, &[2])]);
    see(&mut incidents, 5, &[hit("b", 0, &[2]), hit("c", 0, &[0]), hit("d", 0, &[])]);
    let active: Vec<&StepPath> = incidents.open().flat_map(Incident::active).map(|(step, _)| step).collect();
    assert_eq!(active, [&path("b"), &path("c"), &path("d")]);
}

#[test]
fn what_is_kept_is_bounded() {
    let mut incidents = Incidents::default();
    for round in 0..MOST_CLOSED as i64 + 50 {
        see(&mut incidents, 2 * round, &[hit("read", 1, &[0])]);
        see(&mut incidents, 2 * round + 1, &[]);
    }
    assert_eq!(incidents.all().count(), MOST_CLOSED);
    see(&mut incidents, 10_000, &[hit("read", 1, &[0])]);
    let id = incidents.open().next().unwrap().id;
    let note = || Command::Note { text: "x".to_owned() };
    let refused = (0..=MOST_TIMELINE).find_map(|_| incidents.command(id, ("mia", at(10_001)), note(), 3).err());
    assert_eq!(refused, Some(CommandError::Full(id)));
    assert_eq!(incidents.get(id).unwrap().timeline.len(), MOST_TIMELINE);
    // What ends it can always be said, and takes the place of something older.
    incidents.command(id, ("mia", at(10_002)), Command::Resolve { reason: "x".to_owned() }, 3).unwrap();
    let incident = incidents.get(id).unwrap();
    assert_eq!((incident.timeline.len(), incident.left_out > 0), (MOST_TIMELINE, true));
}

/// A round: seconds since the one before, of four steps a level and what each fails by, as bits, and whether a source is silent.
type Round = (i64, [Option<(usize, u8)>; 4], bool);

fn rounds() -> impl Strategy<Value = Vec<Round>> {
    let step = proptest::option::of((0usize..3, 0u8..8));
    let round = (1i64..400, [step.clone(), step.clone(), step.clone(), step], proptest::bool::weighted(0.1));
    proptest::collection::vec(round, 1..30)
}

proptest! {
    /// Whatever is measured: the events make the same state again, each hit step is in exactly one open incident, nothing that has healed is, and the order of hits
    /// does not matter.
    #[test]
    fn state_is_the_sum_of_events_and_every_hit_step_has_one_incident(rounds in rounds()) {
        let (mut incidents, mut replayed, mut reversed) = (Incidents::default(), Incidents::default(), Incidents::default());
        let mut now = 0;
        for (seconds, steps, is_silent) in rounds {
            now += seconds;
            let steps = ["a", "b", "o/c", "d"].iter().zip(steps);
            let hits: Vec<StepHit> = steps.filter_map(|(step, hit_by)| {
                let (level, bits) = hit_by?;
                let operations: Vec<usize> = (0..3).filter(|place| bits & 1 << place != 0).collect();
                Some(hit(step, level, &operations))
            }).collect();
            let silent: BTreeSet<String> = is_silent.then(|| "web".to_owned()).into_iter().collect();
            let mut seen = Observation { at: at(now), hits, silent, ..Observation::default() };
            let told = incidents.observe(&seen);
            told.iter().for_each(|event| replayed.apply(event));
            prop_assert_eq!(replayed.all().collect::<Vec<_>>(), incidents.all().collect::<Vec<_>>());
            seen.hits.reverse();
            prop_assert_eq!(reversed.observe(&seen), told);
            prop_assert_eq!(incidents.observe(&seen), [], "told twice, it is no news");
            for hit in &seen.hits {
                let of = incidents.open().flat_map(Incident::active).filter(|(step, _)| **step == hit.step);
                prop_assert_eq!(of.map(|(_, step)| step.level.clone()).collect::<Vec<_>>(), [hit.level.clone()]);
            }
            let active = incidents.open().flat_map(Incident::active).count();
            prop_assert_eq!(active, seen.hits.len());
            prop_assert_eq!(incidents.open().filter(|incident| incident.kind == IncidentKind::TelemetryLost).count(), usize::from(is_silent));
        }
    }
}
