//! Which declared operation an event is of.

mod observed;

pub use observed::observed_action;

use crate::event::{Event, Path, Paths};
use crate::field::Slot;
use crate::routes::{Guard, Routes};
use crate::words::{Word, Words};
use hashbrown::HashMap;
use milepost_model::{Action, Operation, OperationId, Specificity};
use std::cmp::Reverse;

/// All declared operations, found by what an event carries.
#[derive(Debug, Default)]
pub struct Operations {
    declared: Vec<Operation>,
    ids: HashMap<Operation, OperationId>,
    by_rpc: Offers,
    by_message: Offers,
    by_span: Offers,
    routes: Routes,
    /// What the routes lead to, in the order in which they were declared.
    entries: Vec<RouteEntry>,
}

/// Actions of one kind by name, with the services that offer them.
#[derive(Debug, Default)]
struct Offers {
    by_service: HashMap<(Word, Word), OperationId>,
    by_name: HashMap<Word, Offer>,
}

/// Who offers an action of one name: the service that was declared first, and the first beside that one.
#[derive(Debug)]
struct Offer {
    first: (Word, OperationId),
    second: Option<OperationId>,
}

#[derive(Debug)]
struct RouteEntry {
    has_method: bool,
    specificity: Specificity,
    operation: OperationId,
}

impl Operations {
    /// Adds an operation, once; tells its id.
    pub(crate) fn declare(&mut self, operation: &Operation, words: &mut Words) -> OperationId {
        if let Some(id) = self.ids.get(operation) {
            return *id;
        }
        let id = OperationId::new(self.declared.len());
        self.declared.push(operation.clone());
        self.ids.insert(operation.clone(), id);
        let service = words.add(operation.service.as_str());
        match &operation.action {
            Action::Rpc(method) => self.by_rpc.add(words.add(method), service, id),
            Action::Message(name) => self.by_message.add(words.add(name), service, id),
            Action::Span(name) | Action::Event(name) => self.by_span.add(words.add(name), service, id),
            Action::Http { method, path } => {
                let entry = u32::try_from(self.entries.len()).expect("a registry has fewer than 2^32 routes");
                let guard = Guard { service, method: method.as_ref().map_or(Word::ANY, |m| words.add(m.as_str())) };
                self.routes.insert(path, guard, entry, words);
                let specificity = path.specificity();
                self.entries.push(RouteEntry { has_method: method.is_some(), specificity, operation: id });
            }
        }
        id
    }

    /// The declared operations, by id.
    pub fn declared(&self) -> &[Operation] {
        &self.declared
    }

    /// The id of a declared operation.
    pub fn id(&self, operation: &Operation) -> Option<OperationId> {
        self.ids.get(operation).copied()
    }

    /// The declared operation that an event is of.
    ///
    /// A caller's span (client or producer) names the other side's operation, which is found whichever service offers it, another before its
    /// own; of an HTTP call it says too little for that. Every other event is of an operation of its own service.
    pub(crate) fn find(&self, event: &Event<'_>, paths: &mut Paths<'_>) -> Option<OperationId> {
        let calls = matches!(event.slots.text(Slot::KIND), Some("client" | "producer"));
        let named = |offers: &Offers, name: Option<&str>| match name {
            Some(name) if !offers.by_name.is_empty() => offers.find(event.words.find(name), event.service, calls),
            _ => None,
        };
        named(&self.by_rpc, event.rpc)
            .or_else(|| named(&self.by_message, event.slots.text(Slot::DESTINATION)))
            .or_else(|| if calls { None } else { self.by_route(event, paths) })
            .or_else(|| named(&self.by_span, event.slots.text(Slot::SPAN_NAME)))
    }

    /// By the path as it came; a server may have been asked under a prefix, so else by the route.
    fn by_route(&self, event: &Event<'_>, paths: &mut Paths<'_>) -> Option<OperationId> {
        let guard = Guard { service: event.service, method: event.method };
        let best = |path: &mut Option<Path<'_>>| path.as_mut().and_then(|path| self.best_route(path, guard));
        best(&mut paths.path).or_else(|| best(&mut paths.route))
    }

    /// The entry with most literal segments; one with a method before one for any; then the first declared.
    fn best_route(&self, path: &mut Path<'_>, guard: Guard) -> Option<OperationId> {
        let mut best = None;
        self.routes.find(path, guard, &mut |stored| {
            let entry = &self.entries[stored as usize];
            best = best.max(Some((entry.specificity, entry.has_method, Reverse(stored))));
        });
        best.map(|(_, _, Reverse(stored))| self.entries[stored as usize].operation)
    }
}

impl Offers {
    fn add(&mut self, name: Word, service: Word, id: OperationId) {
        // A span and an event of one name cannot be told apart: the first declared stands for both.
        self.by_service.entry((name, service)).or_insert(id);
        let offer = self.by_name.entry(name).or_insert(Offer { first: (service, id), second: None });
        if offer.first.0 != service {
            offer.second.get_or_insert(id);
        }
    }

    /// The operation of that name that the service offers, or that it calls.
    fn find(&self, name: Word, service: Word, calls: bool) -> Option<OperationId> {
        if !calls {
            return self.by_service.get(&(name, service)).copied();
        }
        let offer = self.by_name.get(&name)?;
        let others = if offer.first.0 == service { offer.second } else { None };
        Some(others.unwrap_or(offer.first.1))
    }
}

#[cfg(test)]
mod tests;
