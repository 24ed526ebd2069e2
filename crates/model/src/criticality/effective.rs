//! How important a use of a step is, of all that is declared: the nearest declaration counts.

use super::Criticality;
use crate::{Name, Objective, Stage, Step};

/// How important a step or a use of it is, with where that is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveCriticality {
    /// How important.
    pub criticality: Criticality,
    /// Where it is declared.
    pub source: CriticalitySource,
    /// The objective of the use that decided, where one did.
    pub objective: Option<Name>,
}

/// Where a criticality is declared; the nearest to the use counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CriticalitySource {
    /// At the use of the step in the objective.
    Use,
    /// At the step, for all uses.
    Step,
    /// At the objective, for all its steps.
    Objective,
    /// Users cannot reach it yet, so that nothing else is looked at.
    Unlaunched,
    /// Nowhere: nobody has made it a priority.
    Nowhere,
}

impl CriticalitySource {
    /// The name in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Use => "use",
            Self::Step => "step",
            Self::Objective => "objective",
            Self::Unlaunched => "unlaunched",
            Self::Nowhere => "nowhere",
        }
    }
}

impl EffectiveCriticality {
    /// Of the use of a step in an objective: the use's own, else the step's, else the objective's. Whatever is unlaunched has none.
    pub fn of_use(step: &Step, objective: &Objective) -> Self {
        let used = objective.steps.iter().find(|u| u.step == step.name);
        let declared = [
            (CriticalitySource::Use, used.and_then(|u| u.criticality)),
            (CriticalitySource::Step, step.criticality),
            (CriticalitySource::Objective, objective.criticality),
        ];
        let mut effective = match step.stage.min(objective.stage) {
            Stage::Unlaunched => Self::nothing(CriticalitySource::Unlaunched),
            Stage::Live => Self::first(declared),
        };
        effective.objective = Some(objective.name.clone());
        effective
    }

    /// Of a step by itself: the highest of its uses in these objectives, the first of equals. Of a step without uses, what it says itself.
    pub fn of_step<'m>(step: &Step, objectives: impl IntoIterator<Item = &'m Objective>) -> Self {
        let of_product = objectives.into_iter().filter(|o| o.product == step.product);
        let uses = of_product.filter(|o| o.steps.iter().any(|u| u.step == step.name));
        let highest = uses.map(|objective| Self::of_use(step, objective)).reduce(|highest, other| {
            let is_higher = (other.criticality, other.is_declared()) > (highest.criticality, highest.is_declared());
            if is_higher { other } else { highest }
        });
        highest.unwrap_or_else(|| match step.stage {
            Stage::Unlaunched => Self::nothing(CriticalitySource::Unlaunched),
            Stage::Live => Self::first([(CriticalitySource::Step, step.criticality)]),
        })
    }

    /// Whether anybody has said it.
    pub fn is_declared(&self) -> bool {
        matches!(self.source, CriticalitySource::Use | CriticalitySource::Step | CriticalitySource::Objective)
    }

    fn nothing(source: CriticalitySource) -> Self {
        Self { criticality: Criticality::None, source, objective: None }
    }

    fn first(declared: impl IntoIterator<Item = (CriticalitySource, Option<Criticality>)>) -> Self {
        let mut declared = declared.into_iter().filter_map(|(source, criticality)| Some((source, criticality?)));
        match declared.next() {
            Some((source, criticality)) => Self { criticality, source, objective: None },
            None => Self::nothing(CriticalitySource::Nowhere),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OutcomeTable, StepUse};

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    fn step(criticality: Option<Criticality>, stage: Stage) -> Step {
        Step {
            product: name("mail"),
            name: name("send"),
            title: String::new(),
            description: String::new(),
            owner: None,
            start: String::new(),
            success: Vec::new(),
            failure: Vec::new(),
            abandoned: Vec::new(),
            asynchronous: false,
            tags: Vec::new(),
            criticality,
            stage,
            measure: Vec::new(),
            dependencies: Vec::new(),
            outcomes: OutcomeTable::default(),
        }
    }

    fn objective(title: &str, own: Option<Criticality>, of_use: Option<Criticality>) -> Objective {
        let (step, after) = (name("send"), Vec::new());
        let used = StepUse { step, after, criticality: of_use, optional: false, alternative: None };
        Objective {
            product: name("mail"),
            name: name(title),
            title: String::new(),
            description: String::new(),
            owner: None,
            reconfirm_by: None,
            criticality: own,
            stage: Stage::Live,
            steps: vec![used],
        }
    }

    #[test]
    fn the_nearest_declaration_counts() {
        let [critical, important, none] = Criticality::ALL.map(Some);
        let source = |own, of_step, of_use| {
            let effective = EffectiveCriticality::of_use(&step(of_step, Stage::Live), &objective("o", own, of_use));
            (effective.criticality, effective.source)
        };
        assert_eq!(source(critical, important, none), (Criticality::None, CriticalitySource::Use));
        assert_eq!(source(critical, important, None), (Criticality::Important, CriticalitySource::Step));
        assert_eq!(source(critical, None, None), (Criticality::Critical, CriticalitySource::Objective));
        assert_eq!(source(None, None, None), (Criticality::None, CriticalitySource::Nowhere));
    }

    #[test]
    fn what_is_unlaunched_has_none_whatever_is_declared() {
        let critical = Some(Criticality::Critical);
        let unlaunched =
            EffectiveCriticality::of_use(&step(critical, Stage::Unlaunched), &objective("o", None, critical));
        assert_eq!((unlaunched.criticality, unlaunched.source), (Criticality::None, CriticalitySource::Unlaunched));
        let later = Objective { stage: Stage::Unlaunched, ..objective("o", critical, None) };
        let unlaunched = EffectiveCriticality::of_step(&step(critical, Stage::Live), [&later]);
        assert_eq!((unlaunched.criticality, unlaunched.source), (Criticality::None, CriticalitySource::Unlaunched));
    }

    #[test]
    fn a_step_by_itself_has_the_highest_of_its_uses() {
        let [critical, important, _] = Criticality::ALL.map(Some);
        let objectives =
            [objective("a", important, None), objective("b", critical, None), objective("c", critical, None)];
        let highest = EffectiveCriticality::of_step(&step(None, Stage::Live), &objectives);
        assert_eq!((highest.criticality, highest.objective), (Criticality::Critical, Some(name("b"))));
        let alone = EffectiveCriticality::of_step(&step(important, Stage::Live), []);
        assert_eq!((alone.criticality, alone.source), (Criticality::Important, CriticalitySource::Step));
    }
}
