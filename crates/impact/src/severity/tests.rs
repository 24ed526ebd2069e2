//! Tests of the module that this file belongs to: what is raised and lowered when, pools, silence, and that nothing flaps.

use super::*;
use crate::{Attempts, Expected, Impact, Scope, Seen, SeverityPolicy, SeverityRule, Subject, Tolerated};
use milepost_model::{Criticality, Name, Share, Stage, StepPath, Timestamp};
use proptest::prelude::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn subject<'m>(path: &str, tags: &'m [Name]) -> (Subject<'m>, Tolerated) {
    let path: StepPath = path.parse().unwrap();
    let subject = Subject { path, tags, criticality: Criticality::None, kpis: Vec::new(), stage: Stage::Live };
    (subject, Tolerated::both(Share::from_percent(1)))
}

fn tags(text: &str) -> Vec<Name> {
    vec![Name::new(text).unwrap()]
}

fn failing(attempts: u64, failed: u64) -> Option<Evidence> {
    Some([Impact::of(Seen::new(attempts, failed, 0, 0).unwrap(), None); 2])
}

fn policy() -> SeverityPolicy {
    SeverityPolicy::default_of(&Name::new("mail").unwrap())
}

fn judge(tag: &str) -> Judge {
    let tags = tags(tag);
    Judge::new(SeverityPlan::new(&policy(), &[subject("send-mail", &tags)]))
}

/// Evaluates one step each second of a stretch, and tells when its level changed to which.
fn run(judge: &mut Judge, from: i64, to: i64, evidence: Option<Evidence>) -> Vec<(i64, Option<usize>)> {
    let mut told = Vec::new();
    for second in from..to {
        judge.evaluate(at(second), (&[evidence], &[]), &mut |change: SeverityChange| {
            told.push((second, change.after.map(|verdict| verdict.level)));
        });
    }
    told
}

#[test]
fn a_level_is_raised_after_30_seconds_and_lowered_after_10_minutes() {
    let mut judge = judge("core");
    assert_eq!(run(&mut judge, 0, 60, failing(1_000, 500)), [(30, Some(0))]);
    assert_eq!(run(&mut judge, 60, 800, failing(1_000, 0)), [(660, None)]);
}

#[test]
fn what_ends_within_30_seconds_is_not_raised() {
    let mut judge = judge("core");
    for begin in [0, 40, 80] {
        assert_eq!(run(&mut judge, begin, begin + 30, failing(1_000, 500)), []);
        assert_eq!(run(&mut judge, begin + 30, begin + 40, failing(1_000, 0)), []);
    }
}

#[test]
fn a_worse_level_replaces_and_the_better_one_comes_back_first() {
    let mut judge = judge("core");
    assert_eq!(run(&mut judge, 0, 40, failing(1_000, 100)), [(30, Some(1))]);
    assert_eq!(run(&mut judge, 40, 100, failing(1_000, 400)), [(70, Some(0))]);
    // 100 of 1,000 are under 0.8 x 20 %, and over 5 %.
    assert_eq!(run(&mut judge, 100, 1_000, failing(1_000, 100)), [(700, Some(1))]);
    let verdict = judge.verdict(0).unwrap();
    assert_eq!(
        (verdict.since, verdict.impact.seen.failed()),
        (at(30), 100),
        "with its numbers of now: it was raised before, and nobody was told"
    );
}

#[test]
fn between_lowering_and_raising_nothing_changes() {
    let mut judge = judge("core");
    assert_eq!(run(&mut judge, 0, 31, failing(10_000, 2_500)), [(30, Some(0))]);
    // 17 % is not over 20 %, and not under 16 %.
    assert_eq!(run(&mut judge, 31, 5_000, failing(10_000, 1_700)), []);
    assert_eq!(run(&mut judge, 5_000, 5_500, failing(10_000, 1_500)), []);
    assert_eq!(run(&mut judge, 5_500, 5_501, failing(10_000, 1_700)), []);
    assert_eq!(run(&mut judge, 5_501, 6_200, failing(10_000, 1_500)), [(6_101, Some(1))]);
}

#[test]
fn silence_freezes() {
    let mut judge = judge("core");
    assert_eq!(run(&mut judge, 0, 29, failing(1_000, 500)), []);
    assert_eq!(run(&mut judge, 29, 200, None), []);
    assert_eq!(run(&mut judge, 200, 240, failing(1_000, 500)), [(230, Some(0))]);
    assert_eq!(run(&mut judge, 240, 700, failing(1_000, 0)), []);
    assert_eq!(run(&mut judge, 700, 5_000, None), []);
    assert_eq!(run(&mut judge, 5_000, 5_700, failing(1_000, 0)), [(5_600, None)]);
}

#[test]
fn an_earlier_time_changes_nothing() {
    let mut judge = judge("core");
    run(&mut judge, 100, 101, failing(1_000, 500));
    assert_eq!(run(&mut judge, 0, 100, failing(1_000, 0)), []);
    assert_eq!(judge.latch(0), Latch::Pending { since: at(100) });
}

