//! One span or log record in JSON, field by field.

use std::borrow::Cow;

use milepost_model::SpanStatus;
use serde::de::MapAccess;

use super::super::event::{LogDraft, ParentDraft, SpanDraft, status_from_enum_name, status_from_number};
use super::super::{AttributeBudget, Flaw, RejectReason, Sink, SpanKind};
use super::batch::{Batch, Event};
use super::lenient::{Elements, Fields, List, Object, Scalar, Shape, ignore};
use super::value::Attributes;

/// The spans of one scope.
pub(super) struct Spans<'b, 'de, 'r, S> {
    pub(super) batch: &'b mut Batch<'de, 'r, S>,
    pub(super) draft: SpanDraft,
    pub(super) common: Common<'de>,
}

/// The log records of one scope.
pub(super) struct Logs<'b, 'de, 'r, S> {
    pub(super) batch: &'b mut Batch<'de, 'r, S>,
    pub(super) draft: LogDraft,
    pub(super) common: Common<'de>,
}

/// What spans and log records have in common while they are read.
#[derive(Default)]
pub(super) struct Common<'de> {
    name: Cow<'de, str>,
    budget: AttributeBudget,
    /// A field that is wanted has a value of the wrong type.
    malformed: bool,
}

impl Common<'_> {
    /// The number of a field; zero when it is `null`, as when it is missing.
    fn number<'de, N, A>(&mut self, map: &mut A) -> Result<N, A::Error>
    where
        N: TryFrom<u64> + TryFrom<i64> + std::str::FromStr + Default,
        A: MapAccess<'de>,
    {
        let scalar: Scalar<'de> = map.next_value()?;
        let number = scalar.whole();
        self.malformed |= number.is_none() && !matches!(scalar, Scalar::Null);
        Ok(number.unwrap_or_default())
    }

    /// The text of a field; empty when it is `null`, as when it is missing.
    fn text<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<Cow<'de, str>, A::Error> {
        match map.next_value()? {
            Scalar::Text(text) => return Ok(text),
            Scalar::Null => {}
            _ => self.malformed = true,
        }
        Ok(Cow::default())
    }

    /// The value of an enumeration, as a number or by name.
    fn enumeration<'de, E: Default, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
        by_number: fn(i32) -> E,
        by_name: fn(&str) -> E,
    ) -> Result<E, A::Error> {
        let scalar: Scalar<'de> = map.next_value()?;
        Ok(match (scalar.whole(), scalar) {
            (Some(number), _) => by_number(number),
            (None, Scalar::Text(name)) => by_name(&name),
            (None, Scalar::Null) => E::default(),
            (None, _) => {
                self.malformed = true;
                E::default()
            }
        })
    }
}

impl<'de, S: Sink> Fields<'de> for Spans<'_, 'de, '_, S> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let Self { batch, draft, common } = self;
        match key {
            "traceId" => draft.trace_id = hex(&common.text(map)?),
            "spanId" => draft.span_id = hex(&common.text(map)?),
            "parentSpanId" => {
                let text = common.text(map)?;
                let id = hex::<8>(&text);
                draft.parent = match &id {
                    Some(id) => ParentDraft::from_bytes(id),
                    None if text.is_empty() => ParentDraft::Root,
                    None => ParentDraft::Invalid,
                };
            }
            "traceState" => draft.set_trace_state(common.text(map)?.as_bytes()),
            "name" => match map.next_value()? {
                Scalar::Text(name) => common.name = name,
                Scalar::Null => common.name = Cow::default(),
                _ => draft.flaws.add(Flaw::UnreadableValue),
            },
            "kind" => draft.kind = common.enumeration(map, SpanKind::from_number, SpanKind::from_enum_name)?,
            "startTimeUnixNano" => draft.start_nanos = common.number(map)?,
            "endTimeUnixNano" => draft.end_nanos = common.number(map)?,
            "status" => {
                let mut status = Status { status: &mut draft.status, common };
                if map.next_value_seed(Object(&mut status))? == Shape::Other {
                    common.malformed = true;
                }
            }
            "attributes" => {
                let (budget, flaws) = (&mut common.budget, &mut draft.flaws);
                let mut attributes = Attributes::new(batch.plan, &mut batch.values, budget, flaws);
                if map.next_value_seed(List(&mut attributes))? == Shape::Other {
                    draft.flaws.add(Flaw::UnreadableValue);
                }
            }
            _ => ignore(map)?,
        }
        Ok(())
    }
}

