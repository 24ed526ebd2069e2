//! One event of an access log, borrowed from its line.

use milepost_model::{DurationNs, GrpcStatus, Timestamp};

/// A request as an access log tells it. Texts are as they were logged, server's escapes (`\x22`, `\"`) included; only
/// JSON's own escapes are resolved.
#[derive(Clone, Debug)]
pub struct AccessLine<'a> {
    /// When the request began. A format that stamps the end has its duration subtracted; without a duration the stamp
    /// stands as it is.
    pub time: Timestamp,
    /// How long it took, when the line says so.
    pub duration: Option<DurationNs>,
    /// The method; empty when none can be told.
    pub method: &'a str,
    /// The request target: path and query, or a whole URL as proxies log it; empty when none was sent. When the
    /// request line is broken beyond telling, all of it. [`Self::path`] and [`Self::query`] take it apart.
    pub target: &'a str,
    /// The HTTP status sent to the client; `None` when no answer was sent.
    pub status: Option<u16>,
    /// The gRPC status, where the format has one.
    pub grpc_status: Option<GrpcStatus>,
    /// Bytes sent to the client.
    pub bytes: Option<u64>,
    /// The page the request came from.
    pub referer: Option<&'a str>,
    /// The user agent.
    pub user_agent: Option<&'a str>,
    /// The client's address, without port.
    pub peer: Option<&'a str>,
    /// The host that was asked; where none is logged, the one in a target that is a whole URL.
    pub host: Option<&'a str>,
    /// The log says that the client went away before an answer was sent: what nginx's 499 says.
    pub client_closed: bool,
    /// Stray text follows the last field; it was ignored.
    pub trailing: bool,
    /// The line ends before its last field, as at the end of a file that was cut off.
    pub cut: bool,
    /// The request is not `METHOD TARGET PROTOCOL`: garbage, HTTP/0.9, or nothing. Servers answer such with 400, so it is an event.
    pub broken_request: bool,
    /// The line was not UTF-8: bytes that are not were replaced by `U+FFFD`.
    pub lossy: bool,
    /// The query, where the format logs it apart from the path.
    pub(super) separate_query: Option<&'a str>,
    pub(super) fields: FieldValues<'a>,
}

impl<'a> AccessLine<'a> {
    pub(super) fn at(time: Timestamp) -> Self {
        Self {
            time,
            duration: None,
            method: "",
            target: "",
            status: None,
            grpc_status: None,
            bytes: None,
            referer: None,
            user_agent: None,
            peer: None,
            host: None,
            client_closed: false,
            trailing: false,
            cut: false,
            broken_request: false,
            lossy: false,
            separate_query: None,
            fields: FieldValues { text: "", scratch: "", spans: &[] },
        }
    }

    /// The target's path, without host, query and fragment; empty when there is no target.
    pub fn path(&self) -> &'a str {
        let (_, target) = split_host(self.target);
        &target[..target.find(['?', '#']).unwrap_or(target.len())]
    }

    /// The query without `?`, when there is one.
    pub fn query(&self) -> Option<&'a str> {
        let target = self.target.split_once('#').map_or(self.target, |(before, _)| before);
        target.split_once('?').map(|(_, query)| query).filter(|q| !q.is_empty()).or(self.separate_query)
    }

    /// The value of the `index`-th field that the parser was asked for, when the line has it.
    pub fn field(&self, index: usize) -> Option<&'a str> {
        self.fields.get(index)
    }
}

/// Takes the host off a target that is a whole URL: `https://shop.example/cart` is (`shop.example`, `/cart`).
pub(super) fn split_host(target: &str) -> (Option<&str>, &str) {
    if target.starts_with('/') {
        return (None, target);
    }
    let Some((scheme, rest)) = target.split_once("://") else { return (None, target) };
    if !scheme.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return (None, target);
    }
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    (Some(host).filter(|h| !h.is_empty()), if path.is_empty() { "/" } else { path })
}

/// Where a field's value is: in the line, or in the text that was unescaped from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) in_scratch: bool,
}

impl Span {
    /// Where `part` lies in `text`, of which it is a slice.
    pub(super) fn of(part: &str, text: &str) -> Self {
        let start = (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
        Self { start, end: start.wrapping_add(part.len()), in_scratch: false }
    }

    pub(super) fn resolve<'a>(self, text: &'a str, scratch: &'a str) -> Option<&'a str> {
        (if self.in_scratch { scratch } else { text }).get(self.start..self.end)
    }
}

/// The values of the fields that were asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldValues<'a> {
    pub(super) text: &'a str,
    pub(super) scratch: &'a str,
    pub(super) spans: &'a [Option<Span>],
}

impl<'a> FieldValues<'a> {
    fn get(&self, index: usize) -> Option<&'a str> {
        self.spans.get(index).copied().flatten()?.resolve(self.text, self.scratch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(target: &str) -> (&str, Option<&str>) {
        let line = AccessLine { target, ..AccessLine::at(Timestamp::default()) };
        (line.path(), line.query())
    }

    #[test]
    fn a_target_is_taken_apart() {
        assert_eq!(parts("/a/b?c=d&e"), ("/a/b", Some("c=d&e")));
        assert_eq!(parts("/a?"), ("/a", None));
        assert_eq!(parts("/a#x?y"), ("/a", None));
        assert_eq!(parts("https://shop.example/a?b#c"), ("/a", Some("b")));
        assert_eq!(parts("https://shop.example"), ("/", None));
        assert_eq!(parts("/redirect?to=https://shop.example/a"), ("/redirect", Some("to=https://shop.example/a")));
        assert_eq!(parts("*"), ("*", None));
        assert_eq!(parts(""), ("", None));
    }
}
