//! OTLP protobuf to fact columns: Milepost's visitor against prost's decoder and a walk over what it decoded. Both end in the same recorder, so
//! what differs is how a span's values are found; batches and counts must be equal.
//!
//! `cargo bench -p milepost-ingest --bench facts` prints the median of five rounds, the ratio and the share of each stage. Rounds of all
//! measured ways take turns, and CPU time is what is measured where the system tells it, so that a busy machine disturbs little.

mod payload;

use milepost_annotate::{Scratch, Slot, Slots, Value, Wanted};
use milepost_facts::{FactBatch, to_record_batch};
use milepost_ingest::otlp::{Flaws, LogRecord, RejectReason, Sink, Span, SpanKind, proto};
use milepost_ingest::{Recorder, Setup};
use milepost_model::{SpanStatus, Timestamp};
use milepost_registry::Registry;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1 as otlp;
use payload::{PAYLOADS, SPANS};
use prost::Message;
use std::hint::black_box;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

const ROUNDS: usize = 5;
/// How often a payload is read in a round: two seconds of the slower way.
const REPETITIONS: u64 = 1_000;
/// What the slower way must take of the faster one, at least.
const RATIO: f64 = 3.0;
/// Payloads whose facts are compared; more than fill a batch.
const COMPARED: usize = 10;

fn main() {
    // `cargo bench FILTER` asks every bench; without `--bench` it is a test run, which only compares.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| !argument.starts_with('-') && !"facts".contains(argument.as_str())) {
        return;
    }
    let registry = registry();
    let setup = Setup::new(registry);
    for (name, request) in PAYLOADS {
        let payload = request().encode_to_vec();
        compare(&setup, &payload);
        if arguments.iter().any(|argument| argument == "--bench") {
            show(name, &measure(&setup, &payload));
        }
    }
}

fn registry() -> Registry {
    let outcome = milepost_registry::read_texts([("registry.yaml", include_str!("payload/registry.yaml"))]);
    outcome.registry.unwrap_or_else(|| panic!("{}", outcome.diagnostics.render(false)))
}

/// Both ways give the same facts and the same counts.
fn compare(setup: &Arc<Setup>, payload: &[u8]) {
    let facts = |read: fn(&[u8], &Setup, &mut Recorder)| {
        let mut recorder = Recorder::new(setup);
        let mut batches: Vec<FactBatch> = Vec::new();
        for _ in 0..COMPARED {
            read(payload, setup, &mut recorder);
            batches.extend(recorder.full_batch());
        }
        batches.extend(recorder.last_batch());
        let written = batches.iter().map(|batch| to_record_batch(batch, &recorder.tables).expect("a valid batch"));
        (written.collect::<Vec<_>>(), format!("{:?}", recorder.stats))
    };
    let (visited, decoded) = (facts(visit), facts(decode));
    let rows: usize = visited.0.iter().map(arrow_array::RecordBatch::num_rows).sum();
    assert_eq!(rows, COMPARED * SPANS as usize);
    assert!(visited.1.contains(&format!("events: {rows}")), "{}", visited.1);
    assert_eq!(visited.0, decoded.0, "the facts differ");
    assert_eq!(visited.1, decoded.1, "the counts differ");
}

/// Nanoseconds a span: of both ways, then of the visitor alone, with annotation, of the decoder alone, with the walk.
fn measure(setup: &Arc<Setup>, payload: &[u8]) -> [f64; 6] {
    type Way = fn(&[u8], &Setup, &mut Recorder);
    let recorded = |way: Way| {
        move || {
            let mut recorder = Recorder::new(setup);
            for _ in 0..REPETITIONS {
                way(black_box(payload), setup, &mut recorder);
                black_box(recorder.full_batch());
            }
            assert_eq!(recorder.stats.events, REPETITIONS * SPANS);
        }
    };
    let visited = || {
        for _ in 0..REPETITIONS {
            proto::read_traces(black_box(payload), &setup.plan, &mut Nothing);
        }
    };
    let annotated = || {
        let mut sink = Annotating { setup, scratch: Scratch::default() };
        for _ in 0..REPETITIONS {
            proto::read_traces(black_box(payload), &setup.plan, &mut sink);
        }
    };
    let decoded = || {
        for _ in 0..REPETITIONS {
            black_box(ExportTraceServiceRequest::decode(black_box(payload)).expect("it was just encoded"));
        }
    };
    let walked = || {
        for _ in 0..REPETITIONS {
            decode_into(black_box(payload), setup, &mut Nothing);
        }
    };
    let (visit_record, decode_record) = (recorded(visit), recorded(decode));
    let ways: [&dyn Fn(); 6] = [&visit_record, &decode_record, &visited, &annotated, &decoded, &walked];
    let mut nanos = ways.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (way, times) in ways.iter().zip(&mut nanos) {
            let began = Clock::now();
            way();
            times.push(began.nanos() / (REPETITIONS * SPANS) as f64);
        }
    }
    nanos.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    })
}

fn show(name: &str, [visit, decode, visited, annotated, decoded, walked]: &[f64; 6]) {
    let whole = |name: &str, nanos: f64| format!("  {name:<36} {nanos:>6.0} ns");
    let part =
        |name: &str, nanos: f64, of: f64| format!("    {name:<34} {nanos:>6.0} ns {:>3.0} %", nanos / of * 100.0);
    let ratio = decode / visit;
    let lines = [
        format!("{name}, each to fact columns: median of {ROUNDS} rounds of {} spans", REPETITIONS * SPANS),
        whole("milepost, visited in place", *visit),
        part("visitor", *visited, *visit),
        part("annotation", annotated - visited, *visit),
        part("outcome, names, columns, counts", visit - annotated, *visit),
        whole("prost, decoded and walked", *decode),
        part("decoder", *decoded, *decode),
        part("walk", walked - decoded, *decode),
        part("annotation and what follows", decode - walked, *decode),
        format!("  ratio: {ratio:.2} (at least {RATIO} wanted){}", if ratio < RATIO { " IS TOO SMALL" } else { "" }),
    ];
    let mut out = std::io::stdout().lock();
    let written = lines.iter().try_for_each(|line| writeln!(out, "{line}"));
    written.expect("somebody reads this");
}

