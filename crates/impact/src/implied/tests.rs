//! Tests of the module that this file belongs to: the article's tables, and an oracle that plays outages through.

use super::*;
use crate::Scope;
use milepost_model::{Name, Stage, StepPath};
use proptest::prelude::*;
use proptest::sample::select;

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn subject<'m>(path: &str, tags: &'m [Name]) -> Subject<'m> {
    let path: StepPath = path.parse().unwrap();
    Subject { path, tags, criticality: Criticality::None, kpis: Vec::new(), stage: Stage::Live }
}

fn of_steps(steps: &[&str]) -> Scope {
    let steps = steps.iter().map(|text| text.parse().unwrap()).collect();
    Scope::Any { steps, tags: Vec::new(), criticality: Vec::new(), kpis: Vec::new() }
}

fn rule(level: usize, scope: Scope, impact: &str) -> SeverityRule {
    SeverityRule { level, scope, impact: impact.parse().unwrap(), pooled: false }
}

#[test]
fn the_default_policy_makes_core_critical_and_auxiliary_important() {
    let policy = SeverityPolicy::default_of(&name("mail"));
    let implied = |tags: &[&str]| {
        let tags: Vec<Name> = tags.iter().map(|text| name(text)).collect();
        let subject = subject("read-mail/open-inbox", &tags);
        policy.implied_criticality(&subject, std::slice::from_ref(&subject))
    };
    assert_eq!(implied(&["core"]), Implied { criticality: Criticality::Critical, rule: Some(0) });
    assert_eq!(implied(&["auxiliary"]), Implied { criticality: Criticality::Important, rule: Some(2) });
    assert_eq!(implied(&["auxiliary", "core"]).criticality, Criticality::Critical);
    assert_eq!(implied(&[]), Implied { criticality: Criticality::None, rule: Some(3) });
}

#[test]
fn the_worst_level_decides_wherever_its_rule_stands_and_a_policy_may_say_what_levels_mean() {
    let mut policy = SeverityPolicy::default_of(&name("mail"));
    policy.rules =
        vec![rule(2, Scope::All, "any"), rule(1, of_steps(&["send-mail"]), "> 99%"), rule(1, Scope::All, "> 5%")];
    let subject = subject("compose-mail/send-mail", &[]);
    assert_eq!(policy.implied_criticality(&subject, std::slice::from_ref(&subject)).rule, Some(1));
    policy.criticality = vec![Criticality::Critical; 2];
    assert_eq!(policy.implied_criticality(&subject, std::slice::from_ref(&subject)).criticality, Criticality::Critical);
    policy.rules.clear();
    assert_eq!(
        policy.implied_criticality(&subject, std::slice::from_ref(&subject)),
        Implied { criticality: Criticality::None, rule: None }
    );
    assert!(!policy.reaches(&subject));
}

#[test]
fn a_pooled_rule_decides_only_where_traffic_does_not_matter() {
    let mut policy = SeverityPolicy::default_of(&name("mail"));
    let pooled = |impact: &str, steps: &[&str]| SeverityRule { pooled: true, ..rule(0, of_steps(steps), impact) };
    let all = ["o/a", "p/a", "o/b"].map(|path| subject(path, &[]));
    let mut decides = |rule: SeverityRule| {
        policy.rules = vec![rule];
        policy.implied_criticality(&all[0], &all).rule.is_some()
    };
    assert!(!decides(pooled("> 20%", &["a", "b"])));
    assert!(decides(pooled("any", &["a", "b"])));
    assert!(decides(pooled("> 20%", &["a"])), "uses of one step fail together");
}

#[test]
fn what_is_unlaunched_is_reached_by_nothing() {
    let policy = SeverityPolicy::default_of(&name("mail"));
    let later = Subject { stage: Stage::Unlaunched, ..subject("o/a", &[]) };
    assert!(!policy.reaches(&later));
    assert_eq!(policy.implied_criticality(&later, std::slice::from_ref(&later)).criticality, Criticality::None);
}

