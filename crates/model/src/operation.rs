//! Operations: what the system does for a step, as it can be recognised in telemetry.

use crate::{Name, NameError};
use std::fmt;
use std::str::FromStr;

/// One thing a service does: an RPC, an HTTP route, a message or an event.
///
/// Written `SERVICE ACTION`: `webmail POST /api/messages/{id}`, `outbox mail.v1.Outbox/Enqueue`,
/// `delivery message outgoing-mail`, `webmail event compose-opened`, `worker span refresh-index`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operation {
    /// The service that offers it.
    pub service: Name,
    /// What it does.
    pub action: Action,
}

/// What an operation does, within its service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// A remote procedure call, by full method: `package.Service/Method`.
    Rpc(String),
    /// An HTTP route; without a method, any.
    Http {
        /// The method, when only one is meant.
        method: Option<HttpMethod>,
        /// The path's shape.
        path: PathTemplate,
    },
    /// A message taken from a queue or topic, by destination.
    Message(String),
    /// Something that happens in the user interface.
    Event(String),
    /// Work inside a service, by span name: for what has no protocol of its own.
    Span(String),
}

/// Why a text is not an [`Operation`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperationError {
    /// Nothing after the service's name.
    #[error(
        "an operation is a service and what it does, such as `webmail GET /inbox` or `outbox mail.v1.Outbox/Enqueue`"
    )]
    NoAction,
    /// The service is missing.
    #[error("the service is missing: write whose operation it is, such as `webmail {0}`")]
    NoService(String),
    /// The service has no valid name.
    #[error("`{0}` is not a service's name: {1}")]
    Service(String, NameError),
    /// The action is of no known form.
    #[error(
        "`{0}` is not an action: write `GET /path`, `/path`, `package.Service/Method`, `message NAME`, `event NAME` or `span NAME`"
    )]
    Action(String),
    /// The path is no template.
    #[error(transparent)]
    Path(#[from] TemplateError),
}

impl FromStr for Operation {
    type Err = OperationError;
    fn from_str(text: &str) -> Result<Self, OperationError> {
        let is_action = |text: &str| text.contains('/') && text.parse::<Action>().is_ok();
        if is_action(text.trim()) {
            return Err(OperationError::NoService(text.trim().to_owned()));
        }
        let (service, action) = text.trim().split_once(char::is_whitespace).ok_or(OperationError::NoAction)?;
        let service = Name::new(service).map_err(|e| OperationError::Service(service.to_owned(), e))?;
        Ok(Self { service, action: action.trim().parse()? })
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.service, self.action)
    }
}

impl FromStr for Action {
    type Err = OperationError;
    fn from_str(text: &str) -> Result<Self, OperationError> {
        let wrong = || OperationError::Action(text.to_owned());
        if text.starts_with('/') {
            return Ok(Self::Http { method: None, path: text.parse()? });
        }
        if let Some((word, rest)) = text.split_once(char::is_whitespace) {
            let rest = rest.trim();
            return match word {
                _ if rest.is_empty() => Err(wrong()),
                "message" => Ok(Self::Message(rest.to_owned())),
                "event" => Ok(Self::Event(rest.to_owned())),
                "span" => Ok(Self::Span(rest.to_owned())),
                _ => match HttpMethod::new(word) {
                    Some(method) if rest.starts_with('/') => {
                        Ok(Self::Http { method: Some(method), path: rest.parse()? })
                    }
                    _ => Err(wrong()),
                },
            };
        }
        match text.rsplit_once('/') {
            Some((service, method)) if !service.is_empty() && !method.is_empty() => Ok(Self::Rpc(text.to_owned())),
            _ => Err(wrong()),
        }
    }
}

impl Action {
    /// What it matches, in words that are the same for actions that match the same: parameters of paths without their names.
    pub fn shape(&self) -> String {
        let Self::Http { method, path } = self else { return self.to_string() };
        let segments: String = (path.segments().iter())
            .map(|segment| match segment {
                Segment::Literal(text) => format!("/{text}"),
                Segment::Parameter { prefix, suffix, .. } => format!("/{prefix}{{}}{suffix}"),
                Segment::Rest(_) => "/{...}".to_owned(),
            })
            .collect();
        format!("{} {segments}", method.as_ref().map_or("", HttpMethod::as_str))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rpc(method) => f.write_str(method),
            Self::Http { method: Some(method), path } => write!(f, "{method} {path}"),
            Self::Http { method: None, path } => write!(f, "{path}"),
            Self::Message(name) => write!(f, "message {name}"),
            Self::Event(name) => write!(f, "event {name}"),
            Self::Span(name) => write!(f, "span {name}"),
        }
    }
}

/// An HTTP method: upper-case letters, at most 20.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpMethod(String);

