//! The severity of what was recorded: what came, and when, goes to the engine that judges in a running server, second by second, as it would have come there.

use super::board::{JudgedPath, SeverityBoard, verdict};
use super::ears::Moment;
use super::engine::Engine;
use crate::counts::{Cell, CountBounds, Counts, SeriesKey, Sign};
use crate::incidents::Known;
use crate::version::Version;
use milepost_impact::SeverityPolicy;
use milepost_impact::severity::{Evidence, Judge, Verdict};
use milepost_ingest::Setup;
use milepost_model::{Minute, Name, Timestamp};
use milepost_store::{Lsn, SeriesFile, SeriesId};
use std::sync::Arc;

/// Severity while a recording is gone through. It begins with nothing known, and learns what is usual from what comes.
#[derive(Debug)]
pub struct Retold {
    engine: Engine,
    counts: Counts,
    now: Timestamp,
}

/// A product while it is gone through.
#[derive(Clone, Copy, Debug)]
pub struct RetoldProduct<'r> {
    /// Which.
    pub product: &'r Name,
    /// Its rules.
    pub policy: &'r SeverityPolicy,
    /// What they make of what came.
    pub judge: &'r Judge,
    /// What is judged, by its place.
    pub paths: &'r [JudgedPath],
    evidence: &'r [Option<Evidence>],
}

impl Retold {
    /// Begins at a time, under a registry.
    pub fn new(setup: Arc<Setup>, begin: Timestamp) -> Self {
        let version = Arc::new(Version { number: 1, digest: String::new(), setup });
        let counts = Counts::new(SeriesFile::in_memory(), CountBounds::NONE);
        let moment = Moment { now: begin, steady: begin };
        let (engine, _) = Engine::begin(version, moment, &counts, &Known::new());
        Self { engine, counts, now: begin }
    }

    /// The number of a series, by which what comes of it is handed in.
    pub fn series(&mut self, key: &SeriesKey) -> SeriesId {
        self.counts.series.id(&key.text())
    }

    /// Something was received, from these services among others; what it counts follows.
    pub fn hear<'s>(&mut self, at: Timestamp, services: impl IntoIterator<Item = &'s str>) {
        self.counts.heard_at = Some(at);
        let sign = Sign { received_at: at, heard_at: at };
        services.into_iter().for_each(|service| self.counts.sources.note(service, sign));
    }

    /// What came counts in a minute.
    pub fn add(&mut self, series: SeriesId, minute: Minute, cell: &Cell) {
        self.counts.add(series, minute, cell);
    }

    /// Judges by everything that has come by now. Times are gone through forwards, and those in which nobody recorded may be left out.
    pub fn round(&mut self, now: Timestamp) {
        if now.minute() != self.now.minute() {
            self.counts.trim(now.minute());
            // Nobody keeps it.
            self.counts.checkpointed(Lsn(0));
        }
        self.now = now;
        self.engine.round(Moment { now, steady: now }, &self.counts);
    }

    /// The products, in the order of the registry.
    pub fn products(&self) -> impl Iterator<Item = RetoldProduct<'_>> {
        self.engine.products().iter().map(|of| RetoldProduct {
            product: &of.product,
            policy: of.policy(),
            judge: &of.judge,
            paths: &of.paths,
            evidence: of.evidence(),
        })
    }

    /// How bad it is as of the last round.
    pub fn board(&self) -> SeverityBoard {
        self.engine.board()
    }
}

impl<'r> RetoldProduct<'r> {
    /// The level of what stands at a place: its own, or that of a pool of which it is a part that is hit; the worse of both.
    pub fn verdict(&self, place: usize) -> Option<&'r Verdict> {
        verdict(self.judge, self.evidence, place)
    }
}
