//! `milepost up`: the live server in one process.

mod file;
mod receivers;

use crate::command::size;
use crate::output;
use anyhow::{Context as _, bail};
use clap::{Args, Command, ValueEnum};
use file::SettingsFile;
use milepost_annotate::Trust;
use milepost_model::{DurationError, DurationNs, Name};
use milepost_registry::Registry;
use milepost_server::{Ack, Address, Clock, Followed, Network, Server, Settings, Source, SourceToken, StartError};
use receivers::ReceiverFlags;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::available_parallelism;
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::spawn_blocking;

/// Receive telemetry, count each step, and serve what is known: one process that needs nothing else
///
/// Everything that is acknowledged is on the disk first, and is counted exactly once through crashes and resends. SIGTERM and Ctrl-C finish what was
/// received, and stop.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost up --registry registry/
  milepost up --registry registry/ --data /var/lib/milepost --memory 2GiB
  milepost up --registry registry/ --tail /var/log/nginx/access.log
  milepost up --registry registry/ --tail web=/var/log/web.log --tail edge=/var/log/edge.log

Settings may stand in a file, with the names of the flags; flags go before variables, variables before the file:
  registry: registry/
  memory: 2GiB
  tail: [web=/var/log/web.log, edge=/var/log/edge.log]

Point an OpenTelemetry Collector at it:
  exporters:
    otlp: {endpoint: 127.0.0.1:4317, tls: {insecure: true}}")]
