//! Webhooks: signed, in order, once more when they were not taken, and only where they may be.

use super::{Burning, json};
use milepost_model::{DurationNs, Minute};
use milepost_server::{Clock, Receivers, Secret, Webhooks};
use milepost_testkit::{Heard, Receiver};
use ring::hmac;

const SECRET: &str = "a-secret-of-32-characters-of-tests";

fn webhook(url: &str, allow_private: bool) -> Receivers {
    let secret = Secret::new(SECRET).unwrap();
    let webhooks = Webhooks { addresses: vec![url.parse().unwrap()], secret, allow_private };
    let external_url = Some("https://milepost.example.com/".parse().unwrap());
    Receivers { webhooks: Some(webhooks), external_url, ..Receivers::default() }
}

/// Checks a signature as the page about the server says it.
fn is_genuine(heard: &Heard) -> bool {
    let header = &heard.headers["x-milepost-signature"];
    let (seconds, hex) = header.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let tag: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    hmac::verify(&key, format!("{seconds}.{}", heard.body).as_bytes(), &tag).is_ok()
}

/// Status, severity and name of each request, and how it was answered.
fn news(receiver: &Receiver) -> Vec<(String, String, String, u16)> {
    let heard = receiver.heard();
    assert!(heard.iter().all(is_genuine));
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let news = heard.iter().map(|heard| {
        let body = json(&heard.body);
        assert_eq!(heard.headers["x-milepost-delivery"], text(&body["id"]));
        (text(&body["status"]), text(&body["severity"]), text(&body["id"]), heard.status)
    });
    news.collect()
}

#[test]
fn a_burn_and_its_end_are_told_once_and_again_until_they_are_taken_through_restarts() {
    let mut burning = Burning::new();
    let receiver = Receiver::start();
    let url = receiver.url("/hook/secret/?a=b");
    let server = burning.start(webhook(&url, true));
    receiver.answers(500, "");
    burning.burn(&server);
    burning.world.until("it is told", || !receiver.heard().is_empty());
    let error = format!("webhook of http://{}: it answered 500", receiver.address);
    burning.world.until("why is said", || server.shared.health.notifying_error() == Some(error.clone()));
    server.stop();
    receiver.answers(200, "");
    let server = burning.start(webhook(&url, true));
    burning.world.until("it is taken", || news(&receiver).iter().any(|news| news.3 == 200));
    burning.world.until("nothing is wrong", || server.shared.health.notifying_error().is_none());
    let before = news(&receiver);
    // One page, however often it is tried; the ticket burns too, and is the page's matter.
    assert!(before.iter().all(|news| (&*news.0, &*news.1, &news.2) == ("firing", "page", &before[0].2)), "{before:?}");
    server.stop();

    let server = burning.start(webhook(&url, true));
    burning.pass(&server, 3);
    burning.world.until("its end is told", || news(&receiver).iter().any(|news| news.0 == "resolved"));
    let all = news(&receiver);
    assert_eq!(all.iter().filter(|news| news.1 == "page").count(), before.len() + 1, "{all:?}");
    server.stop();
    let server = burning.start(webhook(&url, true));
    // The ticket, which was the page's matter, ends or is told; the page is over and stays it.
    burning.pass(&server, 30);
    burning.world.until("it ends", || {
        let all = news(&receiver);
        let tickets = |status| all.iter().filter(|news| news.1 == "ticket" && news.0 == status).count();
        tickets("firing") == tickets("resolved")
    });
    let pages = news(&receiver).into_iter().filter(|news| news.1 == "page" && news.3 == 200);
    assert_eq!(pages.map(|news| news.0).collect::<Vec<_>>(), ["firing", "resolved"]);
    assert!(receiver.heard().iter().all(|heard| heard.path == "/hook/secret/?a=b"));
    server.stop();
}

