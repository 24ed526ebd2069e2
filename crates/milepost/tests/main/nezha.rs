//! Traces of two test beds under faults, compared with counts made independently of the project (`expected/windows.tsv`).

use crate::run::{files, report};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// One row of `windows.tsv`.
struct Window {
    file: String,
    step: String,
    outcome: String,
    traces: u64,
    p50_ms: f64,
}

fn windows(folder: &Path) -> Vec<Window> {
    let text = std::fs::read_to_string(folder.join("expected/windows.tsv")).expect("the expected counts are there");
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("a header").split('\t').collect();
    let column = |name: &str| header.iter().position(|h| *h == name).expect("the column is there");
    let (file, step, outcome) = (column("file_minute"), column("step"), column("outcome"));
    let (traces, p50) = (column("traces"), column("p50_ms"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            Window {
                file: cells[file].to_owned(),
                step: cells[step].to_owned(),
                outcome: cells[outcome].to_owned(),
                traces: cells[traces].parse().expect("a count"),
                p50_ms: cells[p50].parse().expect("a duration"),
            }
        })
        .collect()
}

/// `12_28` of `.../12_28.otlp.jsonl.zst`.
fn minute_of(file: &str) -> String {
    let name = Path::new(file).file_name().expect("a file").to_string_lossy().into_owned();
    name.split('.').next().expect("a name").to_owned()
}

/// Points of the series by file and step.
fn points(report: &Value) -> BTreeMap<(String, String), &Value> {
    let series = report["series"].as_array().expect("a series");
    let key = |p: &Value| (minute_of(p["file"].as_str().unwrap()), p["step"].as_str().unwrap().to_owned());
    series.iter().map(|p| (key(p), p)).collect()
}

#[test]
fn train_ticket_counts_by_route_and_file_are_the_expected_ones() {
    let Some(folder) = milepost_testkit::data_dir("traces_nezha_trainticket_2023-01-30") else { return };
    let report = report("train-ticket", &["--per-file"], &files(&folder.join("otlp"), ".zst"));
    let points = points(&report);
    let steps: BTreeMap<&str, &str> = [
        ("/api/v1/travelservice/trips/left", "search-express-trains"),
        ("/api/v1/travel2service/trips/left", "search-ordinary-trains"),
    ]
    .into();
    let mut compared = 0;
    let mut named: BTreeMap<String, String> = steps.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    for window in windows(&folder) {
        // The registry's steps go by their own names: the one with the same counts in a file whose counts are unique is learnt once.
        let step = named.entry(window.step.clone()).or_insert_with(|| step_of(&report, &window.step)).clone();
        let point =
            points.get(&(window.file.clone(), step.clone())).unwrap_or_else(|| panic!("{step} in {}", window.file));
        assert_eq!(point["valid"].as_u64(), Some(window.traces), "{step} in {}", window.file);
        compared += 1;
        let Some(p50) = point["latency_ms"]["p50"].as_f64() else { continue };
        if point["good"] == point["valid"] {
            let error = point["latency_ms"]["relative_error"].as_f64().unwrap();
            // The expected value is rounded to a tenth of a millisecond.
            assert!(
                (p50 - window.p50_ms).abs() <= window.p50_ms * error + 0.05,
                "{step} {} {p50} {}",
                window.file,
                window.p50_ms
            );
        }
    }
    assert_eq!(compared, 478 - 10);
}

/// The step whose trace rule names a route.
fn step_of(_report: &Value, route: &str) -> String {
    let registry =
        milepost_registry::read(Path::new(&crate::run::example("train-ticket"))).registry.expect("it is valid");
    let rule = registry.trace_rules.iter().find(|r| r.when.iter().any(|o| o.to_string().ends_with(route)));
    registry.steps[rule.expect("a rule names the route").step.step.index()].name.to_string()
}

#[test]
fn online_boutique_outcomes_by_shape_and_file_are_the_expected_ones() {
    let Some(folder) = milepost_testkit::data_dir("traces_nezha_onlineboutique_2022-08-23") else { return };
    let report = report("online-boutique", &["--per-file"], &files(&folder.join("otlp"), ".zst"));
    let points = points(&report);
    let by_file: BTreeMap<String, &Value> = (report["input"]["by_file"].as_array().unwrap().iter())
        .map(|f| (minute_of(f["file"].as_str().unwrap()), f))
        .collect();
    let mut expected: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
    let mut ambiguous: BTreeMap<(String, usize), u64> = BTreeMap::new();
    for window in windows(&folder) {
        let step = match window.step.as_str() {
            "product" => "view-product",
            "home" => "open-home-page",
            "view_cart" => "view-cart",
            "add_to_cart" => "add-to-cart",
            "place_order" => "place-order",
            "product_or_add_to_cart" => {
                *ambiguous.entry((window.file, 2)).or_default() += window.traces;
                continue;
            }
            no_children => {
                assert!(no_children.starts_with("no_children"), "{no_children}");
                *ambiguous.entry((window.file, 6)).or_default() += window.traces;
                continue;
            }
        };
        let counts = expected.entry((window.file, step.to_owned())).or_default();
        match window.outcome.as_str() {
            "complete" => counts.0 += window.traces,
            _ => counts.1 += window.traces,
        }
    }
    let counted: BTreeMap<(String, String), (u64, u64)> = (points.iter())
        .map(|(key, p)| (key.clone(), (p["good"].as_u64().unwrap(), p["failed"].as_u64().unwrap())))
        .collect();
    assert_eq!(counted, expected);
    let counted: BTreeMap<(String, usize), u64> = (by_file.iter())
        .flat_map(|(file, f)| f["ambiguous_between"].as_array().unwrap().iter().map(move |a| (file, a)))
        .map(|(file, a)| ((file.clone(), a["steps"].as_array().unwrap().len()), a["traces"].as_u64().unwrap()))
        .collect();
    assert_eq!(counted, ambiguous);
    assert_eq!(report["input"]["incomplete"], 0);
    assert_eq!(report["input"]["duplicates"].as_u64(), Some(58), "traces that stand whole in two files");
}

#[test]
fn two_minutes_of_a_fault_say_that_placing_orders_fails_wholly_and_the_rest_is_fine() {
    let Some(folder) = milepost_testkit::data_dir("traces_nezha_onlineboutique_2022-08-23") else { return };
    let of = |minute: &str| folder.join(format!("otlp/{minute}.otlp.jsonl.zst"));
    let report = report("online-boutique", &[], &[of("12_28"), of("12_29")]);
    let steps = report["steps"].as_array().unwrap();
    let place_order = steps.iter().find(|s| s["step"] == "place-order").unwrap();
    assert_eq!((place_order["valid"].as_u64(), place_order["good"].as_u64()), (Some(35), Some(0)));
    let explanation = &place_order["explained_by"][0];
    assert_eq!(explanation["by"], "error_type");
    assert!(explanation["value"].as_str().unwrap().contains("RecommendationService/ListRecommendations"));
    assert_eq!((explanation["coverage"].as_f64(), explanation["precision"].as_f64()), (Some(1.0), Some(1.0)));
    let sum = |key: &str| -> u64 {
        steps.iter().filter(|s| s["step"] != "place-order").map(|s| s[key].as_u64().unwrap()).sum()
    };
    assert!(sum("good") * 100 > sum("valid") * 95, "{} of {}", sum("good"), sum("valid"));
}
