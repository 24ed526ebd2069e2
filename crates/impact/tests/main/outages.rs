//! Outages by chance: the right level is reached in time, nothing flaps, and a healthy step opens as good as nothing.
//!
//! `MILEPOST_OUTAGES` says how many runs of each kind; the seed of each is its number.

use milepost_impact::Tolerated;
use milepost_impact::severity::{Judge, SeverityPlan};
use milepost_impact::{Baseline, Expected, Impact, Scope, Seen, SeverityPolicy, SeverityRule, Subject, Window};
use milepost_model::{Criticality, Minute, Name, Share, Stage, Timestamp};
use milepost_testkit::{Chance, DAY};
use std::collections::VecDeque;

/// More than 20 % is major, more than 5 % medium.
const THRESHOLDS: [f64; 2] = [0.20, 0.05];
/// Seconds between evaluations.
const EVERY: i64 = 10;
/// Seconds of the windows.
const WINDOWS: [usize; 2] = [300, 1_800];

fn runs() -> u64 {
    std::env::var("MILEPOST_OUTAGES").ok().and_then(|runs| runs.parse().ok()).unwrap_or(400)
}

/// A step with users, judged every ten seconds.
struct World {
    chance: Chance,
    judge: Judge,
    a_second: f64,
    /// Attempts and failures of each tenth second, the newest last.
    seen: VecDeque<(u64, u64)>,
    sums: [(u64, u64); 2],
    now: i64,
}

impl World {
    fn new(seed: u64, a_second: f64) -> Self {
        let name = |text| Name::new(text).expect("a name");
        let mut policy = SeverityPolicy::default_of(&name("shop"));
        let rules = ["> 20%", "> 5%"].into_iter().enumerate();
        policy.rules = rules
            .map(|(level, impact)| SeverityRule {
                level,
                scope: Scope::All,
                impact: impact.parse().expect("a threshold"),
                pooled: false,
            })
            .collect();
        let subject = Subject {
            path: "pay".parse().expect("a step"),
            tags: &[],
            criticality: Criticality::Critical,
            kpis: Vec::new(),
            stage: Stage::Live,
        };
        let judge = Judge::new(SeverityPlan::new(&policy, &[(subject, Tolerated::both(Share::from_percent(1)))]));
        let (seen, sums) = (VecDeque::new(), [(0, 0); 2]);
        Self { chance: Chance::new(seed), judge, a_second, seen, sums, now: 0 }
    }

    /// Ten more seconds of users, of whose attempts a share fails; the levels that were left.
    fn step(&mut self, failing: f64) -> Vec<Option<usize>> {
        self.step_of(failing, |_| [None; 2]).1
    }

    /// The same where so much is expected of both windows up to a time; also how many attempts there were.
    fn step_of(
        &mut self,
        failing: f64,
        expected: impl Fn(Timestamp) -> [Option<Expected>; 2],
    ) -> (u64, Vec<Option<usize>>) {
        let attempts = self.chance.poisson(self.a_second * EVERY as f64);
        let failed = self.chance.of(attempts, failing);
        self.seen.push_back((attempts, failed));
        for (sum, seconds) in self.sums.iter_mut().zip(WINDOWS) {
            let leaves = self.seen.len().checked_sub(seconds / EVERY as usize + 1).map_or((0, 0), |at| self.seen[at]);
            *sum = (sum.0 + attempts - leaves.0, sum.1 + failed - leaves.1);
        }
        if self.seen.len() > WINDOWS[1] / EVERY as usize {
            self.seen.pop_front();
        }
        self.now += EVERY;
        let now = Timestamp::from_seconds(self.now);
        let expected = expected(now);
        let impact = |window: usize| {
            let (attempts, failed) = self.sums[window];
            Impact::of(Seen::new(attempts, failed, 0, 0).expect("a part"), expected[window])
        };
        let mut left = Vec::new();
        let evidence = [Some([0, 1].map(impact))];
        self.judge.evaluate(now, (&evidence, &[]), &mut |change| {
            left.push(change.before.map(|verdict| verdict.level));
        });
        (attempts, left)
    }

    fn level(&self) -> Option<usize> {
        self.judge.verdict(0).map(|verdict| verdict.level)
    }
}

/// Whether a level is reached within two windows, for an impact of at least half as much again as its threshold. Which window counts is the shorter one in which a
/// hundred attempts are expected.
fn is_reached(seed: u64, window: usize) -> bool {
    let mut draw = Chance::new(seed ^ 0x5eed);
    let expected = draw.by_magnitude(100.0, 3_000.0);
    let level = *draw.choose(&[0, 1]);
    let most = if level == 0 { 1.0 } else { THRESHOLDS[0] };
    let failing = draw.between(1.5 * THRESHOLDS[level], most);
    let mut world = World::new(seed, expected / WINDOWS[window] as f64);
    (0..WINDOWS[1] as i64 / EVERY).for_each(|_| _ = world.step(0.001));
    let rounds = 2 * WINDOWS[window] as i64 / EVERY;
    (0..rounds).any(|_| {
        world.step(failing);
        world.level().is_some_and(|reached| reached <= level)
    })
}

