//! Which declared operation an event is of.

use crate::field::{Slot, Slots};
use crate::routes::Routes;
use hashbrown::HashMap;
use milepost_model::{Action, HttpMethod, Operation, OperationId};
use std::fmt::Write as _;

/// All declared operations, found by what an event carries.
#[derive(Debug, Default)]
pub struct Operations {
    declared: Vec<Operation>,
    ids: HashMap<Operation, OperationId>,
    by_rpc: HashMap<String, Offers>,
    by_message: HashMap<String, Offers>,
    by_span: HashMap<String, Offers>,
    by_service: HashMap<String, ServiceRoutes>,
}

/// The services that offer an action of one name.
type Offers = Vec<(String, OperationId)>;

#[derive(Debug, Default)]
struct ServiceRoutes {
    routes: Routes,
    entries: Vec<RouteEntry>,
}

#[derive(Debug)]
struct RouteEntry {
    method: Option<HttpMethod>,
    literal_segments: usize,
    operation: OperationId,
}

impl Operations {
    /// Adds an operation, once; tells its id.
    pub(crate) fn declare(&mut self, operation: &Operation) -> OperationId {
        if let Some(id) = self.ids.get(operation) {
            return *id;
        }
        let id = OperationId::new(self.declared.len());
        self.declared.push(operation.clone());
        self.ids.insert(operation.clone(), id);
        let service = operation.service.to_string();
        match &operation.action {
            Action::Rpc(method) => self.by_rpc.entry_ref(method.as_str()).or_default().push((service, id)),
            Action::Message(name) => self.by_message.entry_ref(name.as_str()).or_default().push((service, id)),
            Action::Span(name) | Action::Event(name) => {
                self.by_span.entry_ref(name.as_str()).or_default().push((service, id));
            }
            Action::Http { method, path } => {
                let routes = self.by_service.entry(service).or_default();
                let entry = u32::try_from(routes.entries.len()).expect("a registry has fewer than 2^32 routes");
                routes.routes.insert(path, entry);
                let literal_segments = path.literal_segments();
                routes.entries.push(RouteEntry { method: method.clone(), literal_segments, operation: id });
            }
        }
        id
    }

    /// The declared operations, by id.
    pub fn declared(&self) -> &[Operation] {
        &self.declared
    }

    /// The id of a declared operation.
    pub fn id(&self, operation: &Operation) -> Option<OperationId> {
        self.ids.get(operation).copied()
    }

    /// The declared operation that an event is of.
    ///
    /// A caller's span (client or producer) names the other side's operation, which is found whichever service offers it; every other
    /// event is of an operation of its own service.
    pub fn find(&self, slots: &Slots<'_>, scratch: &mut String) -> Option<OperationId> {
        let service = slots.text(Slot::SERVICE);
        let calls = matches!(slots.text(Slot::KIND), Some("client" | "producer"));
        if let Some(method) = rpc_method(slots, scratch)
            && let Some(offers) = self.by_rpc.get(method)
            && let Some(id) = pick(offers, service, calls)
        {
            return Some(id);
        }
        if let Some(destination) = slots.text(Slot::DESTINATION)
            && let Some(offers) = self.by_message.get(destination)
            && let Some(id) = pick(offers, service, calls)
        {
            return Some(id);
        }
        if !calls
            && let Some(routes) = service.and_then(|s| self.by_service.get(s))
            && let Some(id) = routes.find(slots)
        {
            return Some(id);
        }
        if self.by_span.is_empty() {
            return None;
        }
        slots.text(Slot::SPAN_NAME).and_then(|name| self.by_span.get(name)).and_then(|o| pick(o, service, calls))
    }
}

fn pick(offers: &Offers, service: Option<&str>, calls: bool) -> Option<OperationId> {
    let own = offers.iter().find(|(s, _)| service == Some(s));
    own.or_else(|| if calls { offers.first() } else { None }).map(|(_, id)| *id)
}