pub(crate) struct UpCommand {
    /// File with settings, by the names of these flags [default: milepost.yaml in the working directory, where there is one]
    #[arg(long, value_name = "FILE", env = "MILEPOST_CONFIG")]
    config: Option<PathBuf>,
    /// Folder with the registry; it is watched, and a valid edit takes effect at once
    #[arg(long, value_name = "DIR", env = "MILEPOST_REGISTRY")]
    registry: Option<PathBuf>,
    /// Folder that everything is kept in; begun when it is not there
    #[arg(long, value_name = "DIR", env = "MILEPOST_DATA_DIR", default_value = "milepost-data")]
    data: PathBuf,
    /// Where OTLP/gRPC is received
    #[arg(long, value_name = "ADDRESS", env = "MILEPOST_LISTEN_GRPC", default_value = "127.0.0.1:4317", value_parser = address)]
    listen_grpc: SocketAddr,
    /// Where OTLP/HTTP and access logs are received
    #[arg(long, value_name = "ADDRESS", env = "MILEPOST_LISTEN_HTTP", default_value = "127.0.0.1:4318", value_parser = address)]
    listen_http: SocketAddr,
    /// Whether OTLP/gRPC comes from the product's own parts, or from anywhere: then no annotation can put a request into another class
    #[arg(long, value_enum, env = "MILEPOST_TRUST_GRPC", default_value_t = Believed::Internal)]
    trust_grpc: Believed,
    /// The same of OTLP/HTTP and access logs
    #[arg(long, value_enum, env = "MILEPOST_TRUST_HTTP", default_value_t = Believed::Internal)]
    trust_http: Believed,
    /// Where the HTTP API, `/metrics`, `/live` and `/ready` are
    #[arg(long, value_name = "ADDRESS", env = "MILEPOST_LISTEN_API", default_value = "127.0.0.1:8420", value_parser = address)]
    listen_api: SocketAddr,
    /// Most memory to take, such as 512MiB; more telemetry than fits is refused with a hint when to come again
    #[arg(long, value_name = "SIZE", env = "MILEPOST_MEMORY", default_value = "1GiB", value_parser = memory)]
    memory: u64,
    /// Acknowledge once facts are on the disk, or, faster, once the system has them: lost if the machine stops, not if the process does
    #[arg(long, value_enum, env = "MILEPOST_ACK", default_value_t = AckWhen::Disk)]
    ack: AckWhen,
    /// Follow an access log; SERVICE says whose it is, where several services of the registry have one
    #[arg(long, value_name = "[SERVICE=]FILE", env = "MILEPOST_TAIL")]
    tail: Vec<String>,
    #[command(flatten)]
    receivers: ReceiverFlags,
    /// Write metrics of steps and SLOs to a Prometheus, or what takes its remote write, such as http://127.0.0.1:9090/api/v1/write
    #[arg(long, value_name = "URL", env = "MILEPOST_REMOTE_WRITE")]
    remote_write: Option<Address>,
    /// Believe the certificates of one more authority, in a file of PEM, where something is told by https
    #[arg(long, value_name = "FILE", env = "MILEPOST_CA_FILE")]
    ca_file: Option<PathBuf>,
    /// Ask a Prometheus for the counts of OpenSLO documents, such as http://127.0.0.1:9090; again with NAME= for each data source that documents name
    #[arg(long, value_name = "[NAME=]URL", env = "MILEPOST_PROMETHEUS")]
    prometheus: Vec<Source>,
    /// File with the bearer token that Prometheus wants to see; NAME says which one, where it has a name
    #[arg(long, value_name = "[NAME=]FILE", env = "MILEPOST_PROMETHEUS_TOKEN_FILE")]
    prometheus_token_file: Vec<SourceToken>,
    /// Ask for tokens on this machine, too; beyond it they are always asked for
    #[arg(long, env = "MILEPOST_REQUIRE_TOKENS")]
    require_tokens: bool,
    /// How long facts stay in the log alone before they are in Parquet segments, too: 1s to 1d
    #[arg(long, value_name = "TIME", env = "MILEPOST_SEGMENTS_EVERY", default_value = "10m", value_parser = segments_every)]
    segments_every: DurationNs,
    /// Remove facts that are older than so many days, at least 1
    #[arg(long, value_name = "DAYS", env = "MILEPOST_KEEP_DAYS", default_value_t = 30, value_parser = keep_days)]
    keep_days: u32,
    /// Remove the oldest facts beyond so much on the disk
    #[arg(long, value_name = "SIZE", env = "MILEPOST_KEEP_SIZE", default_value = "50GiB", value_parser = size::parse)]
    keep_size: u64,
    /// Threads that decode [default: as many as the machine has processors]
    #[arg(long, value_name = "COUNT", env = "MILEPOST_WORKERS")]
    workers: Option<usize>,
    /// How its own log is written
    #[arg(long, value_enum, env = "MILEPOST_LOG_FORMAT", default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AckWhen {
    Disk,
    Memory,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Believed {
    /// What a request claims of its class stands
    Internal,
    /// Every request is of the class `interactive`, unless a rule says otherwise
    Public,
}

impl From<Believed> for Trust {
    fn from(believed: Believed) -> Self {
        match believed {
            Believed::Internal => Self::Internal,
            Believed::Public => Self::Public,
        }
    }
}

/// Least memory that is of use.
const LEAST_MEMORY: u64 = 128 << 20;

impl UpCommand {
    /// Serves until it is asked to end. `command` is that of the whole binary, which reads the flags once more where a file has settings, too.
    pub(crate) fn run(self, command: Command) -> anyhow::Result<ExitCode> {
        let file = SettingsFile::find(self.config.as_deref())?;
        let up = match &file {
            Some(file) => file.under_flags(command)?,
            None => self,
        };
        let Some(registry) = up.registry.clone() else {
            bail!(
                "it is not said where the registry is\nhelp: milepost up --registry DIR, or `registry: DIR` in milepost.yaml"
            );
        };
        up.serve(&registry, file.as_ref())
    }

