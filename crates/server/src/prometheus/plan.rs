//! What of a registry's OpenSLO documents is asked of which Prometheus, and why the rest is not.

use super::selector::without_sum;
use super::source::Source;
use milepost_registry::Registry;
use milepost_slo::Alerts;
use milepost_slo::open::{
    Binding, Comparison, Metric, OpenIndicator, OpenName, OpenObjective, OpenSlo, Operator, Promise, RatioPart,
    RawKind, Verbatim,
};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// One objective of an OpenSLO document.
#[derive(Clone, Debug)]
pub(crate) struct OpenJudged<'r> {
    /// The document.
    pub(crate) slo: &'r OpenSlo,
    /// The objective.
    pub(crate) objective: &'r OpenObjective,
    /// The document's name; of several objectives with the place of this one.
    pub(crate) name: String,
    /// What is asked; or why nothing is.
    pub(crate) query: Result<Query, String>,
    /// Its burn alerts.
    pub(crate) alerts: Alerts,
    /// What of alert policies is not judged, each with the reason.
    pub(crate) unjudged: Vec<String>,
}

/// What is asked, and how answers are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    /// A hash of all of it: the same queries of the same data source share their counts.
    pub(crate) id: String,
    /// The place of the source in the settings.
    pub(crate) source: usize,
    /// What is asked of it.
    pub(crate) asked: Asked,
}

/// The queries of an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Events: `part` of `total`.
    Ratio { is_counter: bool, is_good: bool, part: String, total: String },
    /// A share in each minute, which counts as a billion.
    Raw { is_good: bool, query: String },
    /// A value in each minute, which is good or bad.
    Threshold { query: String, comparison: Comparison },
}

impl Asked {
    /// The queries, the one with all events last.
    pub(crate) fn queries(&self) -> Vec<&str> {
        match self {
            Self::Ratio { part, total, .. } => vec![part, total],
            Self::Raw { query, .. } | Self::Threshold { query, .. } => vec![query],
        }
    }

    /// What is counted, for people.
    pub(crate) fn unit(&self) -> &'static str {
        match self {
            Self::Ratio { .. } => "events",
            Self::Raw { .. } => "billionths of minutes",
            Self::Threshold { .. } => "minutes",
        }
    }

    /// In words, the parts of its identity.
    fn words(&self) -> Vec<String> {
        let flag = |is: bool| is.to_string();
        match self {
            Self::Ratio { is_counter, is_good, part, total } => {
                vec!["ratio".to_owned(), flag(*is_counter), flag(*is_good), part.clone(), total.clone()]
            }
            Self::Raw { is_good, query } => vec!["raw".to_owned(), flag(*is_good), query.clone()],
            Self::Threshold { query, comparison: Comparison { operator, value } } => {
                vec!["threshold".to_owned(), operator_name(*operator).to_owned(), value.to_string(), query.clone()]
            }
        }
    }
}

/// As documents write it.
fn operator_name(operator: Operator) -> &'static str {
    let named = Operator::NAMED.iter().find(|(_, known)| *known == operator);
    named.map_or("", |(name, _)| name)
}

/// The objectives of all OpenSLO documents, in their order.
pub(crate) fn judged<'r>(registry: &'r Registry, sources: &[Source]) -> Vec<OpenJudged<'r>> {
    let place = |name: Option<&str>| sources.iter().position(|source| source.name.as_deref() == name);
    registry.open_slos.iter().flat_map(|slo| of_document(slo, &place)).collect()
}

/// One objective of a document, by its place there.
pub(crate) fn judged_at<'r>(slo: &'r OpenSlo, place: usize, sources: &[Source]) -> Option<OpenJudged<'r>> {
    let source = |name: Option<&str>| sources.iter().position(|source| source.name.as_deref() == name);
    Some(objectives(slo).nth(place)?.judged(&source))
}

/// What the objectives of a document are called, in their order.
pub(crate) fn names(slo: &OpenSlo) -> impl Iterator<Item = String> {
    objectives(slo).map(|objective| objective.name())
}

/// The same for whoever asks nobody, and reads what was counted: an address is no part of what an indicator is.
pub(crate) fn judged_anywhere(registry: &Registry) -> Vec<OpenJudged<'_>> {
    registry.open_slos.iter().flat_map(|slo| of_document(slo, &|_| Some(0))).collect()
}

/// The place in the settings of the source that a name stands for; where there is none, it cannot be asked.
type Places<'p> = &'p dyn Fn(Option<&str>) -> Option<usize>;

impl OpenJudged<'_> {
    /// The step that it is about.
    pub(crate) fn binding(&self) -> Option<&Binding> {
        self.slo.binding.as_ref()
    }

    /// The expressions that are counted: of all, and of what is good.
    pub(crate) fn expressions(&self) -> [String; 2] {
        let Ok(query) = &self.query else { return [String::new(), String::new()] };
        match &query.asked {
            Asked::Ratio { is_good: true, part, total, .. } => [total.clone(), part.clone()],
            Asked::Ratio { is_good: false, part, total, .. } => [total.clone(), format!("({total}) - ({part})")],
            Asked::Raw { is_good: true, query } => ["1".to_owned(), query.clone()],
            Asked::Raw { is_good: false, query } => ["1".to_owned(), format!("1 - ({query})")],
            Asked::Threshold { query, comparison: Comparison { operator, value } } => {
                [query.clone(), format!("({query}) {} {value}", operator.sign())]
            }
        }
    }
}

