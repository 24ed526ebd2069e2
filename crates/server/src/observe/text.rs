//! Metrics as text: Prometheus' own format, and OpenMetrics.

use super::family::{Family, Histogram, Kind, Value};
use std::fmt::Write as _;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Prometheus,
    OpenMetrics,
}

/// Families as text.
pub(super) fn text(families: &[Family], dialect: Dialect) -> String {
    let mut out = String::new();
    for family in families {
        let name = match (dialect, family.kind) {
            // There a family of counters is called without what each of its samples ends with.
            (Dialect::OpenMetrics, Kind::Counter) => family.name.trim_end_matches("_total"),
            _ => family.name,
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "# HELP {name} {}\n# TYPE {name} {}", family.help, family.kind.as_str());
        for sample in &family.samples {
            let labels = rendered(&sample.labels);
            match &sample.value {
                Value::Whole(value) => line(&mut out, family.name, "", &labels, value),
                Value::Real(value) => line(&mut out, family.name, "", &labels, value),
                Value::Histogram(value) => histogram(&mut out, family.name, &labels, value),
            }
        }
    }
    if dialect == Dialect::OpenMetrics {
        out.push_str("# EOF\n");
    }
    out
}

fn histogram(out: &mut String, name: &str, labels: &str, of: &Histogram) {
    let separator = if labels.is_empty() { "" } else { "," };
    for (bound, count) in &of.classic {
        // With a point also where it is whole, as OpenMetrics wants it, so that a bucket is one series in each form.
        let bound = if bound.is_finite() { format!("{bound:?}") } else { "+Inf".to_owned() };
        line(out, name, "_bucket", &format!("{labels}{separator}le=\"{bound}\""), count);
    }
    line(out, name, "_sum", labels, of.sum_seconds);
    line(out, name, "_count", labels, of.count);
}

fn line(out: &mut String, name: &str, suffix: &str, labels: &str, value: impl std::fmt::Display) {
    let _ = match labels {
        "" => writeln!(out, "{name}{suffix} {value}"),
        labels => writeln!(out, "{name}{suffix}{{{labels}}} {value}"),
    };
}

fn rendered(labels: &[(&'static str, String)]) -> String {
    let mut out = String::new();
    for (at, (label, text)) in labels.iter().enumerate() {
        let separator = if at == 0 { "" } else { "," };
        let _ = write!(out, "{separator}{label}=\"");
        for character in text.chars() {
            match character {
                '\\' => out.push_str("\\\\"),
                '"' => out.push_str("\\\""),
                '\n' => out.push_str("\\n"),
                other => out.push(other),
            }
        }
        out.push('"');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn families() -> [Family; 2] {
        let mut errors = Family::new("errors_total", Kind::Counter, "How many.");
        errors.add(&[("a", "x\"y\\z\n"), ("b", "")], 0.5);
        [Family::gauge("up", "Whether.", 1), errors]
    }

    #[test]
    fn labels_are_escaped() {
        assert_eq!(
            text(&families(), Dialect::Prometheus),
            "# HELP up Whether.\n# TYPE up gauge\nup 1\n# HELP errors_total How many.\n# TYPE errors_total counter\n\
             errors_total{a=\"x\\\"y\\\\z\\n\",b=\"\"} 0.5\n"
        );
    }

    #[test]
    fn open_metrics_calls_counters_without_total_and_says_where_it_ends() {
        let text = text(&families(), Dialect::OpenMetrics);
        assert!(text.contains("# TYPE errors counter\nerrors_total{"), "{text}");
        assert!(text.ends_with("\n# EOF\n"), "{text}");
    }
}
