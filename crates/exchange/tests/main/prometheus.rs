//! Rules: what promtool says of them, when their alerts fire, and what is left out with which reason.

use crate::promtool::promtool;
use crate::{example, folder, mail_with};
use milepost_exchange::prometheus::{self, Rules};
use milepost_model::{DurationNs, Minute, Timestamp};
use milepost_slo::{AlertForm, Counts, Evaluator, IndicatorIndex, Minutes, Slo, Subject, Terms, Urgency, View};
use std::fmt::Write as _;

#[test]
fn promtool_accepts_the_rules_of_every_example() {
    for name in ["mail", "erddap", "website", "online-boutique", "train-ticket"] {
        let rules = Rules::of(&example(name));
        let file = folder(&format!("check-{name}")).join("rules.yaml");
        std::fs::write(&file, prometheus::text(&rules.files)).unwrap();
        let Some(checked) = promtool(&["check", "rules"], &file) else { return };
        let said = checked.unwrap_or_else(|said| panic!("{name}: {said}"));
        assert!(said.contains("SUCCESS: "), "{said}");
        assert!(rules.slos > 0 && rules.remarks.left_out() == 0, "{name}: {:?}", rules.remarks);
    }
}

#[test]
fn the_rules_of_an_slo_are_these() {
    let mut registry = example("mail");
    registry.slos.retain(|slo| ["check-spelling-availability", "send-mail-latency"].contains(&slo.name.as_str()));
    registry.slos.truncate(2);
    insta::assert_snapshot!(prometheus::text(&Rules::of(&registry).files));
}

const HARD: &str = "
{apiVersion: milepost/v1, kind: SLO, metadata: {name: in-slices}, spec: {step: login, type: availability, target: 99%, budgeting: {slice: 5m, sliceTarget: 95%}}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: by-month}, spec: {step: login, type: availability, target: 99%, window: {calendar: month}}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: enough}, spec: {step: login, type: throughput, threshold: 10, target: 99%}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: in-the-client}, spec: {step: login, type: availability, target: 99%, method: client}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: lax}, spec: {step: login, type: availability, target: 90%}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: by-status}, spec: {step: login, type: correctness, good: http_status <> 206, target: 90%, alerts: {form: rate, tiers: [ticket-3d]}}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: never-bad}, spec: {step: login, type: availability, good: outcome IS NOT NULL, target: 99%}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: abandoned-too}, spec: {step: login, type: availability, good: \"outcome IN ('success', 'timeout')\", target: 99%, alerts: []}}
";

#[test]
fn what_prometheus_cannot_say_is_left_out_with_the_reason() {
    let rules = Rules::of(&mail_with(HARD));
    let remarks: Vec<String> = rules.remarks.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(remarks.join("\n"));
    assert_eq!((rules.slos, rules.remarks.left_out()), (3, 5));
    let text = prometheus::text(&rules.files);
    let queries = [
        "milepost_slo_events_total{product=\"mail\",slo=\"by-status\",result=\"bad\"}[5m]",
        "milepost_step_events_total{product=\"mail\",step=\"login\",method=\"service\",class=\"interactive\",outcome=~\"failure\"}[5m]",
    ];
    for query in queries {
        assert!(text.contains(query), "{query}\n{text}");
    }
    // A page and a ticket of one SLO, a ticket of another, and none where the registry wants none.
    assert_eq!(text.matches("alert: ErrorBudgetBurn").count(), 3);
}

/// The SLO that burns, with tiers of both urgencies in rate form.
const BURNING: &str = "
{apiVersion: milepost/v1, kind: SLO, metadata: {name: sent}, spec: {step: compose-mail/send-mail, type: availability, target: 99.9%, window: 28d, alerts: {form: rate}}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: fast}, spec: {step: compose-mail/send-mail, type: latency, threshold: 333ms, target: 99%, window: 7d, alerts: {form: rate, tiers: [page-6h, {ticket: 7%, long: 7h, short: 40m}]}}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: silent}, spec: {step: open-inbox, type: availability, target: 99.9%, alerts: {form: rate}}}
";

/// What happens each minute, for so many minutes: valid and bad events.
const STORY: [(u64, u64, u64); 9] = [
    (600, 100, 0),
    (45, 100, 10),
    (300, 100, 0),
    (90, 7, 1),
    (200, 0, 0),
    (30, 50, 50),
    (400, 1_000, 2),
    (20, 300, 4),
    (500, 90, 0),
];

