//! Pages of the registry: the tables of the article on the mail example, and what becomes of hostile, empty and contradictory registries.

use crate::mail::mail;
use crate::read_alone;
use milepost_registry::Registry;
use milepost_registry::show::{Shown, Topic};
use roxmltree::{Document, ParsingOptions};
use serde_json::Value;

fn topics() -> impl Iterator<Item = Option<Topic>> {
    std::iter::once(None).chain(Topic::ALL.map(Some))
}

fn shown(registry: &Registry, topic: Option<Topic>) -> Shown<'_> {
    Shown::new(registry, None, topic).unwrap()
}

fn name(topic: Option<Topic>) -> &'static str {
    topic.map_or("overview", Topic::as_str)
}

fn registry(text: &str) -> Registry {
    let outcome = read_alone([("registry.yaml", text)]);
    assert_eq!(outcome.diagnostics.errors(), 0, "{}", outcome.diagnostics.render(false));
    outcome.registry.unwrap()
}

/// The text of an HTML document, which is XML, and has nothing that runs or asks elsewhere.
fn text_of(html: &str) -> String {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(html, options).unwrap();
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        assert!(!["script", "img", "link", "iframe", "a"].contains(&node.tag_name().name()), "{html}");
        assert!(node.attributes().all(|attribute| !attribute.name().starts_with("on")), "{html}");
    }
    assert!(!html.contains("http:") && !html.contains("https:") && !html.contains("url("));
    document.descendants().filter_map(|node| node.is_text().then(|| node.text()).flatten()).collect()
}

/// Cells of a line of a Markdown table: bars that nothing escapes part them.
fn cells(line: &str) -> usize {
    line.replace("\\\\", "").replace("\\|", "").matches('|').count()
}

fn assert_tables_are_whole(markdown: &str) {
    let mut width = None;
    for line in markdown.lines() {
        match (line.starts_with('|'), width) {
            (false, _) => width = None,
            (true, None) => width = Some(cells(line)),
            (true, Some(width)) => assert_eq!(cells(line), width, "{line}"),
        }
    }
}

#[test]
fn every_topic_of_the_mail_example_is_written_as_markdown() {
    let mail = mail();
    for topic in topics() {
        let markdown = shown(&mail, topic).markdown();
        assert_tables_are_whole(&markdown);
        insta::assert_snapshot!(format!("show_{}", name(topic)), markdown);
    }
}

#[test]
fn every_topic_of_the_mail_example_is_a_page_with_all_that_the_table_holds() {
    let mail = mail();
    for topic in topics() {
        let shown = shown(&mail, topic);
        let text = text_of(&shown.html());
        for page in shown.pages() {
            for row in page.sheets.iter().flat_map(|sheet| &sheet.rows) {
                let lines = row.cells.iter().flat_map(|cell| &cell.0);
                assert!(lines.into_iter().all(|line| text.contains(&line.text)), "{}", name(topic));
            }
        }
    }
}

/// Keys of a value, and of the first element of each list in it.
fn keys(value: &Value, path: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = format!("{path}.{key}");
                out.push(path.clone());
                keys(value, &path, out);
            }
        }
        Value::Array(values) => {
            if let Some(first) = values.first() {
                keys(first, &format!("{path}[]"), out);
            }
        }
        _ => {}
    }
}

