//! Which rules look at which steps: worked out once for a policy and the steps of its product.

use crate::{Scope, SeverityPolicy, Subject, Threshold, Tolerated};
use milepost_model::{Kpi, Name};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A rule at what it judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The rule, by its place in the policy.
    pub rule: usize,
    /// Its level, by its place in the policy's levels: 0 is the worst.
    pub level: usize,
    /// What must be passed.
    pub threshold: Threshold,
    /// What SLOs tolerate, which counts for a threshold of `any` only.
    pub tolerated: Tolerated,
    /// What it looks at.
    pub members: Members,
}

/// What a rule looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Members {
    /// The attempts of a step, or of a use of one, alone, by its place in the list of subjects.
    One(usize),
    /// Steps together, by attempts.
    Pool(Box<[usize]>),
    /// What attempts of a step, or of a use of one, are worth of a KPI, by its place in [`SeverityPlan::moved`].
    Kpi(usize),
    /// What steps together move of one KPI.
    KpiPool(Box<[usize]>),
}

/// A KPI at a step, or a use of one, that moves it, where a rule judges that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The step, or the use, by its place in the list of subjects.
    pub subject: usize,
    /// The KPI.
    pub kpi: Name,
    /// What people call it.
    pub title: String,
    /// What it is counted in.
    pub unit: String,
}

/// Every rule at everything that it judges.
#[derive(Clone, Debug)]
pub struct SeverityPlan {
    /// First those that judge one subject, subject by subject; then the pools.
    judged: Vec<Judged>,
    /// Of each subject, where its own lie.
    alone: Vec<Range<usize>>,
    /// Subject by subject.
    moved: Vec<Moved>,
}

/// The steps and uses of a product, with what the SLOs of each tolerate.
type Subjects<'s, 'm> = &'s [(Subject<'m>, Tolerated)];

impl SeverityPlan {
    /// Of a policy and the steps and uses of its product, with what the SLOs of each tolerate.
    ///
    /// A rule judges attempts of what its scope names as steps, and what attempts are worth of each KPI that it names. A pool takes no step twice: a use is left out
    /// where the step itself is in the scope.
    pub fn new(policy: &SeverityPolicy, subjects: Subjects<'_, '_>) -> Self {
        let moved = moved(policy, subjects);
        let mut plan = Self { judged: Vec::new(), alone: Vec::with_capacity(subjects.len()), moved };
        for (place, (subject, tolerated)) in subjects.iter().enumerate() {
            let from = plan.judged.len();
            for (at, rule) in policy.rules.iter().enumerate().filter(|(_, rule)| !rule.pooled) {
                let of_attempts = rule.scope.holds_attempts(subject).then_some(Members::One(place));
                let of_kpis = rule.scope.kpis_at(subject).filter_map(|kpi| plan.moved_at(place, &kpi.name));
                let of_kpis: Vec<Members> = of_kpis.map(Members::Kpi).collect();
                plan.judged.extend(of_attempts.into_iter().chain(of_kpis).map(|members| Judged {
                    rule: at,
                    level: rule.level,
                    threshold: rule.impact,
                    tolerated: *tolerated,
                    members,
                }));
            }
            plan.alone.push(from..plan.judged.len());
        }
        for (at, rule) in policy.rules.iter().enumerate().filter(|(_, rule)| rule.pooled) {
            for (members, tolerated) in plan.pools_of(&rule.scope, subjects) {
                plan.judged.push(Judged { rule: at, level: rule.level, threshold: rule.impact, tolerated, members });
            }
        }
        plan
    }

