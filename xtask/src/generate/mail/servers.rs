//! The mail example's servers: which spans a request or a message leaves behind, and when they fail.
//!
//! Who asks for what, and when, is not decided here.

use super::pages::{APPEND, Call, Page};
use super::{FIRST_US, LAST_US, SECOND_US, at};
use crate::generate::otlp::{Kind, Resource, Span, Value};
use crate::generate::random::{Latency, Random};
use std::ops::Range;

const HTTP: &str = "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp";
const GRPC: &str = "go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc";
const QUEUES: &str = "mail/queues";

pub(super) const EU_WEST: &str = "eu-west";
pub(super) const US_EAST: &str = "us-east";

const OLD: &str = "2.3.9";
const NEW: &str = "2.4.0";
/// When the second half of eu-west ran release 2.4.0, before it was rolled back. In us-east some servers run it all day.
const RELEASE_IN_EU_WEST: Range<u64> = at(14, 18)..at(14, 32);
/// When the outbox of release 2.4.0 could not reach its queue in eu-west.
const OUTBOX_DOWN: Range<u64> = at(14, 20)..at(14, 32);
/// How many of a thousand requests go to the servers that take the new release.
const NEW_IN_EU_WEST: u64 = 650;
const NEW_IN_US_EAST: u64 = 250;
const REFUSAL: Latency = Latency::of_ms(12, 0.4);

const DELIVERY: Latency = Latency::of_ms(24, 0.4);
/// Between delivery and spam filter.
const QUEUEING: Latency = Latency::of_ms(400, 0.6);
const JUDGING: Latency = Latency::of_ms(180, 0.5);

/// When the spelling service was overloaded.
const SPELLING_SLOW: Range<u64> = at(14, 40)..at(14, 45);
const SLOW_SPELLING: Latency = Latency::of_ms(1_250, 0.45);
const SPELLING_DEADLINE_US: u64 = 2 * SECOND_US;

/// After so long a browser drops an address look-up that is no longer wanted.
const TYPING: Latency = Latency::of_ms(70, 0.3);
/// Counted from the first: the message that the spam filter cannot judge.
const UNREADABLE_MAIL: u32 = 70;

/// What all trace ids have in common, and in its last half all span ids: what is the same everywhere compresses well.
/// 24 bits differ; the last four count the spans of a trace.
const SAME_IN_ALL_IDS: u128 = 0x69a5_97e0_5c0e_71a9_d3b8_42f6_5000_0000;
/// Times are whole milliseconds, again for the size of the files.
const PRECISION_US: u64 = 1_000;

/// One request to webmail.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) page: &'static Page,
    pub(super) path: String,
    pub(super) region: &'static str,
    pub(super) agent: &'static str,
    /// The annotation, in its wire form.
    pub(super) annotation: Option<&'a str>,
    pub(super) case: Case,
    pub(super) start_us: u64,
}

/// What is special about a request from the side of who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Usual,
    WrongPassword,
    /// The message that the inbox lists is not there.
    MessageGone,
    /// The user types on, and the browser drops the request.
    Dropped,
    /// Only this instance will do.
    Instance(u8),
}

/// How a call went.
#[derive(Clone, Copy, Debug)]
struct Reply {
    grpc: Grpc,
    /// What webmail answers.
    http: u16,
    /// What webmail says went wrong.
    error: Option<&'static str>,
    /// How long the called service took.
    took_us: u64,
}

/// A gRPC status with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grpc {
    Ok = 0,
    Cancelled = 1,
    DeadlineExceeded = 4,
    NotFound = 5,
    Unavailable = 14,
    Unauthenticated = 16,
}

/// A trace, and the annotation that goes with it to every server.
#[derive(Clone, Copy, Debug)]
struct Trace<'a> {
    id: u128,
    annotation: Option<&'a str>,
}

/// One side of a call, or the handling of a message: where it happens, in which trace, and when.
#[derive(Debug)]
struct Side<'a> {
    resource: Resource,
    kind: Kind,
    trace: Trace<'a>,
    /// Position in the trace, from 1; each calls the next.
    position: u8,
    start_us: u64,
    end_us: u64,
}

/// All servers of all regions, and the spans they have left so far.
#[derive(Debug)]
pub(super) struct Servers {
    random: Random,
    pub(super) spans: Vec<Span>,
    mails: u32,
}

impl Servers {
    pub(super) fn new(random: Random) -> Self {
        Self { random, spans: Vec::new(), mails: 0 }
    }