impl HttpMethod {
    /// Reads a method; `None` when it is not 1 to 20 upper-case letters (`-` and `_` inside, as in `VERSION-CONTROL`).
    pub fn new(text: &str) -> Option<Self> {
        let valid = (1..=20).contains(&text.len())
            && text.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'-' | b'_'))
            && text.starts_with(|c: char| c.is_ascii_uppercase());
        valid.then(|| Self(text.to_owned()))
    }

    /// The method's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HttpMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The shape of a path: `/messages/{id}`, `/files/{name}.csv`, `/static/{rest...}`.
///
/// A trailing slash and empty segments do not count, on either side of a comparison. Segments are compared as they are on the wire, case and
/// percent-encoding included.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathTemplate {
    segments: Vec<Segment>,
}

/// How specific a [`PathTemplate`] is; the greater is the more specific.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Specificity {
    /// Literal segments.
    pub literal: usize,
    /// Parameters with text around them, such as `{name}.csv`.
    pub affixed: usize,
}

/// One part of a [`PathTemplate`] between slashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// Exactly this text.
    Literal(String),
    /// Text that begins and ends so, with at least one character for the parameter between.
    Parameter {
        /// What the segment begins with; often empty.
        prefix: String,
        /// The parameter's name, for people only.
        name: String,
        /// What the segment ends with, such as `.csv`; often empty.
        suffix: String,
    },
    /// Everything that is left, also nothing; only at the end.
    Rest(String),
}

/// Why a text is not a [`PathTemplate`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It does not begin with a slash.
    #[error("a path begins with `/`")]
    NoSlash,
    /// A query, a fragment or white space.
    #[error("a path has no `{0}`; match a query with `query:`")]
    Character(char),
    /// Braces that do not pair, are empty, or occur twice in one segment.
    #[error("`{0}` is not a path segment: write text, `{{name}}`, or one `{{name}}` with text around it")]
    Segment(String),
    /// `{rest...}` before the end.
    #[error("`{{{0}...}}` takes everything that is left, so it can only be the last segment")]
    RestNotLast(String),
    /// More segments than a template may have.
    #[error("a path has at most {max} segments", max = PathTemplate::MAX_SEGMENTS)]
    TooLong,
}

impl PathTemplate {
    /// Most segments in a template; real routes stay far below, and it bounds the work of matching.
    pub const MAX_SEGMENTS: usize = 64;

    /// The segments, in order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// How specific it is: first by literal segments, then by parameters with text around them.
    pub fn specificity(&self) -> Specificity {
        let count = |is: fn(&Segment) -> bool| self.segments.iter().filter(|s| is(s)).count();
        Specificity {
            literal: count(|s| matches!(s, Segment::Literal(_))),
            affixed: count(
                |s| matches!(s, Segment::Parameter { prefix, suffix, .. } if !prefix.is_empty() || !suffix.is_empty()),
            ),
        }
    }

    /// Whether a path (without query) has this shape.
    pub fn matches(&self, path: &str) -> bool {
        let mut parts = split_path(path);
        for segment in &self.segments {
            match segment {
                Segment::Rest(_) => return true,
                _ => match parts.next() {
                    Some(part) if segment.matches(part) => {}
                    _ => return false,
                },
            }
        }
        parts.next().is_none()
    }

    /// Whether some path has both shapes.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (a, b) = (&self.segments, &other.segments);
        for i in 0.. {
            match (a.get(i), b.get(i)) {
                (None, None) | (Some(Segment::Rest(_)), _) | (_, Some(Segment::Rest(_))) => return true,
                (Some(x), Some(y)) if x.overlaps(y) => {}
                _ => return false,
            }
        }
        true
    }
}

impl Segment {
    /// Whether one segment of a path fits; a [`Segment::Rest`] fits any.
    pub fn matches(&self, part: &str) -> bool {
        match self {
            Self::Literal(text) => text == part,
            Self::Parameter { prefix, suffix, .. } => {
                // One byte tells most apart: routes may offer dozens of suffixes at one place.
                let ends = suffix.as_bytes().last().is_none_or(|last| part.as_bytes().last() == Some(last));
                ends && part.len() > prefix.len() + suffix.len()
                    && (prefix.is_empty() || part.starts_with(&**prefix))
                    && part.ends_with(&**suffix)
            }
            Self::Rest(_) => true,
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Literal(text), segment) | (segment, Self::Literal(text)) => segment.matches(text),
            (Self::Parameter { prefix: p, suffix: s, .. }, Self::Parameter { prefix: q, suffix: t, .. }) => {
                (p.starts_with(&**q) || q.starts_with(&**p)) && (s.ends_with(&**t) || t.ends_with(&**s))
            }
            (Self::Rest(_), _) | (_, Self::Rest(_)) => true,
        }
    }
}

