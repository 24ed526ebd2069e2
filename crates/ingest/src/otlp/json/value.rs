//! Attributes in JSON: the values that the field plan wants, held until the resource of their event is known.

use std::borrow::Cow;

use milepost_annotate::{FieldPlan, Value, Wanted};
use serde::de::MapAccess;

use super::super::{AttributeBudget, Flaw, Flaws, ResourceValues};
use super::lenient::{Elements, Fields, List, Object, Scalar, Shape, ignore};

/// A [`Value`] that owns its text where the record writes it with escapes.
#[derive(Debug, Default)]
pub(super) enum Held<'de> {
    #[default]
    Missing,
    Text(Cow<'de, str>),
    Plain(Value<'static>),
}

impl Held<'_> {
    pub(super) fn value(&self) -> Value<'_> {
        match self {
            Self::Missing => Value::Missing,
            Self::Text(text) => Value::Text(text),
            Self::Plain(value) => *value,
        }
    }
}

/// Where the attributes of an event or a resource go.
pub(super) trait Destination<'de> {
    fn put(&mut self, wanted: Wanted, value: Held<'de>);
}

impl<'de> Destination<'de> for Vec<(Wanted, Held<'de>)> {
    fn put(&mut self, wanted: Wanted, value: Held<'de>) {
        self.push((wanted, value));
    }
}

impl<'de> Destination<'de> for ResourceValues<Held<'de>> {
    fn put(&mut self, wanted: Wanted, value: Held<'de>) {
        ResourceValues::put(self, wanted, value);
    }
}

/// Reads the `KeyValue`s of one list of attributes.
pub(super) struct Attributes<'t, 'de, D> {
    plan: &'t FieldPlan,
    destination: &'t mut D,
    budget: &'t mut AttributeBudget,
    flaws: &'t mut Flaws,
    key: Key,
    value: Any<'de>,
}

/// The key of the attribute that is being read.
#[derive(Clone, Copy)]
enum Key {
    NotRead,
    Wanted(Wanted),
    Unwanted,
    /// It is not text.
    Unreadable,
}

impl<'t, D> Attributes<'t, '_, D> {
    pub(super) fn new(
        plan: &'t FieldPlan,
        destination: &'t mut D,
        budget: &'t mut AttributeBudget,
        flaws: &'t mut Flaws,
    ) -> Self {
        Self { plan, destination, budget, flaws, key: Key::NotRead, value: Any::default() }
    }
}

impl<'de, D: Destination<'de>> Fields<'de> for Attributes<'_, 'de, D> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "key" => {
                self.key = match map.next_value()? {
                    Scalar::Text(key) => self.plan.attribute(key.as_bytes()).map_or(Key::Unwanted, Key::Wanted),
                    Scalar::Null => Key::NotRead,
                    _ => Key::Unreadable,
                };
            }
            // A value may come before its key.
            "value" if !matches!(self.key, Key::Unwanted) && !self.budget.is_spent() => {
                self.value = Any::default();
                if map.next_value_seed(Object(&mut self.value))? == Shape::Other {
                    self.value.unreadable = true;
                }
            }
            _ => ignore(map)?,
        }
        Ok(())
    }
}

impl<'de, D: Destination<'de>> Elements<'de> for Attributes<'_, 'de, D> {
    fn end(&mut self, shape: Shape) {
        let value = std::mem::take(&mut self.value);
        let key = std::mem::replace(&mut self.key, Key::NotRead);
        if !self.budget.take() {
            self.flaws.add(Flaw::AttributesCut);
            return;
        }
        match key {
            _ if shape != Shape::Expected => self.flaws.add(Flaw::UnreadableValue),
            Key::Unreadable => self.flaws.add(Flaw::UnreadableValue),
            Key::Wanted(_) if value.unreadable => self.flaws.add(Flaw::UnreadableValue),
            Key::Wanted(wanted) if value.held.value().is_present() => self.destination.put(wanted, value.held),
            Key::Wanted(_) | Key::Unwanted | Key::NotRead => {}
        }
    }
}

/// An `AnyValue`: of its alternatives the last one counts.
#[derive(Default)]
struct Any<'de> {
    held: Held<'de>,
    unreadable: bool,
}

impl<'de> Fields<'de> for Any<'de> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let read = match key {
            "arrayValue" => {
                let mut array = Array::default();
                match map.next_value_seed(Object(&mut array))? {
                    Shape::Null => return Ok(()),
                    _ if array.unreadable => None,
                    Shape::Expected => Some(array.first.map_or(Held::Missing, Held::Text)),
                    _ => None,
                }
            }
            "stringValue" | "boolValue" | "intValue" | "doubleValue" | "kvlistValue" | "bytesValue" => {
                let scalar: Scalar<'de> = map.next_value()?;
                match (key, scalar) {
                    (_, Scalar::Null) => return Ok(()),
                    ("kvlistValue" | "bytesValue", _) => Some(Held::Missing),
                    ("stringValue", Scalar::Text(text)) => Some(Held::Text(text)),
                    ("boolValue", Scalar::Bool(value)) => Some(Held::Plain(Value::Bool(value))),
                    ("intValue", number) => number.whole().map(|number| Held::Plain(Value::Int(number))),
                    ("doubleValue", number) => number.double().map(|number| Held::Plain(Value::Double(number))),
                    _ => None,
                }
            }
            _ => return ignore(map),
        };
        self.unreadable = read.is_none();
        self.held = read.unwrap_or_default();
        Ok(())
    }
}

/// An `ArrayValue`: its first element that is text, because request headers come as arrays.
#[derive(Default)]
struct Array<'de> {
    first: Option<Cow<'de, str>>,
    unreadable: bool,
    /// The element that is being read. An array inside an array is not entered, so nesting costs nothing.
    element: Option<Cow<'de, str>>,
}

/// The elements of an array's list.
struct Values<'t, 'de>(&'t mut Array<'de>);

impl<'de> Fields<'de> for Array<'de> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key != "values" {
            return ignore(map);
        }
        if map.next_value_seed(List(&mut Values(self)))? == Shape::Other {
            self.unreadable = true;
        }
        Ok(())
    }
}

impl<'de> Fields<'de> for Values<'_, 'de> {
    fn field<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key != "stringValue" || self.0.first.is_some() {
            return ignore(map);
        }
        match map.next_value()? {
            Scalar::Text(text) => self.0.element = Some(text),
            Scalar::Null => {}
            _ => self.0.unreadable = true,
        }
        Ok(())
    }
}

impl<'de> Elements<'de> for Values<'_, 'de> {
    fn end(&mut self, _: Shape) {
        let element = self.0.element.take();
        if self.0.first.is_none() {
            self.0.first = element;
        }
    }
}
