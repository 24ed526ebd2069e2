//! Tests of the module that this file belongs to.

use super::*;
use crate::oracle::{self, Fields, predicate, rule};
use crate::rule::{Confidence, Predicate, Scope, StepChoice};
use milepost_model::{Name, StepId};
use proptest::prelude::*;
use proptest::sample::select;

fn pairs(rules: &[Rule]) -> Vec<(usize, usize)> {
    conflicts(rules).into_iter().map(|c| (c.first.index(), c.second.index())).collect()
}

/// Rules of one predicate set each, every one for a step of its own.
fn rules(all: &[&[(&str, &[&str])]]) -> Vec<Rule> {
    let predicates = |set: &[(&str, &[&str])]| set.iter().map(|(key, values)| predicate(key, values)).collect();
    all.iter().enumerate().map(|(step, set)| rule(predicates(set), Some(step), None)).collect()
}

#[test]
fn equal_ranks_that_an_event_fits_both_are_told() {
    let told = rules(&[
        &[("path", &["/a/{x}"]), ("method", &["GET"])],
        &[("path", &["/a/{y}", "/b"]), ("method", &["P*", "get"])],
        &[("path", &["/{x}/b"]), ("service", &["web"])],
        &[("path", &["/a/{x}"]), ("method", &["POST"])],
        &[("path", &["/a/{x}"])],
    ]);
    assert_eq!(pairs(&told), [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]);
}

#[test]
fn one_step_or_only_classes_never_disagree() {
    let same = |step, class| vec![rule(vec![predicate("path", &["/a"])], step, class); 3];
    assert_eq!(pairs(&same(Some(1), Some(1))), []);
    assert_eq!(pairs(&same(None, Some(1))), []);
    let mut classes = same(None, Some(1));
    classes.push(rule(vec![predicate("path", &["/a"])], Some(0), Some(2)));
    assert_eq!(pairs(&classes), []);
}

#[test]
fn two_names_of_one_thing_exclude_each_other() {
    let pair = |a: (&str, &str), b: (&str, &str)| pairs(&rules(&[&[(a.0, &[a.1])], &[(b.0, &[b.1])]]));
    assert_eq!(pair(("host", "a"), ("header.host", "b")), []);
    assert_eq!(pair(("host", "a"), ("header.host", "A")), [(0, 1)]);
    assert_eq!(pair(("userAgent", "curl*"), ("header.user-agent", "wget*")), []);
    assert_eq!(pair(("attribute.http.route", "a"), ("attribute.http.route", "b")), []);
    assert_eq!(pair(("path", "/a/{x}"), ("route", "/a/{y}")), [(0, 1)]);
    assert_eq!(pair(("path", "/a/{x}"), ("route", "/b/{y}")), []);
    assert_eq!(pair(("path", "/a{x}"), ("route", "/b{y}")), []);
}

#[test]
fn a_rule_that_contradicts_itself_disagrees_with_none() {
    let other: &[(&str, &[&str])] = &[("service", &["web"]), ("method", &["GET"])];
    assert_eq!(pairs(&rules(&[&[("header.x-a", &["a"]), ("header.x-a", &["*"])], other])), [(0, 1)]);
    assert_eq!(pairs(&rules(&[&[("header.x-a", &["a"]), ("header.x-a", &["b"])], other])), []);
}

#[test]
fn an_expression_overlaps_what_it_can_be_shown_to_match() {
    let pair = |a: &str, b: &str| !pairs(&rules(&[&[("header.x-a", &[a])], &[("header.x-a", &[b])]])).is_empty();
    assert!(pair("regex ^a", "abc"));
    assert!(pair("regex ^a", "a*"));
    assert!(pair("regex ^a", "*"));
    assert!(pair("regex ^a", "present"));
    assert!(pair("regex ^a", "regex ^a"));
    assert!(!pair("regex ^a", "bcd"));
    assert!(!pair("regex ^a", "absent"));
    // Some text fits both, but finding it is not tried.
    assert!(!pair("regex ^a", "regex b$"));
}

#[test]
fn so_many_disagreements_are_told_and_no_more() {
    let many: Vec<Rule> = (0..200).map(|step| rule(vec![predicate("path", &["/{x}"])], Some(step), None)).collect();
    assert_eq!(conflicts(&many).len(), MAX_CONFLICTS);
}

#[test]
fn thousands_of_rules_that_differ_in_path_or_rpc_are_compared_with_few() {
    let mut found = 0;
    let texts: Vec<String> = (0..4_000).map(|at| format!("n{at}")).collect();
    let mut candidates: Candidates<'_, usize> = Candidates::default();
    for (at, text) in texts.iter().enumerate() {
        let key = [Key::Any, Key::Text("api".into()), Key::Text(text.as_str().into()), Key::Any];
        candidates.for_each(&key, &mut |_| found += 1);
        candidates.add(&key, at);
    }
    assert_eq!(found, 0);
}

