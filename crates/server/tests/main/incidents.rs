//! Severity and incidents of a running server: from failing requests to who must act, through restarts, with what people do.

use crate::world::{Span, World};
use milepost_impact::incident::{IncidentId, IncidentKind, Incidents, Phase, Resolution, Route, What};
use milepost_model::{DurationNs, StepPath};
use milepost_server::{Clock, Receivers, Server, Settings};
use std::sync::Arc;

/// A world whose time passes when it is told to.
pub(crate) struct Time {
    world: World,
    clock: Clock,
    next: u64,
}

impl Time {
    fn new() -> Self {
        Self::of(|registry| {
            let text = format!("{registry}{BELOW}");
            text.replace("measure: [web POST /pay]", "measure: [web POST /pay], operations: [bank POST /charge]")
        })
    }

    /// With another registry, made of the usual one.
    pub(crate) fn of(registry: impl FnOnce(&str) -> String) -> Self {
        let world = World::new();
        world.write_registry(&registry(World::registry_text()));
        Self { world, clock: Clock::default(), next: 1 }
    }

    /// Once it has judged: what was counted before that is what there was before.
    pub(crate) fn start(&self) -> Server {
        self.start_telling(Receivers::default())
    }

    /// The same, with whoever is told.
    pub(crate) fn start_telling(&self, receivers: Receivers) -> Server {
        let clock = self.clock.clone();
        let server = self.world.start_with(|settings: Settings| Settings { clock, receivers, ..settings });
        self.world.until("severity is judged", || server.shared.severity().at.is_some());
        server
    }

    /// So many requests of now, the first of which fail.
    fn send(&mut self, server: &Server, route: &'static str, (all, failed): (u64, u64)) {
        let now = u128::from(server.shared.now().nanos().unsigned_abs());
        let first = self.next;
        self.next += all;
        let spans: Vec<Span> = (first..self.next)
            .map(|id| Span { id, route, status: if id < first + failed { 503 } else { 200 }, seconds_ago: 0 })
            .collect();
        self.world.send_body(server, milepost_server::Payload::TracesJson, crate::world::body_at(now, &spans)).unwrap();
    }

    /// Requests of now that carry what they are worth, and all end with one status.
    pub(crate) fn send_worth(
        &mut self,
        server: &Server,
        route: &'static str,
        worth: &[serde_json::Value],
        status: u16,
    ) {
        let now = u128::from(server.shared.now().nanos().unsigned_abs());
        let first = self.next;
        self.next += worth.len() as u64;
        let spans: Vec<Span> = (first..self.next).map(|id| Span { id, route, status, seconds_ago: 0 }).collect();
        let mut body: serde_json::Value = serde_json::from_str(&crate::world::body_at(now, &spans)).unwrap();
        let spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array_mut().unwrap();
        for (span, value) in spans.iter_mut().zip(worth) {
            let attribute = serde_json::json!({"key": "shop.revenue", "value": value});
            span["attributes"].as_array_mut().unwrap().push(attribute);
        }
        self.world.send_body(server, milepost_server::Payload::TracesJson, body.to_string()).unwrap();
    }

    /// Lets time pass, and waits until severity was judged after that.
    pub(crate) fn pass(&self, server: &Server, seconds: u64) {
        self.clock.pass(DurationNs::from_seconds(seconds));
        self.judged(server);
    }

    /// Waits until severity was judged by everything that is counted by now, and incidents have heard of it.
    fn judged(&self, server: &Server) {
        let (now, lsn) = (server.shared.now(), server.shared.counts().lsn);
        self.world.until("severity is judged", || {
            let board = server.shared.severity();
            board.at.is_some_and(|at| at > now) && board.lsn >= lsn
        });
    }

    /// Waits until something is so.
    pub(crate) fn until(&self, what: &str, holds: impl Fn() -> bool) {
        self.world.until(what, holds);
    }

    /// What fails until it has a level.
    pub(crate) fn fail(&mut self, server: &Server, route: &'static str) {
        self.send(server, route, (100, 50));
        self.judged(server);
        self.pass(server, 31);
    }
}

const BELOW: &str = "---
apiVersion: milepost/v1
kind: Service
metadata: {name: bank}
spec: {owner: bank-team, operations: [POST /charge]}
";

fn incidents(server: &Server) -> Arc<Incidents> {
    server.shared.incidents.of("shop")
}

fn path(text: &str) -> StepPath {
    text.parse().unwrap()
}

