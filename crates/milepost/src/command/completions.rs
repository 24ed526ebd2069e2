//! `milepost completions`: what a shell needs to complete commands and options.

use crate::output;
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Args, Command};
use clap_complete::Shell;
use std::ffi::OsStr;
use std::process::ExitCode;

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost completions bash > ~/.local/share/bash-completion/completions/milepost
  milepost completions zsh  > ~/.zfunc/_milepost      # with ~/.zfunc in fpath
  milepost completions fish > ~/.config/fish/completions/milepost.fish
  milepost completions powershell >> $PROFILE
  milepost completions elvish >> ~/.config/elvish/rc.elv")]
pub(crate) struct CompletionsCommand {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Any text, of which shells propose some.
#[derive(Clone, Copy)]
pub(crate) struct Completed(pub(crate) fn() -> Vec<&'static str>);

impl TypedValueParser for Completed {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter().map(PossibleValue::new)))
    }
}

impl CompletionsCommand {
    /// Of the whole command line, which only `main` knows.
    pub(crate) fn run(self, mut commands: Command) -> anyhow::Result<ExitCode> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut commands, "milepost", &mut script);
        output::data(&String::from_utf8(script)?)?;
        Ok(ExitCode::SUCCESS)
    }
}
