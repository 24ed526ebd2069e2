//! A team's document of Sloth, brought in and judged on a real Prometheus, beside the alerts that Sloth's own rules give on the same Prometheus.
//!
//! On a recorded shop with 26 labelled faults, and on the counters of a real nginx. What the server counted is asked of it, minute by minute, and gone
//! through with the code by which it judges; windows end two minutes behind, as far as the server is behind Prometheus. The rules are evaluated each minute.
//! Recorded time is moved to end now.

mod document;
mod nginx;
mod shop;
mod table;

use super::process::{Process, until};
use super::stored::{minutes_of, serving};
use crate::run::{Folder, milepost};
use document::{Promise, TIERS, alert, document};
use milepost_model::{DurationNs, Minute, Timestamp};
use milepost_slo::backtest::{Arrival, Column, History, Past, Replay};
use milepost_slo::{
    AlertForm, AlertTier, Alerts, Budgeting, Counts, IndicatorIndex, Period, SliType, Subject, Terms, Urgency, Window,
};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};
use table::{Found, Told};

/// How far the server is behind Prometheus, in minutes: it asks for a minute 90 s after its end.
const BEHIND_MINUTES: u64 = 2;
/// What is judged begins so long after the first point: a window of a day is empty before, and a budget a guess.
const WARM_UP_SECONDS: i64 = 86_400;

/// What the product has to say of itself around SLOs that come from elsewhere.
const REGISTRY: &str = "
{apiVersion: milepost/v1, kind: Product, metadata: {name: shop}, spec: {description: A shop., owner: o}}
---
{apiVersion: milepost/v1, kind: Objective, metadata: {name: buy}, spec: {description: Someone buys., steps: [order]}}
---
{apiVersion: milepost/v1, kind: Step, metadata: {name: order}, spec: {description: d, start: s, success: t, measure: [site POST /orders]}}
---
{apiVersion: milepost/v1, kind: Service, metadata: {name: site}, spec: {owner: o}}
";

/// Brings a document of Sloth into a registry, as its owner would, and starts a server that asks a Prometheus.
fn serve(folder: &Folder, document: &str, prometheus: SocketAddr) -> Process {
    let registry = folder.path().join("registry");
    folder.write("registry/shop.yaml", REGISTRY.as_bytes());
    let sloth = folder.write("sloth.yaml", document.as_bytes());
    let [sloth, registry] = [&sloth, &registry].map(|path| path.to_str().expect("a plain path"));
    let brought = milepost(["import", sloth, "--product", "shop", "--step", "buy/order", "-o", registry]);
    assert!(brought.status.success(), "{}", String::from_utf8_lossy(&brought.stderr));
    Process::start(registry, &folder.path().join("data"), &[&format!("--prometheus=http://{prometheus}")])
}

/// Waits until all that there is of an SLO is imported.
fn imported(server: &Process, slo: &str) {
    until(&format!("`{slo}` is imported"), || {
        let answer: Value = serde_json::from_str(&server.get("/api/v1/ingest")).expect("JSON");
        let all = answer["imported"].as_array().expect("a list");
        all.iter().any(|imported| imported["slo"] == slo && imported["behind_minutes"] == 0)
    });
}

/// What the server counted of an SLO, minute by minute.
fn counted(server: &Process, slo: &str, (from, to): (i64, i64)) -> Vec<(Minute, Counts)> {
    let [from, to] = [from, to].map(|seconds| Timestamp::from_seconds(seconds).to_string());
    let path = format!("/api/v1/products/shop/slos/{slo}/series?resolution=minute&from={from}&to={to}");
    let answer: Value = serde_json::from_str(&server.get(&path)).expect("JSON");
    let items = answer["items"].as_array().unwrap_or_else(|| panic!("{answer}")).iter();
    let minute = |item: &Value| {
        let start = item["start"].as_str().and_then(|text| text.parse::<Timestamp>().ok()).expect("a time");
        let [valid, good] = ["valid", "good"].map(|name| item[name].as_u64().expect("a count"));
        (start.minute(), Counts { valid, good })
    };
    items.map(minute).collect()
}

