//! The example product with its users, and a server in this process, whose clock can be set forward over the time that levels take to be raised and lowered.

use super::super::mail::{Product, free_ports};
use super::super::process::get;
use super::shifted::Shifted;
use crate::run::example;
use milepost_impact::Trouble;
use milepost_impact::incident::{Incident, Incidents, Phase, Resolution, What};
use milepost_model::{DurationNs, Name, StepPath};
use milepost_server::{Clock, Network, NetworkError, SeriesKey, Server, Settings, Shared};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Users who come until they are stopped.
struct Users(Child);

impl Users {
    fn come(app: &Path, port: &str) -> Self {
        let load = ["build/load.js", "--port", port, "--pace", "10", "--seed", "7"];
        let child =
            Command::new("node").current_dir(app).args(load).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self(child.expect("Node starts"))
    }
}

impl Drop for Users {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Passes of a minute and a half after which a step is not slow by chance any more.
const MOST_PASSES: usize = 30;

/// Waits for another process or thread, which says nothing when it is done.
pub(super) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(90), "not within 90 s: {what}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// The example product with its users, and a server in this process that both are measured by.
pub(super) struct World {
    pub(super) shared: Arc<Shared>,
    clock: Clock,
    shifted: Shifted,
    api: SocketAddr,
    app: PathBuf,
    port: String,
    product: Product,
    users: Users,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<usize, NetworkError>>,
    runtime: Runtime,
}

impl World {
    pub(super) fn begin(app: &Path, data: &Path) -> Self {
        let (clock, runtime) = (Clock::default(), Runtime::new().expect("a runtime"));
        let alone = Settings::alone(example("mail").into(), data.to_owned());
        let settings = Settings { clock: clock.clone(), workers: 2, ..alone };
        let network = runtime.block_on(Network::bind(&settings)).expect("ports");
        let (_, http, api) = network.addresses();
        let within = runtime.enter();
        let server = Server::start(settings).expect("a server");
        drop(within);
        let shared = Arc::clone(&server.shared);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = runtime.spawn(network.run(server, async move { _ = stopped.await }));
        let port = free_ports().to_string();
        let shifted = Shifted::start(http);
        let product = Product::start(app, &port, shifted.address, &[]);
        let users = Users::come(app, &port);
        Self { shared, clock, shifted, api, app: app.to_owned(), port, product, users, stop, serving, runtime }
    }

    pub(super) fn end(self) {
        drop(self.users);
        self.product.stop();
        // The server may have ended by itself, which is told below.
        let _ = self.stop.send(());
        self.runtime.block_on(self.serving).expect("it ends").expect("it served");
    }

    pub(super) fn incidents(&self) -> Arc<Incidents> {
        self.shared.incidents.of("mail")
    }

    /// The steps that fail or are used less than usual, by incident. What is only slow may be so because this machine has much to do.
    pub(super) fn open(&self) -> Vec<Vec<String>> {
        let known = self.incidents();
        let steps = |incident: &Incident| -> Vec<String> {
            let hit = incident.active().filter(|(_, hit)| hit.trouble != Trouble::Slow);
            hit.map(|(path, _)| path.to_string()).collect()
        };
        known.open().map(steps).filter(|steps| !steps.is_empty()).collect()
    }

    /// Switches faults: `set` or `clear`, and which.
    pub(super) fn fault(&self, action: &[&str]) {
        let mut command = Command::new("node");
        command.current_dir(&self.app).args(["build/fault.js", "--port", &self.port]).args(action);
        let status = command.stdout(Stdio::null()).status();
        assert!(status.expect("Node starts").success());
    }

    /// Lets time pass, and waits for a round of severity after that by telemetry of after that.
    pub(super) fn pass(&self, seconds: u64) {
        let time = DurationNs::from_seconds(seconds);
        self.clock.pass(time);
        self.shifted.pass(time);
        let (now, lsn) = (self.shared.now(), self.shared.counts().lsn);
        let shared = &self.shared;
        until("severity is judged", || shared.severity().at.is_some_and(|at| at > now) && shared.severity().lsn > lsn);
    }

    /// Waits until all of these steps have a level, which they get once they have been hit for half a minute, and something is suspected.
    pub(super) fn hit(&self, steps: &[&str]) {
        until("the steps are hit", || steps.iter().all(|step| self.is_hit(step)));
        self.pass(31);
        until("incidents are opened", || {
            let open = self.incidents();
            let hit = |step: &&str| open.of_step(&path(step)).is_some_and(|of| of.suspicion.is_some());
            steps.iter().all(hit)
        });
    }

