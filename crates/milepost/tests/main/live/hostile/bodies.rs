//! Bodies that are larger, deeper or shorter than they look, and such as mean nothing.

use super::Attacked;
use super::wire::{self, JSON, PROTOBUF, attribute, framed, gzip, json_span, span, traces, zstd};
use std::io::Write as _;

const MIB: usize = 1 << 20;
const GZIP: (&str, &str) = ("Content-Encoding", "gzip");
const ZSTD: (&str, &str) = ("Content-Encoding", "zstd");

/// Zeros that are many and compress well; and a stream that says it needs 128 MiB to be read.
fn bombs() -> [(&'static str, Vec<u8>); 3] {
    let mut wide = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
    wide.window_log(27).expect("a window");
    wide.include_contentsize(false).expect("an encoder");
    wide.write_all(&vec![0; MIB]).expect("memory takes it");
    let zeros = vec![0; 256 * MIB];
    [("gzip", gzip(&zeros)), ("zstd", zstd(&zeros)), ("zstd", wide.finish().expect("memory takes it"))]
}

#[test]
fn bombs_lengths_without_bodies_and_nesting_cost_nothing() {
    let mut attacked = Attacked::start("hostile_bombs");
    for (name, bomb) in bombs() {
        let encoding = ("Content-Encoding", name);
        for (path, kind) in [
            ("/v1/traces", PROTOBUF),
            ("/v1/traces", JSON),
            ("/v1/logs", PROTOBUF),
            ("/v1/metrics", PROTOBUF),
            ("/v1/access-logs?service=webmail", ("Content-Type", "text/plain")),
        ] {
            let status = attacked.post(path, &[kind, encoding], &bomb, 0);
            assert!(matches!(status, 400 | 413), "{name} to {path}: {status}");
        }
        let code = attacked.call(Some(name), &bomb, 0);
        assert!(matches!(code, 3 | 8), "{name} by gRPC: {code}");
    }
    for length in [u32::MAX, 1 << 31, 64 << 20] {
        let announced = [&[0][..], &length.to_be_bytes()].concat();
        assert_eq!(attacked.call_raw(&[], announced, 0), 8, "{length} bytes of gRPC");
    }
    for length in ["99999999999", "18446744073709551615"] {
        let head = format!(
            "POST /v1/traces HTTP/1.1\r\nhost: m\r\ncontent-type: {}\r\ncontent-length: {length}\r\n\r\n",
            PROTOBUF.1
        );
        let (_, answer) = wire::write_without_end(attacked.http(), &head, b"", 0);
        // What fits into no 64 bits is refused by whoever parses heads.
        assert!(answer.starts_with("HTTP/1.1 413") || answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        for (body, events) in [
            (nested.clone(), 0),
            (format!("{{\"resourceSpans\":{nested}}}"), 0),
            (json_span(&format!(",\"x\":{nested}")), 1),
        ] {
            let status = attacked.post("/v1/traces", &[JSON], body.as_bytes(), events);
            assert!(matches!(status, 200 | 400), "{status}");
        }
    }
    attacked.holds();
}

#[test]
fn a_million_attributes_count_as_one_event() {
    // Little more than it takes to decompress them.
    let mut attacked = Attacked::within("hostile_attributes", 224);
    for _ in 0..3 {
        let mut large = span();
        large.attributes.extend(vec![attribute("a", ""); 1_000_000]);
        let request = traces(vec![large]);
        assert_eq!(attacked.post_proto(Some(GZIP), &gzip(&request), 1), 200);
        // The same request by another way. zstd makes so little of it that it is taken for a bomb.
        assert_eq!(attacked.call(Some("gzip"), &gzip(&request), 1), 0);
        assert_eq!(attacked.call(Some("zstd"), &zstd(&request), 1), 8);
    }
    let ingest = attacked.holds();
    assert_eq!((&ingest["counted"], &ingest["duplicates"]), (&4.into(), &3.into()), "{ingest}");
}

#[test]
fn a_request_that_is_cut_at_any_byte_is_counted_wholly_or_not() {
    let mut attacked = Attacked::start("hostile_cut");
    let request = traces(vec![span()]);
    let frame = framed(false, &request);
    for end in 0..frame.len() {
        assert_eq!(attacked.call_raw(&[], frame[..end].to_vec(), 0), 3, "gRPC, {end}");
    }
    for end in 1..request.len() {
        // Whatever is cut off holds the one span.
        let status = attacked.post_proto(None, &request[..end], 1);
        assert!(matches!(status, 200 | 400), "{end}: {status}");
    }
    assert_eq!(attacked.taken, 0);
    for (encoding, packed) in [(GZIP, gzip(&request)), (ZSTD, zstd(&request))] {
        for end in 1..packed.len() {
            assert_eq!(attacked.post_proto(Some(encoding), &packed[..end], 0), 400, "{encoding:?}, {end}");
        }
    }
    let json = json_span("");
    for end in 0..json.len() {
        assert_eq!(attacked.post("/v1/traces", &[JSON], &json.as_bytes()[..end], 0), 400, "JSON, {end}");
    }
    attacked.holds();
}

#[test]
fn bodies_that_mean_nothing_are_told_so() {
    let mut attacked = Attacked::start("hostile_words");
    let request = traces(vec![span()]);
    let at = request.windows(6).position(|window| window == b"/inbox").expect("the route");
    let mut broken = request.clone();
    broken[at] = 0xff;
    assert_eq!(attacked.post_proto(None, &broken, 1), 200);
    assert_eq!(attacked.call(None, &broken, 1), 0);
    let mut broken = json_span("").into_bytes();
    let at = broken.windows(6).position(|window| window == b"/inbox").expect("the name");
    broken[at] = 0xff;
    assert!(matches!(attacked.post("/v1/traces", &[JSON], &broken, 1), 200 | 400));
    for number in ["1e999", "-1", "1.5", "\"-1\"", "\"1e3\"", "NaN", "01", "0x10", "18446744073709551616", "[]", "\"\""]
    {
        let body = json_span("");
        let (before, rest) = body.split_once("\"startTimeUnixNano\":\"").expect("a start");
        let (_, after) = rest.split_once('"').expect("its end");
        let body = format!("{before}\"startTimeUnixNano\":{number}{after}");
        let status = attacked.post("/v1/traces", &[JSON], body.as_bytes(), 1);
        assert!(matches!(status, 200 | 400), "{number}: {status}");
    }
    assert!(attacked.rejected > 0);
    for kind in ["text/plain", "application/grpc", "application/x-www-form-urlencoded", ""] {
        let status = attacked.post("/v1/traces", &[("Content-Type", kind)], &request, 1);
        assert_eq!(status, 415, "{kind}");
    }
    assert_eq!(attacked.post("/v1/traces", &[PROTOBUF, ("Content-Encoding", "br")], &request, 1), 415);
    assert_eq!(attacked.call_raw(&[("content-type", "application/json")], framed(false, &request), 1), 12);
    assert_eq!(attacked.call(Some("snappy"), &request, 1), 12);
    attacked.holds();
}
