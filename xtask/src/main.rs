//! `cargo xtask`: every chore of the project, for developers and CI alike.
//!
//! Nothing here is part of the product. Keep it light: it is compiled before anything else can be checked.

mod bench;
mod checkout;
mod example;
mod generate;
mod run;
mod say;
mod soak;
mod test;
mod tidy;
mod tools;
mod ui;
mod up;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Every chore of the project.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Build everything and run the example product, with users in it, under a server that measures it.
    Up,
    /// Build the pages of the server, with npm; a build with cargo has them in it from then on.
    Ui,
    /// Run what CI runs, and say how long each part took.
    #[command(after_help = TEST_EXAMPLES)]
    Test {
        /// Run these parts only.
        #[arg(long, value_name = "PART", value_delimiter = ',')]
        only: Vec<test::Part>,
    },
    /// Check the house rules that no other tool checks.
    #[command(after_help = TIDY_EXAMPLES)]
    Tidy,
    /// Write the files that programs make: the example's telemetry, the index of the diagnostics, the schema of registry files.
    Generate,
    /// Run the fuzz targets for long.
    Soak {
        /// Run only targets whose name contains this.
        filter: Option<String>,
        /// How long each target runs.
        #[arg(long, value_name = "N", default_value_t = 10)]
        minutes: u64,
    },
    /// Run the benches, then the comparisons with other programs.
    #[command(after_help = BENCH_EXAMPLES)]
    Bench {
        /// Run only benches whose name contains this.
        filter: Option<String>,
    },
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask up                        see Milepost work on the example product
  cargo xtask ui                        the pages alone, after a change in web/ui
  cargo xtask test                      before a push: everything CI checks
  cargo xtask test --only format,lints  while writing: only these parts
  cargo xtask tidy                      the house rules alone, in seconds
  cargo xtask generate                  after a change to what the example tells, a diagnostic code, or a key of registry files
  cargo xtask soak --minutes 10         every fuzz target for ten minutes
  cargo xtask bench decode              benches whose name contains `decode`";

const TEST_EXAMPLES: &str = "\
Examples:
  cargo xtask test                      everything, as CI runs it
  cargo xtask test --only test          the tests alone
  cargo xtask test --only format,tidy   the parts that need little of a build
  CI=true cargo xtask test              a tool that cannot be installed fails the run instead of being skipped

Tools that the parts need are installed first: into .tools/ in the checkout, or as Debian packages when run as root.";

const TIDY_EXAMPLES: &str = "\
Example of a finding:
  crates/slo/Cargo.toml:15: `slo` may not use `registry`; it may use model, expr, annotate

A file or function that must be longer than the limits is listed, with the reason, in xtask/tidy-exceptions.txt.";

const BENCH_EXAMPLES: &str = "\
Examples:
  cargo xtask bench                     all benches, then every program in benches/compare/
  cargo xtask bench decode              benches whose name contains `decode`, no comparisons";

fn main() -> ExitCode {
    let root = checkout::root();
    let done = match Arguments::parse().chore {
        Chore::Up => up::run(&root),
        Chore::Ui => ui::build(&root),
        Chore::Test { only } => test::run(&root, &only),
        Chore::Tidy => tidy::run(&root),
        Chore::Generate => generate::run(&root),
        Chore::Soak { filter, minutes } => soak::run(&root, filter.as_deref(), minutes),
        Chore::Bench { filter } => bench::run(&root, filter.as_deref()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::progress(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
