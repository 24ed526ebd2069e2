//! The `milepost` binary: commands, their output and their exit codes. Decides nothing itself.
//!
//! Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 the input has errors, 2 the command could not be run.
//! Of `diff`, where 1 can be asked for to mean that there are differences, input with errors is 2.

mod command;
mod output;
mod page;
mod progress;
mod reading;
mod report;
mod revision;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Product-focused reliability: from objectives and steps to what is broken, for whom, and how badly.
#[derive(Debug, Parser)]
#[command(name = "milepost", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(command::check::Check),
    Explain(command::explain::ExplainCommand),
    Diagram(command::diagram::DiagramCommand),
    Diff(command::diff::DiffCommand),
    Report(command::report::ReportCommand),
    Annotate(command::annotate::AnnotateCommand),
    Rules(command::rules::RulesCommand),
    Schema(command::schema::SchemaCommand),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Check(check) => check.run(),
        Command::Explain(explain) => explain.run(),
        Command::Diagram(diagram) => diagram.run(),
        Command::Diff(diff) => diff.run(),
        Command::Report(report) => report.run(),
        Command::Annotate(annotate) => annotate.run(),
        Command::Rules(rules) => rules.run(),
        Command::Schema(schema) => schema.run(),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            ExitCode::from(2)
        }
    }
}
