//! What traces serve: steps that trace rules found, and traces that no rule fits, each with a rule to copy.

use super::{Row, quote};
use crate::reading::Read;
use crate::report::grouped;
use milepost_facts::NameId;
use milepost_registry::Registry;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

#[derive(Debug, Serialize)]
pub(super) struct Unmatched {
    root: String,
    calls: Vec<String>,
    traces: u64,
    /// A trace rule to copy.
    rule: String,
}

/// Attempts that trace rules found, by step.
pub(super) fn steps(registry: &Registry, read: &Read<'_>) -> Vec<Row> {
    let mut steps: BTreeMap<usize, u64> = BTreeMap::new();
    for (at, rule) in registry.trace_rules.iter().enumerate() {
        let traces = super::verdicts_of(read).get(&(registry.rules.len() + at));
        *steps.entry(rule.step.step.index()).or_default() += traces.copied().unwrap_or(0);
    }
    let rows = steps.into_iter().filter(|(_, traces)| *traces > 0);
    rows.map(|(at, events)| Row { name: registry.steps[at].name.to_string(), events }).collect()
}

/// The most frequent shapes of traces that no rule fits.
pub(super) fn unmatched(read: &Read<'_>, top: usize) -> Vec<Unmatched> {
    let name = |id: &NameId| read.recorder.tables.operations.text(*id).unwrap_or("unknown").to_owned();
    let shapes = &read.counters.verdicts.unmatched;
    let mut rows: Vec<Unmatched> = (shapes.iter())
        .map(|(shape, traces)| {
            let mut calls: Vec<String> = shape.calls.iter().map(name).collect();
            calls.sort_unstable();
            let root = name(&shape.root);
            Unmatched { rule: rule_for(&root, &calls), root, calls, traces: *traces }
        })
        .collect();
    rows.sort_by(|a, b| b.traces.cmp(&a.traces).then_with(|| (&a.root, &a.calls).cmp(&(&b.root, &b.calls))));
    rows.truncate(top);
    rows
}

/// A trace rule that fits the shape, as it could stand in a document.
fn rule_for(root: &str, calls: &[String]) -> String {
    let mut out = format!("- root: {}\n  when:{}\n", quote(root), if calls.is_empty() { " []" } else { "" });
    for call in calls {
        let _ = writeln!(out, "    - {}", quote(call));
    }
    out + "  step: STEP\n  assumes: Only STEP makes these calls.\n  confidence: medium\n"
}

/// Shapes of traces that could be attempts and are none.
pub(super) fn render(rows: &[Unmatched], out: &mut String) {
    let Some(first) = rows.first() else { return };
    let _ = writeln!(out, "\n{:>10}  TRACES THAT NO TRACE RULE FITS, BY ROOT AND ITS CALLS", "TRACES");
    for row in rows {
        let _ = writeln!(out, "{:>10}  {}", grouped(row.traces), row.root);
        for call in &row.calls {
            let _ = writeln!(out, "{:>10}    - {call}", "");
        }
        if row.calls.is_empty() {
            let _ = writeln!(out, "{:>10}    (no calls)", "");
        }
    }
    out.push_str("Calls that identify an attempt go under `when:` of a trace rule, as they stand here. For the first, copy this below\n");
    out.push_str(
        "`traceRules:` of a document of `kind: AnnotationRules`, and leave calls out that other steps make, too:\n",
    );
    for line in first.rule.lines() {
        let _ = writeln!(out, "    {line}");
    }
}
