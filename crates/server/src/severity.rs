//! How bad it is, each second: what is hit of each step against what usually comes, and the level that follows by the product's rules.
//!
//! ```text
//! minute log ──> history ──> Baseline of each step ─┐
//! counts: series of steps ──> Traffic (two windows) ┼─> Judge ──> SeverityBoard (one a round) ──> API, /metrics
//!         signs of life ────> Ears (each source) ───┘                  └──> incidents (see there)
//! ```
//!
//! One thread owns the engine, and sees to incidents after each round: what they observe is one board. It holds the read lock of the counts while windows are
//! read, and not while it judges.

mod board;
mod ears;
mod engine;
mod history;
mod judged;
mod losing;
mod places;
mod retold;
mod traffic;
mod usual;
mod worth;

pub use board::{JudgedPath, ProductSeverity, SeverityBoard};
pub use retold::{Retold, RetoldProduct};
pub(crate) use usual::Usual;

use crate::incidents::Watch;
use crate::pulse::Worker;
use crate::rounds::Turn;
use crate::shared::Shared;
use ears::Moment;
use engine::Engine;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// How often severity is judged.
const EVERY: Duration = Duration::from_secs(1);

/// Judges until the server ends.
pub(crate) fn run(shared: &Shared, mut turn: Turn) {
    let mut going: Option<(Engine, Watch)> = None;
    loop {
        let version = shared.versions.current();
        let (mut engine, mut watch) = match going.take() {
            Some((engine, watch)) if engine.version() == version.number => (engine, watch),
            _ => {
                // How long it takes to learn what is usual is not known.
                shared.health.pulses.pause(Worker::Severity);
                let engine = Engine::new(shared, Arc::clone(&version));
                (engine, Watch::new(shared, Arc::clone(&version)))
            }
        };
        // What is wrong with what was learnt ends with it: it is learnt anew.
        let done = catch_unwind(AssertUnwindSafe(|| {
            let moment = Moment::of(shared);
            engine.round(moment, shared.counts());
            let board = engine.board();
            // Whoever sees a level finds its incident.
            watch.round(shared, &board);
            shared.set_severity(board);
        }));
        if done.is_ok() {
            going = Some((engine, watch));
        }
        shared.health.pulses.beat(Worker::Severity);
        if turn.rest(shared, EVERY) {
            return;
        }
    }
}
