//! Backtests by the API against a replay of what was sent, and the series of SLOs with what maintenance takes out.

use super::client::Client;
use crate::world::{Span, World, body_at, maintenance};
use milepost_model::{Minute, Timestamp};
use milepost_server::{Payload, Server};
use milepost_slo::backtest::{Arrival, Column, History, Past, Replay, Replayed};
use milepost_slo::{Counts, IndicatorIndex, Period, Slo, Subject, Terms, Urgency, Window};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

const HOUR: u64 = 3_600;

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()
}

/// Four hours with two attempts a minute; of the last half hour but one, every other fails.
fn send(world: &World, server: &Server, now: u128) -> BTreeMap<Minute, Counts> {
    let mut minutes: BTreeMap<Minute, Counts> = BTreeMap::new();
    let spans: Vec<Span> = (1..=480)
        .map(|id| {
            let seconds_ago = 30 * id;
            let is_bad = (30 * 60..60 * 60).contains(&seconds_ago) && id % 2 == 0;
            Span { id, route: "POST /pay", status: if is_bad { 500 } else { 200 }, seconds_ago }
        })
        .collect();
    for span in &spans {
        let minute = (now - u128::from(span.seconds_ago) * 1_000_000_000) / 60_000_000_000;
        let counts = minutes.entry(Minute::new(i64::try_from(minute).unwrap())).or_default();
        counts.add(Counts { valid: 1, good: u64::from(span.status == 200) });
    }
    for part in spans.chunks(100) {
        world.send_body(server, Payload::TracesJson, body_at(now, part)).unwrap();
    }
    minutes
}

fn minute(text: &Value) -> Minute {
    text.as_str().unwrap().parse::<Timestamp>().unwrap().minute()
}

/// What the SLO would have done over the time that an answer is about.
fn replayed(sent: &BTreeMap<Minute, Counts>, slo: &Slo, covered: &Value) -> Replayed {
    let indicator = IndicatorIndex(0);
    let arrival = |(at, counts): (&Minute, &Counts)| Arrival { indicator, minute: *at, counts: *counts, received: *at };
    let history = History::new(sent.iter().map(arrival), []);
    let subject = Subject::new(&Terms::of(slo), indicator, history.period().unwrap().start).unwrap();
    let period = Period::new(minute(&covered["from"]), minute(&covered["to"]));
    Replay { history: &history, period, past: Past::None }.run(&[Column::new(subject)]).remove(0)
}

fn assert_is(column: &Value, expected: &Replayed) {
    assert_eq!((&column["valid"], &column["bad"]), (&expected.counts.valid.into(), &expected.counts.bad().into()));
    for (name, urgency) in [("pages", Urgency::Page), ("tickets", Urgency::Ticket)] {
        let load = expected.load(urgency);
        assert_eq!(column[name]["count"], load.count, "{column}");
        assert_eq!(column[name]["minutes"], load.minutes, "{column}");
        assert_eq!(column[name]["median_delay_minutes"], json!(load.median_delay_minutes), "{column}");
    }
    let told: Vec<Minute> = expected.episodes.iter().filter_map(|episode| episode.told).collect();
    let of_column = column["episodes"].as_array().unwrap().iter().map(|episode| minute(&episode["told"]));
    assert_eq!(of_column.collect::<Vec<_>>(), told);
    let spent = expected.end.spent().unwrap().to_f64();
    assert!((column["budget"]["spent_at_end"].as_f64().unwrap() - spent).abs() < 1e-12, "{column}");
    assert_eq!(minute(&column["budget"]["worst_at"]), expected.worst.unwrap().at);
}

