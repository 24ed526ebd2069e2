//! SLOs of registries as OpenSLO documents: what our own reader of OpenSLO finds in them again.

use crate::{example, mail_with, said, texts_of};
use milepost_exchange::openslo::Documents;
use milepost_model::DurationNs;
use milepost_registry::Registry;
use milepost_slo::open::{OpenBudgeting, OpenIndicator, OpenSlo, OpenWindow, Operator, Promise, RatioPart};
use milepost_slo::{AlertForm, Budgeting, Slo, Window};

/// A registry read again with what was exported of it beside it.
fn read_again(name: &str, exported: &Documents) -> Registry {
    let texts = texts_of(name);
    let exported = exported.products.iter().map(|(product, text)| (format!("{product}.openslo.yaml"), text.clone()));
    let all: Vec<(String, String)> = texts.into_iter().chain(exported).collect();
    let outcome = milepost_registry::read_texts(all.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    assert_eq!(said(&outcome), [""; 0], "{name}");
    outcome.registry.unwrap()
}

fn assert_is(open: &OpenSlo, slo: &Slo) {
    assert_eq!((open.name.as_str(), &open.title, &open.description), (slo.name.as_str(), &slo.title, &slo.description));
    let binding = open.binding.as_ref().unwrap();
    assert_eq!(
        (&binding.product, &binding.path, binding.method),
        (&slo.product, &slo.indicator.path, slo.indicator.method)
    );
    match (&open.window, &slo.window) {
        (OpenWindow::Rolling(open), Window::Rolling(ours)) => assert_eq!(open, ours),
        (OpenWindow::Calendar { length, time_zone, .. }, Window::Calendar(unit, zone)) => {
            assert_eq!((length.to_string().to_lowercase(), time_zone), (format!("1{}", &unit.as_str()[..1]), zone));
        }
        (open, ours) => panic!("{open:?} is not {ours:?}"),
    }
    let Promise::Plain { indicator, objectives } = &open.promise else { panic!("{open:?} has parts") };
    let OpenIndicator::Ratio { counter: true, part: RatioPart::Good(good), total } = &**indicator else {
        panic!("{indicator:?} is no ratio of counters")
    };
    for metric in [good, total] {
        assert!(metric.spec.text("query").unwrap().starts_with("sum(milepost_"), "{metric:?}");
    }
    assert_eq!((objectives.len(), objectives[0].target), (1, slo.target));
    match (objectives[0].budgeting, slo.budgeting) {
        (OpenBudgeting::Occurrences, Budgeting::Occurrences) => {}
        (OpenBudgeting::Timeslices { slice, target }, Budgeting::Timeslices { slice: ours, target: share, .. }) => {
            assert_eq!((slice, target.nanos()), (ours, share.nanos()));
        }
        (OpenBudgeting::RatioTimeslices { slice }, Budgeting::RatioTimeslices { slice: ours, .. }) => {
            assert_eq!(slice, ours);
        }
        (open, ours) => panic!("{open:?} is not {ours:?}"),
    }
    assert_eq!(open.alert_policies.len(), slo.alerts.tiers.len());
    for (policy, tier) in open.alert_policies.iter().zip(&slo.alerts.tiers) {
        let condition = &policy.condition;
        assert_eq!((condition.severity.as_str(), condition.lookback), (tier.urgency.as_str(), tier.long));
        let operator = if slo.alerts.form == AlertForm::Rate { Operator::Above } else { Operator::AtLeast };
        assert_eq!((condition.operator, condition.after), (Some(operator), DurationNs::from_nanos(0)));
        let (rate, whole) = tier.burn_rate(slo.alerts.form, slo.window.shortest());
        let threshold = u128::try_from(condition.threshold.nanos()).unwrap();
        assert!((threshold * whole).abs_diff(rate * 1_000_000_000) <= whole, "{condition:?} is not {tier}");
    }
}

#[test]
fn every_slo_of_the_examples_reads_back() {
    for name in ["mail", "erddap", "website", "online-boutique", "train-ticket"] {
        let registry = example(name);
        let exported = Documents::of(&registry);
        let again = read_again(name, &exported);
        assert_eq!((exported.remarks.left_out(), exported.slos), (0, registry.slos.len()), "{name}");
        assert_eq!(again.open_slos.len(), registry.slos.len(), "{name}");
        again.open_slos.iter().zip(&registry.slos).for_each(|(open, slo)| assert_is(open, slo));
    }
}

const HARD: &str = "
{apiVersion: milepost/v1, kind: SLO, metadata: {name: in-slices}, spec: {step: login, type: availability, target: 99%, budgeting: {slice: 5m, sliceTarget: 95%, noData: bad}}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: in-ratios}, spec: {title: \"In: ratios # and 'so'\", step: login, type: availability, target: 99.12345%, budgeting: {slice: 90m}}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: by-quarter}, spec: {step: login, type: latency, threshold: 1s, target: 99%, window: {calendar: quarter, timeZone: Europe/Zurich}}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: twice-an-hour}, spec: {step: login, type: availability, target: 99%, window: 7d, alerts: {form: rate, tiers: [{page: 5%, long: 7h, short: 5m}, {page: 3%, long: 7h, short: 20m}]}}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: enough}, spec: {step: login, type: throughput, threshold: 10, target: 99%}}
";

#[test]
fn what_openslo_cannot_say_is_told_and_the_rest_reads_back() {
    let registry = mail_with(HARD);
    let exported = Documents::of(&registry);
    let remarks: Vec<String> = exported.remarks.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(remarks.join("\n"));
    let again = read_again("mail", &exported);
    assert_eq!((again.open_slos.len(), exported.remarks.left_out()), (4, 1));
    again.open_slos.iter().zip(&registry.slos).for_each(|(open, slo)| assert_is(open, slo));
    insta::assert_snapshot!(exported.products[0].1);
}

#[test]
fn names_are_unique_among_all_products() {
    let of = |product: &str| {
        format!(
            "{{apiVersion: milepost/v1, kind: Product, metadata: {{name: {product}}}, spec: {{description: d, owner: o}}}}
---
{{apiVersion: milepost/v1, kind: Objective, metadata: {{name: buy, product: {product}}}, spec: {{description: d, steps: [order]}}}}
---
{{apiVersion: milepost/v1, kind: Step, metadata: {{name: order, product: {product}}}, spec: {{description: d, start: s, success: t, measure: [{product}-web POST /orders]}}}}
---
{{apiVersion: milepost/v1, kind: Service, metadata: {{name: {product}-web, product: {product}}}, spec: {{owner: o}}}}
---
{{apiVersion: milepost/v1, kind: SLO, metadata: {{name: orders, product: {product}}}, spec: {{step: order, type: availability, target: 99%}}}}
"
        )
    };
    let texts = [("a.yaml".to_owned(), of("a")), ("b.yaml".to_owned(), of("b"))];
    let exported = Documents::of(&crate::registry(&texts));
    assert_eq!((exported.slos, exported.remarks.left_out(), exported.products.len()), (1, 1, 1));
}
