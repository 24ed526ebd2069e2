//! The `milepost` binary: commands, their output and their exit codes. Decides nothing itself.
//!
//! Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 the input has errors, 2 the command could not be run.
//! Of `diff`, where 1 can be asked for to mean that there are differences, input with errors is 2.

mod asking;
mod attribute;
mod backtest;
mod command;
mod cost;
mod imported;
mod output;
mod page;
mod progress;
mod reading;
mod recording;
mod replay;
mod report;
mod revision;
mod severity;
mod show;
mod span;
mod suggest;

use clap::{CommandFactory as _, Parser, Subcommand};
use std::process::ExitCode;

/// Product-focused reliability: from objectives and steps to what is broken, for whom, and how badly.
#[derive(Debug, Parser)]
#[command(name = "milepost", version, propagate_version = true, max_term_width = 100, after_help = TYPICAL_DAY)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The commands in the order in which they are of use.
const TYPICAL_DAY: &str = "A typical day:
  milepost init     registry/                        start a registry, once
  milepost check    registry/                        after every change: what is wrong
  milepost explain  MPN004                           what a message means
  milepost annotate --registry registry/ access.log  which step each request serves
  milepost report   --registry registry/ access.log  which steps fail, for whom, and why
  milepost up       --registry registry/             the same live: receive telemetry, count, serve
  milepost slos                                      budgets of a running server, and what spent one
  milepost show     registry/ engagement             what is done, what is missing, what is next
  milepost show     registry/ slos --format html > slos.html
  milepost diagram  registry/ > product.svg          pictures for everybody
  milepost diff     main:registry registry           what a change does, in product words
  milepost import   sloth.yaml --product mail -o registry/
  milepost export   prometheus --registry registry/  rules, dashboards and OpenSLO to take away
  milepost test     --registry registry/ *.test      what budgets and alerts do, by example
  milepost backtest --data data/ --slo send-mail     when it would have paged, and with a change
  milepost suggest  --data data/                     targets that history supports, and why
  milepost cost     --data data/                     what each SLO costs, what is missing
  milepost severity --data data/                     how bad it was, and why
  milepost replay   --registry registry/ --data new/ spans.jsonl  what a live server would have said
  milepost change   --kind deploy --service outbox   what was deployed, from a pipeline
  milepost attribute --data data/                    what failures have in common, what errors hurt
  milepost incidents                                 what goes wrong now, and what is done about it

`milepost COMMAND --help` has examples of each.";

#[derive(Debug, Subcommand)]
enum Command {
    Init(command::init::InitCommand),
    Check(command::check::Check),
    Explain(command::explain::ExplainCommand),
    Annotate(command::annotate::AnnotateCommand),
    Report(command::report::ReportCommand),
    Replay(command::replay::ReplayCommand),
    // It has far more flags than the others, as `change` has.
    Up(Box<command::up::UpCommand>),
    Status(command::status::StatusCommand),
    Slos(command::slos::SlosCommand),
    Token(command::token::TokenCommand),
    Change(Box<command::change::ChangeCommand>),
    Backup(command::backup::BackupCommand),
    Restore(command::backup::RestoreCommand),
    Show(command::show::ShowCommand),
    Diagram(command::diagram::DiagramCommand),
    Diff(command::diff::DiffCommand),
    Import(command::import::ImportCommand),
    Export(command::export::ExportCommand),
    Test(command::test::TestCommand),
    Backtest(command::backtest::BacktestCommand),
    Suggest(command::suggest::SuggestCommand),
    Cost(command::cost::CostCommand),
    Severity(command::severity::SeverityCommand),
    Attribute(command::attribute::AttributeCommand),
    Incidents(command::incidents::IncidentsCommand),
    Rules(command::rules::RulesCommand),
    Schema(command::schema::SchemaCommand),
    Completions(command::completions::CompletionsCommand),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Init(init) => init.run(),
        Command::Check(check) => check.run(),
        Command::Explain(explain) => explain.run(),
        Command::Diff(diff) => diff.run(),
        Command::Import(import) => import.run(),
        Command::Export(export) => export.run(),
        Command::Test(test) => test.run(),
        Command::Backtest(backtest) => backtest.run(),
        Command::Suggest(suggest) => suggest.run(),
        Command::Cost(cost) => cost.run(),
        Command::Severity(severity) => severity.run(),
        Command::Attribute(attribute) => attribute.run(),
        Command::Incidents(incidents) => incidents.run(),
        Command::Annotate(annotate) => annotate.run(),
        Command::Report(report) => report.run(),
        Command::Replay(replay) => replay.run(),
        Command::Up(up) => up.run(Cli::command()),
        Command::Status(status) => status.run(),
        Command::Slos(slos) => slos.run(),
        Command::Token(token) => token.run(),
        Command::Change(change) => change.run(),
        Command::Backup(backup) => backup.run(),
        Command::Restore(restore) => restore.run(),
        Command::Show(show) => show.run(),
        Command::Diagram(diagram) => diagram.run(),
        Command::Rules(rules) => rules.run(),
        Command::Schema(schema) => schema.run(),
        Command::Completions(completions) => completions.run(Cli::command()),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            ExitCode::from(2)
        }
    }
}
