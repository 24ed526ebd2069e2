//! `/products/{product}/kpis`: what the product is judged by, and what users' attempts came to.

use super::ask::{AsOf, Ask};
use super::csv::Table;
use super::problem::Problem;
use super::reply::Reply;
use super::steps::DEFAULT_MINUTES;
use crate::counts::{Cell, Resolution, StepSeries, add};
use crate::kpis::KpiBody;
use milepost_facts::KpiSum;
use milepost_impact::Values;
use milepost_model::{Amount, Kpi, Name, Outcome, TrafficClass};
use milepost_slo::Method;
use milepost_store::SeriesId;
use std::collections::{BTreeSet, HashMap};

const TABLE: Table = Table::Rows(&[
    "product",
    "kpi",
    "title",
    "unit",
    "sum_exact",
    "counted",
    "without",
    "failed_sum",
    "failed_counted",
    "failed",
    "lost",
    "lost_low",
    "lost_high",
]);

pub(super) fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = ask.product()?;
    let (page, next) = ask.paging()?.of(product.kpis.iter().collect(), |kpi: &&Kpi| kpi.name.to_string());
    let (as_of, items) = items(ask, &product.name, &page)?;
    ask.page(as_of, (items, next), TABLE)
}

pub(super) fn one(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = ask.product()?;
    let (as_of, mut items) = items(ask, &product.name, &[ask.kpi(product)?])?;
    ask.object(as_of, items.remove(0), TABLE)
}

/// What a series says of a KPI.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    /// How attempts ended.
    Attempts,
    /// What successes are worth.
    Kept,
    /// What failed attempts would have been worth.
    Failed,
}

fn items(ask: &Ask<'_>, product: &Name, kpis: &[&Kpi]) -> Result<(AsOf, Vec<KpiBody>), Problem> {
    let span = ask.span(DEFAULT_MINUTES)?;
    let wanted: Vec<Vec<(SeriesId, Says)>> = kpis.iter().map(|kpi| series(ask, product, kpi)).collect();
    // Several KPIs may be moved by one step.
    let all: BTreeSet<SeriesId> = wanted.iter().flatten().map(|(series, _)| *series).collect();
    let all: Vec<SeriesId> = all.into_iter().collect();
    let (counted, lsn) = {
        let counts = ask.shared.counts();
        ask.counted(&counts, &all, span.range(), Resolution::Day)?
    };
    let mut cells: HashMap<SeriesId, Cell> = HashMap::new();
    for (series, parts) in all.iter().zip(ask.parts(counted)?) {
        let cell = cells.entry(*series).or_default();
        parts.iter().for_each(|part| add(cell, &part.cell));
    }
    let body = |(kpi, series): (&&Kpi, &Vec<(SeriesId, Says)>)| {
        let of = |says: Says| {
            let mut sum = Cell::default();
            let series = series.iter().filter(|(_, of)| *of == says);
            series.filter_map(|(series, _)| cells.get(series)).for_each(|cell| add(&mut sum, cell));
            sum
        };
        KpiBody::new(product, kpi, &sum(kpi, of(Says::Attempts), (of(Says::Kept), of(Says::Failed))))
    };
    Ok((AsOf { lsn, span: Some(span) }, kpis.iter().zip(&wanted).map(body).collect()))
}

fn sum(kpi: &Kpi, attempts: Cell, (kept, failed): (Cell, Cell)) -> KpiSum {
    let successes = attempts[Outcome::Success as usize];
    let all_failed = attempts[Outcome::Failure as usize] + attempts[Outcome::Timeout as usize];
    if kpi.value.is_none() {
        return KpiSum { kept: Values::of(successes, Amount::ONE), failed: all_failed, ..KpiSum::default() };
    }
    let kept = Values::from_numbers(kept);
    let without = successes.saturating_sub(kept.count());
    KpiSum { kept, bad: Values::from_numbers(failed), without, failed: all_failed }
}

/// The series of users' attempts that move a KPI.
fn series(ask: &Ask<'_>, product: &Name, kpi: &Kpi) -> Vec<(SeriesId, Says)> {
    let known = ask.index.of(ask.shared);
    let mut found = Vec::new();
    for (at, path) in kpi.steps.iter().enumerate() {
        let objective = path.objective.as_ref().map(Name::as_str);
        // What is said of a step as a whole covers what is said of its uses.
        let is_covered = |(other, of): (usize, &milepost_model::StepPath)| other != at && of != path && of.covers(path);
        if kpi.steps.iter().enumerate().any(is_covered) || kpi.steps[..at].contains(path) {
            continue;
        }
        let (of_product, step) = (product.as_str(), path.step.as_str());
        let pairs = known.step(of_product, step, objective);
        let attempts = pairs.into_iter().filter(|pair| is_of_users(&pair.of));
        found.extend(attempts.filter_map(|pair| Some((pair.attempts?, Says::Attempts))));
        if kpi.value.is_some() {
            for worth in known.worth(of_product, step, objective) {
                if worth.kpi == kpi.name.as_str() && is_of_users(&worth.of) {
                    found.push((worth.series, if worth.is_kept { Says::Kept } else { Says::Failed }));
                }
            }
        }
    }
    found
}

/// A KPI is moved by users, as the service sees them.
fn is_of_users(of: &StepSeries) -> bool {
    of.class == TrafficClass::INTERACTIVE && of.method() == Method::Service.as_str()
}
