//! `/products/{product}/slos/{slo}/series`: what an SLO's indicator counted, part by part of a time, with and without maintenance.

use super::ask::{AsOf, Ask, Counted};
use super::csv::Table;
use super::problem::Problem;
use super::reply::Reply;
use super::series::{Parts, parts};
use super::slos::wanted;
use super::span::Span;
use super::steps::DEFAULT_MINUTES;
use crate::counts::{Part, Resolution};
use milepost_model::Minute;
use milepost_slo::{Counts, Exclusions, Maintenance, Period};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A series of an SLO.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SloSeriesBody {
    product: String,
    slo: String,
    /// How long a part is: `minute`, `hour` or `day`, in UTC.
    resolution: &'static str,
    /// The parts that have anything, in order; maintenance is not taken out of them.
    items: Vec<SloPoint>,
    /// The stretches of maintenance in this time, in order; 1000 at most.
    maintenances: Vec<StretchBody>,
}

/// A part of a series.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SloPoint {
    /// When it begins.
    start: String,
    /// What the indicator takes for valid: events, whatever the SLO makes of them.
    valid: u64,
    /// Of those, the good ones.
    good: u64,
    ratio: Option<f64>,
    /// Of the valid ones, those in time that maintenance takes out.
    excluded_valid: u64,
    /// The same of the good ones.
    excluded_good: u64,
    /// Whether events of it may still be on their way: it ended less than two minutes ago, or has not.
    is_provisional: bool,
}

/// A stretch of maintenance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MaintenanceStretch)]
struct StretchBody {
    name: String,
    title: String,
    /// Its first whole minute.
    from: String,
    /// The end of its last.
    to: String,
    /// `excluded` or `counted`.
    error_budget: &'static str,
    /// `silent` or `told`.
    alerts: &'static str,
}

const TABLE: Table =
    Table::Rows(&["start", "valid", "good", "ratio", "excluded_valid", "excluded_good", "is_provisional"]);
/// More than a chart can show.
const MOST_STRETCHES: usize = 1_000;

pub(super) fn of_slo(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let slo = wanted(ask)?;
    let key = slo.series(ask);
    let Parts { resolution, name, span } = parts(ask, DEFAULT_MINUTES)?;
    let maintenances = slo.maintenances(ask);
    let excluded = excluded(&maintenances, span);
    let (all, out, lsn) = {
        let counts = ask.shared.counts();
        let series = key.and_then(|key| counts.series.find(&key.text()));
        let of = |span: Span| ask.counted(&counts, series.as_slice(), span.range(), resolution);
        // As of one moment, with what is taken out of it.
        let out = excluded.iter().map(|period| Ok(of(Span { from: period.start, to: period.end })?.0));
        let out: Vec<Counted> = out.collect::<Result<_, Problem>>()?;
        let (all, lsn) = of(span)?;
        (all, out, lsn)
    };
    let counted = ask.parts(all)?;
    let mut taken: BTreeMap<Minute, Counts> = BTreeMap::new();
    for answer in out {
        for part in ask.parts(answer)?.into_iter().flatten() {
            taken.entry(part.start).or_default().add(units(&part));
        }
    }
    let body = SloSeriesBody {
        product: product.to_string(),
        slo: slo.name().to_owned(),
        resolution: name,
        items: counted.into_iter().flatten().map(|part| point(ask, &part, resolution, &taken)).collect(),
        maintenances: stretches(&maintenances, span),
    };
    ask.object(AsOf { lsn, span: Some(span) }, body, TABLE)
}

fn units(part: &Part) -> Counts {
    let [valid, good, ..] = part.cell;
    Counts { valid, good }
}

fn point(ask: &Ask<'_>, part: &Part, resolution: Resolution, taken: &BTreeMap<Minute, Counts>) -> SloPoint {
    let (counts, out) = (units(part), taken.get(&part.start).copied().unwrap_or_default());
    SloPoint {
        start: part.start.start().to_string(),
        valid: counts.valid,
        good: counts.good,
        ratio: counts.ratio(),
        excluded_valid: out.valid,
        excluded_good: out.good,
        is_provisional: Parts::is_provisional(part.start, resolution, ask.now),
    }
}

/// The stretches of a time that count in no budget.
fn excluded(maintenances: &[&Maintenance], span: Span) -> Vec<Period> {
    let within = Period::new(span.from, span.to);
    let excluded = maintenances.iter().filter(|maintenance| maintenance.is_excluded);
    let all = Exclusions::of(excluded.map(|maintenance| &maintenance.correction), within);
    let cut = |period: &Period| Period::new(period.start.max(within.start), period.end.min(within.end));
    all.periods().iter().map(cut).filter(|period| period.minutes() > 0).collect()
}

fn stretches(maintenances: &[&Maintenance], span: Span) -> Vec<StretchBody> {
    let within = Period::new(span.from, span.to);
    let mut all: Vec<(Period, &Maintenance)> = maintenances
        .iter()
        .flat_map(|maintenance| maintenance.correction.periods(within).into_iter().map(|period| (period, *maintenance)))
        .collect();
    all.sort_by_key(|(period, maintenance)| (period.start, period.end, &maintenance.name));
    let body = |(period, of): &(Period, &Maintenance)| StretchBody {
        name: of.name.to_string(),
        title: of.title.clone(),
        from: period.start.start().to_string(),
        to: period.end.start().to_string(),
        error_budget: if of.is_excluded { "excluded" } else { "counted" },
        alerts: if of.is_silent { "silent" } else { "told" },
    };
    all.iter().take(MOST_STRETCHES).map(body).collect()
}
