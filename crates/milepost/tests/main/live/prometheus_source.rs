//! A real Prometheus is asked for the counts of an OpenSLO document: they are what its counters counted, to the integer, whatever happens to the server.

use super::process::{Process, until};
use super::stored::serving;
use crate::run::{Folder, milepost, told};
use serde_json::Value;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

const REGISTRY: &str = r#"
{apiVersion: milepost/v1, kind: Product, metadata: {name: shop}, spec: {description: A shop., owner: o}}
---
{apiVersion: milepost/v1, kind: Objective, metadata: {name: buy}, spec: {description: Someone buys., steps: [order]}}
---
{apiVersion: milepost/v1, kind: Step, metadata: {name: order}, spec: {description: d, start: s, success: t, measure: [web POST /orders]}}
---
{apiVersion: milepost/v1, kind: Service, metadata: {name: web}, spec: {owner: o}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: orders, annotations: {milepost/step: order, milepost/type: availability}}
spec:
  service: web
  timeWindow: [{duration: 14d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.95}]
  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: burns}
      spec:
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            metadata: {name: burns-fast}
            spec: {severity: page, condition: {kind: burnrate, op: gt, threshold: 2, lookbackWindow: 1h, alertAfter: 5m}}
        notificationTargets: [{targetRef: on-call}]
  indicator:
    metadata: {name: orders}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Prometheus, spec: {query: 'shop_requests_total{code="200"}'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'sum(shop_requests_total)'}}}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: on-call}
