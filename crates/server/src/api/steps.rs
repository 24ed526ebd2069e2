//! `/products/{product}/steps`: what users do, and how well it went.

use super::ask::{AsOf, Ask};
use super::csv::Table;
use super::index::StepPair;
use super::measure::{Measured, measured};
use super::problem::Problem;
use super::reply::Reply;
use milepost_model::{Condition, EffectiveCriticality, Step};
use milepost_registry::Registry;
use serde::Serialize;
use utoipa::ToSchema;

/// Minutes where no time is asked for.
pub(super) const DEFAULT_MINUTES: i64 = 60;

/// A step with what was counted of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StepItem {
    product: String,
    step: String,
    title: String,
    /// `live` or `unlaunched`.
    stage: &'static str,
    /// How important it is: the highest of its uses.
    criticality: &'static str,
    /// Whether the work goes on after the user has moved on.
    asynchronous: bool,
    /// The objectives that use it, by name.
    objectives: Vec<String>,
    /// By method and traffic class.
    measured: Vec<Measured>,
}

/// A step in all its words, with what was counted of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StepDetail {
    #[serde(flatten)]
    item: StepItem,
    description: String,
    owner: Option<String>,
    /// When an attempt begins.
    start: String,
    /// How one sees that it succeeded.
    success: Vec<String>,
    /// How one sees that it failed.
    failure: Vec<String>,
    /// How one sees that the user gave up.
    abandoned: Vec<String>,
    tags: Vec<String>,
    /// The operations at which attempts are counted.
    measuring_points: Vec<String>,
    /// The operations that it uses beyond those.
    dependencies: Vec<DependencyBody>,
    /// How outcomes are read from status codes.
    outcomes: String,
    /// Each use of it, with how important that is.
    paths: Vec<PathBody>,
    /// Its SLOs, by name.
    slos: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Dependency)]
pub(super) struct DependencyBody {
    operation: String,
    /// `required` or `optional`.
    need: &'static str,
}

/// One use of a step.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StepPath)]
pub(super) struct PathBody {
    path: String,
    criticality: &'static str,
    /// Where it is declared: `use`, `step`, `objective`, `unlaunched` or `nowhere`.
    declared_at: &'static str,
}

const TABLE: Table = Table::Each(
    "measured",
    &[
        "product",
        "step",
        "title",
        "stage",
        "criticality",
        "objectives",
        "measured.method",
        "measured.class",
        "measured.valid",
        "measured.good",
        "measured.failed",
        "measured.abandoned",
        "measured.timeouts",
        "measured.client_errors",
        "measured.ratio",
        "measured.interval.low",
        "measured.interval.high",
        "measured.latency_ms.p50",
        "measured.latency_ms.p95",
        "measured.latency_ms.p99",
        "measured.latency_ms.relative_error",
        "measured.last_minute",
    ],
);

pub(super) fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let all = ask.registry().steps.iter().filter(|step| step.product == *product).collect();
    let (page, next) = ask.paging()?.of(all, |step: &&Step| step.name.to_string());
    let (as_of, items) = items(ask, &page)?;
    ask.page(as_of, (items, next), TABLE)
}

pub(super) fn one(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let step = ask.step(product)?;
    let (as_of, mut items) = items(ask, &[step])?;
    ask.object(as_of, detail(ask.registry(), step, items.remove(0)), TABLE)
}

/// The series of steps.
pub(super) fn pairs(ask: &Ask<'_>, steps: &[&Step]) -> Vec<Vec<StepPair>> {
    let known = ask.index.of(ask.shared);
    steps.iter().map(|step| known.step(step.product.as_str(), step.name.as_str(), None)).collect()
}

fn items(ask: &Ask<'_>, steps: &[&Step]) -> Result<(AsOf, Vec<StepItem>), Problem> {
    let span = ask.span(DEFAULT_MINUTES)?;
    let (as_of, measured) = measured(ask, &pairs(ask, steps), span)?;
    let registry = ask.registry();
    let items = steps.iter().zip(measured).map(|(step, measured)| StepItem {
        product: step.product.to_string(),
        step: step.name.to_string(),
        title: step.title.clone(),
        stage: step.stage.as_str(),
        criticality: EffectiveCriticality::of_step(step, registry.objectives_of(step)).criticality.as_str(),
        asynchronous: step.asynchronous,
        objectives: registry.objectives_of(step).map(|objective| objective.name.to_string()).collect(),
        measured,
    });
    Ok((as_of, items.collect()))
}

fn detail(registry: &Registry, step: &Step, item: StepItem) -> StepDetail {
    let words = |conditions: &[Condition]| conditions.iter().map(|condition| condition.text.clone()).collect();
    let path = |objective| {
        let criticality = EffectiveCriticality::of_use(step, objective);
        PathBody {
            path: format!("{}/{}", objective.name, step.name),
            criticality: criticality.criticality.as_str(),
            declared_at: criticality.source.as_str(),
        }
    };
    let slos = registry.slos.iter().filter(|slo| slo.product == step.product && slo.indicator.path.step == step.name);
    StepDetail {
        item,
        description: step.description.clone(),
        owner: step.owner.clone(),
        start: step.start.clone(),
        success: words(&step.success),
        failure: words(&step.failure),
        abandoned: words(&step.abandoned),
        tags: step.tags.iter().map(ToString::to_string).collect(),
        measuring_points: step.measure.iter().map(ToString::to_string).collect(),
        dependencies: (step.dependencies.iter())
            .map(|dependency| DependencyBody {
                operation: dependency.operation.to_string(),
                need: super::operations::need(dependency.need),
            })
            .collect(),
        outcomes: step.outcomes.to_string(),
        paths: registry.objectives_of(step).map(path).collect(),
        slos: slos.map(|slo| slo.name.to_string()).collect(),
    }
}
