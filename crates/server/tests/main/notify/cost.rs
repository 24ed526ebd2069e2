//! What incidents cost the business, as receivers hear of it: in the product's words, and as numbers.

use super::json;
use crate::incidents::Time;
use crate::kpis::world_without_alerts;
use milepost_server::{PagerDuty, Receivers, Secret, Server, Webhooks};
use milepost_testkit::Receiver;
use serde_json::{Value, json};

fn worth(each: f64, count: usize) -> Vec<Value> {
    vec![json!({"doubleValue": each}); count]
}

/// Eight minutes in which people pay, and then a stretch in which half of them cannot.
fn fail(time: &mut Time, server: &Server) {
    for _ in 0..8 {
        time.send_worth(server, "POST /pay", &worth(10.0, 12), 200);
        time.pass(server, 60);
    }
    time.send_worth(server, "POST /pay", &worth(10.0, 50), 200);
    time.fail(server, "POST /pay");
}

fn bodies(receiver: &Receiver) -> Vec<Value> {
    receiver.heard().iter().map(|heard| json(&heard.body)).collect()
}

/// What an Alertmanager was told last of the incident.
fn description(receiver: &Receiver) -> Option<String> {
    let last = bodies(receiver).pop()?;
    let of = |alert: &&Value| alert["labels"]["kind"] == "impact";
    let alert = last.as_array()?.iter().find(of)?.clone();
    alert["annotations"]["description"].as_str().map(str::to_owned)
}

#[test]
fn an_alertmanager_hears_what_an_incident_costs_as_that_becomes_known() {
    let mut time = world_without_alerts();
    let receiver = Receiver::start();
    let alertmanagers = vec![receiver.url("").parse().unwrap()];
    let server = time.start_telling(Receivers { alertmanagers, ..Receivers::default() });
    fail(&mut time, &server);
    time.until("the incident is told", || description(&receiver).is_some());
    let told = description(&receiver).unwrap();
    assert!(told.ends_with(". What is lost of orders, Revenue is not known yet"), "{told}");
    time.send_worth(&server, "POST /pay", &worth(10.0, 1), 200);
    time.pass(&server, 180);
    let cost = ". Lost so far: 50 orders of orders, 500 euros of Revenue";
    time.until("what it costs is told", || description(&receiver).is_some_and(|told| told.ends_with(cost)));
    server.stop();
}

#[test]
fn a_webhook_and_pagerduty_hear_what_an_incident_costs() {
    let mut time = world_without_alerts();
    let (hook, pager) = (Receiver::start(), Receiver::start());
    pager.answers(202, "");
    let secret = || Secret::new("a-secret-of-32-characters-of-tests").unwrap();
    let addresses = vec![hook.url("/hook").parse().unwrap()];
    let webhooks = Some(Webhooks { addresses, secret: secret(), allow_private: true });
    let address = pager.url("/v2/enqueue").parse().unwrap();
    let pagerduty = Some(PagerDuty { address, routing_key: secret(), tells_tickets: true });
    let server = time.start_telling(Receivers { webhooks, pagerduty, ..Receivers::default() });
    fail(&mut time, &server);
    time.until("both are told", || !hook.heard().is_empty() && !pager.heard().is_empty());
    let event = bodies(&pager).remove(0);
    let details = &event["payload"]["custom_details"]["incident"];
    assert_eq!(
        (&details["cost"], &details["kpis"]),
        (&json!("What is lost of orders, Revenue is not known yet"), &json!([]))
    );
    // Half an hour later the windows are empty; ten minutes after that it is over.
    time.send_worth(&server, "POST /pay", &worth(10.0, 1), 200);
    time.pass(&server, 180);
    time.pass(&server, 31 * 60);
    for _ in 0..8 {
        time.send_worth(&server, "POST /pay", &worth(10.0, 10), 200);
        time.pass(&server, 90);
    }
    let is_end = |body: &Value| body["status"] == "resolved" && body["labels"]["kind"] == "impact";
    time.until("its end is told", || bodies(&hook).iter().any(is_end));
    let told = bodies(&hook);
    let incident = &told.iter().find(|body| is_end(body)).unwrap()["incident"];
    assert_eq!(incident["cost"], "Lost so far: 50 orders of orders, 500 euros of Revenue");
    let revenue =
        json!({"kpi": "revenue", "title": "Revenue", "unit": "euros", "lost": 500.0, "low": 500.0, "high": 500.0});
    assert_eq!(incident["kpis"][1], revenue);
    server.stop();
}