#[test]
fn what_is_told_has_labels_budget_burn_rates_and_links() {
    let mut burning = Burning::new();
    let receiver = Receiver::start();
    let server = burning.start(webhook(&receiver.url(""), true));
    burning.burn(&server);
    burning.world.until("it is told", || !receiver.heard().is_empty());
    let heard = receiver.heard().remove(0);
    assert_eq!((&*heard.path, &*heard.headers["content-type"]), ("/", "application/json"));
    let mut body = json(&heard.body);
    let starts_at = body["starts_at"].take();
    assert!(starts_at.as_str().unwrap().ends_with('Z'), "{starts_at}");
    body["id"].take();
    for rate in ["long", "short"] {
        assert!(body["burn_rates"][0][rate]["burn_rate"].take().as_f64().unwrap() > 10.0);
    }
    assert!(body["budget"]["spent"].take().as_f64().unwrap() > 0.02);
    let labels = serde_json::json!({
        "alertname": "ErrorBudgetBurn", "product": "shop", "objective": "buy", "step": "pay", "slo": "pay-burns",
        "severity": "page", "method": "service", "class": "interactive",
    });
    assert_eq!(
        body,
        serde_json::json!({
            "version": 1, "id": null, "status": "firing",
            "summary": "Pay: the error budget of Payments work burns too fast",
            "product": "shop", "objective": "buy", "step": "pay", "slo": "pay-burns", "severity": "page",
            "labels": labels, "starts_at": null, "ends_at": null,
            "budget": {"target": "99%", "window": "1d", "spent": null},
            "burn_rates": [{
                "tier": "page-2m", "share": "2%", "is_firing": true,
                "long": {"window": "2m", "burn_rate": null}, "short": {"window": "1m", "burn_rate": null},
            }],
            "links": {
                "slo": "https://milepost.example.com:443/api/v1/products/shop/slos/pay-burns",
                "step": "https://milepost.example.com:443/api/v1/products/shop/steps/pay",
            },
        })
    );
    server.stop();
}

#[test]
fn private_addresses_are_refused_once_a_name_stands_for_them() {
    let mut burning = Burning::new();
    let receiver = Receiver::start();
    let port = receiver.address.port();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        let server = burning.start(webhook(&format!("http://{host}:{port}/hook"), false));
        burning.burn(&server);
        burning.world.until("it is tried", || server.shared.health.notifying_error().is_some());
        let error = server.shared.health.notifying_error().unwrap();
        let origin = format!("webhook of http://{host}:{port}: its name stands for ");
        assert!(error.starts_with(&origin) && error.contains("--webhook-allow-private"), "{error}");
        server.stop();
    }
    assert_eq!(receiver.heard(), []);
}

#[test]
fn what_was_told_and_is_damaged_is_told_anew_under_the_same_name() {
    let mut burning = Burning::new();
    let receiver = Receiver::start();
    let url = receiver.url("/hook");
    let server = burning.start(webhook(&url, true));
    burning.burn(&server);
    burning.world.until("it is told", || !receiver.heard().is_empty());
    server.stop();
    let told = burning.world.data().join("told");
    let bytes = std::fs::read(&told).unwrap();
    assert_eq!(&bytes[..12], b"milepost\x09\0\x01\0");
    std::fs::write(&told, &bytes[..bytes.len() / 2]).unwrap();
    let server = burning.start(webhook(&url, true));
    burning.world.until("it is told anew", || receiver.heard().len() == 2);
    let news = news(&receiver);
    assert_eq!(news[0], news[1]);
    server.stop();
}

#[test]
fn nothing_is_told_in_a_silent_maintenance_and_what_was_told_ends_with_it() {
    let at = |minutes: i64| {
        let now = Clock::default().now().minute().number();
        Minute::new(now + minutes).start().to_string()
    };
    let maintenance = format!(
        "---
apiVersion: milepost/v1
kind: Maintenance
metadata: {{name: new-disks}}
spec:
  from: {}
  to: {}
  reason: Disks are replaced.
  author: web-team
  approver: product-manager
  recordedOn: 2026-01-02
  errorBudget: counted
",
        at(-10),
        at(60)
    );
    let mut burning = Burning::with(&maintenance);
    let receiver = Receiver::start();
    let server = burning.start(webhook(&receiver.url(""), true));
    burning.burn(&server);
    let board = || server.shared.board();
    let fires = || board().standings.iter().flatten().any(|of| of.alerts.tiers().iter().any(|tier| tier.is_firing()));
    burning.world.until("it burns", fires);
    let since = board().at.unwrap();
    // Rounds pass in which it would be told.
    burning.world.until("seconds pass", || board().at.unwrap().since(since) >= DurationNs::from_seconds(3));
    assert_eq!(receiver.heard(), []);
    // An edit that ends the maintenance lets the news through; another that begins it again ends what was told.
    let told = |count| burning.world.until("it is told", || receiver.heard().len() == count);
    burning.write("");
    told(1);
    burning.write(&maintenance);
    told(2);
    burning.write("");
    told(3);
    let news = news(&receiver);
    assert_eq!(news.iter().map(|news| &*news.0).collect::<Vec<_>>(), ["firing", "resolved", "firing"]);
    assert_ne!(news[0].2, news[2].2, "whoever knows the first by its name must not take the third for it");
    server.stop();
}
