//! `cargo xtask up`: from a fresh checkout to a product that is measured, with users in it.

use crate::{example, run, say, ui};
use anyhow::{Context as _, Result, bail};
use std::io::{BufRead as _, BufReader, Read};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// The product that a newcomer sees first: its registry, and where the server keeps what it counts of it.
const REGISTRY: &str = "examples/mail";
const DATA: &str = "target/example-data";

const NEXT: &str = "
Everything runs; Ctrl-C stops it all. In a browser:
  http://127.0.0.1:8420
      how users fare now, each step, what it promises and what becomes of telemetry
In another terminal:
  cargo run --release -- status --watch
      what is received, and each step as it is now
  curl -s http://127.0.0.1:8420/api/v1/products/mail/steps
      the same for programs; /api/v1/openapi.json has all routes, /metrics is for Prometheus
  node examples/mail/app/build/fault.js set errors:send-mail:30%
      break something, and look again; `clear all` mends it
  cargo run --release -- report --data target/example-data
      which steps fail, for whom, and why
  cargo run --release -- check examples/mail
      edit examples/mail/steps.yaml while it runs: a valid edit takes effect, an invalid one is refused
  docs/first-registry.md
      the same for your own product
";

/// What runs until somebody stops it, in the order in which it was started.
struct Running(Vec<(&'static str, Child)>);

/// Builds everything, and starts the server, the example product and its users.
pub(crate) fn run(root: &Path) -> Result<()> {
    let node = example::node_version();
    if node.is_some() {
        say::progress("Building the pages.");
        ui::build(root)?;
    }
    say::progress("\nBuilding Milepost. The first build takes a few minutes.");
    run::run(run::cargo(root).args(["build", "--release", "--package", "milepost"]))?;
    let Some(node) = node else {
        bail!(
            "the example product needs Node 20 or later, and `node` and `npm` are not there\n\
             help: on Debian: apt-get install nodejs npm; without it: cargo run --release -- up --registry {REGISTRY}"
        );
    };
    say::progress(format_args!("\nBuilding the example product with Node {node}."));
    example::build(root)?;
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stopped)).context("signals cannot be had")?;
    }
    let mut running = Running(Vec::new());
    let result = start(root, &mut running).and_then(|()| {
        say::progress(NEXT);
        running.wait(&stopped)
    });
    running.stop();
    result
}

fn start(root: &Path, running: &mut Running) -> Result<()> {
    let binary = root.join("target/release/milepost");
    let mut server = Command::new(binary);
    server.current_dir(root).args(["up", "--registry", REGISTRY, "--data", DATA]);
    let child = server.spawn().context("the server did not start")?;
    running.0.push(("the server", child));
    running.until_port(8420)?;
    let mut product = Command::new("node");
    product.current_dir(root.join(example::APP)).arg("build/main.js").stdout(Stdio::piped());
    product.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318").env("OTEL_BSP_SCHEDULE_DELAY", "1000");
    let mut child = product.spawn().context("the example product did not start")?;
    let output = child.stdout.take().context("its output is piped")?;
    running.0.push(("the example product", child));
    until_ready(output)?;
    let mut users = Command::new("node");
    let child = users.current_dir(root.join(example::APP)).arg("build/load.js").stdout(Stdio::null()).spawn();
    running.0.push(("its users", child.context("the example's users did not start")?));
    Ok(())
}

/// Passes on what a program prints until it says that it is ready, and what it prints later, too.
fn until_ready(output: impl Read + Send + 'static) -> Result<()> {
    let mut lines = BufReader::new(output).lines();
    for line in lines.by_ref() {
        let line = line.context("the example product's output")?;
        say::progress(&line);
        if line.contains("is ready") {
            thread::spawn(move || lines.map_while(Result::ok).for_each(|line| say::progress(&line)));
            return Ok(());
        }
    }
    bail!("the example product ended before it was ready")
}

impl Running {
    /// Waits until a port takes connections, as long as everything runs.
    fn until_port(&mut self, port: u16) -> Result<()> {
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            self.all_run()?;
            if began.elapsed() > Duration::from_secs(30) {
                bail!("port {port} takes no connections after 30 s");
            }
            thread::sleep(Duration::from_millis(100));
        }
        // Somebody else's server would answer, too, while ours has ended for want of the port.
        self.all_run()
    }

    fn all_run(&mut self) -> Result<()> {
        for (name, child) in &mut self.0 {
            if let Some(status) = child.try_wait()? {
                bail!("{name} ended: {status}");
            }
        }
        Ok(())
    }

    /// Waits until something ends, or somebody wants it to.
    fn wait(&mut self, stopped: &AtomicBool) -> Result<()> {
        while !stopped.load(Relaxed) {
            for (name, child) in &mut self.0 {
                match child.try_wait()? {
                    None => {}
                    // Ctrl-C reaches all of it, and something may have ended before this was told.
                    Some(_) if stopped.load(Relaxed) => return Ok(()),
                    Some(status) if status.success() => return Ok(()),
                    Some(status) => bail!("{name} ended: {status}"),
                }
            }
            thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// Asks everything that still runs to end, the users first, and waits for that.
    fn stop(&mut self) {
        for (_, child) in self.0.iter_mut().rev() {
            if matches!(child.try_wait(), Ok(None)) {
                // It may end by itself at this moment.
                let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
            }
            let _ = child.wait();
        }
    }
}