/// The terms by which the server judges an SLO that was brought in: rates, in the windows of its document.
fn terms(server: &Process, slo: &str) -> Terms {
    let item: Value = serde_json::from_str(&server.get(&format!("/api/v1/products/shop/slos/{slo}"))).expect("JSON");
    assert_eq!(item["alerts_unjudged"], serde_json::json!([]), "{item}");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let tier = |alert: &Value| AlertTier {
        urgency: Urgency::ALL.into_iter().find(|known| alert["urgency"] == known.as_str()).expect("an urgency"),
        share: text(&alert["share"]).parse().expect("a share"),
        long: text(&alert["long"]["window"]).parse().expect("a time"),
        short: text(&alert["short"]["window"]).parse().expect("a time"),
        after: DurationNs::from_nanos(0),
    };
    let tiers: Vec<AlertTier> = item["alerts"].as_array().expect("alerts").iter().map(tier).collect();
    assert_eq!(tiers.len(), 4);
    Terms { alerts: Alerts { form: AlertForm::Rate, tiers }, ..of(&text(&item["target"]), &text(&item["window"])) }
}

/// The terms of an SLO with the tiers that SLOs have where nothing is said.
fn of(target: &str, window: &str) -> Terms {
    Terms {
        target: target.parse().expect("a target"),
        window: Window::Rolling(window.parse().expect("a window")),
        sli: SliType::Availability,
        budgeting: Budgeting::Occurrences,
        alerts: Alerts { form: AlertForm::Share, tiers: AlertTier::DEFAULT.iter().map(|(_, tier)| *tier).collect() },
    }
}

/// When somebody would have been told of burns, by the server's own code.
fn judged(minutes: &[(Minute, Counts)], all: &[Terms]) -> Vec<Vec<Told>> {
    let index = IndicatorIndex(0);
    let arrivals = minutes.iter().map(|(minute, counts)| Arrival {
        indicator: index,
        minute: *minute,
        counts: *counts,
        received: *minute,
    });
    let [(first, _), .., (last, _)] = minutes else { return vec![Vec::new(); all.len()] };
    // Prometheus tells of minutes without events, too.
    let heard = Period::new(*first, Minute::new(last.number() + 1)).iter();
    let history = History::new(arrivals, heard);
    let period = history.period().expect("minutes");
    let column = |terms| Column::new(Subject::new(terms, index, *first).expect("UTC")).settling(BEHIND_MINUTES);
    let columns: Vec<Column> = all.iter().map(column).collect();
    let replayed = Replay { history: &history, period, past: Past::None }.run(&columns);
    let seconds = |minute: Minute| minute.start().nanos() / 1_000_000_000;
    let told = |replayed: &milepost_slo::backtest::Replayed| {
        let episodes = replayed.episodes.iter().filter(|episode| episode.told.is_some());
        let told = episodes.map(|episode| Told {
            urgency: episode.urgency.as_str(),
            // Judged when the minute is over.
            from: seconds(episode.from) + 60,
            told: seconds(episode.told.unwrap_or(episode.from)) + 60,
            to: seconds(episode.to.unwrap_or(period.end)) + 60,
        });
        told.collect()
    };
    replayed.iter().map(told).collect()
}

/// The same by the rules that Sloth makes of queries with a label, evaluated each minute: by the value of the label.
fn alerting(
    prometheus: SocketAddr,
    queries: (&str, &str),
    budget: &str,
    time: (i64, i64),
    label: &str,
) -> Vec<(String, Told)> {
    let mut told = Vec::new();
    for (urgency, tiers) in &TIERS {
        for (value, minutes) in minutes_of(prometheus, &alert(queries, budget, tiers), time, label) {
            for stretch in minutes.chunk_by(|before, after| after - before == 60) {
                let (from, to) = (stretch[0], stretch[stretch.len() - 1] + 60);
                told.push((value.clone(), Told { urgency, from, told: from, to }));
            }
        }
    }
    told
}