fn visit(payload: &[u8], setup: &Setup, recorder: &mut Recorder) {
    proto::read_traces(payload, &setup.plan, recorder);
}

fn decode(payload: &[u8], setup: &Setup, recorder: &mut Recorder) {
    decode_into(payload, setup, recorder);
}

/// What a reader on top of the generated decoder would do.
fn decode_into(payload: &[u8], setup: &Setup, sink: &mut impl Sink) {
    let request = ExportTraceServiceRequest::decode(payload).expect("it was just encoded");
    let mut slots = setup.plan.slots();
    let mut of_resource = Vec::new();
    for entry in &request.resource_spans {
        of_resource.clear();
        let attributes = entry.resource.as_ref().map_or(&[][..], |resource| &resource.attributes);
        of_resource.extend(attributes.iter().filter_map(|attribute| wanted(attribute, setup)));
        for span in entry.scope_spans.iter().flat_map(|scope| &scope.spans) {
            slots.clear();
            for (wanted, value) in span.attributes.iter().filter_map(|attribute| wanted(attribute, setup)) {
                slots.put(wanted, value);
            }
            for (wanted, value) in &of_resource {
                slots.put(*wanted, *value);
            }
            match check(span) {
                Ok(checked) => {
                    slots.set(Slot::SPAN_NAME, Value::Text(&span.name));
                    slots.set(Slot::KIND, Value::Text(checked.kind.text()));
                    sink.span(&checked, &slots);
                }
                Err(reason) => sink.rejected(reason),
            }
        }
    }
}

fn wanted<'a>(attribute: &'a KeyValue, setup: &Setup) -> Option<(Wanted, Value<'a>)> {
    let wanted = setup.plan.attribute(attribute.key.as_bytes())?;
    let value = match attribute.value.as_ref()?.value.as_ref()? {
        any_value::Value::StringValue(text) => Value::Text(text),
        any_value::Value::IntValue(number) => Value::Int(*number),
        any_value::Value::BoolValue(value) => Value::Bool(*value),
        any_value::Value::DoubleValue(number) => Value::Double(*number),
        _ => return None,
    };
    Some((wanted, value))
}

fn check(span: &otlp::Span) -> Result<Span, RejectReason> {
    let time = |nanos: u64| i64::try_from(nanos).map(Timestamp::from_nanos).map_err(|_| RejectReason::TimeOutOfRange);
    let trace_id = span.trace_id[..].try_into().ok().filter(|id| *id != [0; 16]);
    let span_id = span.span_id[..].try_into().ok().filter(|id| *id != [0; 8]);
    let parent_span_id = match span.parent_span_id[..] {
        [] => None,
        _ => Some(span.parent_span_id[..].try_into().map_err(|_| RejectReason::ParentSpanId)?),
    };
    if span.start_time_unix_nano == 0 {
        return Err(RejectReason::NoTime);
    }
    Ok(Span {
        trace_id: trace_id.ok_or(RejectReason::TraceId)?,
        span_id: span_id.ok_or(RejectReason::SpanId)?,
        parent_span_id: parent_span_id.filter(|id| *id != [0; 8]),
        start: time(span.start_time_unix_nano)?,
        end: time(span.end_time_unix_nano.max(span.start_time_unix_nano))?,
        kind: match span.kind {
            1 => SpanKind::Internal,
            2 => SpanKind::Server,
            3 => SpanKind::Client,
            4 => SpanKind::Producer,
            5 => SpanKind::Consumer,
            _ => SpanKind::Unspecified,
        },
        status: match span.status.as_ref().map(|status| status.code) {
            Some(1) => SpanStatus::Ok,
            Some(2) => SpanStatus::Error,
            _ => SpanStatus::Unset,
        },
        sampling_threshold: None,
        flaws: Flaws::default(),
    })
}

/// Takes spans and does nothing with them.
struct Nothing;

impl Sink for Nothing {
    fn span(&mut self, span: &Span, slots: &Slots<'_>) {
        black_box((span, slots));
    }

    fn log(&mut self, _: &LogRecord, _: &Slots<'_>) {}

    fn rejected(&mut self, _: RejectReason) {}
}

/// Annotates spans and does no more.
struct Annotating<'s> {
    setup: &'s Setup,
    scratch: Scratch,
}

impl Sink for Annotating<'_> {
    fn span(&mut self, span: &Span, slots: &Slots<'_>) {
        black_box(span);
        black_box(self.setup.annotator.annotate(slots, &mut self.scratch));
    }

    fn log(&mut self, _: &LogRecord, _: &Slots<'_>) {}

    fn rejected(&mut self, _: RejectReason) {}
}

/// A moment, in CPU time of this thread where Linux tells it, else by the clock.
struct Clock(Option<u64>, Instant);

impl Clock {
    fn now() -> Self {
        let cpu = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
        let cpu = cpu.and_then(|text| text.split_whitespace().next()?.parse().ok());
        Self(cpu, Instant::now())
    }

    /// Nanoseconds since then.
    fn nanos(&self) -> f64 {
        let now = Self::now();
        match (self.0, now.0) {
            (Some(then), Some(now)) => (now - then) as f64,
            _ => (now.1 - self.1).as_nanos() as f64,
        }
    }
}
