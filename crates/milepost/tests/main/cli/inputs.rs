//! Files that are there, that are not, and that are not what they seem.

use super::{LOG, SHOP};
use crate::run::{Folder, example, json, milepost_in, milepost_reading, told};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::Output;

/// The report of files in a folder, under the registry of the website.
fn report_in(folder: &Folder, files: &[&str]) -> Output {
    let registry = example("website");
    milepost_in(folder, ["report", "--registry", &registry, "--format=json"].iter().chain(files))
}

/// What a run has told on standard error, which is all where nothing could be read.
fn error_of(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

/// A log of so many lines, which does not compress well, so that cutting its end off is felt.
fn many_lines(lines: u64) -> String {
    (0..lines)
        .map(|n| {
            let (minute, second) = (n / 60 % 60, n % 60);
            let (post, bytes) = (n * 7919 % 9973, n * 31_337 % 99_991);
            format!(
                "192.0.2.{} - - [31/Jan/2026:14:{minute:02}:{second:02} +0000] \"GET /blog/2026/{post}.html HTTP/1.1\" 200 {bytes} \"-\" \"-\"\n",
                n % 250
            )
        })
        .collect()
}

#[test]
fn what_cannot_be_read_at_all_is_named_with_the_reason() {
    let folder = Folder::new("unreadable_inputs");
    folder.write("logs/access.log", LOG.as_bytes());
    folder.write("program", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0");
    folder.write("access.log.xz", b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46");
    folder.write("facts.parquet", b"PAR1\x15\x04\x15\x20");
    folder.write("cut.zst", &zstd::encode_all(many_lines(1000).as_bytes(), 3).unwrap()[..4000]);
    let all: String = ["missing.log", "logs", "program", "access.log.xz", "facts.parquet", "cut.zst"]
        .map(|file| error_of(&report_in(&folder, &[file])))
        .concat();
    insta::assert_snapshot!(all);
}

#[test]
fn a_file_that_cannot_be_read_does_not_stop_the_others() {
    let folder = Folder::new("one_missing");
    folder.write("access.log", LOG.as_bytes());
    let output = report_in(&folder, &["missing.log", "access.log"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: cannot open `missing.log`"));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["input"]["events"], 5);
    let failed = &report["input"]["failed_files"];
    assert_eq!(failed[0]["file"], "missing.log");
    assert!(failed[0]["error"].as_str().unwrap().starts_with("cannot open `missing.log`"), "{failed}");
}

#[test]
fn a_file_that_is_named_twice_is_read_once() {
    let folder = Folder::new("named_twice");
    folder.write("access.log", LOG.as_bytes());
    let output = report_in(&folder, &["access.log", "./access.log"]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "warning: `./access.log` is named twice; it is read once\n");
    assert_eq!(json(&output)["input"]["events"], 5);
}

#[test]
fn json_lines_of_something_else_among_otlp_are_rejected_by_reason() {
    let folder = Folder::new("other_json");
    let request = r#"{"resourceSpans":[]}"#;
    folder.write("spans.jsonl", format!("{request}\n{{\"level\":\"info\"}}\n{request}\n").as_bytes());
    let output = report_in(&folder, &["spans.jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["input"]["rejected"], json!({"not-otlp": 1}));
}

#[test]
fn an_empty_file_has_no_events_and_no_errors() {
    let folder = Folder::new("empty_file");
    folder.write("access.log", b"");
    let registry = example("mail");
    // Without an `accessLog:` in the registry, too: nothing has to be told of an empty file.
    insta::assert_snapshot!(told(&milepost_in(&folder, ["report", "--registry", &registry, "access.log"])));
}

#[test]
fn standard_input_and_compressed_files_of_any_name_give_the_same_counts() {
    let folder = Folder::new("compressed");
    folder.write("access.log", LOG.as_bytes());
    folder.write("gzip.zst", &gzip(LOG.as_bytes()));
    folder.write("zstd.gz", &zstd::encode_all(LOG.as_bytes(), 3).unwrap());
    folder.write("windows.log", format!("\u{feff}{}", LOG.replace('\n', "\r\n")).as_bytes());
    let (first, second) = LOG.split_at(200);
    folder.write("two-members.gz", &[gzip(first.as_bytes()), gzip(second.as_bytes())].concat());
    folder.write("two-frames.zst", &[first, second].map(|t| zstd::encode_all(t.as_bytes(), 3).unwrap()).concat());
    let steps = |output: &Output| {
        let report = json(output);
        assert_eq!(report["input"]["rejected"], json!({ "not-an-access-log-line": 1 }));
        report["steps"].clone()
    };
    let expected = steps(&report_in(&folder, &["access.log"]));
    for file in ["gzip.zst", "zstd.gz", "two-members.gz", "two-frames.zst", "windows.log"] {
        assert_eq!(steps(&report_in(&folder, &[file])), expected, "{file}");
    }
    let registry = example("website");
    for input in [LOG.as_bytes(), &gzip(LOG.as_bytes())] {
        let output = milepost_reading(["report", "--registry", &registry, "--format=json", "-"], input);
        assert_eq!(steps(&output), expected);
        assert_eq!(json(&output)["input"]["rejected_examples"][0]["file"], "standard input");
    }
}

#[test]
fn a_cut_or_damaged_file_counts_what_was_read_and_names_the_place() {
    let folder = Folder::new("cut_files");
    let packed = gzip(many_lines(2000).as_bytes());
    folder.write("cut.log.gz", &packed[..packed.len() / 2]);
    let mut damaged = packed;
    let end = damaged.len();
    // The checksum at the end is another.
    damaged[end - 6] ^= 0xff;
    folder.write("damaged.log.gz", &damaged);
    // Zstd is read in blocks of 128 KiB: what is cut out of one loses the whole.
    let packed = zstd::encode_all(many_lines(2000).as_bytes(), 3).unwrap();
    folder.write("cut.log.zst", &packed[..packed.len() - 1000]);
    for (file, least) in [("cut.log.gz", 500), ("damaged.log.gz", 1900), ("cut.log.zst", 1000)] {
        let output = report_in(&folder, &[file]);
        assert_eq!(output.status.code(), Some(1));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let events = report["input"]["events"].as_u64().unwrap();
        assert!(events >= least && events <= 2000, "{events}");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.starts_with(&format!("error: `{file}` ")), "{error}");
        assert!(error.contains(&format!(" after line {events}, at byte ")), "{error}");
    }
}

#[test]
fn a_log_that_no_service_writes_is_answered_with_the_line_to_add() {
    let folder = Folder::new("no_access_log");
    folder.write("access.log", LOG.as_bytes());
    folder.write("access.json", br#"{"time":"2026-01-31T14:00:05Z","method":"GET","path":"/inbox","status":200}"#);
    let registry = example("mail");
    let error =
        |options: &[&str]| error_of(&milepost_in(&folder, ["report", "--registry", &registry].iter().chain(options)));
    insta::assert_snapshot!(
        [error(&["access.log"]), error(&["access.json"]), error(&["--service=webmail", "access.log"])].concat()
    );
}

#[test]
fn of_several_services_with_logs_one_has_to_be_named() {
    let folder = Folder::new("several_services");
    let second = SHOP[SHOP.find("apiVersion: milepost/v1\nkind: Service").unwrap()..].replace("web", "api");
    folder.write("registry/shop.yaml", format!("{SHOP}---\n{second}").as_bytes());
    let line = "192.0.2.1 - - [31/Jan/2026:14:00:05 +0000] \"POST /orders HTTP/1.1\" 200 512 \"-\" \"-\"\n";
    folder.write("access.log", line.as_bytes());
    let report = |options: &[&str]| {
        milepost_in(&folder, ["report", "--registry=registry", "--format=json", "access.log"].iter().chain(options))
    };
    insta::assert_snapshot!([error_of(&report(&[])), error_of(&report(&["--service=shop"]))].concat());
    let annotated = |service: &str| json(&report(&["--service", service]))["input"]["annotated"].clone();
    assert_eq!((annotated("web"), annotated("api")), (json!(1), json!(0)));
}

#[test]
fn a_text_that_is_no_log_is_rejected_line_by_line_with_examples() {
    let folder = Folder::new("no_log");
    let text: String = (1..=100).map(|n| format!("order {n};{n}.00;EUR\u{7}{}\n", "é".repeat(200))).collect();
    folder.write("orders.csv", text.as_bytes());
    insta::assert_snapshot!(told(&milepost_in(&folder, ["report", "--registry", &example("website"), "orders.csv"])));
}
