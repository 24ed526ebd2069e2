//! An event made ready for looking up: who and what it is as words, its RPC method whole, its path taken apart as far as anyone looks.
//!
//! Made once for each event by the annotator; declared operations and rules read it.

use crate::field::{Slot, Slots};
use crate::words::{Word, Words};

/// What operations and rules look at of one event, beside its paths.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event<'e> {
    pub(crate) slots: &'e Slots<'e>,
    pub(crate) words: &'e Words,
    pub(crate) service: Word,
    /// The HTTP method, whatever its case.
    pub(crate) method: Word,
    /// The full RPC method: `package.Service/Method`.
    pub(crate) rpc: Option<&'e str>,
}

impl<'e> Event<'e> {
    /// Reads the slots; `scratch` holds the RPC method when it comes in two parts.
    pub(crate) fn new(slots: &'e Slots<'_>, words: &'e Words, scratch: &'e mut String) -> Self {
        Self {
            slots,
            words,
            service: slots.text(Slot::SERVICE).map_or(Word::UNKNOWN, |text| words.find(text)),
            method: slots.text(Slot::METHOD).map_or(Word::UNKNOWN, |text| method(text, words)),
            rpc: rpc_method(slots, scratch),
        }
    }

    /// The path as it came; the route where telemetry has no path.
    pub(crate) fn path(&self) -> Option<&'e str> {
        self.slots.text(Slot::PATH).or_else(|| self.route())
    }

    /// The route that the server matched.
    pub(crate) fn route(&self) -> Option<&'e str> {
        self.slots.text(Slot::ROUTE).map(trim_route)
    }
}

/// Longest HTTP method looked up, in bytes, as of declared ones.
pub(crate) const LONGEST_METHOD: usize = 20;

/// Methods are declared in capitals, and some telemetry writes them small.
fn method(text: &str, words: &Words) -> Word {
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return words.find(text);
    }
    let mut capitals = [0; LONGEST_METHOD];
    let Some(capitals) = capitals.get_mut(..text.len()) else { return Word::UNKNOWN };
    capitals.copy_from_slice(text.as_bytes());
    capitals.make_ascii_uppercase();
    std::str::from_utf8(capitals).map_or(Word::UNKNOWN, |text| words.find(text))
}

/// Rails ends its routes with an optional extension.
pub(crate) fn trim_route(route: &str) -> &str {
    route.strip_suffix("(.:format)").unwrap_or(route)
}

/// The full RPC method of an event: `package.Service/Method`. Proxies that log gRPC calls know only a path and a gRPC status; the path of such a
/// call is its method.
pub(crate) fn rpc_method<'s>(slots: &'s Slots<'_>, scratch: &'s mut String) -> Option<&'s str> {
    let Some(method) = slots.text(Slot::RPC_METHOD) else {
        let path = slots.text(Slot::PATH).filter(|_| slots.get(Slot::GRPC_STATUS).is_present())?;
        let method = path.strip_prefix('/')?;
        let (service, name) = method.split_once('/')?;
        return (!service.is_empty() && !name.is_empty() && !name.contains('/')).then_some(method);
    };
    match slots.text(Slot::RPC_SERVICE) {
        Some(service) if !method.contains('/') => {
            scratch.clear();
            scratch.push_str(service);
            scratch.push('/');
            scratch.push_str(method);
            Some(scratch)
        }
        _ => Some(method.strip_prefix('/').unwrap_or(method)),
    }
}

/// One segment of a path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// The segment as a word.
    pub(crate) word: Word,
    start: usize,
    end: usize,
}

/// A path taken apart as far as anyone has looked, so that no byte of it is read twice however many templates it is held against.
#[derive(Debug)]
pub(crate) struct Path<'p> {
    text: &'p str,
    words: &'p Words,
    parts: &'p mut Vec<Part>,
    read_to: usize,
}

impl<'p> Path<'p> {
    /// A path of which nothing was read yet; `parts` lends its memory.
    pub(crate) fn new(text: &'p str, words: &'p Words, parts: &'p mut Vec<Part>) -> Self {
        parts.clear();
        Self { text, words, parts, read_to: 0 }
    }

    /// The segment at a position, counted from 0; empty ones do not count. Those before it must have been read.
    pub(crate) fn segment(&mut self, position: usize) -> Option<Part> {
        match self.parts.get(position) {
            Some(part) => Some(*part),
            None => self.read_next(),
        }
    }

    /// The text of a segment.
    pub(crate) fn text(&self, part: Part) -> &'p str {
        &self.text[part.start..part.end]
    }

    fn read_next(&mut self) -> Option<Part> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.read_to) == Some(&b'/') {
            self.read_to += 1;
        }
        let start = self.read_to;
        if start == bytes.len() {
            return None;
        }
        let end = memchr::memchr(b'/', &bytes[start..]).map_or(bytes.len(), |length| start + length);
        self.read_to = end;
        let part = Part { word: self.words.find(&self.text[start..end]), start, end };
        self.parts.push(part);
        Some(part)
    }
}

/// Memory for the paths of one event, used again for the next.
#[derive(Debug, Default)]
pub(crate) struct PathScratch {
    path: Vec<Part>,
    route: Vec<Part>,
}

/// The paths of one event.
#[derive(Debug)]
pub(crate) struct Paths<'p> {
    /// The path as it came; the route where telemetry has no path.
    pub(crate) path: Option<Path<'p>>,
    /// The route that the server matched.
    pub(crate) route: Option<Path<'p>>,
}

impl<'p> Paths<'p> {
    /// The paths of an event, unread.
    pub(crate) fn new(event: &Event<'p>, scratch: &'p mut PathScratch) -> Self {
        let PathScratch { path, route } = scratch;
        Self {
            path: event.path().map(|text| Path::new(text, event.words, path)),
            route: event.route().map(|text| Path::new(text, event.words, route)),
        }
    }
}
