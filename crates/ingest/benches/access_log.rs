//! What reading a line of an access log costs, by format. Lines are generated: paths, agents and times vary as those of a
//! busy server do.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use milepost_ingest::access_log::{Field, LineParser};
use milepost_ingest::input::{Input, InputKind, Limits, Progress, Record};
use milepost_model::LogFormat;
use std::hint::black_box;

const LINES: usize = 10_000;

const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "curl/8.5.0",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
];

/// The varying parts of one line.
struct Parts {
    number: usize,
    second: usize,
    target: String,
    status: u16,
    bytes: usize,
    millis: usize,
    agent: &'static str,
}

fn parts() -> Vec<Parts> {
    let statuses = [200, 200, 200, 200, 304, 201, 404, 500];
    (0..LINES)
        .map(|number| Parts {
            number,
            second: number / 40,
            target: format!("/api/v1/mailboxes/{}/messages?page={}&folder=inbox", number % 97, number % 13),
            status: statuses[number % statuses.len()],
            bytes: number * 7919 % 60_000,
            millis: number * 31 % 900,
            agent: AGENTS[number % AGENTS.len()],
        })
        .collect()
}

fn combined(p: &Parts) -> String {
    let (minute, second) = (p.second / 60, p.second % 60);
    format!(
        "192.0.2.{} - - [10/Oct/2024:13:{minute:02}:{second:02} +0200] \"GET {} HTTP/1.1\" {} {} \"https://mail.example/inbox\" \"{}\"",
        p.number % 250,
        p.target,
        p.status,
        p.bytes,
        p.agent
    )
}

fn envoy(p: &Parts) -> String {
    let (minute, second) = (p.second / 60, p.second % 60);
    format!(
        "[2024-10-10T13:{minute:02}:{second:02}.{:03}Z] \"GET {} HTTP/2\" {} - 0 {} {} {} \"192.0.2.{}\" \"{}\" \"cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2\" \"mail.example\" \"10.0.2.1:80\"",
        p.number % 1000,
        p.target,
        p.status,
        p.bytes,
        p.millis,
        p.millis,
        p.number % 250,
        p.agent
    )
}

fn haproxy(p: &Parts) -> String {
    let (minute, second) = (p.second / 60, p.second % 60);
    format!(
        "Oct 10 13:{minute:02}:{second:02} lb haproxy[14389]: 192.0.2.{}:33317 [10/Oct/2024:13:{minute:02}:{second:02}.{:03}] www~ app/app{} 0/0/1/{}/{} {} {} - - ---- 5/5/2/1/0 0/0 \"GET {} HTTP/1.1\"",
        p.number % 250,
        p.number % 1000,
        p.number % 5,
        p.millis,
        p.millis + 1,
        p.status,
        p.bytes,
        p.target
    )
}

fn json(p: &Parts) -> String {
    let (minute, second) = (p.second / 60, p.second % 60);
    format!(
        "{{\"time_iso8601\":\"2024-10-10T13:{minute:02}:{second:02}+02:00\",\"remote_addr\":\"192.0.2.{}\",\"remote_user\":\"\",\"server_protocol\":\"HTTP/1.1\",\"status\":\"{}\",\"body_bytes_sent\":\"{}\",\"request_time\":\"0.{:03}\",\"upstream_response_time\":\"0.{:03}\",\"request_method\":\"GET\",\"request_uri\":\"{}\",\"http_referrer\":\"https://mail.example/inbox\",\"http_user_agent\":\"{}\",\"host\":\"mail.example\"}}",
        p.number % 250,
        p.status,
        p.bytes,
        p.millis,
        p.millis,
        p.target,
        p.agent
    )
}

fn declared(p: &Parts) -> String {
    format!("{} \"-\" 0.{:03} 0.{:03} eu", combined(p), p.millis, p.millis)
}

const DECLARED: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for" $request_time $upstream_response_time $http_x_region"#;

/// A format's name, the format, and how a line of it is printed.
type Case = (&'static str, LogFormat, fn(&Parts) -> String);

fn access_log(criterion: &mut Criterion) {
    let parts = parts();
    let formats: [Case; 5] = [
        ("combined", LogFormat::Combined, combined),
        ("declared", DECLARED.parse::<LogFormat>().expect("a format of the bench"), declared),
        ("envoy", LogFormat::Envoy, envoy),
        ("haproxy", LogFormat::Haproxy, haproxy),
        ("json", LogFormat::Json, json),
    ];
    let fields = [Field::Header("x-region".to_owned())];
    let mut group = criterion.benchmark_group("access_log");
    group.throughput(Throughput::Elements(LINES as u64));
    for (name, format, print) in formats {
        let lines: Vec<String> = parts.iter().map(print).collect();
        let mut parser = LineParser::with_fields(&format, &fields).expect("a format of the bench");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut events = 0;
                for line in &lines {
                    events += usize::from(black_box(parser.parse(black_box(line.as_bytes()))).is_ok());
                }
                assert_eq!(events, LINES);
            });
        });
    }
    group.finish();
}

/// Combined lines from an input on, as a file is read: cut into lines, then parsed.
fn input(criterion: &mut Criterion) {
    let text: String = parts().iter().map(|p| combined(p) + "\n").collect();
    let compressed = zstd::encode_all(text.as_bytes(), 3).expect("memory is writable");
    let mut group = criterion.benchmark_group("input");
    group.throughput(Throughput::Elements(LINES as u64));
    for (name, bytes) in [("plain", text.into_bytes()), ("zstd", compressed)] {
        let bytes: std::sync::Arc<[u8]> = bytes.into();
        let mut parser = LineParser::new(&LogFormat::Combined);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let reader = std::io::Cursor::new(std::sync::Arc::clone(&bytes));
                let input = Input::from_reader("bench", reader, None, &Progress::default()).expect("an input");
                let mut records = input.records(InputKind::AccessLog, Limits::default());
                let mut events = 0;
                while let Some(record) = records.next_record().expect("a whole input") {
                    if let Record::Bytes(line) = record {
                        events += usize::from(black_box(parser.parse(line)).is_ok());
                    }
                }
                assert_eq!(events, LINES);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, access_log, input);
criterion_main!(benches);
