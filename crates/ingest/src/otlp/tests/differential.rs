//! The readers against the generated decoder and against each other, on requests drawn by a fuzzer.
//!
//! `BOLERO_RANDOM_ITERATIONS` and `BOLERO_RANDOM_TEST_TIME_MS`, set together, run more.

use bolero::ValueGenerator;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use super::super::RejectReason;
use super::super::json::JsonError;
use super::generate::Draw;
use super::recorder::{Seen, Wants, sorted};
use super::{json_text, oracle, wild};

/// Enough to see each kind of oddity many times, in about a second.
const ITERATIONS: usize = 1_000;
const CHOICES: usize = 1_536;

#[test]
fn spans_are_those_of_the_generated_decoder() {
    let wants = Wants::new();
    bolero::check!().with_iterations(ITERATIONS).with_generator(choices()).for_each(|input| {
        let request = Draw::new(input).traces();
        assert_eq!(wants.traces(&request.encode_to_vec()), oracle::traces(&request, &wants));
    });
}

#[test]
fn log_records_are_those_of_the_generated_decoder() {
    let wants = Wants::new();
    bolero::check!().with_iterations(ITERATIONS).with_generator(choices()).for_each(|input| {
        let request = Draw::new(input).logs();
        assert_eq!(wants.logs(&request.encode_to_vec()), oracle::logs(&request, &wants));
    });
}

#[test]
fn unusual_encodings_mean_what_the_generated_decoder_says() {
    let wants = Wants::new();
    bolero::check!().with_iterations(ITERATIONS).with_generator(choices()).for_each(|input| {
        let (mut request, mut draw) = Draw::split(input);
        let (traces, logs) = (request.traces(), request.logs());
        let payload = wild::rewrite(&traces.encode_to_vec(), wild::TRACES, &mut draw);
        let decoded = ExportTraceServiceRequest::decode(&payload[..]).unwrap();
        assert_eq!(wants.traces(&payload), oracle::traces(&decoded, &wants));
        let payload = wild::rewrite(&logs.encode_to_vec(), wild::LOGS, &mut draw);
        let decoded = ExportLogsServiceRequest::decode(&payload[..]).unwrap();
        assert_eq!(wants.logs(&payload), oracle::logs(&decoded, &wants));
    });
}

#[test]
fn what_the_generated_decoder_accepts_is_read_alike_whatever_the_bytes() {
    let wants = Wants::new();
    let mut accepted = 0;
    bolero::check!().with_iterations(2 * ITERATIONS).with_generator(choices()).for_each(|input| {
        let (mut request, mut draw) = Draw::split(input);
        let payload = match draw.below(8) {
            0 => request.rest().to_vec(),
            1 => damage(request.logs().encode_to_vec(), &mut draw),
            2 => damage(wild::rewrite(&request.traces().encode_to_vec(), wild::TRACES, &mut draw), &mut draw),
            _ => damage(request.traces().encode_to_vec(), &mut draw),
        };
        let seen = wants.traces(&payload);
        if let Ok(request) = ExportTraceServiceRequest::decode(&payload[..]) {
            accepted += 1;
            assert_eq!(seen, oracle::traces(&request, &wants));
        }
        // The same bytes mean something else as log records, and must do as little harm.
        let seen = wants.logs(&payload);
        if let Ok(request) = ExportLogsServiceRequest::decode(&payload[..]) {
            assert_eq!(seen, oracle::logs(&request, &wants));
        }
    });
    assert!(accepted > 0, "the damage is too great to test anything");
}

#[test]
fn a_damaged_span_costs_only_itself() {
    let wants = Wants::new();
    bolero::check!().with_iterations(ITERATIONS).with_generator(choices()).for_each(|input| {
        let (mut request, mut draw) = Draw::split(input);
        let request = request.traces();
        let spans = |request: &ExportTraceServiceRequest| -> Vec<Vec<u8>> {
            let entries = request.resource_spans.iter().flat_map(|entry| &entry.scope_spans);
            entries.flat_map(|scope| &scope.spans).map(Message::encode_to_vec).collect()
        };
        let all = spans(&request);
        if all.is_empty() {
            return;
        }
        // Where the span lies in the payload: by its own bytes, which no other span need have.
        let index = draw.below(all.len());
        let payload = request.encode_to_vec();
        let places: Vec<usize> = find(&payload, &all[index]);
        let &[place] = &places[..] else { return };
        let mut damaged = payload.clone();
        for byte in &mut damaged[place..place + all[index].len()] {
            *byte ^= draw.byte();
        }
        let (before, after) = (wants.traces(&payload), wants.traces(&damaged));
        assert_eq!(before.len(), after.len());
        assert_eq!(before[..index], after[..index]);
        assert_eq!(before[index + 1..], after[index + 1..]);
    });
}

