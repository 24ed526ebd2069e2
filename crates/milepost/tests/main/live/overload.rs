//! Three times more than it can take: what is acknowledged is counted, what is not is refused with a hint, and memory stays within its cap.
//!
//! `MILEPOST_OVERLOAD_SECONDS` says for how long (10 unless it does); a minute and more also demand that nine tenths of what it can do are done,
//! within the cap on memory and a tenth.
//! `cargo xtask soak overload` does it for five minutes. The server has one processor and those who send have another, where there are two.

use super::process::{Process, now_nanos, otlp_json};
use crate::run::{Folder, example, json, milepost};
use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// More connections with requests of this size than the memory for requests holds, and than can be taken while they may wait.
const CONNECTIONS: u64 = 640;
const SPANS: u64 = 2_000;
const MEMORY_MIB: u64 = 128;

/// A request, and where the digits are of each trace's and span's id.
struct Template {
    body: Vec<u8>,
    ids: Vec<(usize, usize)>,
}

/// One connection, and a request whose spans get other ids each time.
struct Sender<'t> {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
    body: Vec<u8>,
    ids: &'t [(usize, usize)],
    next: u64,
}

/// What became of requests.
#[derive(Default)]
struct Told {
    acknowledged: AtomicU64,
    refused: AtomicU64,
    /// Refused without a hint when to come again, or answered otherwise.
    wrong: AtomicU64,
    /// What those heard, and how often.
    heard: Mutex<BTreeMap<String, u64>>,
}

impl Template {
    fn new() -> Self {
        let body = otlp_json("webmail", (0..SPANS).map(|_| (u64::MAX, "GET /inbox", 200)));
        let (trace, span) = (format!("{:032x}", u64::MAX), format!("{:016x}", u64::MAX));
        let places = |key: &str, id: &str| -> Vec<usize> {
            let marked = format!("\"{key}\":\"");
            body.match_indices(&format!("{marked}{id}")).map(|(at, _)| at + marked.len()).collect()
        };
        let ids: Vec<_> = places("traceId", &trace).into_iter().zip(places("spanId", &span)).collect();
        assert_eq!(ids.len() as u64, SPANS);
        Self { body: body.into_bytes(), ids }
    }
}

impl<'t> Sender<'t> {
    fn new(address: SocketAddr, number: u64, template: &'t Template) -> Self {
        Self { address, stream: None, body: template.body.clone(), ids: &template.ids, next: 1 + (number << 32) }
    }

    /// Sends spans that were never sent before, once.
    fn send(&mut self, told: &Told) {
        for (trace, span) in self.ids {
            let digits = digits(self.next);
            self.body[trace + 16..trace + 32].copy_from_slice(&digits);
            self.body[*span..span + 16].copy_from_slice(&digits);
            self.next += 1;
        }
        let is_open = self.stream.is_some();
        let answer = match self.exchange() {
            // A connection may end between two requests, at any time: whoever keeps one sends again, as clients of HTTP do. It counts once.
            Err(error) if is_open && error.kind() == io::ErrorKind::UnexpectedEof => self.exchange(),
            answer => answer,
        };
        match answer {
            Ok((200, _)) => told.acknowledged.fetch_add(SPANS, Relaxed),
            Ok((429 | 503, true)) => told.refused.fetch_add(1, Relaxed),
            other => {
                *told.heard.lock().expect("no sender panics").entry(format!("{other:?}")).or_default() += 1;
                told.wrong.fetch_add(1, Relaxed)
            }
        };
    }

    /// The status of the answer, and whether it says when to come again.
    fn exchange(&mut self) -> io::Result<(u16, bool)> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => BufReader::new(TcpStream::connect(self.address)?),
        };
        let head = format!(
            "POST /v1/traces HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.body.len()
        );
        stream.get_mut().write_all(head.as_bytes())?;
        stream.get_mut().write_all(&self.body)?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
        stream.read_exact(&mut vec![0; length.parse().expect("a number")])?;
        self.stream = Some(stream);
        let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
        Ok((status, head.contains("\r\nretry-after: ")))
    }
}

/// A number in hexadecimal; formatting would take longer than all else that a sender does.
fn digits(number: u64) -> [u8; 16] {
    std::array::from_fn(|at| b"0123456789abcdef"[(number >> (60 - 4 * at)) as usize & 15])
}

/// Keeps a process, all its threads, to one processor; whether that was allowed.
fn pin(process: u32, processor: u8) -> bool {
    let (process, processor) = (process.to_string(), processor.to_string());
    Command::new("taskset").args(["-acp", &processor, &process]).output().is_ok_and(|output| output.status.success())
}

/// The most memory that the process ever had, in MiB.
pub(super) fn peak_mib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its memory is told");
    peak.trim().strip_suffix(" kB").and_then(|kib| kib.parse::<u64>().ok()).expect("in KiB") / 1024
}