    fn serve(self, registry: &Path, file: Option<&SettingsFile>) -> anyhow::Result<ExitCode> {
        log(self.log_format);
        let runtime = runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
        let settings = self.settings(registry)?;
        runtime.block_on(async {
            let network = Network::bind(&settings).await?;
            // It waits for files, which tasks may not.
            let server = match spawn_blocking(move || Server::start(settings)).await? {
                Ok(server) => server,
                Err(StartError::Registry(text)) => {
                    output::note(&text);
                    let folder = registry.display();
                    bail!("the registry has errors\nhelp: mend them and run: milepost check {folder}");
                }
                Err(error) => return Err(error.into()),
            };
            for damage in &server.recovered.damage {
                output::note(&format!("warning: {damage}\n"));
            }
            // Whoever reads that it is up may ask it to end.
            let shutdown = Shutdown::noticed().context("cannot notice SIGTERM and Ctrl-C")?;
            output::note(&self.greeting(registry, file, &server, &network));
            let cut = network.run(server, shutdown.asked()).await?;
            let cut = if cut == 0 { String::new() } else { format!(" {cut} connections were cut off.") };
            output::note(&format!("stopped; everything that was acknowledged is stored.{cut}\n"));
            Ok(ExitCode::SUCCESS)
        })
    }

    fn settings(&self, registry: &Path) -> anyhow::Result<Settings> {
        let processors = available_parallelism().map_or(1, usize::from);
        Ok(Settings {
            registry: registry.to_owned(),
            data: self.data.clone(),
            listen_grpc: self.listen_grpc,
            listen_http: self.listen_http,
            listen_api: self.listen_api,
            memory_bytes: usize::try_from(self.memory).unwrap_or(usize::MAX),
            ack: match self.ack {
                AckWhen::Disk => Ack::Disk,
                AckWhen::Memory => Ack::Memory,
            },
            followed: self.followed(registry)?,
            workers: self.workers.unwrap_or(processors).clamp(1, 64),
            segments_every: self.segments_every,
            keep_days: self.keep_days,
            keep_bytes: self.keep_size,
            trust_grpc: self.trust_grpc.into(),
            trust_http: self.trust_http.into(),
            clock: Clock::default(),
            receivers: self.receivers.receivers()?,
            remote_write: self.remote_write.clone(),
            ca_file: self.ca_file.clone(),
            sources: self.prometheus.clone(),
            source_tokens: self.prometheus_token_file.clone(),
            requires_tokens: self.require_tokens,
        })
    }

    /// The logs to follow, each with its service.
    fn followed(&self, registry: &Path) -> anyhow::Result<Vec<Followed>> {
        if self.tail.is_empty() {
            return Ok(Vec::new());
        }
        let Some(registry) = milepost_registry::read(registry).registry else {
            // Starting tells what is wrong with it.
            return Ok(Vec::new());
        };
        self.tail.iter().map(|text| followed(text, &registry)).collect()
    }