/// Counts of both indicators by minute, from minute 0.
struct Story(Vec<Counts>);

impl Story {
    fn new() -> Self {
        let minutes = STORY
            .iter()
            .flat_map(|(minutes, valid, bad)| (0..*minutes).map(move |_| Counts { valid: *valid, good: valid - bad }));
        Self(minutes.collect())
    }

    /// A counter at each minute from 0 on, in promtool's notation.
    fn counter(&self, of: impl Fn(Counts) -> u64) -> String {
        let (mut sum, mut text) = (0, "0".to_owned());
        for counts in &self.0 {
            sum += of(*counts);
            let _ = write!(text, " {sum}");
        }
        text
    }
}

impl Minutes for Story {
    fn minute(&self, _: IndicatorIndex, minute: Minute) -> Counts {
        usize::try_from(minute.number()).ok().and_then(|at| self.0.get(at)).copied().unwrap_or_default()
    }
}

/// Whether each urgency of an SLO fires after each minute, by our own evaluation.
fn fires(slo: &Slo, story: &Story) -> Vec<[bool; 2]> {
    assert_eq!(slo.alerts.form, AlertForm::Rate);
    let subject = Subject::new(&Terms::of(slo), IndicatorIndex(0), Minute::new(0)).unwrap();
    let mut evaluator = Evaluator::new(&[subject], story, Minute::new(0));
    let minutes = 0..i64::try_from(story.0.len()).unwrap();
    minutes
        .map(|minute| {
            evaluator.advance(story, Minute::new(minute));
            evaluator.evaluate(Timestamp::from_seconds(60 * minute + 59), |_| true, |_| ());
            Urgency::ALL.map(|urgency| {
                let tiers = slo.alerts.tiers.iter().zip(evaluator.alerts(0).tiers());
                tiers.clone().any(|(tier, state)| tier.urgency == urgency && state.is_firing())
            })
        })
        .collect()
}

