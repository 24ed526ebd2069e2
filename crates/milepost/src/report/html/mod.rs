//! The report as one page of HTML: readable from a mail, without a network and without scripts.
//!
//! Pure functions from a [`Report`], and from the registry for its words and its diagram, to text. The same report gives the same page, byte for
//! byte. The page is also well-formed XML. Called by the command `report`.
//!
//! From above to below: `page` puts the parts in order; `findings`, `overview`, `objectives` and `input` are those parts; `steps` and `slos` tell of one
//! step, with `bars` and `charts` for what is drawn; `timeline` cuts time into columns; `words` says what things mean; `writer` escapes.

mod bars;
mod charts;
mod findings;
mod input;
mod kpis;
mod objectives;
mod overview;
mod page;
mod places;
mod scale;
mod slos;
mod state;
mod steps;
#[cfg(test)]
mod tests;
mod ticks;
mod timeline;
mod words;
mod writer;

use super::model::Report;
use milepost_registry::Registry;

/// Renders the report as a page that tells by which command it was made.
pub(crate) fn render(report: &Report, registry: &Registry, command: &str) -> String {
    page::page(report, registry, command)
}
