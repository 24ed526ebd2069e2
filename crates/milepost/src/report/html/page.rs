//! The page: its parts in the order in which people need them.

use super::findings;
use super::input;
use super::kpis;
use super::objectives;
use super::overview;
use super::words;
use super::writer::Html;
use crate::report::model::Report;
use crate::report::text::{minutes, span};
use milepost_registry::Registry;

const STYLE: &str = include_str!("page.css");

/// Most characters of the command that are shown: thousands of files are named in fewer words by whoever reads the page.
const MAX_COMMAND: usize = 4000;

/// The whole page.
pub(super) fn page(report: &Report, registry: &Registry, command: &str) -> String {
    let mut html = Html::default();
    html.markup("<!DOCTYPE html>\n");
    html.tag("html", &[("xmlns", &"http://www.w3.org/1999/xhtml"), ("lang", &"en")], |html| {
        html.tag("head", &[], |html| {
            html.markup("<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
            html.markup("<meta name=\"color-scheme\" content=\"light dark\"/>\n");
            html.leaf("title", format!("{}: reliability", title(report)));
            html.tag("style", &[], |html| html.markup(STYLE));
        });
        html.tag("body", &[], |html| {
            html.tag("header", &[], |html| head(html, report, registry));
            html.tag("main", &[], |html| body(html, report, registry, command));
        });
    });
    html.finish()
}

fn title(report: &Report) -> String {
    if report.products.is_empty() { "Product".to_owned() } else { report.products.join(", ") }
}

fn head(html: &mut Html, report: &Report, registry: &Registry) {
    html.class("p", "kind", |html| html.text("Reliability report"));
    html.tag("h1", &[], |html| html.name(&title(report)));
    if let [product] = &registry.products[..] {
        html.class("p", "muted", |html| html.name(&product.description));
    }
    html.class("p", "when", |html| match &report.covered {
        Some(covered) => html.text(format_args!("{}, {}", span(&covered.from, &covered.to), minutes(covered.minutes))),
        None => html.text("No event was read, so no time is covered."),
    });
    html.class("p", "verdict", |html| html.text(findings::verdict(report)));
    input::warning(html, &report.input);
    html.tag("nav", &[("aria-label", &"Parts of this page")], |html| {
        html.markup(
            "<a href=\"#findings\">Findings</a> <a href=\"#overview\">Steps</a> <a href=\"#objectives\">Objectives</a> \
             <a href=\"#input\">What was read</a> <a href=\"#words\">Words</a> <a href=\"#again\">How it was made</a>",
        );
    });
}

fn body(html: &mut Html, report: &Report, registry: &Registry, command: &str) {
    section(html, "findings", "Findings", |html| findings::findings(html, report));
    section(html, "overview", "Steps at a glance", |html| {
        overview::diagram(html, report, registry);
        overview::table(html, report, registry);
        html.tag("details", &[], |html| {
            html.leaf("summary", "What the states mean");
            overview::states(html);
        });
    });
    if !report.kpis.is_empty() {
        section(html, "kpis", "What it came to", |html| kpis::kpis(html, report));
    }
    html.tag("div", &[("id", &"objectives")], |html| objectives::objectives(html, report, registry));
    section(html, "input", "What was read", |html| input::input(html, report));
    section(html, "words", "Words and numbers", words::glossary);
    section(html, "again", "How this page was made", |html| {
        html.leaf(
            "p",
            format!(
                "By milepost {}; the same files under the same registry give the same page:",
                env!("CARGO_PKG_VERSION")
            ),
        );
        html.tag("pre", &[("tabindex", &0)], |html| {
            html.tag("code", &[], |html| match command.char_indices().nth(MAX_COMMAND) {
                Some((end, _)) => html.text(format_args!("{} …", &command[..end])),
                None => html.text(command),
            });
        });
    });
}

fn section(html: &mut Html, id: &'static str, title: &'static str, content: impl FnOnce(&mut Html)) {
    html.tag("section", &[("id", &id)], |html| {
        html.leaf("h2", title);
        content(html);
    });
}
