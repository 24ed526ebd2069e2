//! Indicators of OpenSLO, with the types of their data sources put in.

use super::{Known, Objects};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::openslo::{DeclaredIndicator, DeclaredMetric, DeclaredObjective, IndicatorOrRef};
use crate::quote::quote;
use crate::resolve::Resolver;
use crate::source::Spanned;
use milepost_slo::open::{Metric, OpenIndicator, OpenName, RatioPart};
use std::sync::Arc;

impl Resolver<'_> {
    pub(super) fn indicator_or_ref(
        &mut self,
        indicator: &IndicatorOrRef,
        objects: &Objects,
    ) -> Option<Arc<OpenIndicator>> {
        match indicator {
            IndicatorOrRef::Inline(declared) => self.open_indicator(declared, &objects.sources),
            IndicatorOrRef::Ref(name) => self.referred(name, &objects.indicators),
        }
    }

    /// A threshold metric is good or bad by one comparison.
    pub(super) fn check_compared(&mut self, indicator: &OpenIndicator, objectives: &[&DeclaredObjective]) {
        if !matches!(indicator, OpenIndicator::Threshold(_)) {
            return;
        }
        for objective in objectives {
            if let Some(key) = objective.lacks {
                let message = format!("an objective over a threshold metric lacks `{key}`");
                let help = "say which values are good, such as `op: lte` and `value: 0.3` for at most 0.3";
                self.found.push(Diagnostic::new(Code::NotCompared, objective.place.clone(), message).help(help));
            }
        }
        if let [first, second, ..] = objectives {
            let message = format!("a threshold metric has {} objectives", objectives.len());
            let diagnostic = Diagnostic::new(Code::NotCompared, second.place.clone(), message);
            let help = "OpenSLO allows one: write an SLO for each value that it is compared with";
            self.found.push(diagnostic.related(first.place.clone(), "the first one").help(help));
        }
    }

    pub(super) fn open_indicator(
        &mut self,
        declared: &DeclaredIndicator,
        sources: &Known<Arc<str>>,
    ) -> Option<Arc<OpenIndicator>> {
        let mut metric = |declared: &DeclaredMetric| self.metric(declared, sources);
        Some(Arc::new(match declared {
            DeclaredIndicator::Threshold(declared) => OpenIndicator::Threshold(metric(declared)?),
            DeclaredIndicator::Good { counter, good, total } => {
                let (good, total) = (metric(good), metric(total));
                OpenIndicator::Ratio { counter: *counter, part: RatioPart::Good(good?), total: total? }
            }
            DeclaredIndicator::Bad { counter, bad, total } => {
                let (bad, total) = (metric(bad), metric(total));
                OpenIndicator::Ratio { counter: *counter, part: RatioPart::Bad(bad?), total: total? }
            }
            DeclaredIndicator::Raw { kind, metric: declared } => {
                OpenIndicator::Raw { kind: *kind, metric: metric(declared)? }
            }
        }))
    }

    /// A metric with the type of its source; without a type of its own the source must be described.
    fn metric(&mut self, declared: &DeclaredMetric, sources: &Known<Arc<str>>) -> Option<Metric> {
        let DeclaredMetric { source, source_type, spec } = declared;
        let source_type = match (source_type, source) {
            (Some(own), Some(name)) => {
                self.check_described(name, sources);
                Arc::from(own.as_str())
            }
            (Some(own), None) => Arc::from(own.as_str()),
            (None, Some(name)) => self.referred(name, sources)?,
            (None, None) => return None,
        };
        Some(Metric { source_type, source: source.as_ref().map(|name| name.value.clone()), spec: spec.clone() })
    }

    fn check_described(&mut self, name: &Spanned<OpenName>, sources: &Known<Arc<str>>) {
        if sources.by_name.contains_key(&name.value) || self.may_be_unread(name.value.as_str()) {
            return;
        }
        let message = format!("no document describes data source {}", quote(name.value.as_str()));
        let help = self.open_help(name.value.as_str(), sources);
        self.found.push(Diagnostic::new(Code::Undescribed, name.place.clone(), message).help(help));
    }
}
