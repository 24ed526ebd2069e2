//! Spans written as the OpenTelemetry Collector's file exporter writes them: one export request a line, as JSON.
//!
//! Knows nothing of the product whose spans they are. Texts are the generator's own and need no escapes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Where a span comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resource {
    pub(crate) service: &'static str,
    pub(crate) version: &'static str,
    pub(crate) region: &'static str,
    /// Tells the instances of one service in one region apart.
    pub(crate) instance: u8,
}

/// The side of a call that a span stands for, with OTLP's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Server = 2,
    Client = 3,
    Consumer = 5,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Number(u16),
}

/// A span; times in microseconds since 1970.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) resource: Resource,
    /// The instrumentation library.
    pub(crate) scope: &'static str,
    pub(crate) trace: u128,
    pub(crate) id: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) start_us: u64,
    pub(crate) end_us: u64,
    pub(crate) attributes: Vec<(&'static str, Value)>,
    /// Whether its status is an error.
    pub(crate) failed: bool,
}

/// Export requests, one a line: spans in the order in which they ended, collected for `every_us` and then grouped by
/// where they come from.
pub(crate) fn export(mut spans: Vec<Span>, every_us: u64) -> String {
    spans.sort_by_key(|span| (span.end_us, span.trace, span.id));
    let mut lines = String::new();
    for batch in spans.chunk_by(|a, b| a.end_us / every_us == b.end_us / every_us) {
        let mut by_resource: BTreeMap<&Resource, BTreeMap<&str, Vec<&Span>>> = BTreeMap::new();
        for span in batch {
            by_resource.entry(&span.resource).or_default().entry(span.scope).or_default().push(span);
        }
        lines.push_str(r#"{"resourceSpans":["#);
        separated(&mut lines, &by_resource, |out, (resource, scopes)| {
            write_resource(out, resource);
            out.push_str(r#","scopeSpans":["#);
            separated(out, scopes, |out, (scope, spans)| {
                let _ = write!(out, r#"{{"scope":{{"name":"{scope}"}},"spans":["#);
                separated(out, spans, |out, span| write_span(out, span));
                out.push_str("]}");
            });
            out.push_str("]}");
        });
        lines.push_str("]}\n");
    }
    lines
}

fn separated<I: IntoIterator>(out: &mut String, items: I, mut write: impl FnMut(&mut String, I::Item)) {
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(out, item);
    }
}

/// Leaves the object open, for the spans.
fn write_resource(out: &mut String, resource: &Resource) {
    let Resource { service, version, region, instance } = *resource;
    let attributes = [
        ("service.name", Value::Text(service.to_owned())),
        ("service.version", Value::Text(version.to_owned())),
        ("service.instance.id", Value::Text(format!("{service}-{instance}"))),
        ("cloud.region", Value::Text(region.to_owned())),
    ];
    out.push_str(r#"{"resource":{"#);
    write_attributes(out, &attributes);
    out.push('}');
}

fn write_span(out: &mut String, span: &Span) {
    let _ = write!(out, r#"{{"traceId":"{:032x}","spanId":"{:016x}","parentSpanId":""#, span.trace, span.id);
    if let Some(parent) = span.parent {
        let _ = write!(out, "{parent:016x}");
    }
    let _ = write!(
        out,
        r#"","name":"{}","kind":{},"startTimeUnixNano":"{}000","endTimeUnixNano":"{}000","#,
        span.name, span.kind as u8, span.start_us, span.end_us
    );
    write_attributes(out, &span.attributes);
    out.push_str(if span.failed { r#","status":{"code":2}}"# } else { r#","status":{}}"# });
}

fn write_attributes(out: &mut String, attributes: &[(&'static str, Value)]) {
    out.push_str(r#""attributes":["#);
    separated(out, attributes, |out, (key, value)| {
        let _ = match value {
            Value::Text(text) => write!(out, r#"{{"key":"{key}","value":{{"stringValue":"{text}"}}}}"#),
            // The JSON mapping of protobuf writes 64-bit numbers as text.
            Value::Number(number) => write!(out, r#"{{"key":"{key}","value":{{"intValue":"{number}"}}}}"#),
        };
    });
    out.push(']');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(service: &'static str, id: u64, end_us: u64) -> Span {
        Span {
            resource: Resource { service, version: "1", region: "here", instance: 0 },
            scope: "library",
            trace: 0xabc,
            id,
            parent: (id > 1).then_some(1),
            name: "GET /".to_owned(),
            kind: Kind::Server,
            start_us: end_us - 5,
            end_us,
            attributes: vec![("http.response.status_code", Value::Number(200))],
            failed: id == 2,
        }
    }

    #[test]
    fn a_line_reads_as_the_collector_writes_it() {
        let resource = r#"{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"web"}},{"key":"service.version","value":{"stringValue":"1"}},{"key":"service.instance.id","value":{"stringValue":"web-0"}},{"key":"cloud.region","value":{"stringValue":"here"}}]}"#;
        let scope = r#""scopeSpans":[{"scope":{"name":"library"},"spans":["#;
        let first = r#"{"traceId":"00000000000000000000000000000abc","spanId":"0000000000000001","parentSpanId":"","name":"GET /","kind":2,"startTimeUnixNano":"5000","endTimeUnixNano":"10000","attributes":[{"key":"http.response.status_code","value":{"intValue":"200"}}],"status":{}}"#;
        let second = r#"{"traceId":"00000000000000000000000000000abc","spanId":"0000000000000002","parentSpanId":"0000000000000001","name":"GET /","kind":2,"startTimeUnixNano":"6000","endTimeUnixNano":"11000","attributes":[{"key":"http.response.status_code","value":{"intValue":"200"}}],"status":{"code":2}}"#;
        assert_eq!(
            export(vec![span("web", 2, 11), span("web", 1, 10)], 100),
            format!("{{\"resourceSpans\":[{resource},{scope}{first},{second}]}}]}}]}}\n")
        );
    }

    #[test]
    fn a_batch_holds_what_ended_in_its_time_with_one_resource_in_one_place() {
        let spans = vec![span("b", 1, 10), span("a", 2, 11), span("b", 3, 99), span("a", 4, 100)];
        let lines = export(spans, 100);
        let ids: Vec<Vec<&str>> =
            lines.lines().map(|line| line.split("\"spanId\":\"").skip(1).map(|rest| &rest[15..16]).collect()).collect();
        assert_eq!(ids, [vec!["2", "1", "3"], vec!["4"]]);
        assert_eq!(lines.matches("\"resource\"").count(), 3);
    }
}
