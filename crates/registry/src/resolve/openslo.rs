//! OpenSLO documents: their references to each other followed, and their SLOs bound to steps.

mod alert;
mod binding;
mod indicator;

use super::Resolver;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::openslo::{
    DeclaredDataSource, DeclaredObjective, DeclaredOpenSlo, DeclaredSli, Measured, OpenDeclared, OpenHeader,
};
use crate::quote::quote;
use crate::source::{Place, Spanned};
use crate::suggest::{choices, or_else};
use alert::AlertParts;
use milepost_model::Name;
use milepost_slo::open::{AlertPolicy, OpenIndicator, OpenName, OpenObjective, OpenSlo, Part, Promise};
use std::collections::HashMap;
use std::sync::Arc;

/// What documents of one kind declare, by name; `None` where it could not be read.
struct Known<T> {
    kind: &'static str,
    by_name: HashMap<OpenName, Option<T>>,
    /// The names, sorted.
    names: Vec<String>,
}

/// What SLOs refer to.
struct Objects {
    /// The names of services, of Milepost's own too, sorted.
    services: Vec<String>,
    sources: Known<Arc<str>>,
    indicators: Known<Arc<OpenIndicator>>,
    parts: AlertParts,
    policies: Known<Arc<AlertPolicy>>,
}

