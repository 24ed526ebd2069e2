//! Access logs of two real servers, counted a second time by functions that know the sites' addresses and nothing of the project.
//!
//! The functions say in code what `examples/erddap` and `examples/website` say in words; where an example is edited, they are.

mod erddap;
mod website;

use crate::run::{Folder, files, report};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// One request, taken apart with simple means.
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    status: u16,
    agent: &'a str,
    /// The beginning of its hour, as the report writes it.
    hour: String,
    /// Something stands behind the last field.
    has_stray_text: bool,
}

impl<'a> Request<'a> {
    /// `CLIENT [TIME] "METHOD TARGET PROTOCOL" STATUS BYTES "REFERER" "AGENT"`; none of the rest is a request.
    fn read(line: &'a str) -> Option<Self> {
        let parts: Vec<&str> = line.split('"').collect();
        let [client, request, numbers, _referer, _, agent, stray @ ..] = &parts[..] else { return None };
        let status = numbers.split_whitespace().next()?.parse().ok()?;
        let (_, time) = client.split_once('[')?;
        let mut words = request.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let has_stray_text = stray.iter().any(|text| !text.trim().is_empty());
        Some(Self { method, path, query, status, agent, hour: hour(time), has_stray_text })
    }

    /// What is between the slashes of the path.
    fn segments(&self) -> Vec<&'a str> {
        self.path.split('/').filter(|segment| !segment.is_empty()).collect()
    }
}

/// `2015-05-17T10:00:00Z` of `17/May/2015:10:05:03 +0000]`. All logs here are of one month and in UTC.
fn hour(time: &str) -> String {
    let (date, clock) = time.split_once(':').expect("a time");
    assert!(date.contains("/May/") && clock.ends_with("+0000] "), "{time}");
    format!("{}-05-{}T{}:00:00Z", &date[7..], &date[..2], &clock[..2])
}

/// What a site's functions make of a request: the step that it serves, and whether it is an attempt of it.
struct Served {
    step: &'static str,
    class: &'static str,
    is_attempt: bool,
    /// Statuses that the step's conditions call a failure.
    failures: &'static [u16],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    valid: u64,
    good: u64,
    failed: u64,
    abandoned: u64,
}

impl Counts {
    fn add(&mut self, status: u16, failures: &[u16]) {
        match status {
            _ if failures.contains(&status) => self.failed += 1,
            499 => {
                self.abandoned += 1;
                return;
            }
            408 | 429 | 500.. => self.failed += 1,
            _ => self.good += 1,
        }
        self.valid += 1;
    }

    fn of(row: &Value) -> Self {
        let number = |key: &str| row[key].as_u64().unwrap_or_else(|| panic!("{key} of {row}"));
        Self { valid: number("valid"), good: number("good"), failed: number("failed"), abandoned: number("abandoned") }
    }
}

/// Counts by step and class.
type BySteps = BTreeMap<(String, String), Counts>;
/// Counts by step, class and hour.
type ByHours = BTreeMap<(String, String, String), Counts>;

/// A log counted independently.
#[derive(Debug, Default, PartialEq)]
struct Expected {
    events: u64,
    annotated: u64,
    rejected: u64,
    stray: u64,
    steps: BySteps,
    hours: ByHours,
}

impl Expected {
    fn count(text: &str, serves: impl Fn(&Request<'_>) -> Option<Served>) -> Self {
        let mut expected = Self::default();
        for line in text.lines() {
            let Some(request) = Request::read(line) else {
                expected.rejected += 1;
                continue;
            };
            expected.events += 1;
            expected.stray += u64::from(request.has_stray_text);
            let Some(served) = serves(&request) else { continue };
            expected.annotated += 1;
            if served.is_attempt {
                let (step, class) = (served.step.to_owned(), served.class.to_owned());
                let by_hour = expected.hours.entry((step.clone(), class.clone(), request.hour)).or_default();
                by_hour.add(request.status, served.failures);
                expected.steps.entry((step, class)).or_default().add(request.status, served.failures);
            }
        }
        expected
    }
}

/// The rows of a report that have attempts. Every step has a row for its users, also without.
fn steps_of(report: &Value) -> BySteps {
    let rows = report["steps"].as_array().expect("steps");
    let key = |row: &Value| (text(row, "step"), text(row, "class"));
    rows.iter().map(|row| (key(row), Counts::of(row))).filter(|(_, counts)| *counts != Counts::default()).collect()
}

fn hours_of(report: &Value) -> ByHours {
    let points = report["series"].as_array().expect("a series");
    points.iter().map(|p| ((text(p, "step"), text(p, "class"), text(p, "start")), Counts::of(p))).collect()
}

/// Fails with the counts that differ, and not with all of them.
fn assert_same<K: Ord + Clone + std::fmt::Debug>(counted: &BTreeMap<K, Counts>, expected: &BTreeMap<K, Counts>) {
    let keys: BTreeSet<&K> = counted.keys().chain(expected.keys()).collect();
    let differ = keys.into_iter().filter(|key| counted.get(key) != expected.get(key));
    let differ: Vec<_> = differ.map(|key| (key, counted.get(key), expected.get(key))).collect();
    assert!(differ.is_empty() && !expected.is_empty(), "counted, then expected: {differ:#?}");
}

fn text(row: &Value, key: &str) -> String {
    row[key].as_str().unwrap_or_else(|| panic!("{key} of {row}")).to_owned()
}

/// An SLO of default expressions counts what its step's row counts.
fn assert_availability_slos_count_their_rows(report: &Value) {
    let mut compared = 0;
    for row in report["steps"].as_array().expect("steps") {
        for slo in row["slos"].as_array().expect("SLOs").iter().filter(|slo| slo["type"] == "availability") {
            assert_eq!((&slo["valid"], &slo["good"]), (&row["valid"], &row["good"]), "{}", slo["name"]);
            compared += 1;
        }
    }
    assert!(compared >= 10, "{compared}");
}
