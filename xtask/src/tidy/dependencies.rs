//! Who may depend on whom: the order of the project's crates, and the few owners of each heavy dependency.

use super::Finding;
use super::manifest::{self, Dependency};
use crate::checkout::Checkout;

/// Each crate may use those before it.
const ORDER: [&str; 14] = [
    "model", "expr", "annotate", "slo", "impact", "registry", "exchange", "facts", "ingest", "flow", "store", "lake",
    "server", "milepost",
];

/// Crates beside the order, and all that they may use.
const BESIDE: [(&str, &[&str]); 4] =
    [("shed", &["model"]), ("gateway", &["model", "annotate", "shed"]), ("testkit", &["model"]), ("xtask", &[])];

/// What any crate may use in its tests and benches, beyond what it may use anyway.
const FOR_TESTS: &str = "testkit";

/// Crates whose dependencies reach no user, so that nobody owns them.
const UNSHIPPED: [&str; 1] = ["testkit"];

/// Dependencies (`*` ends a prefix) and the crates that may use them outside tests. First match wins.
const OWNERS: [(&str, &[&str]); 23] = [
    ("parquet", &["facts", "store", "lake"]),
    ("arrow*", &["facts", "ingest", "flow", "store", "lake"]),
    ("datafusion*", &["lake"]),
    ("tonic*", &["server", "gateway", "milepost"]),
    ("axum*", &["server", "gateway", "milepost"]),
    ("hyper*", &["server", "gateway", "milepost"]),
    // The catalog is asked through a runtime; what else the store does, it does on plain threads.
    ("tokio*", &["store", "server", "gateway", "milepost"]),
    ("sqlx*", &["store"]),
    ("pingora*", &["gateway"]),
    ("clap*", &["milepost", "xtask"]),
    ("anyhow", &["milepost", "xtask"]),
    ("indicatif", &["milepost"]),
    // Calendars and time zones are one module's; elsewhere time is UTC.
    ("jiff*", &["slo"]),
    ("annotate-snippets", &["registry"]),
    ("saphyr*", &["registry"]),
    // The model has no serde; JSON types live at the edge.
    ("serde*", &["registry", "exchange", "ingest", "store", "lake", "server", "milepost"]),
    // Telemetry is read from raw bytes; the generated types are an oracle for tests.
    ("prost*", &[]),
    ("opentelemetry*", &[]),
    ("proptest", &[]),
    ("bolero", &[]),
    ("criterion", &[]),
    ("insta", &[]),
    ("tempfile", &[]),
];

pub(crate) fn check(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, file) in checkout.members() {
        let Some(allowed) = may_use(name) else {
            let message = format!("crate `{name}` has no place in the order; give it one in {}", file!());
            findings.push(Finding::new(&file.path, 0, message));
            continue;
        };
        for dependency in manifest::dependencies(&file.text) {
            if let Some(message) = order(name, &allowed, &dependency).or_else(|| owner(name, &dependency)) {
                findings.push(Finding::new(&file.path, dependency.line, message));
            }
        }
    }
    findings
}

/// The project's crates that a crate may use, or nothing for a crate that nobody placed.
fn may_use(name: &str) -> Option<Vec<&'static str>> {
    let before = ORDER.iter().position(|other| *other == name).map(|place| ORDER[..place].to_vec());
    before.or_else(|| BESIDE.iter().find(|(other, _)| *other == name).map(|(_, allowed)| allowed.to_vec()))
}

fn order(name: &str, allowed: &[&str], dependency: &Dependency<'_>) -> Option<String> {
    let used = dependency.package.strip_prefix("milepost-")?;
    if allowed.contains(&used) || (dependency.dev && used == FOR_TESTS) {
        return None;
    }
    let may = if allowed.is_empty() { "no crate of the project".to_owned() } else { allowed.join(", ") };
    Some(format!("`{name}` may not use `{used}`; it may use {may}"))
}

fn owner(name: &str, dependency: &Dependency<'_>) -> Option<String> {
    let package = dependency.package;
    let (_, owners) = OWNERS.iter().find(|(pattern, _)| match pattern.strip_suffix('*') {
        Some(prefix) => package.starts_with(prefix),
        None => package == *pattern,
    })?;
    if dependency.dev || owners.contains(&name) || UNSHIPPED.contains(&name) {
        return None;
    }
    Some(match owners {
        [] => format!("`{package}` is for tests and benches; move it to [dev-dependencies]"),
        owners => format!("`{name}` may not use `{package}`; its owners are {}", owners.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    fn findings(path: &str, manifest: &str) -> Vec<String> {
        lines(&check(&Checkout::of(&[(path, manifest)])))
    }

    #[test]
    fn a_later_crate_cannot_be_used_not_even_in_tests() {
        let manifest = "[dependencies]\nmilepost-expr.workspace = true\nmilepost-registry.workspace = true\n\
            [dev-dependencies]\nmilepost-facts.workspace = true\n";
        let may = "it may use model, expr, annotate";
        assert_eq!(
            findings("crates/slo/Cargo.toml", manifest),
            [
                format!("crates/slo/Cargo.toml:3: `slo` may not use `registry`; {may}"),
                format!("crates/slo/Cargo.toml:5: `slo` may not use `facts`; {may}"),
            ]
        );
    }

    #[test]
    fn testkit_is_for_tests_only() {
        let manifest = "[dependencies]\nmilepost-testkit.workspace = true\n\
            [dev-dependencies]\nmilepost-testkit.workspace = true\n";
        assert_eq!(
            findings("crates/expr/Cargo.toml", manifest),
            ["crates/expr/Cargo.toml:2: `expr` may not use `testkit`; it may use model"]
        );
    }

    #[test]
    fn a_heavy_dependency_stays_with_its_owners() {
        let manifest = "[dependencies]\narrow-array.workspace = true\nparquet.workspace = true\nprost.workspace = true\n\
            [dev-dependencies]\nparquet.workspace = true\n";
        let path = "crates/ingest/Cargo.toml";
        assert_eq!(
            findings(path, manifest),
            [
                format!("{path}:3: `ingest` may not use `parquet`; its owners are facts, store, lake"),
                format!("{path}:4: `prost` is for tests and benches; move it to [dev-dependencies]"),
            ]
        );
    }

    #[test]
    fn a_crate_without_a_place_is_named() {
        let found = findings("crates/weather/Cargo.toml", "[dependencies]\n");
        assert!(found[0].starts_with("crates/weather/Cargo.toml: crate `weather` has no place"), "{found:?}");
    }
}
