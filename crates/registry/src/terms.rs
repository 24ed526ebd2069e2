//! What people are told of an SLO's expressions: their own terms, and the usual ones in words.
//!
//! Called by `show` and `diff`; which expressions there are is decided in `slo` and `resolve`.

use milepost_slo::SliType;

/// An expression without what is said already: step, objective, method, class, and the threshold, which is said where it can be read.
pub(crate) fn own_terms(expression: &str, sli: SliType) -> String {
    let said = ["step = '", "objective = '", "source = '", "role = '", "class = '"];
    let own = expression.split(" AND ").filter(|term| !said.iter().any(|start| term.starts_with(start)));
    let text = own.collect::<Vec<_>>().join(" AND ");
    match sli {
        SliType::Latency(threshold) => text.replace(&threshold.nanos().to_string(), "the threshold"),
        _ => text,
    }
}

/// The usual terms of the types of SLOs in words, of attempts; none for those that somebody has written.
pub(crate) fn in_words(terms: &str) -> Option<&'static str> {
    let known = [
        ("outcome = 'success'", "successes"),
        ("duration_ns <= the threshold AND outcome = 'success'", "successes within the threshold"),
        ("outcome <> 'abandoned'", "attempts that are not abandoned"),
        (
            "(duration_ns > the threshold AND outcome = 'abandoned' OR outcome = 'success') AND duration_ns IS NOT NULL",
            "successes, and abandoned attempts that took longer than the threshold",
        ),
        ("outcome IS NOT NULL", "attempts"),
    ];
    known.iter().find(|(expression, _)| *expression == terms).map(|(_, words)| *words)
}
