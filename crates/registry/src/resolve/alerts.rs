//! Burn alerts of SLOs: the tiers that hold, and those that cannot work with the source that is measured.

use super::Resolver;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::Declared;
use crate::documents::alerts::DeclaredTier;
use crate::documents::slo::DeclaredSlo;
use crate::source::Place;
use milepost_annotate::TraceRule;
use milepost_model::{DurationNs, Name, OutcomeTable, Sampling, Service, Signal, Step, StepId, StepPath};
use milepost_slo::{AlertForm, AlertTier, Alerts, Flow, FlowSource, Method, NeverFires, SliType, Window};
use std::collections::HashMap;

/// What SLOs are measured by: the steps, and the sources of their facts.
pub(super) struct Measured<'m> {
    steps: &'m [Step],
    services: HashMap<(&'m Name, &'m Name), &'m Service>,
    /// Where a service says how it is sampled.
    sampling: HashMap<(&'m Name, &'m Name), &'m Place>,
    /// The services whose root spans stand for attempts.
    roots: HashMap<StepId, Vec<&'m Name>>,
    flows: HashMap<(&'m Name, &'m Name), Vec<&'m Flow>>,
}

impl<'m> Measured<'m> {
    pub(super) fn new(
        declared: &'m Declared,
        steps: &'m [Step],
        services: &'m [Service],
        trace_rules: &'m [TraceRule],
        flows: &'m [Flow],
    ) -> Self {
        let mut roots: HashMap<StepId, Vec<&Name>> = HashMap::new();
        for rule in trace_rules {
            roots.entry(rule.step.step).or_default().push(&rule.root.service);
        }
        let mut by_step: HashMap<(&Name, &Name), Vec<&Flow>> = HashMap::new();
        for flow in flows {
            by_step.entry((&flow.product, &flow.step.step)).or_default().push(flow);
        }
        let written = declared.services.iter().filter_map(|service| {
            Some(((service.header.belongs.as_ref()?, &service.header.name.value), &service.sampling.as_ref()?.place))
        });
        Self {
            steps,
            services: services.iter().map(|s| ((&s.product, &s.name), s)).collect(),
            sampling: written.collect(),
            roots,
            flows: by_step,
        }
    }

    pub(super) fn outcomes(&self, step: StepId) -> &'m OutcomeTable {
        &self.steps[step.index()].outcomes
    }

    pub(super) fn name(&self, step: StepId) -> &'m Name {
        &self.steps[step.index()].name
    }

    /// The services at which attempts at a step are counted.
    pub(super) fn services(&self, step: StepId) -> impl Iterator<Item = &'m Service> {
        let of = &self.steps[step.index()];
        let measured = of.measure.iter().map(|operation| &operation.service);
        let names = measured.chain(self.roots.get(&step).into_iter().flatten().copied());
        names.filter_map(|name| self.services.get(&(&of.product, name)).copied())
    }

    /// How long after a minute the facts that an SLO counts have come in, as a rule.
    fn settling(&self, product: &Name, path: &StepPath, step: StepId, method: Method) -> DurationNs {
        let of_services = || self.services(step).map(Service::settling).max().unwrap_or(Signal::Spans.settling());
        match method {
            Method::Service => of_services(),
            Method::Client => FlowSource::CLIENT_SETTLING,
            Method::EndToEnd => {
                let flows = self.flows.get(&(product, &path.step)).into_iter().flatten();
                let covering = flows.filter(|flow| flow.step.covers(path));
                let settled = covering.map(|flow| self.settling_of_flow(flow)).max();
                settled.unwrap_or(FlowSource::CLIENT_SETTLING)
            }
        }
    }

    /// An interaction is decided when its deadline has passed and every source has settled.
    fn settling_of_flow(&self, flow: &Flow) -> DurationNs {
        let of_source = |source: &FlowSource| match source {
            FlowSource::Client => FlowSource::CLIENT_SETTLING,
            FlowSource::Service(name) => {
                self.services.get(&(&flow.product, name)).map_or(Signal::Spans.settling(), |s| s.settling())
            }
        };
        let slowest = flow.sources.iter().map(of_source).max().unwrap_or_default();
        DurationNs::from_nanos(flow.deadline.nanos().saturating_add(slowest.nanos()))
    }
}