/// The segments of a path as it came; empty ones do not count.
fn split_path(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|s| !s.is_empty())
}

impl FromStr for PathTemplate {
    type Err = TemplateError;
    fn from_str(text: &str) -> Result<Self, TemplateError> {
        if !text.starts_with('/') {
            return Err(TemplateError::NoSlash);
        }
        if let Some(c) = text.chars().find(|c| matches!(c, '?' | '#') || c.is_whitespace()) {
            return Err(TemplateError::Character(c));
        }
        let segments = split_path(text).map(parse_segment).collect::<Result<Vec<_>, _>>()?;
        if segments.len() > Self::MAX_SEGMENTS {
            return Err(TemplateError::TooLong);
        }
        let last = segments.len().saturating_sub(1);
        if let Some(Segment::Rest(name)) = segments[..last].iter().find(|s| matches!(s, Segment::Rest(_))) {
            return Err(TemplateError::RestNotLast(name.clone()));
        }
        Ok(Self { segments })
    }
}

fn parse_segment(text: &str) -> Result<Segment, TemplateError> {
    let wrong = || TemplateError::Segment(text.to_owned());
    let braces = text.bytes().filter(|b| matches!(b, b'{' | b'}')).count();
    if braces == 0 {
        return Ok(Segment::Literal(text.to_owned()));
    }
    let (prefix, rest) = text.split_once('{').ok_or_else(wrong)?;
    let (name, suffix) = rest.split_once('}').ok_or_else(wrong)?;
    if braces != 2 || name.is_empty() {
        return Err(wrong());
    }
    match name.strip_suffix("...") {
        Some(name) if prefix.is_empty() && suffix.is_empty() && !name.is_empty() => Ok(Segment::Rest(name.to_owned())),
        Some(_) => Err(wrong()),
        None => Ok(Segment::Parameter { prefix: prefix.to_owned(), name: name.to_owned(), suffix: suffix.to_owned() }),
    }
}

impl fmt::Display for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.segments.is_empty() {
            return f.write_str("/");
        }
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => write!(f, "/{text}")?,
                Segment::Parameter { prefix, name, suffix } => write!(f, "/{prefix}{{{name}}}{suffix}")?,
                Segment::Rest(name) => write!(f, "/{{{name}...}}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_of_operation_reads_and_prints_the_same() {
        for text in [
            "webmail POST /api/messages/{id}",
            "webmail /static/{rest...}",
            "webmail /",
            "outbox mail.v1.Outbox/Enqueue",
            "delivery message outgoing-mail",
            "webmail event compose-opened",
            "worker span refresh index",
        ] {
            assert_eq!(text.parse::<Operation>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_operation_is_refused() {
        for text in [
            "",
            "webmail",
            "Webmail GET /",
            "webmail get /",
            "webmail GET inbox",
            "webmail Enqueue",
            "webmail message ",
            "webmail GET /a/{",
            "webmail GET /{x...}/a",
            "webmail /a?b",
        ] {
            assert!(text.parse::<Operation>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_template_matches_segments_not_text() {
        let matches = |template: &str, path: &str| template.parse::<PathTemplate>().unwrap().matches(path);
        assert!(matches("/a/{id}/c", "/a/1/c"));
        assert!(matches("/a/{id}/c", "//a/1/c/"));
        assert!(!matches("/a/{id}/c", "/a/1/2/c"));
        assert!(!matches("/a/{id}", "/a"));
        assert!(matches("/data/{name}.csv", "/data/x.csv"));
        assert!(!matches("/data/{name}.csv", "/data/.csv"));
        assert!(!matches("/data/{name}.csv", "/data/x.csvp"));
        assert!(matches("/a/{rest...}", "/a"));
        assert!(matches("/a/{rest...}", "/a/b/c"));
        assert!(!matches("/a/{rest...}", "/b"));
        assert!(matches("/", ""));
    }

    fn template() -> impl Strategy<Value = PathTemplate> {
        let segment = prop_oneof![Just("a"), Just("b"), Just("{x}"), Just("a{x}"), Just("{x}b"), Just("ab")];
        (prop::collection::vec(segment, 0..4), any::<bool>()).prop_map(|(segments, rest)| {
            let tail = if rest { "/{rest...}" } else { "" };
            format!("/{}{tail}", segments.join("/")).parse().unwrap()
        })
    }

    proptest! {
        #[test]
        fn templates_that_match_one_path_overlap(a in template(), b in template(), path in "(/(a|b|ab|ba|aab|abb)){0,4}") {
            if a.matches(&path) && b.matches(&path) {
                prop_assert!(a.overlaps(&b) && b.overlaps(&a));
            }
        }

        #[test]
        fn a_printed_template_reads_back(a in template()) {
            prop_assert_eq!(a.to_string().parse::<PathTemplate>().unwrap(), a);
        }
    }
}