const STEPS: [&str; 4] = ["o/a", "o/b", "p/a", "c"];

fn scopes() -> impl Strategy<Value = Scope> {
    let path = select(vec!["a", "b", "c", "o/a", "p/a", "o/b", "elsewhere"]);
    let any = (
        prop::collection::vec(path, 0..3),
        prop::collection::vec(select(vec!["core", "auxiliary"]), 0..2),
        prop::collection::vec(select(Criticality::ALL.to_vec()), 0..2),
    );
    let any = any.prop_map(|(steps, tags, criticality)| Scope::Any {
        steps: steps.iter().map(|text| text.parse().unwrap()).collect(),
        tags: tags.iter().map(|text| name(text)).collect(),
        criticality,
        kpis: Vec::new(),
    });
    prop_oneof![1 => Just(Scope::All), 4 => any]
}

fn rules() -> impl Strategy<Value = Vec<SeverityRule>> {
    let rule = (0usize..4, scopes(), 0u16..100).prop_map(|(level, scope, percent)| SeverityRule {
        level,
        scope,
        impact: Threshold::more_than(Share::from_percent(percent)).unwrap(),
        pooled: false,
    });
    prop::collection::vec(rule, 0..6)
}

/// The level of an outage, by playing it through: every step has its attempts, those of one step all fail, and each rule looks at each step.
fn outage(policy: &SeverityPolicy, failing: &Subject<'_>, all: &[Subject<'_>]) -> Option<usize> {
    const ATTEMPTS: u64 = 1_000;
    let mut worst: Option<usize> = None;
    for level in (0..policy.levels.len()).rev() {
        for rule in policy.rules.iter().filter(|rule| rule.level == level) {
            for step in all {
                let bad = if step.path == failing.path { ATTEMPTS } else { 0 };
                let in_scope = match &rule.scope {
                    Scope::All => true,
                    Scope::Any { steps, tags, criticality, .. } => {
                        let mut named = false;
                        for path in steps {
                            named |= path.to_string() == step.path.to_string()
                                || path.to_string() == step.path.step.as_str();
                        }
                        named || step.tags.iter().any(|t| tags.contains(t)) || criticality.contains(&step.criticality)
                    }
                };
                let over = bad * Share::WHOLE.nanos() > rule.impact.share().nanos() * ATTEMPTS;
                if in_scope && step.stage == Stage::Live && over {
                    worst = Some(level);
                }
            }
        }
    }
    worst
}

proptest! {
    #[test]
    fn what_is_implied_is_the_level_of_an_outage_that_is_played_through(
        rules in rules(),
        declared in prop::collection::vec((select(Criticality::ALL.to_vec()), 0usize..4, any::<bool>()), STEPS.len()),
        written in prop::collection::vec(select(Criticality::ALL.to_vec()), 4),
    ) {
        let tags = [vec![], vec![name("core")], vec![name("auxiliary")], vec![name("core"), name("auxiliary")]];
        let mut policy = SeverityPolicy::default_of(&name("mail"));
        policy.levels = ["worst", "bad", "poor", "fair"].map(name).into();
        policy.criticality = written;
        policy.rules = rules;
        let all: Vec<Subject<'_>> = STEPS.iter().zip(&declared).map(|(path, (criticality, of, live))| Subject {
            criticality: *criticality,
            stage: if *live { Stage::Live } else { Stage::Unlaunched },
            ..subject(path, &tags[*of])
        }).collect();
        for subject in &all {
            let implied = policy.implied_criticality(subject, &all);
            let level = implied.rule.map(|at| policy.rules[at].level);
            prop_assert_eq!(level, outage(&policy, subject, &all));
            prop_assert_eq!(implied.criticality, level.map_or(Criticality::None, |level| policy.criticality[level]));
            prop_assert_eq!(policy.reaches(subject), level.is_some(), "no threshold is beyond a total outage");
        }
    }
}
