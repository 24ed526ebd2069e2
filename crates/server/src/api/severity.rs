//! `/products/{product}/severity`: how bad it is for each step now, and why.

use super::ask::{AsOf, Ask};
use super::csv::Table;
use super::problem::Problem;
use super::reply::Reply;
use crate::incidents::Words;
use crate::severity::{ProductSeverity, SeverityBoard};
use milepost_impact::severity::{Evidence, Moved};
use milepost_impact::{Attempts, Impact, KpiImpact, Maturity, Window};
use milepost_model::{Name, Share, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// The severity of a step, or of a use of one that a rule names.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SeverityItem {
    product: String,
    /// The step, or `objective/step` of a use.
    path: String,
    title: String,
    /// The level by the product's rules; null when no rule holds.
    level: Option<String>,
    /// Since when.
    since: Option<String>,
    /// By which numbers, of when it was raised, and which rule.
    reason: Option<String>,
    /// Whether somebody has promised to be woken for it.
    is_supported: bool,
    /// The incident that it is part of, by its number.
    incident: Option<u64>,
    /// What came in the last 5 and in the last 30 minutes; empty while telemetry is silent.
    windows: Vec<WindowBody>,
    /// The same of each KPI by which a rule judges it: what attempts are worth.
    kpis: Vec<KpiWindowBody>,
    /// What is known of what usually comes: `none`, `time-of-day` or `weekdays`.
    baseline: &'static str,
    /// Minutes that it is learnt from.
    covered_minutes: u64,
    /// How its level follows, line by line.
    explanation: Vec<String>,
    /// When it was judged.
    at: String,
}

/// What came of a step in a window.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImpactWindow)]
pub(super) struct WindowBody {
    minutes: i64,
    /// Attempts that were not abandoned.
    attempts: u64,
    failed: u64,
    timed_out: u64,
    /// Successes slower than what the step's latency SLO promises.
    slow: u64,
    /// As many as usually come; null without a baseline.
    expected: Option<f64>,
    /// Fewer come in one of a hundred such windows.
    expected_at_least: Option<f64>,
    /// As many never came.
    missing: f64,
    /// The share of attempts that was hit.
    impact: f64,
    /// Its lower bound at 99 %.
    impact_at_least: f64,
    /// Whether that is enough to judge.
    is_enough: bool,
}

/// What is lost of a KPI at a step in a window.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KpiImpactWindow)]
pub(super) struct KpiWindowBody {
    kpi: String,
    title: String,
    /// What it is counted in.
    unit: String,
    minutes: i64,
    /// What failed attempts and those that never came are worth; null where nobody knows what an attempt is worth.
    lost: Option<f64>,
    /// What would have come in with them.
    expected: Option<f64>,
    /// The share that is lost.
    impact: f64,
    /// Its lower bound at 99 %.
    impact_at_least: f64,
    /// Whether that is enough to judge.
    is_enough: bool,
}

const TABLE: Table = Table::Rows(&[
    "product",
    "path",
    "title",
    "level",
    "since",
    "reason",
    "is_supported",
    "incident",
    "baseline",
    "covered_minutes",
    "at",
]);

pub(super) fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let product = &ask.product()?.name;
    let board = ask.shared.severity();
    let of = (ask.version.number == board.version).then(|| board.product(product)).flatten();
    let of = of.ok_or(Problem::NotYet)?;
    let all: Vec<(usize, String)> = of.paths.iter().enumerate().map(|(at, of)| (at, of.path.to_string())).collect();
    let (page, next) = ask.paging()?.of(all, |(_, path)| path.clone());
    let items = page.into_iter().map(|(place, _)| item(ask, (&board, of), place)).collect();
    ask.page(AsOf { lsn: board.lsn, span: None }, (items, next), TABLE)
}

