//! `milepost annotate`: which step each event serves, and why.

use super::LOG;
use crate::run::{Folder, example, files, json, milepost, milepost_in, told, workspace};
use std::process::Output;

/// What is said of [`LOG`].
fn annotate(folder: &str, options: &[&str]) -> Output {
    let folder = Folder::new(folder);
    folder.write("access.log", LOG.as_bytes());
    let registry = example("website");
    milepost_in(&folder, ["annotate", "--registry", &registry].iter().chain(options).chain(&["access.log"]))
}

#[test]
fn a_small_log_is_told_by_step_class_and_rule_with_a_rule_to_copy() {
    insta::assert_snapshot!(told(&annotate("annotate_text", &[])));
}

#[test]
fn the_mail_example_is_told_with_what_its_requests_say_of_themselves() {
    let telemetry = files(&workspace().join("examples/mail/telemetry"), ".gz");
    let telemetry = telemetry.iter().map(|path| path.display().to_string());
    let arguments = ["annotate", "--registry=examples/mail", "--top=3"].map(str::to_owned);
    insta::assert_snapshot!(told(&milepost(arguments.into_iter().chain(telemetry))));
}

#[test]
fn a_line_is_explained_by_the_rules_that_hold_for_it() {
    insta::assert_snapshot!(told(&annotate("annotate_explain_rule", &["--explain=1"])));
}

#[test]
fn a_line_that_serves_no_step_is_explained_too() {
    insta::assert_snapshot!(told(&annotate("annotate_explain_none", &["--explain=5"])));
}

#[test]
fn a_line_that_is_no_event_cannot_be_explained() {
    for line in ["6", "7", "0"] {
        let output = annotate("annotate_explain_no_event", &["--explain", line]);
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert!(output.stdout.is_empty(), "{line}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(line), "{line}");
    }
}

#[test]
fn a_number_of_operations_that_is_none_is_told_what_would_be_one() {
    for top in ["-1", "many"] {
        let output = annotate("annotate_top", &["--top", top]);
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains(": it is a number of operations from 0 on, such as 10 or 1000\n"), "{error}");
    }
}

