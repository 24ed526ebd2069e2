//! What a severity rule is about.

use milepost_model::{Criticality, EffectiveCriticality, Kpi, Name, Objective, Stage, Step, StepPath};
use std::fmt;

/// Which steps a severity rule is about: those that any of its parts names, or all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every live step of the product.
    All,
    /// The steps that one of these names.
    Any {
        /// Steps, or uses of steps.
        steps: Vec<StepPath>,
        /// Steps that have one of these tags.
        tags: Vec<Name>,
        /// Steps of one of these declared criticalities.
        criticality: Vec<Criticality>,
        /// What steps move of these KPIs: what their attempts are worth is judged, not how many they are.
        kpis: Vec<Name>,
    },
}

/// A step, or a use of it, as scopes are held against it.
#[derive(Clone, Debug)]
pub struct Subject<'m> {
    /// The step, or the use of it.
    pub path: StepPath,
    /// Words that the step is grouped by.
    pub tags: &'m [Name],
    /// How important it is declared to be.
    pub criticality: Criticality,
    /// The KPIs that it moves.
    pub kpis: Vec<&'m Kpi>,
    /// Whether users can reach it yet.
    pub stage: Stage,
}

impl<'m> Subject<'m> {
    /// The use of a step in an objective.
    pub fn of_use(step: &'m Step, objective: &Objective, kpis: &'m [Kpi]) -> Self {
        let path = StepPath { objective: Some(objective.name.clone()), step: step.name.clone() };
        let criticality = EffectiveCriticality::of_use(step, objective).criticality;
        Self::new(step, path, criticality, step.stage.min(objective.stage), kpis)
    }

    /// A step by itself, as it is where no objective is known: the highest of its uses.
    pub fn of_step<'o>(step: &'m Step, objectives: impl IntoIterator<Item = &'o Objective>, kpis: &'m [Kpi]) -> Self {
        let path = StepPath { objective: None, step: step.name.clone() };
        let criticality = EffectiveCriticality::of_step(step, objectives).criticality;
        Self::new(step, path, criticality, step.stage, kpis)
    }

    fn new(step: &'m Step, path: StepPath, criticality: Criticality, stage: Stage, kpis: &'m [Kpi]) -> Self {
        let moves = |kpi: &&Kpi| kpi.steps.iter().any(|scope| scope.covers(&path));
        let kpis = kpis.iter().filter(moves).collect();
        Self { path, tags: &step.tags, criticality, kpis, stage }
    }
}

impl Scope {
    /// A scope of tags alone.
    pub fn of_tag(tag: &Name) -> Self {
        Self::Any { steps: Vec::new(), tags: vec![tag.clone()], criticality: Vec::new(), kpis: Vec::new() }
    }

    /// Whether it holds for a step or a use of it. What is unlaunched is in no scope.
    pub fn holds(&self, subject: &Subject<'_>) -> bool {
        self.holds_attempts(subject) || self.kpis_at(subject).next().is_some()
    }

    /// Whether the attempts of a step or a use of it are judged.
    pub fn holds_attempts(&self, subject: &Subject<'_>) -> bool {
        if subject.stage == Stage::Unlaunched {
            return false;
        }
        match self {
            Self::All => true,
            Self::Any { steps, tags, criticality, kpis: _ } => {
                steps.iter().any(|scope| scope.covers(&subject.path))
                    || tags.iter().any(|tag| subject.tags.contains(tag))
                    || criticality.contains(&subject.criticality)
            }
        }
    }

    /// The KPIs by which a step or a use of it is judged.
    pub fn kpis_at<'s, 'm: 's>(&'s self, subject: &'s Subject<'m>) -> impl Iterator<Item = &'m Kpi> + 's {
        let named: &[Name] = match self {
            Self::Any { kpis, .. } if subject.stage != Stage::Unlaunched => kpis,
            _ => &[],
        };
        subject.kpis.iter().copied().filter(move |kpi| named.contains(&kpi.name))
    }

    /// The same without KPIs.
    #[must_use]
    pub fn of_attempts(&self) -> Self {
        match self.clone() {
            Self::All => Self::All,
            Self::Any { steps, tags, criticality, kpis: _ } => Self::Any { steps, tags, criticality, kpis: Vec::new() },
        }
    }
}

impl fmt::Display for Scope {
    /// In words: `any step`; `send-mail, receive-mail`; `steps tagged core, or the KPI messages-sent`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Any { steps, tags, criticality, kpis } = self else { return f.write_str("any step") };
        let mut parts: Vec<String> = Vec::new();
        if !steps.is_empty() {
            parts.push(joined(steps));
        }
        if !tags.is_empty() {
            parts.push(format!("steps tagged {}", joined(tags)));
        }
        if !criticality.is_empty() {
            parts.push(format!("steps of criticality {}", joined(criticality)));
        }
        if !kpis.is_empty() {
            parts.push(format!("the {} {}", if kpis.len() == 1 { "KPI" } else { "KPIs" }, joined(kpis)));
        }
        f.write_str(if parts.is_empty() { "no step" } else { "" })?;
        f.write_str(&parts.join(", or "))
    }
}

fn joined(all: &[impl fmt::Display]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
