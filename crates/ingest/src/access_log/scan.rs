//! Small pieces that all text formats share: words, quoted fields, request lines, statuses, addresses.
//!
//! Everything here is linear in the line and allocates nothing. All delimiters are ASCII, so every cut falls between
//! characters.

use super::Rejected;
use memchr::{memchr, memrchr};

/// A place in a line that moves right.
#[derive(Clone, Copy)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    /// What is left of the line.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// The next byte, if any.
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Steps over `byte` when it is next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// The text up to the next space or the end; the space is consumed.
    pub(super) fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let length = memchr(b' ', rest.as_bytes()).unwrap_or(rest.len());
        self.at += length + 1;
        &rest[..length]
    }

    /// A field in double quotes and a following space. `None` when no quote is next; not closed when the line ends first.
    pub(super) fn quoted(&mut self) -> Option<Quoted<'a>> {
        if !self.eat(b'"') {
            return None;
        }
        let rest = self.rest();
        let end = closing_quote(rest.as_bytes());
        let text = &rest[..end.unwrap_or(rest.len())];
        self.at += text.len() + 1;
        self.eat(b' ');
        Some(Quoted { text, closed: end.is_some() })
    }
}

/// A quoted field's text, escapes as they were logged.
#[derive(Clone, Copy)]
pub(super) struct Quoted<'a> {
    pub(super) text: &'a str,
    pub(super) closed: bool,
}

/// Where the quote is that ends a quoted field; `bytes` begin after the opening quote.
pub(super) fn closing_quote(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let quote = from + memchr(b'"', &bytes[from..])?;
        // A quote after an odd run of backslashes belongs to the text. Runs between quotes are looked at once.
        let slashes = bytes[from..quote].iter().rev().take_while(|b| **b == b'\\').count();
        if slashes % 2 == 0 {
            return Some(quote);
        }
        from = quote + 1;
    }
}

/// Where the quote is that ends a request line; `bytes` begin after the opening quote. Servers that do not escape quotes
/// inside it are borne with: the quote that a status follows is the one.
pub(super) fn request_end(bytes: &[u8]) -> Option<usize> {
    let first = closing_quote(bytes)?;
    let mut quote = first;
    loop {
        if status_follows(&bytes[quote + 1..]) {
            return Some(quote);
        }
        match closing_quote(&bytes[quote + 1..]) {
            Some(next) => quote += 1 + next,
            None => return Some(first),
        }
    }
}

/// ` 200 ` or ` 200` at the end.
fn status_follows(bytes: &[u8]) -> bool {
    matches!(bytes, [b' ', a, b, c, rest @ ..]
        if a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit() && matches!(rest, [] | [b' ', ..]))
}

/// `None` for what servers write when they have no value.
pub(super) fn present(text: &str) -> Option<&str> {
    (!text.is_empty() && text != "-").then_some(text)
}

/// A request line taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Request<'a> {
    /// Empty when there is none.
    pub(super) method: &'a str,
    /// Path and query as logged; all of the text when no method can be told from it; empty when nothing was sent.
    pub(super) target: &'a str,
    /// It is not `METHOD TARGET PROTOCOL`.
    pub(super) broken: bool,
}

/// The longest word that can be a method, as in the model.
const MAX_METHOD_BYTES: usize = 20;

impl<'a> Request<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let space = memchr(b' ', bytes);
        if let Some(space) = space
            && is_method(&bytes[..space])
        {
            let (method, rest) = (&text[..space], &text[space + 1..]);
            return match protocol_at(rest.as_bytes()) {
                Some(at) => Self { method, target: present(&rest[..at]).unwrap_or(""), broken: false },
                None => Self { method, target: rest, broken: true },
            };
        }
        // Proxies write `-` for each part that they could not read.
        let target = match text.strip_prefix("- ") {
            Some(rest) => &rest[..protocol_at(rest.as_bytes()).unwrap_or(rest.len())],
            None => text,
        };
        let nothing = matches!(target, "-" | "- -");
        Self { method: "", target: if nothing { "" } else { target }, broken: true }
    }
}

fn is_method(word: &[u8]) -> bool {
    (1..=MAX_METHOD_BYTES).contains(&word.len())
        && word.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_'))
        && word[0].is_ascii_alphabetic()
}

