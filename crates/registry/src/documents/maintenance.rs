//! `kind: Maintenance`.

use super::Header;
use super::scope::{DeclaredScope, read_scope};
use super::slo::read_zone;
use super::words::read_date;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::{Fields, Reader};
use crate::source::{Place, Spanned};
use crate::yaml::Node;
use milepost_model::{Date, DurationNs, Timestamp};
use milepost_slo::calendar::ClockTime;
use milepost_slo::{Category, Correction, CorrectionError, Recurrence, Sponsors, When};

/// A maintenance as written.
#[derive(Debug)]
pub(crate) struct DeclaredMaintenance {
    pub(crate) header: Header,
    pub(crate) title: String,
    pub(crate) correction: Option<Correction>,
    pub(crate) recorded_on: Option<Spanned<Date>>,
    /// What it applies to; everything where there is none.
    pub(crate) scope: Option<DeclaredScope>,
    pub(crate) is_excluded: bool,
    pub(crate) is_silent: bool,
}

/// Where things stand that only together can be wrong.
struct Places {
    from: Place,
    end: Place,
    reason: Place,
    approver: Place,
}

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredMaintenance> {
    let mut fields = reader.fields(spec, format!("the `spec` of maintenance `{}`", header.name.value))?;
    let title = fields.optional_prose("title", reader).unwrap_or_else(|| header.name.value.to_string());
    let place = |key: &str, fields: &Fields<'_>, reader: &Reader<'_>| {
        fields.key(key).map_or_else(|| header.name.place.clone(), |node| reader.place(node))
    };
    let places = Places {
        from: place("from", &fields, reader),
        end: place(if fields.has("to") { "to" } else { "repeats" }, &fields, reader),
        reason: place("reason", &fields, reader),
        approver: place("approver", &fields, reader),
    };
    let when = read_when(&mut fields, &places, reader);
    let categories = Category::ALL.map(|category| (category.as_str(), category));
    let category = fields
        .optional("category")
        .map_or(Some(Category::Maintenance), |n| reader.choice(n, "a category", &categories));
    let reason =
        fields.required_prose("reason", reader, "say why users are not let down: `reason: Announced on the 12th.`");
    let author = fields.required_prose("author", reader, "say who asks for it: `author: web-team`");
    let approver = fields.required_prose("approver", reader, "say who agrees, somebody else: `approver: sre`");
    let recorded_on =
        fields.required("recordedOn", reader, "say on which day this was written: `recordedOn: 2026-01-31`");
    let recorded_on = recorded_on.and_then(|n| read_date(n, reader));
    let scope = fields.optional("appliesTo");
    let has_scope = scope.is_some();
    let scope = scope.and_then(|n| read_scope(n, "the maintenance", reader));
    let budgets = [("excluded", true), ("counted", false)];
    let is_excluded =
        fields.optional("errorBudget").and_then(|n| reader.choice(n, "what becomes of its time", &budgets));
    let alerts = [("silent", true), ("told", false)];
    let is_silent = fields.optional("alerts").and_then(|n| reader.choice(n, "what becomes of alerts", &alerts));
    fields.finish(reader);
    let (is_excluded, is_silent) = (is_excluded.unwrap_or(true), is_silent.unwrap_or(true));
    if !is_excluded && !is_silent {
        let diagnostic =
            Diagnostic::new(Code::BadMaintenance, header.name.place.clone(), "this maintenance changes nothing");
        reader.report(diagnostic.help("leave out `errorBudget: counted`, or `alerts: told`, or the document"));
    }
    let mut correction = None;
    if let (Some(when), Some(category), Some(recorded_on)) = (when, category, &recorded_on)
        && ![&reason, &author, &approver].iter().any(|text| text.is_empty())
    {
        let recorded_at = midnight(recorded_on.value);
        let sponsors = Sponsors { reason, author, approver };
        match Correction::new(when, category, sponsors, recorded_at) {
            Ok(right) => correction = Some(right),
            Err(error) => report(&error, &places, reader),
        }
    }
    if has_scope && scope.is_none() {
        // Without what it names it would be for everything.
        correction = None;
    }
    Some(DeclaredMaintenance { header, title, correction, recorded_on, scope, is_excluded, is_silent })
}

