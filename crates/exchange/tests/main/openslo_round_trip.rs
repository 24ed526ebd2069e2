//! Any OpenSLO value that is written reads back the same.

use milepost_exchange::openslo::{self, Document};
use milepost_model::{DurationNs, Name, StepPath, Target};
use milepost_slo::Method;
use milepost_slo::open::{
    AlertCondition, AlertPolicy, AlertTarget, Binding, Comparison, Decimal, Metric, OpenBudgeting, OpenIndicator,
    OpenName, OpenObjective, OpenSlo, OpenWindow, Operator, Part, Promise, RatioPart, RawKind, Shorthand, SliKind,
    Verbatim,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::Arc;

pub(crate) const HARNESS: &str = "
{apiVersion: milepost/v1, kind: Product, metadata: {name: shop}, spec: {description: People buy., owner: team}}
---
{apiVersion: milepost/v1, kind: Objective, metadata: {name: buy}, spec: {description: Someone buys., steps: [order]}}
---
{apiVersion: milepost/v1, kind: Step, metadata: {name: order}, spec: {description: d, start: s, success: t, measure: [web POST /orders]}}
---
{apiVersion: milepost/v1, kind: Service, metadata: {name: web}, spec: {owner: team}}
---
{apiVersion: milepost/v1, kind: AnnotationRules, metadata: {name: agents}, spec: {rules: []}}
";

fn open_name() -> impl Strategy<Value = OpenName> {
    "[a-z0-9]([a-z0-9.|/-]{0,8}[a-z0-9])?".prop_map(|name| name.parse().unwrap())
}

/// Words of people: with what YAML takes for its own, and no white space around them.
fn prose() -> impl Strategy<Value = String> {
    "[ -~äß商\u{2028}\u{85}\n]{1,24}"
        .prop_map(|text| text.chars().filter(|c| !c.is_control() || *c == '\n').collect::<String>())
        .prop_filter_map("something is left", |text| Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

fn minutes() -> impl Strategy<Value = DurationNs> {
    prop_oneof![1u64..600, (1u64..20).prop_map(|days| days * 1_440)]
        .prop_map(|minutes| DurationNs::from_seconds(60 * minutes))
}

fn decimal() -> impl Strategy<Value = Decimal> {
    (1u64..1_000_000_000_000)
        .prop_map(|nanos| format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000).parse().unwrap())
}

fn verbatim() -> impl Strategy<Value = Verbatim> {
    let text = "[ -~\n\täß]{0,20}".prop_map(Verbatim::Text);
    let leaf = prop_oneof![text, Just(Verbatim::Nothing)];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Verbatim::List),
            prop::collection::btree_map("[a-z:# ']{1,6}", inner, 0..3)
                .prop_map(|map| Verbatim::Map(map.into_iter().collect())),
        ]
    })
}

fn metric() -> impl Strategy<Value = Metric> {
    (prose(), prop::collection::btree_map("[a-z]{1,6}", verbatim(), 1..3)).prop_map(|(source_type, spec)| Metric {
        source_type: source_type.into(),
        source: None,
        spec: Verbatim::Map(spec.into_iter().collect()),
    })
}

fn indicator() -> impl Strategy<Value = OpenIndicator> {
    let kinds = [RawKind::Success, RawKind::Failure];
    prop_oneof![
        (any::<bool>(), any::<bool>(), metric(), metric()).prop_map(|(counter, is_good, part, total)| {
            OpenIndicator::Ratio {
                counter,
                part: if is_good { RatioPart::Good(part) } else { RatioPart::Bad(part) },
                total,
            }
        }),
        (select(kinds.to_vec()), metric()).prop_map(|(kind, metric)| OpenIndicator::Raw { kind, metric }),
    ]
}

fn budgeting() -> impl Strategy<Value = OpenBudgeting> {
    let slice = (1u64..=60).prop_map(|minutes| DurationNs::from_seconds(60 * minutes));
    prop_oneof![
        Just(OpenBudgeting::Occurrences),
        (slice.clone(), 1u64..1_000).prop_map(|(slice, share)| OpenBudgeting::Timeslices {
            slice,
            target: format!("0.{share:03}").parse().unwrap(),
        }),
        slice.prop_map(|slice| OpenBudgeting::RatioTimeslices { slice }),
    ]
}