impl Resolver<'_> {
    pub(super) fn open_slos(&mut self, declared: &OpenDeclared) -> Vec<OpenSlo> {
        let objects = self.objects(declared);
        let mut slos = Vec::new();
        let mut seen: HashMap<&OpenName, &Place> = HashMap::new();
        for slo in &declared.slos {
            let resolved = self.open_slo(slo, &objects);
            let name = &slo.header.name;
            match seen.get(&name.value) {
                Some(first) => self.found.push(duplicate("SLO", name, first)),
                None => {
                    seen.insert(&name.value, &name.place);
                    slos.extend(resolved);
                }
            }
        }
        slos
    }

    fn objects(&mut self, declared: &OpenDeclared) -> Objects {
        let OpenDeclared { slis, services, sources, policies, conditions, targets, .. } = declared;
        let services = self.known("Service", services, |s| &s.header, |_, _| Some(()));
        let ours = self.offers.keys().map(|(_, service)| service.to_string());
        let mut services: Vec<String> = services.names.into_iter().chain(ours).collect();
        services.sort_unstable();
        let source_type = |source: &DeclaredDataSource| source.source_type.as_deref().map(Arc::from);
        let sources = self.known("DataSource", sources, |s| &s.header, |_, source| source_type(source));
        let conditions = self.known("AlertCondition", conditions, |c| &c.header, |_, c| alert::condition(c));
        let targets = self.known("AlertNotificationTarget", targets, |t| &t.header, |_, t| alert::target(t));
        let parts = AlertParts { conditions, targets };
        let policies = self.known("AlertPolicy", policies, |p| &p.header, |resolver, p| resolver.policy(p, &parts));
        let indicator =
            |resolver: &mut Self, sli: &DeclaredSli| resolver.open_indicator(sli.indicator.as_ref()?, &sources);
        let indicators = self.known("SLI", slis, |s| &s.header, indicator);
        Objects { services, sources, indicators, parts, policies }
    }

    /// Looks at all documents of a kind, each name once.
    fn known<'d, D, T>(
        &mut self,
        kind: &'static str,
        declared: &'d [D],
        header: fn(&D) -> &OpenHeader,
        resolve: impl Fn(&mut Self, &'d D) -> Option<T>,
    ) -> Known<T> {
        let mut places: HashMap<&OpenName, &Place> = HashMap::new();
        let mut by_name = HashMap::new();
        for document in declared {
            let name = &header(document).name;
            let resolved = resolve(self, document);
            match places.get(&name.value) {
                Some(first) => self.found.push(duplicate(kind, name, first)),
                None => {
                    places.insert(&name.value, &name.place);
                    by_name.insert(name.value.clone(), resolved);
                }
            }
        }
        let mut names: Vec<String> = by_name.keys().map(ToString::to_string).collect();
        names.sort_unstable();
        Known { kind, by_name, names }
    }

    /// What has this name; reported when nothing has.
    fn referred<T: Clone>(&mut self, name: &Spanned<OpenName>, known: &Known<T>) -> Option<T> {
        if let Some(found) = known.by_name.get(&name.value) {
            return found.clone();
        }
        if !self.may_be_unread(name.value.as_str()) {
            let message = format!("there is no {} {}", known.kind, quote(name.value.as_str()));
            let help = self.open_help(name.value.as_str(), known);
            self.found.push(Diagnostic::new(Code::UnknownObject, name.place.clone(), message).help(help));
        }
        None
    }

    fn open_help<T>(&mut self, name: &str, known: &Known<T>) -> String {
        match self.known.nearest(name, &known.names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                or_else(&choices(&known.names), &format!("add a document of `kind: {}` with this name", known.kind))
            }
        }
    }

    /// Whether something of this name may be declared where nothing could be read; of names that are no labels nobody can tell.
    fn may_be_unread(&self, name: &str) -> bool {
        self.unread.may_declare(name) || (!self.unread.is_empty() && Name::check(name).is_err())
    }

    fn open_slo(&mut self, slo: &DeclaredOpenSlo, objects: &Objects) -> Option<OpenSlo> {
        self.check_service(slo, &objects.services);
        let binding = self.binding(&slo.header);
        if let (Some(binding), Ok(name)) = (&binding, Name::new(slo.header.name.value.as_str())) {
            self.open_slo_names.insert((binding.product.clone(), name));
        }
        let promise = self.promise(slo, objects);
        let policies = slo.policies.iter();
        let alert_policies: Vec<_> =
            policies.map(|policy| self.policy_or_ref(policy.as_ref()?, &objects.policies, &objects.parts)).collect();
        let resolved = OpenSlo {
            name: slo.header.name.value.clone(),
            title: slo.header.title.clone(),
            description: slo.description.clone(),
            service: slo.service.as_ref()?.value.clone(),
            binding,
            window: slo.window.clone()?,
            promise: promise?,
            alert_policies: alert_policies.into_iter().collect::<Option<_>>()?,
        };
        self.report_unjudged(slo, &resolved);
        Some(resolved)
    }

    fn promise(&mut self, slo: &DeclaredOpenSlo, objects: &Objects) -> Option<Promise> {
        match slo.measured.as_ref()? {
            Measured::Whole(indicator) => {
                let indicator = self.indicator_or_ref(indicator, objects)?;
                let objectives: Vec<_> = slo.objectives.iter().flatten().collect();
                self.check_compared(&indicator, &objectives);
                let read: Option<Vec<_>> = slo.objectives.iter().map(|o| open_objective(o.as_ref()?)).collect();
                Some(Promise::Plain { indicator, objectives: read? })
            }
            Measured::Composite => {
                let parts: Vec<_> = slo.objectives.iter().map(|o| self.part(o.as_ref()?, objects)).collect();
                parts.into_iter().collect::<Option<_>>().map(Promise::Composite)
            }
        }
    }

    fn part(&mut self, objective: &DeclaredObjective, objects: &Objects) -> Option<Part> {
        let indicator = self.indicator_or_ref(objective.indicator.as_ref()?, objects)?;
        self.check_compared(&indicator, &[objective]);
        Some(Part { indicator, objective: open_objective(objective)?, weight: objective.weight })
    }
}

fn open_objective(declared: &DeclaredObjective) -> Option<OpenObjective> {
    Some(OpenObjective {
        title: declared.title.clone(),
        target: declared.target?,
        comparison: declared.comparison,
        budgeting: declared.budgeting?,
    })
}

fn duplicate(kind: &str, name: &Spanned<OpenName>, first: &Place) -> Diagnostic {
    let message = format!("there are two OpenSLO documents for {kind} `{}`", name.value);
    let diagnostic = Diagnostic::new(Code::DuplicateDocument, name.place.clone(), message).label("the second one");
    diagnostic.related(first.clone(), "the first one").help("keep one of them, or give this one another name")
}
