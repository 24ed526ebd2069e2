//! Dashboards: their shape, as far as Grafana's schema says it, and their queries, which Prometheus reads.

use crate::promtool::promtool;
use crate::{example, folder, mail_with};
use milepost_exchange::grafana::{self, Dashboards};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// All values behind a key, however deep.
fn values<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(entries) => {
            found.extend(entries.get(key));
            entries.values().for_each(|value| values(value, key, found));
        }
        Value::Array(items) => items.iter().for_each(|value| values(value, key, found)),
        _ => {}
    }
}

fn all<'v>(value: &'v Value, key: &str) -> Vec<&'v Value> {
    let mut found = Vec::new();
    values(value, key, &mut found);
    found
}

/// The one dashboard of a registry with one product.
fn only(dashboards: &Dashboards) -> &Value {
    let [(_, dashboard)] = &dashboards.products[..] else { panic!("{:?}", dashboards.products) };
    dashboard
}

#[test]
fn a_dashboard_has_the_shape_that_grafana_reads() {
    let dashboards = Dashboards::of(&example("mail"));
    let dashboard = only(&dashboards);
    assert_eq!((&dashboard["uid"], &dashboard["schemaVersion"]), (&"milepost-mail".into(), &39.into()));
    assert_eq!(dashboard["templating"]["list"][0]["type"], "datasource");
    for source in all(dashboard, "datasource") {
        assert_eq!((&source["type"], &source["uid"]), (&"prometheus".into(), &"${datasource}".into()));
    }
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "an id stands twice");
    let mut cells = BTreeSet::new();
    for panel in panels {
        assert!(["row", "stat", "timeseries"].contains(&panel["type"].as_str().unwrap()), "{panel}");
        assert!(!panel["title"].as_str().unwrap().is_empty());
        let place = &panel["gridPos"];
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|key| place[key].as_u64().unwrap());
        assert!(w > 0 && h > 0 && x + w <= 24, "{place}");
        for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
            assert!(cells.insert(cell), "two panels stand at {cell:?}");
        }
        if panel["type"] != "row" {
            let letters: BTreeSet<&str> =
                panel["targets"].as_array().unwrap().iter().map(|target| target["refId"].as_str().unwrap()).collect();
            assert_eq!(letters.len(), panel["targets"].as_array().unwrap().len());
            assert!(panel["fieldConfig"]["defaults"]["unit"].is_string() && panel["options"].is_object());
        }
    }
}

/// What Grafana's own types do not know: fields of annotations that only its Prometheus data source reads.
const OF_THE_DATA_SOURCE: [&str; 2] =
    ["/annotations/list/0/step is not kept", "/annotations/list/0/titleFormat is not kept"];

#[test]
fn grafanas_own_types_read_every_dashboard_and_keep_all_of_it() {
    let Some(python) = milepost_testkit::python(&["grafana_foundation_sdk"]) else { return };
    for name in ["mail", "erddap", "website", "online-boutique", "train-ticket"] {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/main/read_dashboard.py");
        let mut command = Command::new(&python);
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let text = grafana::text(only(&Dashboards::of(&example(name))));
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{name}");
        let mut said: Vec<&str> = said.lines().collect();
        said.sort_unstable();
        assert_eq!(said, OF_THE_DATA_SOURCE, "{name}");
    }
}

#[test]
fn the_dashboard_of_the_mail_example_is_this_one() {
    let dashboards = Dashboards::of(&example("mail"));
    let titles: Vec<String> = only(&dashboards)["panels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|panel| {
            let exprs: String =
                all(panel, "expr").iter().map(|expr| format!("\n    {}", expr.as_str().unwrap())).collect();
            format!("{}: {}{exprs}", panel["type"].as_str().unwrap(), panel["title"].as_str().unwrap())
        })
        .collect();
    insta::assert_snapshot!(titles.join("\n"));
}

#[test]
fn prometheus_reads_every_query_of_a_dashboard() {
    let mut rules = "groups:\n- name: queries\n  rules:\n".to_owned();
    for name in ["mail", "erddap", "website", "online-boutique", "train-ticket"] {
        let dashboards = Dashboards::of(&example(name));
        for expr in all(only(&dashboards), "expr") {
            let expr = expr.as_str().unwrap().replace("$__rate_interval", "5m");
            let _ = writeln!(
                rules,
                "  - record: query:{}\n    expr: {}",
                rules.len(),
                serde_json::to_string(&expr).unwrap()
            );
        }
    }
    let file = folder("queries").join("rules.yaml");
    std::fs::write(&file, &rules).unwrap();
    let Some(checked) = promtool(&["check", "rules"], &file) else { return };
    checked.unwrap_or_else(|said| panic!("{said}"));
    assert!(rules.matches("record:").count() > 100);
}

#[test]
fn what_has_no_rules_is_not_shown_and_a_long_name_gets_an_id_that_grafana_takes() {
    let throughput = "{apiVersion: milepost/v1, kind: SLO, metadata: {name: enough}, spec: {step: login, type: throughput, threshold: 10, target: 99%}}";
    let dashboards = Dashboards::of(&mail_with(throughput));
    assert_eq!((dashboards.products.len(), dashboards.slos, dashboards.remarks.left_out()), (0, 0, 1));
    let mut registry = example("website");
    let long = milepost_model::Name::new(&"a".repeat(63)).unwrap();
    registry.products[0].name = long.clone();
    registry.slos.iter_mut().for_each(|slo| slo.product = long.clone());
    let dashboards = Dashboards::of(&registry);
    let uid = only(&dashboards)["uid"].as_str().unwrap();
    assert!(uid.len() == 40 && uid.starts_with("milepost-aaa"), "{uid}");
    assert!(grafana::text(only(&dashboards)).ends_with("}\n"));
}
