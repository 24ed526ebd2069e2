//! Which signal a message is of: files and the wire do not say, but the first event does.

use super::envelope;
use super::wire::{Cursor, bytes_key, each, fixed64_key};

/// The signals of OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OtlpSignal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Data points.
    Metrics,
}

/// The signal of a request by its first event; `None` when it holds none that tells.
///
/// A span begins with an id of 16 bytes, a log record with a time of fixed width, a metric with its name. Fields may stand in any order, so
/// the whole of the first event is looked at: a field of eight bytes called 1 is only in log records, and only spans have both 1 and 2 as bytes
/// of length 16 and 8.
pub fn signal(payload: &[u8]) -> Option<OtlpSignal> {
    let mut found = None;
    // What is malformed later on is for the readers to report; here the first event is enough.
    let _ = each(payload, envelope::RESOURCE_EVENTS, |resource_events| {
        let _ = each(resource_events, envelope::SCOPE_EVENTS, |scope_events| {
            let _ = each(scope_events, envelope::EVENTS, |event| {
                found = found.or_else(|| signal_of_event(event));
            });
        });
    });
    found
}

fn signal_of_event(event: &[u8]) -> Option<OtlpSignal> {
    let mut cursor = Cursor::new(event);
    let (mut first, mut second) = (None, None);
    while let Ok(Some(key)) = cursor.key() {
        if key == fixed64_key(1) || key == fixed64_key(11) {
            // `time_unix_nano` and `observed_time_unix_nano`: spans have their times at 7 and 8.
            return Some(OtlpSignal::Logs);
        }
        if key == fixed64_key(7) || key == fixed64_key(8) {
            return Some(OtlpSignal::Traces);
        }
        if key == bytes_key(1) {
            first = Some(cursor.bytes().ok()?.len());
        } else if key == bytes_key(2) {
            second = Some(cursor.bytes().ok()?.len());
        } else if cursor.skip(key).is_err() {
            break;
        }
    }
    match (first, second) {
        (Some(16), Some(8)) => Some(OtlpSignal::Traces),
        (Some(_), _) => Some(OtlpSignal::Metrics),
        _ => None,
    }
}
