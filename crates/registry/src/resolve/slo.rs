//! SLOs: indicators built from steps, types and expressions.

use super::alerts::Measured;
use super::{Key, Resolver, duplicate_of, key};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::slo::DeclaredSlo;
use crate::source::Place;
use milepost_expr::{Columns, Expr};
use milepost_model::{Name, Service, Signal, StepId, StepPath, TrafficClass};
use milepost_slo::{Indicator, Method, SliType, Slo};
use std::collections::HashMap;

impl Resolver<'_> {
    pub(super) fn slos(&mut self, declared: &[DeclaredSlo], measured: &Measured<'_>) -> Vec<Slo> {
        let products = self.products.iter().map(|p| (p.name.clone(), crate::columns_of(Some(p))));
        let columns: HashMap<Name, Columns> = products.collect();
        let facts = Columns::facts();
        let mut seen: HashMap<Key, &Place> = HashMap::new();
        let mut slos = Vec::new();
        for slo in declared {
            let Some(key) = key(&slo.header) else { continue };
            let (product, name) = key.clone();
            let indicator = self.indicator(slo, &product, columns.get(&product).unwrap_or(&facts), measured);
            let place = &slo.header.name.place;
            let first = *seen.entry(key).or_insert(place);
            if first != place {
                self.found.push(duplicate_of(&slo.header, "SLO", first));
                continue;
            }
            let step = indicator.as_ref().map(|(_, step)| *step);
            if let Some(step) = step {
                self.check_durations(slo, step, measured);
            }
            let alerts = self.alerts(slo, &product, step, measured);
            if let (Some((indicator, _)), Some(target), Some(window), Some(budgeting)) =
                (indicator, slo.target, slo.window.clone(), slo.budgeting)
            {
                let (title, description) = (slo.title.clone(), slo.description.clone());
                slos.push(Slo { product, name, title, description, indicator, target, window, budgeting, alerts });
            }
        }
        slos
    }

    /// A latency SLO whose step is measured by logs alone that tell no durations will never have data.
    fn check_durations(&mut self, slo: &DeclaredSlo, step: StepId, measured: &Measured<'_>) {
        let Some(sli) = slo.sli.as_ref().filter(|sli| matches!(sli.value, SliType::Latency(_))) else { return };
        let log = |service: &Service| {
            let log = service.access_log.as_ref()?;
            let is_silent = service.measured_by == Signal::Logs && !log.has_duration();
            is_silent.then(|| (service.name.clone(), log.clone()))
        };
        let logs: Option<Vec<_>> = measured.services(step).map(log).collect();
        let Some((service, log)) = logs.and_then(|logs| logs.first().cloned()) else { return };
        let step = measured.name(step);
        let message = format!("`{step}` is measured by a log without durations, so this SLO will have no data");
        let help = format!(
            "log durations, such as nginx's `$request_time`, and declare that format in service `{service}` in place of `{}`",
            log.as_str()
        );
        self.found.push(Diagnostic::new(Code::NoDurations, sli.place.clone(), message).help(help));
    }

    fn indicator(
        &mut self,
        slo: &DeclaredSlo,
        product: &Name,
        columns: &Columns,
        measured: &Measured<'_>,
    ) -> Option<(Indicator, StepId)> {
        let path = slo.step.as_ref().map(|path| (path, self.known_path(product, path)));
        let class = match &slo.class {
            Some(class) => self.known_class(class).map(|id| self.classes[id.index()].clone()),
            None => Some(TrafficClass::default()),
        };
        let method = slo.method.value;
        if method != Method::Service {
            let message = format!("`{}` measurements are not read by this version", method.as_str());
            let help = "the SLO has no data until they are; `method: service` is measured";
            self.found.push(Diagnostic::new(Code::NoFacts, slo.method.place.clone(), message).help(help));
        }
        let extra = slo.valid.as_ref().map(|written| self.expression(written, product, columns));
        let good = match (&slo.good, &slo.sli) {
            (Some(written), _) => self.expression(written, product, columns),
            (None, Some(sli)) => match sli.value.default_good() {
                Some(text) => built_in(&text, columns),
                None => {
                    let message = format!("an SLO of type `{}` lacks `good`", sli.value.as_str());
                    let help = missing_good(sli.value);
                    self.found.push(Diagnostic::new(Code::MissingGood, sli.place.clone(), message).help(help));
                    None
                }
            },
            (None, None) => None,
        };
        let (path, found) = path?;
        let (step, _) = found?;
        let sli = slo.sli.as_ref()?.value;
        let class = class?;
        let scope = scope(&path.value, method, &class);
        let mut valid = vec![built_in(&scope, columns)?, built_in(&sli.valid(), columns)?];
        if let Some(extra) = extra {
            valid.push(extra?);
        }
        let indicator = Indicator {
            product: product.clone(),
            path: path.value.clone(),
            method,
            class,
            sli,
            valid: Expr::and(valid),
            good: good?,
            outcomes: measured.outcomes(step).clone(),
        };
        Some((indicator, step))
    }
}

/// Which facts of the step count at all.
fn scope(path: &StepPath, method: Method, class: &TrafficClass) -> String {
    let source = method.source();
    let mut text = format!("role = 'step' AND source = '{source}' AND class = '{class}' AND step = '{}'", path.step);
    if let Some(objective) = &path.objective {
        text.push_str(&format!(" AND objective = '{objective}'"));
    }
    text
}

/// What makes an event good is only known to those who write the SLO; what it can look like for each type.
fn missing_good(sli: SliType) -> &'static str {
    match sli {
        SliType::Freshness => {
            "say by which dimension or status one sees that an answer was fresh: `good: stale = 'no'`; for `it arrives within 5 minutes` write `type: latency` and `threshold: 5m`"
        }
        SliType::Correctness => "say by what one sees that an answer was right: `good: http_status <> 206`",
        _ => "say by what one sees that a record was processed: `good: outcome = 'success'`",
    }
}

/// An expression of ours, which parses.
fn built_in(text: &str, columns: &Columns) -> Option<Expr> {
    let parsed = Expr::parse(text, columns);
    debug_assert!(parsed.is_ok(), "{text}: {parsed:?}");
    parsed.ok()
}
