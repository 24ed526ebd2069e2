//! The names of series: text in the store, the same for good.

use milepost_facts::Source;

/// What a series counts. Parts are names as they stand in the registry, or as telemetry brings them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SeriesKey {
    /// Attempts by minute: successes, failures, abandoned, timeouts, and of the successes those with a 4xx status.
    Step(StepSeries),
    /// How long the same attempts took, by hour: the bucket of a sketch, and how many.
    Latency(StepSeries),
    /// What attempts carried for a KPI by minute, as `milepost_impact::Values` has its numbers.
    Worth {
        /// The attempts.
        of: StepSeries,
        /// The KPI.
        kpi: String,
        /// Whether these were successes; else they failed.
        is_kept: bool,
    },
    /// Valid and good attempts by minute of the indicator with this id.
    Indicator(String),
    /// Bad attempts by minute of the indicator with this id, by what they were bad by.
    Cause {
        /// The indicator.
        indicator: String,
        /// The operation at which the attempt was measured.
        operation: String,
        /// What went wrong; nothing where it does not say.
        error_type: String,
    },
    /// Valid and good by minute of the indicator with this id, as its source has them.
    Imported(String),
    /// Events by hour of one operation that serve a step: all, those that failed, how long they took together in microseconds, and how many those are.
    Use {
        /// The product.
        product: String,
        /// The step.
        step: String,
        /// The operation.
        operation: String,
    },
    /// Requests of users by hour of one operation that serve no step: all, and those that failed.
    Unannotated(String),
    /// Requests of users by hour of one operation that have no step of their own, in traces that were attempts: how many.
    ByTrace {
        /// Those that failed; they are among all.
        failed: bool,
        /// The operation.
        operation: String,
    },
    /// Traces by minute of which no attempt could be made: how many, by what they were.
    Traces(String),
    /// When something came by minute that has no events, of this service, or of any where none is named: [`heard_seconds`](super::heard_seconds).
    Heard(String),
}

/// Attempts of a step that are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepSeries {
    /// The product.
    pub product: String,
    /// The step.
    pub step: String,
    /// The objective for which it was used, where known.
    pub objective: Option<String>,
    /// Who saw it.
    pub source: String,
    /// The traffic class.
    pub class: String,
}

/// Stands in no name of a registry; operations come last, and may hold it.
const BETWEEN: char = '|';

impl SeriesKey {
    /// As it is stored.
    pub fn text(&self) -> String {
        let step = |kind: &str, of: &StepSeries| {
            let objective = of.objective.as_deref().unwrap_or_default();
            [kind, &of.product, &of.step, objective, &of.source, &of.class].join("|")
        };
        match self {
            Self::Step(of) => step("step", of),
            Self::Latency(of) => step("latency", of),
            Self::Worth { of, kpi, is_kept: true } => step(&format!("worth|{kpi}"), of),
            Self::Worth { of, kpi, is_kept: false } => step(&format!("worth-failed|{kpi}"), of),
            Self::Indicator(id) => format!("indicator|{id}"),
            // Error types are words of telemetry, and may hold anything.
            Self::Cause { indicator, operation, error_type } => {
                format!("cause|{indicator}|{}|{error_type}|{operation}", error_type.len())
            }
            Self::Imported(id) => format!("imported|{id}"),
            Self::Use { product, step, operation } => ["use", product, step, operation].join("|"),
            Self::Unannotated(operation) => format!("unannotated|{operation}"),
            Self::ByTrace { failed: false, operation } => format!("by-trace|{operation}"),
            Self::ByTrace { failed: true, operation } => format!("by-trace-failed|{operation}"),
            Self::Traces(what) => format!("traces|{what}"),
            Self::Heard(service) => format!("heard|{service}"),
        }
    }

    /// What stands in for a series of a closed trace where there are too many.
    pub(crate) fn of_others(text: &str) -> String {
        let kind = text.split(BETWEEN).next().unwrap_or_default();
        format!("{kind}{BETWEEN}other")
    }

    /// Whether it counts attempts of a step, as it is stored: for whoever looks at all series, and need not know whose.
    pub(crate) fn is_attempts(text: &str) -> bool {
        text.split(BETWEEN).next() == Some("step")
    }

