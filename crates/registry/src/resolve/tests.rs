//! What declarations become: orders, indicators, rules, products.

use super::objective::before;
use crate::{Registry, read_texts};
use milepost_model::{Name, StepUse};

/// Takes the place of the rules that ship with Milepost.
const NO_AGENTS: &str = "apiVersion: milepost/v1\nkind: AnnotationRules\nmetadata: {name: agents}\nspec: {rules: []}\n";

const MAIL: &str = "\
apiVersion: milepost/v1
kind: Product
metadata: {name: mail}
spec: {description: Mail., owner: mail-team, dimensions: {region: attribute cloud.region}}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: webmail}
spec: {owner: web-team}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: gateway}
spec: {owner: web-team, accessLog: combined}
";

fn document(kind: &str, name: &str, spec: &str) -> String {
    format!("---\napiVersion: milepost/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n{spec}\n")
}

fn step(name: &str, measure: &str, operations: &str) -> String {
    let spec = format!("  description: d\n  start: s\n  success: s\n  measure: {measure}\n  operations: {operations}");
    document("Step", name, &spec)
}

fn objective(name: &str, steps: &str) -> String {
    document("Objective", name, &format!("  description: d\n  steps: {steps}"))
}

/// The registry that the parts make, which has nothing wrong.
fn registry(parts: &[&str]) -> Registry {
    let outcome = read_texts([("a.yaml", &*parts.concat()), ("agents.yaml", NO_AGENTS)]);
    assert_eq!(outcome.diagnostics.render(false), "");
    outcome.registry.unwrap()
}

/// The messages about the parts, each with its code.
fn said(parts: &[&str]) -> Vec<String> {
    let outcome = read_texts([("a.yaml", &*parts.concat()), ("agents.yaml", NO_AGENTS)]);
    outcome.diagnostics.iter().map(|d| format!("{} {}", d.code.as_str(), d.message)).collect()
}

fn names(texts: &[&str]) -> Vec<Name> {
    texts.iter().map(|text| Name::new(text).unwrap()).collect()
}

#[test]
fn without_after_a_step_comes_after_the_entry_before_it() {
    let uses = |entries: &[(&str, Option<usize>)]| -> Vec<StepUse> {
        let make = |(name, alternative): &(&str, Option<usize>)| StepUse {
            step: Name::new(name).unwrap(),
            after: Vec::new(),
            criticality: None,
            optional: false,
            alternative: *alternative,
        };
        entries.iter().map(make).collect()
    };
    assert_eq!(before(&[], None), names(&[]));
    assert_eq!(before(&uses(&[("a", None), ("b", None)]), None), names(&["b"]));
    // After alternatives: after any of them.
    assert_eq!(before(&uses(&[("a", None), ("b", Some(1)), ("c", Some(1))]), None), names(&["b", "c"]));
    // One of several alternatives: after what was before the first of them.
    assert_eq!(before(&uses(&[("a", None), ("b", Some(1))]), Some(1)), names(&["a"]));
    assert_eq!(before(&uses(&[("b", Some(0))]), Some(0)), names(&[]));
    // Alternatives after alternatives.
    let two = uses(&[("a", Some(0)), ("b", Some(0)), ("c", Some(1))]);
    assert_eq!(before(&two, Some(1)), names(&["a", "b"]));
    assert_eq!(before(&two, Some(2)), names(&["c"]));
}

#[test]
fn the_order_of_an_objective_is_what_was_written() {
    let all: String = ["a", "b", "c", "d", "e"].map(|name| step(name, &format!("webmail GET /{name}"), "[]")).concat();
    let steps = "
    - a
    - oneOf: [b, c]
    - step: d
      optional: true
    - step: e
      after: [d, b, e]";
    let registry = registry(&[MAIL, &all, &objective("o", steps)]);
    let uses = &registry.objectives[0].steps;
    let after = |at: usize| uses[at].after.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!([after(0), after(1), after(2), after(3), after(4)], ["", "a", "a", "b c", "d b e"]);
    assert_eq!(uses.iter().map(|u| u.alternative).collect::<Vec<_>>(), [None, Some(1), Some(1), None, None]);
    assert_eq!(uses.iter().map(|u| u.optional).collect::<Vec<_>>(), [false, false, false, true, false]);
}

