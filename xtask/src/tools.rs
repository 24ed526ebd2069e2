//! The programs that checks and tests use beside Rust, and how a machine without them gets them.
//!
//! Pinned tools go into `.tools/` of the checkout; Debian packages are installed only as root. Nothing here fails: a
//! tool that cannot be had is [`Missing`], and the caller decides whether that is an error (CI) or skipped loudly.

use crate::{example, run, say};
use anyhow::Result;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of cargo-deny that `deny.toml` is written for.
const CARGO_DENY: &str = "0.20.2";
/// What tests need of Python: DuckDB, the oracle for SLI expressions and a reader of segments; a validator of JSON Schema and a reader of YAML 1.2,
/// for the schema of registry files; a validator of OpenAPI; Grafana's types of dashboards; and OpenTelemetry's SDK, a client of the server.
const PYTHON_PACKAGES: [&str; 9] = [
    "duckdb==2.0.0",
    "grafana_foundation_sdk==1769699998!10.1.0",
    "jsonschema==4.26.0",
    "openapi-spec-validator==0.9.0",
    "opentelemetry-exporter-otlp-proto-grpc==1.45.2",
    "opentelemetry-exporter-otlp-proto-http==1.45.2",
    "opentelemetry-processor-baggage==0.66b1",
    "opentelemetry-sdk==1.45.2",
    "ruamel.yaml==0.19.1",
];
/// Where tests find a Python that has them.
const PYTHON_VARIABLE: &str = "MILEPOST_PYTHON";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tool {
    /// Who is told of burn alerts.
    Alertmanager,
    /// Licences, duplicate versions, sources and advisories of all dependencies.
    CargoDeny,
    /// The browser in which journeys through the pages are made.
    Chromium,
    /// The peer that access-log counts are compared with.
    Mtail,
    /// The example product, built, with the Node that runs it.
    Node,
    /// What scrapes the server's metrics, with promtool.
    Prometheus,
    /// A Python with the packages that tests need.
    Python,
}

/// A tool that is not here, and what would bring it.
#[derive(Debug)]
pub(crate) struct Missing {
    tool: Tool,
    why: String,
    remedy: String,
}

/// What was found or installed of the tools that were asked for.
pub(crate) struct Tools {
    found: Vec<(Tool, PathBuf)>,
    missing: Vec<Missing>,
}

impl Tools {
    /// Finds each wanted tool, or installs it.
    pub(crate) fn prepare(root: &Path, wanted: &[Tool]) -> Self {
        let mut tools = Self { found: Vec::new(), missing: Vec::new() };
        for &tool in wanted {
            let prepared = match tool {
                Tool::Alertmanager => program("prometheus-alertmanager", tool),
                Tool::CargoDeny => cargo_deny(root),
                Tool::Chromium => program("chromium", tool),
                Tool::Mtail => program("mtail", tool),
                Tool::Node => node(root),
                Tool::Prometheus => program("prometheus", tool),
                Tool::Python => python(root),
            };
            match prepared {
                Ok(path) => tools.found.push((tool, path)),
                Err(missing) => tools.missing.push(missing),
            }
        }
        tools
    }

    /// The program of a tool, if it is here.
    pub(crate) fn path(&self, tool: Tool) -> Option<&Path> {
        self.found.iter().find(|(found, _)| *found == tool).map(|(_, path)| path.as_path())
    }

    pub(crate) fn missing(&self) -> &[Missing] {
        &self.missing
    }

    /// The variables by which tests and comparisons find the tools that are not on the `PATH`.
    pub(crate) fn environment(&self) -> Vec<(&'static str, &Path)> {
        self.path(Tool::Python).map(|python| (PYTHON_VARIABLE, python)).into_iter().collect()
    }
}

impl Missing {
    pub(crate) fn tool(&self) -> Tool {
        self.tool
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alertmanager => "alertmanager",
            Self::CargoDeny => "cargo-deny",
            Self::Chromium => "Chromium",
            Self::Mtail => "mtail",
            Self::Node => "Node with the example product",
            Self::Prometheus => "Prometheus",
            Self::Python => "Python with DuckDB, Grafana's types, jsonschema and OpenTelemetry",
        })
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is missing ({}); to get it, run `{}`", self.tool, self.why, self.remedy)
    }
}

/// Whether this is a file that its owner may run.
pub(crate) fn is_executable(path: &Path) -> bool {
    #[cfg(unix)]
    let may_run = |data: &std::fs::Metadata| std::os::unix::fs::PermissionsExt::mode(&data.permissions()) & 0o100 != 0;
    #[cfg(not(unix))]
    let may_run = |_: &std::fs::Metadata| true;
    std::fs::metadata(path).is_ok_and(|data| data.is_file() && may_run(&data))
}

