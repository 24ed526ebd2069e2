//! Compiles a declared format into pieces: each a variable, how its value ends, and the text that follows.

use super::FormatError;
use memchr::memmem::Finder;

/// The longest declaration; real ones are below 2 KiB.
const MAX_FORMAT_BYTES: usize = 8 * 1024;
/// The most variables; nginx documents some two hundred, logs have a few dozen.
const MAX_VARIABLES: usize = 128;

/// What a variable says of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    TimeLocal,
    TimeIso,
    Msec,
    Request,
    Method,
    /// Path and query.
    Target,
    /// The path alone.
    Path,
    Query,
    Status,
    GrpcStatus,
    RequestTime,
    UpstreamTime,
    BodyBytes,
    Bytes,
    Referer,
    UserAgent,
    Peer,
    /// How well it says which host was asked, 0 the best.
    Host(u8),
    Other,
}

impl Variable {
    fn new(name: &str) -> Self {
        match name {
            "time_local" => Self::TimeLocal,
            "time_iso8601" => Self::TimeIso,
            "msec" => Self::Msec,
            "request" => Self::Request,
            "request_method" => Self::Method,
            "request_uri" => Self::Target,
            "uri" | "document_uri" => Self::Path,
            "args" | "query_string" => Self::Query,
            "status" => Self::Status,
            "grpc_status"
            | "sent_http_grpc_status"
            | "sent_trailer_grpc_status"
            | "upstream_http_grpc_status"
            | "upstream_trailer_grpc_status" => Self::GrpcStatus,
            "request_time" => Self::RequestTime,
            "upstream_response_time" => Self::UpstreamTime,
            "body_bytes_sent" => Self::BodyBytes,
            "bytes_sent" => Self::Bytes,
            "http_referer" => Self::Referer,
            "http_user_agent" => Self::UserAgent,
            "remote_addr" => Self::Peer,
            "host" => Self::Host(0),
            "http_host" => Self::Host(1),
            "server_name" => Self::Host(2),
            _ => Self::Other,
        }
    }
}

/// How the end of a value is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// At the quote that closes it.
    Quote,
    /// At the text that follows.
    Separator,
    /// At the text that follows, but not within `, ` and ` : `.
    List,
    /// Before the first slash: a host directly followed by a path.
    Path,
    /// After the fixed length of a time.
    Clf,
    /// At a space or the end: the last of the format.
    Word,
    /// At the end: the last of the format, with spaces.
    Line,
}

/// A variable and what follows it.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) variable: Variable,
    pub(super) name: String,
    pub(super) ends: Ends,
    /// The text between this variable and the next.
    pub(super) after: Box<[u8]>,
    pub(super) finder: Finder<'static>,
    pub(super) is_last: bool,
}

/// A compiled format.
#[derive(Clone, Debug)]
pub(super) struct Template {
    /// The text before the first variable.
    pub(super) before: Box<[u8]>,
    pub(super) pieces: Vec<Piece>,
}

/// A variable as it was written.
struct Mention<'a> {
    name: &'a str,
    column: usize,
    after: &'a str,
}

impl Template {
    pub(super) fn new(format: &str) -> Result<Self, FormatError> {
        if format.len() > MAX_FORMAT_BYTES {
            return Err(FormatError::TooLong { bytes: format.len(), max: MAX_FORMAT_BYTES });
        }
        if format.starts_with("log_format") || format.starts_with('\'') {
            return Err(FormatError::Directive);
        }
        let (before, mut mentions) = mentions(format)?;
        join_query(&mut mentions);
        let has = |wanted: &[Variable]| mentions.iter().any(|m| wanted.contains(&Variable::new(m.name)));
        if !has(&[Variable::TimeLocal, Variable::TimeIso, Variable::Msec]) {
            return Err(FormatError::NoTime);
        }
        if !has(&[Variable::Request, Variable::Target, Variable::Path]) {
            return Err(FormatError::NoRequest);
        }
        if !has(&[Variable::Status, Variable::GrpcStatus]) {
            return Err(FormatError::NoStatus);
        }
        let mut pieces = Vec::with_capacity(mentions.len());
        let mut preceding = before;
        for (number, mention) in mentions.iter().enumerate() {
            let ends = ends(preceding, mention, mentions.get(number + 1))?;
            pieces.push(Piece {
                variable: Variable::new(mention.name),
                name: mention.name.to_owned(),
                ends,
                after: mention.after.as_bytes().into(),
                finder: Finder::new(mention.after.as_bytes()).into_owned(),
                is_last: number + 1 == mentions.len(),
            });
            preceding = mention.after;
        }
        Ok(Self { before: before.as_bytes().into(), pieces })
    }
}

