//! A real Prometheus over points that are stored already, as promtool makes blocks of a text: its history is there when it starts.

use super::process::{free_port, get, until};
use crate::run::Folder;
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};

/// A Prometheus that is killed when it is dropped.
pub(crate) struct Prometheus(Child);

impl Drop for Prometheus {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a Prometheus over blocks made of some text; nothing where it is not installed.
pub(crate) fn serving(folder: &Folder, text: &str) -> Option<(Prometheus, SocketAddr)> {
    let (program, tool) = (milepost_testkit::program("prometheus")?, milepost_testkit::program("promtool")?);
    let input = folder.write("metrics.txt", text.as_bytes());
    let blocks = folder.path().join("tsdb");
    let made = Command::new(tool).args(["tsdb", "create-blocks-from", "openmetrics"]).arg(&input).arg(&blocks).output();
    let made = made.expect("promtool runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let config = folder.write("prometheus.yml", b"global: {}\n");
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let child = Command::new(program)
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", blocks.display()))
        .arg("--storage.tsdb.retention.time=60d")
        .arg(format!("--web.listen-address={address}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let prometheus = Prometheus(child.expect("Prometheus starts"));
    until("Prometheus is ready", || get(address, "/-/ready").is_some_and(|answer| answer.status == 200));
    Some((prometheus, address))
}

/// The times, in seconds, at which a query has a sample, asked for each minute of a time, by the value of a label.
pub(crate) fn minutes_of(
    address: SocketAddr,
    query: &str,
    (from, to): (i64, i64),
    label: &str,
) -> Vec<(String, Vec<i64>)> {
    let query = query.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let path = format!("/api/v1/query_range?query={query}&start={from}&end={to}&step=60");
    let answer = get(address, &path).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
    let times = |series: &Value| {
        let values = series["values"].as_array().expect("samples");
        values.iter().map(|value| value[0].as_i64().expect("whole seconds")).collect()
    };
    let series = answer["data"]["result"].as_array().expect("series").iter();
    series.map(|series| (series["metric"][label].as_str().unwrap_or_default().to_owned(), times(series))).collect()
}
