//! What somebody sends of changes, checked: all changes, or all mistakes with their places.

use super::{Change, KEPT};
use milepost_impact::suspect::{self, ChangeKind};
use milepost_model::{DurationNs, Name, Operation, Timestamp};
use milepost_registry::{Registry, did_you_mean};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::fmt::Display;

/// A change as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) change: Change,
    /// The fields that were said: of a change that is known already, only they have to be the same.
    pub(super) said: Vec<String>,
}

/// Something that cannot be used, with its place and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// Such as `[2].kind`; nothing for the whole.
    pub(crate) place: String,
    pub(crate) message: String,
}

/// Most changes of one request: what a pipeline does at once, and an import in parts.
const MOST_CHANGES: usize = 100;
/// Most services or operations of a change.
const MOST_NAMES: usize = 100;
/// Most mistakes that are told at once.
const MOST_MISTAKES: usize = 50;
const LONGEST_ID: usize = 128;
const LONGEST_TEXT: usize = 200;
const LONGEST_LINK: usize = 1_000;
/// Clocks differ so much.
const AHEAD: DurationNs = DurationNs::from_seconds(300);
const FIELDS: [&str; 12] = [
    "id",
    "kind",
    "product",
    "service",
    "services",
    "operations",
    "version",
    "title",
    "link",
    "author",
    "start",
    "end",
];
/// The kinds that are told; `version` is seen.
const KINDS: [ChangeKind; 4] = [ChangeKind::Deploy, ChangeKind::Flag, ChangeKind::Configuration, ChangeKind::Other];

/// What the changes are checked against.
pub(crate) struct Context<'r> {
    pub(crate) registry: &'r Registry,
    pub(crate) now: Timestamp,
    /// Who sends them.
    pub(crate) told_by: &'r str,
}

/// Reads one change or a list of them.
///
/// # Errors
/// All mistakes, in their order.
pub(crate) fn read(body: &[u8], context: &Context<'_>) -> Result<Vec<Draft>, Vec<Mistake>> {
    let whole = |message: String| vec![Mistake { place: String::new(), message }];
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| whole(format!("the body is no JSON: {error}; it is one change, or a list of changes")))?;
    let items: Vec<(String, &Value)> = match &body {
        Value::Array(items) if items.len() > MOST_CHANGES => {
            return Err(whole(format!("{} changes are too many at once: send at most {MOST_CHANGES}", items.len())));
        }
        Value::Array(items) if items.is_empty() => return Err(whole("the list has no change".to_owned())),
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| (format!("[{at}]"), item)).collect(),
        item => vec![(String::new(), item)],
    };
    let mut mistakes = Vec::new();
    let mut changes = Vec::new();
    for (place, item) in items {
        let mut reader = Reader { place, mistakes: &mut mistakes };
        match item {
            Value::Object(fields) => changes.extend(reader.change(fields, context)),
            _ => reader.wrong("", "a change is an object, such as {\"kind\": \"deploy\", \"service\": \"outbox\"}"),
        }
    }
    if mistakes.is_empty() {
        return Ok(changes);
    }
    mistakes.truncate(MOST_MISTAKES);
    Err(mistakes)
}

struct Reader<'m> {
    place: String,
    mistakes: &'m mut Vec<Mistake>,
}