impl ServiceRoutes {
    fn find(&self, slots: &Slots<'_>) -> Option<OperationId> {
        let method = slots.text(Slot::METHOD);
        [Slot::PATH, Slot::ROUTE]
            .into_iter()
            .filter_map(|slot| slots.text(slot))
            .find_map(|path| self.best(path, method))
    }

    /// The entry with most literal segments; one with a method before one for any; then the first declared.
    fn best(&self, path: &str, method: Option<&str>) -> Option<OperationId> {
        let mut best: Option<(&RouteEntry, u32)> = None;
        self.routes.find(path, &mut |n| {
            let entry = &self.entries[n as usize];
            if entry.method.as_ref().is_some_and(|m| Some(m.as_str()) != method) {
                return;
            }
            let rank = |e: &RouteEntry, n: u32| (e.literal_segments, e.method.is_some(), std::cmp::Reverse(n));
            if best.is_none_or(|(b, at)| rank(entry, n) > rank(b, at)) {
                best = Some((entry, n));
            }
        });
        best.map(|(entry, _)| entry.operation)
    }
}

/// The full RPC method of an event: `package.Service/Method`.
pub(crate) fn rpc_method<'s>(slots: &Slots<'s>, scratch: &'s mut String) -> Option<&'s str> {
    let method = slots.text(Slot::RPC_METHOD)?;
    match slots.text(Slot::RPC_SERVICE) {
        Some(service) if !method.contains('/') => {
            scratch.clear();
            scratch.push_str(service);
            scratch.push('/');
            scratch.push_str(method);
            Some(scratch)
        }
        _ => Some(method),
    }
}

/// Most path segments in the name of an operation that nobody declared.
const OBSERVED_SEGMENTS: usize = 6;

/// Writes a name for the operation of an event that nobody declared, as it could be declared: `GET /messages/{id}`. Parts of a raw path that
/// look like ids become parameters, so that one route does not get a name for each of its objects.
pub fn observed_action(slots: &Slots<'_>, out: &mut String) {
    out.clear();
    let mut scratch = String::new();
    if let Some(method) = rpc_method(slots, &mut scratch) {
        out.push_str(method);
    } else if let Some(name) = slots.text(Slot::DESTINATION) {
        let _ = write!(out, "message {name}");
    } else if slots.text(Slot::ROUTE).is_some() || slots.text(Slot::PATH).is_some() {
        if let Some(method) = slots.text(Slot::METHOD).filter(|m| HttpMethod::new(m).is_some()) {
            out.push_str(method);
            out.push(' ');
        }
        match (slots.text(Slot::ROUTE), slots.text(Slot::PATH)) {
            (Some(route), _) if route.starts_with('/') => out.push_str(route),
            (_, Some(path)) => generalise(path, out),
            (Some(route), None) => generalise(route, out),
            (None, None) => {}
        }
    } else {
        let _ = write!(out, "span {}", slots.text(Slot::SPAN_NAME).unwrap_or("unnamed"));
    }
}

fn generalise(path: &str, out: &mut String) {
    let mut segments = path.split('/').filter(|s| !s.is_empty());
    let before = out.len();
    for segment in segments.by_ref().take(OBSERVED_SEGMENTS) {
        out.push('/');
        let (stem, extension) = match segment.rsplit_once('.') {
            Some((stem, extension)) if is_extension(extension) && !stem.is_empty() => (stem, Some(extension)),
            _ => (segment, None),
        };
        if is_word(stem) {
            out.push_str(stem);
        } else {
            out.push_str("{id}");
        }
        if let Some(extension) = extension {
            out.push('.');
            out.push_str(extension);
        }
    }
    if segments.next().is_some() {
        out.push_str("/{rest...}");
    }
    if out.len() == before {
        out.push('/');
    }
}

fn is_extension(text: &str) -> bool {
    (1..=16).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Whether a segment is a name rather than an id: short, of plain characters, and with no digit but for a version such as `v1`.
fn is_word(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~'));
    let version = text.len() <= 3 && text.starts_with('v') && text[1..].bytes().all(|b| b.is_ascii_digit());
    plain && text.len() <= 40 && (version || !text.bytes().any(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
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
}
