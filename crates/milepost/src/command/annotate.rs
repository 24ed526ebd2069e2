//! `milepost annotate`: which step each event serves, without counting reliability.

mod services;
mod traces;

use crate::output;
use crate::reading::{Explained, Read, Reading};
use crate::report::{grouped, percent_of};
use clap::{Args, ValueEnum};
use milepost_annotate::{Claim, Confidence, Origin, Rule};
use milepost_facts::NameId;
use milepost_flow::Verdict;
use milepost_ingest::{Explanation, Setup};
use milepost_model::{Action, Operation, StepId};
use milepost_registry::Registry;
use serde::Serialize;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

/// Which step each event serves: events per rule and step, and what serves none, with rules to copy
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost annotate --registry registry/ access.log
  milepost annotate --registry registry/ --top 50 spans.jsonl
  milepost annotate --registry registry/ --explain 17 access.log    why line 17 got its step")]
pub(crate) struct AnnotateCommand {
    #[command(flatten)]
    reading: Reading,
    /// Say why one event got its step: the line of an access log, or the number of a span in the file
    #[arg(long, value_name = "LINE", conflicts_with_all = ["format", "top"])]
    explain: Option<u64>,
    /// How many operations without a step to list
    #[arg(long, value_name = "N", default_value_t = 10, allow_negative_numbers = true, value_parser = top)]
    top: usize,
    /// Output for people or for programs
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Where events got their steps from.
#[derive(Debug, Serialize)]
struct Annotation {
    events: u64,
    annotated: u64,
    unannotated: u64,
    /// Of those, events of other classes than interactive.
    unannotated_machines: u64,
    /// Events of interactive users.
    users: u64,
    ambiguous: u64,
    incomplete: u64,
    rejected: u64,
    /// Events by how they came by their step.
    origins: Vec<Row>,
    steps: Vec<Row>,
    /// Attempts that trace rules found, a trace each, by step.
    steps_by_trace: Vec<Row>,
    classes: Vec<Row>,
    rules: Vec<RuleRow>,
    /// Annotations that events carried, by what became of them.
    claims: Vec<Row>,
    unannotated_operations: Vec<Unannotated>,
    /// Documents to copy, for services of these that the registry does not know.
    unknown_services: Vec<String>,
    /// Traces of users that serve no step and that no trace rule fits.
    unmatched_traces: Vec<traces::Unmatched>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    events: u64,
}

#[derive(Debug, Serialize)]
struct RuleRow {
    /// Whether it is a trace rule.
    #[serde(skip)]
    is_of_traces: bool,
    rule: String,
    gives: String,
    /// Events; of a trace rule, traces.
    events: u64,
    assumes: String,
    confidence: &'static str,
}

#[derive(Debug, Serialize)]
struct Unannotated {
    operation: String,
    events: u64,
    failed: u64,
    /// The first of them, to ask `--explain` for: the line of a log, or the number of an event of OTLP.
    first: u64,
    /// The file in which it stands.
    file: String,
    /// A line for `measure:`, where all of them are attempts of one step.
    measure: String,
    /// A rule to copy, where they are not.
    rule: String,
}

fn top(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "it is a number of operations from 0 on, such as 10 or 1000".to_owned())
}

impl AnnotateCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let Some(registry) = self.reading.registry()? else { return Ok(ExitCode::from(1)) };
        let setup = Setup::new(registry);
        if let Some(line) = self.explain {
            return self.explain(&setup, line);
        }
        let read = self.reading.read_to_annotate(&setup)?;
        let annotation = annotation(&setup.registry, &read, self.top);
        output::data(&match self.format {
            Format::Json => format!("{}\n", serde_json::to_string_pretty(&annotation)?),
            Format::Text => render(&annotation),
        })?;
        Ok(read.exit_code())
    }

    fn explain(&self, setup: &Arc<Setup>, line: u64) -> anyhow::Result<ExitCode> {
        match self.reading.explain(setup, line)? {
            Some(found) => {
                output::data(&(explained(&found.event) + &trace_told(&setup.registry, &found)))?;
                Ok(ExitCode::SUCCESS)
            }
            None => {
                output::note(&format!(
                    "error: there is no event at {line}: the file ends before, or the record there was rejected\n"
                ));
                Ok(ExitCode::from(1))
            }
        }
    }
}

