//! What history says of an SLO that is there, whoever counts it.

use super::model::{FindingTold, Question, SloAdvice, criticality_of};
use super::words;
use crate::imported::{self, Imports};
use crate::recording::Recording;
use milepost_model::{DurationNs, Name, StepPath, Target};
use milepost_registry::Registry;
use milepost_server::ImportedSlo;
use milepost_slo::open::SliKind;
use milepost_slo::suggest::{Advice, Asked, Evidence, Finding, Promise, Standing, findings};
use milepost_slo::{Alerts, SliType, Slo, minutes_of};

/// Of an SLO of the registry's own.
pub(super) fn own(slo: &Slo, registry: &Registry, recording: &Recording, question: Question) -> SloAdvice {
    let weighed = Weighed {
        name: slo.name.as_str(),
        promise: slo.indicator.sli.to_string(),
        window_text: slo.window.to_string(),
        of: (&slo.product, &slo.indicator.path),
        sli: Some(slo.indicator.sli),
        target: slo.target,
        window: slo.window.shortest(),
        alerts: &slo.alerts,
        is_of_events: !slo.needs_minutes(),
    };
    advice(&weighed, &Evidence::new(question.period, recording.minutes(&slo.indicator)), registry, question)
}

/// Of one that a Prometheus counts.
pub(super) fn imported(
    slo: &ImportedSlo<'_>,
    registry: &Registry,
    imports: &Imports<'_>,
    question: Question,
) -> SloAdvice {
    let binding = slo.slo.binding.as_ref().expect("only what is bound to a step is of one");
    let weighed = Weighed {
        name: &slo.name,
        promise: imported::promise(slo),
        window_text: slo.slo.window.to_string(),
        of: (&binding.product, &binding.path),
        sli: match binding.kind {
            Some(SliKind::Availability) => Some(SliType::Availability),
            // What is asked for does not depend on the threshold, which the query has.
            Some(SliKind::Latency) => Some(SliType::Latency(DurationNs::default())),
            _ => None,
        },
        target: slo.objective.target,
        window: slo.slo.window.shortest(),
        alerts: &slo.alerts,
        is_of_events: imported::is_of_events(slo),
    };
    let evidence = Evidence::new(imports.period_within(slo, question.period), imports.minutes(slo));
    advice(&weighed, &evidence, registry, question)
}

/// An SLO as history is held against it.
struct Weighed<'s> {
    name: &'s str,
    promise: String,
    window_text: String,
    of: (&'s Name, &'s StepPath),
    /// Of what criticality may ask for; nothing where that is not known.
    sli: Option<SliType>,
    target: Target,
    window: DurationNs,
    alerts: &'s Alerts,
    is_of_events: bool,
}

fn advice(slo: &Weighed<'_>, evidence: &Evidence, registry: &Registry, question: Question) -> SloAdvice {
    let (product, path) = slo.of;
    let found = registry.criticality(product, path);
    let (criticality, of_criticality) = criticality_of(found.as_ref());
    let window = minutes_of(slo.window);
    let asked = slo.sli.and_then(|sli| Asked::of(criticality, sli));
    let may_be_asked = matches!(slo.sli, Some(SliType::Availability | SliType::Latency(_)));
    let promise = Promise {
        target: slo.target,
        window: slo.window,
        alerts: slo.alerts,
        is_asked_for: !may_be_asked || asked.is_some(),
        is_of_events: slo.is_of_events,
    };
    let asked = asked.filter(|_| slo.is_of_events);
    let advice = Advice::of(evidence, window, question.confidence, asked, &[slo.target]);
    let told = |finding: &Finding| FindingTold {
        finding: finding.as_str(),
        because: words::finding(finding, slo.target, window, of_criticality),
    };
    SloAdvice {
        name: slo.name.to_owned(),
        promise: slo.promise.clone(),
        target: slo.target.to_string(),
        window: slo.window_text.clone(),
        valid: evidence.counts().valid,
        bad: evidence.counts().bad(),
        standing: match evidence.counts().valid {
            0 => "no-data",
            // Of slices nothing is said by events.
            _ if !slo.is_of_events => "not-judged",
            _ => advice.standing(slo.target).map_or("open", Standing::as_str),
        },
        findings: findings(promise, evidence, &advice).iter().map(told).collect(),
    }
}