    /// Answers a request; tells when the answer was there, and whether it was one. What is asked outside the time that
    /// the example tells of leaves no trace.
    pub(super) fn answer(&mut self, request: &Request<'_>) -> (u64, bool) {
        let Request { page, region, start_us: start, .. } = *request;
        let own = self.random.duration_us(page.own);
        if !(FIRST_US..LAST_US).contains(&start) {
            return (start + own, true);
        }
        let webmail = self.webmail(request);
        let trace = self.trace(request.annotation);
        let mut reply = Reply { grpc: Grpc::Ok, http: page.status, error: None, took_us: 0 };
        let mut end = start + own;
        if let Some(call) = page.call {
            reply = self.reply(request, call, webmail.version);
            let callee = match call.service {
                // Webmail and outbox are released together.
                "outbox" => Resource { service: "outbox", ..webmail.clone() },
                service => Resource { service, version: OLD, region, instance: 0 },
            };
            let asked = start + own / 3;
            end += self.call([webmail.clone(), callee], call, trace, asked, reply) - asked;
        }
        let side = Side { resource: webmail, kind: Kind::Server, trace, position: 1, start_us: start, end_us: end };
        self.spans.push(http_span(side, request, reply));
        (end, reply.http < 500)
    }

    /// A message arrives: it is put into the user's mailbox, and then judged by the spam filter.
    pub(super) fn deliver(&mut self, region: &'static str, start: u64) {
        let resource = |service| Resource { service, version: OLD, region, instance: 0 };
        let trace = self.trace(None);
        let own = self.random.duration_us(DELIVERY);
        let took_us = self.random.duration_us(APPEND.latency);
        let reply = Reply { grpc: Grpc::Ok, http: 0, error: None, took_us };
        let appended = self.call([resource("delivery"), resource("mailbox")], &APPEND, trace, start + own / 2, reply);
        let end = appended + own / 2;
        let handled = |service, trace, start_us, end_us| Side {
            resource: resource(service),
            kind: Kind::Consumer,
            trace,
            position: 1,
            start_us,
            end_us,
        };
        self.spans.push(message_span(handled("delivery", trace, start, end), "incoming-mail", None));
        let start = end + self.random.duration_us(QUEUEING);
        let trace = self.trace(None);
        let end = start + self.random.duration_us(JUDGING);
        self.mails += 1;
        let error = (self.mails == UNREADABLE_MAIL).then_some("UnreadableAttachment");
        self.spans.push(message_span(handled("spam-filter", trace, start, end), "received-mail", error));
    }

    /// Which instance of webmail takes a request, and the release that it runs.
    fn webmail(&mut self, request: &Request<'_>) -> Resource {
        let region = request.region;
        let drawn = u8::from(self.random.chance(if region == EU_WEST { NEW_IN_EU_WEST } else { NEW_IN_US_EAST }));
        let instance = if let Case::Instance(instance) = request.case { instance } else { drawn };
        let is_new = instance == 1 && (region == US_EAST || RELEASE_IN_EU_WEST.contains(&request.start_us));
        Resource { service: "webmail", version: if is_new { NEW } else { OLD }, region, instance }
    }

    /// What the called service answers, and what webmail makes of it.
    fn reply(&mut self, request: &Request<'_>, call: &Call, version: &str) -> Reply {
        let start = request.start_us;
        let usual = Reply {
            grpc: Grpc::Ok,
            http: request.page.status,
            error: None,
            took_us: self.random.duration_us(call.latency),
        };
        match (request.case, call.method) {
            (Case::WrongPassword, _) => Reply { grpc: Grpc::Unauthenticated, http: 401, ..usual },
            (Case::MessageGone, _) => Reply { grpc: Grpc::NotFound, http: 404, ..usual },
            (Case::Dropped, _) => {
                Reply { grpc: Grpc::Cancelled, http: 499, took_us: self.random.duration_us(TYPING), ..usual }
            }
            (_, "Enqueue")
                if version == NEW
                    && request.region == EU_WEST
                    && OUTBOX_DOWN.contains(&start)
                    && self.random.chance(900) =>
            {
                let took_us = self.random.duration_us(REFUSAL);
                Reply { grpc: Grpc::Unavailable, http: 503, error: Some("OutboxUnavailable"), took_us }
            }
            (_, "Check") if SPELLING_SLOW.contains(&start) => self.reply_of_slow_spelling(usual),
            _ => usual,
        }
    }

    /// Past the deadline webmail shows no mistakes, which is an answer; only now and then even that comes too late.
    fn reply_of_slow_spelling(&mut self, usual: Reply) -> Reply {
        let took_us = self.random.duration_us(SLOW_SPELLING);
        if took_us < SPELLING_DEADLINE_US {
            return Reply { took_us, ..usual };
        }
        let late = Reply { grpc: Grpc::DeadlineExceeded, took_us: SPELLING_DEADLINE_US, ..usual };
        if self.random.chance(400) { Reply { http: 504, error: Some("SpellingTimeout"), ..late } } else { late }
    }

