//! Sample lines of each format, with what is read from them in `snapshots/`.

use super::*;
use std::fmt::Write;

fn named(names: &[&str]) -> Vec<Field> {
    names.iter().map(|name| Field::Named((*name).to_owned())).collect()
}

/// Each line of `log` and what is made of it.
fn read(format: &LogFormat, fields: &[Field], log: &str) -> String {
    let mut parser = LineParser::with_fields(format, fields).unwrap();
    let mut out = String::new();
    for line in log.lines() {
        let event = parser.parse(line.as_bytes());
        writeln!(out, "{line}\n    {}", describe(&event, fields)).unwrap();
    }
    out
}

macro_rules! samples {
    ($name:ident, $file:literal, $format:expr, $fields:expr) => {
        #[test]
        fn $name() {
            let events = read(&$format, &$fields, include_str!(concat!("../samples/", $file)));
            insta::assert_snapshot!(events);
        }
    };
}

samples!(combined_lines_are_read, "combined.log", LogFormat::Combined, named(&["remote_user"]));
samples!(common_lines_are_read, "common.log", LogFormat::Common, named(&["remote_user"]));
samples!(
    envoy_lines_are_read,
    "envoy.log",
    LogFormat::Envoy,
    [
        named(&["response_flags", "response_code_details", "upstream_host", "upstream_cluster", "route_name"]),
        vec![Field::Header("x-request-id".to_owned())],
    ]
    .concat()
);
samples!(
    haproxy_lines_are_read,
    "haproxy.log",
    LogFormat::Haproxy,
    named(&["frontend", "backend", "server", "termination_state", "captured"])
);
samples!(
    json_lines_are_read,
    "json.log",
    LogFormat::Json,
    [named(&["RouterName", "request.tls.proto"]), vec![Field::Header("x-region".to_owned())]].concat()
);
samples!(
    declared_lines_are_read,
    "declared.log",
    MAIN.parse::<LogFormat>().unwrap(),
    [named(&["remote_user"]), vec![Field::Header("x-region".to_owned()), Field::Header("x-forwarded-for".to_owned())]]
        .concat()
);

#[test]
fn each_sample_file_is_detected_as_what_it_is() {
    for (log, format) in [
        (include_str!("../samples/combined.log"), LogFormat::Combined),
        (include_str!("../samples/envoy.log"), LogFormat::Envoy),
        (include_str!("../samples/haproxy.log"), LogFormat::Haproxy),
        (include_str!("../samples/json.log"), LogFormat::Json),
    ] {
        assert_eq!(detect(log.lines().map(str::as_bytes)), Some(format));
    }
    let common = "192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 2326";
    assert_eq!(detect([common.as_bytes()]), Some(LogFormat::Common));
    assert_eq!(detect([&b"hello"[..], b"", b"{}", b"\xff\xfe"]), None);
    assert_eq!(detect([]), None);
}

#[test]
fn empty_and_overlong_lines_are_rejected_in_every_format() {
    for format in formats() {
        let mut parser = LineParser::new(&format);
        for line in ["", " ", "\t "] {
            assert_eq!(parser.parse(line.as_bytes()).unwrap_err(), Rejected::Empty);
        }
        assert_eq!(parser.parse(&vec![b'x'; MAX_LINE_BYTES + 1]).unwrap_err(), Rejected::TooLong);
        assert!(parser.parse(&vec![b'x'; MAX_LINE_BYTES]).is_err());
    }
}

#[test]
fn a_line_that_is_not_utf_8_is_an_event_all_the_same() {
    let line = b"192.0.2.1 - - [10/Oct/2024:13:55:36 +0000] \"GET /caf\xe9 HTTP/1.1\" 200 1 \"-\" \"\xff\"";
    let mut parser = LineParser::new(&LogFormat::Combined);
    let event = parser.parse(line).unwrap();
    assert!(event.lossy);
    assert_eq!((event.path(), event.user_agent), ("/caf\u{fffd}", Some("\u{fffd}")));
    assert!(!parser.parse(&line[..50]).unwrap_err().as_str().is_empty());
    let plain = b"192.0.2.1 - - [10/Oct/2024:13:55:36 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"";
    assert!(!parser.parse(plain).unwrap().lossy);
}

#[test]
fn names_of_reasons_are_unique_and_kebab_case() {
    let names: Vec<&str> = Rejected::ALL.iter().map(|reason| reason.as_str()).collect();
    for name in &names {
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{name}");
        assert_eq!(names.iter().filter(|n| *n == name).count(), 1, "{name}");
    }
}