fn annotation(registry: &Registry, read: &Read<'_>, top: usize) -> Annotation {
    let stats = &read.recorder.stats;
    let verdicts = &read.counters.verdicts;
    let by_trace = verdicts.spans_by_trace.min(stats.unannotated());
    let rows = |names: Vec<String>, counts: &[u64]| {
        names.into_iter().zip(counts).filter(|(_, n)| **n > 0).map(|(name, n)| Row { name, events: *n }).collect()
    };
    let mut origins: Vec<Row> =
        stats.origins.iter().map(|(o, n)| Row { name: o.as_str().to_owned(), events: *n }).collect();
    if by_trace > 0 {
        origins.iter_mut().filter(|row| row.name == Origin::None.as_str()).for_each(|row| row.events -= by_trace);
        origins.retain(|row| row.events > 0);
        origins.push(Row { name: "trace rule".to_owned(), events: by_trace });
    }
    let mut serve_none = unannotated(registry, read);
    let unknown_services = services::documents(registry, serve_none.iter().map(|(_, _, name)| *name));
    serve_none.truncate(top);
    Annotation {
        events: stats.events,
        annotated: stats.annotated + by_trace,
        unannotated: stats.unannotated() - by_trace,
        unannotated_machines: stats.unannotated_machines.min(stats.unannotated() - by_trace),
        users: stats.classes.first().copied().unwrap_or(0),
        ambiguous: verdicts.all_ambiguous(),
        incomplete: verdicts.all_incomplete(),
        rejected: stats.all_rejected(),
        origins,
        steps: rows(registry.steps.iter().map(|s| s.name.to_string()).collect(), &stats.steps),
        steps_by_trace: traces::steps(registry, read),
        classes: rows(registry.classes.iter().map(ToString::to_string).collect(), &stats.classes),
        rules: rules(registry, read),
        claims: stats.claims.iter().map(|(c, n)| Row { name: c.as_str().to_owned(), events: *n }).collect(),
        unknown_services,
        unannotated_operations: serve_none.into_iter().map(|row| listed(read, row)).collect(),
        unmatched_traces: traces::unmatched(read, top),
    }
}

fn rules(registry: &Registry, read: &Read<'_>) -> Vec<RuleRow> {
    let stats = &read.recorder.stats;
    let gives = |rule: &Rule| {
        let step = rule.step.map(|choice| registry.steps[choice.step.index()].name.to_string());
        let class = rule.class.map(|class| format!("class {}", registry.classes[class.index()]));
        step.into_iter().chain(class).collect::<Vec<_>>().join(", ")
    };
    let mut rows: Vec<RuleRow> = (registry.rules.iter().enumerate())
        .map(|(at, rule)| RuleRow {
            is_of_traces: false,
            rule: rule.id.clone(),
            gives: gives(rule),
            events: stats.step_rules[at].max(stats.class_rules[at]),
            assumes: rule.assumption.clone(),
            confidence: rule.confidence.as_str(),
        })
        .filter(|row| row.events > 0)
        .collect();
    rows.extend((registry.trace_rules.iter().enumerate()).filter_map(|(at, rule)| {
        let events = *verdicts_of(read).get(&(registry.rules.len() + at))?;
        Some(RuleRow {
            is_of_traces: true,
            rule: format!("{} (traces)", rule.id),
            gives: registry.steps[rule.step.step.index()].name.to_string(),
            events,
            assumes: rule.assumption.clone(),
            confidence: rule.confidence.as_str(),
        })
    }));
    rows.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.rule.cmp(&b.rule)));
    rows
}

fn verdicts_of<'r>(read: &'r Read<'_>) -> &'r std::collections::BTreeMap<usize, u64> {
    &read.counters.verdicts.by_rule
}