impl<'de, S: Sink> Elements<'de> for Spans<'_, 'de, '_, S> {
    fn end(&mut self, shape: Shape) {
        let draft = std::mem::take(&mut self.draft);
        let Common { name, malformed, .. } = std::mem::take(&mut self.common);
        match shape {
            // The error about the record stands for it.
            Shape::Broken => {}
            Shape::Expected if !malformed => self.batch.push(draft.check().map(Event::Span), name),
            _ => self.batch.push(Err(RejectReason::Malformed), name),
        }
    }
}

impl<'de, S: Sink> Fields<'de> for Logs<'_, 'de, '_, S> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let Self { batch, draft, common } = self;
        match key {
            "timeUnixNano" => draft.time_nanos = common.number(map)?,
            "observedTimeUnixNano" => draft.observed_nanos = common.number(map)?,
            "severityNumber" => draft.severity_number = common.enumeration(map, |number| number, severity_by_name)?,
            "traceId" => draft.trace_id = hex(&common.text(map)?),
            "spanId" => draft.span_id = hex(&common.text(map)?),
            "eventName" => match map.next_value()? {
                Scalar::Text(name) => common.name = name,
                Scalar::Null => common.name = Cow::default(),
                _ => draft.flaws.add(Flaw::UnreadableValue),
            },
            "attributes" => {
                let (budget, flaws) = (&mut common.budget, &mut draft.flaws);
                let mut attributes = Attributes::new(batch.plan, &mut batch.values, budget, flaws);
                if map.next_value_seed(List(&mut attributes))? == Shape::Other {
                    draft.flaws.add(Flaw::UnreadableValue);
                }
            }
            _ => ignore(map)?,
        }
        Ok(())
    }
}

impl<'de, S: Sink> Elements<'de> for Logs<'_, 'de, '_, S> {
    fn end(&mut self, shape: Shape) {
        let draft = std::mem::take(&mut self.draft);
        let Common { name, malformed, .. } = std::mem::take(&mut self.common);
        match shape {
            // The error about the record stands for it.
            Shape::Broken => {}
            Shape::Expected if !malformed => self.batch.push(draft.check().map(Event::Log), name),
            _ => self.batch.push(Err(RejectReason::Malformed), name),
        }
    }
}

/// A span's `Status`.
struct Status<'t, 'de> {
    status: &'t mut SpanStatus,
    common: &'t mut Common<'de>,
}

impl<'de> Fields<'de> for Status<'_, '_> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "code" => *self.status = self.common.enumeration(map, status_from_number, status_from_enum_name)?,
            _ => ignore(map)?,
        }
        Ok(())
    }
}

/// Bytes written in hexadecimal, in either case; `None` when it is not exactly `N` bytes.
fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = hex_digit(*high)? << 4 | hex_digit(*low)?;
    }
    Some(bytes)
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The number of `SEVERITY_NUMBER_WARN2`: four of each of six levels, from 1.
fn severity_by_name(name: &str) -> i32 {
    const LEVELS: [(&str, i32); 6] =
        [("TRACE", 1), ("DEBUG", 5), ("INFO", 9), ("WARN", 13), ("ERROR", 17), ("FATAL", 21)];
    let known = name.strip_prefix("SEVERITY_NUMBER_").unwrap_or_default();
    let level = LEVELS.iter().find_map(|(level, first)| known.strip_prefix(level).map(|step| (first, step)));
    match level {
        Some((first, "")) => *first,
        Some((first, "2")) => first + 1,
        Some((first, "3")) => first + 2,
        Some((first, "4")) => first + 3,
        _ => 0,
    }
}
