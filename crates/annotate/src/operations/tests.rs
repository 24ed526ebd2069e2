//! Tests of the module that this file belongs to.

use crate::annotator::{Annotator, Declarations, Scratch};
use crate::field::FieldPlan;
use crate::oracle::{self, Fields};
use milepost_model::{Action, LogFormat, Name, Operation, Service, Signal};
use proptest::prelude::*;
use proptest::sample::select;

/// An annotator that knows these operations and nothing else.
fn annotator(operations: &[Operation], plan: &mut FieldPlan) -> Annotator {
    let service = |operation: &Operation| Service {
        product: Name::new("mail").unwrap(),
        name: operation.service.clone(),
        title: String::new(),
        owner: String::new(),
        actions: vec![operation.action.clone()],
        access_log: None::<LogFormat>,
        measured_by: Signal::Spans,
        sampling: milepost_model::Sampling::None,
    };
    let services: Vec<Service> = operations.iter().map(service).collect();
    let declared =
        Declarations { steps: &[], objectives: &[], services: &services, classes: &[], rules: &[], trace_rules: &[] };
    Annotator::new(&declared, plan)
}

fn parse(texts: &[&str]) -> Vec<Operation> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn find(operations: &[Operation], fields: &Fields) -> Option<String> {
    let mut plan = FieldPlan::default();
    let annotator = annotator(operations, &mut plan);
    let id = annotator.annotate(&fields.slots(&mut plan), &mut Scratch::default()).operation?;
    Some(annotator.operations().declared()[id.index()].to_string())
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn request(method: &str, path: &str) -> Fields {
    Fields { service: text("web"), method: text(method), path: text(path), ..Fields::default() }
}

#[test]
fn the_most_specific_route_of_the_events_service_is_found() {
    let ops = parse(&["web /{any...}", "web GET /m/{id}", "web GET /m/new", "web /m/new", "other GET /m/new"]);
    let get = |path| find(&ops, &request("GET", path));
    assert_eq!(get("/m/new").as_deref(), Some("web GET /m/new"));
    assert_eq!(get("/m/7").as_deref(), Some("web GET /m/{id}"));
    assert_eq!(get("/x").as_deref(), Some("web /{any...}"));
    assert_eq!(find(&ops, &request("POST", "/m/new")).as_deref(), Some("web /m/new"));
    assert_eq!(find(&ops, &request("get", "/m/new")).as_deref(), Some("web GET /m/new"));
}

#[test]
fn a_route_names_the_operation_however_its_parameters_are_written() {
    let ops = parse(&["web GET /m/{id}", "web GET /f/{rest...}", "web GET /u"]);
    let of = |route: &str| find(&ops, &Fields { path: None, route: text(route), ..request("GET", "") });
    for route in ["/m/{message_id}", "/m/:id", "/m/<int:id>", "m/<id>/", "/m/*", "/m/{id:[0-9]+}", "/m/:id(.:format)"] {
        assert_eq!(of(route).as_deref(), Some("web GET /m/{id}"), "{route}");
    }
    for route in ["/f/*", "/f/**", "/f/:a/:b", "/f"] {
        assert_eq!(of(route).as_deref(), Some("web GET /f/{rest...}"), "{route}");
    }
    assert_eq!(of("/u(.:format)").as_deref(), Some("web GET /u"));
    assert_eq!(of("/m/:id/parts"), None);
}

#[test]
fn the_route_is_asked_when_the_path_leads_nowhere() {
    let ops = parse(&["web GET /m/{id}"]);
    let event = Fields { route: text("/m/{id}"), ..request("GET", "/behind/a/prefix/m/7") };
    assert!(find(&ops, &event).is_some());
}

#[test]
fn a_client_span_names_the_callees_operation() {
    let (outbox, gateway) = ("outbox mail.Outbox/Enqueue", "gateway mail.Outbox/Enqueue");
    let span = |declared: &[&str], service: &str, kind: &str| {
        let rpc = Some(("mail.Outbox".into(), "Enqueue".into()));
        find(&parse(declared), &Fields { service: text(service), kind: text(kind), rpc, ..Fields::default() })
    };
    let both = [outbox, gateway];
    assert_eq!(span(&both, "web", "client").as_deref(), Some(outbox));
    assert_eq!(span(&both, "outbox", "server").as_deref(), Some(outbox));
    assert_eq!(span(&both, "gateway", "server").as_deref(), Some(gateway));
    assert_eq!(span(&both, "web", "server"), None);
    // A gateway that offers what it passes on calls the one behind it; who calls itself has no other to call.
    assert_eq!(span(&both, "gateway", "client").as_deref(), Some(outbox));
    assert_eq!(span(&[gateway, outbox], "gateway", "client").as_deref(), Some(outbox));
    assert_eq!(span(&[outbox], "outbox", "client").as_deref(), Some(outbox));
}

#[test]
fn an_http_client_span_is_of_no_operation_of_its_own_service() {
    let ops = parse(&["web GET /m/{id}"]);
    assert_eq!(find(&ops, &Fields { kind: text("client"), ..request("GET", "/m/7") }), None);
}

#[test]
fn a_grpc_call_in_a_proxys_log_is_known_by_its_path() {
    let ops = parse(&["outbox mail.v1.Outbox/Enqueue"]);
    let mut plan = FieldPlan::default();
    let annotator = annotator(&ops, &mut plan);
    let fields = Fields { service: text("outbox"), ..request("POST", "/mail.v1.Outbox/Enqueue") };
    let mut slots = fields.slots(&mut plan);
    assert_eq!(annotator.annotate(&slots, &mut Scratch::default()).operation, None);
    slots.set(crate::field::Slot::GRPC_STATUS, crate::field::Value::Int(0));
    assert!(annotator.annotate(&slots, &mut Scratch::default()).operation.is_some());
}

/// The declared operation of an event, by looking at each: RPC, message, path, route, span.
fn naive(operations: &[Operation], fields: &Fields) -> Option<Operation> {
    let mut declared: Vec<&Operation> = Vec::new();
    for operation in operations {
        if !declared.contains(&operation) {
            declared.push(operation);
        }
    }
    let calls = matches!(fields.kind.as_deref(), Some("client" | "producer"));
    let own = |o: &Operation| Some(o.service.as_str()) == fields.service.as_deref();
    let named = |is_it: &dyn Fn(&Action) -> bool| {
        let all: Vec<&Operation> = declared.iter().filter(|o| is_it(&o.action)).copied().collect();
        let others = || all.iter().find(|o| !own(o)).or(all.first());
        let found = if calls { others() } else { all.iter().find(|o| own(o)) };
        found.map(|o| (*o).clone())
    };
    let rpc = fields.rpc.as_ref().map(|(service, method)| format!("{service}/{method}"));
    let by_rpc = named(&|a| matches!(a, Action::Rpc(name) if Some(name) == rpc.as_ref()));
    let by_message = named(&|a| matches!(a, Action::Message(name) if Some(name) == fields.destination.as_ref()));
    let by_span =
        named(&|a| matches!(a, Action::Span(name) | Action::Event(name) if Some(name) == fields.span.as_ref()));
    let routed = |path: Option<&String>| {
        let fitting = declared.iter().enumerate().filter_map(|(at, o)| match &o.action {
            Action::Http { method, path: template } if own(o) && oracle::fits(template, path?) => {
                let asked = fields.method.as_ref().map(|m| m.to_uppercase());
                let fits = method.as_ref().is_none_or(|m| Some(m.as_str()) == asked.as_deref());
                fits.then_some((template.specificity(), method.is_some(), std::cmp::Reverse(at)))
            }
            _ => None,
        });
        fitting.max().map(|(_, _, at)| declared[at.0].clone())
    };
    let by_route = || if calls { None } else { routed(fields.path.as_ref()).or_else(|| routed(fields.route.as_ref())) };
    by_rpc.or(by_message).or_else(by_route).or(by_span)
}

fn operation() -> impl Strategy<Value = Operation> {
    let action = prop_oneof![
        4 => (select(vec!["", "GET ", "PUT "]), oracle::template()).prop_map(|(method, path)| format!("{method}{path}")),
        2 => select(vec!["p.S/M", "p.S/N"]).prop_map(str::to_owned),
        1 => select(vec!["message a", "message b", "span a", "event a", "span b"]).prop_map(str::to_owned),
    ];
    (select(vec!["web", "mail", "auth"]), action)
        .prop_map(|(service, action)| format!("{service} {action}").parse().unwrap())
}

fn fields() -> impl Strategy<Value = Fields> {
    let of = |texts: &[&str]| prop::option::of(select(texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>()));
    let who = (
        of(&["web", "mail", "auth", "other"]),
        of(&["server", "client", "producer", "log"]),
        of(&["GET", "put", "POST"]),
    );
    let what = (
        prop::option::of(oracle::path()),
        prop::option::of(oracle::path()),
        of(&["a", "b", "c"]),
        of(&["M", "N", "O"]),
    );
    (who, what, of(&["a", "b", "c"])).prop_map(|((service, kind, method), (path, route, destination, rpc), span)| {
        Fields {
            service,
            kind,
            method,
            path,
            route,
            // Few have one, since it decides before the path.
            destination: destination.filter(|_| span.is_none()),
            rpc: rpc.filter(|_| span.is_none()).map(|method| ("p.S".to_owned(), method)),
            span,
            ..Fields::default()
        }
    })
}

proptest! {
    #[test]
    fn an_operation_is_found_as_by_looking_at_each(
        operations in prop::collection::vec(operation(), 0..14), events in prop::collection::vec(fields(), 1..8)
    ) {
        let mut plan = FieldPlan::default();
        let annotator = annotator(&operations, &mut plan);
        let mut scratch = Scratch::default();
        for event in &events {
            let found = annotator.annotate(&event.slots(&mut plan), &mut scratch).operation;
            let found = found.map(|id| annotator.operations().declared()[id.index()].clone());
            prop_assert_eq!(found, naive(&operations, event), "{:?}", event);
        }
    }
}
