//! A registry as large as any: ten thousand documents of every kind are read and agree, and bounds hold what is larger.

use crate::read_alone;
use std::fmt::Write as _;

const PRODUCTS: usize = 100;
const STEPS: usize = 40;

fn document(text: &mut String, kind: &str, name: &str, product: Option<&str>, spec: &str) {
    let product = product.map_or_else(String::new, |product| format!(", product: {product}"));
    let _ =
        write!(text, "---\napiVersion: milepost/v1\nkind: {kind}\nmetadata: {{name: {name}{product}}}\nspec: {spec}\n");
}

/// Everything of one product: 101 documents.
fn product(at: usize) -> String {
    let name = format!("p{at}");
    let mut text = String::new();
    let people = "stakeholders: [product-manager, ux, engineering, sre], reconfirmBy: 2027-01-31, \
        responsibilities: {Define steps: {accountable: product-manager, responsible: ux, informed: [sre, engineering]}}, \
        kpis: {sold: {description: Sold., unit: pieces, steps: [s0, s1]}}";
    let spec = format!("{{description: A product., owner: product-manager, {people}}}");
    document(&mut text, "Product", &name, None, &spec);
    let of = Some(name.as_str());
    document(&mut text, "Service", "web", of, "{owner: engineering, sampling: head}");
    for objective in 0..10 {
        let steps: Vec<String> = (objective * 4..objective * 4 + 8).map(|step| format!("s{}", step % STEPS)).collect();
        let steps =
            format!("{{description: An objective., owner: ux, criticality: critical, steps: [{}]}}", steps.join(", "));
        document(&mut text, "Objective", &format!("o{objective}"), of, &steps);
    }
    for step in 0..STEPS {
        let spec =
            format!("{{description: A step., start: Now., success: Done., tags: [core], measure: web GET /{step}}}");
        document(&mut text, "Step", &format!("s{step}"), of, &spec);
        let spec = format!(
            "{{step: s{step}, type: availability, target: 99.9%, alerts: [page-1h, {{ticket: 10%, long: 3d, short: 6h}}]}}"
        );
        document(&mut text, "SLO", &format!("a{step}"), of, &spec);
    }
    let rules = "[{level: major, scope: {tags: core}, impact: '> 20%'}, {level: major, scope: {kpi: sold, steps: s3}, \
        impact: any, pooled: true}, {level: minor, scope: all, impact: any}]";
    let signed = "{product: ux, engineering: engineering, on: 2026-01-31}";
    document(&mut text, "SeverityPolicy", "severity", of, &format!("{{rules: {rules}, signedOff: {signed}}}"));
    for policy in 0..4 {
        let slos: Vec<String> = (policy * 10..policy * 10 + 10).map(|slo| format!("a{slo}")).collect();
        let spec = format!(
            "{{thresholds: [{{spent: 100%, actions: Stop.}}], agreedBy: [ux, sre], agreedOn: 2026-01-31, appliesTo: {{slos: [{}]}}}}",
            slos.join(", ")
        );
        document(&mut text, "ErrorBudgetPolicy", &format!("b{policy}"), of, &spec);
    }
    for flow in 0..3 {
        let spec = format!(
            "{{step: s{flow}, start: {{step: s{flow}}}, ends: {{operation: web GET /{}, outcome: success}}, key: interaction, deadline: 5m}}",
            flow + 1
        );
        document(&mut text, "Flow", &format!("f{flow}"), of, &spec);
    }
    let met = "{met: yes, evidence: It is so.}";
    let answers = format!("roles: {met}, definitions: {met}, servers: {met}, connection: {met}");
    document(&mut text, "FitAssessment", "fit", of, &format!("{{{answers}, assessedBy: sre, assessedOn: 2026-01-31}}"));
    text
}

