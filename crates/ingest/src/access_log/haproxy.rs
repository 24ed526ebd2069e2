//! HAProxy's `option httplog`, also as `option httpslog` extends it, with or without a syslog prefix.
//!
//! `PEER:PORT [ACCEPTED] FRONTEND BACKEND/SERVER TR/Tw/Tc/Tr/Ta STATUS BYTES CC CS FLAGS CONNECTIONS QUEUES {CAPTURED}
//! "REQUEST"`. The time is the start and has no zone: it is taken for UTC. The duration is the last of the five times,
//! in milliseconds: the total, from the request's first byte to the end (of versions before 1.7, from the accept).

use super::Rejected;
use super::clock::{self, CLF_BYTES, Clock, HAPROXY_BYTES};
use super::fields::FieldMap;
use super::line::AccessLine;
use super::scan::{self, Request, Scanner, present};
use memchr::memchr;

/// Fields that can be asked for, by number.
pub(super) const FIELDS: [&str; 5] = ["frontend", "backend", "server", "termination_state", "captured"];
const FRONTEND: usize = 0;
const BACKEND: usize = 1;
const SERVER: usize = 2;
const TERMINATION: usize = 3;
const CAPTURED: usize = 4;

/// How many times, divided by `/`, an HTTP line has; a TCP line has three.
const TIMES: usize = 5;

pub(super) fn parse<'a>(text: &'a str, clock: &mut Clock, fields: &mut FieldMap) -> Result<AccessLine<'a>, Rejected> {
    let (bracket, time) = find_time(text.as_bytes(), clock)?;
    let mut line = AccessLine::at(time);
    let client = text[..bracket - 1].rsplit(' ').next().unwrap_or("");
    // The port is always there, after a bare IPv6 address too.
    line.peer = client.rsplit_once(':').and_then(|(address, _port)| present(address));

    let mut rest = Scanner::new(text, bracket + 1 + HAPROXY_BYTES + 2);
    fields.set(FRONTEND, rest.word(), text);
    let (backend, server) = rest.word().split_once('/').ok_or(Rejected::NotAccessLog)?;
    fields.set(BACKEND, backend, text);
    fields.set(SERVER, server, text);
    let times = rest.word();
    if times.split('/').count() != TIMES {
        return Err(Rejected::NotAccessLog);
    }
    line.duration = total(times.rsplit('/').next().unwrap_or(""))?;
    line.status = scan::status(rest.word())?;
    // With `option logasap` the line is written before the end, and `+` says that there was more.
    let sent = rest.word();
    line.bytes = scan::bytes(sent.strip_prefix('+').unwrap_or(sent))?;
    let (_request_cookie, _response_cookie) = (rest.word(), rest.word());
    let termination = rest.word();
    fields.set(TERMINATION, termination, text);
    line.client_closed = line.status.is_none() && termination.starts_with('C');
    let (_connections, _queues) = (rest.word(), rest.word());

    // Quotes inside captured headers are written as `#22`.
    let before = rest.rest();
    let quote = memchr(b'"', before.as_bytes()).ok_or(Rejected::NotAccessLog)?;
    fields.set(CAPTURED, before[..quote].trim_ascii(), text);
    let mut rest = Scanner::new(&before[quote..], 0);
    let quoted = rest.quoted().ok_or(Rejected::NotAccessLog)?;
    let request = Request::new(quoted.text);
    (line.method, line.target, line.broken_request) = (request.method, request.target, request.broken);
    line.cut = !quoted.closed;
    line.trailing = !is_tls_part(rest.rest().trim_ascii());
    Ok(line)
}

/// Where the date's bracket is: the process id of a syslog prefix stands in brackets too.
fn find_time(bytes: &[u8], clock: &mut Clock) -> Result<(usize, milepost_model::Timestamp), Rejected> {
    let mut from = 0;
    let mut error = Rejected::NotAccessLog;
    while let Some(found) = memchr(b'[', &bytes[from..]) {
        let at = from + found;
        from = at + 1;
        if at < 2 || bytes[at - 1] != b' ' {
            continue;
        }
        if bytes.get(from + HAPROXY_BYTES..).is_some_and(|rest| rest.starts_with(b"] ")) {
            if let Some(time) = clock.haproxy(&bytes[from..]) {
                return Ok((at, time));
            }
            error = Rejected::BadTime;
        } else if bytes.get(from + CLF_BYTES) == Some(&b']') {
            // A line of another server.
            return Err(Rejected::NotAccessLog);
        }
    }
    Err(error)
}

/// The total time; `-1` when it never came to that.
fn total(text: &str) -> Result<Option<milepost_model::DurationNs>, Rejected> {
    if text == "-1" {
        return Ok(None);
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    clock::scaled(text, 1_000_000).map(Some).ok_or(Rejected::BadDuration)
}

/// Nothing, or what `option httpslog` adds: `0/0000000000000000/0/0/0 shop.example/TLSv1.3/TLS_AES_256_GCM_SHA384`.
fn is_tls_part(text: &str) -> bool {
    let mut words = text.split(' ');
    let slashes = |word: Option<&str>| word.map_or(0, |w| w.bytes().filter(|b| *b == b'/').count());
    text.is_empty() || (slashes(words.next()) == 4 && slashes(words.next()) == 2 && words.next().is_none())
}
