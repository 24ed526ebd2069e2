//! Traces of two test beds under faults, compared with counts made independently of the project (`expected/windows.tsv`).

use crate::run::{files, report};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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

/// The spans of a test bed, minute by minute: under faults, and before.
fn spans(folder: &Path) -> Vec<PathBuf> {
    ["otlp_fault_free", "otlp"].into_iter().flat_map(|part| files(&folder.join(part), ".zst")).collect()
}

/// `12_28` of `.../12_28.otlp.jsonl.zst`.
fn minute_of(file: &str) -> String {
    let name = Path::new(file).file_name().expect("a file").to_string_lossy().into_owned();
    name.split('.').next().expect("a name").to_owned()
}

/// Points of the series by file and step.
fn points(report: &Value) -> BTreeMap<(String, String), &Value> {
    let series = report["series"].as_array().expect("a series");
    let text = |p: &Value, key: &str| p[key].as_str().expect("a text").to_owned();
    let key = |p: &Value| (minute_of(&text(p, "file")), text(p, "step"));
    series.iter().map(|p| (key(p), p)).collect()
}

/// The step of each route below the gateway.
const TRAIN_TICKET: [(&str, &str); 10] = [
    ("/api/v1/users/login", "log-in"),
    ("/api/v1/travelservice/trips/left", "search-express-trains"),
    ("/api/v1/travel2service/trips/left", "search-ordinary-trains"),
    ("/api/v1/foodservice/foods/{date}/{startStation}/{endStation}/{tripId}", "choose-food"),
    ("/api/v1/preserveservice/preserve", "book-express-seat"),
    ("/api/v1/preserveotherservice/preserveOther", "book-ordinary-seat"),
    ("/api/v1/inside_pay_service/inside_payment", "pay"),
    ("/api/v1/cancelservice/cancel/{orderId}/{loginId}", "cancel-booking"),
    ("/api/v1/executeservice/execute/collected/{orderId}", "collect-ticket"),
    ("/api/v1/executeservice/execute/execute/{orderId}", "enter-station"),
];

#[test]
fn train_ticket_counts_and_medians_by_route_and_file_are_the_expected_ones() {
    let Some(folder) = milepost_testkit::data_dir("traces_nezha_trainticket_2023-01-30") else { return };
    let steps = BTreeMap::from(TRAIN_TICKET);
    let report = report("train-ticket", &["--per-file"], &spans(&folder));
    let points = points(&report);
    let windows = windows(&folder);
    assert_eq!((windows.len(), points.len()), (478, 478));
    for Window { file, step, traces, p50_ms, .. } in windows {
        let step = steps[step.as_str()];
        let point = points[&(file.clone(), step.to_owned())];
        assert_eq!(point["valid"].as_u64(), Some(traces), "{step} in {file}");
        let latency = |key: &str| point["latency_ms"][key].as_f64().expect("every attempt has a duration");
        // The expected median is rounded to a tenth of a millisecond.
        let error = p50_ms * latency("relative_error") + 0.05;
        assert!((latency("p50") - p50_ms).abs() <= error, "{step} in {file}: {} for {p50_ms}", latency("p50"));
    }
}

#[test]
fn online_boutique_outcomes_by_shape_and_file_are_the_expected_ones() {
    let Some(folder) = milepost_testkit::data_dir("traces_nezha_onlineboutique_2022-08-23") else { return };
    let report = report("online-boutique", &["--per-file"], &spans(&folder));
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
    assert_eq!(report["input"]["duplicates"].as_u64(), Some(62), "traces that stand whole in two files");
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
