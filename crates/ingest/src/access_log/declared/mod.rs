//! Lines of a format that is declared as nginx's `log_format` declares it: text with `$variables`.
//!
//! [`LogTemplate`] is the declaration; this file matches lines against it. nginx writes its line when the request
//! has ended, so whichever time variable is there stamps the end, and the duration is subtracted.

use super::clock::{self, CLF_BYTES, Clock};
use super::fields::{Field, FieldMap};
use super::line::AccessLine;
use super::scan::{self, Request, present};
use super::{Rejected, grpc_status};
use memchr::memchr;
use memchr::memmem::Finder;
use milepost_model::{DurationNs, LogPiece, LogTemplate, LogVariable, Timestamp, ValueEnd};

/// Reads lines of a declared format.
#[derive(Clone, Debug)]
pub(super) struct DeclaredParser {
    template: LogTemplate,
    /// Finds the text after each piece.
    finders: Vec<Finder<'static>>,
}

/// What a line's variables say, before it is put together.
#[derive(Default)]
struct Found<'a> {
    /// The time and how good its variable is: milliseconds before seconds.
    time: Option<(u8, Timestamp)>,
    request: Option<Request<'a>>,
    method: Option<&'a str>,
    target: Option<&'a str>,
    path: Option<&'a str>,
    query: Option<&'a str>,
    has_status: bool,
    status: Option<u16>,
    grpc_status: Option<&'a str>,
    duration: Option<DurationNs>,
    upstream: Option<DurationNs>,
    body_bytes: Option<u64>,
    bytes: Option<u64>,
    referer: Option<&'a str>,
    user_agent: Option<&'a str>,
    peer: Option<&'a str>,
    /// By how well each says which host was asked: `$host`, `$http_host`, `$server_name`.
    hosts: [Option<&'a str>; 3],
}

impl DeclaredParser {
    pub(super) fn new(template: &LogTemplate) -> Self {
        let finders = template.pieces().iter().map(|piece| Finder::new(&piece.after).into_owned());
        Self { finders: finders.collect(), template: template.clone() }
    }

    /// The fields that can be asked for, by number: the variables in order.
    pub(super) fn map_fields(&self, fields: &[Field]) -> FieldMap {
        let names: Vec<&str> = self.template.pieces().iter().map(|piece| piece.name.as_str()).collect();
        FieldMap::new(&names, fields)
    }

    pub(super) fn parse<'a>(
        &self,
        text: &'a str,
        clock: &mut Clock,
        fields: &mut FieldMap,
    ) -> Result<AccessLine<'a>, Rejected> {
        let mut found = Found::default();
        let mut at = self.template.before().len();
        if !text.as_bytes().starts_with(self.template.before()) {
            return Err(Rejected::NotAccessLog);
        }
        let mut cut = false;
        for (number, piece) in self.template.pieces().iter().enumerate() {
            if at >= text.len() && number > 0 && !matches!(piece.ends, ValueEnd::Line | ValueEnd::Word) {
                cut = true;
                break;
            }
            let rest = text.get(at..).unwrap_or("");
            let end = end_of(piece, &self.finders[number], rest).ok_or(Rejected::NotAccessLog)?;
            let value = rest.get(..end.value).ok_or(Rejected::NotAccessLog)?;
            found.put(piece.variable, value, clock)?;
            fields.set(number, value, text);
            at += end.value + end.separator;
            if end.cut {
                cut = true;
                break;
            }
        }
        let mut line = found.assemble(cut)?;
        line.cut = cut;
        line.trailing = !text.get(at..).unwrap_or("").trim_ascii().is_empty();
        Ok(line)
    }
}

/// Where a variable's value ends.
struct End {
    value: usize,
    separator: usize,
    /// The line ends within the value or within what follows it.
    cut: bool,
}

/// Finds the end of a variable's value at the beginning of `rest`; `None` when what must follow does not.
fn end_of(piece: &LogPiece, finder: &Finder<'_>, rest: &str) -> Option<End> {
    let bytes = rest.as_bytes();
    let value = match &piece.ends {
        ValueEnd::Line => return Some(End { value: rest.len(), separator: 0, cut: false }),
        ValueEnd::Word => {
            let value = memchr(b' ', bytes).unwrap_or(rest.len());
            return Some(End { value, separator: 0, cut: false });
        }
        ValueEnd::Path => bytes.iter().position(|b| matches!(b, b'/' | b' ' | b'"'))?,
        ValueEnd::Clf => CLF_BYTES,
        ValueEnd::Quote if piece.variable == LogVariable::Request => match scan::closing_quote(bytes) {
            // Servers that do not escape quotes in the request: the whole separator is what ends it.
            Some(quote) if !bytes[quote..].starts_with(&piece.after) => finder.find(bytes).or(Some(quote))?,
            Some(quote) => quote,
            None => return Some(End { value: rest.len(), separator: 0, cut: true }),
        },
        ValueEnd::Quote => match scan::closing_quote(bytes) {
            Some(quote) => quote,
            None => return Some(End { value: rest.len(), separator: 0, cut: true }),
        },
        ValueEnd::Separator => match finder.find(bytes) {
            Some(found) => found,
            None => return cut_separator(piece, rest),
        },
        ValueEnd::List => match end_of_list(finder, bytes) {
            Some(found) => found,
            None => return cut_separator(piece, rest),
        },
    };
    let follows = bytes.get(value..)?;
    if follows.starts_with(&piece.after) {
        return Some(End { value, separator: piece.after.len(), cut: false });
    }
    // The line breaks off within the separator, or the last field is followed by stray text.
    let cut = piece.after.starts_with(follows);
    (cut || piece.is_last).then_some(End { value, separator: if cut { follows.len() } else { 1 }, cut })
}

