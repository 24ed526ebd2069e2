//! OTLP, the OpenTelemetry protocol, in both encodings: protobuf ([`proto`]) and JSON ([`json`]).
//!
//! Both readers check each event once, put the values that the field plan wants into slots and hand the event to a
//! [`Sink`]. They decide no step, outcome or class. Metrics are recognised and rejected by reason.

mod event;
pub mod json;
mod metric;
pub mod proto;
mod trace_state;

#[cfg(test)]
mod tests;

use milepost_annotate::{FieldPlan, Slot, Slots, Wanted};

pub use event::{Flaw, Flaws, LogRecord, RejectReason, Span, SpanKind};

/// How many attributes of one event, or of one resource, are looked at; those after are skipped and the event says so
/// ([`Flaw::AttributesCut`]). SDKs stop at 128 unless told otherwise.
pub const MAX_ATTRIBUTES: u32 = 1_024;

/// Where the readers put what they read: once for each event, in the payload's order.
///
/// The slots hold the event's wanted values: its own attributes first, then those of its resource, and the name and kind
/// ([`SpanKind::text`], or `log`) that the reader set.
pub trait Sink {
    /// A valid span.
    fn span(&mut self, span: &Span, slots: &Slots<'_>);
    /// A valid log record.
    fn log(&mut self, record: &LogRecord, slots: &Slots<'_>);
    /// Something that is not delivered: one event, or for [`RejectReason::Envelope`] an unknown number of them.
    fn rejected(&mut self, reason: RejectReason);
    /// Metrics came that tell how a service does, of the service that their resource names. Their data points are rejected all the same.
    fn metrics_of(&mut self, _service: Option<&str>) {}
}

/// The text of the kind slot of log records.
const LOG_KIND: &str = "log";

/// The wanted values of one resource: the first of each, so that a resource full of repetitions costs its events nothing.
#[derive(Debug)]
struct ResourceValues<V>(Vec<(Wanted, V)>);

impl<V> Default for ResourceValues<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> ResourceValues<V> {
    fn clear(&mut self) {
        self.0.clear();
    }

    /// The service, where it is named.
    fn service(&self) -> Option<&V> {
        self.0.iter().find(|(wanted, _)| *wanted == Wanted::Slot(Slot::SERVICE)).map(|(_, value)| value)
    }

    fn put(&mut self, wanted: Wanted, value: V) {
        if self.0.iter().all(|(known, _)| *known != wanted) {
            self.0.push((wanted, value));
        }
    }
}

/// Counts the attributes of one event or resource against [`MAX_ATTRIBUTES`].
#[derive(Clone, Copy, Debug, Default)]
struct AttributeBudget(u32);

impl AttributeBudget {
    /// Whether no more may be looked at.
    #[inline]
    fn is_spent(self) -> bool {
        self.0 >= MAX_ATTRIBUTES
    }

    /// Whether one more may be looked at.
    #[inline]
    fn take(&mut self) -> bool {
        let left = !self.is_spent();
        self.0 += u32::from(left);
        left
    }
}
