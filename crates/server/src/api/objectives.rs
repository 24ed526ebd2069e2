//! `/products/{product}/objectives`: what users try to achieve, with how its steps are now.

use super::ask::{AsOf, Ask};
use super::csv::Table;
use super::live::{Judging, Live, silence};
use super::problem::Problem;
use super::reply::Reply;
use milepost_model::{Criticality, EffectiveCriticality, Name, Objective, Step, StepUse};
use serde::Serialize;
use utoipa::ToSchema;

/// An objective.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ObjectiveItem {
    product: String,
    name: String,
    title: String,
    description: String,
    owner: Option<String>,
    /// `live` or `unlaunched`.
    stage: &'static str,
    /// How important it is declared to be, as a default of its steps.
    criticality: Option<&'static str>,
    /// Its steps, in their order.
    steps: Vec<UseBody>,
}

/// A step as the objective uses it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StepUse)]
pub(super) struct UseBody {
    /// The path that names the use.
    path: String,
    /// The steps of the objective that come before it.
    after: Vec<String>,
    /// Whether users may leave it out.
    optional: bool,
    /// How important the use is.
    criticality: &'static str,
    /// Where that is declared: `use`, `step`, `objective`, `unlaunched` or `nowhere`.
    declared_at: &'static str,
    /// How it does in this objective.
    live: Live,
}

const TABLE: Table = Table::Each(
    "steps",
    &[
        "product",
        "name",
        "title",
        "stage",
        "steps.path",
        "steps.criticality",
        "steps.declared_at",
        "steps.live.state",
        "steps.live.reason",
        "steps.live.valid",
        "steps.live.good",
        "steps.live.failed",
        "steps.live.abandoned",
        "steps.live.ratio",
        "steps.live.impact.slow",
        "steps.live.impact.missing",
        "steps.live.impact.level",
    ],
);

pub(super) fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let all = ask.registry().objectives.iter().filter(|objective| objective.product == *product).collect();
    let (page, next) = ask.paging()?.of(all, |objective: &&Objective| objective.name.to_string());
    let (as_of, items) = items(ask, &page);
    ask.page(as_of, (items, next), TABLE)
}

pub(super) fn one(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let (as_of, mut items) = items(ask, &[ask.objective(product)?]);
    ask.object(as_of, items.remove(0), TABLE)
}

fn items(ask: &Ask<'_>, objectives: &[&Objective]) -> (AsOf, Vec<ObjectiveItem>) {
    let known = ask.index.of(ask.shared);
    let counts = ask.shared.counts();
    let silence = silence(ask.shared, counts.heard(), ask.now);
    let severity = ask.shared.severity();
    let severity = (severity.version == ask.version.number).then_some(&*severity);
    let judging = Judging::new(ask.registry(), severity, silence, ask.now.minute());
    let live_use = |objective: &Objective, step: &Name| {
        let (product, within) = (objective.product.as_str(), Some(objective.name.as_str()));
        let pairs = known.step(product, step.as_str(), within);
        judging.live(&counts, (product, step.as_str(), within), &pairs)
    };
    let items = objectives.iter().map(|objective| ObjectiveItem {
        product: objective.product.to_string(),
        name: objective.name.to_string(),
        title: objective.title.clone(),
        description: objective.description.clone(),
        owner: objective.owner.clone(),
        stage: objective.stage.as_str(),
        criticality: objective.criticality.map(Criticality::as_str),
        steps: (objective.steps.iter())
            .filter_map(|used| Some((used, step(ask, objective, used)?)))
            .map(|(used, step)| use_body(objective, used, step, live_use(objective, &used.step)))
            .collect(),
    });
    let items = items.collect();
    (AsOf { lsn: counts.lsn, span: None }, items)
}

fn step<'a>(ask: &'a Ask<'_>, objective: &Objective, used: &StepUse) -> Option<&'a Step> {
    let registry = ask.registry();
    registry.step(&objective.product, &used.step).map(|id| &registry.steps[id.index()])
}

fn use_body(objective: &Objective, used: &StepUse, step: &Step, live: Live) -> UseBody {
    let criticality = EffectiveCriticality::of_use(step, objective);
    UseBody {
        path: format!("{}/{}", objective.name, used.step),
        after: used.after.iter().map(ToString::to_string).collect(),
        optional: used.optional,
        criticality: criticality.criticality.as_str(),
        declared_at: criticality.source.as_str(),
        live,
    }
}
