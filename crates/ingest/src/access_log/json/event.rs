//! The event that the values of one object make.

use super::alias::{MICROS, Role, Server, Unit};
use super::object::{Found, Values};
use crate::access_log::Rejected;
use crate::access_log::clock::{self, Clock};
use crate::access_log::line::AccessLine;
use crate::access_log::scan::{self, Request};
use crate::access_log::{envoy, grpc_status};
use milepost_model::{DurationNs, Timestamp};

/// An object is an event if it has keys for the request and for the status; other lines of the same log (start-up
/// messages, errors) have not.
pub(super) fn assemble<'a>(
    values: &Values,
    text: &'a str,
    scratch: &'a str,
    clock: &mut Clock,
) -> Result<AccessLine<'a>, Rejected> {
    let has_request = values.seen(Role::Target) || values.seen(Role::Request);
    if !has_request || !(values.seen(Role::Status) || values.seen(Role::GrpcStatus)) {
        return Err(Rejected::NotAccessLog);
    }
    let get = |role| values.get(role).and_then(|found| found.span.resolve(text, scratch));
    let duration = match values.get(Role::Duration) {
        Some(found) => read_duration(found, found.span.resolve(text, scratch).unwrap_or(""), values.server)?,
        None => None,
    };
    let is_apache = values.get(Role::Duration).is_some_and(|found| found.unit == Some(MICROS));
    let to_subtract = duration.filter(|_| !is_apache);
    let mut line = AccessLine::at(read_start(get(Role::Start), get(Role::End), to_subtract, clock)?);
    line.duration = duration;

    // Beside a method, what is called the request is the target alone.
    let (request, method) = (get(Role::Request), get(Role::Method));
    let parts = request.filter(|_| method.is_none()).map(Request::new);
    line.method = method.or(parts.map(|r| r.method)).unwrap_or("");
    line.target = get(Role::Target).or(parts.map(|r| r.target)).or(request_target(request)).unwrap_or("");
    line.separate_query = get(Role::Query).map(|query| query.strip_prefix('?').unwrap_or(query));
    line.broken_request = line.method.is_empty() || line.target.is_empty() || parts.is_some_and(|r| r.broken);

    line.status = scan::status(get(Role::Status).unwrap_or(""))?;
    line.grpc_status = get(Role::GrpcStatus).and_then(grpc_status);
    line.bytes = get(Role::Bytes).and_then(scan::number);
    line.referer = get(Role::Referer);
    line.user_agent = get(Role::UserAgent);
    line.peer = get(Role::Peer).map(scan::without_port);
    line.host = get(Role::Host);
    line.client_closed = line.status.is_none() && get(Role::Flags).is_some_and(envoy::client_went_away);
    Ok(line)
}

/// The target of a request line, or of what is the target alone.
fn request_target(request: Option<&str>) -> Option<&str> {
    let request = request?;
    let parts = Request::new(request);
    Some(if parts.method.is_empty() { request } else { parts.target })
}

/// The start: as stamped, or the end less the duration.
fn read_start(
    start: Option<&str>,
    end: Option<&str>,
    duration: Option<DurationNs>,
    clock: &mut Clock,
) -> Result<Timestamp, Rejected> {
    let stamp = start.or(end).ok_or(Rejected::NoTime)?;
    // Apache's `%t` comes with its brackets and is a start.
    let inside = stamp.strip_prefix('[').and_then(|s| s.strip_suffix(']'));
    let time = clock.any(inside.unwrap_or(stamp)).ok_or(Rejected::BadTime)?;
    match duration {
        Some(duration) if start.is_none() && inside.is_none() => Ok(time.minus(duration)),
        _ => Ok(time),
    }
}

/// A duration in the unit that it has or that its key implies. A negative one, which a clock that was set back makes,
/// is none.
fn read_duration(found: Found, text: &str, server: Option<Server>) -> Result<Option<DurationNs>, Rejected> {
    if text.starts_with('-') {
        return Ok(None);
    }
    let decimal = text.contains(['.', 'e', 'E']);
    let unit = match (found.unit, server) {
        (Some(Unit::UpstreamSeconds), _) => {
            let some = text.bytes().any(|b| b.is_ascii_digit());
            return if some { clock::upstream_seconds(text).map(Some).ok_or(Rejected::BadDuration) } else { Ok(None) };
        }
        (Some(Unit::Nanos(unit)), _) => unit,
        (_, Some(Server::Traefik)) => 1,
        (_, Some(Server::Envoy)) => 1_000_000,
        (_, Some(Server::Caddy)) => 1_000_000_000,
        (_, None) => {
            if decimal {
                1_000_000_000
            } else {
                1_000_000
            }
        }
    };
    clock::in_units(text, unit).or_else(|| clock::with_units(text)).map(Some).ok_or(Rejected::BadDuration)
}
