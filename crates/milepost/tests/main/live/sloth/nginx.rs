//! The counters of a real nginx, as its status page gave them every five seconds for 42 minutes: read off the minute, by zone and class of status.

use super::document::{Promise, document};
use super::{alerting, counted, end, imported, judged, of, serve, terms};
use crate::live::stored::serving;
use crate::run::Folder;
use serde_json::Value;
use std::fmt::Write as _;

const ZONES: [&str; 3] = ["hg", "trac", "lxr"];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// A read of the page: milliseconds, and by zone the responses of each class so far.
type Read = (i64, [[u64; CLASSES.len()]; ZONES.len()]);

fn reads(text: &str) -> Vec<Read> {
    let read = |line: &str| {
        let page: Value = serde_json::from_str(line).expect("JSON");
        let of = |zone: &str| {
            let responses = &page["server_zones"][format!("{zone}.nginx.org")]["responses"];
            CLASSES.map(|class| responses[class].as_u64().expect("a count"))
        };
        (page["timestamp"].as_i64().expect("a time"), ZONES.map(of))
    };
    text.lines().map(read).collect()
}

/// The reads as promtool takes them, each so many milliseconds later.
fn openmetrics(reads: &[Read], later: i64) -> String {
    let mut text = "# TYPE nginx_responses counter\n".to_owned();
    for (zone, name) in ZONES.iter().enumerate() {
        for (class, status) in CLASSES.iter().enumerate() {
            for (at, values) in reads {
                let (seconds, millis, value) = ((at + later) / 1000, (at + later) % 1000, values[zone][class]);
                writeln!(
                    text,
                    "nginx_responses_total{{zone=\"{name}\",status=\"{status}\"}} {value} {seconds}.{millis:03}"
                )
                .expect("a string");
            }
        }
    }
    text + "# EOF\n"
}

#[test]
fn what_a_real_nginx_counted_is_counted_and_judged_as_by_the_rules_of_sloth() {
    let Some(data) = milepost_testkit::data_dir("metrics_nginx_plus_status") else { return };
    let reads = reads(&milepost_testkit::read_zstd(&data.join("nginxplus_json_logs.ndjson.zst")));
    assert_eq!(reads.len(), 500);
    let (first, last) = (reads[0].0, reads[reads.len() - 1].0);
    let later = end() * 1000 - last;
    let folder = Folder::new("sloth_nginx");
    let Some((_prometheus, address)) = serving(&folder, &openmetrics(&reads, later)) else { return };
    let rate = |by: &str, of: &str| format!("sum{by}(rate(nginx_responses_total{{{of}}}[{{{{.window}}}}]))");
    let promise = |zone: &&str| Promise {
        name: (*zone).to_owned(),
        objective: "99.9",
        errors: rate("", &format!("zone=\"{zone}\",status=\"5xx\"")),
        total: rate("", &format!("zone=\"{zone}\"")),
    };
    let promises: Vec<Promise> = ZONES.iter().map(promise).collect();
    let server = serve(&folder, &document("nginx", &promises), address);

    // Seconds, and the reads that are the last before the first and the last whole minute.
    let (begin, end) = ((first + later) / 1000, (last + later) / 1000);
    let before = |minute: i64| reads.iter().rev().find(|(at, _)| at + later <= minute * 60_000).expect("a read").1;
    let (opening, closing) = (before(begin / 60 + 1), before(end / 60));
    let queries = [rate(" by (zone)", "status=\"5xx\""), rate(" by (zone)", "")];
    let rules = alerting(address, (&queries[0], &queries[1]), "0.001", (begin, end), "zone");
    for (zone, name) in ZONES.iter().enumerate() {
        let slo = format!("nginx-{name}");
        imported(&server, &slo);
        let minutes = counted(&server, &slo, (begin - 3_600, end));
        let sums = minutes.iter().fold([0, 0], |[valid, bad], (_, of)| [valid + of.valid, bad + of.bad()]);
        let grown = CLASSES.iter().enumerate().map(|(class, _)| closing[zone][class] - opening[zone][class]);
        let grown: Vec<u64> = grown.collect();
        assert_eq!(sums, [grown.iter().sum(), grown[4]], "{name}: {grown:?}");

        let ours = judged(&minutes, &[terms(&server, &slo), of("99.9%", "28d")]);
        let urgencies = |all: &[&str]| {
            let mut all = all.to_vec();
            all.sort_unstable();
            all.dedup();
            all.join(", ")
        };
        let ruled: Vec<&str> = rules.iter().filter(|(zone, _)| zone == name).map(|(_, told)| told.urgency).collect();
        let of = |place: usize| urgencies(&ours[place].iter().map(|told| told.urgency).collect::<Vec<_>>());
        println!(
            "{name}: {} of {} failed; Sloth's rules: {}; the same document: {}; its own tiers: {}",
            sums[1],
            sums[0],
            urgencies(&ruled),
            of(0),
            of(1)
        );
        // Nothing is told of where nothing failed, by neither.
        assert_eq!(ours.iter().all(Vec::is_empty), sums[1] == 0, "{ours:?}");
        assert_eq!(ruled.is_empty(), sums[1] == 0, "{ruled:?}");
    }
}
