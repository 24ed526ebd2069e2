//! A sink that keeps what it is given, in a form that tests compare.

use milepost_annotate::{FieldPlan, Slot, Slots};

use super::super::{LogRecord, RejectReason, Sink, Span, json, proto};

/// A plan that wants more than every plan does, and the slots to look at.
pub(super) struct Wants {
    pub(super) plan: FieldPlan,
    pub(super) slots: Vec<(&'static str, Slot)>,
}

impl Wants {
    pub(super) fn new() -> Self {
        let mut plan = FieldPlan::default();
        let region = plan.want_attribute("cloud.region");
        let header = plan.want_header("x-app");
        let slots = vec![
            ("service", Slot::SERVICE),
            ("name", Slot::SPAN_NAME),
            ("kind", Slot::KIND),
            ("rpc service", Slot::RPC_SERVICE),
            ("method", Slot::METHOD),
            ("route", Slot::ROUTE),
            ("path", Slot::PATH),
            ("query", Slot::QUERY),
            ("host", Slot::HOST),
            ("http status", Slot::HTTP_STATUS),
            ("error type", Slot::ERROR_TYPE),
            ("annotation", Slot::ANNOTATION),
            ("region", region),
            ("header", header),
        ];
        Self { plan, slots }
    }

    /// The slots that are filled, by name, with their values as text.
    pub(super) fn filled(&self, slots: &Slots<'_>) -> Vec<(&'static str, String)> {
        let values = self.slots.iter().map(|(name, slot)| (*name, slots.get(*slot)));
        values.filter(|(_, value)| value.is_present()).map(|(name, value)| (name, format!("{value:?}"))).collect()
    }

    pub(super) fn traces(&self, payload: &[u8]) -> Vec<Seen> {
        self.record(|sink| proto::read_traces(payload, &self.plan, sink))
    }

    pub(super) fn logs(&self, payload: &[u8]) -> Vec<Seen> {
        self.record(|sink| proto::read_logs(payload, &self.plan, sink))
    }

    pub(super) fn metrics(&self, payload: &[u8]) -> Vec<Seen> {
        self.record(|sink| proto::read_metrics(payload, sink))
    }

    /// What was delivered, and whether the record was whole.
    pub(super) fn json(&self, record: &[u8]) -> (Vec<Seen>, Result<(), json::JsonError>) {
        let mut result = Ok(());
        let seen = self.record(|sink| result = json::read(record, &self.plan, sink));
        (seen, result)
    }

    fn record(&self, read: impl FnOnce(&mut Recorder<'_>)) -> Vec<Seen> {
        let mut recorder = Recorder { wants: self, seen: Vec::new() };
        read(&mut recorder);
        recorder.seen
    }
}

/// One call to the sink.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    Span(Span, Vec<(&'static str, String)>),
    Log(LogRecord, Vec<(&'static str, String)>),
    Rejected(RejectReason),
    /// Metrics of a service.
    Metrics(Option<String>),
}

impl Seen {
    /// The text of a slot.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let (Self::Span(_, values) | Self::Log(_, values)) = self else { return None };
        values.iter().find(|(slot, _)| *slot == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn span(&self) -> &Span {
        let Self::Span(span, _) = self else { panic!("{self:?} is no span") };
        span
    }

    pub(super) fn log(&self) -> &LogRecord {
        let Self::Log(record, _) = self else { panic!("{self:?} is no log record") };
        record
    }
}

/// Events in the order of delivery, then rejections in their own: JSON delivers events when their resource is known, and
/// rejects at once.
pub(super) fn sorted(seen: &[Seen]) -> Vec<Seen> {
    let (rejected, events): (Vec<_>, Vec<_>) = seen.iter().cloned().partition(|seen| matches!(seen, Seen::Rejected(_)));
    events.into_iter().chain(rejected).collect()
}

struct Recorder<'w> {
    wants: &'w Wants,
    seen: Vec<Seen>,
}

impl Sink for Recorder<'_> {
    fn span(&mut self, span: &Span, slots: &Slots<'_>) {
        self.seen.push(Seen::Span(*span, self.wants.filled(slots)));
    }

    fn log(&mut self, record: &LogRecord, slots: &Slots<'_>) {
        self.seen.push(Seen::Log(*record, self.wants.filled(slots)));
    }

    fn rejected(&mut self, reason: RejectReason) {
        self.seen.push(Seen::Rejected(reason));
    }

    fn metrics_of(&mut self, service: Option<&str>) {
        self.seen.push(Seen::Metrics(service.map(str::to_owned)));
    }
}