/// The last whole five minutes: what is moved to end there is settled.
fn end() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs().cast_signed();
    now / shop::POINT_SECONDS * shop::POINT_SECONDS - 2 * shop::POINT_SECONDS
}

/// The queries of availability and of latency, for all runs or for one.
fn queries(of: &str) -> [(String, String); 2] {
    let (sum, window) = if of.is_empty() { ("sum by (run)", String::new()) } else { ("sum", format!("run=\"{of}\"")) };
    let rate = |metric: &str, more: &str| format!("{sum}(rate({metric}{{{window}{more}}}[{{{{.window}}}}]))");
    let comma = if of.is_empty() { "" } else { "," };
    let buckets = "shop_request_duration_seconds_bucket";
    let [all, fast] = ["+Inf", "0.6"].map(|le| rate(buckets, &format!("{comma}le=\"{le}\"")));
    let failed = rate("shop_requests_total", &format!("{comma}code=\"500\""));
    [(failed, rate("shop_requests_total", "")), (format!("{all} - {fast}"), all)]
}

/// What both promise: the strictest usual target that the quiet days keep (0.090 % fail, 0.041 % are slow).
const TARGET: (&str, &str, &str) = ("99.9", "99.9%", "0.001");

#[test]
fn a_recorded_shop_is_judged_at_least_as_well_as_by_the_rules_of_sloth() {
    let Some(data) = milepost_testkit::data_dir("metrics_petshop_high_traffic") else { return };
    let runs = shop::runs(&data.join("high_traffic"));
    assert_eq!(runs.len(), 27);
    let end = end();
    let begin = end - runs.iter().map(shop::Run::seconds).max().expect("runs");
    let folder = Folder::new("sloth");
    let Some((_prometheus, address)) = serving(&folder, &shop::openmetrics(&runs, begin)) else { return };
    let kinds = ["availability", "latency"];
    let promise = |(kind, run): (usize, &shop::Run)| {
        let [availability, latency] = queries(&run.name);
        let (errors, total) = [availability, latency].into_iter().nth(kind).expect("one of two");
        Promise { name: format!("{}-{}", kinds[kind], run.name), objective: TARGET.0, errors, total }
    };
    let promises: Vec<Promise> = runs.iter().flat_map(|run| [(0, run), (1, run)]).map(promise).collect();
    let server = serve(&folder, &document("shop", &promises), address);

    let mut found: Vec<[Found; 4]> = runs.iter().map(|run| [(); 4].map(|()| Found::new(run, begin))).collect();
    for (kind, query) in queries("").iter().enumerate() {
        let time = (begin + WARM_UP_SECONDS, end);
        for (run, told) in alerting(address, (&query.0, &query.1), TARGET.2, time, "run") {
            let place = runs.iter().position(|known| known.name == run).expect("a run");
            found[place][0].note(told);
        }
        for (run, found) in runs.iter().zip(&mut found) {
            let slo = format!("shop-{}-{}", kinds[kind], run.name);
            imported(&server, &slo);
            let minutes = counted(&server, &slo, (begin, end));
            let (valid, good) =
                minutes.iter().fold((0, 0), |(valid, good), (_, of)| (valid + of.valid, good + of.good));
            let totals = run.totals();
            assert_eq!((valid, valid - good), (totals[0], totals[1 + kind]), "{slo}");
            let ways = [terms(&server, &slo), of(TARGET.1, "28d"), of(TARGET.1, "7d")];
            for (place, told) in judged(&minutes, &ways).into_iter().enumerate() {
                let after_warm_up = told.into_iter().filter(|told| told.to > begin + WARM_UP_SECONDS);
                after_warm_up.for_each(|told| found[1 + place].note(told));
            }
        }
    }
    let names = ["Sloth's rules", "Milepost, the same document", "Milepost, its own tiers, 28 d", "its own tiers, 7 d"];
    println!("{}", table::table(&names, &runs, &found));
    let [rules, ours, ..] = table::sums(&found);
    assert!(ours.found >= rules.found, "{ours:?} {rules:?}");
    assert!(ours.needless <= rules.needless, "{ours:?} {rules:?}");
}