fn item(ask: &Ask<'_>, (board, of): (&SeverityBoard, &ProductSeverity), place: usize) -> SeverityItem {
    let path = &of.paths[place].path;
    let at = board.at.unwrap_or(ask.now);
    let verdict = of.verdict(place);
    let words = words(ask, &of.product, of);
    let incidents = ask.shared.incidents.of(of.product.as_str());
    let (maturity, covered_minutes) = of.learnt.get(place).copied().unwrap_or((Maturity::Young, 0));
    let evidence = of.evidence.get(place).and_then(Option::as_ref);
    SeverityItem {
        product: of.product.to_string(),
        path: path.to_string(),
        title: words.step(path),
        level: words.level(verdict.map(|verdict| verdict.level)).map(str::to_owned),
        since: verdict.map(|verdict| verdict.since.to_string()),
        reason: verdict.map(|verdict| of.reason(verdict)),
        is_supported: of.paths[place].is_supported,
        incident: incidents.of_step(path).map(|incident| incident.id.0),
        windows: evidence.map(windows).unwrap_or_default(),
        kpis: kpis(of, place),
        baseline: baseline(maturity),
        covered_minutes,
        explanation: explanation(of, place, at),
        at: at.to_string(),
    }
}

fn words<'a>(ask: &'a Ask<'_>, product: &'a Name, of: &'a ProductSeverity) -> Words<'a> {
    Words { registry: ask.registry(), product, policy: &of.policy }
}

fn explanation(of: &ProductSeverity, place: usize, at: Timestamp) -> Vec<String> {
    let told = of.explanation(place, at).map(|told| told.to_string()).unwrap_or_default();
    told.lines().map(|line| line.trim_start().to_owned()).collect()
}

fn windows(evidence: &Evidence) -> Vec<WindowBody> {
    Window::ALL.into_iter().zip(evidence).map(|(window, impact)| WindowBody::of(window, impact)).collect()
}

fn kpis(of: &ProductSeverity, place: usize) -> Vec<KpiWindowBody> {
    let here = of.judge.plan().moved().iter().zip(&of.kpis).filter(|(moved, _)| moved.subject == place);
    let both = here.flat_map(|(moved, both)| both.iter().flatten().zip(Window::ALL).map(move |of| (moved, of)));
    both.map(|(moved, (impact, window))| KpiWindowBody::of(moved, window, impact)).collect()
}

impl KpiWindowBody {
    fn of(moved: &Moved, window: Window, impact: &KpiImpact) -> Self {
        let part = &impact.part;
        let units = |micros: u128| impact.is_known().then(|| units(micros));
        Self {
            kpi: moved.kpi.to_string(),
            title: moved.title.clone(),
            unit: moved.unit.clone(),
            minutes: window.minutes(),
            lost: units(part.lost_micros),
            expected: units(part.expected_micros),
            impact: share(part.share),
            impact_at_least: share(part.at_least),
            is_enough: impact.is_enough(),
        }
    }
}

impl WindowBody {
    fn of(window: Window, impact: &Impact) -> Self {
        let seen = impact.seen;
        Self {
            minutes: window.minutes(),
            attempts: seen.attempts(),
            failed: seen.failed(),
            timed_out: seen.timed_out(),
            slow: seen.slow(),
            expected: impact.expected.map(|expected| number(expected.attempts)),
            expected_at_least: impact.expected.map(|expected| number(expected.at_least)),
            missing: number(impact.missing),
            impact: share(impact.share),
            impact_at_least: share(impact.at_least),
            is_enough: impact.is_enough(),
        }
    }
}

fn baseline(maturity: Maturity) -> &'static str {
    match maturity {
        Maturity::Young => "none",
        Maturity::TimeOfDay => "time-of-day",
        Maturity::Weekdays => "weekdays",
    }
}

#[expect(clippy::cast_precision_loss, reason = "attempts are shown to a few digits")]
pub(super) fn number(attempts: Attempts) -> f64 {
    attempts.micros() as f64 / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "shares are shown to a few digits")]
fn share(share: Share) -> f64 {
    share.nanos() as f64 / 1e9
}

#[expect(clippy::cast_precision_loss, reason = "amounts are shown to a few digits")]
fn units(micros: u128) -> f64 {
    micros as f64 / 1e6
}
