//! Questions on a terminal, each with a default. Where nobody can answer, the defaults are taken.

use crate::output;
use anyhow::{Context as _, bail};
use milepost_model::Name;
use std::io::{BufRead, Read as _};

/// Longest answer that is read, in bytes: a log format is a few hundred.
const MOST_BYTES: u64 = 4_096;

/// How often a question is asked before whatever answers is given up.
const MOST_TRIES: usize = 5;

/// Asks, or takes defaults.
pub(in crate::command) struct Questions<'i> {
    asks: bool,
    input: &'i mut dyn BufRead,
}

impl<'i> Questions<'i> {
    pub(in crate::command) fn new(asks: bool, input: &'i mut dyn BufRead) -> Self {
        Self { asks, input }
    }

    /// Whether there is somebody to ask.
    pub(in crate::command) fn asks(&self) -> bool {
        self.asks
    }

    /// What is answered, where there is no default.
    pub(in crate::command) fn required<T>(
        &mut self,
        question: &str,
        read: impl Fn(&str) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        for _ in 0..MOST_TRIES {
            output::note(&format!("{question} "));
            match read(&self.line()?.unwrap_or_default()) {
                Ok(value) => return Ok(value),
                Err(error) => output::error(&error),
            }
        }
        bail!("no answer to: {question}\nhelp: give it as an option: --help tells which")
    }

    /// A title: text on one line.
    pub(super) fn text(&mut self, given: Option<String>, question: &str, default: &str) -> anyhow::Result<String> {
        self.answer(given, question, default, |text| match text.trim() {
            "" => bail!("a title cannot be empty"),
            text if text.contains(char::is_control) => bail!("a title has no control characters"),
            text => Ok(text.to_owned()),
        })
    }

    pub(super) fn name(&mut self, given: Option<Name>, question: &str, default: &str) -> anyhow::Result<Name> {
        let given = given.map(|name| name.to_string());
        self.answer(given, question, default, |text| {
            Name::new(text).with_context(|| match Name::suggest(text) {
                Some(name) => format!("`{text}` is not a name, `{name}` would be one"),
                None => format!("`{text}` is not a name"),
            })
        })
    }

    /// What an option gave, else what is answered, else the default.
    pub(super) fn answer<T>(
        &mut self,
        given: Option<String>,
        question: &str,
        default: &str,
        read: impl Fn(&str) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        if let Some(given) = given {
            return read(&given);
        }
        if !self.asks {
            return read(default);
        }
        for _ in 0..MOST_TRIES {
            output::note(&format!("{question} [{default}] "));
            match read(&self.line()?.unwrap_or_else(|| default.to_owned())) {
                Ok(value) => return Ok(value),
                Err(error) => output::error(&error),
            }
        }
        bail!("no answer to: {question}\nhelp: give it as an option: milepost init --help")
    }

    /// A line without the white space around it; nothing where there is none.
    fn line(&mut self) -> anyhow::Result<Option<String>> {
        let mut line = Vec::new();
        (&mut self.input).take(MOST_BYTES).read_until(b'\n', &mut line).context("cannot read the answer")?;
        let line = String::from_utf8(line).context("the answer is not UTF-8")?;
        Ok(Some(line.trim().to_owned()).filter(|line| !line.is_empty()))
    }
}
