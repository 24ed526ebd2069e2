//! The field plan: which keys of an event are wanted, and the slots that hold their values.
//!
//! Readers ask the plan for each key they meet and put wanted values into [`Slots`]; everything else in the event is
//! skipped unread. Rules, dimensions and facts read slots and nothing else. A plan is compiled once per registry.

use hashbrown::HashMap;

/// Index of a wanted field in [`Slots`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u32);

/// A value as telemetry carries it, borrowed from the payload.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Value<'a> {
    /// The event does not have the field.
    #[default]
    Missing,
    /// Text.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// True or false.
    Bool(bool),
}

/// Up to here each whole number is a double of its own.
const WHOLE_DOUBLES: f64 = 9_007_199_254_740_992.0;

impl<'a> Value<'a> {
    /// The text, if it is one.
    pub fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, also when it was written as text or with a fraction of nothing, as some senders write all numbers.
    pub fn int(self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(number),
            Self::Text(text) => text.parse().ok(),
            // Within 2^53 a whole number has one double only.
            Self::Double(number) if number.fract() == 0.0 && number.abs() <= WHOLE_DOUBLES => Some(number as i64),
            _ => None,
        }
    }

    /// Whether the event has the field.
    pub fn is_present(self) -> bool {
        !matches!(self, Self::Missing)
    }
}

impl Slot {
    fn index(self) -> usize {
        self.0 as usize
    }
}

macro_rules! well_known {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "only counts the slots, by the constants' names")]
        enum Position { $($name,)* Count }
        impl Slot {
            $($(#[$doc])* pub const $name: Self = Self(Position::$name as u32);)*
            /// How many slots every plan has.
            const WELL_KNOWN: u32 = Position::Count as u32;
        }
    };
}

well_known! {
    /// The service that the event is of.
    SERVICE,
    /// Span name.
    SPAN_NAME,
    /// Span kind: `server`, `client`, `producer`, `consumer`, `internal`; `log` for log lines.
    KIND,
    /// Package and service of an RPC; empty when [`Slot::RPC_METHOD`] holds the full name.
    RPC_SERVICE,
    /// Method of an RPC, alone or as `package.Service/Method`.
    RPC_METHOD,
    /// HTTP method.
    METHOD,
    /// The route template that the server matched.
    ROUTE,
    /// The path of the request as it came.
    PATH,
    /// The query of the request, without `?`.
    QUERY,
    /// The user agent.
    USER_AGENT,
    /// Who called: the client's address.
    PEER,
    /// The host that was asked.
    HOST,
    /// Queue or topic of a message.
    DESTINATION,
    /// HTTP status, a number.
    HTTP_STATUS,
    /// gRPC status, a number or a name.
    GRPC_STATUS,
    /// What went wrong, as the application says it.
    ERROR_TYPE,
    /// The annotation in its wire form.
    ANNOTATION,
}

impl std::fmt::Display for Value<'_> {
    /// The value as rules and dimensions see it; nothing for a missing one.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Int(number) => write!(f, "{number}"),
            Self::Double(number) => write!(f, "{number}"),
            Self::Bool(truth) => write!(f, "{truth}"),
        }
    }
}

/// What to do with the value of a wanted key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// It goes into this slot.
    Slot(Slot),
    /// It is a path with an optional query: `/a?b`.
    Target,
    /// It is a whole URL: `https://host/a?b`.
    Url,
}

/// Attribute names of the OpenTelemetry semantic conventions, current and older, and where they go.
const ATTRIBUTES: &[(&str, Wanted)] = &[
    ("service.name", Wanted::Slot(Slot::SERVICE)),
    ("rpc.service", Wanted::Slot(Slot::RPC_SERVICE)),
    ("rpc.method", Wanted::Slot(Slot::RPC_METHOD)),
    ("http.request.method", Wanted::Slot(Slot::METHOD)),
    ("http.method", Wanted::Slot(Slot::METHOD)),
    ("http.route", Wanted::Slot(Slot::ROUTE)),
    ("url.path", Wanted::Slot(Slot::PATH)),
    ("url.query", Wanted::Slot(Slot::QUERY)),
    ("http.target", Wanted::Target),
    ("url.full", Wanted::Url),
    ("http.url", Wanted::Url),
    ("user_agent.original", Wanted::Slot(Slot::USER_AGENT)),
    ("http.user_agent", Wanted::Slot(Slot::USER_AGENT)),
    ("client.address", Wanted::Slot(Slot::PEER)),
    ("http.client_ip", Wanted::Slot(Slot::PEER)),
    ("server.address", Wanted::Slot(Slot::HOST)),
    ("http.host", Wanted::Slot(Slot::HOST)),
    ("messaging.destination.name", Wanted::Slot(Slot::DESTINATION)),
    ("messaging.destination", Wanted::Slot(Slot::DESTINATION)),
    ("http.response.status_code", Wanted::Slot(Slot::HTTP_STATUS)),
    ("http.status_code", Wanted::Slot(Slot::HTTP_STATUS)),
    ("rpc.response.status_code", Wanted::Slot(Slot::GRPC_STATUS)),
    ("rpc.grpc.status_code", Wanted::Slot(Slot::GRPC_STATUS)),
    ("error.type", Wanted::Slot(Slot::ERROR_TYPE)),
    ("milepost", Wanted::Slot(Slot::ANNOTATION)),
];