impl Reader<'_> {
    fn wrong(&mut self, field: &str, message: impl Display) {
        let dot = if self.place.is_empty() || field.is_empty() { "" } else { "." };
        let place = format!("{}{dot}{field}", self.place);
        self.mistakes.push(Mistake { place, message: message.to_string() });
    }

    /// The change, as far as it can be read; what is wrong with it is noted, and then nobody sees it.
    fn change(&mut self, fields: &Map<String, Value>, context: &Context<'_>) -> Option<Draft> {
        for name in fields.keys().filter(|name| !FIELDS.contains(&name.as_str())) {
            self.wrong(name, format!("a change has no such field: {}", did_you_mean(name, &FIELDS)));
        }
        let kind = self.kind(fields);
        let services = self.services(fields);
        let operations: Vec<Operation> = self.names(fields, "operations");
        let product = self.product(fields, context, services.is_empty() && operations.is_empty());
        let version = self.text(fields, "version", LONGEST_TEXT);
        let title = self.text(fields, "title", LONGEST_TEXT);
        let link = self.link(fields);
        let author = self.text(fields, "author", LONGEST_TEXT);
        let (at, end) = self.times(fields, context.now);
        let id = self.id(fields);
        let kind = kind?;
        let title = title.unwrap_or_else(|| titled(kind, &services, &operations, version.as_deref()));
        let what = suspect::Change { id: String::new(), at, end, kind, title, services, operations };
        let (previous, is_rollback, told_by) = (None, false, context.told_by.to_owned());
        let received_at = context.now;
        let mut change = Change { what, product, version, previous, is_rollback, link, author, received_at, told_by };
        change.what.id = id.unwrap_or_else(|| made_of(&change));
        let is_said = |(_, value): &(&String, &Value)| !value.is_null();
        Some(Draft { change, said: fields.iter().filter(is_said).map(|(name, _)| name.clone()).collect() })
    }

    fn kind(&mut self, fields: &Map<String, Value>) -> Option<ChangeKind> {
        let names = KINDS.map(ChangeKind::as_str).join("`, `");
        let Some(text) = self.text(fields, "kind", LONGEST_TEXT) else {
            if !fields.contains_key("kind") {
                self.wrong("kind", format!("it is missing: say what kind of change it is, one of `{names}`"));
            }
            return None;
        };
        let found = KINDS.into_iter().find(|kind| kind.as_str() == text);
        if found.is_none() {
            let why = if text == "version" { "versions are seen in telemetry; " } else { "" };
            self.wrong("kind", format!("it cannot be `{text}`: {why}it is one of `{names}`"));
        }
        found
    }

    /// One service may be said as one.
    fn services(&mut self, fields: &Map<String, Value>) -> Vec<Name> {
        let mut services: Vec<Name> = self.names(fields, "services");
        if let Some(one) = self.text(fields, "service", LONGEST_TEXT) {
            match Name::new(&one) {
                Ok(name) => services.push(name),
                Err(error) => self.wrong("service", format!("`{one}`: {error}")),
            }
        }
        services.sort();
        services.dedup();
        services
    }

    fn names<T: std::str::FromStr>(&mut self, fields: &Map<String, Value>, field: &str) -> Vec<T>
    where
        T::Err: Display,
    {
        let items = match fields.get(field) {
            None | Some(Value::Null) => return Vec::new(),
            Some(Value::Array(items)) if items.len() <= MOST_NAMES => items,
            Some(Value::Array(_)) => {
                self.wrong(
                    field,
                    format!("there are at most {MOST_NAMES} of them; leave them out to mean the whole product"),
                );
                return Vec::new();
            }
            Some(_) => {
                self.wrong(field, "it is a list of texts");
                return Vec::new();
            }
        };
        let mut found = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let place = format!("{field}[{at}]");
            match item.as_str().map(|text| (text, text.parse())) {
                Some((_, Ok(name))) => found.push(name),
                Some((text, Err(error))) => self.wrong(&place, format!("`{}`: {error}", said(text))),
                None => self.wrong(&place, "it is a text"),
            }
        }
        found
    }

    /// The product that is said, or the only one; a change of neither services nor operations is one of a whole product.
    fn product(&mut self, fields: &Map<String, Value>, context: &Context<'_>, is_whole: bool) -> Option<Name> {
        let products: Vec<&str> = context.registry.products.iter().map(|product| product.name.as_str()).collect();
        let Some(text) = self.text(fields, "product", LONGEST_TEXT) else {
            return match &context.registry.products[..] {
                [only] => Some(only.name.clone()),
                _ if is_whole => {
                    self.wrong(
                        "product",
                        "it is missing: without services and operations say which product it changes",
                    );
                    None
                }
                _ => None,
            };
        };
        let found = context.registry.products.iter().find(|product| product.name.as_str() == text);
        if found.is_none() {
            self.wrong("product", format!("there is no product `{}`: {}", said(&text), did_you_mean(&text, &products)));
        }
        found.map(|product| product.name.clone())
    }

    fn times(&mut self, fields: &Map<String, Value>, now: Timestamp) -> (Timestamp, Option<Timestamp>) {
        let (start, end) = (self.time(fields, "start", now), self.time(fields, "end", now));
        // Of a change that is known its end may be all that is said.
        let start = start.unwrap_or_else(|| end.map_or(now, |end| end.min(now)));
        if let Some(end) = end.filter(|end| *end < start) {
            self.wrong("end", format!("it ends at {end}, before it begins at {start}"));
        }
        (start, end)
    }

    fn time(&mut self, fields: &Map<String, Value>, field: &str, now: Timestamp) -> Option<Timestamp> {
        let text = self.text(fields, field, LONGEST_TEXT)?;
        match text.parse::<Timestamp>() {
            Ok(at) if at > now.plus(AHEAD) => {
                self.wrong(field, format!("`{text}` is still to come: tell of changes when they are made, and of their end when it has come"));
                None
            }
            Ok(at) if at < now.minus(KEPT) => {
                self.wrong(field, format!("`{text}` is too long ago: changes are kept for 400 days"));
                None
            }
            Ok(at) => Some(at),
            Err(error) => {
                self.wrong(field, format!("`{}`: {error}", said(&text)));
                None
            }
        }
    }

    fn link(&mut self, fields: &Map<String, Value>) -> Option<String> {
        let link = self.text(fields, "link", LONGEST_LINK)?;
        let is_link =
            ["https://", "http://"].iter().any(|scheme| link.starts_with(scheme) && link.len() > scheme.len());
        if !is_link || link.contains(char::is_whitespace) {
            self.wrong("link", "it is an address that begins with `https://` or `http://`");
            return None;
        }
        Some(link)
    }

    fn id(&mut self, fields: &Map<String, Value>) -> Option<String> {
        let id = self.text(fields, "id", LONGEST_ID)?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/-".contains(&byte);
        if !id.bytes().all(is_plain) {
            self.wrong("id", "it has letters, digits and `.`, `_`, `:`, `/`, `-` only, such as `build-1742`");
            return None;
        }
        if id.starts_with("version:") {
            self.wrong("id", "ids that begin with `version:` are those of versions that are seen; choose another");
            return None;
        }
        Some(id)
    }

    /// A text that is not empty, in one line.
    fn text(&mut self, fields: &Map<String, Value>, field: &str, longest: usize) -> Option<String> {
        match fields.get(field)? {
            Value::Null => None,
            Value::String(text) => match text.trim() {
                "" => {
                    self.wrong(field, "it is empty: leave it out, or say something");
                    None
                }
                text if text.chars().count() > longest => {
                    self.wrong(field, format!("it has at most {longest} characters"));
                    None
                }
                text if text.contains(char::is_control) => {
                    self.wrong(field, "it is one line of visible characters");
                    None
                }
                text => Some(text.to_owned()),
            },
            _ => {
                self.wrong(field, "it is a text");
                None
            }
        }
    }
}

