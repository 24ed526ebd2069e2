//! Whole logs of real servers, when the data is there.

use super::*;
use std::collections::BTreeMap;

/// Events by flag and rejections by reason.
fn count(text: &[u8], format: &LogFormat) -> BTreeMap<&'static str, usize> {
    let mut parser = LineParser::new(format);
    let mut counts = BTreeMap::new();
    for line in text.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
        match parser.parse(line) {
            Ok(event) => {
                *counts.entry("events").or_default() += 1;
                *counts.entry("trailing").or_default() += usize::from(event.trailing);
                *counts.entry("cut").or_default() += usize::from(event.cut);
                *counts.entry("broken-request").or_default() += usize::from(event.broken_request);
                assert!(event.status.is_some() && event.peer.is_some());
            }
            Err(reason) => *counts.entry(reason.as_str()).or_default() += 1,
        }
    }
    counts
}

/// All files of a data set, decompressed, one after another.
fn read(name: &str) -> Option<Vec<u8>> {
    let folder = milepost_testkit::data_dir(name)?;
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "zst"));
    paths.sort();
    let mut text = Vec::new();
    for path in paths {
        text.extend(zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap());
    }
    Some(text)
}

#[test]
fn an_nginx_log_with_stray_half_lines_gives_its_events_and_no_more() {
    let Some(text) = read("access_erddap_nginx") else { return };
    let expected = BTreeMap::from([
        ("events", 10_479),
        ("trailing", 85),
        ("cut", 0),
        ("broken-request", 0),
        ("not-an-access-log-line", 5_796),
    ]);
    assert_eq!(count(&text, &LogFormat::Combined), expected);
    let combined = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;
    assert_eq!(count(&text, &combined.parse::<LogFormat>().unwrap()), expected);
    assert_eq!(detect(text.split(|b| *b == b'\n')), Some(LogFormat::Combined));
}

#[test]
fn an_apache_log_gives_every_line_as_an_event() {
    let Some(text) = read("access_elastic_apache") else { return };
    let counts = count(&text, &LogFormat::Combined);
    assert_eq!((counts["events"], counts["trailing"], counts["cut"]), (10_000, 0, 1));
    assert_eq!(detect(text.split(|b| *b == b'\n')), Some(LogFormat::Combined));
}
