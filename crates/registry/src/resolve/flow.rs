//! Flows: their facts looked up, their ends and keys checked.

use super::{Resolver, duplicate_of, key};
use crate::Registry;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::flow::{DeclaredFacts, DeclaredFlow, DeclaredSubject};
use crate::source::{Place, Spanned};
use crate::suggest::{did_you_mean, or_else};
use milepost_annotate::TraceRule;
use milepost_expr::Columns;
use milepost_model::{Name, Outcome, Step, StepPath};
use milepost_slo::{Flow, FlowEnd, FlowFacts, FlowKey, FlowSource, FlowSubject};
use std::collections::{BTreeSet, HashMap};

impl Resolver<'_> {
    pub(super) fn flows(&mut self, declared: &[DeclaredFlow], sources: &Sources<'_>) -> Vec<Flow> {
        let mut seen: HashMap<(Name, Name), &Place> = HashMap::new();
        let mut measured: HashMap<(Name, StepPath), &Place> = HashMap::new();
        let columns: HashMap<Name, Columns> =
            self.products.iter().map(|p| (p.name.clone(), crate::columns_of(Some(p)))).collect();
        let facts = Columns::facts();
        let mut flows = Vec::new();
        for written in declared {
            let Some(key) = key(&written.header) else { continue };
            let columns = columns.get(&key.0).unwrap_or(&facts);
            let flow = self.flow(written, &key.0, columns, sources);
            let place = &written.header.name.place;
            if let Some(path) = &written.step {
                let first = *measured.entry((key.0.clone(), path.value.clone())).or_insert(&path.place);
                if *first != path.place {
                    let message = format!("there are two flows for `{}`", path.value);
                    let diagnostic =
                        Diagnostic::new(Code::TwoFlows, path.place.clone(), message).label("the second one");
                    let help = "make one of them, with all of its ends, or name another step";
                    self.found.push(diagnostic.related(first.clone(), "the first one").help(help));
                }
            }
            let first = *seen.entry(key).or_insert(place);
            match first == place {
                true => flows.extend(flow),
                false => self.found.push(duplicate_of(&written.header, "flow", first)),
            }
        }
        flows
    }

    fn flow(
        &mut self,
        written: &DeclaredFlow,
        product: &Name,
        columns: &Columns,
        sources: &Sources<'_>,
    ) -> Option<Flow> {
        let step = written.step.as_ref().filter(|path| self.own_path(product, path).is_some());
        let start = written.start.as_ref().and_then(|facts| self.facts(facts, product, columns));
        let mut ends = Vec::new();
        for end in &written.ends {
            let Some(facts) = self.facts(&end.facts, product, columns) else { continue };
            if Some(&facts) == start.as_ref()
                && let Some(subject) = &end.facts.subject
            {
                let message = format!("the flow ends with what it begins with: {}", facts.of);
                let diagnostic = Diagnostic::new(Code::EndIsStart, subject.place().clone(), message);
                let help = "name what shows that the work is done, or tell the two apart by `where:`";
                self.found.push(diagnostic.help(help));
            }
            if let Some(subject) = &end.facts.subject
                && ends.iter().any(|(other, _)| *other == facts)
            {
                let message = format!("an end with the same facts stands before this one: {}", facts.of);
                let diagnostic = Diagnostic::new(Code::DuplicateEntry, subject.place().clone(), message);
                self.found.push(diagnostic.help("keep one of them, or tell the two apart by `where:`"));
            }
            ends.extend(end.outcome.map(|outcome| (facts, outcome)));
        }
        let ends: Vec<FlowEnd> = ends.into_iter().map(|(facts, outcome)| FlowEnd { facts, outcome }).collect();
        if let Some(place) = &written.ends_place
            && written.ends.iter().all(|end| end.outcome != Some(Outcome::Success))
        {
            let diagnostic = Diagnostic::new(Code::NoSuccess, place.clone(), "no end of this flow is a success");
            self.found.push(diagnostic.help("add the end that users wait for, with `outcome: success`"));
        }
        let key = self.flow_key(&written.key, product);
        let sources = match &written.sources {
            Some(sources) => sources.iter().filter_map(|source| self.flow_source(source, product)).collect(),
            None => {
                let facts = start.iter().chain(ends.iter().map(|end| &end.facts));
                sources.of(product, facts.map(|facts| &facts.of))
            }
        };
        Some(Flow {
            product: product.clone(),
            name: written.header.name.value.clone(),
            title: written.title.clone(),
            description: written.description.clone(),
            step: step?.value.clone(),
            start: start?,
            ends,
            key: key?,
            deadline: written.deadline?,
            sources,
        })
    }

    fn facts(&mut self, written: &DeclaredFacts, product: &Name, columns: &Columns) -> Option<FlowFacts> {
        let condition = written.condition.as_ref().map(|text| self.expression(text, product, columns));
        let of = match written.subject.as_ref()? {
            DeclaredSubject::Step(path) => {
                self.own_path(product, path)?;
                FlowSubject::Step(path.value.clone())
            }
            DeclaredSubject::Operation(operation) => {
                self.check_operation(product, operation);
                FlowSubject::Operation(operation.value.clone())
            }
        };
        Some(FlowFacts { of, condition: condition.map_or(Some(None), |read| read.map(Some))? })
    }

    fn flow_key(&mut self, written: &[Spanned<Name>], product: &Name) -> Option<FlowKey> {
        if let [only] = written
            && only.value.as_str() == FlowKey::INTERACTION
        {
            return Some(FlowKey::Interaction);
        }
        let known: Vec<String> = {
            let of = self.products.iter().find(|p| p.name == *product)?;
            of.dimensions.iter().map(|d| d.name.to_string()).collect()
        };
        let mut names = Vec::new();
        for name in written {
            if known.iter().any(|k| k == name.value.as_str()) {
                names.push(name.value.clone());
                continue;
            }
            if self.unread.may_declare(name.value.as_str()) {
                continue;
            }
            let message = match name.value.as_str() {
                FlowKey::INTERACTION => "an interaction's id needs nothing beside it".to_owned(),
                other => format!("product `{product}` keeps no dimension `{other}`"),
            };
            let known: Vec<&str> = known.iter().map(String::as_str).chain([FlowKey::INTERACTION]).collect();
            let help = match name.value.as_str() {
                FlowKey::INTERACTION => "write `key: interaction` alone".to_owned(),
                other => or_else(&did_you_mean(other, &known), "declare it under the product's `dimensions`"),
            };
            self.found.push(Diagnostic::new(Code::UnknownFlowKey, name.place.clone(), message).help(help));
        }
        (!names.is_empty() && names.len() == written.len()).then_some(FlowKey::Dimensions(names))
    }

    fn flow_source(&mut self, source: &Spanned<Name>, product: &Name) -> Option<FlowSource> {
        let name = &source.value;
        if self.offers.contains_key(&(product.clone(), name.clone())) {
            return Some(FlowSource::Service(name.clone()));
        }
        if name.as_str() == FlowSource::CLIENT {
            return Some(FlowSource::Client);
        }
        self.unknown(super::Sort::Service, product, name.as_str(), &source.place);
        None
    }

    /// Reports facts of services that a flow does not wait for. Called when all steps are known.
    pub(super) fn check_flow_sources(&mut self, declared: &[DeclaredFlow], registry: &Registry) {
        let known = Sources { steps: &registry.steps, trace_rules: &registry.trace_rules };
        for written in declared {
            let (Some(waited), Some(place)) = (&written.sources, &written.sources_place) else { continue };
            let Some(product) = &written.header.belongs else { continue };
            let facts = written.start.iter().chain(written.ends.iter().map(|end| &end.facts));
            let mut told = BTreeSet::new();
            for subject in facts.filter_map(|facts| facts.subject.as_ref()) {
                for service in known.services(product, &subject.of()) {
                    if waited.iter().any(|source| source.value == service) || !told.insert(service.clone()) {
                        continue;
                    }
                    let message =
                        format!("the flow does not wait for `{service}`, and some of its facts come from there");
                    let diagnostic = Diagnostic::new(Code::UnexpectedSource, place.clone(), message);
                    let diagnostic = diagnostic.related(subject.place().clone(), "these facts");
                    self.found.push(diagnostic.help(format!("add `{service}` to `sources`, or leave `sources` out")));
                }
            }
        }
    }
}

