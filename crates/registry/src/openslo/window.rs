//! `timeWindow` of an SLO, and durations that windows and slices have.

use super::value::report_both;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::slo::{DEFAULT_WINDOW, MAX_WINDOW, read_zone};
use crate::quote::quote;
use crate::reader::{Fields, Reader};
use crate::source::{Place, Spanned};
use crate::yaml::Node;
use milepost_model::Timestamp;
use milepost_slo::open::{OpenWindow, Shorthand, ShorthandUnit};

/// The window where none is written.
pub(super) fn usual() -> OpenWindow {
    OpenWindow::Rolling(DEFAULT_WINDOW)
}

/// A list of exactly one window.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<OpenWindow> {
    let help = "write one window, such as `- {duration: 28d, isRolling: true}`, or remove the key";
    let items = reader.filled_list(node, "`timeWindow`", help);
    let windows: Vec<_> = items.iter().map(|item| read_window(item, reader)).collect();
    if let [_, second, ..] = items {
        let message = format!("`timeWindow` has {} windows", items.len());
        let diagnostic = Diagnostic::new(Code::WrongShape, reader.place(second), message);
        reader.report(diagnostic.help("keep one: for each other window, write an SLO of its own"));
        return None;
    }
    windows.into_iter().next().flatten()
}

fn read_window(node: &Node, reader: &mut Reader<'_>) -> Option<OpenWindow> {
    let mut fields = reader.fields(node, "a window of `timeWindow`")?;
    let help = "say how long it is, such as `duration: 28d`";
    let length = fields.required("duration", reader, help);
    let length = length.and_then(|n| read_length(n, reader));
    let rolling = fields.optional("isRolling").map(|n| reader.boolean(n, "`isRolling`"));
    let has_calendar = fields.has("calendar");
    let calendar = fields.optional("calendar").map(|n| read_calendar(n, reader));
    let place = reader.key_place(node);
    let window = match (rolling, has_calendar) {
        (Some(true), true) => {
            report_rolling_calendar(&fields, reader);
            None
        }
        (Some(true), false) => length.map(|length| OpenWindow::Rolling(length.value.duration())),
        (_, true) => calendar.flatten().zip(length).and_then(|((start, time_zone), length)| {
            let length = in_days(&length, reader)?;
            Some(OpenWindow::Calendar { length, start, time_zone })
        }),
        (_, false) => {
            report_neither(place, reader);
            None
        }
    };
    fields.finish(reader);
    window
}

const EITHER: &str = "write `isRolling: true` for the last so much time, or `calendar:` with `startTime` and `timeZone` for periods of a calendar";

fn report_neither(place: Place, reader: &mut Reader<'_>) {
    let message = "a window of `timeWindow` lacks `isRolling: true` or `calendar`";
    reader.report(Diagnostic::new(Code::EitherOr, place, message).help(EITHER));
}

fn report_rolling_calendar(fields: &Fields<'_>, reader: &mut Reader<'_>) {
    let key = |key| fields.key(key).map(|node| reader.place(node));
    if let (Some(rolling), Some(calendar)) = (key("isRolling"), key("calendar")) {
        report_both("isRolling: true", &rolling, "calendar", &calendar, EITHER, reader);
    }
}

/// A duration that a window can have.
fn read_length(node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<Shorthand>> {
    let length = reader.parse::<Shorthand>(node, "a duration", Code::BadWindow)?;
    if length.value.duration() > MAX_WINDOW {
        let message = format!("a window of {} cannot be measured", length.value);
        reader.report(
            Diagnostic::new(Code::BadWindow, length.place, message).help("write at most `731d`: `28d` is usual"),
        );
        return None;
    }
    Some(length)
}

/// Periods of a calendar are days at least.
fn in_days(length: &Spanned<Shorthand>, reader: &mut Reader<'_>) -> Option<Shorthand> {
    let Shorthand { count, unit } = length.value;
    let help = match unit {
        ShorthandUnit::Minute => format!("did you mean `{count}M`? `M` is a month, `m` a minute"),
        ShorthandUnit::Hour => "write days, weeks, months, quarters or years, such as `1M`".to_owned(),
        _ => return Some(length.value),
    };
    let message = format!("a calendar has no periods of {}", length.value);
    reader.report(Diagnostic::new(Code::BadWindow, length.place.clone(), message).help(help));
    None
}

fn read_calendar(node: &Node, reader: &mut Reader<'_>) -> Option<(String, String)> {
    let mut fields = reader.fields(node, "`calendar`")?;
    let help = "say when the first period begins, such as `startTime: 2026-01-01 00:00:00`";
    let start = fields.required("startTime", reader, help).and_then(|n| read_start(n, reader));
    let help = "name the time zone of its clock, such as `timeZone: Europe/Zurich`";
    let zone = fields.required("timeZone", reader, help).and_then(|n| read_zone(n, reader));
    fields.finish(reader);
    start.zip(zone)
}

/// `2020-01-21 12:30:00`, which must be a time that there is.
fn read_start(node: &Node, reader: &mut Reader<'_>) -> Option<String> {
    const FORM: &str = "0000-00-00 00:00:00";
    let text = reader.text(node, "`startTime`")?;
    let fits = |(c, form): (char, char)| if form == '0' { c.is_ascii_digit() } else { c == form };
    let is_formed = text.len() == FORM.len() && text.chars().zip(FORM.chars()).all(fits);
    if is_formed && text.parse::<Timestamp>().is_ok() {
        return Some(text.to_owned());
    }
    let message = format!("{} is not a start", quote(text));
    let help = "write a date and a time without a zone, such as `2026-01-01 00:00:00`";
    reader.report(Diagnostic::new(Code::BadWindow, reader.place(node), message).help(help));
    None
}