/// The separator is not there: the value is the rest of the line, which breaks off in or after it.
fn cut_separator(piece: &LogPiece, rest: &str) -> Option<End> {
    // Only a value without spaces can be told from a line of another format.
    let word = memchr(b' ', rest.as_bytes()).is_none() && !rest.is_empty();
    (word && !piece.after.is_empty()).then_some(End { value: rest.len(), separator: 0, cut: true })
}

/// nginx writes lists as `a, b : c`, so a space after a comma or around a colon does not end one.
fn end_of_list(finder: &Finder<'_>, bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let found = from + finder.find(&bytes[from..])?;
        let after = &bytes[found..];
        let goes_on = after.starts_with(b" ")
            && (bytes[..found].ends_with(b",") || bytes[..found].ends_with(b" :") || after.starts_with(b" : "));
        if !goes_on {
            return Some(found);
        }
        from = found + 1;
    }
}

impl<'a> Found<'a> {
    fn put(&mut self, variable: LogVariable, value: &'a str, clock: &mut Clock) -> Result<(), Rejected> {
        let some = present(value);
        match variable {
            LogVariable::TimeLocal => self.put_time(2, clock.clf(value.as_bytes()))?,
            LogVariable::TimeIso => self.put_time(1, clock.iso(value))?,
            LogVariable::Msec => self.put_time(0, clock.any(value))?,
            LogVariable::Request => self.request = Some(Request::new(value)),
            LogVariable::Method => self.method = some,
            LogVariable::Target => self.target = some,
            LogVariable::Path => self.path = some,
            LogVariable::Query => self.query = some,
            LogVariable::Status => {
                self.status = scan::status(value)?;
                self.has_status = true;
            }
            LogVariable::GrpcStatus => {
                self.grpc_status = self.grpc_status.or(some);
                self.has_status = true;
            }
            LogVariable::RequestTime => {
                if let Some(text) = some {
                    self.duration = Some(clock::in_seconds(text).ok_or(Rejected::BadDuration)?);
                }
            }
            LogVariable::UpstreamTime => {
                if value.bytes().any(|b| b.is_ascii_digit()) {
                    self.upstream = Some(clock::upstream_seconds(value).ok_or(Rejected::BadDuration)?);
                }
            }
            LogVariable::BodyBytes => self.body_bytes = scan::number(value),
            LogVariable::Bytes => self.bytes = scan::number(value),
            LogVariable::Referer => self.referer = some,
            LogVariable::UserAgent => self.user_agent = some,
            LogVariable::Peer => self.peer = some,
            LogVariable::Host(rank) => self.hosts[usize::from(rank.min(2))] = some,
            LogVariable::Other => {}
        }
        Ok(())
    }

    fn put_time(&mut self, rank: u8, time: Option<Timestamp>) -> Result<(), Rejected> {
        let time = time.ok_or(Rejected::BadTime)?;
        if self.time.is_none_or(|(known, _)| rank < known) {
            self.time = Some((rank, time));
        }
        Ok(())
    }

    fn assemble(self, cut: bool) -> Result<AccessLine<'a>, Rejected> {
        let asked = self.request.is_some() || self.target.is_some() || self.path.is_some();
        let (Some((_, end)), true) = (self.time, self.has_status && (asked || !cut)) else {
            return Err(Rejected::NotAccessLog);
        };
        let duration = self.duration.or(self.upstream);
        let mut line = AccessLine::at(duration.map_or(end, |duration| end.minus(duration)));
        line.duration = duration;
        line.method = self.method.or(self.request.map(|r| r.method)).unwrap_or("");
        line.target = self.target.or(self.request.map(|r| r.target)).or(self.path).unwrap_or("");
        line.broken_request = line.target.is_empty() || self.request.is_some_and(|r| r.broken);
        line.separate_query = self.query;
        line.status = self.status;
        line.grpc_status = self.grpc_status.and_then(grpc_status);
        line.bytes = self.body_bytes.or(self.bytes);
        line.referer = self.referer;
        line.user_agent = self.user_agent;
        line.peer = self.peer;
        line.host = self.hosts.into_iter().flatten().next();
        Ok(line)
    }
}

#[cfg(test)]
mod tests;