#[test]
fn an_explanation_is_for_people_and_has_no_other_form() {
    let output = annotate("annotate_explain_json", &["--explain=1", "--format=json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}

#[test]
fn the_rule_to_copy_passes_in_a_registry_and_gives_the_step() {
    let folder = Folder::new("copied_rule");
    let methods = ["GET", "POST"];
    let paths =
        ["/carts/17/items", "/", "/a%20b/c", "/deep/a/b/c/d/e/f/g", "/it's:here", "/%7Bbraces%7D/[x]", "/#no?q=1"];
    let line = |method: &str, path: &str| {
        format!("192.0.2.1 - - [31/Jan/2026:14:00:05 +0000] \"{method} {path} HTTP/1.1\" 200 512 \"-\" \"-\"\n")
    };
    let log: String = methods.iter().flat_map(|m| paths.iter().map(move |p| line(m, p))).collect();
    folder.write("access.log", log.as_bytes());
    folder.write("registry/shop.yaml", super::SHOP.as_bytes());
    let annotate =
        || json(&milepost_in(&folder, ["annotate", "--registry=registry", "--format=json", "--top=100", "access.log"]));
    let before = annotate();
    let unannotated = before["unannotated_operations"].as_array().unwrap();
    assert!(unannotated.len() >= 12, "{unannotated:#?}");
    let mut rules =
        "apiVersion: milepost/v1\nkind: AnnotationRules\nmetadata: {name: copied}\nspec:\n  rules:\n".to_owned();
    for (number, operation) in unannotated.iter().enumerate() {
        let rule = operation["rule"].as_str().unwrap().replace("STEP", "place-order");
        let rule = rule.replacen("- match:", &format!("- name: copied-{number}\n  match:"), 1);
        rules.extend(rule.lines().map(|line| format!("    {line}\n")));
    }
    folder.write("registry/rules.yaml", rules.as_bytes());
    let check = milepost_in(&folder, ["check", "registry"]);
    assert!(check.status.success(), "{rules}{}", told(&check));
    let after = annotate();
    assert_eq!(after["unannotated_operations"], serde_json::json!([]), "{rules}");
    assert_eq!(after["annotated"], after["events"]);
}

#[test]
fn the_document_of_a_service_that_nobody_declared_makes_it_known_when_copied() {
    let folder = Folder::new("annotate_services");
    folder.write("registry/shop.yaml", super::SHOP.as_bytes());
    let span = |service: &str, name: &str| {
        serde_json::json!({
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
            "scopeSpans": [{"spans": [{
                "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": name, "kind": 2,
                "startTimeUnixNano": "1769868005000000000", "endTimeUnixNano": "1769868005100000000",
                "attributes": [
                    {"key": "http.request.method", "value": {"stringValue": "GET"}},
                    {"key": "http.route", "value": {"stringValue": "/carts/{cart}"}}
                ]
            }]}]
        })
    };
    let spans = serde_json::json!({"resourceSpans": [span("carts", "GET /carts/{cart}"), span("web", "GET /")]});
    folder.write("spans.jsonl", format!("{spans}\n").as_bytes());
    // Services are told of whether or not their operations are among those that are listed.
    let annotate =
        || json(&milepost_in(&folder, ["annotate", "--registry=registry", "--format=json", "--top=0", "spans.jsonl"]));
    let before = annotate();
    let [document] = &before["unknown_services"].as_array().unwrap()[..] else { panic!("{before:#}") };
    let document = document.as_str().unwrap().replace("TITLE", "Carts").replace("TEAM", "shop-team");
    folder.write("registry/carts.yaml", document.as_bytes());
    let check = milepost_in(&folder, ["check", "registry"]);
    assert!(check.status.success(), "{document}{}", told(&check));
    assert_eq!(annotate()["unknown_services"], serde_json::json!([]));
    // It forbids no operation: whatever the service does can serve a step.
    let shop = super::SHOP.replace("[web POST /orders]", "[web POST /orders, \"carts GET /carts/{cart}\"]");
    folder.write("registry/shop.yaml", shop.as_bytes());
    let check = milepost_in(&folder, ["check", "registry"]);
    assert!(check.status.success(), "{}", told(&check));
}

#[test]
fn traces_of_a_gateway_are_told_without_any_trace_rule_and_the_rule_to_copy_gives_their_step() {
    let folder = Folder::new("annotate_traces");
    let shop = super::SHOP.replace("  measure: [web POST /orders]\n", "");
    folder.write("registry/shop.yaml", shop.as_bytes());
    let span = |service: &str, id: u64, parent: &str, route: &str| {
        serde_json::json!({
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
            "scopeSpans": [{"spans": [{
                "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": format!("{id:016x}"), "parentSpanId": parent,
                "name": route, "kind": 2,
                "startTimeUnixNano": "1769868005000000000", "endTimeUnixNano": "1769868005100000000",
                "attributes": [
                    {"key": "http.request.method", "value": {"stringValue": "POST"}},
                    {"key": "http.route", "value": {"stringValue": route}}
                ]
            }]}]
        })
    };
    let spans = [span("gateway", 1, "", "/*"), span("web", 2, "0000000000000001", "/orders")];
    folder.write("spans.jsonl", format!("{}\n", serde_json::json!({"resourceSpans": spans})).as_bytes());
    let gateway =
        "apiVersion: milepost/v1\nkind: Service\nmetadata: {name: gateway}\nspec: {title: Gateway, owner: shop-team}\n";
    folder.write("registry/gateway.yaml", gateway.as_bytes());
    let annotate = |format: &str| milepost_in(&folder, ["annotate", "--registry=registry", format, "spans.jsonl"]);
    let before = json(&annotate("--format=json"));
    let [trace] = &before["unmatched_traces"].as_array().unwrap()[..] else { panic!("{before:#}") };
    assert_eq!((&trace["root"], &trace["traces"]), (&"gateway POST /{rest...}".into(), &1.into()));
    insta::assert_snapshot!(told(&annotate("--format=text")));
    let rule = trace["rule"].as_str().unwrap().replace("STEP", "place-order");
    let head = "apiVersion: milepost/v1\nkind: AnnotationRules\nmetadata: {name: traces}\nspec:\n  traceRules:\n";
    let rule: String = rule.lines().map(|line| format!("    {line}\n")).collect();
    folder.write("registry/rules.yaml", format!("{head}{rule}").as_bytes());
    insta::assert_snapshot!(told(&annotate("--format=text")));
    let after = json(&annotate("--format=json"));
    assert_eq!(after["steps_by_trace"], serde_json::json!([{"name": "place-order", "events": 1}]));
    assert_eq!(after["unmatched_traces"], serde_json::json!([]));
}
