//! What is said of a service: who owns it, what it offers, and how its requests are seen.

use super::compare::Thing;
use super::statements::Statements;
use super::{Change, Noun, Sides};
use crate::Registry;
use milepost_impact::{Inheritance, Inherited};
use milepost_model::{EffectiveCriticality, LogFormat, Name, Sampling, Service, Step};

const SEEN: &str = "its telemetry holds";

/// What a service inherits; only the steps that use it are looked at, since there may be many services.
fn inherited(service: &Service, registry: &Registry) -> Option<Inherited> {
    let uses = |step: &&Step| {
        step.product == service.product && step.operations().any(|(operation, _)| operation.service == service.name)
    };
    let of = |step: &Step| EffectiveCriticality::of_step(step, registry.objectives_of(step)).criticality;
    let steps = registry.steps.iter().filter(uses).map(|step| (step, of(step)));
    Inheritance::new(steps).service(&service.product, &service.name).cloned()
}

impl Thing for Service {
    const NOUN: Noun = Noun::Service;
    const BRIEF: &'static [&'static str] = &["owner", "how important"];

    fn product(&self) -> Option<&Name> {
        Some(&self.product)
    }

    fn name(&self) -> String {
        self.name.to_string()
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn statements(&self, registry: &Registry) -> Statements {
        let mut said = Statements::default();
        said.one("title", &self.title);
        said.one("owner", &self.owner);
        said.maybe(
            "how important",
            inherited(self, registry).map(|i| format!("{}, for step {}", i.criticality, i.step)),
        );
        said.each("offers", &self.actions);
        said.maybe("access log", self.access_log.as_ref().map(LogFormat::as_str));
        said.one("requests are counted by", self.measured_by.as_str());
        said.one(
            SEEN,
            match self.sampling {
                Sampling::None => "all requests",
                Sampling::Head => "a share of its requests, taken by chance",
                Sampling::Tail => "a share of its requests, chosen by how they ended",
            },
        );
        said
    }

    fn add_effects(change: &mut Change, _: &Self, after: &Self, _: &Sides<'_>) {
        // Told where it is told how important services are.
        change.details.retain(|detail| detail.aspect != "how important");
        if let Some(detail) = change.detail("requests are counted by") {
            detail.effects.push("counts before and after are of different records".to_owned());
        }
        if let Some(detail) = change.detail(SEEN)
            && after.sampling == Sampling::Tail
        {
            detail.effects.push("no ratio of its requests can be trusted".to_owned());
        }
    }
}
