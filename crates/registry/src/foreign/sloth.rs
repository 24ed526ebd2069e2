//! Sloth: `version: prometheus/v1`, and the same as a resource of Kubernetes, whose keys are spelt another way.

mod alerting;
pub(super) mod period;

use super::context::{Context, MAX_SLOS, Parts, prometheus};
use super::counter::{counters, has_window};
use super::metadata;
use super::quotient::{Quotient, quotient};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::Fields;
use crate::yaml::Node;
use milepost_slo::open::{OpenIndicator, RatioPart, RawKind};

pub(super) const VERSION: &str = "prometheus/v1";
pub(super) const API_VERSION: &str = "sloth.slok.dev/v1";

/// A key as files spell it, and as resources do. Each is taken in both: people move documents from one to the other.
type Key = [&'static str; 2];
const ERROR_QUERY: Key = ["error_query", "errorQuery"];
const TOTAL_QUERY: Key = ["total_query", "totalQuery"];
const ERROR_RATIO_QUERY: Key = ["error_ratio_query", "errorRatioQuery"];

/// What stands behind either spelling of a key.
fn optional<'n>(fields: &mut Fields<'n>, [file, resource]: Key) -> Option<&'n Node> {
    fields.optional(file).or(fields.optional(resource))
}

/// The same of a key that must be there.
fn required<'n>(fields: &mut Fields<'n>, key: Key, context: &mut Context<'_>, help: &str) -> Option<&'n Node> {
    match optional(fields, key) {
        Some(node) => Some(node),
        None => fields.required(key[0], &mut context.reader, help),
    }
}

/// A document of a file.
pub(super) fn read(fields: Fields<'_>, context: &mut Context<'_>) {
    read_service(fields, context);
}

/// A resource of Kubernetes.
pub(super) fn read_resource(mut fields: Fields<'_>, context: &mut Context<'_>) {
    let Some((metadata, spec)) = metadata::read(&mut fields, "PrometheusServiceLevel", context) else { return };
    context.rest(fields);
    if let Some(labels) = metadata.labels {
        let message = "`labels` of `metadata` say which Prometheus takes the rules, and have no counterpart";
        context.no_counterpart(labels, message, super::context::LEFT_OUT);
    }
    if let Some(fields) = context.reader.fields(spec, "`spec`") {
        read_service(fields, context);
    }
}

fn read_service(mut fields: Fields<'_>, context: &mut Context<'_>) {
    let help = "name the service that the SLOs are of: `service: webmail`";
    let service = fields.required("service", &mut context.reader, help);
    let service = service.and_then(|node| Some((context.reader.text(node, "`service`")?, node)));
    let labels = fields.optional("labels");
    let labels = context.labels(labels, &[]);
    let help = "list the SLOs: `slos: [{name: ..., objective: 99.9, sli: ...}]`";
    let slos = fields.required("slos", &mut context.reader, help);
    context.rest(fields);
    let (Some((service, node)), Some(slos)) = (service, slos) else { return };
    let items = context.reader.list(slos, "`slos`");
    let items = context.reader.at_most(MAX_SLOS, items, slos, "`slos`");
    // Grouped under a name that a document can have, too.
    let Some(group) = context.open_name(service, node) else { return };
    for item in items {
        read_slo(item, group.as_str(), &labels, context);
    }
}

fn read_slo(node: &Node, group: &str, labels: &[(String, String)], context: &mut Context<'_>) -> Option<()> {
    let mut fields = context.reader.fields(node, "an SLO")?;
    let help = "give it a name: `name: requests-availability`";
    let name_node = fields.required("name", &mut context.reader, help);
    let title = name_node.and_then(|node| context.reader.text(node, "`name`"));
    let help = "say which percentage must be good: `objective: 99.9`";
    let target = fields.required("objective", &mut context.reader, help);
    let target = target.and_then(|node| context.target(node, "`objective`"));
    let description = context.description(&mut fields);
    let own = fields.optional("labels");
    let labels = context.labels(own, labels);
    let help = "say what is measured: `sli: {events: {error_query: ..., total_query: ...}}`";
    let sli = fields.required("sli", &mut context.reader, help);
    let alerting = fields.optional("alerting");
    let alert_policies = alerting::read(alerting, name_node, context);
    context.rest(fields);
    let (title, name_node) = (title?, name_node?);
    // Sloth's own identity of an SLO: names are unique in a service only.
    let name = context.open_name(&format!("{group}-{title}"), name_node)?;
    let indicator = read_sli(sli?, context)?;
    let (service, target, window) = (group.to_owned(), target?, context.unsaid.sloth_period.duration());
    let parts = Parts { name, description, service, target, window, indicator, alert_policies, labels };
    context.declare(name_node, parts);
    Some(())
}

