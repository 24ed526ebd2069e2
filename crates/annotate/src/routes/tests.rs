//! Tests of the module that this file belongs to.

use super::*;
use crate::oracle;
use proptest::prelude::*;
use std::cmp::Reverse;

/// Routes to rules on the path: the position of each template is its rank.
fn routes(templates: &[(PathTemplate, Guard)], words: &mut Words) -> Routes {
    let mut routes = Routes::default();
    for (at, (template, guard)) in templates.iter().enumerate() {
        routes.insert(template, *guard, Stored::PathRule(u32::try_from(at).unwrap()), words);
    }
    routes
}

fn found(routes: &Routes, path: &str, event: Guard, words: &Words, memo: &mut RouteMemo) -> Vec<usize> {
    routes.find(path, event, words, memo).path_rules.iter().map(|rank| *rank as usize).collect()
}

const ANY: Guard = Guard { service: Word::ANY, method: Word::ANY };
const NOBODY: Guard = Guard { service: Word::UNKNOWN, method: Word::UNKNOWN };

fn unguarded(templates: &[&str]) -> Vec<(PathTemplate, Guard)> {
    templates.iter().map(|text| (text.parse().unwrap(), ANY)).collect()
}

proptest! {
    #[test]
    fn the_trie_finds_what_trying_each_template_finds(
        templates in prop::collection::vec((oracle::template(), 0..3usize, 0..3usize), 0..16),
        asked in prop::collection::vec((oracle::path(), 0..3usize, 0..3usize), 1..8),
    ) {
        let mut words = Words::default();
        let services = [Word::ANY, words.add("web"), words.add("mail")];
        let methods = [Word::ANY, words.add("GET"), words.add("PUT")];
        let templates: Vec<(PathTemplate, Guard)> = templates.iter().map(|(text, service, method)| {
            (text.parse().unwrap(), Guard { service: services[*service], method: methods[*method] })
        }).collect();
        let routes = routes(&templates, &mut words);
        // An event without a known service or method has the word for that, which is not the one for any.
        let known = |word| if word == Word::ANY { Word::UNKNOWN } else { word };
        let mut memo = RouteMemo::default();
        // Each is asked twice: the second time what is remembered answers.
        for (path, service, method) in asked.iter().chain(&asked) {
            let event = Guard { service: known(services[*service]), method: known(methods[*method]) };
            let lets_in = |guard: &Guard| {
                (guard.service == Word::ANY || guard.service == event.service)
                    && (guard.method == Word::ANY || guard.method == event.method)
            };
            let expected: Vec<usize> = (0..templates.len())
                .filter(|at| lets_in(&templates[*at].1) && oracle::fits(&templates[*at].0, path))
                .collect();
            prop_assert_eq!(found(&routes, path, event, &words, &mut memo), expected, "{}", path);
        }
    }
}

#[test]
fn of_several_operations_the_most_specific_wins_then_one_with_a_method_then_the_first() {
    let mut words = Words::default();
    let mut routes = Routes::default();
    let of = [("/{a}", true), ("/x.{a}", true), ("/x.y", false), ("/x.y", true), ("/x.y", true)];
    for (at, (template, has_method)) in of.into_iter().enumerate() {
        let template: PathTemplate = template.parse().unwrap();
        let operation = Reverse(OperationId::new(at));
        let stored = Stored::Operation(Offer { specificity: template.specificity(), has_method, operation });
        routes.insert(&template, ANY, stored, &mut words);
    }
    let mut memo = RouteMemo::default();
    let mut of = |path: &str| routes.find(path, NOBODY, &words, &mut memo).operation.map(OperationId::index);
    assert_eq!(of("/x.y"), Some(3));
    assert_eq!(of("/x.z"), Some(1));
    assert_eq!(of("/y"), Some(0));
    assert_eq!(of("/x/y"), None);
}

#[test]
fn rules_on_the_path_and_on_the_route_are_told_apart() {
    let mut words = Words::default();
    let mut routes = Routes::default();
    routes.insert(&"/{x}".parse().unwrap(), ANY, Stored::RouteRule(7), &mut words);
    routes.insert(&"/{x}".parse().unwrap(), ANY, Stored::PathRule(9), &mut words);
    routes.insert(&"/a".parse().unwrap(), ANY, Stored::PathRule(3), &mut words);
    let mut memo = RouteMemo::default();
    for _ in 0..2 {
        let found = routes.find("/a", NOBODY, &words, &mut memo);
        assert_eq!((found.path_rules, found.route_rules), (&[3, 9][..], &[7][..]));
    }
}

