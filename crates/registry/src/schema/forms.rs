//! Texts of a form, and the shapes that several kinds have. A pattern fits every text that is read, and some that are not.

use super::table::{Form, List, Shape};
use milepost_model::{Criticality, Stage};

/// What YAML may take a text for that looks like a number.
const NUMBER: &[&str] = &["number"];

/// A lower-case label.
pub(super) static NAME: Form = Form {
    what: "a name: lower-case letters, digits and hyphens, at most 63",
    pattern: Some("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"),
    also: NUMBER,
    bounds: &[],
};
/// A step, or one use of it.
pub(super) static STEP_PATH: Form = Form {
    what: "a step, or `objective/step`",
    pattern: Some("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"),
    also: NUMBER,
    bounds: &[],
};
/// One thing that a system does.
pub(super) static OPERATION: Form = Form {
    what: "an operation, `SERVICE ACTION`",
    pattern: Some(
        r"^\s*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\s+(/\S*|[A-Z][A-Z_-]*\s+/\S*|(message|event|span)\s+\S.*|\S+/\S+)\s*$",
    ),
    also: &[],
    bounds: &[],
};
/// An operation without its service.
pub(super) static ACTION: Form = Form {
    what: "an operation of the service, without its name",
    pattern: Some(r"^(/\S*|[A-Z][A-Z_-]*\s+/\S*|(message|event|span)\s+\S.*|\S+/\S+)\s*$"),
    also: &[],
    bounds: &[],
};
/// A day.
pub(super) static DATE: Form =
    Form { what: "a day", pattern: Some(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), also: &[], bounds: &[] };
/// An instant, or a time on the clock of a zone.
pub(super) static TIME: Form = Form {
    what: "a time",
    pattern: Some(
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?)?$",
    ),
    also: &[],
    bounds: &[],
};
/// When something comes again.
pub(super) static RECURRENCE: Form = Form {
    what: "a rule of RFC 5545",
    pattern: Some("^[A-Z]+=[0-9A-Z,+-]+(;[A-Z]+=[0-9A-Z,+-]+)*$"),
    also: &[],
    bounds: &[],
};
/// A span of time.
pub(super) static DURATION: Form =
    Form { what: "a duration", pattern: Some("^([0-9]+(ns|us|ms|s|m|h|d|w))+$"), also: &[], bounds: &[] };
/// A span of time in which minutes are counted.
pub(super) static WINDOW: Form = Form {
    what: "a duration of whole minutes",
    pattern: Some("^([0-9]+(ns|us|ms|s|m|h|d|w))+$"),
    also: &[],
    bounds: &[],
};
/// A part of a whole.
pub(super) static SHARE: Form = Form {
    what: "a share",
    pattern: Some(r"^[0-9]+(\.[0-9]+)?\s*%?$"),
    also: NUMBER,
    bounds: &[("minimum", 0), ("maximum", 1)],
};
/// A share strictly between nothing and all.
pub(super) static TARGET: Form = Form {
    what: "a share above 0 and below 100%",
    pattern: Some(r"^([0-9]+(\.[0-9]+)?\s*%|0+\.[0-9]+)$"),
    also: NUMBER,
    bounds: &[("exclusiveMinimum", 0), ("exclusiveMaximum", 1)],
};
/// A status of an answer.
pub(super) static STATUS: Form = Form {
    what: "a status code of HTTP, a class of them such as `5xx`, or a code of gRPC",
    pattern: Some("^([1-5][0-9]{2}|[1-5]xx|[A-Z]+(_[A-Z]+)*)$"),
    also: &["integer"],
    bounds: &[("minimum", 100), ("maximum", 599)],
};
/// How much of a step is hit.
pub(super) static IMPACT: Form = Form {
    what: "`any`, or `\"> 20%\"`",
    pattern: Some(r"^(any|>\s*0*[0-9]{1,2}(\.[0-9]+)?\s*%)$"),
    also: &[],
    bounds: &[],
};
/// Where on an event a value is found.
pub(super) static SOURCE: Form = Form {
    what: "`attribute KEY`, `header NAME` or `query NAME`",
    pattern: Some("^(attribute|header|query) "),
    also: &[],
    bounds: &[],
};
/// A condition over facts.
pub(super) static EXPRESSION: Form = Form { what: "an expression over facts", pattern: None, also: &[], bounds: &[] };
/// A name of the time-zone database.
pub(super) static ZONE: Form = Form {
    what: "a name of the time-zone database",
    pattern: Some("^[A-Za-z][A-Za-z0-9/_+-]{0,63}$"),
    also: &[],
    bounds: &[],
};
/// How lines of an access log are written, as nginx says it.
pub(super) static LOG_FORMAT: Form =
    Form { what: "a `log_format` of nginx", pattern: Some(r"\$"), also: &[], bounds: &[] };
/// Something that people do together.
pub(super) static ACTIVITY: Form = Form { what: "an activity, in words", pattern: None, also: NUMBER, bounds: &[] };
/// What a value must look like.
pub(super) static GLOB: Form =
    Form { what: "text, in which `*` stands for anything", pattern: None, also: &["number", "boolean"], bounds: &[] };
/// What a path must look like.
pub(super) static PATH: Form = Form {
    what: "a path, in which `{name}` stands for one part and `{name...}` for all that is left",
    pattern: Some(r"^/[^\s?#]*$"),
    also: &[],
    bounds: &[],
};
/// A pattern for those who need more.
pub(super) static REGEX: Form =
    Form { what: "a regular expression", pattern: None, also: &["number", "boolean"], bounds: &[] };

/// `critical`, `important` or `none`.
pub(super) const CRITICALITY: Shape = Shape::Choice(|| Criticality::ALL.map(Criticality::as_str).into());
/// `live` or `unlaunched`.
pub(super) const STAGE: Shape = Shape::Choice(|| Stage::ALL.map(Stage::as_str).into());

/// Some names, each once.
pub(super) static NAMES: List = List::of(Shape::Text(&NAME)).filled().distinct();
/// Names, each once, or none.
pub(super) static MAYBE_NAMES: List = List::of(Shape::Text(&NAME)).distinct();
/// Steps and uses of steps, each once.
pub(super) static STEP_PATHS: List = List::of(Shape::Text(&STEP_PATH)).filled().distinct();
/// Operations, each once, or none.
pub(super) static OPERATIONS: List = List::of(Shape::Text(&OPERATION)).distinct();
/// Criticalities, each once.
pub(super) static CRITICALITIES: List = List::of(CRITICALITY).filled().distinct();