fn read_sli(node: &Node, context: &mut Context<'_>) -> Option<OpenIndicator> {
    let mut fields = context.reader.fields(node, "`sli`")?;
    let (events, raw, plugin) = (fields.optional("events"), fields.optional("raw"), fields.optional("plugin"));
    context.rest(fields);
    match (events, raw, plugin) {
        (Some(events), None, None) => read_events(events, context),
        (None, Some(raw), None) => {
            let mut fields = context.reader.fields(raw, "`raw`")?;
            let help = "write the query that gives the share of errors";
            let query = required(&mut fields, ERROR_RATIO_QUERY, context, help);
            context.rest(fields);
            let query = query?;
            let text = context.reader.text(query, "a query")?;
            if let Some(Quotient { part, total, is_rest }) = quotient(text) {
                // Of the share of errors, what is left of one are the good.
                let part = if is_rest { RatioPart::Good(prometheus(part)) } else { RatioPart::Bad(prometheus(part)) };
                return Some(OpenIndicator::Ratio { counter: true, part, total: prometheus(total) });
            }
            keep_window(query, text, context);
            Some(OpenIndicator::Raw { kind: RawKind::Failure, metric: prometheus(text.trim()) })
        }
        (None, None, Some(plugin)) => {
            let message = "an SLI that a plugin of Sloth computes has no query";
            context.leave_out(
                plugin,
                message,
                "the SLO is left out: write the plugin's queries as `events`, and bring it in again",
            );
            None
        }
        _ => {
            let message = "`sli` has not exactly one of `events`, `raw` and `plugin`";
            let place = context.reader.key_place(node);
            let help = "keep the one that is meant";
            context.reader.report(Diagnostic::new(Code::EitherOr, place, message).help(help));
            None
        }
    }
}

fn read_events(node: &Node, context: &mut Context<'_>) -> Option<OpenIndicator> {
    let mut fields = context.reader.fields(node, "`events`")?;
    let errors = required(&mut fields, ERROR_QUERY, context, "write the query of bad events");
    let total = required(&mut fields, TOTAL_QUERY, context, "write the query of all events");
    context.rest(fields);
    let (errors, total) = (errors?, total?);
    let (bad, all) = (context.reader.text(errors, "a query")?, context.reader.text(total, "a query")?);
    let (counter, bad, all) = match (counters(bad), counters(all)) {
        (Some((bad, function)), Some((all, other))) if function == other => (true, bad, all),
        (of_bad, of_all) => {
            for (node, query, found) in [(errors, bad, of_bad.is_some()), (total, all, of_all.is_some())] {
                match found {
                    true if of_bad.is_some() != of_all.is_some() => keep_beside(node, context),
                    _ => keep_window(node, query, context),
                }
            }
            (false, bad.trim().to_owned(), all.trim().to_owned())
        }
    };
    Some(OpenIndicator::Ratio { counter, part: RatioPart::Bad(prometheus(bad)), total: prometheus(all) })
}

/// Says that a query keeps its window.
fn keep_window(node: &Node, query: &str, context: &mut Context<'_>) {
    if has_window(query) {
        let message = "the query is more than a sum of rates over `{{.window}}`, so that it has no counters of its own";
        context.no_counterpart(
            node,
            message,
            "it is kept as it is, with `{{.window}}` in it: whoever asks it has to put a window there",
        );
    }
}

/// Says that a query keeps its window because the other one does: a ratio is of two counters or of none.
fn keep_beside(node: &Node, context: &mut Context<'_>) {
    let message = "the query is a sum of rates, and the one that it is held against is not";
    context.no_counterpart(node, message, "both are kept as they are, with `{{.window}}` in them");
}