#[test]
fn ten_thousand_documents_of_every_kind_are_read_and_agree() {
    let files: Vec<(String, String)> = (0..PRODUCTS).map(|at| (format!("{at}.yaml"), product(at))).collect();
    let documents: usize = files.iter().map(|(_, text)| text.matches("---\n").count()).sum();
    assert!(documents >= 10_000, "{documents}");
    let outcome = read_alone(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    assert_eq!(outcome.diagnostics.render(false), "");
    let registry = outcome.registry.unwrap();
    assert_eq!((registry.flows.len(), registry.budget_policies.len()), (PRODUCTS * 3, PRODUCTS * 4));
    assert_eq!((registry.severity_policies.len(), registry.fit_assessments.len()), (PRODUCTS, PRODUCTS));
}

const PRODUCT: &str =
    "apiVersion: milepost/v1\nkind: Product\nmetadata: {name: mail}\nspec: {description: Mail., owner: ux, ";

/// The bounds that a text is beyond.
fn beyond(text: &str) -> Vec<String> {
    let outcome = read_alone([("a.yaml", text)]);
    let too_large = outcome.diagnostics.iter().filter(|d| d.code.as_str() == "MPY003");
    too_large.map(|d| d.message.clone()).collect()
}

fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(", ")
}

#[test]
fn what_every_step_is_held_against_has_bounds() {
    let people = list(201, |n| format!("{{name: t{n}, role: sre}}"));
    assert_eq!(beyond(&format!("{PRODUCT}stakeholders: [{people}]}}\n")), ["`stakeholders` has 201 entries"]);
    let rows = list(201, |n| format!("Do {n}: {{accountable: ux}}"));
    assert_eq!(
        beyond(&format!("{PRODUCT}responsibilities: {{{rows}}}}}\n")),
        ["`responsibilities` has 201 activities"]
    );
    let kpis = list(51, |n| format!("k{n}: {{description: x, unit: x}}"));
    assert_eq!(beyond(&format!("{PRODUCT}kpis: {{{kpis}}}}}\n")), ["`kpis` has 51 entries"]);
    let policy = |spec: &str| {
        let product = format!("{PRODUCT}stakeholders: [ux]}}\n");
        beyond(&format!(
            "{product}---\napiVersion: milepost/v1\nkind: SeverityPolicy\nmetadata: {{name: s}}\nspec: {{{spec}}}\n"
        ))
    };
    let rule = |scope: &str| format!("{{level: minor, scope: {scope}, impact: any}}");
    assert_eq!(policy(&format!("rules: [{}]", list(101, |_| rule("all")))), ["`rules` has 101 entries"]);
    let tags = |rule: usize| format!("{{tags: [{}]}}", list(100, |n| format!("t{rule}-{n}")));
    assert_eq!(
        policy(&format!("rules: [{}]", list(11, |n| rule(&tags(n))))),
        ["the rules of this policy name 1100 things"]
    );
    let levels = list(11, |n| format!("l{n}"));
    assert_eq!(policy(&format!("levels: [{levels}], rules: []")), ["`levels` has 11 entries"]);
}

#[test]
fn a_policy_of_many_pooled_rules_over_many_steps_is_read_in_one_go() {
    let steps = list(2_000, |n| format!("s{n}"));
    let mut text = format!("{PRODUCT}stakeholders: [ux, sre], reconfirmBy: 2027-01-31}}\n");
    document(&mut text, "Service", "web", None, "{owner: sre}");
    for (at, name) in steps.split(", ").enumerate() {
        let spec = format!("{{description: x, start: x, success: x, tags: [core], measure: web GET /{at}}}");
        document(&mut text, "Step", name, None, &spec);
    }
    let rules =
        list(100, |n| format!("{{level: minor, scope: {{tags: core}}, impact: '> {}%', pooled: true}}", n.min(99)));
    let signed = "{product: ux, engineering: sre, on: 2026-01-31}";
    document(&mut text, "SeverityPolicy", "severity", None, &format!("{{rules: [{rules}], signedOff: {signed}}}"));
    let codes: Vec<&str> = {
        let outcome = read_alone([("a.yaml", &*text)]);
        outcome
            .diagnostics
            .iter()
            .map(|d| d.code.as_str())
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect()
    };
    assert_eq!(codes, ["MPM002"], "no objective uses the steps");
}