fn objective(budgeting: OpenBudgeting) -> impl Strategy<Value = OpenObjective> {
    let operators = Operator::NAMED.map(|(_, operator)| operator);
    let comparison =
        (select(operators.to_vec()), decimal()).prop_map(|(operator, value)| Comparison { operator, value });
    (option::of(prose()), 1..Target::ONE, option::of(comparison)).prop_map(move |(title, nanos, comparison)| {
        OpenObjective {
            title: title.unwrap_or_default(),
            target: Target::from_nanos(nanos).unwrap(),
            comparison,
            budgeting,
        }
    })
}

fn promise() -> impl Strategy<Value = Promise> {
    budgeting().prop_flat_map(|budgeting| {
        let parts = (indicator(), objective(budgeting), decimal()).prop_map(|(indicator, objective, weight)| Part {
            indicator: Arc::new(indicator),
            objective,
            weight,
        });
        prop_oneof![
            (indicator(), vec(objective(budgeting), 1..3))
                .prop_map(|(indicator, objectives)| Promise::Plain { indicator: Arc::new(indicator), objectives }),
            vec(parts, 1..3).prop_map(Promise::Composite),
        ]
    })
}

fn window() -> impl Strategy<Value = OpenWindow> {
    prop_oneof![
        (60u64..1_440 * 400).prop_map(|minutes| OpenWindow::Rolling(DurationNs::from_seconds(60 * minutes))),
        select(vec!["1d", "2w", "1M", "1Q", "1Y"]).prop_map(|length| OpenWindow::Calendar {
            length: length.parse::<Shorthand>().unwrap(),
            start: "2024-01-01 00:00:00".to_owned(),
            time_zone: "Europe/Zurich".to_owned(),
        }),
    ]
}

fn policy() -> impl Strategy<Value = AlertPolicy> {
    let operators = Operator::NAMED.map(|(_, operator)| operator);
    let condition =
        (open_name(), prose(), option::of(select(operators.to_vec())), decimal(), minutes(), option::of(minutes()));
    let condition = condition.prop_map(|(name, severity, operator, threshold, lookback, after)| AlertCondition {
        name,
        severity,
        operator,
        threshold,
        lookback,
        after: after.unwrap_or(DurationNs::from_nanos(0)),
    });
    let target = (open_name(), prose()).prop_map(|(name, target)| Arc::new(AlertTarget { name, target }));
    (open_name(), any::<bool>(), any::<bool>(), condition, target).prop_map(
        |(name, resolved, no_data, condition, target)| AlertPolicy {
            name,
            when_breaching: true,
            when_resolved: resolved,
            when_no_data: no_data,
            condition: Arc::new(condition),
            targets: vec![target],
        },
    )
}

fn binding() -> impl Strategy<Value = Binding> {
    let paths = ["order", "buy/order"].map(|path| path.parse::<StepPath>().unwrap());
    let kinds = SliKind::NAMED.map(|(_, kind)| kind);
    (select(paths.to_vec()), select(Method::ALL.to_vec()), option::of(select(kinds.to_vec())))
        .prop_map(|(path, method, kind)| Binding { product: Name::new("shop").unwrap(), path, method, kind })
}

prop_compose! {
    fn open_slo()(
        name in open_name(), title in option::of(prose()), description in option::of(prose()), service in open_name(),
        binding in option::of(binding()), window in window(), promise in promise(), policy in option::of(policy())
    ) -> OpenSlo {
        OpenSlo {
            title: title.unwrap_or_else(|| name.to_string()),
            name,
            description: description.unwrap_or_default(),
            service: service.to_string(),
            binding,
            window,
            promise,
            alert_policies: policy.into_iter().map(Arc::new).collect(),
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(slo in open_slo(), label in option::of(prose())) {
        let labels = label.map(|text| ("team".to_owned(), text)).into_iter().collect();
        let text = openslo::text(&[Document { slo: slo.clone(), labels }], &[]);
        let outcome = milepost_registry::read_texts([("harness.yaml", HARNESS), ("openslo.yaml", &*text)]);
        let said = outcome.diagnostics.render(false);
        let Some(registry) = outcome.registry else { panic!("{said}\n{text}") };
        prop_assert_eq!(&registry.open_slos, &[slo], "{}", text);
    }
}
