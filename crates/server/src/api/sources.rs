//! Sources of counts in `/ingest`: what is asked of them, how far they have told, and what is not asked.

use super::ask::Ask;
use crate::prometheus::{OpenJudged, judged, settled};
use milepost_model::Minute;
use serde::Serialize;
use utoipa::ToSchema;

/// An objective of an OpenSLO document, and how far its counts are imported.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportedSlo)]
pub(super) struct ImportedSloBody {
    /// The SLO by its name in lists of SLOs.
    slo: String,
    /// Where its step is; nothing of a document that says no step.
    product: Option<String>,
    /// Why nothing is asked.
    not_measured: Option<String>,
    /// Who is asked.
    source: Option<String>,
    indicator: Option<String>,
    /// The first minute that was asked for.
    since: Option<String>,
    /// The end of the last minute that is imported.
    through: Option<String>,
    /// Minutes before this one were over when it was asked for first.
    backfilled_until: Option<String>,
    /// Minutes that are over and not imported yet; nothing before the first are.
    behind_minutes: Option<i64>,
    /// Why the last question has no answer.
    error: Option<String>,
    /// Values that are no numbers, since the server was started, as are the next two.
    ignored_values: u64,
    /// Minutes in which more was good than there was, or less than nothing: taken for the nearest that can be.
    clamped_minutes: u64,
    /// Minutes with several series where one is meant: they count neither way.
    ambiguous_minutes: u64,
}

pub(super) fn imported(ask: &Ask<'_>) -> Vec<ImportedSloBody> {
    judged(ask.registry(), &ask.shared.settings.sources).iter().map(|judged| body(ask, judged)).collect()
}

/// What people should look at.
pub(super) fn warnings(ask: &Ask<'_>) -> Vec<String> {
    let warning = |body: ImportedSloBody| {
        let slo = &body.slo;
        if let Some(error) = &body.error {
            return Some(format!("counts of `{slo}` cannot be imported: {error}"));
        }
        let told = [
            (body.ignored_values, "values are no numbers"),
            (body.clamped_minutes, "minutes have more good than all, or less than nothing"),
            (body.ambiguous_minutes, "minutes have several series where one is meant"),
        ];
        let told: Vec<String> =
            told.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        (!told.is_empty()).then(|| format!("the queries of `{slo}` give what is not counted: {}", told.join(", ")))
    };
    imported(ask).into_iter().filter_map(warning).collect()
}

fn body(ask: &Ask<'_>, judged: &OpenJudged<'_>) -> ImportedSloBody {
    let (query, not_measured) = match &judged.query {
        Ok(query) => (Some(query), None),
        Err(why) => (None, Some(why.clone())),
    };
    let imported = query.and_then(|query| ask.shared.counts().imported.get(&query.id).copied());
    let note = query.and_then(|query| ask.shared.imports().get(&query.id).cloned()).unwrap_or_default();
    let minute = |number: i64| Minute::new(number).start().to_string();
    let until = settled(ask.now).number();
    ImportedSloBody {
        slo: judged.name.clone(),
        product: judged.binding().map(|binding| binding.product.to_string()),
        not_measured,
        source: query.map(|query| ask.shared.settings.sources[query.source].to_string()),
        indicator: query.map(|query| query.id.clone()),
        since: imported.map(|imported| minute(imported.since)),
        through: imported.map(|imported| minute(imported.through)),
        backfilled_until: imported.map(|imported| minute(imported.backfilled)),
        behind_minutes: imported.map(|imported| (until - imported.through).max(0)),
        error: note.error,
        ignored_values: note.ignored,
        clamped_minutes: note.clamped,
        ambiguous_minutes: note.ambiguous,
    }
}
