//! The ledger: what became of requests and events since the server was started. The thread that commits writes it; the API and `/metrics` read it.

use crate::intake::Receipt;
use milepost_annotate::Origin;
use milepost_facts::{FactBatch, NameTables};
use milepost_ingest::Stats;
use milepost_model::{StepId, Timestamp};
use std::collections::BTreeMap;

/// What happened to requests and events since the server was started.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Events received: those below together.
    pub received: u64,
    /// Events that were counted.
    pub counted: u64,
    /// Events that had been counted before.
    pub duplicates: u64,
    /// Events that were not counted, by reason.
    pub rejected: BTreeMap<&'static str, u64>,
    /// Requests that had been counted before.
    pub repeated_requests: u64,
    /// Events that got a step by themselves.
    pub annotated: u64,
    /// Events without a step of their own, in traces that a trace rule made an attempt of.
    pub annotated_by_trace: u64,
    /// The same by product and step, those by their trace among them.
    pub steps: BTreeMap<(String, String), StepLedger>,
    /// Events by how they came by their step.
    pub origins: BTreeMap<&'static str, u64>,
    /// Events by what became of the annotation that they carried.
    pub claims: BTreeMap<&'static str, u64>,
    /// Events whose annotation names a class in which their sender cannot put them.
    pub class_refused: u64,
    /// Numbers for KPIs that cannot be counted; their attempts are.
    pub amounts_refused: u64,
}

/// Events that serve one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepLedger {
    /// How many.
    pub annotated: u64,
    /// When the newest of them began.
    pub newest: Option<Timestamp>,
}

impl Ledger {
    pub(crate) fn note(&mut self, stats: &Stats) {
        self.class_refused += stats.class_refused;
        self.amounts_refused += stats.amounts_refused.values().sum::<u64>();
        for (claim, count) in &stats.claims {
            *self.claims.entry(claim.as_str()).or_default() += count;
        }
    }

    /// Notes how events came by their steps that are counted now.
    pub(crate) fn note_counted(&mut self, batch: &FactBatch, tables: &NameTables) {
        let mut origins = [0; Origin::ALL.len()];
        let mut steps: BTreeMap<StepId, StepLedger> = BTreeMap::new();
        for row in 0..batch.len() {
            origins[batch.origin(row) as usize] += 1;
            if let Some(step) = batch.step(row) {
                steps.entry(step).or_default().note(1, batch.time(row));
            }
        }
        for (step, more) in steps {
            self.annotated += more.annotated;
            self.step(step, tables).add(more);
        }
        for (origin, count) in Origin::ALL.iter().zip(origins).filter(|(_, count)| *count > 0) {
            *self.origins.entry(origin.as_str()).or_default() += count;
        }
    }

    /// Notes attempts that trace rules found, and how many spans of their traces serve their steps.
    pub(crate) fn note_traces(&mut self, attempts: &FactBatch, spans: &[(StepId, u64)], tables: &NameTables) {
        for row in 0..attempts.len() {
            if let Some(step) = attempts.step(row) {
                self.step(step, tables).note(0, attempts.time(row));
            }
        }
        for (step, spans) in spans {
            self.annotated_by_trace += spans;
            self.step(*step, tables).annotated += spans;
        }
    }

    fn step(&mut self, step: StepId, tables: &NameTables) -> &mut StepLedger {
        let name = tables.steps.text(NameTables::step(Some(step))).unwrap_or_default();
        self.steps.entry((tables.step_products[step.index()].to_string(), name.to_owned())).or_default()
    }

    pub(crate) fn note_receipt(&mut self, receipt: &Receipt) {
        self.received += receipt.accepted + receipt.all_rejected();
        self.counted += receipt.accepted - receipt.duplicates;
        self.duplicates += receipt.duplicates;
        self.repeated_requests += u64::from(receipt.is_repeated);
        for (reason, count) in &receipt.rejected {
            *self.rejected.entry(reason).or_default() += count;
        }
    }
}

impl StepLedger {
    fn note(&mut self, count: u64, time: Timestamp) {
        self.add(Self { annotated: count, newest: Some(time) });
    }

    fn add(&mut self, more: Self) {
        self.annotated += more.annotated;
        self.newest = self.newest.max(more.newest);
    }
}