spec: {target: webhook}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: queue, annotations: {milepost/step: order}}
spec:
  service: web
  timeWindow: [{duration: 1d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.5, op: lt, value: 7}]
  indicator:
    metadata: {name: queue}
    spec: {thresholdMetric: {metricSource: {type: Prometheus, spec: {query: 'shop_queue'}}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: elsewhere, annotations: {milepost/step: order}}
spec:
  service: web
  timeWindow: [{duration: 1d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.5, op: lt, value: 7}]
  indicator:
    metadata: {name: elsewhere}
    spec: {thresholdMetric: {metricSource: {type: Datadog, spec: {query: 'q'}}}}
"#;

/// Points of the counters: a week, and half an hour to come.
const POINTS: i64 = 7 * 1440 + 30;
/// Pod `a` starts anew with this point.
const RESET: i64 = 4_000;
/// Points that are missing of pod `b`: so few that it goes on, and so many that it begins anew.
const GAPS: [std::ops::Range<i64>; 2] = [6_000..6_020, 7_000..7_200];

/// What happens before a point: of a pod and a status.
fn events(pod: char, code: u16, point: i64) -> i64 {
    match (pod, code) {
        ('a', 200) => 20 + point % 7,
        ('a', _) => 3 * i64::from(point % 50 == 0),
        (_, 200) => 11 + point % 3,
        _ => i64::from(point % 97 == 0),
    }
}

fn is_seen(pod: char, point: i64) -> bool {
    pod == 'a' || GAPS.iter().all(|gap| !gap.contains(&point))
}

/// What is to be counted of all points up to one: valid and good.
fn truth(last: i64) -> (i64, i64) {
    let of = |codes: &[u16]| {
        let all = ['a', 'b'].into_iter().flat_map(|pod| codes.iter().map(move |code| (pod, *code)));
        // What happened while pod `b` was not seen for over an hour is lost; the first point of all has nothing before it.
        let is_lost = |pod: char, point: i64| pod == 'b' && (GAPS[1].start..=GAPS[1].end).contains(&point);
        all.map(|(pod, code)| {
            (1..=last).filter(|point| !is_lost(pod, *point)).map(|point| events(pod, code, point)).sum::<i64>()
        })
        .sum::<i64>()
    };
    (of(&[200, 500]), of(&[200]))
}

/// The counters as promtool reads them.
fn openmetrics(start: i64) -> String {
    let mut text = "# TYPE shop_requests counter\n".to_owned();
    for (pod, code) in [('a', 200), ('a', 500), ('b', 200), ('b', 500)] {
        let mut value = 1_000_000;
        for point in 0..POINTS {
            value = if pod == 'a' && point == RESET { 0 } else { value } + events(pod, code, point);
            if is_seen(pod, point) {
                let at = start + 60 * point;
                writeln!(text, "shop_requests_total{{code=\"{code}\",pod=\"{pod}\"}} {value} {at}").expect("a string");
            }
        }
    }
    text += "# TYPE shop_queue gauge\n";
    for point in 0..POINTS {
        writeln!(text, "shop_queue {} {}", point % 10, start + 60 * point).expect("a string");
    }
    text + "# EOF\n"
}

fn item(server: &Process, slo: &str) -> Value {
    let answer: Value = serde_json::from_str(&server.get(&format!("/api/v1/products/shop/slos/{slo}"))).expect("JSON");
    answer
}

/// The end of the minutes that are imported of an SLO, in seconds, and how many are not.
fn through(server: &Process, slo: &str) -> Option<(i64, i64)> {
    let answer: Value = serde_json::from_str(&server.get("/api/v1/ingest")).expect("JSON");
    let imported = answer["imported"].as_array()?.iter().find(|imported| imported["slo"] == slo)?.clone();
    assert_eq!(imported["error"], Value::Null);
    let end = imported["through"].as_str()?.parse::<milepost_model::Timestamp>().expect("a time");
    Some((end.nanos() / 1_000_000_000, imported["behind_minutes"].as_i64()?))
}

fn start(registry: &Path, data: &Path, prometheus: SocketAddr) -> Process {
    let option = format!("--prometheus=http://{prometheus}");
    Process::start(registry.to_str().expect("a plain path"), data, &[&option])
}

#[test]
fn history_is_what_prometheus_counted_through_kills() {
    let folder = Folder::new("prometheus_source");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs().cast_signed();
    let first = now / 60 * 60 - 7 * 86_400;
    let Some((_prometheus, address)) = serving(&folder, &openmetrics(first)) else { return };
    let (registry, data) = (folder.path().join("registry"), folder.path().join("data"));
    std::fs::create_dir(&registry).expect("a folder");
    std::fs::write(registry.join("shop.yaml"), REGISTRY).expect("a file");

    // Killed in the middle of history, and once more when all of it is there.
    let server = start(&registry, &data, address);
    until("some history is imported", || through(&server, "orders").is_some());
    server.kill();
    for _ in 0..2 {
        let server = start(&registry, &data, address);
        until("all that is settled is counted, and nothing twice", || {
            let Some((end, 0)) = through(&server, "orders") else { return false };
            let (valid, good) = truth((end - first) / 60);
            let slo = item(&server, "orders");
            (slo["valid"].as_i64(), slo["good"].as_i64()) == (Some(valid), Some(good))
        });
        until("all is judged", || item(&server, "orders")["state"] == "good");
        let page = item(&server, "orders")["alerts"][0].clone();
        assert_eq!((&page["after"], &page["long"]["window"]), (&"5m".into(), &"1h".into()));
        server.kill();
    }

    let server = start(&registry, &data, address);
    until("minutes are counted by a threshold", || item(&server, "queue")["valid"] == 1440);
    let queue = item(&server, "queue");
    assert_eq!(
        (&queue["good"], &queue["unit"], &queue["source"]),
        (&1008.into(), &"minutes".into(), &"prometheus".into())
    );
    let elsewhere = item(&server, "elsewhere");
    assert_eq!(elsewhere["reason"], "not measured: its metric source is `Datadog`, and only Prometheus is asked");
    let total = truth((through(&server, "orders").expect("it is imported").0 - first) / 60);
    until("metrics have it", || {
        let of = |result: &str| server.metric("milepost_slo_events_total", &["slo=\"orders\"", result]).cast_signed();
        let total = truth((through(&server, "orders").expect("it is imported").0 - first) / 60).max(total);
        (of("result=\"good\"") + of("result=\"bad\""), of("result=\"good\"")) == total
    });

    // What is in the log alone, and what is in the minute log, are one history.
    commands_about_history_read_what_was_imported(&folder, first);
    assert!(server.stop());
    commands_about_history_read_what_was_imported(&folder, first);
}

fn commands_about_history_read_what_was_imported(folder: &Folder, first: i64) {
    let data = folder.path().join("data").display().to_string();
    let change = folder.write("change.yaml", b"target: 99.99%\nwindow: 7d\n").display().to_string();
    let read = |arguments: &[&str]| -> Value {
        let output = milepost(arguments.iter().copied().chain(["--format=json", "--data", data.as_str()]));
        assert!(output.status.success(), "{}", told(&output));
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let backtest = read(&["backtest", "--slo=orders", "--with", &change]);
    let end = backtest["basis"]["to"].as_str().and_then(|to| to.parse::<milepost_model::Timestamp>().ok());
    // A minute is known two minutes after it began, and the minute in which it is known is the last.
    let (valid, good) = truth((end.expect("a time").nanos() / 1_000_000_000 - 120 - first) / 60);
    let [now, with] = [0, 1].map(|column| &backtest["columns"][column]);
    assert_eq!((&now["valid"], &now["bad"]), (&valid.into(), &(valid - good).into()));
    assert_eq!((&with["valid"], &with["bad"]), (&now["valid"], &now["bad"]));
    assert_eq!((&with["target"], &with["window"]), (&"99.99%".into(), &"7d".into()));
    let spent = |column: &Value| column["budget"]["spent_at_end"].as_f64().expect("a budget");
    assert!(spent(now) < 1.0 && spent(with) > 1.0, "{backtest}");
    let suggest = read(&["suggest", "--step=order"]);
    let slos = suggest["steps"][0]["slos"].as_array().expect("a list");
    let orders = slos.iter().find(|slo| slo["name"] == "orders").expect("an SLO that is imported");
    assert_eq!((&orders["valid"], &orders["bad"]), (&now["valid"], &now["bad"]));
    assert_eq!(suggest["steps"][0]["availability"]["valid"], now["valid"]);
    let cost = read(&["cost"]);
    let told: Vec<(&str, bool)> = (cost["slos"].as_array().expect("a list").iter())
        .map(|slo| (slo["name"].as_str().expect("a name"), slo["retire"].is_string()))
        .collect();
    assert_eq!(told[0].0, "orders");
    assert!(told.contains(&("elsewhere", true)), "{cost}");
}
