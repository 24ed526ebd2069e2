//! NCSA common and combined lines, as Apache and nginx write them by default.
//!
//! `PEER IDENT USER [TIME] "REQUEST" STATUS BYTES "REFERER" "AGENT"`. The time stands as it is: Apache stamps the
//! start, nginx the end, and neither says how long the request took. In front of the peer there may be a virtual host
//! (Apache's `vhost_combined`) or a syslog prefix.

use super::Rejected;
use super::clock::{CLF_BYTES, Clock};
use super::fields::FieldMap;
use super::line::AccessLine;
use super::scan::{self, Request, Scanner, present};
use memchr::{memchr, memmem};

/// Fields that can be asked for, by number.
pub(super) const FIELDS: [&str; 4] = ["remote_user", "http_referer", "http_user_agent", "host"];
const USER: usize = 0;
const REFERER: usize = 1;
const AGENT: usize = 2;
const HOST: usize = 3;

/// Which of the two a line is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Common,
    Combined,
}

pub(super) fn parse<'a>(
    text: &'a str,
    shape: Shape,
    clock: &mut Clock,
    fields: &mut FieldMap,
) -> Result<AccessLine<'a>, Rejected> {
    let bytes = text.as_bytes();
    let (bracket, time) = find_time(bytes, clock)?;
    let mut line = AccessLine::at(time);
    // `[` time `] "`
    let request_at = bracket + 1 + CLF_BYTES + 3;
    let length = scan::request_end(&bytes[request_at..]).ok_or(Rejected::NotAccessLog)?;
    let request = Request::new(&text[request_at..request_at + length]);
    (line.method, line.target, line.broken_request) = (request.method, request.target, request.broken);

    let mut rest = Scanner::new(text, request_at + length + 1);
    if !rest.eat(b' ') || rest.at_end() {
        return Err(Rejected::NotAccessLog);
    }
    line.status = scan::status(rest.word())?;
    line.cut = rest.at_end();
    if !line.cut {
        line.bytes = scan::bytes(rest.word())?;
    }
    referer_and_agent(&mut rest, shape, &mut line);

    let client = Client::new(&text[..bracket - 1]);
    line.peer = present(client.peer);
    line.host = client.host;
    fields.set(USER, client.user, text);
    fields.set(REFERER, line.referer.unwrap_or(""), text);
    fields.set(AGENT, line.user_agent.unwrap_or(""), text);
    fields.set(HOST, line.host.unwrap_or(""), text);
    Ok(line)
}

/// The last two fields. A common line has none, yet those that do are read.
fn referer_and_agent<'a>(rest: &mut Scanner<'a>, shape: Shape, line: &mut AccessLine<'a>) {
    let more = !rest.at_end();
    let referer = rest.quoted();
    let agent = referer.and_then(|_| rest.quoted());
    line.referer = referer.and_then(|q| present(q.text));
    line.user_agent = agent.and_then(|q| present(q.text));
    line.trailing = match shape {
        Shape::Combined => !rest.rest().trim_ascii().is_empty(),
        Shape::Common => more,
    };
    if shape == Shape::Combined {
        line.cut |= !line.trailing && !agent.is_some_and(|q| q.closed);
    }
}

/// Where the time's bracket is. A user's name may hold brackets but no quote, so the bracket is the one whose time is
/// followed by the request.
fn find_time(bytes: &[u8], clock: &mut Clock) -> Result<(usize, milepost_model::Timestamp), Rejected> {
    let mut from = 0;
    while let Some(found) = memchr(b'[', &bytes[from..]) {
        let at = from + found;
        from = at + 1;
        let closes = bytes.get(from + CLF_BYTES..).is_some_and(|rest| rest.starts_with(b"] \""));
        if closes
            && at > 1
            && bytes[at - 1] == b' '
            && let Some(time) = clock.clf(&bytes[from..])
        {
            return Ok((at, time));
        }
    }
    let has_request = from > 0 && memmem::find(bytes, b"] \"").is_some();
    Err(if has_request { Rejected::BadTime } else { Rejected::NotAccessLog })
}

/// What stands before the time.
struct Client<'a> {
    peer: &'a str,
    user: &'a str,
    host: Option<&'a str>,
}

impl<'a> Client<'a> {
    fn new(text: &'a str) -> Self {
        // Nearly every line: the ident is `-`, which nobody has used for decades.
        if let Some(space) = memchr(b' ', text.as_bytes())
            && text[space..].starts_with(" - ")
        {
            return Self { peer: &text[..space], user: &text[space + 3..], host: None };
        }
        match text.split_once(" - ") {
            Some((before, user)) => {
                let (prefix, peer) = before.rsplit_once(' ').unwrap_or(("", before));
                // One word is a virtual host; more, or a colon at the end, are syslog's.
                let is_host = !prefix.is_empty() && !prefix.contains(' ') && !prefix.ends_with(':');
                Self { peer, user, host: is_host.then(|| scan::without_port(prefix)).and_then(present) }
            }
            None => {
                let mut words = Scanner::new(text, 0);
                let (peer, _ident) = (words.word(), words.word());
                Self { peer, user: words.rest(), host: None }
            }
        }
    }
}