    /// A call: the caller's span and the called service's. Tells when the caller has the reply.
    fn call(
        &mut self,
        [caller, callee]: [Resource; 2],
        call: &Call,
        trace: Trace<'_>,
        start: u64,
        reply: Reply,
    ) -> u64 {
        let (there, back) = (200 + self.random.below(600), 200 + self.random.below(600));
        let (asked, replied) = (start + there, start + there + reply.took_us);
        let end = replied + back;
        for side in [
            Side { resource: caller, kind: Kind::Client, trace, position: 2, start_us: start, end_us: end },
            Side { resource: callee, kind: Kind::Server, trace, position: 3, start_us: asked, end_us: replied },
        ] {
            self.spans.push(rpc_span(side, call, reply.grpc));
        }
        end
    }

    fn trace<'a>(&mut self, annotation: Option<&'a str>) -> Trace<'a> {
        Trace { id: SAME_IN_ALL_IDS | u128::from(self.random.below(1 << 24) << 4), annotation }
    }
}

impl Side<'_> {
    /// The id of the span at a position of the trace.
    fn id(&self, position: u8) -> u64 {
        self.trace.id as u64 | u64::from(position)
    }

    fn span(self, scope: &'static str, name: String, mut attributes: Vec<(&'static str, Value)>) -> Span {
        attributes.extend(self.trace.annotation.map(|annotation| ("milepost", text(annotation))));
        Span {
            id: self.id(self.position),
            parent: (self.position > 1).then(|| self.id(self.position - 1)),
            resource: self.resource,
            scope,
            trace: self.trace.id,
            name,
            kind: self.kind,
            start_us: self.start_us / PRECISION_US * PRECISION_US,
            end_us: self.end_us / PRECISION_US * PRECISION_US,
            attributes,
            failed: false,
        }
    }
}

impl Grpc {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Cancelled => "CANCELLED",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::NotFound => "NOT_FOUND",
            Self::Unavailable => "UNAVAILABLE",
            Self::Unauthenticated => "UNAUTHENTICATED",
        }
    }

    /// Whether a span with this status is an error: to a caller all but OK, to a server only what is the server's fault.
    fn is_error(self, kind: Kind) -> bool {
        match self {
            Self::Ok => false,
            Self::DeadlineExceeded | Self::Unavailable => true,
            Self::Cancelled | Self::NotFound | Self::Unauthenticated => kind == Kind::Client,
        }
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn http_span(side: Side<'_>, request: &Request<'_>, reply: Reply) -> Span {
    let Page { method, route, .. } = *request.page;
    let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
    let mut attributes = vec![("http.request.method", text(method)), ("url.path", text(&request.path))];
    attributes.extend(route.map(|route| ("http.route", text(route))));
    attributes.push(("user_agent.original", text(request.agent)));
    if (method, route) == ("POST", Some("/messages")) {
        attributes.push(("http.request.body.size", Value::Number(letter_bytes(request.start_us))));
    }
    attributes.push(("http.response.status_code", Value::Number(reply.http)));
    attributes.extend(reply.error.map(|error| ("error.type", text(error))));
    Span { failed: reply.http >= 500, ..side.span(HTTP, name, attributes) }
}

/// How long a letter is: as different as people's letters are, and the same each time.
fn letter_bytes(start_us: u64) -> u16 {
    400 + (start_us / 1_000 % 2_600) as u16
}

fn rpc_span(side: Side<'_>, call: &Call, status: Grpc) -> Span {
    let Call { interface, method, .. } = *call;
    let mut attributes = vec![
        ("rpc.system", text("grpc")),
        ("rpc.service", text(interface)),
        ("rpc.method", text(method)),
        ("rpc.grpc.status_code", Value::Number(status as u16)),
    ];
    let failed = status.is_error(side.kind);
    attributes.extend(failed.then(|| ("error.type", text(status.name()))));
    Span { failed, ..side.span(GRPC, format!("{interface}/{method}"), attributes) }
}

fn message_span(side: Side<'_>, queue: &str, error: Option<&str>) -> Span {
    let mut attributes = vec![
        ("messaging.system", text("rabbitmq")),
        ("messaging.operation.type", text("process")),
        ("messaging.destination.name", text(queue)),
    ];
    attributes.extend(error.map(|error| ("error.type", text(error))));
    Span { failed: error.is_some(), ..side.span(QUEUES, format!("process {queue}"), attributes) }
}
