//! The conditions of a rule: what is looked at, and what it must look like.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::literal_segments;
use crate::documents::slips::{method_slip, network};
use crate::quote::quote;
use crate::reader::Reader;
use crate::source::{Place, Spanned};
use crate::suggest::did_you_mean;
use crate::yaml::Node;
use milepost_annotate::{PatternError, Predicate, Subject, Test, TextPattern};
use milepost_model::{HttpMethod, PathTemplate};

/// What a span can be, and `log`.
const KINDS: [&str; 6] = ["server", "client", "producer", "consumer", "internal", "log"];
const GLOB_HELP: &str = "`*` stands for any characters, the rest for itself";
const REGEX_HELP: &str =
    "`^` and `$` anchor it, `.` `(` `)` `[` `]` `{` `}` `*` `+` `?` `|` `\\` are special; it has no look-around";

/// Reads a `match:`; `None` when some of it could not be read. Adds the services that it names, to be looked up.
pub(super) fn read(
    node: &Node,
    services: &mut Vec<Spanned<String>>,
    reader: &mut Reader<'_>,
) -> Option<Vec<Predicate>> {
    let mut fields = reader.fields(node, "`match`")?;
    let entries = fields.rest();
    if entries.is_empty() {
        let diagnostic =
            Diagnostic::new(Code::NoMatch, reader.place(node), "a rule without conditions matches everything");
        reader.report(diagnostic.help("add at least one condition, such as `path: /inbox`"));
        return None;
    }
    let mut predicates = Vec::new();
    for (name, key, value) in &entries {
        let Some(subject) = Subject::parse(name) else {
            let message = format!("{} is nothing that a rule can look at", quote(name));
            let mut known: Vec<&str> = Subject::SIMPLE.iter().map(|(n, _)| *n).collect();
            known.extend(["query.NAME", "header.NAME", "attribute.NAME"]);
            // `headers.accept` is near `header.NAME` in all but its end.
            let form = name.split_once('.').map_or((*name).to_owned(), |(first, _)| format!("{first}.NAME"));
            let diagnostic = Diagnostic::new(Code::UnknownKey, reader.place(key), message);
            reader.report(diagnostic.help(did_you_mean(&form, &known)));
            continue;
        };
        let test = read_test(&subject, value, services, reader);
        predicates.extend(test.map(|test| Predicate { subject, test }));
    }
    (predicates.len() == entries.len()).then_some(predicates)
}

/// A value is text, a list of texts, `{regex: ...}` or `{present: true}`.
fn read_test(
    subject: &Subject,
    node: &Node,
    services: &mut Vec<Spanned<String>>,
    reader: &mut Reader<'_>,
) -> Option<Test> {
    let ignore_case = *subject == Subject::UserAgent;
    let what = format!("`{subject}`");
    if node.is_map() {
        return read_special(&what, ignore_case, node, reader);
    }
    let items = reader.filled_list(node, &what, "write at least one text, or `{present: true}` for any value");
    if matches!(subject, Subject::Path | Subject::Route) {
        let templates: Vec<PathTemplate> = (items.iter())
            .filter_map(|n| {
                let template = reader.parse::<PathTemplate>(n, "the shape of a path", Code::BadPattern)?;
                if let Some(diagnostic) = literal_segments(&template.value, &template.place) {
                    reader.report(diagnostic);
                }
                Some(template.value)
            })
            .collect();
        return (templates.len() == items.len() && !items.is_empty()).then_some(Test::Path(templates));
    }
    let patterns = read_patterns(items, GLOB_HELP, reader, |text| TextPattern::glob(text, ignore_case))?;
    for (pattern, item) in patterns.iter().zip(items) {
        let place = reader.place(item);
        if let (Subject::Service, Some(name)) = (subject, pattern.exact()) {
            services.push(Spanned { value: name.to_owned(), place: place.clone() });
        }
        check_value(subject, pattern, &place, reader);
    }
    Some(Test::Text(patterns))
}

/// `{regex: ...}` or `{present: true}`.
fn read_special(what: &str, ignore_case: bool, node: &Node, reader: &mut Reader<'_>) -> Option<Test> {
    let mut fields = reader.fields(node, what)?;
    let present = fields.optional("present");
    let regex = fields.optional("regex");
    let test = match (present, regex) {
        (Some(node), None) => Some(Test::Present(reader.boolean(node, "`present`"))),
        (None, Some(node)) => {
            let items = reader.filled_list(node, "`regex`", "write at least one regular expression");
            let patterns = read_patterns(items, REGEX_HELP, reader, |text| TextPattern::regex(text, ignore_case));
            patterns.map(Test::Text)
        }
        (Some(_), Some(_)) => {
            let diagnostic =
                |place| Diagnostic::new(Code::UnknownKey, place, "`present` and `regex` stand in one condition");
            let help = "remove `present`: what matches is there";
            fields.refuse("present", |place| diagnostic(place).help(help), reader);
            None
        }
        (None, None) => {
            if !fields.has("present") && !fields.has("regex") {
                let message = format!("{what} does not say what it must look like");
                let help = "write a text, a list of texts, `{regex: ...}` or `{present: true}`";
                reader.report(Diagnostic::new(Code::WrongShape, reader.place(node), message).help(help));
            }
            None
        }
    };
    fields.finish(reader);
    test
}

fn read_patterns(
    items: &[Node],
    help: &str,
    reader: &mut Reader<'_>,
    make: impl Fn(&str) -> Result<TextPattern, PatternError>,
) -> Option<Vec<TextPattern>> {
    let mut patterns = Vec::new();
    for item in items {
        let Some(text) = reader.text(item, "a pattern") else { continue };
        match make(text) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => {
                let diagnostic = Diagnostic::new(Code::BadPattern, reader.place(item), error.to_string());
                reader.report(diagnostic.help(help));
            }
        }
    }
    (patterns.len() == items.len() && !items.is_empty()).then_some(patterns)
}

/// Reports a text that the subject can never be.
fn check_value(subject: &Subject, pattern: &TextPattern, place: &Place, reader: &mut Reader<'_>) {
    let Some(text) = pattern.exact() else { return };
    let (what, help) = match subject {
        Subject::Kind if !KINDS.contains(&text) => ("a kind of span, nor `log`", did_you_mean(text, &KINDS)),
        Subject::Method if HttpMethod::new(text).is_none() => {
            ("an HTTP method", format!("write it in upper case: `{}`", text.to_ascii_uppercase()))
        }
        Subject::Method => {
            method_slip(text, place).into_iter().for_each(|slip| reader.report(slip));
            return;
        }
        Subject::Peer => {
            network(text, place).into_iter().for_each(|slip| reader.report(slip));
            return;
        }
        _ => return,
    };
    reader
        .report(Diagnostic::new(Code::BadPattern, place.clone(), format!("{} is not {what}", quote(text))).help(help));
}
