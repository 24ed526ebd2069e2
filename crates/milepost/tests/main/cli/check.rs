//! `milepost check`, and `milepost rules`, whose output is to pass it.

use super::SHOP;
use crate::run::{Folder, json, milepost, milepost_in, told};
use serde_json::Value;

#[test]
fn a_good_registry_is_summed_up() {
    insta::assert_snapshot!(told(&milepost(["check", "--today=2026-12-01", "examples/mail"])));
    insta::assert_snapshot!(told(&milepost(["check", "--today=2026-12-01", "--format=json", "examples/mail"])));
}

#[test]
fn every_example_passes_without_a_warning() {
    for example in ["mail", "erddap", "website", "online-boutique", "train-ticket"] {
        let output = milepost(["check", "--deny=warnings", "--today=2026-12-01", &format!("examples/{example}")]);
        assert!(output.status.success(), "{}", told(&output));
    }
}

#[test]
fn what_is_due_is_told_by_the_day_that_is_given() {
    let overdue = milepost(["check", "--deny=warnings", "--today=2031-01-01", "examples/website"]);
    assert_eq!(overdue.status.code(), Some(1));
    insta::assert_snapshot!(told(&overdue));
    let no_day = milepost(["check", "--today=tomorrow", "examples/website"]);
    assert_eq!(no_day.status.code(), Some(2));
    assert!(told(&no_day).contains("a date is written like `2026-01-31`"), "{}", told(&no_day));
}

/// A mistyped key, a service and a step that do not exist, and a target that is none.
fn with_mistakes() -> String {
    let text = SHOP.replace("success:", "sucess:").replace("web POST", "webb POST");
    format!(
        "{text}---
apiVersion: milepost/v1
kind: SLO
metadata: {{name: orders}}
spec: {{step: place-ordr, type: availability, target: 100%, window: 28d}}
"
    )
}

#[test]
fn every_mistake_of_a_bad_registry_is_told_with_its_place() {
    let folder = Folder::new("bad_registry");
    folder.write("registry/shop.yaml", with_mistakes().as_bytes());
    insta::assert_snapshot!(told(&milepost_in(&folder, ["check", "registry"])));
}

#[test]
fn mistakes_as_json_have_code_place_and_help() {
    let folder = Folder::new("bad_registry_json");
    folder.write("registry/shop.yaml", with_mistakes().as_bytes());
    let output = milepost_in(&folder, ["check", "--format=json", "registry"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.is_empty());
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    insta::assert_json_snapshot!(told);
}

#[test]
fn a_command_that_needs_a_registry_tells_its_mistakes_and_reads_nothing() {
    let folder = Folder::new("report_with_bad_registry");
    folder.write("registry/shop.yaml", SHOP.replace("success:", "sucess:").as_bytes());
    folder.write("access.log", super::LOG.as_bytes());
    insta::assert_snapshot!(told(&milepost_in(&folder, ["report", "--registry", "registry", "access.log"])));
}

#[test]
fn warnings_pass_unless_they_are_denied() {
    let folder = Folder::new("warnings");
    // The step belongs to no objective.
    let objective = "---\napiVersion: milepost/v1\nkind: Objective";
    let (before, after) = SHOP.split_once(objective).unwrap();
    let without_objective = format!("{before}{}", &after[after.find("---").unwrap()..]);
    folder.write("registry/shop.yaml", without_objective.as_bytes());
    insta::assert_snapshot!(told(&milepost_in(&folder, ["check", "registry"])));
    let denied = milepost_in(&folder, ["check", "--deny=warnings", "registry"]);
    assert_eq!(denied.status.code(), Some(1));
    let json = milepost_in(&folder, ["check", "--deny=warnings", "--format=json", "registry"]);
    assert_eq!(json.status.code(), Some(1));
}

#[test]
fn what_this_version_does_not_measure_is_a_note_and_denied_by_nothing() {
    let folder = Folder::new("notes");
    let slo = "---\napiVersion: milepost/v1\nkind: SLO\nmetadata: {name: orders}\nspec: {step: place-order, type: availability, method: client, target: 99.9%}\n";
    folder.write("registry/shop.yaml", format!("{SHOP}{slo}").as_bytes());
    let check = milepost_in(&folder, ["check", "--deny=warnings", "registry"]);
    assert!(check.status.success() && told(&check).contains("note[MPS006]"), "{}", told(&check));
    let json = json(&milepost_in(&folder, ["check", "--format=json", "registry"]));
    assert_eq!((&json["notes"], &json["warnings"]), (&1.into(), &0.into()));
}

/// An SLO of another tool, about a step of the shop.
const OPEN_SLO: &str = r#"apiVersion: openslo/v1
kind: SLO
metadata:
  name: orders
  annotations: {milepost/step: buy/place-order}
spec:
  service: web
  indicator:
    metadata: {name: orders}
    spec:
      ratioMetric:
        good: {metricSource: {type: Prometheus, spec: {query: orders_placed_total}}}
        total: {metricSource: {type: Prometheus, spec: {query: orders_total}}}
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
"#;

#[test]
fn openslo_documents_are_checked_and_bound_and_said_who_counts_them() {
    let folder = Folder::new("openslo");
    folder.write("registry/shop.yaml", SHOP.as_bytes());
    folder.write("registry/openslo.yaml", OPEN_SLO.as_bytes());
    insta::assert_snapshot!(told(&milepost_in(&folder, ["check", "--deny=warnings", "registry"])));
    let unbound = OPEN_SLO.replace("  annotations: {milepost/step: buy/place-order}\n", "");
    folder.write("registry/openslo.yaml", unbound.as_bytes());
    insta::assert_snapshot!(told(&milepost_in(&folder, ["check", "registry"])));
}

#[test]
fn a_folder_that_holds_no_registry_says_what_one_is() {
    let folder = Folder::new("no_registry");
    folder.write("empty/notes.txt", b"nothing");
    folder.write("shop.yaml", SHOP.as_bytes());
    for (name, path) in [("missing", "missing"), ("without_documents", "empty"), ("that_is_a_file", "shop.yaml")] {
        insta::assert_snapshot!(format!("registry_{name}"), told(&milepost_in(&folder, ["check", path])));
    }
}

#[test]
fn the_printed_rules_pass_in_a_registry_and_can_be_edited_there() {
    let folder = Folder::new("printed_rules");
    let rules = milepost(["rules"]);
    assert!(rules.status.success() && rules.stderr.is_empty());
    folder.write("registry/shop.yaml", SHOP.as_bytes());
    folder.write("registry/agents.yaml", &rules.stdout);
    folder.write("access.log", log("Wobblecrawler").as_bytes());
    let check = milepost_in(&folder, ["check", "--deny=warnings", "registry"]);
    assert!(check.status.success(), "{}", told(&check));
    let classes = || {
        let report = ["report", "--registry=registry", "--format=json", "access.log"];
        json(&milepost_in(&folder, report))["input"]["classes"].clone()
    };
    assert_eq!(classes(), serde_json::json!({ "crawler": 1 }));
    let edited = String::from_utf8(rules.stdout).unwrap().replace("- crawl\n", "- wobblecreeper\n");
    folder.write("registry/agents.yaml", edited.as_bytes());
    assert_eq!(classes(), serde_json::json!({ "interactive": 1 }));
}

/// One request of this user agent.
fn log(agent: &str) -> String {
    format!("192.0.2.1 - - [31/Jan/2026:14:00:05 +0000] \"POST /orders HTTP/1.1\" 200 512 \"-\" \"{agent}\"\n")
}
