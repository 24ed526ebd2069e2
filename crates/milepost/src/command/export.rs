//! `milepost export`: what the registry says, in the formats of other tools.

mod destination;

use crate::output;
use crate::reading;
use anyhow::bail;
use clap::{Args, Subcommand};
use destination::{Destination, Document};
use milepost_exchange::Remarks;
use milepost_exchange::grafana;
use milepost_exchange::openslo;
use milepost_exchange::prometheus::{self, Rules};
use milepost_registry::Registry;
use std::path::PathBuf;
use std::process::ExitCode;

/// Take SLOs away to other tools: Prometheus rules, Grafana dashboards, OpenSLO documents
///
/// What the other format cannot say is told on standard error, with the reason. Exits with 0 when every SLO was exported, 1 when some were
/// left out or the registry has errors, 2 when the command could not be run.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost export prometheus --registry registry/ -o /etc/prometheus/rules/milepost.yaml
  milepost export grafana    --registry registry/ -o dashboards/
  milepost export openslo    --registry registry/ --product mail > mail.openslo.yaml")]
pub(crate) struct ExportCommand {
    #[command(subcommand)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Format {
    /// Recording rules and burn alerts over the metrics of `milepost up`, for Prometheus
    ///
    /// Names and labels are those that Sloth's dashboards look for, with Milepost's own beside them. Alerts are in rate form.
    #[command(after_help = "Examples:
  milepost export prometheus --registry registry/ > milepost.rules.yaml && promtool check rules milepost.rules.yaml
  milepost export prometheus --registry registry/ -o /etc/prometheus/rules/")]
    Prometheus(Selected),
    /// A dashboard of each product over the same metrics and rules, for Grafana
    #[command(after_help = "Examples:
  milepost export grafana --registry registry/ --product mail > mail.dashboard.json
  milepost export grafana --registry registry/ -o /var/lib/grafana/dashboards/")]
    Grafana(Selected),
    /// OpenSLO v1 documents: services, SLOs with their indicators and alert policies
    #[command(after_help = "Examples:
  milepost export openslo --registry registry/ > slos.openslo.yaml
  milepost export openslo --registry registry/ -o openslo/")]
    Openslo(Selected),
}

/// What to export, and where to.
#[derive(Debug, Args)]
struct Selected {
    /// Folder with the registry
    #[arg(long, value_name = "DIR")]
    registry: PathBuf,
    /// Export this product only
    #[arg(long, value_name = "NAME")]
    product: Option<String>,
    /// Write to this file, or one file for each product into this folder, instead of standard output
    #[arg(short, long, value_name = "FILE|DIR")]
    output: Option<PathBuf>,
}

impl ExportCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let (Format::Prometheus(selected) | Format::Grafana(selected) | Format::Openslo(selected)) = &self.format;
        let Some(mut registry) = reading::load(&selected.registry)? else { return Ok(ExitCode::from(1)) };
        select(&mut registry, selected.product.as_deref())?;
        let destination = Destination::of(selected.output.as_deref());
        let (slos, remarks) = match self.format {
            Format::Prometheus(_) => rules(&registry, &destination)?,
            Format::Grafana(_) => dashboards(&registry, &destination)?,
            Format::Openslo(_) => documents(&registry, &destination)?,
        };
        remarks.iter().for_each(|remark| output::note(&format!("{remark}\n")));
        let left_out = remarks.left_out();
        output::note(&match left_out {
            0 => format!("{} exported.\n", output::count(slos, "SLO")),
            left_out => format!("{} exported, {left_out} left out.\n", output::count(slos, "SLO")),
        });
        Ok(if left_out > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }
}

/// Leaves one product only.
fn select(registry: &mut Registry, product: Option<&str>) -> anyhow::Result<()> {
    let Some(wanted) = product else { return Ok(()) };
    if !registry.products.iter().any(|product| product.name.as_str() == wanted) {
        let names: Vec<&str> = registry.products.iter().map(|product| product.name.as_str()).collect();
        bail!("there is no product `{wanted}`\nhelp: it can be {}", names.join(", "));
    }
    registry.products.retain(|product| product.name.as_str() == wanted);
    registry.slos.retain(|slo| slo.product.as_str() == wanted);
    registry.open_slos.retain(|slo| slo.binding.as_ref().is_some_and(|binding| binding.product.as_str() == wanted));
    Ok(())
}

fn rules(registry: &Registry, destination: &Destination<'_>) -> anyhow::Result<(usize, Remarks)> {
    let rules = Rules::of(registry);
    let parts = rules
        .files
        .iter()
        .map(|file| Document { name: format!("{}.rules.yaml", file.product), text: prometheus::text([file]) });
    destination.write(&parts.collect::<Vec<_>>(), || Ok(prometheus::text(&rules.files)))?;
    Ok((rules.slos, rules.remarks))
}

fn dashboards(registry: &Registry, destination: &Destination<'_>) -> anyhow::Result<(usize, Remarks)> {
    let dashboards = grafana::Dashboards::of(registry);
    let parts = dashboards.products.iter().map(|(product, dashboard)| Document {
        name: format!("{product}.dashboard.json"),
        text: grafana::text(dashboard),
    });
    let parts: Vec<Document> = parts.collect();
    destination.write(&parts, || match &parts[..] {
        [] => Ok(String::new()),
        [only] => Ok(only.text.clone()),
        parts => {
            let names: Vec<&str> = dashboards.products.iter().map(|(product, _)| product.as_str()).collect();
            bail!(
                "{}, and a file holds one\nhelp: name a folder, `-o dashboards/`, or one product: `--product NAME` with one of {}",
                output::count(parts.len(), "dashboard"),
                names.join(", ")
            )
        }
    })?;
    Ok((dashboards.slos, dashboards.remarks))
}

fn documents(registry: &Registry, destination: &Destination<'_>) -> anyhow::Result<(usize, Remarks)> {
    let exported = openslo::Documents::of(registry);
    let parts = exported
        .products
        .iter()
        .map(|(product, text)| Document { name: format!("{product}.openslo.yaml"), text: text.clone() });
    let parts: Vec<Document> = parts.collect();
    destination.write(&parts, || {
        let texts: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
        Ok(texts.join("---\n"))
    })?;
    Ok((exported.slos, exported.remarks))
}