/// Most of the late ones are near a hundred attempts in five minutes and 7.5 % of them failing, where 99 % sure takes 13 of 100: the half hour sees those.
#[test]
fn the_right_level_is_reached_within_two_windows_in_99_of_100_outages() {
    let late = |window| (0..runs()).filter(|seed| !is_reached(*seed, window)).count() as u64;
    let late = [0, 1].map(late);
    println!("of {} outages each, {} (5 min) and {} (30 min) were seen late", runs(), late[0], late[1]);
    assert!(late.iter().sum::<u64>() * 100 <= 2 * runs(), "{late:?} of {} each", runs());
}

#[test]
fn a_level_that_was_raised_stays_for_ten_minutes_at_least() {
    for seed in 0..runs() / 4 {
        let mut draw = Chance::new(seed ^ 0xf1a9);
        let mut world = World::new(seed, draw.by_magnitude(0.3, 30.0));
        let mut raised_at = None;
        for _ in 0..2_000 {
            // Around the threshold of medium, where chance takes it over and under.
            let failing = draw.between(0.0, 0.12);
            let before = world.level();
            for _ in world.step(failing) {
                let (now, level) = (world.now, world.level());
                if before.is_none() {
                    raised_at = Some(now);
                } else if level.is_none() {
                    let since = raised_at.take().expect("raised before");
                    assert!(now - since >= 600, "seed {seed}: raised at {since} s, lowered at {now} s");
                }
            }
        }
    }
}

/// Months of which each is 30 days, at 0.5 % failures by nature and 0.2 to 20 attempts a second.
#[test]
fn a_healthy_step_opens_next_to_nothing_in_a_month() {
    let months = (runs() / 200).max(2);
    let mut raised = 0;
    for seed in 0..months {
        let mut draw = Chance::new(seed ^ 0x0b5e);
        let mut world = World::new(seed, draw.by_magnitude(0.2, 20.0));
        for _ in 0..30 * 86_400 / EVERY {
            raised += world.step(0.005).iter().filter(|before| before.is_none()).count();
        }
    }
    println!("{raised} false incidents in {months} months");
    assert!(raised as u64 <= months, "{raised} in {months} months");
}

/// What users do of a week on average, in attempts a second: a night with a third of the day's, a weekend with six tenths of a weekday's.
fn usual(a_second: f64, minute: usize) -> f64 {
    let (day, of_day) = (minute / DAY, (minute % DAY) as f64 / DAY as f64);
    let of_week = if day % 7 < 5 { 1.0 } else { 0.6 };
    a_second * of_week * (2.0 - (std::f64::consts::TAU * of_day).cos()) / 3.0
}

/// Months of which each is 30 days after four weeks that were learnt, at 0.2 to 20 attempts a second by day; days differ by up to 5 % either way. Of so many
/// windows, some come over 5 %: by definition one of a hundred is below the quantile.
#[test]
fn nothing_great_is_missing_of_a_usual_month() {
    let months = (runs() / 200).max(2);
    // By level, each time that it is reached from none or from a lower one.
    let mut raised = [0, 0];
    for seed in 0..months {
        let mut draw = Chance::new(seed ^ 0x3155);
        let mut world = World::new(seed, draw.by_magnitude(0.2, 20.0));
        let (a_second, mut baseline, mut level) = (world.a_second, Baseline::default(), 1.0);
        for minute in 0..58 * DAY {
            if minute % DAY == 0 {
                level = draw.between(0.95, 1.05);
            }
            world.a_second = level * usual(a_second, minute);
            let number = Minute::new(minute as i64);
            if minute < 28 * DAY {
                baseline.observe(number, draw.poisson(60.0 * world.a_second));
                world.now = 60 * (minute as i64 + 1);
                continue;
            }
            let forecast = baseline.forecast(number);
            // Windows that reach back to before the first minute hold too little.
            let is_full = minute >= 28 * DAY + 30;
            let expected = |now| Window::ALL.map(|window| forecast.at(window, now).filter(|_| is_full));
            let mut attempts = 0;
            for _ in 0..6 {
                let before = world.level();
                attempts += world.step_of(0.0, expected).0;
                if let Some(reached) = world.level().filter(|level| before.is_none_or(|before| *level < before)) {
                    raised[reached] += 1;
                }
            }
            baseline.observe(number, attempts);
        }
    }
    println!(
        "in {months} months, {} times more than 20 % seemed to be missing, {} times more than 5 %",
        raised[0], raised[1]
    );
    assert!(raised[0] == 0 && raised[1] <= 10 * months, "{raised:?} in {months} months");
}