#[test]
fn steps_that_come_after_each_other_are_a_circle_and_a_retry_is_none() {
    let all: String = ["a", "b", "c"].map(|name| step(name, &format!("webmail GET /{name}"), "[]")).concat();
    let circle = |steps: &str| said(&[MAIL, &all, &objective("o", steps)]);
    let long = "[{step: a, after: [c]}, b, {step: c, after: [b]}]";
    assert_eq!(circle(long), ["MPM009 step `a` comes after `c`, which comes after `a`"]);
    assert_eq!(circle("[{step: a, after: [b]}, b, c]"), ["MPM009 step `a` comes after `b`, which comes after `a`"]);
    assert_eq!(circle("[{step: a, after: [a]}, b, {step: c, after: [c, a]}]"), [""; 0]);
    assert_eq!(circle("[{step: a, after: [b, c]}, {step: b, after: []}, {step: c, after: [b]}]"), [""; 0]);
}

#[test]
fn each_type_of_slo_counts_its_own_events() {
    let slo = |name: &str, more: &str| document("SLO", name, &format!("  target: 99%\n  step: {more}"));
    let slos = [
        slo("availability", "o/a\n  type: availability"),
        slo("latency", "a\n  type: latency\n  threshold: 300ms"),
        slo("throughput", "a\n  type: throughput\n  threshold: 5\n  class: batch"),
        slo("freshness", "a\n  type: freshness\n  good: region = 'eu'"),
        slo(
            "correctness",
            "a\n  type: correctness\n  good: http_status <> 206\n  valid: kind = 'server' OR kind = 'log'",
        ),
        slo("coverage", "a\n  type: coverage\n  good: outcome = 'success'"),
    ];
    let parts = [MAIL, &step("a", "webmail GET /a", "[]"), &objective("o", "[a]"), &slos.concat()];
    let registry = registry(&parts);
    let printed: Vec<String> =
        registry.slos.iter().map(|s| format!("{}: {} | {}", s.name, s.indicator.valid, s.indicator.good)).collect();
    let of_step = |before: &str, after: &str| {
        format!("class = 'interactive' AND {before} AND role = 'step' AND source = 'service' AND step = 'a' | {after}")
    };
    let too_slow =
        "(duration_ns > 300000000 AND outcome = 'abandoned' OR outcome = 'success') AND duration_ns IS NOT NULL";
    assert_eq!(
        printed,
        [
            format!("availability: {}", of_step("objective = 'o' AND outcome <> 'abandoned'", "outcome = 'success'")),
            format!("latency: {}", of_step(too_slow, "duration_ns <= 300000000 AND outcome = 'success'")),
            format!(
                "throughput: {}",
                of_step("outcome IS NOT NULL", "outcome = 'success'").replace("interactive", "batch")
            ),
            format!("freshness: {}", of_step("outcome <> 'abandoned'", "region = 'eu'")),
            format!(
                "correctness: {}",
                of_step("(kind = 'log' OR kind = 'server') AND outcome = 'success'", "http_status <> 206")
            ),
            format!("coverage: {}", of_step("outcome <> 'abandoned'", "outcome = 'success'")),
        ]
    );
}

#[test]
fn an_slo_with_several_mistakes_has_them_all_said() {
    let slo = document(
        "SLO",
        "s",
        "  step: o/b\n  type: latency\n  class: nobody\n  target: 2\n  window: 1s\n  valid: x = 1 AND y = 2\n  method: client",
    );
    let parts = [MAIL, &step("a", "webmail GET /a", "[]"), &objective("o", "[a]"), &slo];
    let codes: Vec<String> = said(&parts).iter().map(|s| s[..6].to_owned()).collect();
    assert_eq!(codes, ["MPN004", "MPS002", "MPN009", "MPS001", "MPS005", "MPE001", "MPE001", "MPS006"]);
}

