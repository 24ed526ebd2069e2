//! Which declared operation an event is of.

mod observed;

pub use observed::observed_action;

use crate::event::Event;
use crate::field::Slot;
use crate::routes::{Guard, Offer, Routes, Stored};
use crate::words::{Word, Words};
use hashbrown::HashMap;
use milepost_model::{Action, Operation, OperationId};
use std::cmp::Reverse;

/// All declared operations, found by what an event carries.
#[derive(Debug, Default)]
pub struct Operations {
    declared: Vec<Operation>,
    ids: HashMap<Operation, OperationId>,
    by_rpc: Offers,
    by_message: Offers,
    by_span: Offers,
}

/// Actions of one kind by name, with the services that offer them.
#[derive(Debug, Default)]
struct Offers {
    by_service: HashMap<(Word, Word), OperationId>,
    by_name: HashMap<Word, Offerers>,
}

/// Who offers an action of one name: the service that was declared first, and the first beside that one.
#[derive(Debug)]
struct Offerers {
    first: (Word, OperationId),
    second: Option<OperationId>,
}

impl Operations {
    /// Adds an operation, once; tells its id. HTTP routes go into the trie.
    pub(crate) fn declare(&mut self, operation: &Operation, words: &mut Words, routes: &mut Routes) -> OperationId {
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
                let guard = Guard { service, method: method.as_ref().map_or(Word::ANY, |m| words.add(m.as_str())) };
                let offer =
                    Offer { specificity: path.specificity(), has_method: method.is_some(), operation: Reverse(id) };
                routes.insert(path, guard, Stored::Operation(offer), words);
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

    /// The declared operation that an event is of; `routed` is the one that its path or route leads to.
    ///
    /// A caller's span (client or producer) names the other side's operation, which is found whichever service offers it, another before its
    /// own; of an HTTP call it says too little for that. Every other event is of an operation of its own service.
    pub(crate) fn find(&self, event: &Event<'_>, routed: Option<OperationId>) -> Option<OperationId> {
        let calls = matches!(event.slots.text(Slot::KIND), Some("client" | "producer"));
        let named = |offers: &Offers, name: Option<&str>| match name {
            Some(name) if !offers.by_name.is_empty() => offers.find(event.words.find(name), event.service, calls),
            _ => None,
        };
        named(&self.by_rpc, event.rpc)
            .or_else(|| named(&self.by_message, event.slots.text(Slot::DESTINATION)))
            .or(routed.filter(|_| !calls))
            .or_else(|| named(&self.by_span, event.slots.text(Slot::SPAN_NAME)))
    }
}

impl Offers {
    fn add(&mut self, name: Word, service: Word, id: OperationId) {
        // A span and an event of one name cannot be told apart: the first declared stands for both.
        self.by_service.entry((name, service)).or_insert(id);
        let offer = self.by_name.entry(name).or_insert(Offerers { first: (service, id), second: None });
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