/// Seconds of processors that the process took.
fn processor_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("the process runs");
    let (_, after_name) = stat.rsplit_once(')').expect("its name is in brackets");
    let ticks: f64 = after_name.split(' ').skip(12).take(2).map(|field| field.parse::<f64>().expect("ticks")).sum();
    // Of a hundred a second, on every Linux that Rust's standard library knows.
    ticks / 100.0
}

/// Spans a second that a few senders bring to their acknowledgement, each sending as soon as it is answered.
fn capacity(server: SocketAddr, template: &Template, first: u64, time: Duration, told: &Told) -> f64 {
    let began = Instant::now();
    thread::scope(|scope| {
        for number in first..first + 4 {
            scope.spawn(move || {
                let mut sender = Sender::new(server, number, template);
                while began.elapsed() < time {
                    sender.send(told);
                }
            });
        }
    });
    told.acknowledged.load(Relaxed) as f64 / began.elapsed().as_secs_f64()
}

/// Sends at a rate whatever is answered: each connection as often as its share of it asks, or as soon as it is answered when that is later.
fn offer(server: SocketAddr, template: &Template, spans_a_second: f64, time: Duration, told: &Told) {
    let began = Instant::now();
    let every = Duration::from_secs_f64(SPANS as f64 * CONNECTIONS as f64 / spans_a_second);
    thread::scope(|scope| {
        for number in 0..CONNECTIONS {
            scope.spawn(move || {
                let mut sender = Sender::new(server, 100 + number, template);
                let mut due = every.mul_f64(number as f64 / CONNECTIONS as f64);
                while due < time {
                    if let Some(early) = due.checked_sub(began.elapsed()) {
                        thread::park_timeout(early);
                    }
                    sender.send(told);
                    due = (due + every).max(began.elapsed());
                }
            });
        }
    });
}

#[test]
fn three_times_more_than_it_can_take_is_refused_with_a_hint_and_the_rest_is_counted() {
    let seconds = std::env::var("MILEPOST_OVERLOAD_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let time = Duration::from_secs(seconds);
    let folder = Folder::new("overload");
    let data = folder.path().join("data");
    let process = Process::start(&example("mail"), &data, &["--memory", &format!("{MEMORY_MIB}MiB")]);
    let is_apart = pin(process.id(), 0) && pin(std::process::id(), 1);

    let (template, warmed, alone) = (Template::new(), Told::default(), Told::default());
    // A server that just began has no facts yet to write into segments, and can do more than it can go on doing.
    capacity(process.http, &template, 0, time.div_f64(2.0), &warmed);
    let idle = processor_seconds(process.id());
    let capacity = capacity(process.http, &template, 10, time.div_f64(2.0), &alone);
    let of = |number: &AtomicU64| number.load(Relaxed);
    let told = Told::default();
    let (began, before) = (now_nanos(), processor_seconds(process.id()));
    offer(process.http, &template, 3.0 * capacity, time, &told);
    let lasted = (now_nanos() - began) as f64 / 1e9;

    let (acknowledged, refused) = (of(&told.acknowledged), of(&told.refused));
    let goodput = acknowledged as f64 / lasted / capacity;
    // What it did with its processor says the same where others take some of it meanwhile.
    let by_processor = acknowledged as f64 / (processor_seconds(process.id()) - before);
    let by_processor = by_processor / (of(&alone.acknowledged) as f64 / (before - idle));
    let peak = peak_mib(process.id());
    println!(
        "alone {capacity:.0} spans/s; offered three times that for {lasted:.0} s: {acknowledged} spans acknowledged (goodput {goodput:.2}, by processor time {by_processor:.2}), \
         {refused} requests refused, {peak} MiB at most of {MEMORY_MIB} MiB, processors apart: {is_apart}"
    );
    assert_eq!([&warmed, &alone, &told].map(|told| of(&told.wrong)), [0; 3], "{:?}", told.heard.lock().unwrap());
    assert!(seconds < 60 || refused > 0, "it was not too much");
    let all = of(&warmed.acknowledged) + of(&alone.acknowledged) + acknowledged;
    assert_eq!(process.metric("milepost_step_events_total", &["step=\"open-inbox\""]), all);
    assert!(process.stop());
    let report = json(&milepost(["report", "--format=json", "--data", data.to_str().unwrap()]));
    let step = report["steps"].as_array().unwrap().iter().find(|step| step["step"] == "open-inbox").expect("the step");
    assert_eq!(step["valid"], all);
    // Last, so that a run that took too much still says whether anything was lost. Short and beside other tests, only what has gone badly wrong is seen.
    assert!(peak <= 2 * MEMORY_MIB, "{peak} MiB");
    assert!(seconds < 60 || peak <= MEMORY_MIB + MEMORY_MIB / 10, "{peak} MiB");
    assert!(seconds < 60 || goodput >= 0.9, "goodput {goodput:.2}");
}