/// An operation whose requests serve no step: how many, what is known of them, and its name.
type ServesNone<'r> = (u64, &'r milepost_ingest::Unannotated, &'r str);

/// All of them, the most frequent first.
fn unannotated<'r>(registry: &Registry, read: &'r Read<'_>) -> Vec<ServesNone<'r>> {
    let counts = &read.recorder.stats.unannotated;
    // Roots that trace rules speak of get their step by the trace.
    let roots: Vec<String> = registry.trace_rules.iter().map(|r| r.root.to_string()).collect();
    let name = |at: usize| u32::try_from(at).ok().and_then(|at| read.recorder.tables.operations.text(NameId(at)));
    // Requests in traces that turned out to be attempts serve their step.
    let by_trace = |at: usize| {
        let id = u32::try_from(at).map(NameId).unwrap_or(NameId::NULL);
        read.counters.verdicts.requests_by_trace.get(&id).copied().unwrap_or(0)
    };
    let mut rows: Vec<ServesNone<'r>> = (counts.iter().enumerate())
        .map(|(at, of)| (at, of.events.saturating_sub(by_trace(at)), of))
        .filter(|(_, events, _)| *events > 0)
        .filter_map(|(at, events, of)| Some((events, of, name(at)?)))
        .filter(|(_, _, name)| !roots.iter().any(|root| root == name))
        .collect();
    rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.2.cmp(b.2)));
    rows
}

/// One of them as it is told.
fn listed(read: &Read<'_>, (events, of, name): ServesNone<'_>) -> Unannotated {
    Unannotated {
        operation: name.to_owned(),
        events,
        failed: of.failed.min(events),
        first: of.first,
        file: read.files.get(of.file).map(|file| file.name.clone()).unwrap_or_default(),
        measure: format!("- {}", if name.contains([':', '{', '#']) { quote(name) } else { name.to_owned() }),
        rule: rule_for(name),
    }
}

/// A rule that matches the operation, as it could stand in a document.
fn rule_for(operation: &str) -> String {
    let conditions = match operation.parse::<Operation>() {
        Ok(Operation { service, action }) => {
            let mut conditions = vec![format!("service: {service}")];
            match action {
                Action::Rpc(method) => conditions.push(format!("rpc: {method}")),
                Action::Http { method, path } => {
                    conditions.extend(method.map(|m| format!("method: {m}")));
                    conditions.push(format!("path: {path}"));
                }
                Action::Message(name) | Action::Event(name) | Action::Span(name) => {
                    conditions.push(format!("span: {}", quote(&name)));
                }
            }
            conditions
        }
        Err(_) => vec![format!("span: {}", quote(operation))],
    };
    let mut out = String::from("- match:\n");
    for condition in conditions {
        let _ = writeln!(out, "    {condition}");
    }
    out.push_str("  step: STEP\n  assumes: Every such request serves STEP.\n");
    let _ = writeln!(out, "  confidence: {}", Confidence::Medium.as_str());
    out
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn render(annotation: &Annotation) -> String {
    let mut out = String::new();
    let share = |part: u64| if annotation.events > 0 { percent_of(part, annotation.events) } else { "0%".to_owned() };
    let _ = writeln!(
        out,
        "{} events: {} ({}) serve a step, {} ({}) serve none ({} of them not of users). {} records rejected.",
        grouped(annotation.events),
        grouped(annotation.annotated),
        share(annotation.annotated),
        grouped(annotation.unannotated),
        share(annotation.unannotated),
        grouped(annotation.unannotated_machines),
        grouped(annotation.rejected)
    );
    let unknown = annotation.unannotated - annotation.unannotated_machines;
    if annotation.unannotated_machines > 0 && annotation.users > unknown {
        let of_users = annotation.users - unknown;
        let _ = writeln!(
            out,
            "Of the {} events of users, {} ({}) serve a step.",
            grouped(annotation.users),
            grouped(of_users),
            percent_of(of_users, annotation.users)
        );
    }
    if annotation.ambiguous + annotation.incomplete > 0 {
        let (ambiguous, incomplete) = (grouped(annotation.ambiguous), grouped(annotation.incomplete));
        let _ = writeln!(out, "Traces: {ambiguous} ambiguous, {incomplete} incomplete; neither counts for a step.");
    }
    for (unit, title, rows) in [
        ("EVENTS", "STEP", &annotation.steps),
        ("TRACES", "STEP, BY TRACE RULES", &annotation.steps_by_trace),
        ("EVENTS", "CLASS", &annotation.classes),
        ("EVENTS", "STEP GIVEN BY", &annotation.origins),
        ("EVENTS", "ANNOTATION CARRIED", &annotation.claims),
    ] {
        if !rows.is_empty() {
            let _ = writeln!(out, "\n{unit:>10}  {title}");
            for row in rows {
                let _ = writeln!(out, "{:>10}  {}", grouped(row.events), row.name);
            }
        }
    }
    for (unit, title, is_of_traces) in [("EVENTS", "RULE", false), ("TRACES", "TRACE RULE", true)] {
        let rows = annotation.rules.iter().filter(|row| row.is_of_traces == is_of_traces);
        rules_told((unit, title), rows, &mut out);
    }
    suggestions(annotation, &mut out);
    traces::render(&annotation.unmatched_traces, &mut out);
    out
}

fn rules_told<'r>((unit, title): (&str, &str), rows: impl Iterator<Item = &'r RuleRow>, out: &mut String) {
    for (at, row) in rows.enumerate() {
        if at == 0 {
            let _ = writeln!(out, "\n{unit:>10}  {title}");
        }
        let _ = writeln!(out, "{:>10}  {} gives {}", grouped(row.events), row.rule, row.gives);
        if !row.assumes.is_empty() {
            let _ = writeln!(out, "{:>10}  assumes ({} confidence): {}", "", row.confidence, row.assumes);
        }
    }
}

