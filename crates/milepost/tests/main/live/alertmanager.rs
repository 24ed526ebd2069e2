//! A real Alertmanager is told of a burn once, however often the server is started, and of its end.

use super::process::{Process, free_port, get, now_nanos, otlp_json, post, until};
use crate::run::Folder;
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// An Alertmanager that is killed when it is dropped.
pub(super) struct Alertmanager {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Alertmanager {
    /// Starts one on a port, and waits until it answers; nothing where it is not installed.
    pub(super) fn start(folder: &Folder, port: u16) -> Option<Self> {
        Self::start_with(folder, port, "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    }

    /// The same with a configuration of its own.
    pub(super) fn start_with(folder: &Folder, port: u16, config: &str) -> Option<Self> {
        let program = milepost_testkit::program("prometheus-alertmanager")?;
        let config = folder.write("alertmanager.yml", config.as_bytes());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let child = Command::new(program)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", folder.path().join("alertmanager").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--cluster.listen-address=")
            // What it has told is on disk by the next second, so that it is known after a kill, too.
            .arg("--data.maintenance-interval=1s")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let started = Self { child: child.expect("Alertmanager starts"), address };
        until("Alertmanager answers", || get(address, "/-/ready").is_some_and(|answer| answer.status == 200));
        Some(started)
    }

    /// The burns that it knows and that have not ended, by SLO and urgency, each with since when.
    fn burns(&self) -> Vec<(String, String, String)> {
        let answer = get(self.address, "/api/v2/alerts?active=true").expect("an answer");
        let alerts: Value = serde_json::from_str(&answer.body).expect("JSON");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let alerts = alerts.as_array().expect("alerts").iter();
        let burns = alerts.filter(|alert| alert["labels"]["alertname"] == "ErrorBudgetBurn");
        let mut burns: Vec<_> = burns
            .map(|alert| {
                let labels = &alert["labels"];
                assert_eq!((&labels["product"], &labels["step"]), (&"shop".into(), &"pay".into()));
                (text(&labels["slo"]), text(&labels["severity"]), text(&alert["startsAt"]))
            })
            .collect();
        burns.sort();
        burns
    }

    /// Whether it knows of a burn that has not ended, of whatever.
    pub(super) fn knows_of_a_burn(&self) -> bool {
        get(self.address, "/api/v2/alerts?active=true")
            .is_some_and(|answer| answer.body.contains("\"ErrorBudgetBurn\""))
    }

    pub(super) fn hears_the_watchdog(&self) -> bool {
        get(self.address, "/api/v2/alerts").is_some_and(|answer| answer.body.contains("\"Watchdog\""))
    }
}

/// One step and an SLO of a day, whose page looks at two minutes and one, so that its end can be waited for.
pub(super) const REGISTRY: &str = "apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec: {title: Shop, description: A shop., owner: product-manager, stakeholders: [{name: product-manager, role: product-manager}]}
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: buy}
spec: {title: Buy, description: Someone buys a thing., owner: product-manager, steps: [pay]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {owner: web-team, operations: [POST /pay]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: pay}
spec: {title: Pay, description: Things are paid., start: The user presses Pay., success: A receipt is shown., measure: [web POST /pay]}
---
apiVersion: milepost/v1
kind: SLO
metadata: {name: pay-works}
spec:
  step: pay
  type: availability
  target: 99%
  window: 1d
  alerts:
    - {page: 2%, long: 2m, short: 1m}
    - {ticket: 10%, long: 2h, short: 10m}
";

pub(super) fn send(server: &Process, ids: std::ops::Range<u64>, status: u16) {
    let body = otlp_json("web", ids.map(|id| (id, "POST /pay", status)));
    let answer = post(server.http, "/v1/traces", "application/json", body.as_bytes()).expect("an answer");
    assert_eq!(answer.0, 200, "{}", answer.1);
}

#[test]
fn a_burn_is_one_alert_through_restarts_of_either_side_and_ends_once() {
    let folder = Folder::new("alertmanager");
    let registry = folder.write("registry/shop.yaml", REGISTRY.as_bytes());
    let registry = registry.parent().and_then(Path::to_str).expect("a plain path").to_owned();
    let port = free_port();
    let Some(mut receiver) = Alertmanager::start(&folder, port) else { return };
    let url = format!("http://127.0.0.1:{port}");
    let data = folder.path().join("data");
    let start = || Process::start(&registry, &data, &["--alertmanager", &url]);

    let server = start();
    send(&server, 1..101, 200);
    until("the watchdog is heard", || receiver.hears_the_watchdog());
    assert_eq!(receiver.burns(), []);
    until_early_in_a_minute();
    send(&server, 101..141, 503);
    until("the burn is told", || !receiver.burns().is_empty());
    let burns = receiver.burns();
    assert_eq!(server.metric("milepost_slo_alert_firing", &["slo=\"pay-works\"", "severity=\"page\""]), 1);
    // The ticket burns, too, and is the page's matter while that fires.
    assert_eq!(
        burns.iter().map(|(slo, severity, _)| (&**slo, &**severity)).collect::<Vec<_>>(),
        [("pay-works", "page")]
    );

    // A restart of the server, by whatever: the same alert since the same moment.
    server.kill();
    let server = start();
    until("the server tells again", || server.get("/api/v1/products/shop/slos/pay-works").contains("\"firing\""));
    assert_eq!(receiver.burns(), burns);
    // And one of Alertmanager, which knows it or is told again.
    drop(receiver);
    receiver = Alertmanager::start(&folder, port).expect("it is installed");
    until("it knows the burn", || receiver.burns() == burns);

    // Two minutes later only what is good is in the page's windows.
    let mut next = 1_000;
    until_within_minutes("the page ends", || {
        send(&server, next..next + 20, 200);
        next += 20;
        receiver.burns().iter().all(|(_, severity, _)| severity != "page")
    });
    let slo: Value = serde_json::from_str(&server.get("/api/v1/products/shop/slos/pay-works")).expect("JSON");
    assert_eq!(slo["alerts"][0]["state"], "resolved", "{slo}");
    assert!(server.stop());
}

/// Waits until what is sent now is judged within the minute that it is of: a short window of a minute holds no other.
pub(super) fn until_early_in_a_minute() {
    until("a minute begins", || (2..25).contains(&(now_nanos() / 1_000_000_000 % 60)));
}

/// Waits for what the minutes of windows bring.
pub(super) fn until_within_minutes(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !is_so() {
        assert!(began.elapsed() < std::time::Duration::from_secs(240), "not within four minutes: {what}");
        std::thread::park_timeout(std::time::Duration::from_millis(500));
    }
}