fn rules(list: &str) -> String {
    document("AnnotationRules", "r", &format!("  rules:\n{list}"))
}

fn rule(condition: &str, result: &str) -> String {
    format!("    - {{match: {{{condition}}}, {result}, assumes: x}}\n")
}

/// Two steps at one operation, told apart by rules.
fn shared() -> String {
    [step("a", "webmail GET /x/{id}", "[]"), step("b", "webmail GET /x/{id}", "[]"), objective("o", "[a, b]")].concat()
}

#[test]
fn rules_of_equal_rank_for_the_same_requests_must_give_one_step() {
    let both = |first: &str, second: &str| {
        let mut said = said(&[MAIL, &shared(), &rules(&(first.to_owned() + second))]);
        // What a step without a rule is told is tested elsewhere.
        said.retain(|line| !line.starts_with("MPM010"));
        said
    };
    let conflict = ["MPA005 rules `r/1` and `r/2` give different steps to the same requests"];
    assert_eq!(both(&rule("path: '/x/{id}'", "step: a"), &rule("path: '/x/{name}'", "step: b")), conflict);
    assert_eq!(both(&rule("query.v: '1*'", "step: a"), &rule("query.v: '*1'", "step: b")), conflict);
    // One step, another rank, other requests, and classes only.
    assert_eq!(both(&rule("path: '/x/{id}'", "step: a"), &rule("path: '/x/{name}'", "step: a")), [""; 0]);
    assert_eq!(both(&rule("path: '/x/{id}'", "step: a"), &rule("path: '/x/{name}', query.v: '1'", "step: b")), [""; 0]);
    assert_eq!(both(&rule("query.v: '1'", "step: a"), &rule("query.v: '2'", "step: b")), [""; 0]);
    assert_eq!(
        both(&rule("userAgent: '*bot*'", "class: crawler"), &rule("userAgent: '*bot*'", "class: monitor")),
        [""; 0]
    );
    assert_eq!(both(&rule("path: '/x/{id}'", "step: a"), &rule("path: '/x/{id}'", "class: batch")), [""; 0]);
    // A rule that could not be read whole is compared with none.
    let broken = both(&rule("path: '/x/{id}'", "step: a"), &rule("path: '/x/{id}', pathh: x", "step: b"));
    assert_eq!(broken, ["MPY007 `pathh` is nothing that a rule can look at"]);
}

#[test]
fn trace_rules_that_look_for_the_same_must_give_one_step() {
    let rule = |more: &str| format!("    - {{root: webmail GET /t, assumes: x, {more}}}\n");
    let both = |first: &str, second: &str| {
        let traces = document("AnnotationRules", "t", &format!("  traceRules:\n{}{}", rule(first), rule(second)));
        let mut said = said(&[MAIL, &shared(), &traces]);
        // These steps are measured at an operation, too.
        said.retain(|line| !line.starts_with("MPA009") && !line.starts_with("MPM010"));
        said
    };
    let conflict = ["MPA005 rules `t/1` and `t/2` give different steps to the same requests"];
    assert_eq!(
        both("when: [gateway GET /l, webmail GET /m], step: a", "when: [webmail GET /m, gateway GET /l], step: b"),
        conflict
    );
    assert_eq!(both("when: [], step: a", "when: [], step: b"), conflict);
    assert_eq!(both("when: [gateway GET /l], step: a", "when: [gateway GET /l], step: a"), [""; 0]);
    assert_eq!(both("when: [gateway GET /l], step: a", "when: [gateway GET /l], scope: trace, step: b"), [""; 0]);
    assert_eq!(both("when: [gateway GET /l], step: a", "when: [gateway GET /m], step: b"), [""; 0]);
}

