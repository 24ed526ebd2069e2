//! Other engines read segments as they are: DuckDB counts what is there.

use crate::generate::Row;
use crate::harness::Store;
use std::path::{Path, PathBuf};
use std::process::Command;

const SCRIPT: &str = "
import duckdb, sys
segments = sys.argv[1] + '/**/*.parquet'
print(duckdb.sql(f'''
    SELECT count(*), count(DISTINCT trace_id), count(DISTINCT span_id), sum(duration_ns)::VARCHAR, min(lsn), max(lsn),
        count(*) FILTER (http_status = 500), count(*) FILTER (step = 'pay'), any_value(typeof(lsn))
    FROM read_parquet('{segments}', union_by_name = true)''').fetchall())
";

#[test]
fn duckdb_reads_segments() {
    let Some(python) = python() else { return };
    let (_folder, mut store) = Store::new();
    let mut all: Vec<Row> = Vec::new();
    for record in 0..20 {
        let rows: Vec<Row> =
            (0..200).map(|n| crate::flush::one(record * 200 + n, record % 3 * 3_600_000_000_000)).collect();
        store.append(&rows);
        all.extend(rows);
    }
    store.flush(store.last()).unwrap();
    let asked = Command::new(python).args(["-c", SCRIPT]).arg(store.directory.segments()).output().unwrap();
    assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
    let nanos: u64 = all.iter().filter_map(|row| row.duration).sum();
    let failed = all.iter().filter(|row| row.http_status == Some(500)).count();
    let paid = all.iter().filter(|row| row.step == Some(1)).count();
    let expected = format!("[(4000, 4000, 4000, '{nanos}', 1, 20, {failed}, {paid}, 'UBIGINT')]");
    assert_eq!(String::from_utf8_lossy(&asked.stdout).trim(), expected);
}

fn python() -> Option<PathBuf> {
    if let Some(python) = std::env::var_os("MILEPOST_PYTHON") {
        return Some(python.into());
    }
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?.join(".tools/venv/bin/python3");
    if !installed.exists() {
        #[expect(clippy::print_stderr, reason = "a test that did not run must be seen")]
        {
            eprintln!("SKIPPED: no Python with DuckDB; run `cargo xtask test --only test`, or set MILEPOST_PYTHON");
        }
        return None;
    }
    Some(installed)
}