fn of_document<'r>(slo: &'r OpenSlo, sources: Places<'_>) -> impl Iterator<Item = OpenJudged<'r>> {
    objectives(slo).map(move |objective| objective.judged(sources))
}

/// An objective within its document.
struct InDocument<'r> {
    slo: &'r OpenSlo,
    /// Its place, where there are several.
    place: Option<usize>,
    indicator: &'r OpenIndicator,
    objective: &'r OpenObjective,
}

fn objectives(slo: &OpenSlo) -> impl Iterator<Item = InDocument<'_>> {
    // A composite is judged part by part: each has a target of its own, and OpenSLO has none for the whole.
    let all: Vec<(&OpenIndicator, &OpenObjective)> = match &slo.promise {
        Promise::Plain { indicator, objectives } => {
            objectives.iter().map(|objective| (&**indicator, objective)).collect()
        }
        Promise::Composite(parts) => parts.iter().map(|part| (&*part.indicator, &part.objective)).collect(),
    };
    let several = all.len() > 1;
    let of = move |(place, (indicator, objective))| {
        let place = several.then_some(place);
        InDocument { slo, place, indicator, objective }
    };
    all.into_iter().enumerate().map(of)
}

impl<'r> InDocument<'r> {
    fn name(&self) -> String {
        match self.place {
            Some(place) => format!("{}.{}", self.slo.name, place + 1),
            None => self.slo.name.to_string(),
        }
    }

    fn judged(&self, sources: Places<'_>) -> OpenJudged<'r> {
        let query = match &self.slo.binding {
            None => Err("it does not say which step it is about".to_owned()),
            Some(_) => query(self.indicator, self.objective, sources),
        };
        let (alerts, unjudged) = self.slo.alerts();
        let unjudged = unjudged.iter().map(ToString::to_string).collect();
        OpenJudged { slo: self.slo, objective: self.objective, name: self.name(), query, alerts, unjudged }
    }
}

fn query(indicator: &OpenIndicator, objective: &OpenObjective, sources: Places<'_>) -> Result<Query, String> {
    let (asked, metrics) = match indicator {
        OpenIndicator::Ratio { counter, part, total } => {
            let (is_good, metric) = match part {
                RatioPart::Good(metric) => (true, metric),
                RatioPart::Bad(metric) => (false, metric),
            };
            let (mut part, mut all) = (text(metric)?, text(total)?);
            if *counter {
                (part, all) = (without_sum(&part).to_owned(), without_sum(&all).to_owned());
            }
            (Asked::Ratio { is_counter: *counter, is_good, part, total: all }, vec![metric, total])
        }
        OpenIndicator::Raw { kind, metric } => {
            (Asked::Raw { is_good: *kind == RawKind::Success, query: text(metric)? }, vec![metric])
        }
        OpenIndicator::Threshold(metric) => {
            let comparison = objective.comparison.ok_or("it does not say which values are good")?;
            (Asked::Threshold { query: text(metric)?, comparison }, vec![metric])
        }
    };
    let mut names = metrics.iter().map(|metric| metric.source.as_ref());
    let name = names.next().flatten().map(OpenName::as_str);
    let mut source = 0;
    for metric in &metrics {
        source = place(metric, sources)?;
    }
    if names.any(|other| other.map(OpenName::as_str) != name) {
        return Err("its metrics are of two data sources".to_owned());
    }
    Ok(Query { id: identity(name.unwrap_or_default(), &asked), source, asked })
}

fn identity(source: &str, asked: &Asked) -> String {
    let mut hash = Sha256::new();
    for part in std::iter::once(source.to_owned()).chain(asked.words()) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The place of the source that a metric asks; or why there is none.
fn place(metric: &Metric, sources: Places<'_>) -> Result<usize, String> {
    if !metric.source_type.eq_ignore_ascii_case("prometheus") {
        return Err(format!("its metric source is `{}`, and only Prometheus is asked", metric.source_type));
    }
    let name = metric.source.as_ref().map(OpenName::as_str);
    sources(name).ok_or_else(|| match name {
        Some(name) => format!("the data source `{name}` has no address here: start with --prometheus {name}=URL"),
        None => "no Prometheus is asked: start with --prometheus URL".to_owned(),
    })
}

/// The query of a metric.
fn text(metric: &Metric) -> Result<String, String> {
    let text = ["query", "promql"].into_iter().find_map(|key| metric.spec.text(key));
    let text = text.or(match &metric.spec {
        Verbatim::Text(text) => Some(text),
        _ => None,
    });
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| "its metric source has no `query`".to_owned())?;
    // No PromQL has this outside of texts, and there it is no template.
    if text.contains("{{.window}}") || text.contains("{{ .window }}") {
        return Err("its query has `{{.window}}` in it: write a window there, `1m` where it is asked for each minute"
            .to_owned());
    }
    Ok(text.to_owned())
}
