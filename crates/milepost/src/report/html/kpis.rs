//! What the product is judged by, and what users' attempts came to.

use super::writer::Html;
use crate::report::model::Report;
use crate::report::table::{amount, without};
use crate::report::text::grouped;

/// A row a KPI.
pub(super) fn kpis(html: &mut Html, report: &Report) {
    html.class("table", "overview", |html| {
        html.tag("thead", &[], |html| {
            html.tag("tr", &[], |html| {
                for heading in ["KPI", "Sum", "Unit", "Successes", "Without a number"] {
                    html.tag("th", &[("scope", &"col")], |html| html.text(heading));
                }
            });
        });
        html.tag("tbody", &[], |html| {
            for kpi in &report.kpis {
                html.tag("tr", &[], |html| {
                    html.tag("th", &[("scope", &"row")], |html| html.name(&kpi.title));
                    html.leaf("td", amount(&kpi.sum_exact));
                    html.tag("td", &[], |html| html.name(&kpi.unit));
                    html.leaf("td", grouped(kpi.counted));
                    html.leaf("td", without(kpi));
                });
            }
        });
    });
}
