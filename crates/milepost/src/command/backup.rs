//! `milepost backup` and `milepost restore`: a copy of what a server has, and the way back.

use crate::output;
use clap::Args;
use milepost_store::{Directory, backup};
use std::path::PathBuf;
use std::process::ExitCode;

/// Copy everything that a server has, while it runs
///
/// The copy is of a moment not before it began. On one file system segments are linked and not copied; to keep what must outlive the disk, copy the
/// folder elsewhere. Exits with 1 when something in it is damaged.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost backup --data /var/lib/milepost /backup/milepost-2026-01-31
  milepost restore /backup/milepost-2026-01-31 --data /var/lib/milepost")]
pub(crate) struct BackupCommand {
    /// Folder that the server keeps everything in
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// New or empty folder for the copy
    #[arg(value_name = "COPY")]
    copy: PathBuf,
}

/// Make a data directory of a copy, and verify every file of it
///
/// Start a server on it with `milepost up --data DIR`. Exits with 1 when something in it is damaged; the rest is there.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  milepost restore /backup/milepost-2026-01-31 --data /var/lib/milepost")]
pub(crate) struct RestoreCommand {
    /// Folder with the copy
    #[arg(value_name = "COPY")]
    copy: PathBuf,
    /// New or empty folder for the data directory
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

impl BackupCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        tell(&backup::backup(&Directory::read_only(&self.data)?, &self.copy)?)
    }
}

impl RestoreCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        tell(&backup::restore(&self.copy, &self.data)?)
    }
}

fn tell(contents: &backup::Contents) -> anyhow::Result<ExitCode> {
    output::data(&format!("{contents}\n"))?;
    Ok(if contents.damage.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
