//! Who is told of burns: real servers on this machine, that note what they hear.

mod cost;
mod https;
mod incidents;
mod pagerduty;
mod webhook;

use crate::world::{Span, World, body_at};
use milepost_server::{Clock, Payload, Receivers, Server, Settings};
use serde_json::Value;

/// A step whose page looks at two minutes and one, with a ticket beside it.
const SLO: &str = "---
apiVersion: milepost/v1
kind: SLO
metadata: {name: pay-burns}
spec:
  title: Payments work
  step: buy/pay
  type: availability
  target: 99%
  window: 1d
  alerts:
    - {page: 2%, long: 2m, short: 1m}
    - {ticket: 10%, long: 10m, short: 2m}
";

/// What burns here is no incident: that is tried on its own.
const CALM: &str = "---
apiVersion: milepost/v1
kind: SeverityPolicy
metadata: {name: severity}
spec: {description: Only what is wholly down., levels: [major], rules: [{level: major, scope: all, impact: '> 99%'}]}
";

const MINUTE_NANOS: i64 = 60_000_000_000;

/// A server's world, its clock, and the next span's number.
struct Burning {
    world: World,
    clock: Clock,
    next: u64,
}

impl Burning {
    /// Of the product with an SLO that burns easily, and the one that it has already without alerts.
    fn new() -> Self {
        Self::with(CALM)
    }

    fn with(more: &str) -> Self {
        let burning = Self { world: World::new(), clock: Clock::default(), next: 1 };
        burning.write(more);
        burning
    }

    fn write(&self, more: &str) {
        let base = World::registry_text().replace("window: 28d}", "window: 28d, alerts: []}");
        self.world.write_registry(&format!("{base}{SLO}{more}"));
    }

    fn start(&self, receivers: Receivers) -> Server {
        let clock = self.clock.clone();
        self.world.start_with(|settings| Settings { receivers, clock, ..settings })
    }

    fn send(&mut self, server: &Server, count: u64, status: u16) {
        let ids = self.next..self.next + count;
        self.next += count;
        let spans: Vec<Span> = ids.map(|id| Span { id, route: "POST /pay", status, seconds_ago: 0 }).collect();
        let body = body_at(u128::try_from(self.clock.now().nanos()).unwrap(), &spans);
        self.world.send_body(server, Payload::TracesJson, body).unwrap();
    }

    /// Makes the SLO's page and ticket fire.
    fn burn(&mut self, server: &Server) {
        // Early in a minute, so that what is sent is judged within it: the page's short window holds no other.
        let into_minute = self.clock.now().nanos() % MINUTE_NANOS;
        self.set_ahead(MINUTE_NANOS + 5_000_000_000 - into_minute);
        self.send(server, 60, 200);
        self.send(server, 40, 503);
    }

    /// Lets so many minutes pass, in which all is well.
    fn pass(&mut self, server: &Server, minutes: i64) {
        self.set_ahead(minutes * MINUTE_NANOS);
        self.send(server, 20, 200);
    }

    /// Sets the clock further ahead.
    fn set_ahead(&self, more: i64) {
        let ahead = self.clock.now().nanos() - Clock::default().now().nanos();
        self.clock.set_ahead(ahead + more);
    }
}

/// A body as JSON.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
