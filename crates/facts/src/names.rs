//! Names as small numbers: in memory every name in a fact is an id into a table that lives as long as one registry version.
//!
//! Tables are bounded. Names of the registry are there from the start and never overflow; what telemetry brings beyond a table's bound becomes
//! `other`, so that totals stay exact whatever is sent.

use crate::secrets::redacted;
use hashbrown::DefaultHashBuilder;
use hashbrown::HashTable;
use milepost_annotate::Annotator;
use milepost_model::{OperationId, RuleId, StepId};
use milepost_registry::Registry;
use std::hash::BuildHasher;

/// Position of a name in its table; 0 stands for NULL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(pub u32);

impl NameId {
    /// No name.
    pub const NULL: Self = Self(0);

    /// Whether there is no name.
    pub fn is_null(self) -> bool {
        self.0 == 0
    }
}

/// One table of names, append-only.
#[derive(Debug)]
pub struct Names {
    texts: Vec<Box<str>>,
    ids: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Most names beyond those that were there from the start.
    capacity: usize,
    reserved: usize,
}

/// What names beyond a table's bound become.
const OTHER: &str = "other";
/// Longest name kept of what telemetry brings, in bytes; longer ones are cut there, on a character's boundary.
const LONGEST: usize = 256;

impl Names {
    /// A table that admits so many names beyond `reserved`, which get the ids 1, 2, ... in their order, also when one stands twice.
    pub fn new<S: AsRef<str>>(reserved: impl IntoIterator<Item = S>, capacity: usize) -> Self {
        let mut names = Self {
            texts: vec!["".into()],
            ids: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            capacity,
            reserved: 0,
        };
        for text in reserved {
            names.append(text.as_ref());
        }
        names.reserved = names.texts.len();
        names
    }

    /// The id of a name, admitting it if there is room, without the credentials and addresses that may be in it.
    pub fn id(&mut self, text: &str) -> NameId {
        if let Some(id) = self.find(text) {
            return id;
        }
        let clean = redacted(text);
        let text = cut(&clean);
        if let Some(id) = self.find_exactly(text) {
            return id;
        }
        if self.texts.len() - self.reserved < self.capacity || text == OTHER {
            return self.append(text);
        }
        self.id(OTHER)
    }

    /// The id of a name, if it is there.
    pub fn find(&self, text: &str) -> Option<NameId> {
        // The registry's own names are kept whole, however long.
        let whole = self.find_exactly(text);
        if text.len() > LONGEST { whole.or_else(|| self.find_exactly(cut(text))) } else { whole }
    }

    fn find_exactly(&self, text: &str) -> Option<NameId> {
        let hash = self.hasher.hash_one(text);
        self.ids.find(hash, |id| &*self.texts[*id as usize] == text).map(|id| NameId(*id))
    }

    /// The text of an id; `None` for NULL.
    pub fn text(&self, id: NameId) -> Option<&str> {
        if id.is_null() { None } else { self.texts.get(id.0 as usize).map(|t| &**t) }
    }

    /// How many ids there are, NULL included.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is no name at all.
    pub fn is_empty(&self) -> bool {
        self.texts.len() == 1
    }

    /// How many names were there from the start: their ids are 1 to this.
    pub fn reserved(&self) -> usize {
        self.reserved - 1
    }

    /// The names that telemetry added.
    pub fn observed(&self) -> impl Iterator<Item = &str> {
        self.since(self.reserved)
    }

    /// The names from an id on, for tables that follow this one.
    pub(crate) fn since(&self, from: usize) -> impl Iterator<Item = &str> {
        self.texts[from.min(self.texts.len())..].iter().map(|t| &**t)
    }

    fn append(&mut self, text: &str) -> NameId {
        let id = u32::try_from(self.texts.len()).expect("tables are bounded far below 2^32");
        self.texts.push(text.into());
        let hash = self.hasher.hash_one(text);
        // A reserved name that stands twice keeps its first id for look-ups.
        if self.ids.find(hash, |other| &*self.texts[*other as usize] == text).is_none() {
            let (texts, hasher) = (&self.texts, &self.hasher);
            self.ids.insert_unique(hash, id, |id| hasher.hash_one(&*texts[*id as usize]));
        }
        NameId(id)
    }
}

