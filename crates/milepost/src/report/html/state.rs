//! What is said of a step in a word: each state has a word, a form and a colour, and none of them alone.

use super::writer::Html;
use crate::report::model::{SloReport, StepReport};
use crate::report::text::percent_of;
use milepost_registry::diagram::{Mark, MarkShape};

/// The state of a step or of one promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Missed,
    Unknown,
    NoData,
    /// Met so far, by so few attempts that the interval holds the target.
    Few,
    /// Nothing is promised.
    NoTarget,
    Good,
}

impl State {
    pub(super) const ALL: [Self; 6] =
        [Self::Missed, Self::Unknown, Self::NoData, Self::Few, Self::NoTarget, Self::Good];

    /// The state of a step for one class.
    pub(super) fn of(step: &StepReport) -> Self {
        match step {
            _ if step.valid + step.abandoned == 0 => Self::NoData,
            _ if step.valid == 0 => Self::Unknown,
            _ if step.misses() => Self::Missed,
            _ => step.slos.iter().map(Self::of_slo).min().unwrap_or(Self::NoTarget),
        }
    }

    /// The state of one promise.
    pub(super) fn of_slo(slo: &SloReport) -> Self {
        match slo.verdict {
            "missed" => Self::Missed,
            "met" if !slo.is_clear => Self::Few,
            "met" => Self::Good,
            _ => Self::Unknown,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Missed => "missed",
            Self::Unknown => "unknown",
            Self::NoData => "no data",
            Self::Few => "too few to be sure",
            Self::NoTarget => "no target",
            Self::Good => "good",
        }
    }

    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Missed => {
                "Fewer attempts were good than promised; where nothing is promised, more than 1 in 20 failed."
            }
            Self::Unknown => {
                "There are attempts, but they do not say whether the promise was kept. The reason stands beside it."
            }
            Self::NoData => {
                "No attempt was seen. That is neither good nor bad: nobody tried, or the telemetry is missing."
            }
            Self::Few => {
                "Kept so far, but by so few attempts that chance may explain it: the target lies within the 95% interval."
            }
            Self::NoTarget => "Nothing is promised for this step: it has no SLO.",
            Self::Good => "What was promised was kept.",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Missed => "state missed",
            Self::Unknown => "state unknown",
            Self::NoData => "state no-data",
            Self::Few => "state few",
            Self::NoTarget => "state no-target",
            Self::Good => "state good",
        }
    }

    /// The same forms as in the diagram.
    fn path(self) -> &'static str {
        match self {
            Self::Missed => "M0-6 7 6h-14z",
            Self::Unknown => "M-5-5h10v10h-10z",
            Self::NoData => "M0-6 6 0 0 6-6 0z",
            Self::Few | Self::NoTarget | Self::Good => "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
        }
    }

    fn shape(self) -> MarkShape {
        match self {
            Self::Missed => MarkShape::Triangle,
            Self::Unknown => MarkShape::Square,
            Self::NoData => MarkShape::Diamond,
            Self::Few | Self::NoTarget | Self::Good => MarkShape::Circle,
        }
    }

    /// Writes form and word.
    pub(super) fn badge(self, html: &mut Html) {
        html.tag("span", &[("class", &self.class())], |html| {
            self.icon(html);
            html.text(self.word());
        });
    }

    fn icon(self, html: &mut Html) {
        let size: [(&'static str, &dyn std::fmt::Display); 4] =
            [("width", &14), ("height", &14), ("viewBox", &"-7 -7 14 14"), ("aria-hidden", &"true")];
        html.tag("svg", &size, |html| html.empty("path", &[("d", &self.path())]));
    }
}

/// What the diagram says of a step.
pub(super) fn mark(step: &StepReport) -> Mark {
    let state = State::of(step);
    let label = match state {
        State::Unknown | State::NoData => state.word().to_owned(),
        _ if step.good == step.valid && state == State::Missed => "missed: too slow".to_owned(),
        _ => format!("{}: {}", state.word(), percent_of(step.good, step.valid)),
    };
    Mark { shape: state.shape(), label }
}