    /// Whether a step would be given a level if that lasted.
    fn is_hit(&self, step: &str) -> bool {
        let board = self.shared.severity();
        let Some(product) = board.product(&Name::new("mail").expect("a name")) else { return false };
        let Some(place) = product.place(&path(step)) else { return false };
        product
            .judge
            .plan()
            .alone(place)
            .any(|judged| product.judge.latch(judged) != milepost_impact::severity::Latch::Quiet)
    }

    /// Waits until it is known how attempts of these steps usually go.
    pub(super) fn learn(&self, steps: &[&str]) {
        for _ in 0..3 {
            let before: Vec<u64> = steps.iter().map(|step| self.attempts(step)).collect();
            let have_come = || steps.iter().zip(&before).all(|(step, before)| self.attempts(step) >= before + 7);
            until("some attempts are well", have_come);
            self.pass(31);
        }
    }

    /// All faults are gone: what was hit leaves the windows, and ten minutes later it is over.
    pub(super) fn heal(&self, incidents: &[&Incident]) {
        self.fault(&["clear", "all"]);
        self.pass(31 * 60);
        // A machine that has much to do makes steps slow by itself: that may take longer to pass.
        for _ in 0..MOST_PASSES {
            self.pass(90);
            let known = self.incidents();
            if incidents.iter().all(|was| known.get(was.id).is_some_and(|is| has_healed(was, is))) {
                break;
            }
        }
        self.healed(incidents);
    }

    /// All of these have healed, and no other step fails.
    pub(super) fn healed(&self, incidents: &[&Incident]) {
        let known = self.incidents();
        for was in incidents {
            let incident = known.get(was.id).expect("it is remembered");
            assert!(has_healed(was, incident), "{:?}", incident.timeline);
        }
        assert_eq!(self.open(), Vec::<Vec<String>>::new());
    }

    /// How many attempts of a step came from users so far.
    pub(super) fn attempts(&self, step: &str) -> u64 {
        let counts = self.shared.counts();
        let of_step = counts.totals().filter(|(series, _)| {
            let key = counts.series.key(*series).and_then(SeriesKey::parse);
            matches!(key, Some(SeriesKey::Step(of)) if of.step == step && of.class == "interactive")
        });
        of_step.map(|(_, cell)| cell[..4].iter().sum::<u64>()).sum()
    }

    /// Why a step is as bad as it is, as its incident told first.
    pub(super) fn reason(&self, incident: &Incident, step: &str) -> String {
        let reasons = incident.timeline.iter().filter_map(|event| match &event.what {
            What::StepHit { step: of, reason, .. } if *of == path(step) => Some(reason.as_str()),
            _ => None,
        });
        masked(&reasons.collect::<Vec<_>>().join("\n"))
    }

    /// What whoever opens an incident reads of it: what is wrong, who must act, and what is suspected.
    pub(super) fn told(&self, incident: &Incident) -> String {
        let answer = get(self.api, &format!("/api/v1/products/mail/incidents/{}", incident.id)).expect("an answer");
        let told: Value = serde_json::from_str(&answer.body).expect("JSON");
        let text = |name: &str| told[name].as_str().unwrap_or("nothing").to_owned();
        let suspected = told["suspicion"]["text"].as_str().unwrap_or("nothing");
        // How much it takes differs.
        let (operation, numbers) = suspected.split_at(suspected.find(", ").unwrap_or(suspected.len()));
        let suspected = format!("{operation}{}", masked(numbers));
        let owner = told["suspicion"]["owner"].as_str().unwrap_or("nobody");
        let lines = [text("title"), text("routed"), format!("Suspected: {suspected}, of {owner}")];
        lines.join("\n")
    }
}

/// Whether an incident has closed by itself; or, of what is slow, which a machine that has much to do may stay in part, is less bad than it was.
fn has_healed(was: &Incident, is: &Incident) -> bool {
    let is_slow = was.active().all(|(_, hit)| hit.trouble == Trouble::Slow);
    let place = |incident: &Incident| incident.level().map(|level| level.place);
    matches!(is.phase, Phase::Closed { how: Resolution::Healed, .. }) || is_slow && place(is) > place(was)
}

/// A text with all numbers alike.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    for character in text.chars() {
        let is_of_number = character.is_ascii_digit() || character == '.' && masked.ends_with('N');
        if !is_of_number {
            masked.push(character);
        } else if !masked.ends_with('N') {
            masked.push('N');
        }
    }
    masked
}

pub(super) fn path(step: &str) -> StepPath {
    step.parse().expect("a step")
}
