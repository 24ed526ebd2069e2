//! What a step promises, and whether it kept that: one block an SLO.

use super::bars;
use super::state::State;
use super::writer::Html;
use crate::report::model::{Interval, Latency, SloReport, StepReport};
use crate::report::text::{decimal, grouped, ms, percent, percent_interval, percent_of, threshold};

/// The SLOs of a row.
pub(super) fn slos(html: &mut Html, step: &StepReport) {
    html.class("ul", "slos", |html| {
        if let (Some(ratio), Some(interval), []) = (step.ratio, step.interval, &step.slos[..]) {
            html.tag("li", &[], |html| {
                html.class("p", "promise", |html| html.leaf("strong", "Succeeded"));
                measured(html, step.good, step.valid, interval);
                bars::ratio(html, ratio, interval, None);
            });
        }
        for slo in &step.slos {
            html.tag("li", &[], |html| of_slo(html, step, slo));
        }
        if let Some(latency) = &step.latency_ms {
            let threshold = step.slos.iter().find_map(|slo| slo.threshold_ms);
            html.tag("li", &[], |html| latencies(html, latency, threshold));
        }
    });
}

fn of_slo(html: &mut Html, step: &StepReport, slo: &SloReport) {
    let state = match State::of_slo(slo) {
        State::Unknown if State::of(step) == State::NoData => State::NoData,
        state => state,
    };
    html.class("p", "promise", |html| {
        html.leaf("strong", promise(slo));
        html.text(" ");
        state.badge(html);
        if state == State::Missed && !slo.is_clear {
            html.class("small", "muted", |html| html.text("too few to be sure"));
        }
    });
    if let (Some(ratio), Some(interval)) = (slo.ratio, slo.interval) {
        measured(html, slo.good, slo.valid, interval);
        bars::ratio(html, ratio, interval, target(slo).map(|target| (target, slo.target.as_str())));
    }
    if let Some(spent) = slo.budget_spent.filter(|_| slo.valid > 0) {
        bars::budget(html, spent);
        html.class("p", "muted", |html| html.text(told_spent(slo, spent)));
    }
    if let Some(reason) = &slo.unknown_because {
        html.class("p", "reason", |html| html.text(format_args!("Not judged: {reason}.")));
    }
}

fn measured(html: &mut Html, good: u64, valid: u64, interval: Interval) {
    html.class("p", "measured", |html| {
        html.class("span", "big", |html| html.text(percent_of(good, valid)));
        html.text(format_args!(" of {} ", grouped(valid)));
        html.class("small", "muted", |html| {
            html.text(format_args!("95% interval {}", percent_interval(interval.low, interval.high)));
        });
    });
}

fn latencies(html: &mut Html, latency: &Latency, threshold_ms: Option<f64>) {
    html.class("p", "promise", |html| html.leaf("strong", "Latency"));
    html.class("p", "measured", |html| {
        html.class("span", "big", |html| html.text(ms(latency.p50)));
        html.text(" p50, ");
        html.text(format_args!("{} p95, {} p99", ms(latency.p95), ms(latency.p99)));
    });
    bars::latency(html, latency, threshold_ms);
}

/// `99% within 800ms`, `99.9% succeed`.
fn promise(slo: &SloReport) -> String {
    match (slo.threshold_ms, slo.sli.as_str()) {
        (Some(millis), _) => format!("{} within {}", slo.target, threshold(millis)),
        (None, "availability") => format!("{} succeed", slo.target),
        (None, sli) => format!("{sli} {}", slo.target),
    }
}

fn told_spent(slo: &SloReport, spent: f64) -> String {
    let allowed = format!("{} bad allowed, {} seen", allowed(slo.allowed_bad), grouped(slo.valid - slo.good));
    match spent {
        spent if spent > 1.0 => format!("Error budget spent {} times over: {allowed}.", decimal(spent)),
        _ => format!("{} of the error budget spent: {allowed}.", percent(spent)),
    }
}

fn allowed(events: f64) -> String {
    match events {
        events if events >= 10.0 || events <= 0.0 => format!("{events:.0}"),
        events if events >= 0.1 => format!("{events:.1}"),
        events => format!("{events:.2}"),
    }
}

/// The target as a share.
pub(super) fn target(slo: &SloReport) -> Option<f64> {
    slo.target.strip_suffix('%')?.parse::<f64>().ok().map(|percent| percent / 100.0)
}
