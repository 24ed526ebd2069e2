//! The telemetry tells its story: what is named is declared, what fails fails where and when it should.

use super::*;
use crate::checkout;
use crate::generate::otlp::{Kind, Value};
use std::collections::{BTreeMap, BTreeSet};

fn text<'s>(span: &'s Span, key: &str) -> Option<&'s str> {
    span.attributes.iter().find_map(|(name, value)| match value {
        Value::Text(text) if *name == key => Some(text.as_str()),
        _ => None,
    })
}

fn status(span: &Span) -> Option<u16> {
    span.attributes.iter().find_map(|(name, value)| match value {
        Value::Number(number) if name.ends_with("status_code") => Some(*number),
        _ => None,
    })
}

/// The requests of people for a page.
fn requests<'s>(spans: &'s [Span], name: &str) -> Vec<&'s Span> {
    let is_test = |span: &Span| text(span, "user_agent.original").is_some_and(|agent| agent.contains("HeadlessChrome"));
    spans.iter().filter(|span| span.name == name && !is_test(span)).collect()
}

fn with_status<'s>(requests: &[&'s Span], wanted: u16) -> Vec<&'s Span> {
    requests.iter().copied().filter(|span| status(span) == Some(wanted)).collect()
}

#[test]
fn what_the_servers_do_is_declared_by_the_registry_but_for_drafts() {
    let services = std::fs::read_to_string(checkout::root().join("examples/mail/services.yaml")).unwrap();
    let undeclared: BTreeSet<String> = spans()
        .iter()
        .filter(|span| span.kind != Kind::Client && status(span) != Some(404))
        .map(|span| match text(span, "messaging.destination.name") {
            Some(queue) => format!("message {queue}"),
            None => span.name.clone(),
        })
        .filter(|operation| !services.contains(&format!("    - {operation}\n")))
        .collect();
    assert_eq!(undeclared, ["GET /healthz", "POST /drafts"].map(str::to_owned).into());
}

#[test]
fn every_span_is_the_only_one_of_its_id_and_lies_within_its_parent() {
    let spans = spans();
    let by_id: BTreeMap<(u128, u64), &Span> = spans.iter().map(|span| ((span.trace, span.id), span)).collect();
    assert_eq!(by_id.len(), spans.len());
    for span in &spans {
        assert!(span.start_us <= span.end_us && (FIRST_US..LAST_US + MINUTE_US).contains(&span.start_us), "{span:?}");
        let Some(parent) = span.parent.map(|parent| by_id[&(span.trace, parent)]) else { continue };
        assert!(parent.start_us <= span.start_us && span.end_us <= parent.end_us, "{parent:?} {span:?}");
        assert_eq!(text(parent, "milepost"), text(span, "milepost"));
    }
}

#[test]
fn send_mail_fails_with_the_new_release_in_eu_west_between_1420_and_1432_only() {
    let spans = spans();
    let sent = requests(&spans, "POST /messages");
    let failed = with_status(&sent, 503);
    let affected = |span: &&Span| {
        (at(14, 20)..at(14, 32)).contains(&span.start_us)
            && span.resource.region == EU_WEST
            && span.resource.version == "2.4.0"
    };
    assert!(failed.len() >= 10 && failed.iter().all(affected), "{failed:?}");
    assert_eq!(failed.len() + with_status(&sent, 202).len(), sent.len());
    let tried = sent.iter().copied().filter(|span| affected(span)).count();
    assert!(failed.len() * 10 >= tried * 8, "{} of {tried}", failed.len());
    let traces: BTreeSet<u128> = failed.iter().map(|span| span.trace).collect();
    let calls = spans.iter().filter(|span| span.name.ends_with("Enqueue") && traces.contains(&span.trace));
    assert!(calls.clone().count() == 2 * failed.len() && calls.clone().all(|span| status(span) == Some(14)));
}

#[test]
fn all_other_steps_fail_rarely_enough_for_their_slos() {
    let spans = spans();
    let messages = requests(&spans, "GET /messages/{message}");
    assert!(messages.len() >= 1_000, "{}", messages.len());
    assert_eq!(with_status(&messages, 404).len(), 1);
    let spelling = requests(&spans, "POST /spelling");
    let late = with_status(&spelling, 504).len();
    assert!(late > 0 && late * 50 < spelling.len(), "{late} of {}", spelling.len());
    let slow = |span: &&&Span| span.end_us - span.start_us > SECOND_US;
    assert!(spelling.iter().filter(slow).count() >= 4);
    assert!(spelling.iter().filter(slow).all(|span| (at(14, 40)..at(14, 45)).contains(&span.start_us)));
    let lookups = requests(&spans, "GET /contacts");
    let dropped = with_status(&lookups, 499).len();
    assert!(dropped >= 3 && dropped * 20 < lookups.len(), "{dropped} of {}", lookups.len());
    assert!(with_status(&requests(&spans, "POST /login"), 401).len() >= 2);
    let filtered: Vec<&Span> = spans.iter().filter(|span| span.name == "process received-mail").collect();
    let unjudged = filtered.iter().filter(|span| span.failed).count();
    assert!(unjudged == 1 && filtered.len() >= 100, "{unjudged} of {}", filtered.len());
    let told: usize =
        [503, 504].iter().map(|code| spans.iter().filter(|span| status(span) == Some(*code)).count()).sum();
    assert_eq!(spans.iter().filter(|span| status(span).is_some_and(|code| code >= 500)).count(), told);
}

#[test]
fn some_requests_carry_annotations_of_which_one_is_spoilt_and_one_too_new() {
    let spans = spans();
    let carried: Vec<&str> = spans.iter().filter(|s| s.parent.is_none()).filter_map(|s| text(s, "milepost")).collect();
    assert!(carried.len() > 100, "{}", carried.len());
    let fields = |annotation: &&&str| annotation.split('.').count();
    assert_eq!(carried.iter().filter(|annotation| fields(annotation) != 8).count(), 1);
    assert_eq!(carried.iter().filter(|annotation| annotation.starts_with("2.")).count(), 1);
    let sent = carried.iter().find(|a| a.starts_with("1.mail.compose-mail.send-mail.interactive.critical."));
    assert!(sent.is_some());
}

#[test]
fn the_files_are_small_enough_for_the_repository() {
    let kilobytes: usize = super::telemetry()
        .iter()
        .map(|(_, text)| crate::generate::compressed(text).unwrap().len().div_ceil(1_000))
        .sum();
    assert!(kilobytes <= 170, "{kilobytes} kB");
}
