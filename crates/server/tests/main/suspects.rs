//! What is suspected of attempts that are slow, and of those whose traces stop: by how attempts went while all was well.

use crate::world::World;
use milepost_impact::incident::Incident;
use milepost_model::DurationNs;
use milepost_server::{Clock, Payload, Server, Settings};
use serde_json::{Value, json};

const SHAPES: &str = "
---
apiVersion: milepost/v1
kind: Service
metadata: {name: gateway}
spec: {owner: web-team, operations: [GET /]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: stock}
spec: {owner: stock-team, operations: [GET /stock]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: prices}
spec: {owner: price-team, operations: [GET /price]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: look}
spec: {title: Look, description: A thing is looked at., start: The user opens it., success: It is shown.}
---
apiVersion: milepost/v1
kind: SLO
metadata: {name: look-fast}
spec: {step: look, type: latency, threshold: 100ms, target: 90%, window: 28d}
---
apiVersion: milepost/v1
kind: AnnotationRules
metadata: {name: shapes}
spec:
  traceRules:
    - {name: look, root: gateway GET /, when: [stock GET /stock], requires: [prices GET /price], step: look, assumes: Only looking asks for the stock.}
";

/// A server whose attempts are traces, and whose time passes when it is told to.
struct Shop {
    world: World,
    clock: Clock,
    server: Server,
    next: u64,
}

impl Shop {
    fn open() -> Self {
        let (world, clock) = (World::new(), Clock::default());
        let registry = World::registry_text().replace("steps: [search, pay]", "steps: [search, pay, look]") + SHAPES;
        world.write_registry(&registry);
        let server = world.start_with(|settings| Settings { clock: clock.clone(), ..settings });
        world.until("severity is judged", || server.shared.severity().at.is_some());
        Self { world, clock, server, next: 1 }
    }

    /// So many attempts: what the root took, and of each call its service, path, begin and end, in milliseconds.
    fn look(&mut self, count: u64, millis: i64, calls: &[(&str, &str, i64, i64)]) {
        let now = self.server.shared.now().nanos();
        let at = |millis: i64| (now + millis * 1_000_000).to_string();
        let mut resources: Vec<Value> = Vec::new();
        for trace in self.next..self.next + count {
            let mut spans = vec![("gateway", "/", 0, millis)];
            spans.extend(calls);
            for (place, (service, path, begin, end)) in spans.into_iter().enumerate() {
                let id = trace * 16 + place as u64;
                let mut span = json!({
                    "traceId": format!("{trace:032x}"), "spanId": format!("{id:016x}"), "name": format!("GET {path}"),
                    "kind": 2, "startTimeUnixNano": at(begin), "endTimeUnixNano": at(end),
                    "attributes": [
                        {"key": "http.request.method", "value": {"stringValue": "GET"}},
                        {"key": "http.route", "value": {"stringValue": path}},
                        {"key": "http.response.status_code", "value": {"intValue": "200"}},
                    ],
                });
                if place > 0 {
                    span["parentSpanId"] = format!("{:016x}", trace * 16).into();
                }
                let service = json!({"key": "service.name", "value": {"stringValue": service}});
                resources.push(json!({"resource": {"attributes": [service]}, "scopeSpans": [{"spans": [span]}]}));
            }
        }
        self.next += count;
        let body = json!({ "resourceSpans": resources }).to_string();
        self.world.send_body(&self.server, Payload::TracesJson, body).unwrap();
        // Until their traces were quiet long enough.
        self.pass(11);
        let attempts = || crate::world::outcomes(&self.server, "look").iter().sum::<u64>();
        self.world.until("the traces are judged", || attempts() == self.next - 1);
    }

    fn pass(&self, seconds: u64) {
        self.clock.pass(DurationNs::from_seconds(seconds));
        let now = self.server.shared.now();
        self.world.until("severity is judged", || self.server.shared.severity().at.is_some_and(|at| at > now));
    }

    /// What is suspected once the step has a level, and who owns that.
    fn suspected(&self) -> (String, Option<String>) {
        let suspicion = |incident: &Incident| incident.suspicion.as_ref().map(|of| (of.text.clone(), of.owner.clone()));
        self.pass(1);
        self.pass(31);
        let found = || self.server.shared.incidents.of("shop").open().find_map(suspicion);
        self.world.until("something is suspected", || found().is_some());
        found().unwrap()
    }
}

const STOCK: (&str, &str, i64, i64) = ("stock", "/stock", 1, 6);

#[test]
fn the_operation_that_itself_takes_most_of_what_attempts_take_longer_is_suspected() {
    let mut shop = Shop::open();
    shop.look(30, 20, &[STOCK, ("prices", "/price", 7, 17)]);
    shop.look(30, 640, &[STOCK, ("prices", "/price", 7, 617)]);
    let told = "prices GET /price, which itself takes 600 ms of the 620 ms that slow attempts take longer";
    assert_eq!(shop.suspected(), (told.to_owned(), Some("price-team".to_owned())));
    shop.server.stop();
}

#[test]
fn the_last_call_of_attempts_that_stop_is_suspected_once_it_is_known_how_they_go_on() {
    let mut shop = Shop::open();
    shop.look(30, 20, &[STOCK, ("prices", "/price", 7, 17)]);
    shop.look(30, 10, &[STOCK]);
    let told = "stock GET /stock, after which 20 of 20 failed attempts stop";
    assert_eq!(shop.suspected(), (told.to_owned(), Some("stock-team".to_owned())));
    shop.server.stop();
    // Whoever has never seen one that was well cannot say where they stop.
    let mut shop = Shop::open();
    shop.look(30, 10, &[STOCK]);
    assert_eq!(shop.suspected().0, "gateway GET /");
    shop.server.stop();
}
