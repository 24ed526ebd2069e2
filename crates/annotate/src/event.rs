//! An event made ready for looking up: who and what it is as words, its RPC method whole.
//!
//! Made once for each event by the annotator; declared operations and rules read it.

use crate::field::{Slot, Slots};
use crate::words::{Word, Words};

/// What operations and rules look at of one event.
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

    /// The path as it came.
    pub(crate) fn raw_path(&self) -> Option<&'e str> {
        self.slots.text(Slot::PATH)
    }

    /// The route that the server matched.
    pub(crate) fn route(&self) -> Option<&'e str> {
        self.slots.text(Slot::ROUTE).map(trim_route)
    }

    /// What rules call the path: the path as it came; the route where telemetry has no path.
    pub(crate) fn path(&self) -> Option<&'e str> {
        self.raw_path().or_else(|| self.route())
    }
}

/// Longest HTTP method looked up in any case, in bytes: the longest that can be declared.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{FieldPlan, Value};

    fn rpc(fields: &[(Slot, &str)]) -> Option<String> {
        let mut slots = FieldPlan::default().slots();
        fields.iter().for_each(|(slot, text)| slots.set(*slot, Value::Text(text)));
        rpc_method(&slots, &mut String::new()).map(str::to_owned)
    }

    #[test]
    fn an_rpc_method_is_whole_however_it_comes() {
        let whole = Some("mail.Outbox/Enqueue".to_owned());
        assert_eq!(rpc(&[(Slot::RPC_SERVICE, "mail.Outbox"), (Slot::RPC_METHOD, "Enqueue")]), whole);
        assert_eq!(rpc(&[(Slot::RPC_METHOD, "mail.Outbox/Enqueue")]), whole);
        assert_eq!(rpc(&[(Slot::RPC_METHOD, "/mail.Outbox/Enqueue")]), whole);
        assert_eq!(rpc(&[(Slot::RPC_SERVICE, "mail.Outbox"), (Slot::RPC_METHOD, "mail.Outbox/Enqueue")]), whole);
        assert_eq!(rpc(&[(Slot::PATH, "/mail.Outbox/Enqueue"), (Slot::GRPC_STATUS, "0")]), whole);
        assert_eq!(rpc(&[(Slot::PATH, "/mail.Outbox/Enqueue")]), None);
        assert_eq!(rpc(&[(Slot::PATH, "/a/b/c"), (Slot::GRPC_STATUS, "0")]), None);
        assert_eq!(rpc(&[(Slot::PATH, "/a/"), (Slot::GRPC_STATUS, "0")]), None);
    }

    #[test]
    fn a_method_is_one_word_in_any_case() {
        let mut words = Words::default();
        let post = words.add("POST");
        assert_eq!(method("POST", &words), post);
        assert_eq!(method("post", &words), post);
        assert_eq!(method("Post", &words), post);
        for other in ["PUT", "p\u{f6}st", "", &"post".repeat(1000)] {
            assert_eq!(method(other, &words), Word::UNKNOWN, "{other}");
        }
    }
}