/// Where a sequence changes, the first value counting as one.
fn changes(values: &[bool]) -> usize {
    1 + values.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// A test for promtool: counters in, and at each minute whether the alert fires, but for the minutes next to a change.
fn burn_test(slos: &[Slo], story: &Story) -> (String, usize) {
    let labels =
        "product=\"mail\",objective=\"compose-mail\",step=\"send-mail\",method=\"service\",class=\"interactive\"";
    let slow = "product=\"mail\",objective=\"compose-mail\",step=\"send-mail\",slo=\"fast\",method=\"service\",class=\"interactive\"";
    let (good, bad) = (story.counter(|counts| counts.good), story.counter(Counts::bad));
    let none = story.counter(|_| 0);
    let series = [
        (format!("milepost_step_events_total{{{labels},outcome=\"success\"}}"), &good),
        (format!("milepost_step_events_total{{{labels},outcome=\"failure\"}}"), &bad),
        (format!("milepost_step_events_total{{{labels},outcome=\"timeout\"}}"), &none),
        (format!("milepost_step_events_total{{{labels},outcome=\"abandoned\"}}"), &good),
        (format!("milepost_slo_events_total{{{slow},result=\"good\"}}"), &good),
        (format!("milepost_slo_events_total{{{slow},result=\"bad\"}}"), &bad),
    ];
    let mut text =
        "rule_files: [rules.yaml]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n".to_owned();
    for (series, values) in series {
        let _ = writeln!(text, "      - {{series: '{series}', values: '{values}'}}");
    }
    text.push_str("    promql_expr_test:\n");
    let mut compared = 0;
    for slo in slos {
        let fires = fires(slo, story);
        for (at, urgency) in Urgency::ALL.into_iter().enumerate() {
            let fires: Vec<bool> = fires.iter().map(|urgencies| urgencies[at]).collect();
            let firing = format!(
                "ALERTS{{alertname=\"ErrorBudgetBurn\",alertstate=\"firing\",slo=\"{}\",severity=\"{}\"}}",
                slo.name,
                urgency.as_str()
            );
            for (minute, window) in fires.windows(3).enumerate().filter(|(_, w)| w[0] == w[1] && w[1] == w[2]) {
                // What happened in a minute is scraped at its end, and `window[1]` is of the minute after `minute`.
                let scraped = DurationNs::from_seconds(60 * (u64::try_from(minute).unwrap() + 2));
                let samples = if window[1] { "[{value: 1}]" } else { "[]" };
                let _ =
                    writeln!(text, "      - {{expr: 'count({firing})', eval_time: {scraped}, exp_samples: {samples}}}");
                compared += 1;
            }
            assert!(
                changes(&fires) > 2 || slo.name.as_str() == "silent",
                "{} {urgency:?} does not fire and end",
                slo.name
            );
        }
    }
    (text, compared)
}

#[test]
fn alerts_fire_when_our_own_evaluation_in_rate_form_says_so() {
    let registry = mail_with(BURNING);
    let rules = Rules::of(&registry);
    assert_eq!(rules.remarks.iter().count(), 0, "{:?}", rules.remarks);
    let folder = folder("burn");
    std::fs::write(folder.join("rules.yaml"), prometheus::text(&rules.files)).unwrap();
    let story = Story::new();
    let (text, compared) = burn_test(&registry.slos[..2], &story);
    assert!(compared > 4 * story.0.len() * 9 / 10);
    let file = folder.join("burn.test.yaml");
    std::fs::write(&file, text).unwrap();
    let Some(tested) = promtool(&["test", "rules"], &file) else { return };
    tested.unwrap_or_else(|said| panic!("{}", said.chars().take(4_000).collect::<String>()));
}

const SPIKY: &str = "
{apiVersion: milepost/v1, kind: SLO, metadata: {name: spiky}, spec: {step: compose-mail/send-mail, type: availability, target: 99%, window: 1d, alerts: []}}
";

/// A quiet day with five busy minutes in which half of everything fails; nothing in its first minute, so that a range that leaves that out loses nothing.
fn spiky_day() -> Story {
    let of = |minutes: usize, valid, good| std::iter::repeat_n(Counts { valid, good }, minutes);
    Story(of(1, 0, 0).chain(of(700, 10, 10)).chain(of(5, 10_000, 5_000)).chain(of(734, 10, 10)).collect())
}

#[test]
fn the_ratio_of_sums_is_the_true_one_on_spiky_traffic_and_an_average_of_ratios_is_not() {
    let registry = mail_with(SPIKY);
    let slo = registry.slos.iter().find(|slo| slo.name.as_str() == "spiky").unwrap();
    let story = spiky_day();
    let subject = Subject::new(&Terms::of(slo), IndicatorIndex(0), Minute::new(0)).unwrap();
    let last = Minute::new(i64::try_from(story.0.len()).unwrap() - 1);
    let evaluator = Evaluator::new(&[subject], &story, last);
    // 25,000 of 64,340 are bad, 38.9 %: the budget is spent 38 times.
    assert_eq!(evaluator.budget(0, View::Recorded).counts, Counts { valid: 64_340, good: 39_340 });

    let folder = folder("spiky");
    std::fs::write(folder.join("rules.yaml"), prometheus::text(&Rules::of(&registry).files)).unwrap();
    let labels =
        "product=\"mail\",objective=\"compose-mail\",step=\"send-mail\",method=\"service\",class=\"interactive\"";
    let counter = |outcome: &str, values: String| {
        format!(
            "      - {{series: 'milepost_step_events_total{{{labels},outcome=\"{outcome}\"}}', values: '{values}'}}\n"
        )
    };
    let series =
        counter("success", story.counter(|counts| counts.good)) + &counter("failure", story.counter(Counts::bad));
    let of_sums = "sum(slo:sli_error:ratio_rate1d{slo=\"spiky\"})";
    // As Sloth records the ratio of a whole period.
    let short = "slo:sli_error:ratio_rate5m{slo=\"spiky\"}[1d]";
    let of_ratios = format!("sum(sum_over_time({short}) / count_over_time({short}))");
    let claims = [
        format!("abs({of_sums} - 25000 / 64340) < bool 1e-9"),
        // About nine of 1,440 ratios are a half: by their average the target is kept, with most of the budget left.
        format!("{of_ratios} > bool 0.002"),
        format!("{of_ratios} < bool 0.005"),
    ];
    let claims: String = claims
        .iter()
        .map(|claim| format!("      - {{expr: '{claim}', eval_time: 1440m, exp_samples: [{{value: 1}}]}}\n"))
        .collect();
    let file = folder.join("spiky.test.yaml");
    let text = format!(
        "rule_files: [rules.yaml]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n{series}    promql_expr_test:\n{claims}"
    );
    std::fs::write(&file, text).unwrap();
    let Some(tested) = promtool(&["test", "rules"], &file) else { return };
    tested.unwrap_or_else(|said| panic!("{}", said.chars().take(4_000).collect::<String>()));
}