    /// The pools of a rule: of the attempts that it judges, and of each KPI; with the most lenient of their SLOs: what one of them may do, all may.
    fn pools_of(&self, scope: &Scope, subjects: Subjects<'_, '_>) -> Vec<(Members, Tolerated)> {
        let pool = |places: Vec<usize>| {
            let whole = places.iter().map(|place| &subjects[*place].0.path).filter(|path| path.objective.is_none());
            let whole: BTreeSet<_> = whole.map(|path| &path.step).collect();
            let is_once = |place: &usize| {
                let path = &subjects[*place].0.path;
                path.objective.is_none() || !whole.contains(&path.step)
            };
            let members: Vec<usize> = places.into_iter().filter(is_once).collect();
            let tolerated = members.iter().map(|place| subjects[*place].1).reduce(Tolerated::or)?;
            Some((members, tolerated))
        };
        let held =
            |(place, (subject, _)): (usize, &(Subject<'_>, Tolerated))| scope.holds_attempts(subject).then_some(place);
        let of_attempts = pool(subjects.iter().enumerate().filter_map(held).collect());
        let mut of_kpis: BTreeMap<&Name, Vec<usize>> = BTreeMap::new();
        for (place, (subject, _)) in subjects.iter().enumerate() {
            scope.kpis_at(subject).for_each(|kpi| of_kpis.entry(&kpi.name).or_default().push(place));
        }
        let of_kpis = of_kpis.into_iter().filter_map(|(kpi, places)| {
            let (members, tolerated) = pool(places)?;
            let members = members.into_iter().filter_map(|place| self.moved_at(place, kpi)).collect();
            Some((Members::KpiPool(members), tolerated))
        });
        let of_attempts = of_attempts.map(|(members, tolerated)| (Members::Pool(members.into()), tolerated));
        of_attempts.into_iter().chain(of_kpis).collect()
    }

    fn moved_at(&self, subject: usize, kpi: &Name) -> Option<usize> {
        let from = self.moved.partition_point(|moved| moved.subject < subject);
        let of_subject = self.moved[from..].iter().take_while(|moved| moved.subject == subject);
        of_subject.enumerate().find(|(_, moved)| moved.kpi == *kpi).map(|(at, _)| from + at)
    }

    /// The KPIs at steps that rules judge, subject by subject.
    pub fn moved(&self) -> &[Moved] {
        &self.moved
    }

    /// Whether a rule looks at a subject, alone or with others.
    pub fn includes(&self, judged: &Judged, subject: usize) -> bool {
        let moves = |place: &usize| self.moved[*place].subject == subject;
        match &judged.members {
            Members::One(place) => *place == subject,
            Members::Pool(places) => places.contains(&subject),
            Members::Kpi(place) => moves(place),
            Members::KpiPool(places) => places.iter().any(moves),
        }
    }

    /// The KPI that a rule judges, at one of the steps where it does.
    pub fn kpi_of(&self, judged: &Judged) -> Option<&Moved> {
        match &judged.members {
            Members::Kpi(place) => self.moved.get(*place),
            Members::KpiPool(places) => self.moved.get(*places.first()?),
            Members::One(_) | Members::Pool(_) => None,
        }
    }

    /// Every rule at everything that it judges.
    pub fn judged(&self) -> &[Judged] {
        &self.judged
    }

    /// How many subjects there are.
    pub fn subjects(&self) -> usize {
        self.alone.len()
    }

    /// Where the rules lie that judge a subject alone.
    pub fn alone(&self, subject: usize) -> Range<usize> {
        self.alone.get(subject).cloned().unwrap_or_default()
    }

    /// Where the rules lie that judge pools.
    pub fn pools(&self) -> Range<usize> {
        self.alone.last().map_or(0, |last| last.end)..self.judged.len()
    }
}

/// What rules judge of KPIs.
fn moved(policy: &SeverityPolicy, subjects: Subjects<'_, '_>) -> Vec<Moved> {
    let at = |(subject, (of, _)): (usize, &(Subject<'_>, Tolerated))| {
        let is_judged =
            |kpi: &&Kpi| policy.rules.iter().any(|rule| rule.scope.kpis_at(of).any(|of| of.name == kpi.name));
        let moved =
            |kpi: &Kpi| Moved { subject, kpi: kpi.name.clone(), title: kpi.title.clone(), unit: kpi.unit.clone() };
        of.kpis.iter().copied().filter(is_judged).map(moved).collect::<Vec<_>>()
    };
    subjects.iter().enumerate().flat_map(at).collect()
}