/// What serves no step, and what to write so that it does.
fn suggestions(annotation: &Annotation, out: &mut String) {
    let rows = &annotation.unannotated_operations;
    if rows.is_empty() {
        return;
    }
    let first = |row: &Unannotated| format!("{}:{}", row.file, row.first);
    let width = rows.iter().map(|row| row.operation.chars().count()).max().unwrap_or(0);
    let _ = writeln!(
        out,
        "\n{:>10}  {:>8}  {:<width$}  FIRST",
        "EVENTS", "FAILED", "OPERATION OF USERS THAT SERVES NO STEP"
    );
    for row in rows {
        let (events, failed) = (grouped(row.events), grouped(row.failed));
        let _ = writeln!(out, "{events:>10}  {failed:>8}  {:<width$}  {}", row.operation, first(row));
    }
    out.push_str(
        "`--explain N FILE`, with the number and the file under FIRST, says all that is known of such a request.\n",
    );
    out.push_str("\nWhere all requests of an operation are attempts of one step, add it to that step's `measure:`.\n");
    for row in rows {
        let _ = writeln!(out, "    {}", row.measure);
    }
    out.push_str("\nWhere they are not, copy a rule into a document of `kind: AnnotationRules` and narrow it.\n");
    for line in rows.iter().flat_map(|row| row.rule.lines()) {
        let _ = writeln!(out, "    {line}");
    }
    if !annotation.unknown_services.is_empty() {
        out.push_str("\nThe registry does not know these services; copy their documents, and say whose they are.\n");
        let documents = annotation.unknown_services.join("---\n");
        for line in documents.lines() {
            let _ = writeln!(out, "    {line}");
        }
    }
}