#[test]
fn what_was_remembered_for_one_path_is_not_told_of_another_whose_text_differs() {
    let mut words = Words::default();
    let routes = routes(&unguarded(&["/{name}.csv", "/v{number}", "/{any}"]), &mut words);
    let mut memo = RouteMemo::default();
    let mut of = |path: &str| found(&routes, path, NOBODY, &words, &mut memo);
    assert_eq!(of("/x.csv"), [0, 2]);
    assert_eq!(of("/x.txt"), [2]);
    assert_eq!(of("/v1"), [1, 2]);
    assert_eq!(of("/w1"), [2]);
    assert_eq!(of("/v1.csv"), [0, 1, 2]);
    assert_eq!(of("/.csv"), [2]);
}

#[test]
fn hostile_paths_cost_their_own_bytes_and_nothing_else() {
    let mut words = Words::default();
    let routes = routes(&unguarded(&["/{a}/{b}", "/a/{b}", "/{a}/b", "/{rest...}", "/é/{b}"]), &mut words);
    let mut memo = RouteMemo::default();
    let mut of = |path: &str| {
        let parts = routes.take_apart(path, &words, &mut Vec::new(), &mut Vec::new());
        assert!(parts <= routes.levels.len() + 1, "{parts} parts were read");
        found(&routes, path, NOBODY, &words, &mut memo)
    };
    let slashes = "/".repeat(65_536);
    assert_eq!(of(&slashes), [3]);
    assert_eq!(of(&format!("{slashes}a{slashes}b{slashes}")), [0, 1, 2, 3]);
    assert_eq!(of(&"/a".repeat(65_536)), [3]);
    assert_eq!(of(&"a".repeat(1 << 20)), [3]);
    assert_eq!(of("/é/ü"), [0, 3, 4]);
    assert_eq!(of("é/\u{0}"), [0, 3, 4]);
    assert_eq!(of(""), [3]);
}

#[test]
fn templates_that_fit_in_every_combination_are_each_found_once() {
    // Of all templates of ten segments that are `a` or a parameter, the path fits each; trying segment by segment without a trie
    // would double the work at each.
    let mut words = Words::default();
    let texts: Vec<String> = (0..1u32 << 10)
        .map(|bits| (0..10).map(|at| if bits >> at & 1 == 0 { "/a" } else { "/{x}" }).collect())
        .collect();
    let templates: Vec<&str> = texts.iter().map(String::as_str).collect();
    let routes = routes(&unguarded(&templates), &mut words);
    // As many nodes as beginnings of templates: the walk can visit no more.
    assert_eq!(routes.nodes.len(), (1 << 11) - 1);
    let all: Vec<usize> = (0..1 << 10).collect();
    assert_eq!(found(&routes, &"/a".repeat(10), NOBODY, &words, &mut RouteMemo::default()), all);
}

#[test]
fn the_deepest_templates_are_walked_in_steps_of_their_number() {
    // 64 templates of 64 segments, each with one literal: were nodes visited twice, this would not end.
    let mut words = Words::default();
    let texts: Vec<String> = (0..PathTemplate::MAX_SEGMENTS)
        .map(|literal| (0..PathTemplate::MAX_SEGMENTS).map(|at| if at == literal { "/a" } else { "/{x}" }).collect())
        .collect();
    let templates: Vec<&str> = texts.iter().map(String::as_str).collect();
    let routes = routes(&unguarded(&templates), &mut words);
    assert!(routes.nodes.len() <= PathTemplate::MAX_SEGMENTS * PathTemplate::MAX_SEGMENTS + 1);
    let path = "/a".repeat(PathTemplate::MAX_SEGMENTS);
    let found_in = |path: &str| found(&routes, path, NOBODY, &words, &mut RouteMemo::default());
    assert_eq!(found_in(&path).len(), PathTemplate::MAX_SEGMENTS);
    assert_eq!(found_in(&format!("{path}/a")), [0; 0]);
    assert_eq!(found_in(&path.replacen('a', "b", 63)), [63]);
}

#[test]
fn what_many_services_offer_is_found_for_each() {
    let mut words = Words::default();
    let guards: Vec<Guard> =
        (0..500).map(|at| Guard { service: words.add(&format!("service-{at}")), method: Word::ANY }).collect();
    let mut templates: Vec<(PathTemplate, Guard)> =
        guards.iter().rev().map(|guard| ("/{rest...}".parse().unwrap(), *guard)).collect();
    templates.push(("/{rest...}".parse().unwrap(), ANY));
    let routes = routes(&templates, &mut words);
    let mut memo = RouteMemo::default();
    for (at, guard) in guards.iter().enumerate() {
        assert_eq!(found(&routes, "/x", *guard, &words, &mut memo), [499 - at, 500]);
    }
    assert_eq!(found(&routes, "/x", NOBODY, &words, &mut memo), [500]);
}
