//! `cargo xtask soak`: the fuzz targets for as long as somebody wants to wait, where the tests give each a second or two.
//!
//! A target is a test that asks bolero for its input, or one of those that kill and overload the server. Result, command and date of a long run go to `docs/performance.md`.

use crate::{run, say};
use anyhow::{Result, bail};
use std::path::Path;
use std::time::{Duration, Instant};

/// Kills of the server in a minute, about.
const KILLS_A_MINUTE: u64 = 100;

/// The crates with fuzz targets, and the targets by the beginnings of their paths.
const TARGETS: [(&str, &str); 7] = [
    ("milepost-registry", "fuzz::"),
    ("milepost-annotate", "fuzz::"),
    ("milepost-ingest", "otlp::tests::differential::"),
    ("milepost-ingest", "access_log::tests::properties::no_bytes"),
    ("milepost-ingest", "input::tests::damage::no_bytes"),
    ("milepost", "live::kills"),
    ("milepost", "live::overload"),
];

/// Runs the targets whose name contains `filter` for so many minutes each; within a target its tests run side by side.
pub(crate) fn run(root: &Path, filter: Option<&str>, minutes: u64) -> Result<()> {
    let wanted = |(package, target): &(&str, &str)| filter.is_none_or(|f| package.contains(f) || target.contains(f));
    let targets: Vec<_> = TARGETS.into_iter().filter(wanted).collect();
    if targets.is_empty() {
        let names: Vec<String> = TARGETS.iter().map(|(package, target)| format!("{package} {target}")).collect();
        bail!("no target has such a name; there are: {}", names.join(", "));
    }
    let milliseconds = Duration::from_secs(minutes * 60).as_millis().to_string();
    let mut failed = Vec::new();
    for (package, target) in targets {
        say::progress(format_args!("== soak {package} {target}: {minutes} min"));
        let began = Instant::now();
        let mut command = run::cargo(root);
        command.args(["test", "--quiet", "--package", package, "--tests", "--", target]);
        command
            .env("BOLERO_RANDOM_TEST_TIME_MS", &milliseconds)
            .env("BOLERO_RANDOM_ITERATIONS", usize::MAX.to_string())
            .env("MILEPOST_KILLS", (minutes * KILLS_A_MINUTE).to_string())
            .env("MILEPOST_OVERLOAD_SECONDS", (minutes * 60).to_string());
        if let Err(error) = run::run(&mut command) {
            say::progress(format_args!("error: {error:#}"));
            failed.push(format!("{package} {target}"));
        }
        say::progress(format_args!("   {} s", began.elapsed().as_secs()));
    }
    if !failed.is_empty() {
        bail!("these failed; each has printed the seed to repeat it by: {}", failed.join(", "));
    }
    Ok(())
}