#[test]
fn records_have_the_nouns_of_the_domain() {
    let mail = mail();
    let mut all = String::new();
    for topic in topics() {
        let mut out = Vec::new();
        keys(&serde_json::to_value(shown(&mail, topic)).unwrap(), "", &mut out);
        all.push_str(&format!("{}\n  {}\n", name(topic), out.join("\n  ")));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn the_tables_read_as_those_of_the_article() {
    let mail = mail();
    let of = |topic| serde_json::to_value(shown(&mail, Some(topic))).unwrap();
    let severity = of(Topic::Severity);
    let levels = severity["severity_policies"][0]["levels"].as_array().unwrap();
    let rules = |level: &Value| -> Vec<String> {
        let rules = level["rules"].as_array().unwrap().iter();
        rules.map(|rule| rule["description"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(rules(&levels[0]), ["Any impact to Send mail or Receive mail", "> 20% impact to core features"]);
    assert_eq!(rules(&levels[1]), ["> 5% impact to core features", "> 20% impact to auxiliary features"]);
    assert_eq!(rules(&levels[2]), ["> 0% impact to any feature"]);
    let pages = shown(&mail, Some(Topic::Criticality)).pages();
    let last = |at: usize| -> Vec<&str> {
        pages[0].sheets[0].rows[at].cells[2].0.iter().map(|line| line.text.as_str()).collect()
    };
    assert_eq!(last(0), ["Compose mail", "Read mail"]);
    assert_eq!(last(1), ["Compose mail > Check spelling", "Read mail > Filter spam"]);
    assert_eq!(last(2), ["Everything that is not named above"]);
}

/// A registry all of whose texts try to be something else. Control characters have no place in a registry at all.
fn hostile() -> String {
    let text = r#""<script>alert(1)</script> | `a` **b** &amp; [c](javascript:d) \u202e é""#;
    format!(
        r#"apiVersion: milepost/v1
kind: Product
metadata: {{name: shop}}
spec:
  title: {text}
  description: {text}
  owner: pm
  reconfirmBy: 2027-01-31
  stakeholders: [{{name: pm, role: product-manager, contact: {text}}}, {{name: web, role: engineering}}]
  responsibilities:
    {text}: {{accountable: pm, responsible: web}}
---
apiVersion: milepost/v1
kind: Objective
metadata: {{name: buy}}
spec: {{title: {text}, description: {text}, steps: [order]}}
---
apiVersion: milepost/v1
kind: Step
metadata: {{name: order}}
spec: {{title: {text}, description: {text}, start: {text}, success: {text}, failure: {text}, measure: ["web message a|b`c`"]}}
---
apiVersion: milepost/v1
kind: Service
metadata: {{name: web}}
spec: {{title: {text}, owner: web}}
---
apiVersion: milepost/v1
kind: FitAssessment
metadata: {{name: fit}}
spec:
  roles: {{met: yes, evidence: {text}}}
  definitions: {{met: yes, evidence: {text}}}
  servers: {{met: no, evidence: {text}, plan: {text}}}
  connection: {{met: yes, evidence: {text}}}
  infrastructure: clients-annotate
  assessedBy: pm
  assessedOn: 2026-02-16
"#
    )
}

#[test]
fn hostile_text_is_nothing_but_text_in_every_format() {
    let registry = registry(&hostile());
    for topic in topics() {
        let shown = shown(&registry, topic);
        let text = text_of(&shown.html());
        assert!(text.contains("<script>alert(1)</script> | `a` **b** &amp; [c](javascript:d) é"), "{text}");
        let markdown = shown.markdown();
        assert_tables_are_whole(&markdown);
        // Between double backticks everything is code.
        let outside_of_code: String = markdown.split("``").step_by(2).collect();
        assert!(!outside_of_code.replace("<br>", "").contains('<'), "{markdown}");
        assert!(markdown.contains("\\*\\*b\\*\\* &amp;amp; \\[c\\]"), "{markdown}");
        for page in shown.pages() {
            let lines = page.sheets.iter().flat_map(|s| &s.rows).flat_map(|r| &r.cells).flat_map(|c| &c.0);
            assert!(lines.into_iter().all(|line| !line.text.contains(['\u{202e}', '\n'])));
        }
    }
    let code = shown(&registry, Some(Topic::Steps)).markdown();
    assert!(code.contains("`` web message a\\|b`c` ``"), "{code}");
}

const PRODUCT: &str =
    "apiVersion: milepost/v1\nkind: Product\nmetadata: {name: shop}\nspec: {description: A shop., owner: shop-team}\n";

#[test]
fn a_topic_with_nothing_to_show_says_which_document_to_add() {
    let registry = registry(PRODUCT);
    let pages: Vec<String> = topics().map(|topic| shown(&registry, topic).markdown()).collect();
    insta::assert_snapshot!(pages.join("\n"));
}

#[test]
fn what_is_declared_and_contradicts_the_rules_is_marked() {
    let documents = "---
apiVersion: milepost/v1
kind: Objective
metadata: {name: buy}
spec: {description: Someone buys., criticality: none, steps: [order, look]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: order}
spec: {description: Orders., start: Now., success: Ordered., tags: [core], measure: [web POST /orders]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: look}
spec: {description: Looks., start: Now., success: Seen., measure: [web GET /]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {owner: shop-team}
";
    let registry = registry(&format!("{PRODUCT}{documents}"));
    let shown = shown(&registry, Some(Topic::Criticality));
    let records = serde_json::to_value(&shown).unwrap();
    let of = |at: usize, key: &str| records["criticality"][at][key].clone();
    assert_eq!((of(0, "declared"), of(0, "agrees")), ("none".into(), false.into()));
    assert_eq!(of(0, "implied")["severity"], "major");
    // Without a policy, nothing is agreed on for steps without a tag.
    assert_eq!((of(1, "implied"), of(1, "agrees")), (Value::Null, Value::Null));
    let markdown = shown.markdown();
    assert!(markdown.contains("**differs**") && markdown.contains("They differ in 1 place"), "{markdown}");
}

#[test]
fn one_of_several_products_is_shown_alone_and_an_unknown_one_is_guessed() {
    let registry = registry(&format!("{PRODUCT}---\n{}", PRODUCT.replace("name: shop}", "name: kiosk}")));
    assert_eq!(Shown::new(&registry, None, None).unwrap().pages().len(), 2);
    let pages = Shown::new(&registry, Some("kiosk"), Some(Topic::Slos)).unwrap().pages();
    assert_eq!(pages.iter().map(|page| page.product.as_str()).collect::<Vec<_>>(), ["kiosk"]);
    let unknown = Shown::new(&registry, Some("kiosc"), None).err().unwrap();
    assert_eq!(unknown.to_string(), "there is no product `kiosc`\nhelp: did you mean `kiosk`?");
}

#[test]
fn a_step_that_rules_recognise_is_measured() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/online-boutique");
    let registry = crate::options().read(&folder).registry.unwrap();
    let engagement = serde_json::to_value(shown(&registry, Some(Topic::Engagement))).unwrap();
    assert_eq!(engagement["engagement"][0]["deliverables"][1]["state"], "done");
    let steps = shown(&registry, Some(Topic::Steps)).markdown();
    assert!(steps.contains("Recognised by rules") && !steps.contains("nowhere"), "{steps}");
}

const SHOP: &str = "---
apiVersion: milepost/v1
kind: Objective
metadata: {name: buy}
spec: {description: Someone buys., steps: [order, look]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: order}
spec: {description: Orders., start: Now., success: Ordered., measure: [web POST /orders]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: look}
spec: {description: Looks., start: Now., success: Seen., measure: [web GET /]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {owner: shop-team}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: mailer}
spec: {owner: shop-team}
";

fn shop(more: &str) -> Registry {
    registry(&format!("{PRODUCT}{SHOP}---\n{more}"))
}

#[test]
fn a_target_that_is_of_slices_says_so_on_every_page_of_slos() {
    let registry = shop(
        "apiVersion: milepost/v1
kind: SLO
metadata: {name: order-slices}
spec: {step: order, type: availability, target: 99.95%, budgeting: {slice: 5m, sliceTarget: 98%}}
",
    );
    let slos = shown(&registry, Some(Topic::Slos));
    let words = "of 5-minute slices, each good from 98% on";
    assert!(slos.markdown().contains(words) && slos.html().contains(words), "{}", slos.markdown());
    let records = serde_json::to_value(&slos).unwrap();
    let slices = &records["slos"][0]["budgeting"][0];
    assert_eq!((&slices["slice"], &slices["slice_target"]), (&"5m".into(), &"98%".into()));
    let steps = shown(&registry, Some(Topic::Steps)).markdown();
    assert!(steps.contains(&format!("99.95% {words}, over 28d")), "{steps}");
}

#[test]
fn records_of_alerts_are_structured_and_the_form_is_no_tier() {
    let registry = shop(
        "apiVersion: milepost/v1
kind: SLO
metadata: {name: order}
spec:
  step: order
  type: availability
  target: 99.9%
  window: {calendar: month, timeZone: Europe/Zurich}
  alerts: {form: rate, tiers: [ticket-1d, {page: 3%, long: 2h, short: 10m}]}
",
    );
    let slos = shown(&registry, Some(Topic::Slos));
    let slo = &serde_json::to_value(&slos).unwrap()["slos"][0];
    let own = serde_json::json!({"name": "page-2h", "urgency": "page", "share": "3%", "long": "2h", "short": "10m"});
    assert_eq!((&slo["alerts"]["form"], &slo["alerts"]["tiers"][1]), (&"rate".into(), &own));
    assert_eq!(slo["window"], serde_json::json!({"calendar": "month", "time_zone": "Europe/Zurich"}));
    assert!(slos.markdown().contains("ticket 10% in 1d, 2h<br>page 3% in 2h, 10m<br>*by rate*"), "{}", slos.markdown());
}

#[test]
fn a_flow_that_starts_with_a_step_waits_for_where_the_step_is_measured() {
    let flow = "apiVersion: milepost/v1
kind: Flow
metadata: {name: confirmation}
spec:
  step: order
  start: {step: order}
  ends: [{operation: mailer message confirmations, outcome: success}]
  key: interaction
  deadline: 5m
";
    let registry = shop(flow);
    let records = serde_json::to_value(shown(&registry, Some(Topic::Flows))).unwrap();
    assert_eq!(records["flows"][0]["sources"], serde_json::json!(["mailer", "web"]));
}

#[test]
fn uses_of_steps_of_which_nothing_is_declared_are_counted_once() {
    let registry = shop(
        "apiVersion: milepost/v1
kind: SeverityPolicy
metadata: {name: severity}
spec:
  rules: [{level: medium, scope: all, impact: any}]
  signedOff: {product: shop-team, engineering: shop-team, on: 2026-01-31}
",
    );
    let overview = shown(&registry, None).markdown();
    assert!(overview.contains("uses of steps: 0 critical, 0 important, 0 none, 2 not declared"), "{overview}");
    let criticality = shown(&registry, Some(Topic::Criticality)).markdown();
    assert!(criticality.contains("Of 2 uses nothing is declared, so that none holds"), "{criticality}");
}

#[test]
fn a_policy_says_which_steps_a_kpi_means_and_leaves_numbered_levels_as_they_are() {
    let product = "apiVersion: milepost/v1\nkind: Product\nmetadata: {name: shop}\nspec: {description: A shop., owner: shop-team, kpis: {orders: {description: How many., unit: orders, steps: [order]}}}\n";
    let policy = "apiVersion: milepost/v1
kind: SeverityPolicy
metadata: {name: severity}
spec:
  levels: [sev1, sev2]
  rules: [{level: sev1, scope: {kpi: orders}, impact: any}, {level: sev2, scope: all, impact: any}]
  signedOff: {product: shop-team, engineering: shop-team, on: 2026-01-31}
";
    let registry = registry(&format!("{product}{SHOP}---\n{policy}"));
    let severity = shown(&registry, Some(Topic::Severity)).markdown();
    assert!(severity.contains("| move orders | order |") && severity.contains("**sev1**"), "{severity}");
}

#[test]
fn objectives_say_what_a_step_comes_after_where_that_is_not_the_one_above() {
    let text = format!("{PRODUCT}{}", SHOP.replace("[order, look]", "[order, {step: look, after: []}]"));
    let registry = registry(&text);
    let objectives = shown(&registry, Some(Topic::Objectives)).markdown();
    assert!(objectives.contains("Looks.<br>*at the start*") && objectives.contains("*shop-team*"), "{objectives}");
}
