//! Envoy's default access log, and Istio's, which has more fields.
//!
//! `[START] "REQUEST" STATUS FLAGS RECEIVED SENT MILLIS UPSTREAM-MILLIS "FORWARDED-FOR" "AGENT" "REQUEST-ID" "HOST"
//! "UPSTREAM"`. The time is the start. Istio puts details after the flags and addresses at the end. The peer is
//! Istio's downstream address, or else the first address forwarded for.

use super::Rejected;
use super::clock::{self, Clock};
use super::fields::FieldMap;
use super::line::AccessLine;
use super::scan::{self, Request, Scanner, present};
use memchr::memchr;

/// Fields that can be asked for, by number.
pub(super) const FIELDS: [&str; 10] = [
    "http_x_forwarded_for",
    "http_user_agent",
    "http_x_request_id",
    "http_host",
    "upstream_host",
    "response_flags",
    "response_code_details",
    "upstream_service_time",
    "upstream_cluster",
    "route_name",
];
const FORWARDED_FOR: usize = 0;
const AGENT: usize = 1;
const HOST: usize = 3;
const UPSTREAM_HOST: usize = 4;
const FLAGS: usize = 5;
const DETAILS: usize = 6;
const UPSTREAM_TIME: usize = 7;
const CLUSTER: usize = 8;
const ROUTE: usize = 9;

/// Response flags that say the client went away: connection closed, stream reset.
const CLIENT_WENT_AWAY: [&str; 2] = ["DC", "DR"];

pub(super) fn parse<'a>(text: &'a str, clock: &mut Clock, fields: &mut FieldMap) -> Result<AccessLine<'a>, Rejected> {
    let bytes = text.as_bytes();
    let closing = memchr(b']', bytes).filter(|_| bytes[0] == b'[').ok_or(Rejected::NotAccessLog)?;
    if !bytes[closing..].starts_with(b"] \"") {
        return Err(Rejected::NotAccessLog);
    }
    let mut line = AccessLine::at(clock.iso(&text[1..closing]).ok_or(Rejected::BadTime)?);
    let request_at = closing + 3;
    let length = scan::request_end(&bytes[request_at..]).ok_or(Rejected::NotAccessLog)?;
    let request = Request::new(&text[request_at..request_at + length]);
    (line.method, line.target, line.broken_request) = (request.method, request.target, request.broken);

    let mut rest = Scanner::new(text, request_at + length + 1);
    if !rest.eat(b' ') || rest.at_end() {
        return Err(Rejected::NotAccessLog);
    }
    line.status = scan::status(rest.word())?;
    let flags = rest.word();
    fields.set(FLAGS, flags, text);
    line.client_closed = line.status.is_none() && client_went_away(flags);
    let istio = numbers(&mut rest, &mut line, fields, text)?;
    quoted_fields(&mut rest, &mut line, fields, text);
    if istio {
        addresses(&mut rest, &mut line, fields, text);
    }
    line.trailing = !rest.rest().trim_ascii().is_empty();
    Ok(line)
}

/// Whether response flags say that the client did not wait for an answer.
pub(super) fn client_went_away(flags: &str) -> bool {
    flags.split(',').any(|flag| CLIENT_WENT_AWAY.contains(&flag))
}

/// What stands between the flags and the quoted fields. Answers whether the line is Istio's.
fn numbers<'a>(
    rest: &mut Scanner<'a>,
    line: &mut AccessLine<'a>,
    fields: &mut FieldMap,
    text: &'a str,
) -> Result<bool, Rejected> {
    let mut received = "";
    let mut istio = false;
    // Details and why the connection ended; older versions of Istio have one of them or none.
    for place in 0..3 {
        if rest.peek() == Some(b'"') {
            break;
        }
        received = rest.word();
        if scan::number(received).is_some() {
            break;
        }
        istio = true;
        if place == 0 {
            fields.set(DETAILS, received, text);
        }
    }
    if rest.peek() == Some(b'"') {
        istio = true;
        // Why the upstream's transport failed.
        rest.quoted();
        received = rest.word();
    }
    if rest.at_end() {
        line.cut = true;
        return Ok(istio);
    }
    scan::bytes(received)?;
    line.bytes = scan::bytes(rest.word())?;
    line.cut = rest.at_end();
    let duration = rest.word();
    if present(duration).is_some() {
        line.duration = Some(clock::scaled(duration, 1_000_000).ok_or(Rejected::BadDuration)?);
    }
    fields.set(UPSTREAM_TIME, rest.word(), text);
    Ok(istio)
}

fn quoted_fields<'a>(rest: &mut Scanner<'a>, line: &mut AccessLine<'a>, fields: &mut FieldMap, text: &'a str) {
    for field in FORWARDED_FOR..=UPSTREAM_HOST {
        let Some(quoted) = rest.quoted() else {
            line.cut |= rest.at_end();
            return;
        };
        line.cut |= !quoted.closed;
        fields.set(field, quoted.text, text);
        match field {
            FORWARDED_FOR => line.peer = quoted.text.split(',').next().and_then(|first| present(first.trim_ascii())),
            AGENT => line.user_agent = present(quoted.text),
            HOST => line.host = present(quoted.text),
            _ => {}
        }
    }
}

/// Istio's last fields.
fn addresses<'a>(rest: &mut Scanner<'a>, line: &mut AccessLine<'a>, fields: &mut FieldMap, text: &'a str) {
    fields.set(CLUSTER, rest.word(), text);
    let (_upstream_local, _downstream_local) = (rest.word(), rest.word());
    if let Some(address) = present(rest.word()) {
        line.peer = Some(scan::without_port(address));
    }
    let _server_name = rest.word();
    fields.set(ROUTE, rest.word(), text);
}
