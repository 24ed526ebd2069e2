//! What the mail example's web front end offers, and what each page asks of the services behind it.
//!
//! The names are those of `examples/mail/*.yaml`; latencies are made up. Nothing here decides what fails.

use crate::generate::random::Latency;

/// A request that webmail answers.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) method: &'static str,
    /// The route that webmail matches; none for addresses that it does not have.
    pub(super) route: Option<&'static str>,
    /// The status when all is well.
    pub(super) status: u16,
    /// The step that it serves; none where nobody has said so.
    pub(super) step: Option<Claim>,
    /// What webmail needs for itself.
    pub(super) own: Latency,
    pub(super) call: Option<&'static Call>,
}

/// What browsers write into the annotation of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) objective: &'static str,
    pub(super) step: &'static str,
    pub(super) criticality: &'static str,
}

/// A call by gRPC to a service behind the web front end.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) service: &'static str,
    /// The full name of the gRPC service.
    pub(super) interface: &'static str,
    pub(super) method: &'static str,
    /// How long it takes when all is well.
    pub(super) latency: Latency,
}

pub(super) static LOGIN: Page = Page {
    method: "POST",
    route: Some("/login"),
    status: 303,
    step: Some(Claim { objective: "read-mail", step: "login", criticality: "-" }),
    own: Latency::of_ms(14, 0.3),
    call: Some(&Call {
        service: "accounts",
        interface: "mail.v1.Accounts",
        method: "Authenticate",
        latency: Latency::of_ms(130, 0.25),
    }),
};

pub(super) static OPEN_INBOX: Page = Page {
    method: "GET",
    route: Some("/inbox"),
    status: 200,
    step: Some(Claim { objective: "read-mail", step: "open-inbox", criticality: "-" }),
    own: Latency::of_ms(25, 0.4),
    call: Some(&Call {
        service: "mailbox",
        interface: "mail.v1.Mailbox",
        method: "List",
        latency: Latency::of_ms(75, 0.45),
    }),
};

pub(super) static OPEN_MESSAGE: Page = Page {
    method: "GET",
    route: Some("/messages/{message}"),
    status: 200,
    step: Some(Claim { objective: "read-mail", step: "open-message", criticality: "-" }),
    own: Latency::of_ms(16, 0.4),
    call: Some(&Call {
        service: "mailbox",
        interface: "mail.v1.Mailbox",
        method: "Get",
        latency: Latency::of_ms(42, 0.5),
    }),
};

pub(super) static OPEN_COMPOSE_DIALOG: Page = Page {
    method: "GET",
    route: Some("/compose"),
    status: 200,
    step: Some(Claim { objective: "compose-mail", step: "open-compose-dialog", criticality: "-" }),
    own: Latency::of_ms(28, 0.4),
    call: None,
};

pub(super) static LOOKUP_ADDRESSES: Page = Page {
    method: "GET",
    route: Some("/contacts"),
    status: 200,
    step: Some(Claim { objective: "compose-mail", step: "lookup-addresses", criticality: "-" }),
    own: Latency::of_ms(8, 0.3),
    call: Some(&Call {
        service: "contacts",
        interface: "mail.v1.Contacts",
        method: "Search",
        latency: Latency::of_ms(38, 0.5),
    }),
};

pub(super) static CHECK_SPELLING: Page = Page {
    method: "POST",
    route: Some("/spelling"),
    status: 200,
    step: Some(Claim { objective: "compose-mail", step: "check-spelling", criticality: "-" }),
    own: Latency::of_ms(10, 0.3),
    call: Some(&Call {
        service: "spelling",
        interface: "mail.v1.Spelling",
        method: "Check",
        latency: Latency::of_ms(85, 0.4),
    }),
};

pub(super) static SEND_MAIL: Page = Page {
    method: "POST",
    route: Some("/messages"),
    status: 202,
    step: Some(Claim { objective: "compose-mail", step: "send-mail", criticality: "critical" }),
    own: Latency::of_ms(45, 0.35),
    call: Some(&Call {
        service: "outbox",
        interface: "mail.v1.Outbox",
        method: "Enqueue",
        latency: Latency::of_ms(110, 0.4),
    }),
};

/// Drafts are saved while people write; the registry does not know that yet, so that there is something to discover.
pub(super) static SAVE_DRAFT: Page =
    Page { method: "POST", route: Some("/drafts"), status: 204, step: None, own: Latency::of_ms(32, 0.4), call: None };

/// What the orchestrator asks.
pub(super) static HEALTH: Page = Page {
    method: "GET",
    route: Some("/healthz"),
    status: 200,
    step: None,
    own: Latency { median_us: 400, spread: 0.3 },
    call: None,
};

/// What crawlers and scanners ask.
pub(super) static NOWHERE: Page = Page {
    method: "GET",
    route: None,
    status: 404,
    step: None,
    own: Latency { median_us: 900, spread: 0.4 },
    call: None,
};

/// Not a page of webmail's: how the delivery service puts a message into a mailbox.
pub(super) static APPEND: Call =
    Call { service: "mailbox", interface: "mail.v1.Mailbox", method: "Append", latency: Latency::of_ms(60, 0.4) };