/// The keys that a registry wants of each event, with a slot for each.
#[derive(Clone, Debug)]
pub struct FieldPlan {
    attributes: HashMap<Box<[u8]>, Wanted>,
    slots: u32,
}

impl Default for FieldPlan {
    fn default() -> Self {
        let attributes = ATTRIBUTES.iter().map(|(key, wanted)| (key.as_bytes().into(), *wanted)).collect();
        Self { attributes, slots: Slot::WELL_KNOWN }
    }
}

impl FieldPlan {
    /// The slot of an attribute, making one if nothing wanted it before.
    pub fn want_attribute(&mut self, key: &str) -> Slot {
        match self.attributes.get(key.as_bytes()) {
            Some(Wanted::Slot(slot)) => *slot,
            // A key that is taken apart (a URL) can be wanted whole as well only through its parts.
            Some(Wanted::Target | Wanted::Url) => Slot::PATH,
            None => {
                let slot = Slot(self.slots);
                self.slots = self.slots.checked_add(1).expect("a registry wants fewer than 2^32 keys");
                self.attributes.insert(key.as_bytes().into(), Wanted::Slot(slot));
                slot
            }
        }
    }

    /// The slot of a request header; its name in lower case.
    pub fn want_header(&mut self, name: &str) -> Slot {
        match name {
            "user-agent" => Slot::USER_AGENT,
            "host" => Slot::HOST,
            _ => self.want_attribute(&format!("http.request.header.{name}")),
        }
    }

    /// What to do with an attribute; `None` when nothing wants it.
    pub fn attribute(&self, key: &[u8]) -> Option<Wanted> {
        self.attributes.get(key).copied()
    }

    /// The attributes wanted beyond those that every plan wants, with their slots, in the order in which they came.
    pub fn extra_attributes(&self) -> Vec<(&str, Slot)> {
        let mut extra: Vec<(&str, Slot)> = (self.attributes.iter())
            .filter_map(|(key, wanted)| match wanted {
                Wanted::Slot(slot) if slot.0 >= Slot::WELL_KNOWN => std::str::from_utf8(key).ok().map(|k| (k, *slot)),
                _ => None,
            })
            .collect();
        extra.sort_by_key(|(_, slot)| *slot);
        extra
    }

    /// Empty slots for the events of one payload.
    pub fn slots<'a>(&self) -> Slots<'a> {
        Slots { values: vec![Value::Missing; self.slots as usize] }
    }
}

/// The wanted values of one event.
#[derive(Clone, Debug)]
pub struct Slots<'a> {
    values: Vec<Value<'a>>,
}

impl<'a> Slots<'a> {
    /// The value of a field.
    pub fn get(&self, slot: Slot) -> Value<'a> {
        self.values.get(slot.index()).copied().unwrap_or_default()
    }

    /// The text of a field.
    pub fn text(&self, slot: Slot) -> Option<&'a str> {
        self.get(slot).text()
    }

    /// Puts a value into its slot.
    pub fn set(&mut self, slot: Slot, value: Value<'a>) {
        if let Some(place) = self.values.get_mut(slot.index()) {
            *place = value;
        }
    }

    /// Puts the value of a wanted key where it belongs, taking URLs apart. A value that is there already stays: span
    /// before resource, and the first of several names for one thing.
    pub fn put(&mut self, wanted: Wanted, value: Value<'a>) {
        match (wanted, value) {
            (Wanted::Slot(slot), _) => self.put_if_missing(slot, value),
            (Wanted::Target, Value::Text(target)) => self.put_target(target),
            (Wanted::Url, Value::Text(url)) => {
                let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
                let path_at = after_scheme.find(['/', '?', '#']).unwrap_or(after_scheme.len());
                let (authority, target) = after_scheme.split_at(path_at);
                // A name and password before `@` are no part of the host, and nobody's business.
                let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
                if !host.is_empty() {
                    self.put_if_missing(Slot::HOST, Value::Text(host));
                }
                self.put_target(target);
            }
            (Wanted::Target | Wanted::Url, _) => {}
        }
    }

    fn put_if_missing(&mut self, slot: Slot, value: Value<'a>) {
        if let Some(place) = self.values.get_mut(slot.index())
            && !place.is_present()
        {
            *place = value;
        }
    }

    /// Takes a request target apart: the path up to `?`, the query up to `#`.
    pub fn put_target(&mut self, target: &'a str) {
        let target = target.split_once('#').map_or(target, |(before, _)| before);
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        self.put_if_missing(Slot::PATH, Value::Text(if path.is_empty() { "/" } else { path }));
        if let Some(query) = query {
            self.put_if_missing(Slot::QUERY, Value::Text(query));
        }
    }

    /// Makes this a copy of `other`, keeping the memory: how a span starts from its resource.
    pub fn copy_from(&mut self, other: &Self) {
        self.values.clone_from(&other.values);
    }

    /// Forgets all values and keeps the memory for the values of another payload.
    pub fn recycle<'b>(self) -> Slots<'b> {
        Slots { values: self.values.into_iter().map(|_| Value::Missing).collect() }
    }

    /// Forgets all values.
    pub fn clear(&mut self) {
        self.values.fill(Value::Missing);
    }
}

#[cfg(test)]
mod tests;
