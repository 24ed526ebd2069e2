//! `milepost export`: where documents go, what is told, and the exit code.

use super::SHOP;
use crate::run::{Folder, milepost, milepost_in, told};
use serde_json::Value;

const SLOS: &str = "---
apiVersion: milepost/v1
kind: SLO
metadata: {name: orders}
spec: {step: place-order, type: availability, target: 99.9%, alerts: {form: rate}}
";
const BY_MONTH: &str = "---
apiVersion: milepost/v1
kind: SLO
metadata: {name: by-month}
spec: {step: place-order, type: availability, target: 99%, window: {calendar: month}}
";

#[test]
fn every_slo_that_can_be_said_is_exported_and_the_exit_code_says_whether_all_could() {
    let folder = Folder::new("export_codes");
    folder.write("registry/shop.yaml", format!("{SHOP}{SLOS}").as_bytes());
    for format in ["prometheus", "grafana", "openslo"] {
        let output = milepost_in(&folder, ["export", format, "--registry", "registry"]);
        assert!(output.status.success() && !output.stdout.is_empty(), "{}", told(&output));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "1 SLO exported.\n");
    }
    folder.write("registry/more.yaml", BY_MONTH.as_bytes());
    let output = milepost_in(&folder, ["export", "prometheus", "--registry", "registry"]);
    assert_eq!(output.status.code(), Some(1));
    let said = "left out: SLO `by-month` of `shop`: a calendar month (UTC) window begins at a date, which PromQL cannot say\n1 SLO exported, 1 left out.\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), said);
    let output = milepost_in(&folder, ["export", "openslo", "--registry", "registry"]);
    assert!(output.status.success(), "{}", told(&output));
}

#[test]
fn documents_go_to_a_file_or_by_product_into_a_folder() {
    let folder = Folder::new("export_to");
    folder.write("registry/shop.yaml", format!("{SHOP}{SLOS}").as_bytes());
    let whole = milepost_in(&folder, ["export", "prometheus", "--registry", "registry"]);
    milepost_in(&folder, ["export", "prometheus", "--registry", "registry", "-o", "rules.yaml"]);
    milepost_in(&folder, ["export", "prometheus", "--registry", "registry", "-o", "rules/"]);
    milepost_in(&folder, ["export", "grafana", "--registry", "registry", "-o", "rules"]);
    for name in ["rules.yaml", "rules/shop.rules.yaml"] {
        assert_eq!(std::fs::read(folder.path().join(name)).unwrap(), whole.stdout, "{name}");
    }
    let dashboard = std::fs::read(folder.path().join("rules/shop.dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_slice(&dashboard).unwrap();
    assert_eq!(dashboard["uid"], "milepost-shop");
}

#[test]
fn what_cannot_be_exported_is_told_with_what_can() {
    let folder = Folder::new("export_cannot");
    let second = SHOP.replace("{name: shop}", "{name: bazaar}").split("---\n").next().unwrap().to_owned();
    let first = SHOP.replace("{name: buy}", "{name: buy, product: shop}");
    let first = first
        .replace("{name: place-order}", "{name: place-order, product: shop}")
        .replace("{name: web}", "{name: web, product: shop}");
    let slo = SLOS.replace("{name: orders}", "{name: orders, product: shop}");
    folder.write("registry/shop.yaml", format!("{first}{slo}---\n{second}").as_bytes());
    let said: Vec<String> = [
        milepost_in(&folder, ["export", "grafana", "--registry", "registry", "--product", "shopp"]),
        milepost_in(&folder, ["export", "prometheus", "--registry", "nowhere"]),
        milepost_in(&folder, ["export", "prometheus", "--registry", "registry", "-o", "nowhere/rules.yaml"]),
        milepost_in(&folder, ["export", "grafana", "--registry", "registry", "--product", "bazaar"]),
    ]
    .iter()
    .map(told)
    .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn the_mail_example_is_exported_whole() {
    let output = milepost(["export", "prometheus", "--registry", "examples/mail"]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(String::from_utf8_lossy(&output.stderr).ends_with("11 SLOs exported.\n"));
}
