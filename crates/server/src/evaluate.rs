//! SLOs, judged each second by what has changed: budgets and burn alerts for whoever asks.
//!
//! ```text
//! counts: changes ──> Engine: running sums, alerts ──> Board (one a round) ──> API, /metrics
//!         minutes ──>   (milepost_slo::Evaluator)
//! ```
//!
//! One thread owns the engine. It holds the read lock of the counts while a round goes on, so that what it was told of and what it reads of a minute
//! are of one moment; who counts waits for it.

mod alerts;
mod board;
mod engine;
mod hours;
mod maintenance;
mod open;
mod seed;
mod watched;

pub use board::{Board, Standing};

use crate::pulse::Worker;
use crate::rounds::Turn;
use crate::shared::Shared;
use alerts::AlertFile;
use engine::Engine;
use milepost_slo::{AlertChange, Transition};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// How often SLOs are judged.
const EVERY: Duration = Duration::from_secs(1);

/// Judges until the server ends.
pub(crate) fn run(shared: &Shared, mut turn: Turn) {
    let mut alerts = AlertFile::read(&shared.directory);
    let mut engine: Option<Engine> = None;
    loop {
        let version = shared.versions.current();
        let mut going = match engine.take() {
            Some(engine) if engine.version() == version.number => engine,
            _ => {
                // How long its history takes to read is not known.
                shared.health.pulses.pause(Worker::Evaluator);
                Engine::new(shared, Arc::clone(&version), &alerts)
            }
        };
        // What is wrong with sums ends with them: they are read anew.
        let done = catch_unwind(AssertUnwindSafe(|| going.round(shared)));
        if let Ok(Some(transitions)) = done {
            if !transitions.is_empty() {
                alerts.note(&going.kept_alerts());
                // Before anybody is told.
                if let Err(error) = alerts.write_changed() {
                    tracing::error!(error, "the states of alerts could not be stored");
                }
                tell(&going, &transitions);
            }
            shared.set_board(going.board(shared.now()));
            engine = Some(going);
        }
        shared.health.pulses.beat(Worker::Evaluator);
        if turn.rest(shared, EVERY) {
            return;
        }
    }
}

/// Says in the log what has changed; freezing, which strikes all, in one line.
fn tell(engine: &Engine, transitions: &[Transition]) {
    let count = |change| transitions.iter().filter(|transition| transition.change == change).count();
    match (count(AlertChange::Frozen), count(AlertChange::Thawed)) {
        (0, 0) => {}
        (0, slos) => tracing::info!(slos, "alerts are judged: telemetry is received"),
        (slos, _) => tracing::warn!(slos, "alerts are frozen: no telemetry is received"),
    }
    for transition in transitions {
        let Some((product, slo)) = engine.name(transition.slo) else { continue };
        match transition.change {
            AlertChange::Frozen | AlertChange::Thawed => {}
            change => tracing::info!(%product, %slo, ?change, "an alert has changed"),
        }
    }
}