#[test]
fn json_and_protobuf_give_the_same_events() {
    let wants = Wants::new();
    bolero::check!().with_iterations(ITERATIONS).with_generator(choices()).for_each(|input| {
        let (mut request, mut draw) = Draw::split(input);
        let (traces, logs) = (request.traces(), request.logs());
        let text = json_text::traces(&traces, &mut draw);
        let (seen, result) = wants.json(text.as_bytes());
        assert_eq!(result, Ok(()));
        assert_eq!(sorted(&seen), sorted(&wants.traces(&traces.encode_to_vec())));
        let text = json_text::logs(&logs, &mut draw);
        let (seen, result) = wants.json(text.as_bytes());
        assert_eq!(result, Ok(()));
        assert_eq!(sorted(&seen), sorted(&wants.logs(&logs.encode_to_vec())));
    });
}

#[test]
fn every_json_object_is_read_to_its_end_whatever_is_in_it() {
    let wants = Wants::new();
    let mut objects = 0;
    bolero::check!().with_iterations(2 * ITERATIONS).with_generator(choices()).for_each(|input| {
        let (mut request, mut draw) = Draw::split(input);
        let record = if draw.rarely(8) {
            request.rest().to_vec()
        } else {
            let text = json_text::traces(&request.traces(), &mut draw);
            if draw.rarely(2) { swap_words(&text, &mut draw) } else { damage(text.into_bytes(), &mut draw) }
        };
        let (_, result) = wants.json(&record);
        match serde_json::from_slice::<serde_json::Value>(&record) {
            Ok(serde_json::Value::Object(object)) => {
                objects += 1;
                let keys = ["resourceSpans", "resourceLogs", "resourceMetrics"];
                let is_request = object.is_empty() || keys.iter().any(|key| object.contains_key(*key));
                assert_eq!(result, if is_request { Ok(()) } else { Err(JsonError::NotOtlp) });
            }
            Ok(_) => assert!(result.is_err()),
            Err(_) => {}
        }
    });
    assert!(objects > 0, "the damage is too great to test anything");
}

#[test]
fn a_record_cut_anywhere_gives_what_was_complete_before_the_cut() {
    let wants = Wants::new();
    bolero::check!().with_iterations(ITERATIONS).with_generator(choices()).for_each(|input| {
        let (mut request, mut draw) = Draw::split(input);
        let at = u16::from_le_bytes([draw.byte(), draw.byte()]);
        let text = json_text::traces(&request.traces(), &mut draw);
        let cut = usize::from(at) % text.len();
        let (whole, _) = wants.json(text.as_bytes());
        let (part, result) = wants.json(&text.as_bytes()[..cut]);
        assert!(result.is_err());
        let events =
            |seen: &[Seen]| seen.iter().filter(|s| !matches!(s, Seen::Rejected(_))).cloned().collect::<Vec<_>>();
        let (whole, part_events) = (events(&whole), events(&part));
        assert_eq!(whole[..part_events.len()], part_events);
        let orphans = part.iter().filter(|seen| **seen == Seen::Rejected(RejectReason::Resource)).count();
        assert!(part_events.len() + orphans <= whole.len());
    });
}

/// What a request is drawn from; without a length of its own it is a few bytes, which is hardly one span.
fn choices() -> impl ValueGenerator<Output = Vec<u8>> {
    bolero::produce::<Vec<u8>>().with().len(0..CHOICES)
}

/// Changes, removes, repeats or adds some bytes.
fn damage(mut bytes: Vec<u8>, draw: &mut Draw<'_>) -> Vec<u8> {
    for _ in 0..=draw.below(4) {
        if bytes.is_empty() {
            return bytes;
        }
        let at = usize::from(u16::from_le_bytes([draw.byte(), draw.byte()])) % bytes.len();
        let end = bytes.len().min(at + draw.below(16));
        match draw.below(5) {
            0 | 1 => bytes[at] ^= 1 << draw.below(8),
            2 => drop(bytes.drain(at..end)),
            3 => bytes.insert(at, draw.byte()),
            _ => {
                let copy = bytes[at..end].to_vec();
                bytes.splice(at..at, copy);
            }
        }
    }
    bytes
}

/// Puts a value of another type in the place of some: the text stays JSON.
fn swap_words(text: &str, draw: &mut Draw<'_>) -> Vec<u8> {
    const VALUES: [&str; 8] = ["null", "7", "-1", "\"x\"", "[]", "{}", "[{\"a\":1}]", "true"];
    let mut value: serde_json::Value = serde_json::from_str(&text.replace(r"\ud83d", "")).unwrap_or_default();
    let mut places = vec![&mut value];
    while let Some(place) = places.pop() {
        if draw.rarely(24) {
            *place = serde_json::from_str(VALUES[draw.below(VALUES.len())]).unwrap();
        }
        match place {
            serde_json::Value::Array(items) => places.extend(items),
            serde_json::Value::Object(fields) => places.extend(fields.values_mut()),
            _ => {}
        }
    }
    value.to_string().into_bytes()
}

/// All places of `needle`, when it is not empty.
fn find(haystack: &[u8], needle: &[u8]) -> Vec<usize> {
    if needle.is_empty() {
        return Vec::new();
    }
    haystack.windows(needle.len()).enumerate().filter(|(_, window)| *window == needle).map(|(at, _)| at).collect()
}
