//! Small bars that stand in the text: a ratio with its interval, an error budget, latencies.
//!
//! Drawn as SVG whose lengths are percentages, so that they fit any width and keep the size of their text. Each says in its label what it shows.

use super::scale;
use super::writer::Html;
use crate::report::model::{Interval, Latency};
use crate::report::text::{ms, percent, percent_interval};
use std::fmt::Display;

/// The share of good attempts on a line: the interval as a bar, the share as a dot, the target as a mark.
pub(super) fn ratio(html: &mut Html, ratio: f64, interval: Interval, target: Option<(f64, &str)>) {
    let floor = scale::floor_below(interval.low.min(target.map_or(1.0, |(share, _)| share)));
    let at = |share: f64| percentage(scale::place(share, floor));
    let width = scale::place(interval.high, floor) - scale::place(interval.low, floor);
    let promised = target.map_or_else(String::new, |(_, told)| format!(", target {told}"));
    let label = format!(
        "{} good, 95% interval {}{promised}; the scale is from {} to 100%",
        percent(ratio),
        percent_interval(interval.low, interval.high),
        scale::told(floor)
    );
    svg(html, "bar ratio", 38, &label, |html| {
        line(html, "track", ("0%", "100%"), (14, 14));
        let (x, width) = (at(interval.low), percentage(width));
        html.empty(
            "rect",
            &[("class", &"interval"), ("x", &x), ("y", &9), ("width", &width), ("height", &10), ("rx", &2)],
        );
        if let Some((share, told)) = target {
            let x = at(share);
            line(html, "target", (&x, &x), (3, 25));
            // Where it does not run into the ends of the scale.
            if (0.2..0.8).contains(&scale::place(share, floor)) {
                text(html, "middle", &x, 36, &format!("target {told}"));
            }
        }
        html.empty("circle", &[("class", &"dot"), ("cx", &at(ratio)), ("cy", &14), ("r", &6)]);
        text(html, "start", "0%", 36, &scale::told(floor));
        text(html, "end", "100%", 36, "100%");
    });
}

/// How much of an error budget is spent.
pub(super) fn budget(html: &mut Html, spent: f64) {
    let is_over = spent > 1.0;
    let label = if is_over {
        "the whole error budget is spent, and more".to_owned()
    } else {
        format!("{} of the error budget is spent", percent(spent))
    };
    svg(html, "bar budget", 12, &label, |html| {
        html.empty(
            "rect",
            &[("class", &"room"), ("x", &"0%"), ("y", &1), ("width", &"100%"), ("height", &10), ("rx", &2)],
        );
        let class = if is_over { "over" } else { "spent" };
        let width = percentage(spent.min(1.0));
        html.empty(
            "rect",
            &[("class", &class), ("x", &"0%"), ("y", &1), ("width", &width), ("height", &10), ("rx", &2)],
        );
    });
}

/// The latencies on a line from zero, with the threshold where one is promised.
pub(super) fn latency(html: &mut Html, latency: &Latency, threshold_ms: Option<f64>) {
    let end = scale::ceiling(latency.p99.max(threshold_ms.unwrap_or(0.0)) * 1.05);
    let at = |millis: f64| percentage((millis / end).clamp(0.0, 1.0));
    let promised = threshold_ms.map_or_else(String::new, |threshold| format!(", threshold {}", ms(threshold)));
    let label = format!(
        "half of the attempts took at most {}, 95% at most {}, 99% at most {}{promised}; the scale is from 0 to {}",
        ms(latency.p50),
        ms(latency.p95),
        ms(latency.p99),
        ms(end)
    );
    svg(html, "bar latency", 38, &label, |html| {
        line(html, "track", ("0%", "100%"), (14, 14));
        line(html, "reach", (&at(latency.p50), &at(latency.p99)), (14, 14));
        if let Some(threshold) = threshold_ms {
            let x = at(threshold);
            line(html, "target", (&x, &x), (3, 25));
            if (0.2..0.8).contains(&(threshold / end)) {
                text(html, "middle", &x, 36, &format!("threshold {}", ms(threshold)));
            }
        }
        for (millis, radius) in [(latency.p50, 5), (latency.p95, 4), (latency.p99, 3)] {
            html.empty("circle", &[("class", &"dot"), ("cx", &at(millis)), ("cy", &14), ("r", &radius)]);
        }
        text(html, "start", "0%", 36, "0");
        text(html, "end", "100%", 36, &ms(end));
    });
}

fn svg(html: &mut Html, class: &'static str, height: usize, label: &str, content: impl FnOnce(&mut Html)) {
    let attributes: [(&'static str, &dyn Display); 5] =
        [("class", &class), ("role", &"img"), ("aria-label", &label), ("width", &"100%"), ("height", &height)];
    html.tag("svg", &attributes, content);
}

fn line(html: &mut Html, class: &'static str, (x1, x2): (&str, &str), (y1, y2): (usize, usize)) {
    html.empty("line", &[("class", &class), ("x1", &x1), ("x2", &x2), ("y1", &y1), ("y2", &y2)]);
}

fn text(html: &mut Html, anchor: &'static str, x: &str, y: usize, text: &str) {
    html.tag("text", &[("x", &x), ("y", &y), ("text-anchor", &anchor)], |html| html.text(text));
}

/// A part of 1 as a length.
pub(super) fn percentage(part: f64) -> String {
    format!("{:.2}%", part * 100.0)
}
