//! The table of what can be asked.

use super::ask::Ask;
use super::body::{Object, Page};
use super::problem::Problem;
use super::reply::Reply;
use super::{
    attribution, changes, expected, incidents, ingest, kpis, objectives, operations, products, registry, series,
    services, severity, slo_series, slos, steps,
};
use crate::kpis::KpiBody;
use utoipa::ToSchema;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{Ref, RefOr};

/// One thing that can be asked.
pub(super) struct Route {
    /// Below the root of the API.
    pub(super) path: &'static str,
    /// What it gives, in one line.
    pub(super) summary: &'static str,
    /// What can be said in the query, beside the format.
    pub(super) parameters: &'static [&'static [Parameter]],
    /// Whether the answer is never the same again.
    pub(super) is_of_now: bool,
    pub(super) answer: fn(&Ask<'_>) -> Result<Reply, Problem>,
    /// Adds the schema of its body to others.
    pub(super) body: fn(&mut Schemas) -> Ref,
}

/// Schemas by their names.
pub(super) type Schemas = Vec<(String, RefOr<Schema>)>;

/// Something that can be said in the query.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) is_number: bool,
    /// All values, where they are few.
    pub(super) choices: &'static [&'static str],
}

const fn text(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, description, is_number: false, choices: &[] }
}

const fn number(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, description, is_number: true, choices: &[] }
}

const fn choice(name: &'static str, description: &'static str, choices: &'static [&'static str]) -> Parameter {
    Parameter { name, description, is_number: false, choices }
}

/// What every answer can be.
pub(super) const FORMAT: Parameter =
    choice("format", "How the answer is written; without it, as `Accept` asks.", &["json", "csv"]);
const PAGING: &[Parameter] = &[
    number("limit", "Items of a page, from 1 to 1000; 100 without it."),
    text("cursor", "The `next_cursor` of the page before."),
];
const TIME: &[Parameter] = &[
    text("from", "When the time begins: RFC 3339, or ago, such as `-6h`. It begins with the minute that this lies in."),
    text(
        "to",
        "When the time ends: RFC 3339, or ago, or `now`, as without it. It ends with the minute that this lies in.",
    ),
];
const RESOLUTION: &[Parameter] =
    &[choice("resolution", "How long a part is; `minute` without it.", &["minute", "hour", "day"])];
const CHANGE: &[Parameter] = &[
    text("target", "Another target, such as `99.5%`."),
    text(
        "window",
        "Another window, such as `7d`, or a period of the calendar: `day`, `week`, `month`, `quarter`, `year` (in UTC, or in the time zone that the SLO has).",
    ),
    text(
        "alerts",
        "These tiers alone, by name, with commas between: those of the SLO and the usual ones, such as `page-1h,ticket-3d`; `none` for none.",
    ),
];
const AS_OF: &[Parameter] = &[number(
    "as-of",
    "Counts what was counted up to this record, the `as_of` of an earlier answer: the same numbers, whatever came in since.",
)];
const DIFFERENCE: &[Parameter] = &[choice(
    "difference",
    "Only operations with this difference between declared and seen.",
    &["as-declared", "never-seen", "not-declared"],
)];
const STATE: &[Parameter] =
    &[choice("state", "Only incidents that go on, or only those that are over.", incidents::STATES)];
const CHANGES: &[Parameter] = &[
    text("product", "Only changes of this product."),
    text("service", "Only changes of this service or of its operations."),
    text(
        "step",
        "Only changes that may reach this step of the product: of an operation that it uses, of the service of one, or of all of the product.",
    ),
    choice("kind", "Only changes of this kind.", &["deploy", "flag", "configuration", "version", "other"]),
];
const TOP: &[Parameter] = &[number("top", "How many unannotated operations; 20 without it, at most 1000.")];

const HARM: &[Parameter] = &[
    text("operation", "Only this operation, as `/operations` names it."),
    number("top", "How many operations; 20 without it, at most 1000."),
];

impl Route {
    /// The names of what can be said in the query.
    pub(super) fn parameter_names(&self) -> Vec<&'static str> {
        self.parameters.iter().copied().flatten().map(|parameter| parameter.name).chain([FORMAT.name]).collect()
    }
}

fn page<T: ToSchema>(schemas: &mut Schemas) -> Ref
where
    Page<T>: ToSchema,
{
    around::<T, Page<T>>("Page", schemas)
}

