//! PagerDuty: a page triggers and its end resolves one alert of an SLO.

use super::{Burning, json};
use milepost_server::{PagerDuty, Receivers, Secret};
use milepost_testkit::Receiver;
use serde_json::Value;

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn pagerduty(receiver: &Receiver, tells_tickets: bool) -> Receivers {
    let address = receiver.url("/v2/enqueue").parse().unwrap();
    let routing_key = Secret::new(KEY).unwrap();
    Receivers { pagerduty: Some(PagerDuty { address, routing_key, tells_tickets }), ..Receivers::default() }
}

fn events(receiver: &Receiver) -> Vec<Value> {
    receiver.heard().iter().map(|heard| json(&heard.body)).collect()
}

#[test]
fn a_page_triggers_and_its_end_resolves_the_same_alert() {
    let mut burning = Burning::new();
    let receiver = Receiver::start();
    receiver.answers(429, "Retry-After: 3\r\n");
    let server = burning.start(pagerduty(&receiver, false));
    burning.burn(&server);
    burning.world.until("it is told", || !receiver.heard().is_empty());
    let refused = std::time::Instant::now();
    receiver.answers(202, "");
    burning.world.until("it is told again", || receiver.heard().len() == 2);
    assert!(refused.elapsed() >= std::time::Duration::from_millis(2_500), "it waits as long as it is asked to");
    burning.pass(&server, 3);
    burning.world.until("its end is told", || receiver.heard().len() == 3);
    server.stop();
    let events = events(&receiver);
    let dedup_key = "milepost/shop/pay-burns/page";
    for (event, action) in events.iter().zip(["trigger", "trigger", "resolve"]) {
        assert_eq!((&event["event_action"], &event["dedup_key"]), (&action.into(), &dedup_key.into()));
        assert_eq!(event["routing_key"], KEY);
    }
    assert!(receiver.heard().iter().all(|heard| heard.path == "/v2/enqueue"));
    let payload = &events[1]["payload"];
    assert_eq!(payload["summary"], "Pay: the error budget of Payments work burns too fast");
    assert_eq!((&payload["severity"], &payload["source"]), (&"critical".into(), &"milepost".into()));
    assert_eq!((&payload["component"], &payload["group"]), (&"pay".into(), &"shop".into()));
    assert_eq!(payload["custom_details"]["budget"]["target"], "99%");
    assert_eq!(payload["timestamp"], payload["custom_details"]["starts_at"]);
    assert_eq!(events[2].get("payload"), None);
}

#[test]
fn what_cannot_be_read_is_not_tried_again_and_is_said() {
    let mut burning = Burning::new();
    let receiver = Receiver::start();
    receiver.answers(400, "");
    let server = burning.start(pagerduty(&receiver, false));
    burning.burn(&server);
    burning.world.until("it is told", || !receiver.heard().is_empty());
    let origin = receiver.address;
    let error = format!("PagerDuty at http://{origin}: it will not hear of shop/pay-burns: it answered 400");
    burning.world.until("why is said", || server.shared.health.notifying_error() == Some(error.clone()));
    receiver.answers(202, "");
    // Neither again nor its end: the next that is heard is of another burn.
    burning.pass(&server, 5);
    let is_over = || {
        server
            .shared
            .board()
            .standings
            .iter()
            .flatten()
            .all(|of| of.alerts.tiers().iter().all(|t| !t.is_firing() || t.inhibited_by.is_some()))
    };
    burning.world.until("the page is over", is_over);
    burning.burn(&server);
    burning.world.until("the next is told", || receiver.heard().len() == 2);
    let events = events(&receiver);
    assert_eq!(events[1]["event_action"], "trigger");
    assert_ne!(events[0]["payload"]["timestamp"], events[1]["payload"]["timestamp"]);
    burning.world.until("nothing is wrong", || server.shared.health.notifying_error().is_none());
    server.stop();
}

#[test]
fn tickets_are_told_as_warnings_where_they_are_asked_for_and_no_page_tells_them() {
    let ticket =
        super::SLO.replace("pay-burns", "pay-smoulders").replace("    - {page: 2%, long: 2m, short: 1m}\n", "");
    for tells_tickets in [false, true] {
        let mut burning = Burning::with(&ticket);
        let receiver = Receiver::start();
        receiver.answers(202, "");
        let server = burning.start(pagerduty(&receiver, tells_tickets));
        burning.burn(&server);
        let expected = if tells_tickets { 2 } else { 1 };
        burning.world.until("it is told", || receiver.heard().len() == expected);
        let keys = || {
            events(&receiver)
                .iter()
                .map(|of| (of["dedup_key"].clone(), of["payload"]["severity"].clone()))
                .collect::<Vec<_>>()
        };
        let page = ("milepost/shop/pay-burns/page".into(), "critical".into());
        let ticket = ("milepost/shop/pay-smoulders/ticket".into(), "warning".into());
        assert_eq!(keys(), if tells_tickets { vec![page, ticket] } else { vec![page] });
        server.stop();
    }
}