#[test]
fn a_rule_that_fits_no_attempt_is_doubted_only_when_that_is_certain() {
    let measured = |measure: &str, operations: &str, condition: &str| {
        let parts =
            [MAIL, &step("a", measure, operations), &objective("o", "[a]"), &rules(&rule(condition, "step: a"))];
        match &said(&parts)[..] {
            [] => false,
            [only] if only == "MPA006 rule `r/1` fits no request that `a` is measured at" => true,
            more => panic!("{more:?}"),
        }
    };
    let get = |condition| measured("'webmail GET /mail/{id}'", "[]", condition);
    for doubted in [
        "path: '/letters/{id}'",
        "path: ['/letters/{id}', /mail]",
        "route: '/mail/{id}/parts'",
        "service: gateway",
        "method: POST",
        "kind: client",
        "path: '/mail/{id}', method: 'P*'",
    ] {
        assert!(get(doubted), "{doubted}");
    }
    for possible in [
        "path: '/mail/{name}'",
        "path: [/letters, /mail/new]",
        "path: '/api/v1/mail/{id}'",
        "route: '/{id}'",
        "path: '/{rest...}'",
        "path: /mail/new, query.x: y",
        "service: 'web*'",
        "method: [POST, GET]",
        "kind: server",
        "rpc: a.B/C",
        "span: anything",
        "header.x: y",
    ] {
        assert!(!get(possible), "{possible}");
    }
    // A log line has one path, so that its beginning cannot be missing.
    assert!(measured("'gateway GET /mail/{id}'", "[]", "path: '/api/v1/mail/{id}'"));
    assert!(!measured("'gateway GET /mail/{id}'", "[]", "kind: log"));
    assert!(measured("'gateway GET /mail/{id}'", "[]", "kind: server"));
    assert!(measured("webmail mail.v1.Mail/Get", "[]", "rpc: mail.v1.Mail/List"));
    assert!(!measured("webmail mail.v1.Mail/Get", "[]", "rpc: mail.v1.Mail/*"));
    assert!(measured("webmail span refresh", "[]", "span: reload"));
    // For the operations that the step uses, a rule tells which step a call is for.
    assert!(!measured("webmail GET /mail", "[gateway GET /lookup]", "path: /lookup"));
    assert!(!measured("webmail GET /mail", "[gateway a.B/C]", "rpc: a.B/C"));
    assert!(measured("webmail GET /mail", "[gateway a.B/C]", "rpc: a.B/D, service: gateway"));
    assert!(measured("webmail GET /mail", "[gateway a.B/C]", "path: /lookup"));
}

#[test]
fn names_in_expressions_are_those_of_the_registry() {
    let slo = |valid: &str| {
        let slo =
            document("SLO", "s", &format!("  step: a\n  type: availability\n  target: 99%\n  valid: \"{valid}\""));
        said(&[MAIL, &step("a", "webmail GET /a", "[]"), &objective("o", "[a]"), &slo])
    };
    assert_eq!(
        slo("step = 'a' AND objective <> 'o' AND service IN ('webmail', 'gateway') AND class = 'batch'"),
        [""; 0]
    );
    assert_eq!(slo("service LIKE 'web%' AND step LIKE 'a%' AND class LIKE 'x%' AND objective IS NULL"), [""; 0]);
    assert_eq!(slo("NOT (step = 'b')"), ["MPN004 there is no step `b`"]);
    assert_eq!(slo("class NOT IN ('batch', 'robot')"), ["MPN009 there is no traffic class `robot`"]);
    assert_eq!(
        slo("objective = 'p' OR service = 'Web Mail'"),
        ["MPN005 there is no objective `p`", "MPN007 there is no service `Web Mail`"]
    );
    assert_eq!(slo("service LIKE 'xyz%'"), ["MPN007 no service begins with `xyz`"]);
    // Other columns can hold anything, and an order of names looks for none.
    assert_eq!(slo("region = 'b' AND operation = 'b' AND step < 'zzz' AND rule = 'b'"), [""; 0]);
}

const TWO: &str = "\
apiVersion: milepost/v1
kind: Product
metadata: {name: mail}
spec: {description: Mail., owner: mail-team, dimensions: {region: attribute cloud.region}, trafficClasses: [partner]}
---
apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec: {description: Shop., owner: shop-team, dimensions: {country: attribute geo.country}}
";

/// The document as one of a product.
fn of(product: &str, document: &str) -> String {
    document.replacen("}\nspec", &format!(", product: {product}}}\nspec"), 1)
}

