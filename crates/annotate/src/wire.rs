//! The wire form of the annotation: `1.<product>.<objective|->.<step>.<class>.<criticality|->.<cohort|->.<interaction|->`.
//!
//! One text for the baggage member and for the telemetry attribute `milepost`. Readers borrow an [`AnnotationRef`] from
//! a payload, senders write an [`Annotation`]. Finding the text among header lines is the work of `baggage`; whether
//! the claim is believed is the work of the rules.

mod error;
mod id;

pub use error::{WireError, WireField};
pub use id::{Cohort, InteractionId};

use milepost_model::{Criticality, Name, TrafficClass};
use std::fmt;
use std::str::FromStr;

/// The version that this code reads and writes.
const VERSION: &str = "1";
/// Stands for a field without a value.
const NONE: &str = "-";

/// Which step a request serves, as its sender claims it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Annotation {
    /// The product that owns the step.
    pub product: Name,
    /// The objective, when the sender knows for which one the step is used.
    pub objective: Option<Name>,
    /// The step.
    pub step: Name,
    /// The class of traffic.
    pub class: TrafficClass,
    /// How important the request is; it can lower what the registry says, never raise it.
    pub criticality: Option<Criticality>,
    /// Which part of the users this one belongs to.
    pub cohort: Option<Cohort>,
    /// The interaction that joins the events of one attempt.
    pub interaction: Option<InteractionId>,
}

impl Annotation {
    /// Longest wire form that is read, in bytes, the key not counted. What is written has at most 308; the rest leaves
    /// room for fields that a later sender may add.
    pub const MAX_BYTES: usize = 384;
}

impl FromStr for Annotation {
    type Err = WireError;
    fn from_str(text: &str) -> Result<Self, WireError> {
        AnnotationRef::parse(text).map(AnnotationRef::into_owned)
    }
}

impl fmt::Display for Annotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        AnnotationRef::from(self).fmt(f)
    }
}

/// An [`Annotation`] borrowed from the text that it was read from; making one allocates nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AnnotationRef<'a> {
    product: &'a str,
    objective: Option<&'a str>,
    step: &'a str,
    class: &'a str,
    criticality: Option<Criticality>,
    cohort: Option<Cohort>,
    interaction: Option<&'a str>,
}

impl<'a> AnnotationRef<'a> {
    /// Reads the wire form; fields after the last known one are ignored.
    pub fn parse(text: &'a str) -> Result<Self, WireError> {
        if text.len() > Annotation::MAX_BYTES {
            return Err(WireError::TooLong);
        }
        let mut fields = Fields(Some(text));
        fields.version()?;
        Ok(Self {
            product: fields.required(WireField::Product, name)?,
            objective: fields.optional(WireField::Objective, name)?,
            step: fields.required(WireField::Step, name)?,
            class: fields.required(WireField::Class, name)?,
            criticality: fields.optional(WireField::Criticality, |text| text.parse().ok())?,
            cohort: fields.optional(WireField::Cohort, |text| text.parse().ok())?,
            interaction: fields.optional(WireField::Interaction, |text| InteractionId::check(text).then_some(text))?,
        })
    }

    /// Reads the annotation as SDKs copy it from baggage: some leave the properties of its member in the value, `value;property=1`.
    pub fn copied(text: &'a str) -> Result<Self, WireError> {
        Self::parse(text.split_once(';').map_or(text, |(value, _)| value.trim_end_matches([' ', '\t'])))
    }

    /// The name of the product.
    pub fn product(self) -> &'a str {
        self.product
    }

    /// The name of the objective.
    pub fn objective(self) -> Option<&'a str> {
        self.objective
    }

    /// The name of the step.
    pub fn step(self) -> &'a str {
        self.step
    }

    /// The name of the traffic class.
    pub fn class(self) -> &'a str {
        self.class
    }

    /// How important the request is.
    pub fn criticality(self) -> Option<Criticality> {
        self.criticality
    }

    /// Which part of the users this one belongs to.
    pub fn cohort(self) -> Option<Cohort> {
        self.cohort
    }

    /// The interaction's id.
    pub fn interaction(self) -> Option<&'a str> {
        self.interaction
    }

    /// A copy that does not borrow.
    pub fn into_owned(self) -> Annotation {
        let name = |text| Name::new(text).expect("every name was checked when it was read");
        Annotation {
            product: name(self.product),
            objective: self.objective.map(name),
            step: name(self.step),
            class: TrafficClass::new(self.class).expect("the class was checked when it was read"),
            criticality: self.criticality,
            cohort: self.cohort,
            interaction: self
                .interaction
                .map(|text| InteractionId::new(text).expect("the id was checked when it was read")),
        }
    }
}

impl<'a> From<&'a Annotation> for AnnotationRef<'a> {
    fn from(annotation: &'a Annotation) -> Self {
        Self {
            product: annotation.product.as_str(),
            objective: annotation.objective.as_ref().map(Name::as_str),
            step: annotation.step.as_str(),
            class: annotation.class.as_str(),
            criticality: annotation.criticality,
            cohort: annotation.cohort,
            interaction: annotation.interaction.as_ref().map(InteractionId::as_str),
        }
    }
}

impl fmt::Display for AnnotationRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let objective = self.objective.unwrap_or(NONE);
        let criticality = self.criticality.map_or(NONE, Criticality::as_str);
        write!(f, "{VERSION}.{}.{objective}.{}.{}.{criticality}.", self.product, self.step, self.class)?;
        match self.cohort {
            Some(cohort) => write!(f, "{cohort}")?,
            None => f.write_str(NONE)?,
        }
        write!(f, ".{}", self.interaction.unwrap_or(NONE))
    }
}

/// The fields of a wire form that are still to be read.
struct Fields<'a>(Option<&'a str>);

impl<'a> Fields<'a> {
    /// The next field. Fields are short: looking at each byte beats the set-up of a faster search.
    fn next(&mut self) -> Option<&'a str> {
        let text = self.0?;
        let (field, rest) = match text.bytes().position(|byte| byte == b'.') {
            Some(end) => (&text[..end], Some(&text[end + 1..])),
            None => (text, None),
        };
        self.0 = rest;
        Some(field)
    }

    fn version(&mut self) -> Result<(), WireError> {
        match self.next().unwrap_or_default() {
            VERSION => Ok(()),
            text if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Err(WireError::UnknownVersion)
            }
            _ => Err(WireError::NoVersion),
        }
    }

    fn required<T>(&mut self, field: WireField, read: impl FnOnce(&'a str) -> Option<T>) -> Result<T, WireError> {
        let text = self.next().ok_or(WireError::Missing(field))?;
        read(text).ok_or(WireError::Invalid(field))
    }

    fn optional<T>(
        &mut self,
        field: WireField,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<Option<T>, WireError> {
        self.required(field, |text| if text == NONE { Some(None) } else { read(text).map(Some) })
    }
}

fn name(text: &str) -> Option<&str> {
    Name::check(text).is_ok().then_some(text)
}

#[cfg(test)]
mod tests;
