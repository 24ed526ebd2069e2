//! `milepost import`: SLOs of other tools, into a registry.

mod binding;

use super::init::Questions;
use crate::output;
use anyhow::{Context as _, bail};
use binding::{KnownPaths, Steps};
use clap::Args;
use milepost_exchange::openslo::{self, Document};
use milepost_model::Name;
use milepost_registry::foreign::{self, Foreign, SlothPeriod, Unsaid};
use milepost_registry::{Outcome, ReadOptions};
use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Bring in SLOs of Sloth and Pyrra: OpenSLO documents, each bound to the step that it is about
///
/// Reads Sloth's `prometheus/v1` and `sloth.slok.dev/v1`, and Pyrra's `ServiceLevelObjective`, and writes OpenSLO documents with their queries.
/// No such document says which step an SLO is about: `--step` does, and on a terminal each is asked for. What has no counterpart is told with
/// its place and what was done. Documents of OpenSLO need no import: put them into the registry.
///
/// Exits with 0 when every SLO was brought in, 1 when some were left out or the files have errors, 2 when the command could not be run.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost import sloth.yaml --product mail --step web-errors=compose-mail/send-mail -o registry/
  milepost import slos/*.yaml --product mail -o registry/     asks for each step
  milepost import sloth.yaml --product mail --step open-inbox --default-slo-period 28d -o registry/
  milepost import pyrra.yaml --product mail --step open-inbox > openslo.yaml")]
pub(crate) struct ImportCommand {
    /// Files with documents of Sloth or Pyrra
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The product that the steps are of
    #[arg(long, value_name = "NAME")]
    product: Name,
    /// The step that an SLO is about, or one use of it; without `SLO=` that of all others
    #[arg(long = "step", value_name = "[SLO=][OBJECTIVE/]STEP")]
    steps: Vec<String>,
    /// The window of SLOs of Sloth, which Sloth is told by the same flag; its alerts are brought in over 28d and 30d
    #[arg(long, value_name = "PERIOD", default_value_t)]
    default_slo_period: SlothPeriod,
    /// Folder of the registry: a new file in it, which has to fit in; otherwise to standard output
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

impl ImportCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let steps = Steps::parse(&self.steps)?;
        let Foreign { slos, left_out, diagnostics } = foreign::read_files(&self.files, self.unsaid());
        output::note(&diagnostics.render(output::colour_on_stderr()));
        if diagnostics.errors() > 0 {
            output::note(&format!("{}. Nothing was written.\n", output::count(diagnostics.errors(), "error")));
            return Ok(ExitCode::from(1));
        }
        let mut stdin = io::stdin().lock();
        let asks = io::stdin().is_terminal();
        let known = self.known_paths();
        let documents = steps.bind(slos, &self.product, &known, &mut Questions::new(asks, &mut stdin))?;
        let written = match &self.output {
            None => {
                output::data(&(header(&self.files) + &openslo::text(&documents, &[])))?;
                true
            }
            Some(folder) if documents.is_empty() => {
                output::note(&format!("Nothing to write into `{}`.\n", folder.display()));
                true
            }
            Some(folder) => self.write_into(folder, &documents)?,
        };
        let slos = output::count(documents.len(), "SLO");
        output::note(&match (written, left_out) {
            (false, _) => String::new(),
            (true, 0) => format!("{slos} brought in.{TYPE}\n"),
            (true, left_out) => format!("{slos} brought in, {left_out} left out.{TYPE}\n"),
        });
        Ok(if left_out > 0 || !written { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    /// The uses of steps that the registry has, so that one can be chosen.
    fn known_paths(&self) -> KnownPaths {
        let Some(folder) = &self.output else { return KnownPaths::Unknown };
        let registry = ReadOptions::default().read(folder).registry;
        let objectives = registry.iter().flat_map(|registry| &registry.objectives);
        let of_product = objectives.filter(|objective| objective.product == self.product);
        let paths = of_product.flat_map(|of| of.steps.iter().map(move |step| format!("{}/{}", of.name, step.step)));
        match paths.collect::<Vec<_>>() {
            paths if paths.is_empty() && folder.is_dir() && registry.is_none() => KnownPaths::Unknown,
            paths if paths.is_empty() => KnownPaths::None(format!(
                "there are no steps of a product `{0}` in `{1}` yet: `milepost init {1} --product {0}` begins a registry",
                self.product,
                folder.display()
            )),
            paths => KnownPaths::Some(paths),
        }
    }

    fn unsaid(&self) -> Unsaid<'_> {
        Unsaid { service: &self.product, sloth_period: self.default_slo_period }
    }

    /// Writes a new file into a registry, if the registry is right with it; tells what is wrong otherwise.
    fn write_into(&self, folder: &Path, documents: &[Document]) -> anyhow::Result<bool> {
        let path = folder.join(format!("{}.openslo.yaml", stem(&self.files)));
        if path.symlink_metadata().is_ok() {
            bail!(
                "`{}` is there already; nothing was written\nhelp: remove it, or name another folder",
                path.display()
            );
        }
        let (present, texts) = match folder.is_dir() {
            true => ReadOptions::default().read_with_texts(folder),
            false => (milepost_registry::read_texts([]), Vec::new()),
        };
        let described = present.registry.iter().flat_map(|registry| {
            let ours = registry.services.iter().map(|service| service.name.to_string());
            ours.chain(registry.open_services.iter().map(ToString::to_string))
        });
        let text = header(&self.files) + &openslo::text(documents, &described.collect::<Vec<_>>());
        if present.registry.is_some() {
            let name = path.to_string_lossy();
            let all = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).chain([(&*name, text.as_str())]);
            let Outcome { registry, diagnostics } = milepost_registry::read_texts(all);
            if registry.is_none() {
                output::note(&diagnostics.render(output::colour_on_stderr()));
                output::note(&format!("`{name}` does not fit into the registry; nothing was written.\n"));
                return Ok(false);
            }
        }
        if present.registry.is_none() && !texts.is_empty() {
            let folder = folder.display();
            output::note(&format!(
                "`{folder}` has errors already, so that nobody knows whether the new file fits in.\n"
            ));
        }
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
        let new = OpenOptions::new().write(true).create_new(true).open(&path);
        let put = new.and_then(|mut file| file.write_all(text.as_bytes()));
        put.with_context(|| format!("cannot write `{}`", path.display()))?;
        output::data(&format!("{}\n", path.display()))?;
        output::note(&format!("Next: milepost check {}\n", folder.display()));
        Ok(true)
    }
}

/// What neither tool says of an SLO, and other commands hold it against.
const TYPE: &str = " Say by the annotation `milepost/type` which of them are availability, latency or another type.";

/// What the written file begins with.
fn header(files: &[PathBuf]) -> String {
    let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    // A name with a line break would end the comment.
    let names = names.join(", ").replace(|c: char| c.is_control(), "?");
    format!("# Brought in by `milepost import` from {names}.\n")
}

/// The name of the first file without its ending.
fn stem(files: &[PathBuf]) -> String {
    let stem = files.first().and_then(|file| file.file_stem()).map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| !stem.starts_with('.')).unwrap_or_else(|| "imported".to_owned())
}
