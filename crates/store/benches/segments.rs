//! What facts cost on their way from the log to segments and back, in time, bytes and memory.
//!
//! `cargo bench -p milepost-store --bench segments` prints the median of five rounds over a million facts whose ids are all different. Each round
//! ends with the facts that it began with.

// The facts of the crate that has them.
#[path = "../../facts/tests/main/generate.rs"]
#[expect(dead_code, reason = "it generates expressions, too")]
mod generate;

use generate::{REGISTRY, Row, sample};
use milepost_facts::{FactBatch, TraceId, to_record_batch};
use milepost_model::Timestamp;
use milepost_store::catalog::Blocking;
use milepost_store::segment::{Decoded, Within};
use milepost_store::wal::{RecordKind, Records, Writer};
use milepost_store::{Directory, Lsn, compact, flush, segment};
use std::fs;
use std::io::Write as _;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;
/// A million facts in an hour: fifty flushes of forty records.
const FLUSHES: u64 = 50;
const RECORDS: u64 = 40;
const FACTS: u64 = 500;
const HOUR_NANOS: u64 = 3_600_000_000_000;

fn main() {
    // `cargo bench FILTER` asks every bench; without `--bench` it is a test run, which has tests of its own.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |argument: &String| argument.starts_with('-') || "segments".contains(argument.as_str());
    if !arguments.iter().any(|argument| argument == "--bench") || !arguments.iter().all(is_wanted) {
        return;
    }
    let rounds: Vec<Round> = (0..ROUNDS).map(|_| round()).collect();
    let median = |of: fn(&Round) -> Duration| {
        let mut times: Vec<Duration> = rounds.iter().map(of).collect();
        times.sort();
        times[ROUNDS / 2].as_nanos() / u128::from(FLUSHES * RECORDS * FACTS)
    };
    let mut out = std::io::stdout().lock();
    let mut line = |what: &str, figure: String| writeln!(out, "{what:<46}{figure}").expect("standard output");
    line("decoded from the log", format!("{} ns a fact", median(|round| round.decoded)));
    line("flushed, decoding and waiting for disk included", format!("{} ns a fact", median(|round| round.flushed)));
    line("merged by hour", format!("{} ns a fact", median(|round| round.merged)));
    line("read back to fact columns", format!("{} ns a fact", median(|round| round.read)));
    line("in segments as flushed", format!("{:.1} bytes a fact", rounds[0].bytes.0));
    line("in segments as merged", format!("{:.1} bytes a fact", rounds[0].bytes.1));
    line("peak of memory", peak());
}

struct Round {
    decoded: Duration,
    flushed: Duration,
    merged: Duration,
    read: Duration,
    bytes: (f64, f64),
}

fn round() -> Round {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let directory = Directory::open(folder.path()).expect("a new directory");
    let catalog = Blocking::open(&directory).expect("a catalog");
    write_log(&directory);
    let mut decode = decoder();
    let start = Instant::now();
    let read = milepost_store::wal::read(&directory.wal(), Lsn(0), |group| {
        for (lsn, kind, payload) in &group.records {
            std::hint::black_box(decode(*lsn, *kind, payload).expect("facts"));
        }
    });
    let decoded = start.elapsed();
    read.expect("a log");

    let bytes = || -> u64 { catalog.segments().expect("a catalog").iter().map(|segment| segment.bytes).sum() };
    let start = Instant::now();
    for number in 1..=FLUSHES {
        flush::flush(&directory, &catalog, Lsn(number * RECORDS), Timestamp::default(), decoder()).expect("a disk");
    }
    let flushed = start.elapsed();
    let as_flushed = bytes();
    let start = Instant::now();
    compact::compact(&directory, &catalog, Timestamp::from_nanos(i64::MAX)).expect("a disk");
    let merged = start.elapsed();

    let mut tables = generate::tables(&REGISTRY);
    let segments = catalog.segments().expect("a catalog");
    let mut facts = 0;
    let start = Instant::now();
    let damage = segment::read_all(&directory, &segments, &Within::default(), |_, rows| {
        facts += FactBatch::from_record_batch(&rows, &mut tables).expect("facts").len() as u64;
    });
    let read = start.elapsed();
    assert_eq!((facts, damage.len()), (FLUSHES * RECORDS * FACTS, 0));
    let a_fact = |bytes: u64| bytes as f64 / facts as f64;
    Round { decoded, flushed, merged, read, bytes: (a_fact(as_flushed), a_fact(bytes())) }
}

fn write_log(directory: &Directory) {
    let (mut log, mut records) = (Writer::new(&directory.wal()), Records::new(Lsn(1)));
    let mut tables = generate::tables(&REGISTRY);
    for flush in 0..FLUSHES {
        for record in 0..RECORDS {
            let first = (flush * RECORDS + record) * FACTS;
            let rows: Vec<Row> =
                (first..first + FACTS).map(|number| row(number, flush * HOUR_NANOS / FLUSHES)).collect();
            let mut bytes = Vec::new();
            generate::batch(&rows, &mut tables).encode(0..rows.len(), &tables, &mut bytes);
            records.add(RecordKind::Facts, &bytes);
        }
        log.write(&mut records).expect("a disk with room");
        records.begin(records.next());
    }
}

/// A fact as services have them.
fn row(number: u64, start: u64) -> Row {
    let random = mixed(number + 1);
    Row {
        time: Timestamp::from_nanos((start + random % (HOUR_NANOS / FLUSHES)) as i64),
        duration: Some(random % 400_000_000),
        service: Some("web"),
        operation: Some("web GET /search"),
        http_status: Some(if random.is_multiple_of(50) { 500 } else { 200 }),
        step: Some((random % 2) as usize),
        trace: TraceId(random, mixed(random)),
        // The generator takes a sampling threshold from the lowest bits.
        span: mixed(!random) & !0x3FFF,
        dimensions: [Some("ab"), Some("b'c")],
        ..sample()
    }
}

/// Numbers without a pattern, by the finalizer of SplitMix64.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

fn decoder() -> impl FnMut(Lsn, RecordKind, &[u8]) -> Result<Option<Decoded>, Box<dyn std::error::Error + Send + Sync>>
{
    let mut tables = generate::tables(&REGISTRY);
    move |_, _, payload| {
        let facts = to_record_batch(&FactBatch::decode(payload, &mut tables)?, &tables)?;
        Ok(Some(Decoded { facts, received_at: Timestamp::default(), registry_version: 1 }))
    }
}

/// As the system tells it.
fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or("not told by this system".to_owned(), |peak| peak.trim().to_owned())
}