/// What trace rules make of the event's trace, where they have a word in it.
fn trace_told(registry: &Registry, found: &Explained) -> String {
    let names = |ids: &[NameId]| {
        let mut names: Vec<&str> = ids.iter().filter_map(|id| found.tables.operations.text(*id)).collect();
        names.sort_unstable();
        names.iter().map(|name| format!("  - {name}\n")).collect::<String>()
    };
    let step = |id: &StepId| registry.steps[id.index()].name.to_string();
    match &found.verdict {
        // Files have no attempts that were found before.
        None | Some(Verdict::NotJudged | Verdict::Told(_)) => String::new(),
        Some(Verdict::Unmatched(shape)) => {
            format!("Its trace: no trace rule fits. The root's calls are:\n{}", names(&shape.calls))
        }
        Some(Verdict::Ambiguous(steps)) => {
            let steps: Vec<String> = steps.iter().map(step).collect();
            format!("Its trace: ambiguous between {}, so in no step.\n", steps.join(" and "))
        }
        Some(Verdict::Incomplete(why)) => {
            format!("Its trace: incomplete in this file ({}), so it counts neither way.\n", why.as_str())
        }
        Some(Verdict::Attempt(derived)) => {
            let rule = &registry.trace_rules[derived.rule.index() - registry.rules.len()];
            let mut told = format!(
                "Its trace: an attempt of {} by trace rule {}, outcome {}.\n",
                step(&derived.choice.step),
                rule.id,
                derived.outcome()
            );
            if !derived.missing.is_empty() {
                let _ = write!(told, "Calls that the rule requires and that are missing:\n{}", names(&derived.missing));
            }
            told
        }
    }
}

/// Why an event got its step, as one would tell it.
fn explained(explanation: &Explanation) -> String {
    let mut out = String::from("The event, as rules see it:\n");
    for (name, value) in &explanation.fields {
        let _ = writeln!(out, "  {name:<12} {}", value.escape_debug());
    }
    let (operation, is_declared) = &explanation.operation;
    let declared = if *is_declared { "declared" } else { "not declared by any service or step" };
    let _ = writeln!(out, "Operation: {operation} ({declared})");
    if !explanation.users.is_empty() {
        let _ = writeln!(out, "Steps that use it: {}", explanation.users.join(", "));
    }
    let claim = match explanation.claim {
        Claim::Absent => "it carries none",
        Claim::Accepted => "it carries one, which stands",
        Claim::Overruled => "it carries one, but the registry declares the operation for other steps, so rules decide",
        Claim::UnknownStep => "it carries one of a step that the registry does not have",
        Claim::UnknownVersion => "it carries one of a version that is not known",
        Claim::Invalid => "it carries one that is malformed",
    };
    let _ = writeln!(out, "Annotation: {claim}");
    match explanation.rules.len() {
        0 => out.push_str("Rules: none holds\n"),
        _ => out.push_str("Rules that hold, most specific first:\n"),
    }
    for rule in &explanation.rules {
        let mark = if rule.decided { "->" } else { "  " };
        let _ = writeln!(out, "  {mark} {} gives {}: {}", rule.id, rule.gives, rule.conditions.join(", "));
        if !rule.assumption.is_empty() {
            let _ = writeln!(out, "     assumes ({} confidence): {}", rule.confidence, rule.assumption);
        }
    }
    let step = explanation.step.as_deref().unwrap_or("none");
    let by = match explanation.origin {
        Origin::Client => " (the request says so)",
        Origin::Rule => " (by the rule marked above)",
        Origin::Operation => " (the only step that uses the operation)",
        Origin::None => "",
    };
    let _ = writeln!(out, "Step: {step}{by}\nClass: {}\nOutcome: {}", explanation.class, explanation.outcome);
    let counts = match explanation {
        Explanation { is_attempt: true, .. } => "yes: it is at a measuring point of the step",
        Explanation { is_other_signal: true, .. } => {
            "no: it is at a measuring point, but its service is measured by the other signal"
        }
        Explanation { step: None, is_undecided: false, .. } => "not by itself: it serves no step",
        Explanation { is_undecided: true, .. } => {
            "no: several steps are measured here, and neither a rule nor an annotation says which it serves"
        }
        _ => "no: it is not at a measuring point of the step",
    };
    let _ = writeln!(out, "Counts as an attempt: {counts}");
    out
}
