//! `milepost init`: a registry to start from.

mod ask;

use super::check::today;
use super::completions::Completed;
use crate::output;
use anyhow::{Context as _, bail};
pub(super) use ask::Questions;
use clap::Args;
use milepost_model::{Date, DurationNs, LogFormat, Name};
use milepost_registry::starter::Starter;
use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Start a registry: commented documents that pass `check`
///
/// A product with who does what, an objective with two steps, a service, an SLO, and severity rules to agree on.
///
/// Asks for what no option says when it runs on a terminal, and takes defaults otherwise. It never overwrites a file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost init registry/
  milepost init registry/ --title \"Web shop\" --objective \"Buy a book\" --service shop --yes
  milepost init registry/ --yes && milepost check registry/")]
pub(crate) struct InitCommand {
    /// Folder for the registry; it is made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The product's name, such as web-shop [default: made of the title]
    #[arg(long, value_name = "NAME")]
    product: Option<Name>,
    /// What people call the product [default: My product]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// What its users want to achieve, in their words [default: Get something done]
    #[arg(long, value_name = "TEXT")]
    objective: Option<String>,
    /// The service that they meet first, as telemetry names it [default: web]
    #[arg(long, value_name = "NAME")]
    service: Option<Name>,
    /// How its access log is written: common, combined, nginx, envoy, haproxy, json, the text of nginx's log_format, or none [default: combined]
    #[arg(long, value_name = "FORMAT", value_parser = Completed(formats), hide_possible_values = true)]
    access_log: Option<String>,
    /// Ask nothing
    #[arg(short, long)]
    yes: bool,
}

/// How long an owner's word is taken for true, at first.
const RECONFIRM_AFTER: DurationNs = DurationNs::from_seconds(365 * 86_400);

impl InitCommand {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let folder = self.folder.clone();
        let asks = !self.yes && io::stdin().is_terminal();
        let mut stdin = io::stdin().lock();
        let starter = self.starter(&mut Questions::new(asks, &mut stdin))?;
        let files = starter.files();
        refuse_to_overwrite(&folder, files.iter().map(|(name, _)| *name))?;
        fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
        for (name, text) in files {
            let path = folder.join(name);
            write_new(&path, &text).with_context(|| format!("cannot write `{}`", path.display()))?;
            output::data(&format!("{}\n", path.display()))?;
        }
        output::note(&next(&folder, starter.access_log.is_some()));
        Ok(ExitCode::SUCCESS)
    }

    fn starter(self, questions: &mut Questions<'_>) -> anyhow::Result<Starter> {
        let named = self.product.as_ref().map(|name| words(name.as_str()));
        let title = questions.text(
            self.title,
            "What do people call the product?",
            &named.unwrap_or("My product".to_owned()),
        )?;
        let suggested = self.product.is_none().then(|| Name::suggest(&title)).flatten();
        let suggested = suggested.as_ref().map_or("my-product", Name::as_str);
        let product = questions.name(self.product, "Its name in files and addresses?", suggested)?;
        let question = "What is one thing that its users want to achieve, in their words?";
        let objective_title = questions.text(self.objective, question, "Get something done")?;
        let service =
            questions.name(self.service, "Which service do they meet first, as telemetry names it?", "web")?;
        let question = "How is its access log written? (common, combined, nginx, envoy, haproxy, json, none)";
        let access_log = questions.answer(self.access_log, question, "combined", access_log)?;
        let today = today().context("the machine's clock is before 1970")?;
        Ok(Starter {
            product,
            title,
            objective: Name::suggest(&objective_title).unwrap_or(Name::new("first-objective")?),
            objective_title,
            service,
            access_log,
            reconfirm_by: Date::of(today.start().plus(RECONFIRM_AFTER)),
        })
    }
}

fn formats() -> Vec<&'static str> {
    LogFormat::NAMED.into_iter().chain(["none"]).collect()
}

