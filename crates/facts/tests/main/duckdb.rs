//! Counts are those of DuckDB over the same facts in a Parquet file, whose expressions are the texts as written.

use crate::generate::{self, REGISTRY, Row, batch, expression, parse, row};
use milepost_facts::{IndicatorCounter, NameTables, to_record_batch};
use milepost_model::{OutcomeTable, StepId, TrafficClass};
use milepost_slo::{Indicator, Method, SliType};
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Valid and good facts by pair of expressions, step and minute.
type CountsByMinute = BTreeMap<(usize, String, i64), (u64, u64)>;

/// Facts, and pairs of expressions: enough that most pairs count something in most minutes.
const FACTS: usize = 2_000;
const PAIRS: usize = 300;

#[test]
fn expressions_count_as_in_duckdb() {
    let Some(python) = milepost_testkit::python(&["duckdb"]) else { return };
    let facts = prop::collection::vec(row(), FACTS);
    let pairs = prop::collection::vec((expression(), expression()), PAIRS);
    // One process of DuckDB answers for all pairs; smaller inputs would tell no more than the pair that is named on failure.
    let config = Config { cases: 1, max_shrink_iters: 0, ..Config::default() };
    let counted = TestRunner::new(config).run(&(facts, pairs), |(rows, pairs)| {
        let mut tables = generate::tables(&REGISTRY);
        let ours = counted(&rows, &pairs, &mut tables);
        let theirs = asked(&python, &rows, &pairs, &mut tables);
        for (key, counts) in ours.iter().chain(&theirs) {
            let ((valid, good), (our, their)) = (&pairs[key.0], (ours.get(key), theirs.get(key)));
            prop_assert_eq!(our, their, "{:?} of valid {} good {} ({:?})", key, valid, good, counts);
        }
        prop_assert!(ours.len() > PAIRS, "expressions that count nothing prove nothing: {} counts", ours.len());
        Ok(())
    });
    match counted {
        Ok(()) => {}
        // The facts would fill the screen; a seed that brings them back is kept in `proptest-regressions`.
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

/// What indicators count, from facts in several batches.
fn counted(rows: &[Row], pairs: &[(String, String)], tables: &mut NameTables) -> CountsByMinute {
    let indicators: Vec<Vec<Indicator>> = (pairs.iter())
        .map(|(valid, good)| generate::STEPS.iter().map(|step| indicator(step, valid, good)).collect())
        .collect();
    let by_step =
        indicators.iter().flat_map(|of| of.iter().enumerate().map(|(step, of)| (StepId::new(step), of, true)));
    let mut counter = IndicatorCounter::new(by_step, tables);
    for part in rows.chunks(rows.len() / 3) {
        let batch = batch(part, tables);
        for step in (0..generate::STEPS.len()).map(StepId::new) {
            let of_step = (0u32..).zip(part).filter(|(_, row)| row.step == Some(step.index())).map(|(at, _)| at);
            counter.count(&batch, step, &of_step.collect::<Vec<_>>(), tables);
        }
    }
    let mut counts = CountsByMinute::new();
    for (pair, of) in indicators.iter().enumerate() {
        for (indicator, step) in of.iter().zip(generate::STEPS) {
            for (minute, of) in counter.minutes(indicator.id()).expect("a compiled indicator") {
                counts.insert((pair, step.to_owned(), minute.number()), (of.valid, of.good));
            }
        }
    }
    counts
}

fn indicator(step: &str, valid: &str, good: &str) -> Indicator {
    Indicator {
        product: REGISTRY.products[0].name.clone(),
        path: step.parse().expect("a step"),
        method: Method::Service,
        class: TrafficClass::default(),
        sli: SliType::Availability,
        valid: parse(valid),
        good: parse(good),
        outcomes: OutcomeTable::default(),
    }
}

/// What DuckDB counts.
fn asked(python: &Path, rows: &[Row], pairs: &[(String, String)], tables: &mut NameTables) -> CountsByMinute {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("facts-{}.parquet", std::process::id()));
    let record = to_record_batch(&batch(rows, tables), tables).expect("a record batch");
    let mut writer =
        ArrowWriter::try_new(std::fs::File::create(&file).expect("a file"), record.schema(), None).expect("a writer");
    writer.write(&record).expect("facts in Parquet");
    writer.close().expect("a whole file");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/main/count_facts.py");
    let mut child = Command::new(python)
        .args(["-X", "utf8", script])
        .arg(&file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut input = child.stdin.take().expect("a pipe");
    let lines: String = pairs.iter().map(|(valid, good)| format!("{valid}\t{good}\n")).collect();
    // Answers come while questions go out, and a full pipe would stop both.
    let output = std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(lines.as_bytes()));
        child.wait_with_output()
    });
    let output = output.expect("Python ends");
    assert!(output.status.success(), "{}", output.status);
    std::fs::remove_file(&file).expect("the file is there");
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(answer).collect()
}

fn answer(line: &str) -> ((usize, String, i64), (u64, u64)) {
    let fields: Vec<&str> = line.split('\t').collect();
    let [pair, step, minute, valid, good] = fields[..] else { panic!("{line}") };
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("{line}"));
    let minute = minute.parse().unwrap_or_else(|_| panic!("{line}"));
    ((pair.parse().unwrap_or_else(|_| panic!("{line}")), step.to_owned(), minute), (number(valid), number(good)))
}
