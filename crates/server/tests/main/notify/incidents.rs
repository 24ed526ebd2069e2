//! Incidents as receivers hear of them: once each and their ends, and never beside a page of the same step.

use super::{Burning, json};
use milepost_model::DurationNs;
use milepost_server::{Receivers, Secret, Server, Webhooks};
use milepost_testkit::Receiver;
use serde_json::Value;

fn webhook(receiver: &Receiver) -> Receivers {
    let secret = Secret::new("a-secret-of-32-characters-of-tests").unwrap();
    let addresses = vec![receiver.url("/hook").parse().unwrap()];
    Receivers { webhooks: Some(Webhooks { addresses, secret, allow_private: true }), ..Receivers::default() }
}

/// What was told: an incident or the SLO, whether it goes on, and how urgent it is.
fn told(receiver: &Receiver) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let heard = receiver.heard();
    let bodies = heard.iter().map(|heard| json(&heard.body));
    let told = bodies.map(|body| {
        let incident = body["labels"]["incident"].as_str().map(|number| format!("incident {number}"));
        (incident.unwrap_or_else(|| text(&body["slo"])), text(&body["status"]), text(&body["severity"]))
    });
    told.collect()
}

fn is(what: &str, status: &str, severity: &str) -> (String, String, String) {
    (what.to_owned(), status.to_owned(), severity.to_owned())
}

/// Lets time pass, and waits for a round of severity after that.
fn pass(burning: &Burning, server: &Server, seconds: u64) {
    burning.clock.pass(DurationNs::from_seconds(seconds));
    let now = server.shared.now();
    burning.world.until("severity is judged", || server.shared.severity().at.is_some_and(|at| at > now));
}

#[test]
fn an_incident_and_its_end_are_told_once_through_restarts() {
    let mut burning = Burning::with("");
    let receiver = Receiver::start();
    let server = burning.start(webhook(&receiver));
    // A step without an SLO: nobody has promised to be woken for it.
    let search = |burning: &mut Burning, server: &Server, status| {
        let ids = burning.next..burning.next + 50;
        burning.next += 50;
        let spans: Vec<_> =
            ids.map(|id| crate::world::Span { id, route: "GET /search", status, seconds_ago: 0 }).collect();
        let now = u128::try_from(burning.clock.now().nanos()).unwrap();
        let body = crate::world::body_at(now, &spans);
        burning.world.send_body(server, milepost_server::Payload::TracesJson, body).unwrap();
    };
    search(&mut burning, &server, 503);
    burning.world.until("it is over", || {
        let board = server.shared.severity();
        board.lsn >= server.shared.counts().lsn && board.at.is_some()
    });
    pass(&burning, &server, 31);
    burning.world.until("it is told", || !told(&receiver).is_empty());
    assert_eq!(told(&receiver), [is("incident 1", "firing", "ticket")]);
    let body = json(&receiver.heard()[0].body);
    assert_eq!((&body["incident"]["team"], &body["incident"]["route"]), (&"web-team".into(), &"queue".into()));
    assert_eq!(body["summary"], "Search fails (minor)");
    assert_eq!(body["links"]["incident"], "/api/v1/products/shop/incidents/1");
    server.stop();

    let server = burning.start(webhook(&receiver));
    pass(&burning, &server, 1);
    assert_eq!(told(&receiver).len(), 1);
    server.shared.incidents.of("shop").get(milepost_impact::incident::IncidentId(1)).expect("it is there");
    // Half an hour later the windows are empty; ten minutes after that it is over.
    pass(&burning, &server, 31 * 60);
    for _ in 0..8 {
        search(&mut burning, &server, 200);
        pass(&burning, &server, 90);
    }
    burning.world.until("its end is told", || told(&receiver).contains(&is("incident 1", "resolved", "ticket")));
    assert_eq!(told(&receiver).iter().filter(|news| news.0 == "incident 1").count(), 2, "{:?}", told(&receiver));
    server.stop();
}

#[test]
fn the_page_of_a_burn_that_was_first_tells_of_the_incident() {
    let mut burning = Burning::with("");
    let receiver = Receiver::start();
    let server = burning.start(webhook(&receiver));
    burning.burn(&server);
    burning.world.until("the burn is told", || !told(&receiver).is_empty());
    pass(&burning, &server, 31);
    let incidents = || server.shared.incidents.of("shop");
    burning.world.until("there is an incident", || incidents().open().next().is_some());
    pass(&burning, &server, 1);
    // Whoever is told is told within a second.
    pass(&burning, &server, 1);
    assert!(told(&receiver).iter().all(|news| news.0 == "pay-burns"), "{:?}", told(&receiver));
    server.stop();
}
