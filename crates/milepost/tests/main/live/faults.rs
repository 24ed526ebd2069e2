//! The example product with faults switched on and off under its own load: each becomes the incident that the registry implies, and heals.

mod shifted;
mod world;

use super::remember::{Hour, remember};
use crate::run::{Folder, example};
use milepost_impact::incident::{Incident, Route};
use milepost_model::{DurationNs, Timestamp};
use milepost_server::{Clock, Payload};
use serde_json::json;
use std::path::Path;
use world::{World, path, until};

/// How bad it is: 0 is the worst.
fn level(incident: &Incident) -> Option<usize> {
    incident.level().map(|level| level.place)
}

#[test]
fn faults_of_the_example_product_become_the_incidents_that_its_registry_implies_and_heal() {
    let Some(app) = milepost_testkit::example_product() else { return };
    let folder = Folder::new("faults");
    let world = World::begin(&app, &folder.path().join("data"));

    world.fault(&["set", "errors:send-mail:70%", "errors:check-spelling:70%"]);
    world.hit(&["send-mail", "check-spelling"]);
    let known = world.incidents();
    let [sending, spelling] = ["send-mail", "check-spelling"].map(|step| known.of_step(&path(step)).expect("open"));
    let mut open = world.open();
    open.sort();
    assert_eq!(open, [["check-spelling"], ["send-mail"]], "they have nothing in common, and all others are well");
    // The policy: any trouble with sending is major; more than a fifth of an auxiliary step is medium.
    assert_eq!([sending, spelling].map(level), [Some(0), Some(1)]);
    assert_eq!(sending.route, Some(Route::PageSre), "an SLO of it pages");
    let reasons = [world.reason(sending, "send-mail"), world.reason(spelling, "check-spelling")];
    insta::assert_snapshot!("errors", [world.told(sending), world.told(spelling), reasons.join("\n")].join("\n\n"));
    world.heal(&[sending, spelling]);

    world.fault(&["set", "region:us-east:50%"]);
    world.hit(&["login", "send-mail", "open-inbox", "check-spelling", "lookup-addresses"]);
    let known = world.incidents();
    let region = known.of_step(&path("login")).expect("open");
    assert_eq!((level(region), world.open().len()), (Some(0), 1), "one cause is one incident: {:?}", world.open());
    // How many steps it hits, and whether one is slow besides, differs: what is suspected of all of them does not.
    let suspected = region.suspicion.as_ref().map(|of| of.text.as_str());
    assert_eq!(suspected, Some("webmail: RegionUnavailable, where region is us-east"));
    world.heal(&[region]);

    world.learn(&["open-inbox", "lookup-addresses"]);
    // Longer than the latency SLO of each allows, by the service of the one and by the operation of the other.
    world.fault(&["set", "slow:mailbox:600ms", "latency:lookup-addresses:400ms"]);
    world.hit(&["open-inbox", "lookup-addresses"]);
    let is_major = |step| world.incidents().of_step(&path(step)).is_some_and(|of| level(of) == Some(0));
    until("both are major, as all of a core step is", || is_major("open-inbox") && is_major("lookup-addresses"));
    let is_shown = |step| {
        let known = world.incidents();
        let suspicion = known.of_step(&path(step)).and_then(|of| of.suspicion.as_ref());
        suspicion.is_some_and(|of| of.text.contains("itself"))
    };
    until("traces show what takes longer", || is_shown("open-inbox") && is_shown("lookup-addresses"));
    let known = world.incidents();
    let [opening, looking] = ["open-inbox", "lookup-addresses"].map(|step| known.of_step(&path(step)).expect("open"));
    assert_ne!(opening.id, looking.id, "they have nothing in common");
    insta::assert_snapshot!("slow", [world.told(opening), world.told(looking)].join("\n\n"));
    world.heal(&[opening, looking]);
    world.end();
}

/// A fault that no service sees: who knows how many messages there usually are misses them.
#[test]
fn messages_that_are_lost_on_their_way_are_missed_where_it_is_known_how_many_there_are() {
    let Some(app) = milepost_testkit::example_product() else { return };
    let folder = Folder::new("lost");
    let data = folder.path().join("data");
    remember_messages(&data);
    let world = World::begin(&app, &data);
    // More than usual come while time passes, until they are lost.
    let pass = || {
        let before = world.attempts("filter-spam");
        world.pass(100);
        until("messages are filtered", || world.attempts("filter-spam") > before + 15);
    };
    (0..4).for_each(|_| pass());
    assert_eq!(world.open(), Vec::<Vec<String>>::new());

    world.fault(&["set", "lost:receive-mail:100%"]);
    let mut waited = 0;
    while world.incidents().of_step(&path("filter-spam")).is_none() {
        world.pass(50);
        waited += 50;
        assert!(waited <= 600, "nobody misses what has not come for ten minutes");
    }
    let known = world.incidents();
    let missing = known.of_step(&path("filter-spam")).expect("open");
    assert_eq!((level(missing), &missing.route), (Some(1), &Some(Route::PageSre)));
    insta::assert_snapshot!("lost", [world.told(missing), world.reason(missing, "filter-spam")].join("\n\n"));

    world.fault(&["clear", "all"]);
    // The time of the outage leaves the windows.
    world.pass(31 * 60);
    (0..9).for_each(|_| pass());
    world.healed(&[missing]);
    world.end();
}

/// How many messages are filtered in each minute that the server remembers.
const USUAL_A_MINUTE: u64 = 6;
/// As many days as the shortest baseline needs, and a little more.
const HOURS: u64 = 7 * 24 + 2;

/// Fills a data directory with as many messages as there usually are, of each minute up to now.
fn remember_messages(data: &Path) {
    let end = Clock::default().now();
    let begin = end.minus(DurationNs::from_seconds(HOURS * 3_600));
    let hours = (0..HOURS).map(|hour| {
        let begin = begin.plus(DurationNs::from_seconds(hour * 3_600));
        Hour {
            begin,
            payload: Payload::TracesJson,
            body: messages(hour, begin).to_string(),
            events: 60 * USUAL_A_MINUTE,
        }
    });
    remember(&example("mail"), data, begin, hours);
}

/// An hour of spans of the spam filter.
fn messages(hour: u64, from: Timestamp) -> serde_json::Value {
    let all = 60 * USUAL_A_MINUTE;
    let spans = (0..all).map(|at| {
        let start = from.plus(DurationNs::from_millis(at * 3_600_000 / all)).nanos();
        let id = hour * all + at + 1;
        json!({
            "traceId": format!("{id:032x}"), "spanId": format!("{id:016x}"), "name": "process received-mail", "kind": 5,
            "startTimeUnixNano": start.to_string(), "endTimeUnixNano": (start + 90_000_000).to_string(),
            "attributes": [
                {"key": "messaging.system", "value": {"stringValue": "mail"}},
                {"key": "messaging.destination.name", "value": {"stringValue": "received-mail"}},
                {"key": "messaging.operation.type", "value": {"stringValue": "process"}},
            ],
        })
    });
    let spans: Vec<serde_json::Value> = spans.collect();
    let service = json!([{"key": "service.name", "value": {"stringValue": "spam-filter"}}]);
    json!({"resourceSpans": [{"resource": {"attributes": service}, "scopeSpans": [{"spans": spans}]}]})
}