/// Rules over path, method and one header.
fn any_rule() -> impl Strategy<Value = Vec<Predicate>> {
    let segment = || select(vec!["a", "b", "{x}", "a{x}", "{x}b"]);
    let template = (prop::collection::vec(segment(), 0..3), any::<bool>())
        .prop_map(|(segments, rest)| format!("/{}{}", segments.join("/"), if rest { "/{rest...}" } else { "" }));
    let some = |key: &'static str, texts: Vec<&'static str>| {
        let there = prop_oneof![Just(vec!["present"]), Just(vec!["absent"])];
        prop_oneof![4 => prop::collection::vec(select(texts), 1..3), 1 => there].prop_map(move |v| predicate(key, &v))
    };
    let paths = prop::collection::vec(template, 1..3)
        .prop_map(|texts| predicate("path", &texts.iter().map(String::as_str).collect::<Vec<_>>()));
    let method = some("method", vec!["GET", "get", "PUT", "P*", "*T"]);
    let header = some("header.x-a", vec!["a", "b", "ab", "a*", "*b", "*"]);
    (prop::option::weighted(0.8, paths), prop::option::of(method), prop::option::of(header))
        .prop_map(|(path, method, header)| [path, method, header].into_iter().flatten().collect())
}

/// All events that could tell such rules apart.
fn all_fields() -> Vec<Fields> {
    let mut paths = vec![String::new()];
    let mut last = paths.clone();
    for _ in 0..3 {
        last = last.iter().flat_map(|path| ["a", "b", "ab", "c"].map(|part| format!("{path}/{part}"))).collect();
        paths.extend(last.clone());
    }
    let owned = |texts: &[&str]| -> Vec<Option<String>> {
        std::iter::once(None).chain(texts.iter().map(|text| Some((*text).to_owned()))).collect()
    };
    let paths: Vec<Option<String>> = std::iter::once(None).chain(paths.into_iter().map(Some)).collect();
    let mut all = Vec::new();
    for path in &paths {
        for method in owned(&["GET", "PUT", "POST", "HEAD", "PU"]) {
            for header in owned(&["a", "b", "c", "ab", "aa", "bb"]) {
                all.push(Fields { path: path.clone(), method: method.clone(), header, ..Fields::default() });
            }
        }
    }
    all
}

/// The pairs of rules that some event fits both in ways of one rank.
fn brute_force(rules: &[Rule], events: &[Fields]) -> Vec<(usize, usize)> {
    let ways: Vec<Vec<Vec<oracle::Way>>> =
        rules.iter().map(|rule| events.iter().map(|event| oracle::ways(rule, event)).collect()).collect();
    let mut found = Vec::new();
    for second in 0..rules.len() {
        for first in 0..second {
            let mut both = ways[first].iter().zip(&ways[second]);
            let overlap = both.any(|(a, b)| a.iter().any(|rank| b.contains(rank)));
            if overlap && rules[first].step != rules[second].step {
                found.push((first, second));
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn told_are_the_pairs_of_equal_rank_that_some_event_fits(
        all in prop::collection::vec((any_rule(), 0..3usize), 2..6)
    ) {
        let rules: Vec<Rule> = all.into_iter().map(|(predicates, step)| rule(predicates, Some(step), None)).collect();
        prop_assert_eq!(pairs(&rules), brute_force(&rules, &all_fields()));
    }

    #[test]
    fn with_expressions_every_pair_told_has_an_event(
        headers in prop::collection::vec(select(vec!["regex ^a", "regex b$", "a", "b", "a*", "*b", "*", "present"]), 2..6),
        paths in prop::collection::vec(select(vec!["regex ^/a", "regex b$", "/a/{x}", "/{x}", "/{x}b"]), 6),
    ) {
        let rules: Vec<Rule> = headers.iter().zip(&paths).enumerate()
            .map(|(step, (header, path))| {
                rule(vec![predicate("header.x-a", &[header]), predicate("path", &[path])], Some(step), None)
            })
            .collect();
        let expected = brute_force(&rules, &all_fields());
        for pair in pairs(&rules) {
            prop_assert!(expected.contains(&pair), "{pair:?}");
        }
    }
}

fn trace_rule(root: &str, when: &[&str], requires: &[&str], step: usize) -> TraceRule {
    let parse = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    TraceRule {
        id: "rules/one".into(),
        root: root.parse().unwrap(),
        scope: Scope::Trace,
        when: parse(when),
        requires: parse(requires),
        step: StepChoice { step: StepId::new(step), objective: None },
        product: Name::new("shop").unwrap(),
        assumption: String::new(),
        confidence: Confidence::Low,
    }
}

#[test]
fn trace_rules_that_differ_in_the_step_alone_are_told() {
    let (a, b) = ("web /a", "web /b");
    let rules = [
        trace_rule("web /", &[a, b], &[], 0),
        trace_rule("web /", &[b, a], &[], 1),
        trace_rule("web /", &[b, a, a], &[], 2),
        trace_rule("web /", &[a, b], &[], 0),
        trace_rule("web /", &[a], &[], 3),
        trace_rule("web /x", &[a, b], &[], 4),
        trace_rule("web /", &[a, b], &[a], 5),
        TraceRule { scope: Scope::RootChildren, ..trace_rule("web /", &[a, b], &[], 6) },
    ];
    assert_eq!(trace_conflicts(&rules), [(0, 1), (0, 2)]);
}
