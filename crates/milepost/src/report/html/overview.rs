//! The overview: the flow diagram with a mark on each step, and the same as a table.

use super::places;
use super::state::{self, State};
use super::writer::Html;
use crate::report::model::{Report, StepReport};
use crate::report::text::{grouped, percent_of};
use milepost_model::Objective;
use milepost_registry::Registry;
use milepost_registry::diagram::{self, Selection, Theme};

/// Most uses of steps that are drawn on the page: more than this nobody takes in, and the page would be heavy.
const MAX_DRAWN: usize = 120;

/// The diagram, where there is something to draw that can be taken in.
pub(super) fn diagram(html: &mut Html, report: &Report, registry: &Registry) {
    let uses: usize = registry.objectives.iter().map(|objective| objective.steps.len()).sum();
    if uses == 0 {
        return;
    }
    if uses > MAX_DRAWN {
        html.tag("p", &[], |html| {
            html.prose(&format!(
                "The {} objectives are too many to draw on one page: `milepost diagram --objective NAME` draws those that you name.",
                registry.objectives.len()
            ));
        });
        return;
    }
    let mark = |step: &milepost_model::Step| {
        let row = report
            .steps
            .iter()
            .find(|row| row.is_for_users() && row.product == step.product.as_str() && row.step == step.name.as_str());
        row.map(state::mark)
    };
    let svg = diagram::svg(registry, &Selection::default(), Theme::Auto, &mark);
    html.class("figure", "diagram", |html| {
        html.leaf("figcaption", "What users want to achieve, and the steps that lead there. Each step has the mark of its state; the table below says the same.");
        let region: [(&'static str, &dyn std::fmt::Display); 4] =
            [("class", &"scroll"), ("tabindex", &0), ("role", &"region"), ("aria-label", &"Flow diagram")];
        html.tag("div", &region, |html| html.picture(&svg));
    });
}

/// What each state looks like, and what it means.
pub(super) fn states(html: &mut Html) {
    html.class("dl", "states", |html| {
        for state in State::ALL {
            html.tag("div", &[], |html| {
                html.tag("dt", &[], |html| state.badge(html));
                html.leaf("dd", state.meaning());
            });
        }
    });
}

/// Every step with its state, by objective.
pub(super) fn table(html: &mut Html, report: &Report, registry: &Registry) {
    html.class("table", "overview", |html| {
        html.leaf("caption", "Every step, for users");
        html.tag("thead", &[], |html| {
            html.tag("tr", &[], |html| {
                for (title, class) in [("Step", ""), ("State", ""), ("Succeeded", "n"), ("Attempts", "n")] {
                    html.tag("th", &[("scope", &"col"), ("class", &class)], |html| html.text(title));
                }
            });
        });
        for objective in &registry.objectives {
            html.tag("tbody", &[], |html| rows_of(html, report, objective));
        }
        let alone: Vec<&StepReport> =
            report.steps.iter().filter(|s| s.is_for_users() && s.objectives.is_empty()).collect();
        if !alone.is_empty() {
            html.tag("tbody", &[], |html| {
                group(html, |html| html.text("Steps of no objective"));
                alone.iter().for_each(|step| row(html, step));
            });
        }
    });
}

fn rows_of(html: &mut Html, report: &Report, objective: &Objective) {
    let place = format!("#{}", places::objective(objective.product.as_str(), objective.name.as_str()));
    group(html, |html| html.tag("a", &[("href", &place)], |html| html.name(&objective.title)));
    for used in &objective.steps {
        let product = objective.product.as_str();
        let found =
            report.steps.iter().find(|s| s.is_for_users() && s.product == product && s.step == used.step.as_str());
        if let Some(step) = found {
            row(html, step);
        }
    }
}

fn group(html: &mut Html, title: impl FnOnce(&mut Html)) {
    html.tag("tr", &[("class", &"group")], |html| {
        html.tag("th", &[("scope", &"rowgroup"), ("colspan", &4)], title);
    });
}

fn row(html: &mut Html, step: &StepReport) {
    html.tag("tr", &[], |html| {
        html.tag("th", &[("scope", &"row")], |html| {
            let place = format!("#{}", places::step(&step.product, &step.step));
            html.tag("a", &[("href", &place)], |html| html.name(&step.title));
        });
        html.tag("td", &[], |html| {
            State::of(step).badge(html);
            if State::of(step) == State::Missed && step.good == step.valid {
                html.text(" too slow");
            }
        });
        let share = if step.valid > 0 { percent_of(step.good, step.valid) } else { "–".to_owned() };
        html.class("td", "n", |html| html.text(share));
        html.class("td", "n", |html| html.text(grouped(step.valid)));
    });
}