/// Where the facts of a flow come from, as far as operations say.
pub(super) struct Sources<'m> {
    pub(super) steps: &'m [Step],
    pub(super) trace_rules: &'m [TraceRule],
}

impl Sources<'_> {
    /// What a flow waits for that does not say it.
    fn of<'f>(&self, product: &Name, subjects: impl Iterator<Item = &'f FlowSubject>) -> Vec<FlowSource> {
        let services: BTreeSet<FlowSource> =
            subjects.flat_map(|subject| self.services(product, subject)).map(FlowSource::Service).collect();
        services.into_iter().collect()
    }

    /// The services of an operation, or those at which attempts at a step are counted.
    fn services(&self, product: &Name, subject: &FlowSubject) -> Vec<Name> {
        let path = match subject {
            FlowSubject::Operation(operation) => return vec![operation.service.clone()],
            FlowSubject::Step(path) => path,
        };
        let Some(at) = self.steps.iter().position(|s| s.product == *product && s.name == path.step) else {
            return Vec::new();
        };
        let roots = self.trace_rules.iter().filter(|rule| rule.step.step.index() == at).map(|rule| &rule.root);
        self.steps[at].measure.iter().chain(roots).map(|operation| operation.service.clone()).collect()
    }
}

impl DeclaredSubject {
    fn of(&self) -> FlowSubject {
        match self {
            Self::Step(path) => FlowSubject::Step(path.value.clone()),
            Self::Operation(operation) => FlowSubject::Operation(operation.value.clone()),
        }
    }

    fn place(&self) -> &Place {
        match self {
            Self::Step(path) => &path.place,
            Self::Operation(operation) => &operation.place,
        }
    }
}
