//! Many SLOs over time, against one that recomputes everything each minute.

use super::*;
use crate::calendar::Calendar;
use crate::{Alerts, Budgeting, CalendarUnit, Exclusions, Period, SliType, Total, Window};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
struct Memory {
    minutes: BTreeMap<(IndicatorIndex, Minute), Counts>,
    /// How many minutes the windows of an indicator are behind.
    behind: i64,
}

impl Minutes for Memory {
    fn minute(&self, indicator: IndicatorIndex, minute: Minute) -> Counts {
        self.minutes.get(&(indicator, minute)).copied().unwrap_or_default()
    }

    fn newest(&self, indicator: IndicatorIndex, running: Minute) -> Minute {
        if indicator.0 == 1 { Minute::new(running.number() - self.behind) } else { running }
    }
}

fn terms(target: &str, window: Window, form: AlertForm) -> Terms {
    let tiers = vec![tier("page 2% 20m 3m"), tier("ticket 5% 50m 6m"), tier("page 4% 40m 5m")];
    Terms {
        target: target.parse().unwrap(),
        window,
        sli: SliType::Availability,
        budgeting: Budgeting::Occurrences,
        alerts: Alerts { form, tiers },
    }
}

fn tier(text: &str) -> AlertTier {
    let [urgency, share, long, short] = text.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let urgency = crate::Urgency::ALL.into_iter().find(|known| known.as_str() == urgency).unwrap();
    let after = DurationNs::from_nanos(0);
    AlertTier {
        urgency,
        share: share.parse().unwrap(),
        long: long.parse().unwrap(),
        short: short.parse().unwrap(),
        after,
    }
}

fn sum(source: &Memory, indicator: IndicatorIndex, period: Period, excluded: &Exclusions) -> Counts {
    let mut counts = Counts::default();
    let minutes = period.iter().filter(|minute| !excluded.holds(*minute));
    minutes.for_each(|minute| counts.add(source.minute(indicator, minute)));
    counts
}

/// Everything of an SLO from all minutes: its budget, and which tiers are over.
fn recomputed(
    slo: &Terms,
    source: &Memory,
    indicator: IndicatorIndex,
    excluded: &Exclusions,
    (since, last): (Minute, Minute),
) -> (ErrorBudget, Vec<bool>) {
    let history = u64::try_from(last.number() - since.number() + 1).unwrap();
    let trailing = |minutes: u64| sum(source, indicator, Period::trailing(minutes, last), excluded);
    let (counts, total) = match &slo.window {
        Window::Rolling(length) => {
            let minutes = crate::minutes_of(*length);
            (trailing(minutes), Total::trailing(trailing(minutes).valid, minutes, history))
        }
        Window::Calendar(unit, zone) => {
            let period = Calendar::new(*unit, zone.parse().unwrap()).period(last);
            let so_far = Period::new(period.start, Minute::new(last.number() + 1));
            let so_far = sum(source, indicator, so_far, excluded);
            let minutes = period.minutes();
            (so_far, Total::trailing(trailing(minutes).valid, minutes, history).or_counted(so_far.valid))
        }
    };
    let over = slo.alerts.tiers.iter().map(|tier| {
        let window = |length| (trailing(crate::minutes_of(length)), crate::minutes_of(length));
        let burn = Burn { long: window(tier.long), short: window(tier.short), total, period: slo.window.shortest() };
        tier.is_over(slo.alerts.form, slo.target, &burn)
    });
    (ErrorBudget { target: slo.target, counts, total }, over.collect())
}

const START: i64 = 28_530_900;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Two indicators, of which one settles late; three SLOs that share them, one with a correction; facts in any order.
    #[test]
    fn every_verdict_is_that_of_a_recomputation_at_each_minute(
        minutes in proptest::collection::vec(proptest::collection::vec((0u32..2, 0i64..90, 1u64..2_000, 0u64..9), 0..4), 1..80),
        (from, length) in (-100i64..60, 1i64..60),
        behind in 0i64..4,
        edited in 0usize..60,
        restarted in 0usize..60,
    ) {
        let day = Window::Calendar(CalendarUnit::Day, "Europe/Zurich".to_owned());
        let mut slos = [
            (terms("99%", Window::Rolling("600m".parse().unwrap()), AlertForm::Share), 0),
            (terms("99.5%", day, AlertForm::Share), 1),
            (terms("90%", Window::Rolling("1d".parse().unwrap()), AlertForm::Rate), 0),
        ];
        let excluded = Exclusions::new([Period::new(Minute::new(START + from), Minute::new(START + from + length))]);
        let since = Minute::new(START - 500);
        let mut source = Memory { behind, ..Memory::default() };
        let mut exclusions = [Exclusions::default(), Exclusions::default(), excluded];
        let mut subjects: Vec<Subject> = slos.iter().zip(&exclusions).map(|((slo, of), exclusions)| {
            Subject::new(slo, IndicatorIndex(*of), since).unwrap().without(exclusions.clone())
        }).collect();
        let mut evaluator = Evaluator::new(&subjects, &source, Minute::new(START));
        for (passed, facts) in minutes.into_iter().enumerate() {
            let running = Minute::new(START + i64::try_from(passed).unwrap());
            evaluator.advance(&source, running);
            if passed == edited {
                // Another target and window, of the other indicator, and a correction that was not there.
                slos[2] = (terms("95%", Window::Rolling("700m".parse().unwrap()), AlertForm::Share), 1);
                exclusions[2] = Exclusions::new([Period::new(Minute::new(START - 50), Minute::new(START - 20))]);
                let subject = Subject::new(&slos[2].0, IndicatorIndex(1), since).unwrap().without(exclusions[2].clone());
                evaluator.replace(2, &subject, &source, running);
                subjects[2] = subject;
            }
            for (indicator, age, valid, bad) in facts {
                let indicator = IndicatorIndex(indicator);
                let counts = Counts { valid: valid.max(bad), good: valid.max(bad) - bad };
                let minute = Minute::new(running.number() - age);
                source.minutes.entry((indicator, minute)).or_default().add(counts);
                evaluator.add(&source, indicator, minute, counts);
            }
            evaluator.evaluate(running.start(), |_| true, |_| {});
            if passed == restarted {
                // From what is stored, and nothing is told twice.
                let states = (0..slos.len()).map(|slo| evaluator.alerts(slo).clone()).collect::<Vec<_>>();
                evaluator = Evaluator::new(&subjects, &source, running);
                for (slo, state) in states.into_iter().enumerate() {
                    let state = AlertState::restored(state.tiers().to_vec(), state.frozen_since(), state.seen_at());
                    evaluator.restore(slo, state);
                }
                let mut told = Vec::new();
                evaluator.evaluate(running.start(), |_| true, |transition| told.push(transition));
                prop_assert_eq!(told, []);
            }
            for (index, (slo, of)) in slos.iter().enumerate() {
                let of = IndicatorIndex(*of);
                let time = (since, source.newest(of, running));
                let (budget, over) = recomputed(slo, &source, of, &exclusions[index], time);
                prop_assert_eq!(evaluator.budget(index, View::Corrected), budget);
                let firing: Vec<bool> = evaluator.alerts(index).tiers().iter().map(|tier| tier.is_firing()).collect();
                prop_assert_eq!(firing, over);
                let (recorded, _) = recomputed(slo, &source, of, &Exclusions::default(), time);
                prop_assert_eq!(evaluator.budget(index, View::Recorded), recorded);
            }
        }
    }
}