/// Where the space before the protocol is: ` HTTP/1.1`, ` HTTP/2`.
fn protocol_at(rest: &[u8]) -> Option<usize> {
    const USUAL: usize = " HTTP/1.1".len();
    if let Some(at) = rest.len().checked_sub(USUAL)
        && rest[at..].starts_with(b" HTTP/")
    {
        return Some(at);
    }
    memrchr(b' ', rest).filter(|at| rest[at + 1..].starts_with(b"HTTP"))
}

/// An HTTP status. Zero and minus one are what servers write when no answer was sent.
pub(super) fn status(text: &str) -> Result<Option<u16>, Rejected> {
    match *text.as_bytes() {
        [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
            Ok(Some(u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0')))
        }
        _ if matches!(text, "-" | "" | "0" | "000" | "-1") => Ok(None),
        _ => Err(Rejected::BadStatus),
    }
}

/// A count of bytes: digits, or nothing where the server wrote none.
pub(super) fn bytes(text: &str) -> Result<Option<u64>, Rejected> {
    if text == "-" {
        return Ok(None);
    }
    number(text).map(Some).ok_or(Rejected::NotAccessLog)
}

/// A number of digits only.
pub(super) fn number(text: &str) -> Option<u64> {
    let digits = text.as_bytes();
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    // Nineteen digits fit.
    digits.iter().try_fold(0u64, |n, b| b.is_ascii_digit().then(|| n * 10 + u64::from(b - b'0')))
}

/// An address without its port: `10.0.0.1:443`, `[::1]:443`; anything else as it is.
pub(super) fn without_port(address: &str) -> &str {
    let Some((host, port)) = address.rsplit_once(':') else { return address };
    if host.is_empty() || number(port).is_none() {
        return address;
    }
    match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        Some(inside) => inside,
        None if host.contains(':') => address,
        None => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> (&str, &str, bool) {
        let Request { method, target, broken } = Request::new(text);
        (method, target, broken)
    }

    #[test]
    fn a_request_line_gives_method_and_target() {
        assert_eq!(request("GET /a?b=1 HTTP/1.1"), ("GET", "/a?b=1", false));
        assert_eq!(request("GET /a HTTP/2"), ("GET", "/a", false));
        assert_eq!(request("GET /a b HTTP/2.0"), ("GET", "/a b", false));
        assert_eq!(request("VERSION-CONTROL / HTTP/1.0"), ("VERSION-CONTROL", "/", false));
    }

    #[test]
    fn a_broken_request_line_gives_what_can_be_told() {
        assert_eq!(request("GET /old"), ("GET", "/old", true));
        assert_eq!(request(r"\x16\x03\x01"), ("", r"\x16\x03\x01", true));
        assert_eq!(request("<BADREQ>"), ("", "<BADREQ>", true));
        assert_eq!(request("- /a HTTP/1.1"), ("", "/a", true));
        for nothing in ["", "-", "- - -", "- - HTTP/1.1"] {
            assert_eq!(request(nothing), ("", "", true), "{nothing}");
        }
    }

    #[test]
    fn only_an_unescaped_quote_ends_a_field() {
        assert_eq!(closing_quote(br#"a" b"#), Some(1));
        assert_eq!(closing_quote(br#"a\" b" c"#), Some(5));
        assert_eq!(closing_quote(br#"a\\" b"#), Some(3));
        assert_eq!(closing_quote(br#"a\\\""#), None);
    }

    #[test]
    fn a_status_is_three_digits_or_missing() {
        assert_eq!(status("200"), Ok(Some(200)));
        assert_eq!(status("999"), Ok(Some(999)));
        for missing in ["0", "000", "-1", "-", ""] {
            assert_eq!(status(missing), Ok(None), "{missing}");
        }
        for bad in ["20", "2000", "099", "20x", "+20"] {
            assert_eq!(status(bad), Err(Rejected::BadStatus), "{bad}");
        }
    }

    #[test]
    fn ports_are_cut_off_addresses_and_nothing_else_is() {
        for (address, host) in [
            ("10.0.0.1:443", "10.0.0.1"),
            ("10.0.0.1", "10.0.0.1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("unix:", "unix:"),
            (":80", ":80"),
        ] {
            assert_eq!(without_port(address), host);
        }
    }
}