#[test]
fn a_change_shortly_before_is_told_with_the_incident_and_one_that_reaches_other_steps_is_not() {
    let mut time = Time::new();
    let server = time.start();
    let client = crate::api::Client::new(&server);
    let told = client.post(
        "/changes",
        r#"[{"kind": "deploy", "service": "bank", "version": "2"}, {"kind": "flag", "operations": ["web GET /search"]}]"#,
    );
    assert_eq!(told.status.as_u16(), 201, "{}", told.text());
    time.fail(&server, "POST /pay");
    let known = incidents(&server);
    let incident = known.get(IncidentId(1)).unwrap();
    let suspicion = incident.suspicion.as_ref().map(|of| of.text.as_str());
    assert_eq!(suspicion, Some("web POST /pay; shortly before: bank 2 is deployed"));
    let changes: Vec<&str> = (incident.timeline.iter())
        .filter_map(|event| match &event.what {
            What::Change { title, .. } => Some(title.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(changes, ["bank 2 is deployed"]);
    drop(client);
    server.stop();
}

#[test]
fn a_step_that_fails_becomes_an_incident_and_heals_by_itself() {
    let mut time = Time::new();
    let server = time.start();
    time.fail(&server, "POST /pay");
    let known = incidents(&server);
    let incident = known.get(IncidentId(1)).unwrap();
    let level = incident.level().map(|level| level.place);
    assert_eq!((incident.kind, level, &incident.phase), (IncidentKind::Impact, Some(2), &Phase::Open));
    assert_eq!(incident.steps.keys().collect::<Vec<_>>(), [&path("pay")]);
    assert_eq!(incident.route, Some(Route::PageSre), "an SLO of it pages");
    // Nothing below it fails: it does so itself.
    assert_eq!(incident.suspicion.as_ref().map(|of| of.text.as_str()), Some("web POST /pay"));
    assert_eq!(incident.suspicion.as_ref().and_then(|of| of.owner.as_deref()), Some("web-team"));
    // What is lost is told once minutes are over.
    time.send(&server, "POST /pay", (10, 0));
    time.pass(&server, 180);
    let lost =
        |known: &Incidents| known.get(IncidentId(1)).unwrap().lost().map_or(0, |lost| lost.gross.micros() / 1_000_000);
    assert_eq!(lost(&incidents(&server)), 50);
    // What failed leaves the windows, and telemetry goes on for ten minutes after that.
    time.pass(&server, 31 * 60);
    for _ in 0..8 {
        time.send(&server, "POST /pay", (10, 0));
        time.pass(&server, 90);
    }
    let known = incidents(&server);
    let incident = known.get(IncidentId(1)).unwrap();
    assert!(matches!(incident.phase, Phase::Closed { how: Resolution::Healed, .. }), "{:?}", incident.timeline);
    assert_eq!(lost(&known), 50);
    server.stop();
}

#[test]
fn incidents_and_levels_go_on_after_a_restart() {
    let mut time = Time::new();
    let server = time.start();
    time.fail(&server, "POST /pay");
    let before = incidents(&server);
    assert_eq!(before.open().count(), 1);
    server.stop();
    for _ in 0..2 {
        let server = time.start();
        time.send(&server, "POST /pay", (10, 0));
        time.judged(&server);
        let known = incidents(&server);
        assert_eq!(known.all().count(), 1);
        let (incident, was) = (known.get(IncidentId(1)).unwrap(), before.get(IncidentId(1)).unwrap());
        assert_eq!((incident.level(), incident.opened_at), (was.level(), was.opened_at));
        assert!(!incident.is_closed());
        server.stop();
    }
}

/// A policy with some levels and rules.
fn policy(levels: &str, rules: &str) -> String {
    format!(
        "---\napiVersion: milepost/v1\nkind: SeverityPolicy\nmetadata: {{name: severity}}\nspec: {{title: Severity, levels: [{levels}], \
         rules: [{rules}], signedOff: {{product: product-manager, engineering: product-manager, on: 2026-03-02}}}}\n"
    )
}

#[test]
fn an_incident_is_called_what_it_was_called_then_however_levels_are_edited() {
    let before = policy(
        "major, minor",
        "{level: major, scope: all, impact: \"> 20%\"}, {level: minor, scope: all, impact: \"> 5%\"}",
    );
    let mut time = Time::of(|registry| format!("{registry}{before}"));
    let server = time.start();
    time.fail(&server, "POST /pay");
    time.pass(&server, 31 * 60);
    for _ in 0..8 {
        time.send(&server, "POST /pay", (10, 0));
        time.pass(&server, 90);
    }
    time.fail(&server, "GET /search");
    let names = |server: &Server| {
        let known = incidents(server);
        let of = known.all().filter(|incident| incident.kind == IncidentKind::Impact);
        let of = of.map(|incident| incident.worst_level().map(|level| level.name.to_string()));
        (
            of.collect::<Vec<_>>(),
            known.open().filter_map(|incident| incident.level().map(|level| level.place)).collect::<Vec<_>>(),
        )
    };
    let major = || Some("major".to_owned());
    assert_eq!(names(&server), (vec![major(), major()], vec![0]));
    server.stop();
    // One is put before it, and what is still going on is as bad as it was.
    let after = policy(
        "outage, major, low",
        "{level: outage, scope: all, impact: \"> 90%\"}, {level: major, scope: all, impact: \"> 20%\"}, {level: low, scope: all, impact: \"> 5%\"}",
    );
    time.world.write_registry(&format!("{}{after}", World::registry_text()));
    let server = time.start();
    time.send(&server, "GET /search", (10, 5));
    time.judged(&server);
    let current = server.shared.versions.current().number;
    assert_eq!((names(&server), current), ((vec![major(), major()], vec![1]), 2));
    // What gets worse under the new ones is called by them.
    time.send(&server, "GET /search", (3_000, 3_000));
    time.judged(&server);
    time.pass(&server, 31);
    assert_eq!(names(&server), (vec![major(), Some("outage".to_owned())], vec![0]));
    server.stop();
}

#[test]
fn silence_is_one_incident_of_the_platform_team_and_freezes_levels() {
    let mut time = Time::new();
    let server = time.start();
    time.fail(&server, "POST /pay");
    time.pass(&server, 200);
    let known = incidents(&server);
    let lost: Vec<_> = known.open().filter(|incident| incident.kind == IncidentKind::TelemetryLost).collect();
    assert_eq!(lost.iter().map(|incident| incident.route.clone()).collect::<Vec<_>>(), [Some(Route::Platform)]);
    // An hour later nobody knows more.
    time.pass(&server, 3_600);
    assert_eq!(incidents(&server).open().count(), 2);
    time.send(&server, "GET /search", (10, 0));
    time.judged(&server);
    let known = incidents(&server);
    assert_eq!(known.open().map(|incident| incident.kind).collect::<Vec<_>>(), [IncidentKind::Impact]);
    server.stop();
}

/// Something came of a service that has no events, and is stored.
fn sign(time: &Time, server: &Server, service: &str) {
    let before = server.shared.counts().heard_at;
    time.clock.pass(DurationNs::from_seconds(60));
    server.intake.note_sign(Some(service));
    time.world.until("the sign is stored", || server.shared.counts().heard_at > before);
    time.judged(server);
}

#[test]
fn a_service_whose_metrics_come_is_not_silent_though_nobody_uses_it_and_a_crash_forgets_nothing_of_that() {
    let mut time = Time::new();
    let server = time.start();
    time.fail(&server, "POST /pay");
    for _ in 0..6 {
        sign(&time, &server, "web");
    }
    let kinds = |server: &Server| incidents(server).open().map(|incident| incident.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&server), [IncidentKind::Impact]);
    server.stop();
    // A crash before the first checkpoint: only the log knows.
    std::fs::remove_dir_all(time.world.data().join("checkpoints")).unwrap();
    std::fs::create_dir(time.world.data().join("checkpoints")).unwrap();
    let server = time.start();
    assert_eq!(kinds(&server), [IncidentKind::Impact]);
    time.pass(&server, 200);
    assert_eq!(kinds(&server), [IncidentKind::Impact, IncidentKind::TelemetryLost]);
    sign(&time, &server, "web");
    assert_eq!(kinds(&server), [IncidentKind::Impact]);
    server.stop();
}

#[test]
fn what_was_told_is_what_is_there_after_a_crash_at_any_byte() {
    let mut time = Time::new();
    let server = time.start();
    time.fail(&server, "POST /pay");
    let shared = Arc::clone(&server.shared);
    // It may have more to tell until it has stopped.
    server.stop();
    let known = shared.incidents.of("shop");
    let told: Vec<What> = known.get(IncidentId(1)).unwrap().timeline.iter().map(|of| of.what.clone()).collect();
    // The directory is in use for as long as anybody may ask.
    drop(shared);
    let path = time.world.data().join("incidents");
    let whole = std::fs::read(&path).unwrap();
    for cut in [1, 20, whole.len() / 2, whole.len() - 13] {
        std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
        let server = time.start();
        let known = incidents(&server);
        let left = known.get(IncidentId(1)).map(|incident| incident.timeline.clone()).unwrap_or_default();
        assert!(left.len() < told.len());
        assert!(left.iter().zip(&told).all(|(event, told)| event.what == *told), "{left:?}");
        assert_eq!(server.recovered.damage, Vec::<String>::new(), "what a crash cuts is no damage");
        server.stop();
    }
}
