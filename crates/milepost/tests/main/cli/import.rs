//! `milepost import`: what is asked for, what is told, and what stands in the registry afterwards.

use super::SHOP;
use crate::run::{Folder, milepost_in, told};

const SLOTH: &str = r#"version: prometheus/v1
service: web
labels: {team: shop}
slos:
  - name: orders
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(orders_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(orders_total[{{.window}}]))
    alerting:
      name: OrdersFail
      ticket_alert: {disable: true}
  - name: plugged
    objective: 99
    sli: {plugin: {id: orders}}
"#;

const PYRRA: &str = r#"apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: fast-orders}
spec:
  target: "99"
  window: 4w
  indicator:
    latency:
      success: {metric: 'orders_seconds_bucket{le="0.5"}'}
      total: {metric: orders_seconds_count}
"#;

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("registry/shop.yaml", SHOP.as_bytes());
    folder.write("sloth.yaml", SLOTH.as_bytes());
    folder.write("pyrra.yaml", PYRRA.as_bytes());
    folder
}

#[test]
fn slos_without_a_step_are_listed_with_the_flags_to_give() {
    let folder = folder("import_asks");
    let output = milepost_in(&folder, ["import", "sloth.yaml", "pyrra.yaml", "--product=shop", "-o", "registry"]);
    insta::assert_snapshot!(told(&output));
    assert!(!folder.path().join("registry/sloth.openslo.yaml").exists());
}

#[test]
fn slos_are_brought_into_a_registry_that_is_right_afterwards() {
    let folder = folder("import_whole");
    let steps = ["--step=web-orders=buy/place-order", "--step=place-order"];
    let into = ["--product=shop", "-o", "registry", "sloth.yaml", "pyrra.yaml"];
    insta::assert_snapshot!(told(&milepost_in(&folder, ["import"].into_iter().chain(steps).chain(into))));
    let check = milepost_in(&folder, ["check", "--deny=warnings", "registry"]);
    assert!(check.status.success() && told(&check).contains("2 OpenSLO SLOs"), "{}", told(&check));
    insta::assert_snapshot!(std::fs::read_to_string(folder.path().join("registry/sloth.openslo.yaml")).unwrap());
    // A service that the registry describes already is not described again.
    let pyrra = PYRRA.replace("fast-orders", "faster-orders");
    folder.write("more.yaml", pyrra.as_bytes());
    let more = milepost_in(&folder, ["import", "more.yaml", "--product=shop", "--step=place-order", "-o", "registry"]);
    assert!(more.status.success(), "{}", told(&more));
    let check = milepost_in(&folder, ["check", "--deny=warnings", "registry"]);
    assert!(check.status.success() && told(&check).contains("3 OpenSLO SLOs"), "{}", told(&check));
    let again = milepost_in(&folder, ["import"].into_iter().chain(steps).chain(into));
    assert!(told(&again).contains("is there already; nothing was written"), "{}", told(&again));
}

#[test]
fn the_window_of_sloth_is_what_its_flag_says() {
    let folder = folder("import_period");
    let run = |period: &str| {
        let flags = ["import", "sloth.yaml", "--product=shop", "--step=place-order", "--default-slo-period", period];
        told(&milepost_in(&folder, flags))
    };
    assert!(run("28d").contains("duration: 28d"), "{}", run("28d"));
    assert!(run("30d").contains("duration: 30d"), "{}", run("30d"));
    let refused = run("90s");
    assert!(refused.contains("--default-slo-period") && refused.contains("write whole minutes"), "{refused}");
}

#[test]
fn what_does_not_fit_into_the_registry_is_not_written() {
    let folder = folder("import_unfit");
    let said: Vec<String> = [
        milepost_in(&folder, ["import", "pyrra.yaml", "--product=shop", "--step=place-ordr", "-o", "registry"]),
        milepost_in(&folder, ["import", "pyrra.yaml", "--product=shop", "--step=fast-order=place-order"]),
        milepost_in(&folder, ["import", "pyrra.yaml", "--product=shop", "--step=Place Order"]),
        milepost_in(&folder, ["import", "pyrra.yaml", "pyrra.yaml", "--product=shop", "--step=place-order"]),
        milepost_in(&folder, ["import", "nowhere.yaml", "registry/shop.yaml", "--product=shop", "--step=place-order"]),
    ]
    .iter()
    .map(told)
    .collect();
    insta::assert_snapshot!(said.join("\n"));
    assert!(!folder.path().join("registry/pyrra.openslo.yaml").exists());
}

#[test]
fn who_has_no_registry_yet_is_told_how_to_begin_one_and_which_steps_there_are() {
    let folder = folder("import_begins");
    let asked = |into: &str| told(&milepost_in(&folder, ["import", "sloth.yaml", "--product=shop", "-o", into]));
    let none = asked("nowhere");
    assert!(none.contains("`milepost init nowhere --product shop` begins a registry"), "{none}");
    let some = asked("registry");
    assert!(some.contains("the registry has buy/place-order"), "{some}");
}