    fn greeting(&self, folder: &Path, file: Option<&SettingsFile>, server: &Server, network: &Network) -> String {
        let version = server.shared.versions.current();
        let registry = &version.setup.registry;
        let (grpc, http, api) = network.addresses();
        let refused = if server.shared.registry().refused.is_some() {
            "\n           its folder has errors now; the last good one is active: milepost check says what is wrong"
        } else {
            ""
        };
        let settings = file.map_or_else(String::new, |file| format!("settings   {}\n", file.path().display()));
        let follows: String = server.shared.settings.followed.iter().map(follows).collect();
        format!(
            "milepost {} is up\n{settings}\
             registry   {}: {}, {}, {}; version {}{refused}\n\
             data       {}: {} replayed from the log\n\
             {follows}\
             OTLP/gRPC  http://{grpc}\n\
             OTLP/HTTP  http://{http}, access logs at /v1/access-logs?service=NAME\n\
             API        http://{api}/api/v1/openapi.json, /metrics, /live, /ready\n\
             pages      at the same address, in a browser\n",
            env!("CARGO_PKG_VERSION"),
            folder.display(),
            output::count(registry.objectives.len(), "objective"),
            output::count(registry.steps.len(), "step"),
            slos(registry),
            version.number,
            self.data.display(),
            output::count(usize::try_from(server.recovered.replayed).unwrap_or(usize::MAX), "fact"),
        )
    }
}

/// The SLOs of a registry, those of OpenSLO documents apart.
fn slos(registry: &Registry) -> String {
    let own = output::count(registry.slos.len(), "SLO");
    match registry.open_slos.len() {
        0 => own,
        open => format!("{own}, {}", output::count(open, "OpenSLO SLO")),
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    const FORM: &str =
        "an address has a port, such as 127.0.0.1:4317, [::1]:4317 or localhost:4317; 0.0.0.0 stands for all of them";
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let is_named = text.rsplit_once(':').is_some_and(|(name, port)| !name.is_empty() && port.parse::<u16>().is_ok());
    if !is_named {
        return Err(FORM.to_owned());
    }
    let found: Vec<_> = text.to_socket_addrs().map_err(|error| format!("no machine has this name: {error}"))?.collect();
    // `localhost` is both; what senders are told to use is the first.
    let first = found.iter().find(|address| address.is_ipv4()).or(found.first());
    first.copied().ok_or_else(|| FORM.to_owned())
}

fn segments_every(text: &str) -> Result<DurationNs, String> {
    let (least, most) = (DurationNs::from_seconds(1), DurationNs::from_seconds(86_400));
    let every: DurationNs = text.parse().map_err(|error: DurationError| error.to_string())?;
    if (least..=most).contains(&every) { Ok(every) } else { Err("it is 1s at least and 1d at most".to_owned()) }
}

fn keep_days(text: &str) -> Result<u32, String> {
    let days = text.parse().map_err(|_| "it is a whole number of days, such as 30".to_owned())?;
    if days == 0 { Err("facts are kept for 1 day at least".to_owned()) } else { Ok(days) }
}

fn memory(text: &str) -> Result<u64, String> {
    let bytes = size::parse(text)?;
    if bytes < LEAST_MEMORY {
        Err("it is too small to work with: give it 128MiB at least".to_owned())
    } else {
        Ok(bytes)
    }
}

fn followed(text: &str, registry: &Registry) -> anyhow::Result<Followed> {
    let with_log: Vec<&Name> = registry.services.iter().filter(|s| s.access_log.is_some()).map(|s| &s.name).collect();
    let names = || with_log.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    if let Some((service, path)) = text.split_once('=')
        && let Some(service) = with_log.iter().find(|name| name.as_str() == service)
    {
        return Ok(Followed { service: (*service).clone(), path: path.into() });
    }
    match &with_log[..] {
        [only] if !text.contains('=') => Ok(Followed { service: (*only).clone(), path: text.into() }),
        [] => bail!(
            "`--tail {text}`: no service of the registry has `accessLog:`\nhelp: add it, with the log's format, to the service that writes it"
        ),
        _ => bail!(
            "`--tail {text}`: say whose log it is: `--tail SERVICE=FILE`\nhelp: services with `accessLog:` are {}",
            names()
        ),
    }
}

/// A line of the greeting.
fn follows(followed: &Followed) -> String {
    let absent = if followed.path.is_file() { "" } else { ", which is not there yet" };
    format!("follows    {} of `{}`{absent}\n", followed.path.display(), followed.service)
}

fn log(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("MILEPOST_LOG").unwrap_or_else(|_| "info".into());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match format {
        LogFormat::Text => builder.with_ansi(output::colour_on_stderr()).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
}

/// SIGTERM and Ctrl-C, noticed from now on; until then either ends the process at once.
struct Shutdown {
    terminated: Signal,
    interrupted: Signal,
}

impl Shutdown {
    fn noticed() -> io::Result<Self> {
        Ok(Self { terminated: signal(SignalKind::terminate())?, interrupted: signal(SignalKind::interrupt())? })
    }

    /// Ends with one of them.
    async fn asked(mut self) {
        tokio::select! {
            _ = self.terminated.recv() => {}
            _ = self.interrupted.recv() => {}
        }
    }
}
