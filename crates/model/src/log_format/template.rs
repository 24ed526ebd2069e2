//! A declared format as pieces: each a variable, how its value ends, and the text that follows. Readers of lines follow it.

use super::LogFormatError;

/// The longest declaration; real ones are below 2 KiB.
const MAX_FORMAT_BYTES: usize = 8 * 1024;
/// The most variables; nginx documents some two hundred, logs have a few dozen.
const MAX_VARIABLES: usize = 128;

/// What a variable says of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogVariable {
    /// The end as NCSA's formats write it.
    TimeLocal,
    /// The end in ISO 8601.
    TimeIso,
    /// The end in seconds since 1970, with milliseconds.
    Msec,
    /// The request line.
    Request,
    /// The method.
    Method,
    /// Path and query.
    Target,
    /// The path alone.
    Path,
    /// The query alone.
    Query,
    /// The HTTP status.
    Status,
    /// The gRPC status.
    GrpcStatus,
    /// Seconds from the first byte of the request to the last of the answer.
    RequestTime,
    /// Seconds that servers behind took, one for each that was asked.
    UpstreamTime,
    /// Bytes of the answer's body.
    BodyBytes,
    /// Bytes of the answer.
    Bytes,
    /// The page that led here.
    Referer,
    /// The user agent.
    UserAgent,
    /// Who asked.
    Peer,
    /// How well it says which host was asked, 0 the best.
    Host(u8),
    /// Anything else.
    Other,
}

impl LogVariable {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueEnd {
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogPiece {
    /// What it says of the event.
    pub variable: LogVariable,
    /// Its name.
    pub name: String,
    /// How the end of its value is found.
    pub ends: ValueEnd,
    /// The text between this variable and the next.
    pub after: Box<[u8]>,
    /// No other comes after it.
    pub is_last: bool,
}

/// A declared format that lines can be read by: it has a time, a request and a status, and each value's end can be told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogTemplate {
    text: String,
    before: Box<[u8]>,
    pieces: Vec<LogPiece>,
}

/// A variable as it was written.
struct Mention<'a> {
    name: &'a str,
    column: usize,
    after: &'a str,
}

impl LogTemplate {
    /// Reads a declaration.
    ///
    /// # Errors
    /// It is not one that lines can be read by.
    pub fn new(format: &str) -> Result<Self, LogFormatError> {
        if format.len() > MAX_FORMAT_BYTES {
            return Err(LogFormatError::TooLong { bytes: format.len(), max: MAX_FORMAT_BYTES });
        }
        if format.starts_with("log_format") || format.starts_with('\'') {
            return Err(LogFormatError::Directive);
        }
        let (before, mut mentions) = mentions(format)?;
        join_query(&mut mentions);
        let has = |wanted: &[LogVariable]| mentions.iter().any(|m| wanted.contains(&LogVariable::new(m.name)));
        if !has(&[LogVariable::TimeLocal, LogVariable::TimeIso, LogVariable::Msec]) {
            return Err(LogFormatError::NoTime);
        }
        if !has(&[LogVariable::Request, LogVariable::Target, LogVariable::Path]) {
            return Err(LogFormatError::NoRequest);
        }
        if !has(&[LogVariable::Status, LogVariable::GrpcStatus]) {
            return Err(LogFormatError::NoStatus);
        }
        let mut pieces = Vec::with_capacity(mentions.len());
        let mut preceding = before;
        for (number, mention) in mentions.iter().enumerate() {
            let ends = ends(preceding, mention, mentions.get(number + 1))?;
            pieces.push(LogPiece {
                variable: LogVariable::new(mention.name),
                name: mention.name.to_owned(),
                ends,
                after: mention.after.as_bytes().into(),
                is_last: number + 1 == mentions.len(),
            });
            preceding = mention.after;
        }
        Ok(Self { text: format.to_owned(), before: before.as_bytes().into(), pieces })
    }

    /// The declaration as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text before the first variable.
    pub fn before(&self) -> &[u8] {
        &self.before
    }

    /// The variables in their order.
    pub fn pieces(&self) -> &[LogPiece] {
        &self.pieces
    }

    /// Whether it has one of these variables.
    pub fn has(&self, wanted: &[LogVariable]) -> bool {
        self.pieces.iter().any(|piece| wanted.contains(&piece.variable))
    }
}

/// Cuts a format into the text before the first variable and the variables, each with the text after it.
fn mentions(format: &str) -> Result<(&str, Vec<Mention<'_>>), LogFormatError> {
    let first = format.find('$').unwrap_or(format.len());
    let (before, mut rest) = format.split_at(first);
    let mut mentions = Vec::new();
    while let Some(after_dollar) = rest.strip_prefix('$') {
        let column = format[..format.len() - rest.len()].chars().count() + 1;
        let (name, tail) = match after_dollar.strip_prefix('{') {
            Some(braced) => braced.split_once('}').ok_or(LogFormatError::Unclosed { column })?,
            None => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                after_dollar.split_at(after_dollar.find(|c| !is_name(c)).unwrap_or(after_dollar.len()))
            }
        };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(LogFormatError::NoName { column });
        }
        if mentions.len() == MAX_VARIABLES {
            return Err(LogFormatError::TooManyVariables { max: MAX_VARIABLES });
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
            if LogVariable::new(path.name) == LogVariable::Path && path.after.is_empty()
            && mark.name == "is_args" && mark.after.is_empty()
            && LogVariable::new(query.name) == LogVariable::Query)
    };
    if let Some(at) = mentions.windows(3).position(is_joined) {
        mentions[at].name = "request_uri";
        mentions[at].after = mentions[at + 2].after;
        mentions.drain(at + 1..at + 3);
    }
}

fn ends(preceding: &str, mention: &Mention<'_>, next: Option<&Mention<'_>>) -> Result<ValueEnd, LogFormatError> {
    let variable = LogVariable::new(mention.name);
    let quoted = preceding.ends_with('"');
    if quoted && mention.after.starts_with('"') {
        return Ok(ValueEnd::Quote);
    }
    if variable == LogVariable::TimeLocal {
        return Ok(ValueEnd::Clf);
    }
    let free_text = matches!(variable, LogVariable::Request | LogVariable::UserAgent);
    match next {
        Some(next) if mention.after.is_empty() => match (variable, LogVariable::new(next.name)) {
            (LogVariable::Host(_), LogVariable::Target | LogVariable::Path) => Ok(ValueEnd::Path),
            _ => Err(LogFormatError::Adjacent {
                column: next.column,
                first: mention.name.to_owned(),
                second: next.name.to_owned(),
            }),
        },
        None if mention.after.is_empty() => {
            Ok(if free_text || is_list(mention.name) { ValueEnd::Line } else { ValueEnd::Word })
        }
        _ if free_text && mention.after.starts_with(' ') => {
            Err(LogFormatError::Unquoted { column: mention.column, name: mention.name.to_owned() })
        }
        _ if is_list(mention.name) => Ok(ValueEnd::List),
        _ => Ok(ValueEnd::Separator),
    }
}

/// Variables whose values may be lists with spaces.
fn is_list(name: &str) -> bool {
    name.starts_with("upstream_") || name.ends_with("x_forwarded_for")
}