#[test]
fn a_pool_is_judged_by_attempts_and_takes_no_step_twice() {
    let core = tags("core");
    let pooled =
        SeverityRule { level: 0, scope: Scope::of_tag(&core[0]), impact: "> 20%".parse().unwrap(), pooled: true };
    let policy = SeverityPolicy { rules: vec![pooled], ..policy() };
    let subjects = ["read", "o/read", "send"].map(|path| subject(path, &core));
    let mut judge = Judge::new(SeverityPlan::new(&policy, &subjects));
    let mut evaluate = |seconds, all: [Option<Evidence>; 3]| {
        judge.evaluate(at(seconds), (&all, &[]), &mut |_| {});
        judge.pools().map(|(judged, verdict)| (judged.members.clone(), verdict.level)).collect::<Vec<_>>()
    };
    // All sends fail, one in ten attempts; the use of reading that fails wholly is not counted beside the step.
    let few = [failing(9_000, 0), failing(9_000, 9_000), failing(1_000, 1_000)];
    assert_eq!(evaluate(0, few), []);
    assert_eq!(evaluate(40, few), []);
    let many = [failing(9_000, 2_000), None, failing(1_000, 1_000)];
    assert_eq!(evaluate(80, many), []);
    assert_eq!(evaluate(110, many), [(Members::Pool([0, 2].into()), 0)]);
    assert_eq!(judge.worst().map(|verdict| verdict.impact.seen.attempts()), Some(10_000));
}

#[test]
fn a_verdict_is_explained_line_by_line() {
    let mut judge = judge("core");
    let expected = Expected { attempts: Attempts::whole(1_000), at_least: Attempts::whole(800) };
    let short = Impact::of(Seen::new(300, 30, 5, 1).unwrap(), Some(expected));
    let long = Impact::of(Seen::new(12, 1, 0, 0).unwrap(), None);
    let evidence = Some([short, long]);
    run(&mut judge, 0, 31, evidence);
    let path = "send-mail".parse().unwrap();
    let told = Explanation::of((&policy(), &judge), (&path, 0), (&[evidence], &[]), at(30)).to_string();
    assert_eq!(
        told.lines().collect::<Vec<_>>(),
        [
            "send-mail at 1970-01-01T00:00:30Z: major since 1970-01-01T00:00:30Z",
            "  5 min: 300 attempts, 30 failed, 5 timed out, 1 slow; 1000 expected, at least 800; 700 missing: impact 73.6%, at least 52.48%",
            "  30 min: 12 attempts, 1 failed, 0 timed out, 0 slow; no baseline: too little to judge",
            "  major when > 20% of steps tagged core: over with 52.48%; holds since 1970-01-01T00:00:30Z",
            "  medium when > 5% of steps tagged core: over with 52.48%; holds since 1970-01-01T00:00:30Z",
            "  minor when > 0% of any step beyond the 1% that its SLO tolerates: over with 52.48%; holds since 1970-01-01T00:00:30Z",
        ]
    );
}

proptest! {
    /// Whatever comes: a level is raised at most once in ten and a half minutes, and what the verdict says follows from the latches.
    #[test]
    fn nothing_flaps_faster_than_the_hysteresis(rounds in proptest::collection::vec((0u64..100, 1i64..200, any::<u8>()), 1..80)) {
        let mut judge = judge("core");
        let mut now = 0;
        let mut raised: [Vec<i64>; 3] = Default::default();
        for (failed, seconds, silent) in rounds {
            now += seconds;
            let before: Vec<bool> = (0..3).map(|place| judge.latch(place).is_raised()).collect();
            let evidence = if silent < 20 { None } else { failing(1_000, failed * 5) };
            judge.evaluate(at(now), (&[evidence], &[]), &mut |_| {});
            for place in 0..3 {
                if judge.latch(place).is_raised() && !before[place] {
                    raised[place].push(now);
                }
            }
            let worst = (0..3).filter(|place| judge.latch(*place).is_raised()).map(|place| judge.plan().judged()[place].level).min();
            prop_assert_eq!(judge.verdict(0).map(|verdict| verdict.level), worst);
        }
        for times in raised {
            prop_assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= 630), "{:?}", times);
        }
    }
}

#[test]
fn a_level_from_before_holds_until_it_was_well_under_for_10_minutes_anew() {
    let mut judge = judge("core");
    judge.restore(0, 1, at(-500));
    assert_eq!(judge.verdict(0).map(|verdict| (verdict.level, verdict.since)), Some((1, at(-500))));
    assert_eq!(run(&mut judge, 0, 599, failing(1_000, 0)), []);
    // Silence does not count.
    assert_eq!(run(&mut judge, 599, 900, None), []);
    assert_eq!(run(&mut judge, 900, 1_501, failing(1_000, 0)), [(1_500, None)]);
}

#[test]
fn a_level_from_before_is_raised_by_what_is_worse() {
    let mut judge = judge("core");
    judge.restore(0, 1, at(-500));
    assert_eq!(run(&mut judge, 0, 60, failing(1_000, 500)), [(30, Some(0))]);
}
