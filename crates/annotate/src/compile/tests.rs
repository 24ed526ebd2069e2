//! Tests of the module that this file belongs to.

use crate::annotator::{Annotator, Declarations, Scratch};
use crate::field::FieldPlan;
use crate::oracle::{self, Fields, predicate, rule};
use crate::rule::Rule;
use milepost_model::{RuleId, TrafficClass};
use proptest::prelude::*;
use proptest::sample::select;

/// An annotator that knows these rules and nothing else.
fn annotator(rules: &[Rule], plan: &mut FieldPlan) -> Annotator {
    let classes = ["interactive", "batch", "test"].map(|name| TrafficClass::new(name).unwrap());
    let declared =
        Declarations { steps: &[], objectives: &[], services: &[], classes: &classes, rules, trace_rules: &[] };
    Annotator::new(&declared, plan)
}

/// The rule that gives the step, the one that gives the class, and all that hold, best first.
fn decide(rules: &[Rule], fields: &Fields) -> (Option<usize>, Option<usize>, Vec<usize>) {
    let mut plan = FieldPlan::default();
    let annotator = annotator(rules, &mut plan);
    let slots = fields.slots(&mut plan);
    let mut scratch = Scratch::default();
    let annotated = annotator.annotate(&slots, &mut scratch);
    let all = annotator.matching_rules(&slots, &mut scratch);
    let index = |id: RuleId| id.index();
    (annotated.rule.map(index), annotated.class_rule.map(index), all.into_iter().map(index).collect())
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn the_more_specific_path_wins_then_more_predicates_then_the_first() {
    let of = |predicates: &[(&str, &str)]| {
        rule(predicates.iter().map(|(key, value)| predicate(key, &[value])).collect(), Some(0), None)
    };
    let rules = [
        of(&[("method", "GET"), ("service", "web"), ("path", "/{x}/{y}")]),
        of(&[("path", "/a/{y}")]),
        of(&[("path", "/a/{y}"), ("method", "GET")]),
        of(&[("path", "/a/{y}"), ("service", "web")]),
    ];
    let fields = Fields { service: text("web"), method: text("GET"), path: text("/a/b"), ..Fields::default() };
    assert_eq!(decide(&rules, &fields), (Some(2), None, vec![2, 3, 1, 0]));
}

#[test]
fn a_rule_with_several_paths_ranks_by_the_one_that_fits_and_is_told_once() {
    let rules = [
        rule(vec![predicate("path", &["/{x}/{y}", "/a/{y}", "/a/b/{rest...}"])], Some(0), None),
        rule(vec![predicate("path", &["/a/{y}"]), predicate("method", &["GET"])], Some(1), None),
    ];
    let at = |path| decide(&rules, &Fields { path: text(path), method: text("GET"), ..Fields::default() });
    assert_eq!(at("/a/b"), (Some(0), None, vec![0, 1]));
    assert_eq!(at("/a/c"), (Some(1), None, vec![1, 0]));
    assert_eq!(at("/c/c"), (Some(0), None, vec![0]));
}

#[test]
fn a_rule_with_path_and_route_ranks_by_its_path_whichever_is_written_first() {
    let (path, route) = (predicate("path", &["/a/b"]), predicate("route", &["/{x}/{y}"]));
    let middle = rule(vec![predicate("path", &["/a/{y}"]), predicate("method", &["GET"])], Some(1), None);
    let fields = Fields { path: text("/a/b"), route: text("/{x}/:y"), method: text("GET"), ..Fields::default() };
    for both in [vec![path.clone(), route.clone()], vec![route, path]] {
        assert_eq!(decide(&[middle.clone(), rule(both, Some(0), None)], &fields), (Some(1), None, vec![1, 0]));
    }
}

#[test]
fn two_predicates_on_one_subject_must_both_hold() {
    let rules = [rule(vec![predicate("path", &["/a/{x}"]), predicate("path", &["/{x}/b"])], Some(0), None)];
    let at = |path| decide(&rules, &Fields { path: text(path), ..Fields::default() }).0;
    assert_eq!(at("/a/b"), Some(0));
    assert_eq!(at("/a/c"), None);
    assert_eq!(at("/c/b"), None);
    let rules = [rule(vec![predicate("rpc", &["p.S/M", "p.S/N"]), predicate("rpc", &["*/N", "*/O"])], Some(0), None)];
    let of = |method: &str| decide(&rules, &Fields { rpc: Some(("p.S".into(), method.into())), ..Fields::default() }).0;
    assert_eq!((of("M"), of("N"), of("O")), (None, Some(0), None));
}

#[test]
fn a_path_is_the_raw_path_or_else_the_route_for_every_kind_of_test() {
    for path in [predicate("path", &["/a/{x}"]), predicate("path", &["regex ^/a"]), predicate("path", &["present"])] {
        let rules = [rule(vec![path], Some(0), None)];
        let of = |path: Option<&str>, route: Option<&str>| {
            let owned = |t: Option<&str>| t.map(str::to_owned);
            decide(&rules, &Fields { path: owned(path), route: owned(route), ..Fields::default() }).0
        };
        assert_eq!(of(Some("/a/1"), None), Some(0), "{}", rules[0].predicates[0]);
        assert_eq!(of(None, Some("/a/:id")), Some(0), "{}", rules[0].predicates[0]);
        assert_eq!(of(None, None), None);
    }
    let rules = [rule(vec![predicate("path", &["/a/{x}"])], Some(0), None)];
    let prefixed = Fields { path: text("/prefix/a/1"), route: text("/a/:id"), ..Fields::default() };
    assert_eq!(decide(&rules, &prefixed).0, None, "where there is a path, the route does not count");
    let rules = [rule(vec![predicate("route", &["/a/{x}"])], Some(0), None)];
    assert_eq!(decide(&rules, &prefixed).0, Some(0));
    assert_eq!(decide(&rules, &Fields { path: text("/a/1"), ..Fields::default() }).0, None);
}

#[test]
fn methods_hosts_and_kinds_have_no_case() {
    let all = [predicate("method", &["get"]), predicate("host", &["Mail.example"]), predicate("kind", &["SERVER"])];
    let rules = [rule(all.to_vec(), Some(0), None)];
    let fields = Fields { method: text("Get"), host: text("mail.EXAMPLE"), kind: text("server"), ..Fields::default() };
    assert_eq!(decide(&rules, &fields).0, Some(0));
    let rules = [rule(vec![predicate("path", &["/a"]), predicate("method", &["get", "P*"])], Some(0), None)];
    let of = |method| decide(&rules, &Fields { path: text("/a"), method: text(method), ..Fields::default() }).0;
    assert_eq!((of("GET"), of("put"), of("DELETE")), (Some(0), Some(0), None));
}

#[test]
fn a_template_holds_of_whatever_it_is_written_for() {
    let shape =
        |key| crate::rule::Predicate { test: predicate("path", &["/a/{x}"]).test, ..predicate(key, &["present"]) };
    for (key, fields) in [
        ("query.q", Fields { query: text("q=/a/1"), ..Fields::default() }),
        ("header.x-a", Fields { header: text("/a/1"), ..Fields::default() }),
        ("rpc", Fields { rpc: Some(("a".into(), "1".into())), ..Fields::default() }),
    ] {
        let rules = [rule(vec![shape(key)], Some(0), None)];
        assert_eq!(decide(&rules, &fields).0, Some(0), "{key}");
        assert_eq!(decide(&rules, &Fields::default()).0, None, "{key}");
    }
}

#[test]
fn a_scratch_remembers_nothing_for_other_rules() {
    let of = |agent| [rule(vec![predicate("userAgent", &[agent])], None, Some(1))];
    let on = |path| [rule(vec![predicate("path", &[path])], Some(0), None)];
    let fields = Fields { agent: text("curl/8"), path: text("/a/b"), ..Fields::default() };
    let mut scratch = Scratch::default();
    let mut class_rule = |rules: &[Rule]| {
        let mut plan = FieldPlan::default();
        let annotated = annotator(rules, &mut plan).annotate(&fields.slots(&mut plan), &mut scratch);
        (annotated.rule.is_some(), annotated.class_rule.is_some())
    };
    assert_eq!(class_rule(&of("curl*")), (false, true));
    assert_eq!(class_rule(&of("wget*")), (false, false));
    assert_eq!(class_rule(&on("/a/{x}")), (true, false));
    assert_eq!(class_rule(&on("/{x}/a")), (false, false));
}

#[test]
fn a_rule_for_many_services_and_methods_holds_for_each_and_for_no_other() {
    let services: Vec<String> = (0..9).map(|at| format!("s{at}")).collect();
    let services: Vec<&str> = services.iter().map(String::as_str).collect();
    let methods = ["GET", "PUT", "POST", "HEAD", "TRACE"];
    let all = vec![predicate("service", &services), predicate("method", &methods), predicate("path", &["/a"])];
    let rules = [rule(all, Some(0), None)];
    let of = |service, method| {
        let fields = Fields { service: text(service), method: text(method), path: text("/a"), ..Fields::default() };
        decide(&rules, &fields).0
    };
    for service in &services {
        assert!(methods.iter().all(|method| of(service, method) == Some(0)), "{service}");
        assert_eq!(of(service, "DELETE"), None);
    }
    assert_eq!(of("s9", "GET"), None);
}

/// Predicates over everything that an event of the oracle has.
fn any_predicate() -> impl Strategy<Value = crate::rule::Predicate> {
    let some = |texts: &[&'static str]| prop::collection::vec(select(texts.to_vec()), 1..3);
    let on = |key: &'static str, texts: &[&'static str]| {
        let there = prop_oneof![Just(vec!["present"]), Just(vec!["absent"])];
        prop_oneof![5 => some(texts), 1 => there].prop_map(move |values| predicate(key, &values))
    };
    let templates = prop::collection::vec(oracle::template(), 1..3);
    let templates = (select(vec!["path", "path", "path", "route"]), templates)
        .prop_map(|(key, texts)| predicate(key, &texts.iter().map(String::as_str).collect::<Vec<_>>()));
    prop_oneof![
        6 => templates,
        1 => on("path", &["regex ^/a", "regex b$"]),
        2 => on("service", &["web", "mail", "m*"]),
        2 => on("method", &["GET", "get", "put", "P*", "regex get|b"]),
        1 => on("kind", &["server", "log", "SERVER"]),
        1 => on("span", &["a", "b", "a*b", "regex ^a"]),
        1 => on("rpc", &["p.S/M", "p.S/N", "*/M", "regex ^a"]),
        1 => on("query", &["q=a", "*q*"]),
        2 => on("query.q", &["a", "b", "*b", "regex b$"]),
        2 => on("userAgent", &["*BOT*", "a*", "aB", "regex ^a", "regex get|b"]),
        1 => on("host", &["A", "b*"]),
        2 => on("header.x-a", &["a", "ab", "*b*", "regex b$"]),
        2 => on("attribute.app.n", &["1", "2*", "regex b$"]),
    ]
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let gives = select(vec![(Some(0), None), (None, Some(1)), (Some(1), Some(2))]);
    (prop::collection::vec(any_predicate(), 0..4), gives).prop_map(|(all, (step, class))| rule(all, step, class))
}

fn any_fields() -> impl Strategy<Value = Fields> {
    let of = |texts: &[&str]| prop::option::of(select(texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>()));
    let who = (of(&["web", "mail", "auth"]), of(&["GET", "get", "PUT", "Post"]), of(&["server", "log", "Server"]));
    let paths = (prop::option::weighted(0.8, oracle::path()), prop::option::of(oracle::path()));
    let texts = (of(&["a", "b", "aab", "ba"]), of(&["M", "N", "O"]), of(&["q=a", "q=b&q=a", "p&q", "xq=ab", ""]));
    let more = (of(&["Googlebot", "a", "AB", "ab", "getter"]), of(&["a", "B1", "c"]), of(&["a", "ab", "b", "cbc", ""]));
    (who, paths, texts, more, prop::option::of(select(vec![1, 2, 20, -1]))).prop_map(
        |((service, method, kind), (path, route), (span, rpc, query), (agent, host, header), number)| Fields {
            rpc: rpc.map(|method| ("p.S".to_owned(), method)),
            ..Fields {
                service,
                method,
                kind,
                path,
                route,
                span,
                query,
                agent,
                host,
                header,
                number,
                ..Fields::default()
            }
        },
    )
}

proptest! {
    #[test]
    fn the_best_rules_are_those_found_by_trying_each(
        rules in prop::collection::vec(any_rule(), 0..12), events in prop::collection::vec(any_fields(), 1..12)
    ) {
        let mut plan = FieldPlan::default();
        let annotator = annotator(&rules, &mut plan);
        // One scratch for all events, so that what is remembered is tested as well.
        let mut scratch = Scratch::default();
        for fields in &events {
            let slots = fields.slots(&mut plan);
            let annotated = annotator.annotate(&slots, &mut scratch);
            let for_step = oracle::best(&rules, fields, |rule| rule.step.is_some());
            let for_class = oracle::best(&rules, fields, |rule| rule.class.is_some());
            prop_assert_eq!(annotated.rule.map(RuleId::index), for_step, "{:?}", fields);
            prop_assert_eq!(annotated.class_rule.map(RuleId::index), for_class, "{:?}", fields);
            prop_assert_eq!(annotated.step, for_step.and_then(|at| rules[at].step).map(|choice| choice.step));
            let all: Vec<usize> = annotator.matching_rules(&slots, &mut scratch).into_iter().map(RuleId::index).collect();
            let mut expected: Vec<_> = (0..rules.len())
                .filter_map(|at| oracle::ways(&rules[at], fields).into_iter().max().map(|rank| (std::cmp::Reverse(rank), at)))
                .collect();
            expected.sort_unstable();
            prop_assert_eq!(all, expected.into_iter().map(|(_, at)| at).collect::<Vec<_>>(), "{:?}", fields);
        }
    }
}
