//! The kinds of things that change, with what they are called.

/// A kind of thing that can change, in the order in which changes are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Noun {
    /// A product.
    Product,
    /// Somebody who has a say in it.
    Stakeholder,
    /// Who does what in an activity.
    Responsibility,
    /// What it is judged by.
    Kpi,
    /// An attribute that facts keep.
    Dimension,
    /// A traffic class beyond the built-in ones.
    TrafficClass,
    /// What users want to achieve.
    Objective,
    /// What they do for it.
    Step,
    /// What a step promises.
    Slo,
    /// The same, in a document of OpenSLO.
    OpenSlo,
    /// A step from one end to the other.
    Flow,
    /// How bad an incident is.
    SeverityPolicy,
    /// How important a step or a use of it is.
    StepCriticality,
    /// How important a service is, and what it offers.
    ServiceCriticality,
    /// What happens as budgets are spent.
    BudgetPolicy,
    /// Time that does not count.
    Maintenance,
    /// A server.
    Service,
    /// A rule over single events.
    Rule,
    /// A rule over traces.
    TraceRule,
    /// Whether this way of working fits.
    Fit,
}

impl Noun {
    /// One of them, in a sentence.
    pub fn singular(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Stakeholder => "stakeholder",
            Self::Responsibility => "responsibility",
            Self::Kpi => "KPI",
            Self::Dimension => "dimension",
            Self::TrafficClass => "traffic class",
            Self::Objective => "objective",
            Self::Step | Self::StepCriticality => "step",
            Self::Slo => "SLO",
            Self::OpenSlo => "OpenSLO SLO",
            Self::Flow => "flow",
            Self::SeverityPolicy => "severity policy",
            Self::ServiceCriticality | Self::Service => "service",
            Self::BudgetPolicy => "error budget policy",
            Self::Maintenance => "maintenance",
            Self::Rule => "rule",
            Self::TraceRule => "trace rule",
            Self::Fit => "assessment of fit",
        }
    }

    /// Several of them, in a sentence.
    pub fn plural(self) -> String {
        match self {
            Self::Responsibility => "responsibilities".to_owned(),
            Self::TrafficClass => "traffic classes".to_owned(),
            Self::SeverityPolicy => "severity policies".to_owned(),
            Self::BudgetPolicy => "error budget policies".to_owned(),
            Self::Fit => "assessments of fit".to_owned(),
            other => format!("{}s", other.singular()),
        }
    }

    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Stakeholder => "stakeholder",
            Self::Responsibility => "responsibility",
            Self::Kpi => "kpi",
            Self::Dimension => "dimension",
            Self::TrafficClass => "traffic-class",
            Self::Objective => "objective",
            Self::Step => "step",
            Self::Slo => "slo",
            Self::OpenSlo => "openslo",
            Self::Flow => "flow",
            Self::SeverityPolicy => "severity-policy",
            Self::StepCriticality => "step-criticality",
            Self::ServiceCriticality => "service-criticality",
            Self::BudgetPolicy => "error-budget-policy",
            Self::Maintenance => "maintenance",
            Self::Service => "service",
            Self::Rule => "rule",
            Self::TraceRule => "trace-rule",
            Self::Fit => "fit-assessment",
        }
    }

    /// The heading under which its changes are told.
    pub(super) fn section(self) -> &'static str {
        match self {
            Self::Product => "Product",
            Self::Stakeholder | Self::Responsibility => "Who has a say",
            Self::Kpi => "KPIs",
            Self::Dimension | Self::TrafficClass => "Dimensions and traffic classes",
            Self::Objective => "Objectives",
            Self::Step => "Steps",
            Self::Slo | Self::OpenSlo => "SLOs",
            Self::Flow => "Flows from one end to the other",
            Self::SeverityPolicy => "Severity of incidents",
            Self::StepCriticality => "How important steps are",
            Self::ServiceCriticality => "How important services are",
            Self::BudgetPolicy => "Error budget policies",
            Self::Maintenance => "Maintenance",
            Self::Service => "Services",
            Self::Rule | Self::TraceRule => "Annotation rules",
            Self::Fit => "Fit of this way of working",
        }
    }

    /// Whether its section has things of one kind only, which need not be named with each.
    pub(super) fn is_alone(self) -> bool {
        !matches!(
            self,
            Self::Stakeholder
                | Self::Responsibility
                | Self::Dimension
                | Self::TrafficClass
                | Self::OpenSlo
                | Self::TraceRule
        )
    }
}
