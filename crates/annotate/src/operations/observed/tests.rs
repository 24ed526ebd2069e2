//! Tests of the module that this file belongs to.

use super::*;
use crate::annotator::{Annotator, Declarations, Scratch};
use crate::field::{FieldPlan, Value};
use milepost_model::{Action, Name, Operation, Service, Signal};
use proptest::prelude::*;
use proptest::sample::select;

fn name(fields: &[(Slot, &str)]) -> String {
    let mut slots = FieldPlan::default().slots();
    fields.iter().for_each(|(slot, text)| slots.set(*slot, Value::Text(text)));
    let mut out = String::new();
    observed_action(&slots, &mut out);
    out
}

#[test]
fn an_undeclared_operation_is_named_as_it_could_be_declared() {
    let path = |p| name(&[(Slot::METHOD, "GET"), (Slot::PATH, p)]);
    assert_eq!(path("/erddap/tabledap/nrt_SEA079_M9.nccsvMetadata"), "GET /erddap/tabledap/{id}.nccsvMetadata");
    assert_eq!(path("/api/v1/users/42/"), "GET /api/v1/users/{id}");
    assert_eq!(path("/a/b/c/d/e/f/g/h"), "GET /a/b/c/d/e/f/{rest...}");
    assert_eq!(path("/"), "GET /");
    assert_eq!(path("/%%32%65/x"), "GET /{id}/x");
    assert_eq!(name(&[(Slot::METHOD, "get"), (Slot::PATH, "/a")]), "GET /a");
    assert_eq!(name(&[(Slot::METHOD, "_OTHER"), (Slot::PATH, "/a")]), "/a");
    assert_eq!(name(&[(Slot::RPC_METHOD, "a.B/C")]), "a.B/C");
    assert_eq!(name(&[(Slot::RPC_METHOD, "C"), (Slot::SPAN_NAME, "C")]), "span C");
    assert_eq!(name(&[(Slot::SPAN_NAME, "refresh index")]), "span refresh index");
    assert_eq!(name(&[(Slot::SPAN_NAME, " ")]), "span unnamed");
    assert_eq!(name(&[]), "span unnamed");
}

#[test]
fn addresses_and_tokens_in_a_path_are_parameters() {
    let path = |p: &str| name(&[(Slot::METHOD, "GET"), (Slot::PATH, p)]);
    for secret in [
        "alice@example.com",
        "alice%40example.com",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln-bmF0dXJl",
        "token=hunter.two",
        "7.hunter22",
        "Bearer%20abc",
    ] {
        let (last, first) = (format!("/reset/{secret}"), format!("/{secret}/now"));
        assert_eq!((path(&last), path(&first)), ("GET /reset/{id}".to_owned(), "GET /{id}/now".to_owned()));
    }
    assert_eq!(path("/files/a.mp3"), "GET /files/a.mp3");
}

#[test]
fn a_route_is_a_template_whatever_the_framework_writes() {
    let route = |text| name(&[(Slot::ROUTE, text), (Slot::PATH, "/never/7")]);
    for (text, expected) in [
        ("/users/:id", "/users/{id}"),
        ("/users/:id.json", "/users/{id}.json"),
        ("/users/:id(\\d+)", "/users/{id}"),
        ("/users/:id?", "/users/{id}"),
        ("/users/{id:[0-9]+}", "/users/{id}"),
        ("/users/{id?}", "/users/{id}"),
        ("/v1/{name}:predict", "/v1/{name}:predict"),
        ("users/<int:pk>/", "/users/{pk}"),
        ("/users/<id>", "/users/{id}"),
        ("/users/[id]", "/users/{id}"),
        ("/users/:id(.:format)", "/users/{id}"),
        ("/users(.:format)", "/users"),
        ("/files/*", "/files/{rest...}"),
        ("/files/**", "/files/{rest...}"),
        ("/files/*path", "/files/{rest...}"),
        ("/files/{*path}", "/files/{rest...}"),
        ("/files/{path...}", "/files/{rest...}"),
        ("/files/{proxy+}", "/files/{rest...}"),
        ("/files/{name:.*}", "/files/{rest...}"),
        ("/files/<path:name>", "/files/{rest...}"),
        ("/files/{name:path}", "/files/{rest...}"),
        ("/files/[...slug]", "/files/{rest...}"),
        ("/files/*/raw", "/files/{any}/raw"),
        ("/", "/"),
        ("", "/"),
    ] {
        assert_eq!(route(text), expected, "{text}");
    }
    // What cannot be a template is no name for people either.
    assert_eq!(route("^users/(?P<pk>[0-9]+)/$"), "/never/{id}");
}

/// The operation that an event is of when only what it was called itself is declared.
fn found_again(service: &str, action: &str, slots: &crate::field::Slots<'_>) -> bool {
    let operation: Operation = format!("{service} {action}").parse().unwrap();
    let Operation { service, action } = operation;
    let service = Service {
        product: Name::new("mail").unwrap(),
        name: service,
        title: String::new(),
        owner: String::new(),
        actions: vec![action],
        access_log: None,
        measured_by: Signal::Spans,
        sampling: milepost_model::Sampling::None,
    };
    let declared =
        Declarations { steps: &[], objectives: &[], services: &[service], classes: &[], rules: &[], trace_rules: &[] };
    let annotator = Annotator::new(&declared, &mut FieldPlan::default());
    annotator.annotate(slots, &mut Scratch::default()).operation.is_some()
}

proptest! {
    #[test]
    fn an_event_is_found_again_when_its_observed_name_is_declared(
        texts in prop::collection::vec(prop::option::of("(/?([a-z]{1,3}|:a|\\{a\\}|<i>|\\*|[ -~é\u{a0}]{0,3})){0,5}"), 6),
        method in prop::option::of(select(vec!["GET", "put", "_OTHER", "a b"])),
    ) {
        let mut slots = FieldPlan::default().slots();
        let asked = [Slot::PATH, Slot::ROUTE, Slot::DESTINATION, Slot::SPAN_NAME, Slot::RPC_SERVICE, Slot::RPC_METHOD];
        for (slot, text) in asked.iter().zip(&texts) {
            // An event with an RPC or a destination is named by that alone; let one of four have them.
            let decides = matches!(*slot, Slot::DESTINATION | Slot::RPC_METHOD);
            if let Some(text) = text.as_deref().filter(|text| !decides || text.len() % 4 == 0) {
                slots.set(*slot, Value::Text(text));
            }
        }
        if let Some(method) = method {
            slots.set(Slot::METHOD, Value::Text(method));
        }
        slots.set(Slot::SERVICE, Value::Text("web"));
        let mut action = String::new();
        observed_action(&slots, &mut action);
        prop_assert!(action.parse::<Action>().is_ok(), "`{}` cannot be declared", action);
        if action != "span unnamed" {
            prop_assert!(found_again("web", &action, &slots), "`{}`", action);
        }
    }
}