fn cut(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The tables of all name columns.
#[derive(Debug)]
pub struct NameTables {
    /// Steps; ids follow [`StepId`].
    pub steps: Names,
    /// Steps with their products, `product/step`, by the same ids.
    pub step_paths: Names,
    /// Objectives with their products, by the same ids.
    pub objective_paths: Names,
    /// The product of each step, in the order of the steps.
    pub step_products: Vec<Box<str>>,
    /// Objectives; ids follow [`milepost_model::ObjectiveId`].
    pub objectives: Names,
    /// Traffic classes; ids follow [`milepost_model::ClassId`].
    pub classes: Names,
    /// Rules, those over events first; ids follow [`RuleId`].
    pub rules: Names,
    /// Operations, the declared ones first; ids follow [`OperationId`].
    pub operations: Names,
    /// Services.
    pub services: Names,
    /// Error types.
    pub errors: Names,
    /// Names of the dimensions.
    pub dimension_names: Vec<milepost_model::Name>,
    /// One table a dimension.
    pub dimensions: Vec<Names>,
}

/// Most services, operations, error types and values of a dimension that telemetry can add. Each name takes about 100 bytes.
const MAX_SERVICES: usize = 10_000;
const MAX_OPERATIONS: usize = 100_000;
const MAX_ERRORS: usize = 10_000;
const MAX_DIMENSION_VALUES: usize = 10_000;

impl NameTables {
    /// The tables of a registry, its own names first.
    pub fn new(registry: &Registry, annotator: &Annotator) -> Self {
        let rules = registry.rules.iter().map(|r| r.id.as_str());
        let trace_rules = registry.trace_rules.iter().map(|r| r.id.as_str());
        let dimensions = registry.dimensions();
        Self {
            steps: Names::new(registry.steps.iter().map(|s| s.name.as_str()), 0),
            step_paths: Names::new(registry.steps.iter().map(|s| format!("{}/{}", s.product, s.name)), 0),
            objective_paths: Names::new(registry.objectives.iter().map(|o| format!("{}/{}", o.product, o.name)), 0),
            step_products: registry.steps.iter().map(|s| s.product.as_str().into()).collect(),
            objectives: Names::new(registry.objectives.iter().map(|o| o.name.as_str()), 0),
            classes: Names::new(registry.classes.iter().map(milepost_model::TrafficClass::as_str), 0),
            rules: Names::new(rules.chain(trace_rules), 0),
            operations: Names::new(annotator.operations().declared().iter().map(ToString::to_string), MAX_OPERATIONS),
            services: Names::new(registry.services.iter().map(|s| s.name.as_str()), MAX_SERVICES),
            errors: Names::new::<&str>([], MAX_ERRORS),
            dimensions: dimensions.iter().map(|_| Names::new::<&str>([], MAX_DIMENSION_VALUES)).collect(),
            dimension_names: dimensions.iter().map(|d| d.name.clone()).collect(),
        }
    }

    /// The id of a step in facts.
    pub fn step(id: Option<StepId>) -> NameId {
        NameId(id.map_or(0, |id| id.raw() + 1))
    }

    /// The id of a rule in facts.
    pub fn rule(id: Option<RuleId>) -> NameId {
        NameId(id.map_or(0, |id| id.raw() + 1))
    }

    /// The id of a declared operation in facts.
    pub fn operation(id: OperationId) -> NameId {
        NameId(id.raw() + 1)
    }

    /// The declared operation of an id in facts, if it is one.
    pub fn declared_operation(&self, id: NameId) -> Option<OperationId> {
        let index = (id.0 as usize).checked_sub(1)?;
        (index < self.operations.reserved()).then(|| OperationId::new(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_beyond_the_bound_become_other_and_reserved_ones_never_do() {
        let mut names = Names::new(["a", "b"], 2);
        assert_eq!((names.id("a"), names.id("b")), (NameId(1), NameId(2)));
        assert_eq!((names.id("x"), names.id("y")), (NameId(3), NameId(4)));
        let other = names.id("z");
        assert_eq!(names.text(other), Some("other"));
        assert_eq!(names.id("zz"), other);
        assert_eq!(names.id("x"), NameId(3));
        assert_eq!(names.text(NameId::NULL), None);
    }

    #[test]
    fn a_name_reserved_twice_keeps_both_ids() {
        let names = Names::new(["login", "login", "send"], 0);
        assert_eq!(names.text(NameId(2)), Some("login"));
        assert_eq!(names.find("login"), Some(NameId(1)));
        assert_eq!(names.find("send"), Some(NameId(3)));
    }

    #[test]
    fn a_credential_never_becomes_a_name() {
        let mut names = Names::new(["alice@example.com"], 10);
        assert_eq!(names.id("alice@example.com"), NameId(1), "the registry may say what it likes");
        let id = names.id("no user bob@example.com");
        assert_eq!(names.text(id), Some("no user {redacted}"));
        assert_eq!(names.id("no user carol@example.com"), id);
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let mut names = Names::new::<&str>([], 10);
        let long = format!("a{}", "é".repeat(200));
        let id = names.id(&long);
        assert_eq!(names.text(id).unwrap().len(), 255);
        assert_eq!((names.id(&long), names.find(&long)), (id, Some(id)));
    }

    #[test]
    fn a_long_name_of_the_registry_stays_whole_and_is_found() {
        let long = "operation ".repeat(100);
        let mut names = Names::new([&long], 10);
        assert_eq!(names.id(&long), NameId(1));
        assert_eq!(names.text(NameId(1)), Some(&*long));
        assert_ne!(names.id(&long[..300]), NameId(1));
    }

    proptest! {
        #[test]
        fn a_table_answers_like_a_plain_list(
            reserved in prop::collection::vec("[ab]{0,2}|other", 0..4), capacity in 0usize..4,
            asked in prop::collection::vec("[abc]{0,2}|other|é", 0..30)
        ) {
            let mut names = Names::new(&reserved, capacity);
            let mut list = reserved.clone();
            let mut admitted = 0;
            for text in asked {
                let known = list.contains(&text);
                let expected = if known || admitted < capacity { text.as_str() } else { "other" };
                if !list.iter().any(|known| known == expected) {
                    list.push(expected.to_owned());
                    admitted += 1;
                }
                let id = names.id(&text);
                prop_assert_eq!(names.text(id), Some(expected));
                prop_assert_eq!(Some(id.0 as usize - 1), list.iter().position(|known| known == expected));
                prop_assert_eq!(names.find(expected), Some(id));
                prop_assert_eq!(names.len(), list.len() + 1);
            }
            // One more than the bound for `other` itself.
            prop_assert!(names.len() <= 1 + reserved.len() + capacity + 1);
            prop_assert_eq!(names.reserved(), reserved.len());
        }
    }
}
