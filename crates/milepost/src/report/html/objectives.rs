//! A section an objective, with its steps. A step that several share stands with the first, and the others point there.

use super::places;
use super::state::State;
use super::steps;
use super::timeline::Frame;
use super::writer::Html;
use crate::report::model::{Report, StepReport};
use milepost_model::{Name, Objective, Step};
use milepost_registry::Registry;
use std::collections::{BTreeSet, HashMap};

/// Most steps that have charts: more would make the page too heavy to send.
const MAX_CHARTED: usize = 100;

/// All objectives, then the steps of none.
pub(super) fn objectives(html: &mut Html, report: &Report, registry: &Registry) {
    let mut sections = Sections::new(report, registry);
    for objective in &registry.objectives {
        let place = places::objective(objective.product.as_str(), objective.name.as_str());
        html.tag("section", &[("id", &place)], |html| sections.objective(html, objective));
    }
    let alone: Vec<&StepReport> = report.steps.iter().filter(|s| s.is_for_users() && s.objectives.is_empty()).collect();
    if !alone.is_empty() {
        html.tag("section", &[], |html| {
            html.leaf("h2", "Steps of no objective");
            alone.iter().for_each(|row| sections.step(html, row));
        });
    }
}

struct Sections<'r> {
    report: &'r Report,
    rows: HashMap<(&'r str, &'r str), &'r StepReport>,
    declared: HashMap<(&'r str, &'r str), &'r Step>,
    /// The steps that were told, each with the objective it stands with.
    told: HashMap<(&'r str, &'r str), &'r Name>,
    charted: BTreeSet<(&'r str, &'r str)>,
    frame: Option<Frame>,
}

impl<'r> Sections<'r> {
    fn new(report: &'r Report, registry: &'r Registry) -> Self {
        let rows = report.steps.iter().filter(|row| row.is_for_users());
        let mut attempted: Vec<&StepReport> = rows.clone().filter(|row| row.valid + row.abandoned > 0).collect();
        attempted.sort_by_key(|row| (!row.misses(), std::cmp::Reverse(row.valid)));
        let key = |row: &'r StepReport| (row.product.as_str(), row.step.as_str());
        Self {
            report,
            rows: rows.map(|row| (key(row), row)).collect(),
            declared: registry.steps.iter().map(|step| ((step.product.as_str(), step.name.as_str()), step)).collect(),
            told: HashMap::new(),
            charted: attempted.into_iter().take(MAX_CHARTED).map(key).collect(),
            frame: Frame::new(report).filter(|_| report.series.iter().any(|point| point.start.is_some())),
        }
    }

    fn objective(&mut self, html: &mut Html, objective: &'r Objective) {
        html.tag("h2", &[], |html| html.name(&objective.title));
        html.class("p", "muted", |html| {
            html.name(&objective.description);
            if let Some(owner) = &objective.owner {
                html.text(" Owner: ");
                html.name(owner);
                html.text(".");
            }
        });
        for used in &objective.steps {
            let key = (objective.product.as_str(), used.step.as_str());
            let Some(row) = self.rows.get(&key).copied() else { continue };
            match self.told.get(&key).copied() {
                Some(elsewhere) => points_at(html, row, elsewhere),
                None => {
                    self.told.insert(key, &objective.name);
                    self.step(html, row);
                }
            }
        }
    }

    fn step(&self, html: &mut Html, row: &StepReport) {
        let key = (row.product.as_str(), row.step.as_str());
        let declared = self.declared.get(&key).copied();
        let frame = self.frame.as_ref().filter(|_| self.charted.contains(&key));
        steps::step(html, self.report, row, declared, frame);
        let is_left_out = self.frame.is_some() && frame.is_none() && row.valid > 0;
        if is_left_out {
            html.class("p", "muted", |html| {
                html.text(format_args!("Charts are drawn of {MAX_CHARTED} steps only, those that fail and then those with the most attempts."));
            });
        }
    }
}

fn points_at(html: &mut Html, row: &StepReport, objective: &Name) {
    html.class("p", "elsewhere", |html| {
        let place = format!("#{}", places::step(&row.product, &row.step));
        html.tag("a", &[("href", &place)], |html| html.name(&row.title));
        html.text(" ");
        State::of(row).badge(html);
        html.text(" is shared, and told with ");
        html.code(objective.as_str());
        html.text(".");
    });
}
