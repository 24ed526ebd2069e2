//! Events of one resource waiting for delivery: in JSON the resource may come after its events.

use std::borrow::Cow;

use milepost_annotate::{FieldPlan, Slot, Slots, Value, Wanted};

use super::super::{AttributeBudget, Flaws, LOG_KIND, LogRecord, RejectReason, ResourceValues, Sink, Span};
use super::lenient::Shape;
use super::value::Held;

/// Events that are held while their resource is known already, to deliver many with one set of slots.
const EVENTS_AT_ONCE: usize = 256;

/// Bytes of record for each event that may wait for its resource. A real event takes more, so that this only bounds the
/// memory that a hostile record can take to a small multiple of its own size.
const RECORD_BYTES_PER_WAITING_EVENT: usize = 64;

/// Holds events until their resource is known, and delivers them.
pub(super) struct Batch<'de, 'r, S> {
    pub(super) plan: &'r FieldPlan,
    pub(super) sink: &'r mut S,
    pub(super) resource: Resource<'de>,
    /// Wanted values of the waiting events, one event after the other; then those of the event that is being read.
    pub(super) values: Vec<(Wanted, Held<'de>)>,
    waiting: Vec<Waiting<'de>>,
    max_waiting: usize,
}

/// The resource of the events that are being read.
#[derive(Default)]
pub(super) struct Resource<'de> {
    pub(super) state: ResourceState,
    pub(super) values: ResourceValues<Held<'de>>,
    pub(super) budget: AttributeBudget,
    pub(super) flaws: Flaws,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ResourceState {
    #[default]
    NotRead,
    Read,
    Unreadable,
}

/// A valid event of either kind.
pub(super) enum Event {
    Span(Span),
    Log(LogRecord),
}

struct Waiting<'de> {
    event: Event,
    name: Cow<'de, str>,
    /// Where its values end; they begin where those of the event before it end.
    values_end: usize,
}

impl<'de, 'r, S: Sink> Batch<'de, 'r, S> {
    pub(super) fn new(record: &[u8], plan: &'r FieldPlan, sink: &'r mut S) -> Self {
        Self {
            plan,
            sink,
            resource: Resource::default(),
            values: Vec::new(),
            waiting: Vec::new(),
            max_waiting: EVENTS_AT_ONCE.max(record.len() / RECORD_BYTES_PER_WAITING_EVENT),
        }
    }

    /// Takes the event that was just read, or the reason why there is none.
    pub(super) fn push(&mut self, event: Result<Event, RejectReason>, name: Cow<'de, str>) {
        let event = match event {
            Ok(_) if self.waiting.len() >= self.max_waiting => Err(RejectReason::Resource),
            other => other,
        };
        match event {
            Ok(event) => {
                self.waiting.push(Waiting { event, name, values_end: self.values.len() });
                if self.resource.state != ResourceState::NotRead && self.waiting.len() >= EVENTS_AT_ONCE {
                    self.deliver();
                }
            }
            Err(reason) => {
                self.forget_values();
                self.sink.rejected(reason);
            }
        }
    }

    /// Forgets the values of the event that is being read.
    pub(super) fn forget_values(&mut self) {
        self.values.truncate(self.waiting.last().map_or(0, |waiting| waiting.values_end));
    }

    /// The resource's entry is over: delivers what waits and forgets the resource. When the entry was cut off before its
    /// resource came, its events are rejected.
    pub(super) fn end_resource(&mut self, complete: bool) {
        self.forget_values();
        if !complete && self.resource.state == ResourceState::NotRead {
            self.resource.state = ResourceState::Unreadable;
        }
        self.deliver();
        self.resource = Resource::default();
    }

    /// Counts what is not the list or object that it should be.
    pub(super) fn envelope(&mut self, shape: Shape) {
        if shape == Shape::Other {
            self.sink.rejected(RejectReason::Envelope);
        }
    }

    fn deliver(&mut self) {
        if self.resource.state == ResourceState::Unreadable {
            self.waiting.iter().for_each(|_| self.sink.rejected(RejectReason::Resource));
        } else if !self.waiting.is_empty() {
            let mut slots = self.plan.slots();
            let mut values = self.values.iter();
            let mut begin = 0;
            for waiting in &self.waiting {
                slots.clear();
                for (wanted, value) in values.by_ref().take(waiting.values_end - begin) {
                    slots.put(*wanted, value.value());
                }
                begin = waiting.values_end;
                for (wanted, value) in &self.resource.values.0 {
                    slots.put(*wanted, value.value());
                }
                if !waiting.name.is_empty() {
                    slots.set(Slot::SPAN_NAME, Value::Text(&waiting.name));
                }
                waiting.event.deliver(self.resource.flaws, &mut slots, self.sink);
            }
        }
        self.waiting.clear();
        self.values.clear();
    }
}

impl Event {
    fn deliver(&self, resource_flaws: Flaws, slots: &mut Slots<'_>, sink: &mut impl Sink) {
        match *self {
            Self::Span(mut span) => {
                span.flaws.add_all(resource_flaws);
                slots.set(Slot::KIND, Value::Text(span.kind.text()));
                sink.span(&span, slots);
            }
            Self::Log(mut record) => {
                record.flaws.add_all(resource_flaws);
                slots.set(Slot::KIND, Value::Text(LOG_KIND));
                sink.log(&record, slots);
            }
        }
    }
}