/// `from:` with `to:`, or with `repeats:`.
fn read_when(fields: &mut Fields<'_>, places: &Places, reader: &mut Reader<'_>) -> Option<When> {
    let from = fields.required("from", reader, "say when it begins: `from: 2026-01-31T22:00Z`");
    let to = fields.optional("to");
    let repeats = fields.optional("repeats");
    match (to, repeats) {
        (None, None) => {
            let message = "nothing says when this maintenance ends";
            let diagnostic = Diagnostic::new(Code::MissingKey, places.from.clone(), message);
            reader.report(diagnostic.help("write `to: 2026-01-31T23:30Z`, or `repeats:` with a rule and a duration"));
            None
        }
        (Some(_), Some(repeats)) => {
            let message = "a maintenance ends once, or comes again";
            let diagnostic = Diagnostic::new(Code::BadMaintenance, reader.key_place(repeats), message);
            reader.report(diagnostic.help("write `to:`, or `repeats:`"));
            None
        }
        (Some(to), None) => {
            let from = from.and_then(|n| reader.parse::<Timestamp>(n, "a time", Code::BadValue));
            let to = reader.parse::<Timestamp>(to, "a time", Code::BadValue);
            Some(When::Once { from: from?.value, to: to?.value })
        }
        (None, Some(repeats)) => read_repeats(from, repeats, places, reader),
    }
}

fn read_repeats(from: Option<&Node>, repeats: &Node, places: &Places, reader: &mut Reader<'_>) -> Option<When> {
    let from = from.and_then(|n| reader.parse::<ClockTime>(n, "a time on the clock of a zone", Code::BadValue));
    let mut fields = reader.fields(repeats, "`repeats`")?;
    let rule = fields.required("rule", reader, "say when it comes again: `rule: FREQ=WEEKLY;BYDAY=SU`");
    let rule = rule.and_then(|n| reader.text(n, "a rule").map(str::to_owned));
    let duration = fields.required("duration", reader, "say how long it lasts each time: `duration: 30m`");
    let duration = duration.and_then(|n| reader.parse::<DurationNs>(n, "a duration", Code::BadValue));
    let zone = fields.optional("timeZone").map_or(Some("UTC".to_owned()), |n| read_zone(n, reader));
    fields.finish(reader);
    let zone = zone?.parse().ok()?;
    match Recurrence::new(from?.value, zone, duration?.value, &rule?) {
        Ok(recurrence) => Some(When::Recurring(recurrence)),
        Err(error) => {
            let diagnostic = Diagnostic::new(Code::BadMaintenance, places.end.clone(), error.to_string());
            reader.report(
                diagnostic.help("write `{rule: FREQ=WEEKLY;BYDAY=SU, duration: 30m, timeZone: Europe/Zurich}`"),
            );
            None
        }
    }
}

fn report(error: &CorrectionError, places: &Places, reader: &mut Reader<'_>) {
    let name_another = "name another person, or another team";
    let (place, message, help) = match error {
        CorrectionError::NoReason => {
            (&places.reason, "nothing says why users are not let down".to_owned(), "say what happened, or will")
        }
        CorrectionError::SameApprover(author) => {
            (&places.approver, format!("`{author}` cannot approve their own maintenance"), name_another)
        }
        CorrectionError::NoName => {
            (&places.approver, "a maintenance needs an author and an approver".to_owned(), name_another)
        }
        CorrectionError::Empty => (
            &places.end,
            "this maintenance does not end after it begins".to_owned(),
            "write an end that comes after `from`",
        ),
        CorrectionError::TooFarBack { from, recorded_at } => {
            let message = format!(
                "a maintenance reaches at most 30 days back from when it was recorded, {recorded_at}; this one begins at {from}"
            );
            (&places.from, message, "leave what people have seen for so long as it is, or begin later")
        }
    };
    reader.report(Diagnostic::new(Code::BadMaintenance, place.clone(), message).help(help));
}

/// The beginning of a day, in UTC.
fn midnight(day: Date) -> Timestamp {
    day.to_string().parse().expect("a date is a time")
}
