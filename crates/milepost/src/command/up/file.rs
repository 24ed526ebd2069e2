//! Settings from a file: what flags and variables do not say.
//!
//! The names are those of the flags, and so are the values: whatever a flag takes stands behind its name. The file's values become the defaults of
//! the flags, so that the one reader of flags decides what goes before what.

use super::UpCommand;
use crate::output;
use anyhow::{Context as _, bail};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches as _};
use milepost_registry::did_you_mean;
use milepost_registry::settings::{FILE_NAME, Setting, Shape, read};
use std::error::Error as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A file with settings.
#[derive(Debug)]
pub(super) struct SettingsFile {
    path: PathBuf,
    text: String,
}

/// What is no setting, though it is a flag.
const FLAGS_ALONE: [&str; 3] = ["config", "help", "version"];

impl SettingsFile {
    /// The file that is named, else the one in the working directory, if there is one.
    pub(super) fn find(named: Option<&Path>) -> anyhow::Result<Option<Self>> {
        let path = named.unwrap_or(Path::new(FILE_NAME));
        match fs::read_to_string(path) {
            Ok(text) => Ok(Some(Self { path: path.to_owned(), text })),
            Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read the settings in `{}`", path.display())),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The flags as they were given, with what the file says where neither flag nor variable says anything.
    pub(super) fn under_flags(&self, command: Command) -> anyhow::Result<UpCommand> {
        let up = command.find_subcommand("up").context("there is no command `up`")?.clone();
        let known: Vec<Setting> = flags(&up).map(setting).collect();
        let check = |name: &str, value: &str| check(&up, name, value);
        let settings = match read(&self.path.display().to_string(), self.text.clone(), &known, check) {
            Ok(settings) => settings,
            Err(diagnostics) => {
                output::note(&diagnostics.render(output::colour_on_stderr()));
                bail!(
                    "the settings in `{}` have errors\nhelp: mend them, or give another file with --config",
                    self.path.display()
                );
            }
        };
        let with_defaults = settings.into_iter().fold(up, |up, (name, values)| {
            // An argument is known by the name of its field.
            up.mut_arg(name.replace('-', "_"), |argument| argument.default_values(values))
        });
        let command = command.mut_subcommand("up", |_| with_defaults);
        let matches = command.get_matches();
        let matches: &ArgMatches = matches.subcommand_matches("up").context("the command is `up`")?;
        Ok(UpCommand::from_arg_matches(matches)?)
    }
}

/// The flags that are settings.
fn flags(up: &Command) -> impl Iterator<Item = &Arg> {
    up.get_arguments().filter(|argument| argument.get_long().is_some_and(|name| !FLAGS_ALONE.contains(&name)))
}

fn setting(flag: &Arg) -> Setting {
    let shape = match flag.get_action() {
        ArgAction::SetTrue => Shape::Switch,
        ArgAction::Append => Shape::List,
        _ => Shape::Text,
    };
    Setting { name: flag.get_long().unwrap_or_default().to_owned(), shape }
}

/// What would be right, where a flag does not take a value.
fn check(up: &Command, name: &str, value: &str) -> Result<(), String> {
    let command = up.clone().no_binary_name(true);
    let Err(error) = command.try_get_matches_from([format!("--{name}={value}")]) else { return Ok(()) };
    if let Some(ContextValue::Strings(choices)) = error.get(ContextKind::ValidValue)
        && !choices.is_empty()
    {
        return Err(did_you_mean(value, choices));
    }
    Err(error.source().map_or_else(|| format!("see `milepost up --help` for `--{name}`"), ToString::to_string))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Args as _;

    const PAGE: &str = include_str!("../../../../../docs/server.md");

    /// A row of the table of settings, as the flag itself says it.
    fn row(flag: &Arg) -> String {
        let name = flag.get_long().expect("a flag");
        let variable = flag.get_env().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let defaults: Vec<_> = flag.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        let help = flag.get_help().expect("it is explained").to_string();
        let (help, unsaid) = help.split_once(" [default: ").unwrap_or((&help, ""));
        let default = match (defaults.join(", "), flag.get_action()) {
            (text, ArgAction::SetTrue) if text.is_empty() => "`false`".to_owned(),
            (text, _) if text.is_empty() && unsaid.is_empty() => "none".to_owned(),
            (text, _) if text.is_empty() => unsaid.trim_end_matches(']').to_owned(),
            (text, _) => format!("`{text}`"),
        };
        format!("| `{name}` | `{variable}` | {default} | {help} |")
    }

    #[test]
    fn the_page_has_each_setting_as_its_flag_says_it() {
        let up = UpCommand::augment_args(Command::new("up"));
        let rows: Vec<String> = flags(&up).map(row).collect();
        let (_, table) = PAGE.split_once("| setting | variable |").expect("the page has the table");
        let told: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
        assert_eq!(told, rows, "the table should be:\n{}", rows.join("\n"));
    }

    #[test]
    fn each_flag_has_a_variable_and_is_known_by_the_name_of_its_field() {
        let up = UpCommand::augment_args(Command::new("up"));
        for flag in flags(&up) {
            let name = flag.get_long().expect("a flag");
            assert_eq!(flag.get_id().as_str(), name.replace('-', "_"));
            assert!(flag.get_env().is_some(), "{name}");
        }
    }
}
