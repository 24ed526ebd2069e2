//! Why a step fails, as bodies: its attempts, what went wrong, and where.

use super::{ShareRange, range, share};
use milepost_facts::{Explanation, NameTables, Slice, SliceColumn, SliceCounter};
use milepost_impact::attribution::{Association, Tally};
use milepost_model::StepId;
use milepost_registry::Registry;
use serde::Serialize;
use utoipa::ToSchema;

/// What explains the failures of a step. Associations: where to look first, no proof of a cause.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = StepExplanation)]
pub struct ExplanationBody {
    /// The product.
    pub product: String,
    /// The step.
    pub step: String,
    /// Its title.
    pub title: String,
    /// Attempts of users.
    #[serde(flatten)]
    pub attempts: TallyBody,
    /// What went wrong, the strongest first, then where and for whom more failed than chance gives, by one value or by two, the strongest first.
    pub explained_by: Vec<SliceBody>,
    /// Whether slices by two were counted; not where attempts differ in too many ways.
    pub has_pairs: bool,
}

/// Attempts, and how many failed.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Tally)]
pub struct TallyBody {
    /// Attempts that count: all but the abandoned.
    pub attempts: u64,
    /// Of those, failed or timed out.
    pub failed: u64,
    /// The share that failed; null without attempts.
    pub share: Option<f64>,
    /// Its interval.
    pub interval: Option<ShareRange>,
}

/// Attempts that share one value, or two.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Slice)]
pub struct SliceBody {
    /// `error` where it says what went wrong, `slice` where it says where or for whom.
    pub kind: &'static str,
    /// What it is a slice by: `operation`, `error_type`, `http_status`, `grpc_status`, `failed_operation` or a dimension.
    pub by: String,
    /// What its attempts have there.
    pub value: String,
    /// What it is a slice by besides; left out of a slice by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub and_by: Option<String>,
    /// What its attempts have there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub and_value: Option<String>,
    /// Attempts in it.
    pub attempts: u64,
    /// Of those, failed.
    pub failed: u64,
    /// The share of the step's failures that lie in it.
    pub coverage: f64,
    /// The share of its attempts that failed.
    pub precision: f64,
    /// The interval of that.
    pub precision_interval: Option<ShareRange>,
    /// How much likelier failure is in it than in all attempts.
    pub lift: f64,
    /// Where lift lies, at 95 %.
    pub lift_interval: LiftRange,
}

/// From where to where a lift lies.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = LiftInterval)]
pub struct LiftRange {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl ExplanationBody {
    /// Of a step, from what was counted.
    pub fn new(registry: &Registry, id: StepId, slices: &SliceCounter, tables: &NameTables) -> Self {
        let step = &registry.steps[id.index()];
        let Explanation { all, errors, slices, is_cut } = slices.explanation(id, tables);
        Self {
            product: step.product.to_string(),
            step: step.name.to_string(),
            title: step.title.clone(),
            attempts: TallyBody::new(all),
            explained_by: errors.iter().chain(&slices).map(|slice| SliceBody::new(slice, tables)).collect(),
            has_pairs: !is_cut,
        }
    }
}

impl TallyBody {
    pub(super) fn new(tally: Tally) -> Self {
        let Tally { attempts, failed } = tally;
        Self { attempts, failed, share: share(failed, attempts), interval: range(failed, attempts) }
    }
}

impl SliceBody {
    /// Of a slice, with dimensions by their names.
    pub fn new(slice: &Slice, tables: &NameTables) -> Self {
        let Slice { column, value, and, is_error, association } = slice;
        let Association { slice: Tally { attempts, failed }, .. } = *association;
        let lift = association.lift_range();
        Self {
            kind: if *is_error { "error" } else { "slice" },
            by: by(*column, tables),
            value: value.clone(),
            and_by: and.as_ref().map(|(column, _)| by(*column, tables)),
            and_value: and.as_ref().map(|(_, value)| value.clone()),
            attempts,
            failed,
            coverage: association.coverage(),
            precision: association.precision(),
            precision_interval: range(failed, attempts),
            lift: association.lift(),
            lift_interval: LiftRange { low: lift.low, high: lift.high },
        }
    }
}

fn by(column: SliceColumn, tables: &NameTables) -> String {
    match column {
        SliceColumn::Operation => "operation".to_owned(),
        SliceColumn::ErrorType => "error_type".to_owned(),
        SliceColumn::HttpStatus => "http_status".to_owned(),
        SliceColumn::GrpcStatus => "grpc_status".to_owned(),
        SliceColumn::FailedOperation => "failed_operation".to_owned(),
        SliceColumn::Dimension(at) => tables.dimension_names[at].to_string(),
    }
}