    /// Whether it is of what attempts are worth, as it is stored.
    pub(crate) fn is_worth(text: &str) -> bool {
        matches!(text.split(BETWEEN).next(), Some("worth" | "worth-failed"))
    }

    /// Whether its numbers are buckets, as it is stored.
    pub(crate) fn is_latency(text: &str) -> bool {
        text.split(BETWEEN).next() == Some("latency")
    }

    /// From how it is stored; `None` where another version stored it.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(BETWEEN)?;
        Some(match kind {
            "step" => Self::Step(StepSeries::parse(rest)?),
            "latency" => Self::Latency(StepSeries::parse(rest)?),
            "worth" | "worth-failed" => {
                let (kpi, of) = rest.split_once(BETWEEN)?;
                Self::Worth { of: StepSeries::parse(of)?, kpi: kpi.to_owned(), is_kept: kind == "worth" }
            }
            "indicator" => Self::Indicator(rest.to_owned()),
            "cause" => {
                let (indicator, rest) = rest.split_once(BETWEEN)?;
                let (length, rest) = rest.split_once(BETWEEN)?;
                let (error_type, operation) = rest.split_at_checked(length.parse().ok()?)?;
                let (indicator, error_type) = (indicator.to_owned(), error_type.to_owned());
                Self::Cause { indicator, operation: operation.strip_prefix(BETWEEN)?.to_owned(), error_type }
            }
            "imported" => Self::Imported(rest.to_owned()),
            "heard" => Self::Heard(rest.to_owned()),
            "use" => {
                let mut parts = rest.splitn(3, BETWEEN).map(str::to_owned);
                Self::Use { product: parts.next()?, step: parts.next()?, operation: parts.next()? }
            }
            "unannotated" => Self::Unannotated(rest.to_owned()),
            "by-trace" => Self::ByTrace { failed: false, operation: rest.to_owned() },
            "by-trace-failed" => Self::ByTrace { failed: true, operation: rest.to_owned() },
            "traces" => Self::Traces(rest.to_owned()),
            _ => return None,
        })
    }
}

impl StepSeries {
    fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(BETWEEN).collect();
        let [product, step, objective, source, class] = parts[..] else { return None };
        Some(Self {
            product: product.to_owned(),
            step: step.to_owned(),
            objective: Some(objective.to_owned()).filter(|objective| !objective.is_empty()),
            source: source.to_owned(),
            class: class.to_owned(),
        })
    }

    /// How it was measured, by who saw it.
    pub fn method(&self) -> &str {
        if self.source == Source::Flow.as_str() { "end-to-end" } else { &self.source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_from_text() {
        let step = StepSeries {
            product: "mail".to_owned(),
            step: "send-mail".to_owned(),
            objective: None,
            source: "service".to_owned(),
            class: "interactive".to_owned(),
        };
        let operation = "web GET /a|b".to_owned();
        for key in [
            SeriesKey::Step(step.clone()),
            SeriesKey::Latency(StepSeries { objective: Some("compose-mail".to_owned()), ..step }),
            SeriesKey::Indicator("0f".to_owned()),
            SeriesKey::Imported("0f".to_owned()),
            SeriesKey::Cause {
                indicator: "0f".to_owned(),
                operation: operation.clone(),
                error_type: "3|x|\u{e9}".to_owned(),
            },
            SeriesKey::Cause { indicator: "0f".to_owned(), operation: String::new(), error_type: String::new() },
            SeriesKey::Use { product: "mail".to_owned(), step: "read".to_owned(), operation: operation.clone() },
            SeriesKey::Unannotated(operation.clone()),
            SeriesKey::ByTrace { failed: false, operation: operation.clone() },
            SeriesKey::ByTrace { failed: true, operation },
            SeriesKey::Traces("incomplete".to_owned()),
            SeriesKey::Heard("web".to_owned()),
            SeriesKey::Heard(String::new()),
        ] {
            assert_eq!(SeriesKey::parse(&key.text()), Some(key));
        }
        assert_eq!(SeriesKey::parse("later|x"), None);
    }
}