#[test]
fn a_backtest_is_a_replay_of_what_was_sent_as_the_slo_is_and_as_it_might_be() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let sent = send(&world, &server, now());
    let path = "/products/shop/slos/pay-works/backtest";
    let slo = server.shared.versions.current().setup.registry.slos[0].clone();

    let body = client.json(&format!("{path}?to=-1m"));
    let [column] = &body["columns"].as_array().unwrap()[..] else { panic!("{body}") };
    let expected = replayed(&sent, &slo, &body["covered"]);
    assert!(expected.told(Urgency::Page).count() > 0);
    assert_is(column, &expected);
    assert_eq!((&column["name"], &column["is_estimate"]), (&json!("now"), &json!(true)));

    // Of half the time; what was before it is gone through all the same.
    let body = client.json(&format!("{path}?from=-2h&to=-1m&target=60%25&window=7d&alerts=page-1h"));
    let [now, changed] = &body["columns"].as_array().unwrap()[..] else { panic!("{body}") };
    assert!(minute(&body["recorded"]["from"]) < minute(&body["covered"]["from"]));
    assert_is(now, &replayed(&sent, &slo, &body["covered"]));
    let mut other = slo.clone();
    (other.target, other.window) = ("60%".parse().unwrap(), Window::Rolling("7d".parse().unwrap()));
    other.alerts.tiers.truncate(1);
    assert_is(changed, &replayed(&sent, &other, &body["covered"]));
    assert_eq!(
        (&changed["target"], &changed["window"], &changed["alerts"]),
        (&json!("60%"), &json!("7d"), &json!(["page-1h"]))
    );
    assert!(changed["pages"]["minutes"].as_u64() < now["pages"]["minutes"].as_u64(), "{changed}");
    drop(client);
    server.stop();

    // The same out of the minute log.
    let server = world.start();
    let client = Client::new(&server);
    let body = client.json(&format!("{path}?to=-1m"));
    assert_is(&body["columns"][0], &replayed(&sent, &slo, &body["covered"]));
    server.stop();
}

#[test]
fn what_cannot_be_gone_through_is_told_with_what_would_be_right() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let path = "/products/shop/slos/pay-works/backtest";
    for (query, wanted) in [
        ("target=101%25", "a target lies strictly between"),
        ("window=soon", "write days such as `28d`"),
        ("window=90s", "in whole minutes"),
        ("alerts=page-9h", "there are page-1h, page-6h, ticket-1d, ticket-3d"),
        ("alerts=page-6h&window=1h", "`page-6h` looks back longer than the window, 1h"),
        ("from=-101d", "`milepost backtest --data` goes through all"),
    ] {
        let (status, code, message) = client.problem(&format!("{path}?{query}"));
        assert_eq!((status, code.as_str()), (400, "bad-parameter"), "{query}");
        assert!(message.contains(wanted), "{query}: {message}");
    }
    let body = client.json(path);
    assert_eq!((&body["columns"], &body["reason"]), (&json!([]), &json!("nothing was counted of it in this time")));
    // A shorter window alone leaves out the tiers that look back longer.
    send(&world, &server, now());
    let body = client.json(&format!("{path}?window=day"));
    assert_eq!(body["columns"][1]["window"], "calendar day (UTC)");
    assert_eq!(body["columns"][1]["alerts"], json!(["page-1h", "page-6h", "ticket-1d"]));
    server.stop();
}

#[test]
fn a_series_says_what_of_it_maintenance_takes_out_and_when_that_was() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let now = now();
    let sent = send(&world, &server, now);
    let version = server.shared.versions.current().number;
    let second =
        |hours_ago: u64| i64::try_from(now / 1_000_000_000).unwrap() - i64::try_from(hours_ago * HOUR).unwrap();
    let disks = maintenance("disks", (second(3), second(2)), "title: New disks");
    let silence = maintenance("silence", (second(2), second(1)), "errorBudget: counted");
    world.write_registry(&format!("{}{disks}{silence}", World::registry_text()));
    world.until("the edit is active", || server.shared.versions.current().number > version);

    let (from, to) = ((second(3) + 59).div_euclid(60), second(2).div_euclid(60));
    let taken = sent.range(Minute::new(from)..Minute::new(to)).map(|(_, counts)| counts.valid).sum::<u64>();
    assert!(taken > 100);
    for resolution in ["minute", "hour", "day"] {
        let body = client.json(&format!("/products/shop/slos/pay-works/series?from=-5h&resolution={resolution}"));
        let sum = |field: &str| {
            body["items"].as_array().unwrap().iter().map(|item| item[field].as_u64().unwrap()).sum::<u64>()
        };
        assert_eq!((sum("valid"), sum("excluded_valid"), sum("excluded_good")), (480, taken, taken), "{body}");
        let stretches = body["maintenances"].as_array().unwrap();
        let told = stretches
            .iter()
            .map(|one| (minute(&one["from"]).number(), one["title"].as_str().unwrap(), &one["error_budget"]));
        let told: Vec<_> = told.collect();
        assert_eq!(told[0], (from, "New disks", &json!("excluded")), "{body}");
        assert_eq!((told.len(), told[1].2), (2, &json!("counted")), "{body}");
    }
    server.stop();
}