fn access_log(text: &str) -> anyhow::Result<Option<LogFormat>> {
    if text == "none" {
        return Ok(None);
    }
    let format = text.parse().with_context(|| {
        let named = LogFormat::NAMED.join(", ");
        format!("`{text}` is no format of an access log (--access-log): write {named}, none, or the text of nginx's log_format")
    });
    format.map(Some)
}

/// A name as a title: `web-shop` is `Web shop`.
fn words(name: &str) -> String {
    let mut letters = name.chars().map(|c| if c == '-' { ' ' } else { c });
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn refuse_to_overwrite<'n>(folder: &Path, names: impl Iterator<Item = &'n str>) -> anyhow::Result<()> {
    let there = names.map(|name| folder.join(name)).filter(|path| path.symlink_metadata().is_ok());
    let there: Vec<String> = there.map(|path| format!("`{}`", path.display())).collect();
    let are = if there.len() == 1 { "is" } else { "are" };
    if !there.is_empty() {
        bail!(
            "{} {are} there already; nothing was written\nhelp: name another folder, or go on with what is there: milepost check {}",
            there.join(", "),
            folder.display()
        );
    }
    Ok(())
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}

fn next(folder: &Path, has_log: bool) -> String {
    let folder = folder.display();
    let file = if has_log { "access.log" } else { "spans.jsonl" };
    let commands = [
        (format!("check {folder}"), "what is wrong, and what would be right"),
        (format!("annotate --registry {folder} {file}"), "which step each request serves, and rules for the rest"),
        (format!("diagram {folder} > product.svg"), "the objectives and their steps, drawn"),
        (format!("report --registry {folder} {file}"), "which steps fail, for whom, and why"),
        (format!("show {folder} engagement"), "what is done, what is missing, what is next"),
    ];
    let widest = commands.iter().map(|(command, _)| command.chars().count()).max().unwrap_or(0);
    let lines = commands.iter().map(|(command, says)| format!("  milepost {command:<widest$}  {says}\n"));
    let lines: String = lines.collect();
    format!("\nOpen them and write down your own product: the comments say how. Then\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> InitCommand {
        let (product, title, objective, service, access_log) = (None, None, None, None, None);
        InitCommand { folder: PathBuf::new(), product, title, objective, service, access_log, yes: false }
    }

    fn answered(command: InitCommand, typed: &str) -> anyhow::Result<Starter> {
        command.starter(&mut Questions::new(true, &mut typed.as_bytes()))
    }

    #[test]
    fn what_is_typed_is_taken_and_wrong_answers_are_asked_for_again() {
        let typed = "Web shop\n\nBuy a book\nNot A Name\nshop\nfancy\njson\n";
        let starter = answered(command(), typed).unwrap();
        assert_eq!((starter.title.as_str(), starter.product.as_str()), ("Web shop", "web-shop"));
        assert_eq!((starter.objective.as_str(), starter.service.as_str()), ("buy-a-book", "shop"));
        assert_eq!(starter.access_log, Some(LogFormat::Json));
    }

    #[test]
    fn what_an_option_says_is_not_asked_for() {
        let named = InitCommand { product: Some(Name::new("web-shop").unwrap()), ..command() };
        let starter = answered(named, "\n\n\nnone\n").unwrap();
        assert_eq!((starter.title.as_str(), starter.product.as_str()), ("Web shop", "web-shop"));
        assert_eq!((starter.objective.as_str(), starter.access_log), ("get-something-done", None));
    }

    #[test]
    fn titles_of_which_no_name_can_be_made_get_one_all_the_same() {
        let titled =
            InitCommand { title: Some("商店".to_owned()), objective: Some("買う".to_owned()), ..command() };
        let starter = answered(titled, "").unwrap();
        assert_eq!((starter.product.as_str(), starter.objective.as_str()), ("my-product", "first-objective"));
    }

    #[test]
    fn a_wrong_option_is_an_error() {
        let wrong = InitCommand { access_log: Some("fancy".to_owned()), ..command() };
        assert!(answered(wrong, "").is_err());
        let empty = InitCommand { title: Some(" ".to_owned()), ..command() };
        assert!(answered(empty, "").is_err());
    }
}