impl Resolver<'_> {
    /// The alerts of an SLO, and what is wrong with them and with what they look at.
    pub(super) fn alerts(
        &mut self,
        slo: &DeclaredSlo,
        product: &Name,
        step: Option<StepId>,
        measured: &Measured<'_>,
    ) -> Alerts {
        let step = step.zip(slo.step.as_ref());
        let settling = step.map_or(DurationNs::default(), |(id, path)| {
            self.check_sampling(slo, product, id, measured);
            measured.settling(product, &path.value, id, slo.method.value)
        });
        let form = slo.alerts.form.as_ref().map_or_else(AlertForm::default, |f| f.value);
        let window = slo.window.clone().unwrap_or(Window::Rolling(DurationNs::from_nanos(u64::MAX)));
        let Some(written) = &slo.alerts.tiers else {
            let alerts = Alerts { form, ..Alerts::default_for(settling, &window) };
            if let Some(place) = slo.alerts.form.as_ref().map(|f| &f.place) {
                let idle = alerts.tiers.iter().find_map(|tier| Some((*tier, self.never_fires(slo, form, *tier)?)));
                if let Some((tier, why)) = idle {
                    self.idle(slo, tier, why, place);
                }
            }
            return alerts;
        };
        for tier in written {
            match self.never_fires(slo, form, tier.tier) {
                Some(why) => self.idle(slo, tier.tier, why, &tier.share),
                None => self.check_speed(slo, form, tier),
            }
            self.check_windows(tier, settling, &window);
        }
        Alerts { form, tiers: written.iter().map(|tier| tier.tier).collect() }
    }

    fn never_fires(&self, slo: &DeclaredSlo, form: AlertForm, tier: AlertTier) -> Option<NeverFires> {
        tier.never_fires(form, slo.target?, slo.window.as_ref()?.shortest())
    }

    fn idle(&mut self, slo: &DeclaredSlo, tier: AlertTier, why: NeverFires, place: &Place) {
        let target = slo.target.map_or_else(String::new, |target| target.to_string());
        let (message, help) = match why {
            NeverFires::MoreThanTheBudget => (
                format!("a tier that waits for {} of the budget never fires in time", tier.share),
                "write at most 100%: what happens when a budget is overspent belongs into an `ErrorBudgetPolicy`"
                    .to_owned(),
            ),
            NeverFires::FasterThanAllBad => (
                format!(
                    "`{tier}` can never fire in rate form: under a target of {target} not even a total outage spends that fast"
                ),
                "drop the tier, lower its share, or use `form: share`".to_owned(),
            ),
        };
        self.found.push(Diagnostic::new(Code::NeverFires, place.clone(), message).help(help));
    }

    /// Tiers that fire at another speed than one would think.
    fn check_speed(&mut self, slo: &DeclaredSlo, form: AlertForm, written: &DeclaredTier) {
        let (Some(target), Some(window)) = (slo.target, slo.window.as_ref()) else { return };
        let (tier, period) = (written.tier, window.shortest());
        if tier.is_beyond_outage(form, target, period) {
            let message = format!(
                "`{tier}` waits for more than a total outage spends: under a target of {target}, {} of the budget is more than all events of {} at even traffic",
                tier.share, tier.long
            );
            let help = "lower its share, lengthen its windows, or drop the tier; it can fire at a peak of traffic only";
            self.found.push(Diagnostic::new(Code::BeyondOutage, written.share.clone(), message).help(help));
        }
        let is_own = AlertTier::DEFAULT.iter().all(|(_, known)| *known != tier);
        if is_own && tier.is_floored(form, period) {
            let message = format!(
                "in rate form `{tier}` fires above a burn rate of 1, and {} within {} is slower than that",
                tier.share, tier.long
            );
            let help = "a burn rate of 1 spends just the budget by the end of the window, and nothing slower is worth an alert: raise the share, shorten `long`, or use `form: share`";
            self.found.push(Diagnostic::new(Code::Floored, written.share.clone(), message).help(help));
        }
    }

    fn check_windows(&mut self, written: &DeclaredTier, settling: DurationNs, window: &Window) {
        let tier = written.tier;
        if tier.short < settling {
            let message =
                format!("a window of {} ends before its source has settled, which takes {settling}", tier.short);
            let diagnostic = Diagnostic::new(Code::BeforeSettled, written.short.clone(), message);
            self.found.push(diagnostic.help(format!("write at least `short: {settling}`, or drop the tier")));
        }
        if tier.long > window.shortest() {
            let message = format!("a tier over {} looks back longer than the SLO's window, {window}", tier.long);
            let diagnostic = Diagnostic::new(Code::BadTier, written.place.clone(), message);
            self.found.push(diagnostic.help("shorten the tier's `long`, or drop it"));
        }
    }

    /// Failures are over-represented in what is sampled by outcome, so that no share of them means anything.
    fn check_sampling(&mut self, slo: &DeclaredSlo, product: &Name, step: StepId, measured: &Measured<'_>) {
        let is_availability = |sli: &&crate::source::Spanned<SliType>| sli.value == SliType::Availability;
        let Some(sli) = slo.sli.as_ref().filter(is_availability).filter(|_| slo.method.value == Method::Service) else {
            return;
        };
        let Some(service) = measured.services(step).find(|service| service.sampling == Sampling::Tail) else { return };
        let message =
            format!("the availability of this step is counted at `{}`, which is sampled by outcome", service.name);
        let mut diagnostic = Diagnostic::new(Code::TailSampled, sli.place.clone(), message);
        if let Some(place) = measured.sampling.get(&(product, &service.name)) {
            diagnostic = diagnostic.related((*place).clone(), "sampled here");
        }
        let help = "count at a service that keeps all or a random share of its requests, such as the balancer in front";
        self.found.push(diagnostic.help(help));
    }
}
