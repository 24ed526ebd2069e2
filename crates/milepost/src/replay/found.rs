//! What a server made of a recording: its incidents, as they were when the last of it was judged.

use milepost_impact::LostKpi;
use milepost_impact::incident::{Incident, IncidentKind, Phase, What};
use milepost_model::{Name, StepPath, Timestamp};
use milepost_registry::show::{Cell, ColumnKind, Page, Sheet, Style};
use milepost_server::Server;
use serde::Serialize;

/// What became of a product.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Replayed {
    pub(crate) product: String,
    pub(crate) incidents: Vec<Found>,
}

/// One incident.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Found {
    pub(crate) number: u64,
    /// `impact` or `telemetry-lost`.
    pub(crate) kind: &'static str,
    pub(crate) opened: String,
    /// Nothing where it went on at the end.
    pub(crate) closed: Option<String>,
    pub(crate) steps: Vec<HitStep>,
    /// The cause that was suspected last.
    pub(crate) suspected: Option<String>,
    /// What it has cost of KPIs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) kpis: Vec<LostOfKpi>,
}

/// What an incident has cost of a KPI, in its unit.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LostOfKpi {
    pub(crate) kpi: String,
    pub(crate) lost: f64,
    /// At least so much, and at most, where that is known.
    pub(crate) low: f64,
    pub(crate) high: Option<f64>,
}

/// A step that was hit.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct HitStep {
    pub(crate) step: String,
    /// The worst that it had.
    pub(crate) severity: String,
    pub(crate) since: String,
    /// Nothing where it had not healed at the end.
    pub(crate) healed: Option<String>,
    /// How it went.
    pub(crate) levels: Vec<Level>,
}

/// A level that a step got.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Level {
    pub(crate) at: String,
    pub(crate) severity: String,
    /// In what way users had trouble: `failing`, `slow` or `missing`.
    pub(crate) trouble: &'static str,
    /// The numbers and the rule.
    pub(crate) reason: String,
}

impl Replayed {
    /// Of each product, by its name: incidents that went on at a time, or came later.
    pub(crate) fn of(server: &Server, since: Timestamp) -> Vec<Self> {
        let registry = &server.shared.versions.current().setup.registry;
        let product = |product: &milepost_model::Product| {
            let incidents = server.shared.incidents.of(product.name.as_str());
            let incidents = incidents.all().filter(|incident| goes_on_at(incident, since));
            let incidents = incidents.map(Found::new).collect();
            Self { product: product.name.to_string(), incidents }
        };
        registry.products.iter().map(product).collect()
    }

    /// As a page.
    pub(crate) fn page(&self) -> Page {
        let headings = [
            ("since", ColumnKind::Words),
            ("until", ColumnKind::Words),
            ("severity", ColumnKind::Words),
            ("step", ColumnKind::Words),
            ("incident", ColumnKind::Prose),
        ];
        let mut sheet = if self.incidents.is_empty() { Sheet::of_note("No incident.") } else { Sheet::new(&headings) };
        for incident in &self.incidents {
            let about = match (incident.kind, &incident.suspected) {
                ("impact", Some(suspected)) => format!("{}: {suspected} is suspected", incident.number),
                ("impact", None) => format!("{}: nothing is suspected", incident.number),
                (kind, _) => format!("{}: {kind}", incident.number),
            };
            let lost: Vec<String> = incident.kpis.iter().map(|of| format!("{:.0} of {}", of.lost, of.kpi)).collect();
            let about = if lost.is_empty() { about } else { format!("{about}; lost: {}", lost.join(", ")) };
            if incident.steps.is_empty() {
                let until = incident.closed.as_deref().unwrap_or("goes on");
                sheet.row(false, [&*incident.opened, until, "", "", &about].map(Cell::plain));
            }
            for HitStep { step, severity, since, healed, .. } in &incident.steps {
                sheet.row(
                    false,
                    [
                        Cell::plain(since),
                        Cell::plain(healed.as_deref().unwrap_or("goes on")),
                        Cell::line(Style::Attention, severity),
                        Cell::line(Style::Code, step),
                        Cell::plain(&about),
                    ],
                );
            }
        }
        Page::new(&self.product, "incidents of what was replayed", vec![sheet])
    }
}

impl Found {
    fn new(incident: &Incident) -> Self {
        let step = |(path, hit): (&StepPath, &milepost_impact::incident::HitStep)| HitStep {
            step: path.to_string(),
            severity: hit.worst.name.to_string(),
            since: hit.since.to_string(),
            healed: hit.healed_at.map(|at| at.to_string()),
            levels: levels(incident, path),
        };
        let mut steps: Vec<HitStep> = incident.steps.iter().map(step).collect();
        steps.sort_by(|a, b| a.since.cmp(&b.since));
        Self {
            number: incident.id.0,
            kind: match incident.kind {
                IncidentKind::Impact => "impact",
                IncidentKind::TelemetryLost => "telemetry-lost",
            },
            opened: incident.opened_at.to_string(),
            closed: match &incident.phase {
                Phase::Closed { at, .. } => Some(at.to_string()),
                Phase::Open | Phase::Resolved { .. } => None,
            },
            steps,
            suspected: incident.suspicion.as_ref().map(|suspicion| suspicion.text.clone()),
            kpis: incident.kpis().into_iter().map(|(kpi, lost)| LostOfKpi::new(kpi, lost)).collect(),
        }
    }
}

fn goes_on_at(incident: &Incident, time: Timestamp) -> bool {
    match incident.phase {
        Phase::Closed { at, .. } => at >= time,
        Phase::Open | Phase::Resolved { .. } => true,
    }
}

/// The levels that an incident tells of a step, one after the other.
fn levels(incident: &Incident, path: &StepPath) -> Vec<Level> {
    let of = incident.timeline.iter().filter_map(|event| match &event.what {
        What::StepHit { step, level: of, trouble, reason, .. }
        | What::StepLevel { step, level: of, trouble, reason }
            if step == path =>
        {
            let (severity, trouble, reason) = (of.name.to_string(), trouble.as_str(), reason.clone());
            Some(Level { at: event.at.to_string(), severity, trouble, reason })
        }
        _ => None,
    });
    of.collect()
}

impl LostOfKpi {
    #[expect(clippy::cast_precision_loss, reason = "what is lost is told to a few digits")]
    fn new(kpi: &Name, lost: LostKpi) -> Self {
        let units = |micros: i128| micros as f64 / 1e6;
        Self {
            kpi: kpi.to_string(),
            lost: units(lost.lost_micros),
            low: units(lost.low_micros),
            high: lost.high_micros.map(units),
        }
    }
}