fn titled(kind: ChangeKind, services: &[Name], operations: &[Operation], version: Option<&str>) -> String {
    let mut names: Vec<String> = services.iter().map(ToString::to_string).collect();
    names.extend(operations.iter().map(ToString::to_string));
    let what = match &names[..] {
        [] => "the product".to_owned(),
        [one] => one.clone(),
        [one, rest @ ..] => format!("{one} and {} more", rest.len()),
    };
    let version = version.map(|version| format!(" {version}")).unwrap_or_default();
    match kind {
        ChangeKind::Deploy => format!("{what}{version} is deployed"),
        ChangeKind::Flag => format!("a flag of {what}{version} is switched"),
        ChangeKind::Configuration => format!("{what}{version} is configured"),
        ChangeKind::Version | ChangeKind::Other => format!("{what}{version} is changed"),
    }
}

/// An id for a change without one: the same for the same change, so that what is sent twice stands once.
fn made_of(change: &Change) -> String {
    let mut hash = Sha256::new();
    let what = &change.what;
    let texts = [
        what.kind.as_str().to_owned(),
        what.at.nanos().to_string(),
        what.title.clone(),
        change.product.as_ref().map(ToString::to_string).unwrap_or_default(),
        change.version.clone().unwrap_or_default(),
        change.link.clone().unwrap_or_default(),
        change.author.clone().unwrap_or_default(),
    ];
    let names = what.services.iter().map(ToString::to_string);
    for text in texts.into_iter().chain(names).chain(what.operations.iter().map(ToString::to_string)) {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().take(8).fold("change-".to_owned(), |id, byte| format!("{id}{byte:02x}"))
}

/// As much of what was sent as is said again.
fn said(text: &str) -> &str {
    const MOST: usize = 80;
    text.char_indices().nth(MOST).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests;
