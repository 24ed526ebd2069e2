//! Spans per CPU-second of a whole server over OTLP/gRPC: plain, gzip and zstd, with and without waiting for the disk.
//!
//! `cargo bench -p milepost-server --bench grpc`. The server is a process of its own, this program again; only its CPU time counts, by
//! `/proc/PID/stat`, and by that of its threads. Who sends shares the machine, so spans per second say less.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "in a bench a panic is the report, and what it prints is the result"
)]

mod load;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use milepost_server::{Ack, Network, Server};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;
use tempfile::TempDir;
use tokio::net::TcpStream;

/// Says to this program that it is the server, and when it answers.
const SERVER: &str = "MILEPOST_BENCH_SERVER";
const ENCODINGS: [&str; 3] = ["identity", "gzip", "zstd"];
const ROUNDS: usize = 5;
const CONNECTIONS: usize = 8;

/// What the server took for some spans.
struct Cost {
    spans: f64,
    cpu: f64,
    wall: f64,
    /// CPU time by the names of threads.
    threads: BTreeMap<String, f64>,
}

fn main() {
    if let Ok(ack) = std::env::var(SERVER) {
        return serve(if ack == "memory" { Ack::Memory } else { Ack::Disk });
    }
    // Spans of a request, of all, and requests that wait at once: those of a few collectors, and those of a fleet of SDKs.
    for (spans, count, waiting) in [(1000, 500_000, 64), (10, 200_000, 512)] {
        for encoding in ENCODINGS {
            let requests: Arc<Vec<Bytes>> =
                Arc::new((0..count / spans).map(|at| message(&load::body(1 + at * spans, spans), encoding)).collect());
            let bytes: usize = requests.iter().map(Bytes::len).sum();
            let mut costs: [Vec<Cost>; 2] = Default::default();
            for _ in 0..ROUNDS {
                for (ack, costs) in ["memory", "disk"].iter().zip(&mut costs) {
                    costs.push(measure(ack, encoding, &requests, spans, waiting));
                }
            }
            println!("{encoding}, {spans} spans a request, {} bytes a span, {waiting} wait", bytes as u64 / count);
            let [memory, disk] = costs.map(|costs| told(&costs));
            println!("  memory: {}\n  disk:   {}", memory.1, disk.1);
            println!(
                "  disk over memory: {:.2} by CPU time, {:.2} by the clock",
                disk.0.0 / memory.0.0,
                disk.0.1 / memory.0.1
            );
        }
    }
}

/// Spans per CPU-second and per second, and both in words with the shares of threads.
fn told(costs: &[Cost]) -> ((f64, f64), String) {
    let cpu = load::spread(costs.iter().map(|cost| cost.spans / cost.cpu).collect());
    let wall = load::spread(costs.iter().map(|cost| cost.spans / cost.wall).collect());
    let mut threads: BTreeMap<&str, f64> = BTreeMap::new();
    for (name, seconds) in costs.iter().flat_map(|cost| &cost.threads) {
        *threads.entry(name).or_default() += seconds;
    }
    let all: f64 = threads.values().sum();
    let shares: Vec<String> =
        threads.iter().map(|(name, seconds)| format!("{name} {:.0}%", 100.0 * seconds / all)).collect();
    let text = format!(
        "{:.0} spans per CPU-second ({:.0} to {:.0}), {:.0} per second; {}",
        cpu[1],
        cpu[0],
        cpu[2],
        wall[1],
        shares.join(", ")
    );
    ((cpu[1], wall[1]), text)
}

/// Serves until its input ends.
fn serve(ack: Ack) {
    let folder = TempDir::new().unwrap();
    let settings = load::settings(&folder.path().join("data"), ack);
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_name("receive").enable_all().build().unwrap();
    let network = runtime.block_on(Network::bind(&settings)).unwrap();
    let server = Server::start(settings).unwrap();
    println!("{}", network.addresses().0);
    runtime.block_on(async {
        let (over, ends) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let _ = std::io::stdin().read(&mut [0]);
            let _ = over.send(());
        });
        network.run(server, async { drop(ends.await) }).await.unwrap();
    });
}

/// A request's body: compressed or not, behind its length.
fn message(body: &[u8], encoding: &str) -> Bytes {
    let body = match encoding {
        "gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        "zstd" => zstd::encode_all(body, 3).unwrap(),
        _ => body.to_vec(),
    };
    let mut message = vec![u8::from(encoding != "identity")];
    message.extend_from_slice(&u32::try_from(body.len()).unwrap().to_be_bytes());
    message.extend_from_slice(&body);
    Bytes::from(message)
}

fn measure(ack: &str, encoding: &'static str, requests: &Arc<Vec<Bytes>>, spans: u64, waiting: usize) -> Cost {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut server = command.env(SERVER, ack).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address: SocketAddr = line.trim().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let process = format!("/proc/{}", server.id());
    let threads = threads_of(&process);
    let (began, cpu) = (Instant::now(), load::cpu_seconds(&Path::new(&process).join("stat")));
    runtime.block_on(send_all(address, encoding, requests, waiting));
    let cost = Cost {
        spans: (requests.len() as u64 * spans) as f64,
        wall: began.elapsed().as_secs_f64(),
        cpu: load::cpu_seconds(&Path::new(&process).join("stat")) - cpu,
        threads: threads_of(&process)
            .into_iter()
            .map(|(name, seconds)| {
                let before = threads.get(&name).copied().unwrap_or_default();
                (name, seconds - before)
            })
            .collect(),
    };
    end(&mut server);
    cost
}

/// CPU seconds by the names of threads, numbers left out.
fn threads_of(process: &str) -> BTreeMap<String, f64> {
    let mut threads = BTreeMap::new();
    for task in fs::read_dir(format!("{process}/task")).unwrap().flatten() {
        let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        let name = name.trim().trim_end_matches(|last: char| last.is_ascii_digit() || last == '-').to_owned();
        *threads.entry(name).or_default() += load::cpu_seconds(&task.path().join("stat"));
    }
    threads
}

fn end(server: &mut Child) {
    drop(server.stdin.take());
    assert!(server.wait().unwrap().success());
}

async fn send_all(address: SocketAddr, encoding: &'static str, requests: &Arc<Vec<Bytes>>, waiting: usize) {
    let next = Arc::new(AtomicUsize::new(0));
    let mut senders = Vec::new();
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect(address).await.unwrap();
        let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        for _ in 0..waiting / CONNECTIONS {
            let (sender, requests, next) = (sender.clone(), Arc::clone(requests), Arc::clone(&next));
            senders.push(tokio::spawn(async move {
                while let Some(request) = requests.get(next.fetch_add(1, Relaxed)) {
                    call(sender.clone(), address, encoding, request.clone()).await;
                }
            }));
        }
    }
    for sender in senders {
        sender.await.unwrap();
    }
}

async fn call(mut sender: SendRequest<Full<Bytes>>, address: SocketAddr, encoding: &str, message: Bytes) {
    let path = "opentelemetry.proto.collector.trace.v1.TraceService/Export";
    let request = Request::post(format!("http://{address}/{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("grpc-encoding", encoding)
        .body(Full::new(message))
        .unwrap();
    sender.ready().await.unwrap();
    let answer = sender.send_request(request).await.unwrap().into_body().collect().await.unwrap();
    assert_eq!(answer.trailers().unwrap()["grpc-status"], "0");
}