#[test]
fn things_of_one_name_in_two_products_are_two_things() {
    let product = |name: &str, path: &str| {
        [
            document("Service", "web", "  owner: t\n  operations: [GET /home, GET /more]"),
            step("open", "web GET /home", "[web GET /more]"),
            objective("look", "[open]"),
            document("SLO", "s", &format!("  step: {path}\n  type: availability\n  target: 99%\n  class: partner")),
        ]
        .map(|document| of(name, &document))
        .concat()
    };
    let registry = registry(&[TWO, &product("mail", "look/open"), &product("shop", "open")]);
    assert_eq!(
        (registry.steps.len(), registry.objectives.len(), registry.services.len(), registry.slos.len()),
        (2, 2, 2, 2)
    );
    let [mail, shop] = ["mail", "shop"].map(|name| Name::new(name).unwrap());
    let open = Name::new("open").unwrap();
    assert_ne!(registry.step(&mail, &open), registry.step(&shop, &open));
    assert_ne!(registry.slos[0].indicator.id(), registry.slos[1].indicator.id());
    assert_eq!(registry.objectives_of(&registry.steps[1]).count(), 1);
    assert!(registry.columns(&mail).get("region").is_some() && registry.columns(&shop).get("region").is_none());
    assert_eq!(registry.dimensions().len(), 2);
}

#[test]
fn in_several_products_each_document_says_to_which_it_belongs() {
    let service = document("Service", "web", "  owner: t");
    let open = step("open", "web GET /home", "[]");
    let look = objective("look", "[open]");
    let which = said(&[TWO, &service, &open, &look]);
    assert_eq!(
        which,
        ["web", "open", "look"].map(|name| format!("MPN003 `{name}` does not say to which product it belongs"))
    );
    // What belongs nowhere is not called unknown as well.
    let one = said(&[TWO, &of("mail", &service), &open, &of("mail", &look)]);
    assert_eq!(one, ["MPN003 `open` does not say to which product it belongs"]);
    // Names are looked up within the product.
    let across = said(&[TWO, &of("shop", &service), &of("mail", &open), &of("mail", &look)]);
    assert_eq!(across, ["MPN007 there is no service `web`"]);
    // Rules that only give classes need no product.
    let class = rules(&rule("userAgent: '*bot*'", "class: partner"));
    assert_eq!(said(&[TWO, &class]), [""; 0]);
    assert_eq!(said(&[TWO, &of("mial", &class)]), ["MPN002 there is no product `mial`"]);
    assert_eq!(
        said(&[TWO, &rules(&rule("path: /home", "step: open"))]),
        ["MPN003 `r` does not say to which product it belongs"]
    );
}

#[test]
fn what_is_unused_is_so_within_its_product() {
    let mail = [
        document("Service", "web", "  owner: t\n  operations: [GET /home]"),
        step("open", "web GET /home", "[]"),
        objective("look", "[open]"),
    ];
    let mail: String = mail.iter().map(|document| of("mail", document)).collect();
    let shop = [document("Service", "web", "  owner: t\n  operations: [GET /home]"), step("open", "[]", "[]")];
    let shop: String = shop.iter().map(|document| of("shop", document)).collect();
    assert_eq!(
        said(&[TWO, &mail, &shop]),
        [
            "MPM001 no step uses `web GET /home`",
            "MPM002 step `open` belongs to no objective",
            "MPM003 step `open` has no measuring point: its attempts cannot be counted",
        ]
    );
}

#[test]
fn of_two_documents_of_one_name_the_first_counts_and_both_are_read() {
    let first = step("a", "webmail GET /a", "[]");
    let second = step("a", "nobody GET /a", "[]");
    let parts = [MAIL, &first, &second, &objective("o", "[a]"), &objective("o", "[a, b]")];
    assert_eq!(
        said(&parts),
        [
            "MPN001 there are two documents for step `a`",
            "MPN007 there is no service `nobody`",
            "MPN001 there are two documents for objective `o`",
            "MPN004 there is no step `b`",
        ]
    );
}

