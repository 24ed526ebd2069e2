use super::*;
use crate::field::{FieldPlan, Value};

fn operations(texts: &[&str]) -> Operations {
    let mut operations = Operations::default();
    for text in texts {
        operations.declare(&text.parse().unwrap());
    }
    operations
}

fn find(operations: &Operations, fields: &[(Slot, &str)]) -> Option<String> {
    let mut slots = FieldPlan::default().slots();
    for (slot, text) in fields {
        slots.set(*slot, Value::Text(text));
    }
    operations.find(&slots, &mut String::new()).map(|id| operations.declared()[id.index()].to_string())
}

#[test]
fn the_most_specific_route_of_the_events_service_is_found() {
    let ops = operations(&["web /{any...}", "web GET /m/{id}", "web GET /m/new", "web /m/new", "other GET /m/new"]);
    let get = |path| find(&ops, &[(Slot::SERVICE, "web"), (Slot::METHOD, "GET"), (Slot::PATH, path)]);
    assert_eq!(get("/m/new").as_deref(), Some("web GET /m/new"));
    assert_eq!(get("/m/7").as_deref(), Some("web GET /m/{id}"));
    assert_eq!(get("/x").as_deref(), Some("web /{any...}"));
    let post = find(&ops, &[(Slot::SERVICE, "web"), (Slot::METHOD, "POST"), (Slot::PATH, "/m/new")]);
    assert_eq!(post.as_deref(), Some("web /m/new"));
}

#[test]
fn a_route_names_the_operation_whatever_its_parameters_are_called() {
    let ops = operations(&["web GET /m/{id}"]);
    let of = |route| find(&ops, &[(Slot::SERVICE, "web"), (Slot::METHOD, "GET"), (Slot::ROUTE, route)]);
    assert!(of("/m/{message_id}").is_some());
    assert!(of("/m/:id").is_some());
    assert!(of("/m/:id/parts").is_none());
}

#[test]
fn a_client_span_names_the_callees_operation() {
    let ops = operations(&["outbox mail.Outbox/Enqueue"]);
    let span = |service, kind| {
        let rpc = [(Slot::RPC_SERVICE, "mail.Outbox"), (Slot::RPC_METHOD, "Enqueue")];
        find(&ops, &[rpc[0], rpc[1], (Slot::SERVICE, service), (Slot::KIND, kind)])
    };
    assert!(span("web", "client").is_some());
    assert!(span("outbox", "server").is_some());
    assert!(span("web", "server").is_none());
}

#[test]
fn an_undeclared_operation_is_named_as_it_could_be_declared() {
    let name = |fields: &[(Slot, &str)]| {
        let mut slots = FieldPlan::default().slots();
        for (slot, text) in fields {
            slots.set(*slot, Value::Text(text));
        }
        let mut out = String::new();
        observed_action(&slots, &mut out);
        out
    };
    let path = |p| name(&[(Slot::METHOD, "GET"), (Slot::PATH, p)]);
    assert_eq!(path("/erddap/tabledap/nrt_SEA079_M9.nccsvMetadata"), "GET /erddap/tabledap/{id}.nccsvMetadata");
    assert_eq!(path("/api/v1/users/42/"), "GET /api/v1/users/{id}");
    assert_eq!(path("/a/b/c/d/e/f/g/h"), "GET /a/b/c/d/e/f/{rest...}");
    assert_eq!(path("/"), "GET /");
    assert_eq!(path("/%%32%65/x"), "GET /{id}/x");
    assert_eq!(name(&[(Slot::RPC_METHOD, "a.B/C")]), "a.B/C");
    assert_eq!(name(&[(Slot::SPAN_NAME, "refresh index")]), "span refresh index");
    for declared in [path("/a/{x"), path("/a b"), path("/é")] {
        assert!(format!("web {declared}").parse::<Operation>().is_ok(), "{declared}");
    }
}