#[test]
fn an_edited_slo_keeps_its_alerts_and_leaves_no_series_behind() {
    let mut source = Memory::default();
    source.minutes.insert((IndicatorIndex(0), Minute::new(START)), Counts { valid: 10, good: 0 });
    let day = Window::Rolling("1d".parse().unwrap());
    let subject = |target| {
        Subject::new(&terms(target, day.clone(), AlertForm::Share), IndicatorIndex(0), Minute::new(START)).unwrap()
    };
    let mut evaluator = Evaluator::new(&[subject("99%")], &source, Minute::new(START));
    let mut told = Vec::new();
    evaluator.evaluate(Minute::new(START).start(), |_| true, |transition| told.push(transition));
    evaluator.replace(0, &subject("98%"), &source, Minute::new(START));
    let before = told.len();
    evaluator.evaluate(Minute::new(START).start(), |_| true, |transition| told.push(transition));
    assert_eq!((before, told.len()), (3, 3), "{told:?}");
    assert_eq!(evaluator.indicators[0].series.len(), 1);
    assert_eq!(evaluator.indicators[0].slos, [0]);
    assert_eq!(evaluator.budget(0, View::Corrected).target, "98%".parse().unwrap());
}

#[test]
fn slos_that_share_an_indicator_share_its_history_and_its_series() {
    let mut source = Memory::default();
    source.minutes.insert((IndicatorIndex(0), Minute::new(START - 700)), Counts { valid: 8, good: 8 });
    let subject = |since| {
        let terms = terms("99%", Window::Rolling("1d".parse().unwrap()), AlertForm::Share);
        Subject::new(&terms, IndicatorIndex(0), Minute::new(START + since)).unwrap()
    };
    let evaluator = Evaluator::new(&[subject(0), subject(-700)], &source, Minute::new(START));
    assert_eq!(evaluator.series.len(), 1);
    assert_eq!(evaluator.budget(0, View::Corrected).counts.valid, 8);
    assert_eq!(evaluator.budget(0, View::Corrected), evaluator.budget(1, View::Recorded));
}

#[test]
fn a_round_judges_only_what_has_changed_and_tells_of_silence_at_once() {
    let mut source = Memory::default();
    let window = Window::Rolling("1d".parse().unwrap());
    let slos = [0, 1].map(|of| {
        let slo = terms("99%", window.clone(), AlertForm::Share);
        Subject::new(&slo, IndicatorIndex(of), Minute::new(START)).unwrap()
    });
    let mut evaluator = Evaluator::new(&slos, &source, Minute::new(START));
    let round = |evaluator: &mut Evaluator, second: i64, alive: bool| {
        let mut told = Vec::new();
        let now = Timestamp::from_seconds(START * 60 + second);
        evaluator.evaluate(now, |indicator| alive || indicator.0 == 1, |transition| told.push(transition));
        told
    };
    assert_eq!(round(&mut evaluator, 0, true), []);
    let counts = Counts { valid: 10, good: 0 };
    source.minutes.insert((IndicatorIndex(0), Minute::new(START)), counts);
    evaluator.add(&source, IndicatorIndex(0), Minute::new(START), counts);
    assert_eq!(evaluator.changed, [0]);
    let fired = round(&mut evaluator, 1, true);
    assert!(fired.iter().all(|told| told.slo == 0) && fired.len() == 3, "{fired:?}");
    let frozen = round(&mut evaluator, 2, false);
    assert_eq!(frozen.iter().map(|told| (told.slo, told.change)).collect::<Vec<_>>(), [(0, AlertChange::Frozen)]);
}