fn cargo_deny(root: &Path) -> Result<PathBuf, Missing> {
    let ours = root.join(".tools/bin/cargo-deny");
    let minor = CARGO_DENY.rsplit_once('.').map_or(CARGO_DENY, |(minor, _)| minor);
    let wanted = format!("cargo-deny {minor}.");
    for program in [PathBuf::from("cargo-deny"), ours.clone()] {
        if run::answer(Command::new(&program).arg("--version")).is_some_and(|version| version.starts_with(&wanted)) {
            return Ok(program);
        }
    }
    say::progress(format_args!("installing cargo-deny {CARGO_DENY} into .tools/ (once; about a minute)"));
    let install = ["install", "--quiet", "--locked", "--debug", "--root", ".tools"];
    let package = format!("cargo-deny@{CARGO_DENY}");
    let mut command = run::cargo(root);
    // A debug build without debug information is the quickest to have; checks take a second either way. The target
    // folder of the project is no place for it.
    command.args(install).arg(&package).env("CARGO_PROFILE_DEV_DEBUG", "0").env_remove("CARGO_TARGET_DIR");
    run::run(&mut command).map(|()| ours).map_err(|error| Missing {
        tool: Tool::CargoDeny,
        why: error.to_string(),
        remedy: format!("cargo install --locked {package}"),
    })
}

/// A program whose Debian package has its name.
fn program(name: &'static str, tool: Tool) -> Result<PathBuf, Missing> {
    if on_path(name).is_none() {
        let remedy = format!("apt-get install -y {name}");
        debian_package(name).map_err(|why| Missing { tool, why, remedy })?;
    }
    Ok(PathBuf::from(name))
}

fn node(root: &Path) -> Result<PathBuf, Missing> {
    let version = example::node_version().ok_or_else(|| Missing {
        tool: Tool::Node,
        why: "there is no `node`, or no `npm`".to_owned(),
        remedy: "apt-get install -y nodejs npm".to_owned(),
    })?;
    if !example::is_built(root) {
        say::progress(format_args!("building the example product with Node {version} (once)"));
    }
    example::build(root).map(|()| root.join(example::APP)).map_err(|error| Missing {
        tool: Tool::Node,
        why: error.to_string(),
        remedy: format!("npm --prefix {} ci", example::APP),
    })
}

fn python(root: &Path) -> Result<PathBuf, Missing> {
    if let Some(chosen) = std::env::var_os(PYTHON_VARIABLE) {
        return Ok(chosen.into());
    }
    let python = root.join(".tools/venv/bin/python3");
    let freeze = run::answer(Command::new(&python).args(["-m", "pip", "freeze"])).unwrap_or_default();
    if PYTHON_PACKAGES.iter().all(|package| freeze.lines().any(|line| line == *package)) {
        return Ok(python);
    }
    let packages = PYTHON_PACKAGES.join(" ");
    say::progress(format_args!("installing {packages} for Python into .tools/venv (once)"));
    let install = || -> Result<()> {
        if run::answer(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_none() {
            debian_package("python3-venv").map_err(anyhow::Error::msg)?;
        }
        // A folder left by another Python, or by an install that broke off, is of no use.
        run::run(Command::new("python3").args(["-m", "venv", "--clear", ".tools/venv"]).current_dir(root))?;
        let install = ["-m", "pip", "install", "--quiet"];
        run::run(Command::new(&python).args(install).args(PYTHON_PACKAGES).current_dir(root))
    };
    install().map(|()| python.clone()).map_err(|error| Missing {
        tool: Tool::Python,
        why: error.to_string(),
        remedy: format!("python3 -m venv --clear .tools/venv && .tools/venv/bin/python3 -m pip install {packages}"),
    })
}

/// Installs a Debian package, or says why not.
fn debian_package(package: &str) -> Result<(), String> {
    if on_path("apt-get").is_none() {
        return Err("this machine has no apt-get".to_owned());
    }
    if run::answer(Command::new("id").arg("-u")).as_deref() != Some("0") {
        return Err(format!("the Debian package `{package}` is installed only when run as root"));
    }
    say::progress(format_args!("installing the Debian package `{package}`"));
    let apt_get =
        |arguments: &[&str]| run::run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"));
    let install = || apt_get(&["install", "-qq", "-y", "--no-install-recommends", package]);
    // The lists of a fresh image are empty or old.
    install().or_else(|_| apt_get(&["update", "-qq"]).and_then(|()| install())).map_err(|error| error.to_string())
}

fn on_path(program: impl AsRef<OsStr>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program.as_ref())).find(|path| is_executable(path))
}
