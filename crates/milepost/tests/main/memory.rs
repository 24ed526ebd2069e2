//! Memory stays bounded however long the input is. Sizes are those that a build without optimisation reads in a few seconds; with
//! optimisation they are those that the bound is promised for.

#![cfg(target_os = "linux")]

use crate::run::{command, example};
use std::io::{self, BufWriter, Read as _, Write};
use std::process::Stdio;

/// The most memory that reading may take, in KiB.
const MOST_KIB: u64 = 512 << 10;

/// Reads what `write` writes from standard input; tells the peak of resident memory in KiB, and the report.
///
/// So many empty files are read before it that the report is longer than a pipe holds: the process still waits to write the rest of it when
/// its memory is looked at.
fn read_from_pipe(
    registry: &str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send,
) -> (u64, serde_json::Value) {
    let registry = example(registry);
    let arguments = ["report", "--registry", &registry, "--format=json"].into_iter();
    let arguments = arguments.chain(std::iter::repeat_n("/dev/null", 800)).chain(["-"]);
    let mut child = command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the binary runs");
    let stdin = child.stdin.take().expect("it is piped");
    let mut stdout = child.stdout.take().expect("it is piped");
    let mut report = vec![0];
    let peak = std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut stdin = BufWriter::with_capacity(1 << 20, stdin);
            write(&mut stdin).and_then(|()| stdin.flush()).expect("everything is read");
        });
        stdout.read_exact(&mut report).expect("there is a report");
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("the process waits");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its memory is told");
        peak.trim().strip_suffix(" kB").expect("in KiB").parse().expect("a number")
    });
    stdout.read_to_end(&mut report).expect("the rest of the report");
    assert!(child.wait().expect("it ends").success());
    assert!(report.len() > 128 << 10, "{} bytes", report.len());
    (peak, serde_json::from_slice(&report).expect("the report is JSON"))
}

#[test]
fn a_long_access_log_from_a_pipe_takes_bounded_memory() {
    // Of about 150 bytes each: 30 MB, or 300 MB.
    const LINES: u64 = if cfg!(debug_assertions) { 200_000 } else { 2_000_000 };
    let (peak, report) = read_from_pipe("website", |out| {
        for n in 0..LINES {
            // Each address, path and agent is another, and times go over a day.
            let (day, hour, minute, second) = (1 + n / 86_400 % 28, n / 3600 % 24, n / 60 % 60, n % 60);
            writeln!(
                out,
                "192.0.{}.{} - - [{day:02}/May/2015:{hour:02}:{minute:02}:{second:02} +0000] \"GET /blog/{}/{n}.html HTTP/1.1\" 200 {n} \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:{n}) Gecko/20100101\"",
                n / 256 % 256,
                n % 256,
                n % 1000,
            )?;
            if n % 10 == 0 {
                writeln!(
                    out,
                    "192.0.2.1 - - [01/May/2015:00:00:00 +0000] \"GET /{n}/nothing/{n} HTTP/1.1\" 404 0 \"-\" \"-\""
                )?;
            }
        }
        Ok(())
    });
    assert_eq!(report["input"]["events"], LINES + LINES / 10);
    assert_eq!(report["input"]["annotated"], LINES);
    assert!(peak < MOST_KIB, "{peak} KiB");
}

#[test]
fn many_traces_of_attempts_take_bounded_memory() {
    const TRACES: u64 = if cfg!(debug_assertions) { 100_000 } else { 3_000_000 };
    let (peak, report) = read_from_pipe("mail", |out| {
        write_spans(out, TRACES, "webmail", |out, n| {
            write!(
                out,
                "\"name\":\"POST /messages\",\"attributes\":[{{\"key\":\"http.request.method\",\"value\":{{\"stringValue\":\"POST\"}}}},{{\"key\":\"http.route\",\"value\":{{\"stringValue\":\"/messages\"}}}},{{\"key\":\"http.response.status_code\",\"value\":{{\"intValue\":{}}}}}]",
                if n % 50 == 0 { 503 } else { 202 }
            )
        })
    });
    let row = report["steps"].as_array().expect("steps").iter().find(|row| row["step"] == "send-mail").expect("a row");
    assert_eq!((&row["valid"], &row["failed"]), (&TRACES.into(), &(TRACES / 50).into()));
    assert!(peak < MOST_KIB, "{peak} KiB");
}

#[test]
fn many_open_traces_that_wait_to_be_judged_take_bounded_memory() {
    // Their parents never come, and time hardly moves: at 256 MB for open traces the oldest are closed.
    const TRACES: u64 = if cfg!(debug_assertions) { 270_000 } else { 3_000_000 };
    let (peak, report) = read_from_pipe("online-boutique", |out| {
        write_spans(out, TRACES, "cartservice", |out, n| {
            write!(out, "\"name\":\"hipstershop.CartService/GetCart\",\"parentSpanId\":\"{:016x}\"", n + 1_000_000_000)
        })
    });
    assert_eq!(report["input"]["events"], TRACES);
    assert_eq!(report["input"]["incomplete"], TRACES);
    assert!(peak < MOST_KIB, "{peak} KiB");
}

/// Writes spans, each of a trace of its own, a hundred a line; `rest` writes name and attributes.
fn write_spans(
    out: &mut dyn Write,
    spans: u64,
    service: &str,
    rest: impl Fn(&mut dyn Write, u64) -> io::Result<()>,
) -> io::Result<()> {
    const START_NANOS: u64 = 1_769_868_000_000_000_000;
    for n in 0..spans {
        let start = START_NANOS + n * 10_000;
        if n % 100 == 0 {
            write!(
                out,
                "{{\"resourceSpans\":[{{\"resource\":{{\"attributes\":[{{\"key\":\"service.name\",\"value\":{{\"stringValue\":\"{service}\"}}}}]}},\"scopeSpans\":[{{\"spans\":["
            )?;
        }
        write!(
            out,
            "{{\"traceId\":\"{:032x}\",\"spanId\":\"{:016x}\",\"kind\":2,\"startTimeUnixNano\":\"{start}\",\"endTimeUnixNano\":\"{}\",",
            n + 1,
            n + 1,
            start + 1_000_000
        )?;
        rest(out, n)?;
        let is_last = n % 100 == 99 || n + 1 == spans;
        out.write_all(if is_last { b"}]}]}]}\n" } else { b"}," })?;
    }
    Ok(())
}
