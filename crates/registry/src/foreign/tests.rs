//! Documents of other tools that are wrong, odd or hostile.

use super::*;

fn read(text: &str) -> Foreign {
    read_texts([("slos.yaml", text)], &Name::new("mail").unwrap())
}

fn codes(foreign: &Foreign) -> Vec<Code> {
    foreign.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

/// A document of Sloth with these SLOs.
fn sloth(slos: &str) -> String {
    format!("version: prometheus/v1\nservice: web\nslos:\n{slos}")
}

fn over(period: &str, text: &str) -> Foreign {
    let service = Name::new("mail").unwrap();
    let sloth_period = period.parse().unwrap();
    read_texts([("slos.yaml", text)], Unsaid { service: &service, sloth_period })
}

const SLI: &str = "sli: {events: {error_query: 'sum(rate(a[{{.window}}]))', total_query: 'sum(rate(b[{{.window}}]))'}}";

#[test]
fn one_run_tells_every_mistake() {
    let text = sloth(&format!(
        "  - {{name: a, objective: 100, {SLI}}}\n  - {{objective: 99, {SLI}}}\n  - {{name: c, objective: 99, sli: {{}}}}\n  - {{name: d, objective: 99, sli: {{events: {{total_query: x}}}}}}\n"
    ));
    let foreign = read(&text);
    assert_eq!(codes(&foreign), [Code::BadTarget, Code::MissingKey, Code::EitherOr, Code::MissingKey]);
    assert!(foreign.slos.is_empty() && foreign.diagnostics.iter().all(|diagnostic| diagnostic.help.is_some()));
}

#[test]
fn what_a_cluster_adds_is_passed_over_and_nothing_else() {
    let text = format!(
        "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\nmetadata: {{name: x, uid: y, generation: 3, managedFields: []}}\nspec: {{service: web, slos: [{{name: a, objective: 99, {SLI}}}]}}\nstatus: {{}}\nextra: 1\n"
    );
    let foreign = read(&text);
    assert_eq!((foreign.slos.len(), codes(&foreign)), (1, vec![Code::NoCounterpart]));
    assert_eq!(foreign.slos[0].slo.name.as_str(), "web-a");
}

#[test]
fn a_label_of_an_slo_goes_before_that_of_its_service_and_empty_ones_are_none() {
    let text = sloth(&format!("  - {{name: a, objective: 99, {SLI}, labels: {{tier: 0, team: ''}}}}\n"));
    let foreign = read(&text.replace("slos:", "labels: {tier: 1, team: b, region: eu}\nslos:"));
    let labels = [("region", "eu"), ("tier", "0")].map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(foreign.slos[0].labels, labels);
}

#[test]
fn labels_are_bounded_since_each_slo_repeats_them() {
    let labels: String = (0..100).map(|at| format!("l{at}: x, ")).collect();
    let text = sloth(&format!("  - {{name: a, objective: 99, {SLI}}}\n"))
        .replace("slos:", &format!("labels: {{{labels}}}\nslos:"));
    assert_eq!(codes(&read(&text)), [Code::TooLarge]);
    let many: String = (0..1_001).map(|at| format!("  - {{name: a{at}, objective: 99, {SLI}}}\n")).collect();
    assert_eq!(codes(&read(&sloth(&many))), [Code::TooLarge]);
}

#[test]
fn lists_are_looked_into_once_and_other_documents_are_told() {
    assert_eq!(codes(&read("apiVersion: v1\nitems: [{apiVersion: v1, items: []}]\n")), [Code::Empty]);
    let other =
        read("{apiVersion: openslo/v1, kind: SLO}\n---\n{apiVersion: apps/v1, kind: Deployment}\n---\n{a: b}\n");
    assert_eq!(codes(&other), [Code::ApiVersion, Code::ApiVersion, Code::MissingKey]);
    let help: Vec<_> = other.diagnostics.iter().filter_map(|diagnostic| diagnostic.help.as_deref()).collect();
    assert!(help[0].starts_with("documents of OpenSLO are read as they are"), "{help:?}");
}

#[test]
fn the_period_that_sloth_is_told_is_the_window_and_scales_the_burn_rates() {
    let text = sloth(&format!("  - {{name: a, objective: 99, {SLI}}}\n"));
    let read = |period: &str| {
        let foreign = over(period, &text);
        let slo = &foreign.slos[0].slo;
        let rates = slo.alert_policies.iter().map(|policy| policy.condition.threshold.to_string());
        (slo.window.to_string(), rates.collect::<Vec<_>>().join(" "), codes(&foreign))
    };
    // A tenth of 28 days in three is 0.9333...: Sloth's own number, as far as it is held.
    let expected = [("30d", "14.4 6 3 1"), ("28d", "13.44 5.6 2.8 0.933333333")];
    for (period, rates) in expected {
        assert_eq!(read(period), (period.to_owned(), rates.to_owned(), Vec::new()));
    }
    assert_eq!(read("7d"), ("7d".to_owned(), String::new(), vec![Code::NoCounterpart]));
    assert_eq!(over("30d", &text).slos, self::read(&text).slos);
}

#[test]
fn windows_of_pyrra_scale_its_alerts() {
    let text = |window: &str| {
        format!(
            "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {{name: a}}\nspec: {{target: '99', window: {window}, indicator: {{ratio: {{errors: {{metric: a}}, total: {{metric: b}}}}}}}}\n"
        )
    };
    let lookbacks = |window: &str| {
        let foreign = read(&text(window));
        let policies = &foreign.slos[0].slo.alert_policies;
        policies.iter().map(|policy| policy.condition.lookback.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(lookbacks("28d"), ["1h", "6h", "1d", "4d"]);
    assert_eq!(lookbacks("2w"), ["30m", "3h", "12h", "2d"]);
    // As Pyrra rounds: 643 s is 11 minutes.
    assert_eq!(lookbacks("5d"), ["11m", "64m", "257m", "1029m"]);
    assert_eq!(codes(&read(&text("3y"))), [Code::BadValue]);
    assert_eq!(codes(&read(&text("740d"))), [Code::BadWindow]);
}