/// Cuts a format into the text before the first variable and the variables, each with the text after it.
fn mentions(format: &str) -> Result<(&str, Vec<Mention<'_>>), FormatError> {
    let first = format.find('$').unwrap_or(format.len());
    let (before, mut rest) = format.split_at(first);
    let mut mentions = Vec::new();
    while let Some(after_dollar) = rest.strip_prefix('$') {
        let column = format[..format.len() - rest.len()].chars().count() + 1;
        let (name, tail) = match after_dollar.strip_prefix('{') {
            Some(braced) => braced.split_once('}').ok_or(FormatError::Unclosed { column })?,
            None => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                after_dollar.split_at(after_dollar.find(|c| !is_name(c)).unwrap_or(after_dollar.len()))
            }
        };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(FormatError::NoName { column });
        }
        if mentions.len() == MAX_VARIABLES {
            return Err(FormatError::TooManyVariables { max: MAX_VARIABLES });
        }
        let (after, next) = tail.split_at(tail.find('$').unwrap_or(tail.len()));
        mentions.push(Mention { name, column, after });
        rest = next;
    }
    Ok((before, mentions))
}

/// `$uri$is_args$args` is path and query in one, as `$request_uri` is.
fn join_query(mentions: &mut Vec<Mention<'_>>) {
    let is_joined = |at: &[Mention<'_>]| {
        matches!(at, [path, mark, query]
            if Variable::new(path.name) == Variable::Path && path.after.is_empty()
            && mark.name == "is_args" && mark.after.is_empty()
            && Variable::new(query.name) == Variable::Query)
    };
    if let Some(at) = mentions.windows(3).position(is_joined) {
        mentions[at].name = "request_uri";
        mentions[at].after = mentions[at + 2].after;
        mentions.drain(at + 1..at + 3);
    }
}

fn ends(preceding: &str, mention: &Mention<'_>, next: Option<&Mention<'_>>) -> Result<Ends, FormatError> {
    let variable = Variable::new(mention.name);
    let quoted = preceding.ends_with('"');
    if quoted && mention.after.starts_with('"') {
        return Ok(Ends::Quote);
    }
    if variable == Variable::TimeLocal {
        return Ok(Ends::Clf);
    }
    let free_text = matches!(variable, Variable::Request | Variable::UserAgent);
    match next {
        Some(next) if mention.after.is_empty() => match (variable, Variable::new(next.name)) {
            (Variable::Host(_), Variable::Target | Variable::Path) => Ok(Ends::Path),
            _ => Err(FormatError::Adjacent {
                column: next.column,
                first: mention.name.to_owned(),
                second: next.name.to_owned(),
            }),
        },
        None if mention.after.is_empty() => {
            Ok(if free_text || is_list(mention.name) { Ends::Line } else { Ends::Word })
        }
        _ if free_text && mention.after.starts_with(' ') => {
            Err(FormatError::Unquoted { column: mention.column, name: mention.name.to_owned() })
        }
        _ if is_list(mention.name) => Ok(Ends::List),
        _ => Ok(Ends::Separator),
    }
}

/// Variables whose values may be lists with spaces.
fn is_list(name: &str) -> bool {
    name.starts_with("upstream_") || name.ends_with("x_forwarded_for")
}
