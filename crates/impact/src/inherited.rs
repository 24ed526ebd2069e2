//! The criticality that operations and services inherit from the steps that use them.

use milepost_model::{Criticality, Name, Need, Operation, Step};
use std::collections::BTreeMap;

/// How important an operation or service is, with the use that makes it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inherited {
    /// How important.
    pub criticality: Criticality,
    /// A step that gives it this much, the first of them.
    pub step: Name,
    /// Whether that step can do without.
    pub need: Need,
}

/// What operations and services inherit, by product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inheritance {
    operations: BTreeMap<(Name, Operation), Inherited>,
    services: BTreeMap<(Name, Name), Inherited>,
}

impl Inheritance {
    /// What follows from the steps, each with its own criticality: of an operation that a step needs, the step's; of one that it can do
    /// without, the lower of important and the step's; of several uses the highest.
    pub fn new<'m>(steps: impl IntoIterator<Item = (&'m Step, Criticality)>) -> Self {
        let mut inheritance = Self::default();
        for (step, of_step) in steps {
            for (operation, need) in step.operations() {
                inheritance.add(step, of_step, operation, need);
            }
        }
        inheritance
    }

    /// What follows beside from an operation that was seen to serve a step. Where the step declares it, nothing: it says whether it can do without. Else
    /// it counts as needed, since nobody has said that the step can do without it.
    pub fn observe(&mut self, step: &Step, of_step: Criticality, operation: &Operation) {
        if step.operations().all(|(declared, _)| declared != operation) {
            self.add(step, of_step, operation, Need::Required);
        }
    }

    fn add(&mut self, step: &Step, of_step: Criticality, operation: &Operation, need: Need) {
        let criticality = match need {
            Need::Required => of_step,
            Need::Optional => of_step.min(Criticality::Important),
        };
        let inherited = Inherited { criticality, step: step.name.clone(), need };
        let service = (step.product.clone(), operation.service.clone());
        raise(&mut self.services, service, inherited.clone());
        raise(&mut self.operations, (step.product.clone(), operation.clone()), inherited);
    }

    /// What an operation inherits; none when no step uses it.
    pub fn operation(&self, product: &Name, operation: &Operation) -> Option<&Inherited> {
        self.operations.get(&(product.clone(), operation.clone()))
    }

    /// What a service inherits: the highest of its operations.
    pub fn service(&self, product: &Name, service: &Name) -> Option<&Inherited> {
        self.services.get(&(product.clone(), service.clone()))
    }
}

fn raise<K: Ord>(map: &mut BTreeMap<K, Inherited>, key: K, inherited: Inherited) {
    let held = map.entry(key).or_insert_with(|| inherited.clone());
    if inherited.criticality > held.criticality {
        *held = inherited;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::{Dependency, OutcomeTable, Stage};
    use proptest::prelude::*;
    use proptest::sample::select;

    const OPERATIONS: [&str; 4] = ["web GET /a", "web GET /b", "store a.B/C", "queue message m"];

    fn step(at: usize, measure: &[usize], uses: &[(usize, bool)]) -> Step {
        let operation = |at: &usize| OPERATIONS[*at].parse().unwrap();
        let need = |required: bool| if required { Need::Required } else { Need::Optional };
        Step {
            product: Name::new("mail").unwrap(),
            name: Name::new(&format!("step-{at}")).unwrap(),
            title: String::new(),
            description: String::new(),
            owner: None,
            start: String::new(),
            success: Vec::new(),
            failure: Vec::new(),
            abandoned: Vec::new(),
            asynchronous: false,
            tags: Vec::new(),
            criticality: None,
            stage: Stage::Live,
            measure: measure.iter().map(operation).collect(),
            dependencies: uses
                .iter()
                .map(|(at, required)| Dependency { operation: operation(at), need: need(*required) })
                .collect(),
            outcomes: OutcomeTable::default(),
        }
    }

    #[test]
    fn what_a_step_can_do_without_is_important_at_most() {
        let steps = [step(0, &[0], &[(2, false), (3, true)])];
        let inheritance = Inheritance::new(steps.iter().map(|s| (s, Criticality::Critical)));
        let product = &steps[0].product;
        let of = |at: usize| inheritance.operation(product, &OPERATIONS[at].parse().unwrap()).map(|i| i.criticality);
        let [critical, important, _] = Criticality::ALL.map(Some);
        assert_eq!([of(0), of(1), of(2), of(3)], [critical, None, important, critical]);
        let store = inheritance.service(product, &Name::new("store").unwrap()).unwrap();
        assert_eq!((store.step.as_str(), store.need), ("step-0", Need::Optional));
    }

    #[test]
    fn what_is_seen_beside_what_is_declared_counts_as_needed_and_never_lowers() {
        let step = step(0, &[0], &[(2, false)]);
        let mut inheritance = Inheritance::new([(&step, Criticality::Critical)]);
        for seen in OPERATIONS {
            inheritance.observe(&step, Criticality::Critical, &seen.parse().unwrap());
        }
        let of = |at: usize| inheritance.operation(&step.product, &OPERATIONS[at].parse().unwrap()).unwrap();
        // What is declared keeps what is declared of it; what is not is as critical as the step.
        assert_eq!((of(2).criticality, of(2).need), (Criticality::Important, Need::Optional));
        assert_eq!((of(3).criticality, of(3).need), (Criticality::Critical, Need::Required));
        let queue = inheritance.service(&step.product, &Name::new("queue").unwrap()).unwrap();
        assert_eq!(queue.criticality, Criticality::Critical);
    }

    proptest! {
        #[test]
        fn everything_inherits_the_highest_of_its_uses(
            uses in prop::collection::vec(
                (
                    prop::collection::vec(0..OPERATIONS.len(), 0..3),
                    prop::collection::vec((0..OPERATIONS.len(), any::<bool>()), 0..4),
                    select(Criticality::ALL.to_vec()),
                ),
                0..6,
            )
        ) {
            let steps: Vec<(Step, Criticality)> = uses.iter().enumerate()
                .map(|(at, (measure, uses, criticality))| (step(at, measure, uses), *criticality)).collect();
            let inheritance = Inheritance::new(steps.iter().map(|(s, c)| (s, *c)));
            let product = Name::new("mail").unwrap();
            // All uses of all operations, one by one, by their text.
            let mut flat = Vec::new();
            for (measure, more, criticality) in &uses {
                flat.extend(measure.iter().map(|at| (OPERATIONS[*at], *criticality)));
                for (at, required) in more {
                    let lowered = match (required, criticality) {
                        (false, Criticality::Critical) => Criticality::Important,
                        (_, as_it_is) => *as_it_is,
                    };
                    flat.push((OPERATIONS[*at], lowered));
                }
            }
            for text in OPERATIONS {
                let highest = flat.iter().filter(|(of, _)| *of == text).map(|(_, c)| *c).max();
                let found = inheritance.operation(&product, &text.parse().unwrap()).map(|i| i.criticality);
                prop_assert_eq!(found, highest);
            }
            for service in ["web", "store", "queue"] {
                let of_service = flat.iter().filter(|(of, _)| of.split(' ').next() == Some(service));
                let found = inheritance.service(&product, &Name::new(service).unwrap()).map(|i| i.criticality);
                prop_assert_eq!(found, of_service.map(|(_, c)| *c).max());
            }
        }
    }
}
