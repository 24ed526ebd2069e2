//! SLOs as their owners have them: a document of Sloth, and what Sloth makes alerts of.

use std::fmt::Write as _;

/// An SLO of events: its name, and what its errors and all of its events are, for some window, as a rate of each.
pub(super) struct Promise {
    pub(super) name: String,
    /// In percent, as Sloth wants it.
    pub(super) objective: &'static str,
    pub(super) errors: String,
    pub(super) total: String,
}

/// Where a query has its window.
const WINDOW: &str = "{{.window}}";

/// A document of `prometheus/v1`.
pub(super) fn document(service: &str, promises: &[Promise]) -> String {
    let mut text = format!("version: prometheus/v1\nservice: {service}\nslos:\n");
    for Promise { name, objective, errors, total } in promises {
        write!(
            text,
            "  - name: {name}
    objective: {objective}
    sli:
      events:
        error_query: '{errors}'
        total_query: '{total}'
    alerting: {{page_alert: {{}}, ticket_alert: {{}}}}
"
        )
        .expect("a string");
    }
    text
}

/// A tier of Sloth: the burn rate, the long window and the short one, for thirty days.
type Tier = (&'static str, &'static str, &'static str);

/// How urgent an alert of Sloth is, and its tiers.
pub(super) const TIERS: [(&str, [Tier; 2]); 2] =
    [("page", [("14.4", "1h", "5m"), ("6", "6h", "30m")]), ("ticket", [("3", "1d", "2h"), ("1", "3d", "6h")])];

/// The expression of an alert, with what its recording rules say in their places.
pub(super) fn alert((errors, total): (&str, &str), budget: &str, tiers: &[Tier; 2]) -> String {
    let over = |window: &str, factor: &str| {
        let of = |query: &str| query.replace(WINDOW, window);
        format!("(({}) / ({}) > ({factor} * {budget}))", of(errors), of(total))
    };
    tiers.map(|(factor, long, short)| format!("({} and {})", over(short, factor), over(long, factor))).join(" or ")
}