pub(super) fn object<T: ToSchema>(schemas: &mut Schemas) -> Ref
where
    Object<T>: ToSchema,
{
    around::<T, Object<T>>("Answer", schemas)
}

/// Adds the schema of something around another, under a name of both: each thing has its own page.
fn around<T: ToSchema, Around: ToSchema>(suffix: &str, schemas: &mut Schemas) -> Ref {
    schema::<T>(schemas);
    Around::schemas(schemas);
    let name = format!("{}{suffix}", T::name());
    schemas.push((name.clone(), Around::schema()));
    Ref::from_schema_name(name)
}

/// Adds a schema, with those that it refers to.
pub(super) fn schema<T: ToSchema>(schemas: &mut Schemas) -> Ref {
    T::schemas(schemas);
    let name = T::name().into_owned();
    schemas.push((name.clone(), T::schema()));
    Ref::from_schema_name(name)
}

/// Everything but `/events` and the document itself.
pub(super) const ROUTES: &[Route] = &[
    Route {
        path: "/products",
        summary: "The products of the registry",
        parameters: &[PAGING],
        is_of_now: false,
        answer: products::list,
        body: page::<products::ProductItem>,
    },
    Route {
        path: "/products/{product}",
        summary: "One product",
        parameters: &[],
        is_of_now: false,
        answer: products::one,
        body: object::<products::ProductItem>,
    },
    Route {
        path: "/products/{product}/objectives",
        summary: "What users try to achieve, with how its steps are now",
        parameters: &[PAGING],
        is_of_now: false,
        answer: objectives::list,
        body: page::<objectives::ObjectiveItem>,
    },
    Route {
        path: "/products/{product}/objectives/{objective}",
        summary: "One objective",
        parameters: &[],
        is_of_now: false,
        answer: objectives::one,
        body: object::<objectives::ObjectiveItem>,
    },
    Route {
        path: "/products/{product}/steps",
        summary: "The steps of a product with what was counted of them; the last hour without a time",
        parameters: &[PAGING, TIME, AS_OF],
        is_of_now: false,
        answer: steps::list,
        body: page::<steps::StepItem>,
    },
    Route {
        path: "/products/{product}/steps/{step}",
        summary: "One step in all its words, with what was counted of it; the last hour without a time",
        parameters: &[TIME, AS_OF],
        is_of_now: false,
        answer: steps::one,
        body: object::<steps::StepDetail>,
    },
    Route {
        path: "/products/{product}/steps/{step}/series",
        summary: "What was counted of a step, part by part of a time, which is widened to whole parts; at most 10,000 parts",
        parameters: &[TIME, RESOLUTION, AS_OF],
        is_of_now: false,
        answer: series::of_step,
        body: object::<series::SeriesBody>,
    },
    Route {
        path: "/products/{product}/steps/{step}/expected",
        summary: "How many attempts usually come, part by part of a time, which is widened to whole parts; at most 10,000 parts; the last hour without a time",
        parameters: &[TIME, RESOLUTION],
        is_of_now: true,
        answer: expected::of_step,
        body: object::<expected::ExpectedBody>,
    },
    Route {
        path: "/products/{product}/steps/{step}/explanation",
        summary: "What explains the failures of a step: errors, and what failing attempts have in common; of the last hour without a time",
        parameters: &[TIME],
        is_of_now: false,
        answer: attribution::explanation,
        body: object::<attribution::StepExplanationBody>,
    },
    Route {
        path: "/products/{product}/kpis",
        summary: "What the product is judged by, with what users' attempts came to; of the last hour without a time",
        parameters: &[PAGING, TIME, AS_OF],
        is_of_now: false,
        answer: kpis::list,
        body: page::<KpiBody>,
    },
    Route {
        path: "/products/{product}/kpis/{kpi}",
        summary: "One KPI, with what users' attempts came to; of the last hour without a time",
        parameters: &[TIME, AS_OF],
        is_of_now: false,
        answer: kpis::one,
        body: object::<KpiBody>,
    },
    Route {
        path: "/products/{product}/slos",
        summary: "What steps promise, and what was counted of it over the window so far",
        parameters: &[PAGING],
        is_of_now: false,
        answer: slos::list,
        body: page::<slos::SloItem>,
    },
    Route {
        path: "/products/{product}/board",
        summary: "All SLOs at a glance, for lists of thousands",
        parameters: &[PAGING],
        is_of_now: false,
        answer: slos::board::list,
        body: page::<slos::board::BoardItem>,
    },
    Route {
        path: "/products/{product}/slos/{slo}",
        summary: "One SLO",
        parameters: &[],
        is_of_now: false,
        answer: slos::one,
        body: object::<slos::SloItem>,
    },
    Route {
        path: "/products/{product}/slos/{slo}/series",
        summary: "What was counted for an SLO, part by part of a time, which is widened to whole parts; at most 10,000 parts",
        parameters: &[TIME, RESOLUTION, AS_OF],
        is_of_now: false,
        answer: slo_series::of_slo,
        body: object::<slo_series::SloSeriesBody>,
    },
    Route {
        path: "/products/{product}/slos/{slo}/budget",
        summary: "What spent the error budget: by time, operation, error type and maintenance; over the window so far without a time",
        parameters: &[TIME, AS_OF],
        is_of_now: false,
        answer: slos::budget,
        body: object::<slos::BudgetBody>,
    },
    Route {
        path: "/products/{product}/slos/{slo}/backtest",
        summary: "What alerts and budget of an SLO would have been on what was counted, as it is and with a change; the last 28 days without a time, at most 100",
        parameters: &[TIME, CHANGE],
        is_of_now: false,
        answer: slos::backtest,
        body: object::<slos::BacktestBody>,
    },
    Route {
        path: "/products/{product}/operations",
        summary: "What the system does for the steps, as declared and as seen: ever, or in the hours of a time",
        parameters: &[PAGING, TIME, DIFFERENCE],
        is_of_now: false,
        answer: operations::list,
        body: page::<operations::OperationItem>,
    },
    Route {
        path: "/products/{product}/services",
        summary: "How important each service is, as declared and as seen, and what that means: ever, or in the hours of a time",
        parameters: &[PAGING, TIME],
        is_of_now: false,
        answer: services::list,
        body: page::<services::ServiceItem>,
    },
    Route {
        path: "/products/{product}/matrix",
        summary: "Which operation was seen to serve which step, how often: ever, or in the hours of a time",
        parameters: &[PAGING, TIME],
        is_of_now: false,
        answer: operations::matrix,
        body: page::<operations::MatrixItem>,
    },
    Route {
        path: "/products/{product}/severity",
        summary: "How bad it is for each step now, and why",
        parameters: &[PAGING],
        is_of_now: true,
        answer: severity::list,
        body: page::<severity::SeverityItem>,
    },
    Route {
        path: "/products/{product}/incidents",
        summary: "What goes wrong for users, the newest first",
        parameters: &[PAGING, STATE],
        is_of_now: false,
        answer: incidents::list,
        body: page::<incidents::IncidentItem>,
    },
    Route {
        path: "/products/{product}/incidents/{incident}",
        summary: "One incident, with its steps and its timeline",
        parameters: &[],
        is_of_now: false,
        answer: incidents::one,
        body: object::<incidents::IncidentDetail>,
    },
    Route {
        path: "/changes",
        summary: "What was deployed, switched and configured, the newest first; the last week without a time",
        parameters: &[PAGING, TIME, CHANGES],
        is_of_now: false,
        answer: changes::list,
        body: page::<changes::ChangeItem>,
    },
    Route {
        path: "/products/{product}/harm",
        summary: "What the errors of operations did to steps, the most harmful first; of the last hour without a time",
        parameters: &[TIME, HARM],
        is_of_now: false,
        answer: attribution::harm,
        body: object::<attribution::ProductHarmBody>,
    },
    Route {
        path: "/ingest",
        summary: "What became of everything that was received, and how far it is kept",
        parameters: &[TOP],
        is_of_now: true,
        answer: ingest::health,
        body: object::<ingest::IngestBody>,
    },
    Route {
        path: "/registry",
        summary: "Which version of the registry is active, and what is wrong with its folder",
        parameters: &[],
        is_of_now: true,
        answer: registry::state,
        body: object::<registry::RegistryBody>,
    },
    Route {
        path: "/registry/documents",
        summary: "The documents of the active registry, as they were written",
        parameters: &[PAGING],
        is_of_now: false,
        answer: registry::documents,
        body: page::<registry::DocumentItem>,
    },
];