/// The alerts of an SLO of a step that is measured so.
fn alerts(more: &str) -> Vec<String> {
    let slo = document("SLO", "s", &format!("  step: a\n  type: availability\n  target: 99%\n{more}"));
    let flow = document(
        "Flow",
        "f",
        "  step: a\n  start: {operation: webmail GET /a}\n  ends: {operation: gateway GET /done, outcome: success}\n  key: interaction\n  deadline: 10m",
    );
    let parts = [MAIL, &step("a", "webmail GET /a", "[gateway GET /done]"), &objective("o", "[a]"), &flow, &slo];
    let text = parts.concat();
    let outcome = read_texts([("a.yaml", &*text), ("agents.yaml", NO_AGENTS)]);
    let mut lines: Vec<String> = (outcome.diagnostics.iter())
        .filter(|d| d.code.as_str() != "MPS006")
        .map(|d| format!("{} {}", d.code.as_str(), d.message))
        .collect();
    if let Some(registry) = outcome.registry {
        lines.extend(
            registry.slos[0].alerts.tiers.iter().map(|tier| format!("{} {}", tier.urgency.as_str(), tier.short)),
        );
    }
    lines
}

#[test]
fn alerts_wait_until_their_source_has_settled() {
    assert_eq!(alerts(""), ["page 5m", "page 30m", "ticket 2h", "ticket 6h"]);
    assert_eq!(alerts("  method: client"), ["ticket 2h", "ticket 6h"]);
    // The deadline, and five minutes for the lines of the gateway.
    assert_eq!(alerts("  method: end-to-end"), ["page 30m", "ticket 2h", "ticket 6h"]);
    assert_eq!(
        alerts("  method: end-to-end\n  alerts: [{page: 2%, long: 1h, short: 14m}, {page: 2%, long: 1h, short: 15m}]"),
        ["MPB004 a window of 14m ends before its source has settled, which takes 15m"]
    );
    assert_eq!(alerts("  alerts: []"), [""; 0]);
    assert_eq!(alerts("  window: 1h"), ["page 5m"]);
    assert_eq!(alerts("  alerts: [page-2h]"), ["MPY012 `page-2h` is not a tier of alerts"]);
}

#[test]
fn that_there_are_no_stakeholders_is_said_once_and_only_where_people_are_named() {
    let step = step("a", "webmail GET /a", "[]");
    let slo = document("SLO", "s", "  step: a\n  type: availability\n  target: 99%");
    let agreed = "  agreedBy: [sre, product-manager]\n  agreedOn: 2026-01-31";
    let budget = document("ErrorBudgetPolicy", "b", &format!("  thresholds: [{{spent: 100%, actions: x}}]\n{agreed}"));
    let signed = "{product: ux, engineering: sre, on: 2026-01-31}";
    let severity = document(
        "SeverityPolicy",
        "p",
        &format!("  rules: [{{level: minor, scope: all, impact: any}}]\n  signedOff: {signed}"),
    );
    let parts = [MAIL, &step, &objective("o", "[a]"), &slo, &budget, &severity];
    assert_eq!(said(&parts), ["MPP006 product `mail` has no stakeholders, and people are named in it"]);
    assert_eq!(said(&parts[..4]), [""; 0]);
}

#[test]
fn what_names_nothing_that_exists_does_not_come_to_mean_everything() {
    let step = step("a", "webmail GET /a", "[]");
    let slo = document("SLO", "s", "  step: a\n  type: availability\n  target: 99%");
    let policy = |name: &str, more: &str| {
        let agreed = "  agreedBy: [sre]\n  agreedOn: 2026-01-31";
        document("ErrorBudgetPolicy", name, &format!("  thresholds: [{{spent: 100%, actions: x}}]\n{agreed}\n{more}"))
    };
    let (all, slip) = (policy("b", ""), policy("c", "  appliesTo: {slos: t}"));
    let found = said(&[MAIL, &step, &objective("o", "[a]"), &slo, &all, &slip]);
    assert_eq!(
        found,
        ["MPP006 product `mail` has no stakeholders, and people are named in it", "MPB006 there is no SLO `t`"]
    );
}
