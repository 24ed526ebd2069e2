//! The report: what was read, counted per step and told.

mod build;
mod counters;
mod html;
mod latency_parts;
mod markdown;
mod model;
mod table;
mod text;

pub(crate) use build::{FileCounts, build};
pub(crate) use counters::{Counters, SeriesBy};
pub(crate) use html::render as render_html;
pub(crate) use markdown::render as render_markdown;
pub(crate) use text::{decimal, grouped, ms, percent, percent_interval, percent_of, render as render_text, slice_name};
