//! Diagnostics: everything that is wrong with a registry, each with its place and what would be right.
//!
//! Readers and the resolver make them and push them into [`Found`]; the caller of the crate gets [`Diagnostics`], in order, and renders them or
//! turns them into records.

mod record;
mod render;

use crate::code::Code;
use crate::quote::bounded;
use crate::source::{FileId, Place, Sources, Unreadable};
pub use record::DiagnosticRecord;
use serde::Serialize;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;

/// Most diagnostics of one run: nobody reads more, and a broken file of a million keys must not take a gigabyte to describe.
const MAX_DIAGNOSTICS: usize = 10_000;
/// Longest message and help, in characters: what is longer quotes too much.
const MAX_MESSAGE_CHARACTERS: usize = 500;

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The registry cannot be used.
    Error,
    /// It can, but says something that is hardly meant.
    Warning,
    /// Nothing is to be mended: something that is rightly said, and that this version does not do yet.
    Note,
}

/// One mistake in a registry.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// What kind of mistake.
    pub code: Code,
    /// What is wrong, in one line.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    place: At,
    label: String,
    /// Another place that belongs to it, with what is there.
    related: Option<(Place, String)>,
}

#[derive(Clone, Debug)]
enum At {
    Place(Place),
    /// A file or folder as a whole, by path.
    Path(String),
}

impl Diagnostic {
    pub(crate) fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self::at(code, At::Place(place), message.into())
    }

    pub(crate) fn of_path(code: Code, path: String, message: impl Into<String>) -> Self {
        Self::at(code, At::Path(path), message.into())
    }

    pub(crate) fn of_unreadable(unreadable: Unreadable) -> Self {
        let Unreadable { path, reason, place } = unreadable;
        match place {
            Some(place) => Self::new(Code::Unreadable, place, reason).help("save the file as UTF-8"),
            None => Self::of_path(Code::Unreadable, path, reason),
        }
    }

    fn at(code: Code, place: At, message: String) -> Self {
        Self { code, message: in_bounds(message), help: None, place, label: String::new(), related: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(in_bounds(help.into()));
        self
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub(crate) fn related(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related = Some((place, label.into()));
        self
    }
}

/// Most messages are short and plain, so they are looked at and left alone.
fn in_bounds(text: String) -> String {
    if text.len() <= MAX_MESSAGE_CHARACTERS && !text.chars().any(char::is_control) {
        return text;
    }
    bounded(&text, MAX_MESSAGE_CHARACTERS)
}

/// Diagnostics while they are being found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    list: Vec<Diagnostic>,
    /// How many of all are errors.
    errors: usize,
    /// How many errors and warnings came when the list was full.
    beyond: usize,
}

impl Found {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.code.severity() == Severity::Error);
        if self.list.len() < MAX_DIAGNOSTICS {
            self.list.push(diagnostic);
        } else {
            self.beyond += 1;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// Tells once what was told of several places of a file in the same words, with the lines of the others.
    pub(crate) fn gather(&mut self, code: Code, sources: &Sources) {
        /// Most lines that are listed.
        const MOST_LINES: usize = 10;
        // By message, help and file: the place of the first, and the lines of the others.
        type Words = (String, Option<String>, FileId);
        let mut first: HashMap<Words, (usize, Vec<usize>)> = HashMap::new();
        let mut kept: Vec<Diagnostic> = Vec::with_capacity(self.list.len());
        for diagnostic in self.list.drain(..) {
            let At::Place(place) = &diagnostic.place else {
                kept.push(diagnostic);
                continue;
            };
            if diagnostic.code != code {
                kept.push(diagnostic);
                continue;
            }
            let line = sources.position(place.file, place.range.start).line;
            let key = (diagnostic.message.clone(), diagnostic.help.clone(), place.file);
            match first.entry(key) {
                Entry::Occupied(mut others) => others.get_mut().1.push(line),
                Entry::Vacant(new) => {
                    new.insert((kept.len(), Vec::new()));
                    kept.push(diagnostic);
                }
            }
        }
        for (at, lines) in first.into_values().filter(|(_, lines)| !lines.is_empty()) {
            let listed: Vec<String> = lines.iter().take(MOST_LINES).map(ToString::to_string).collect();
            let more = match lines.len().saturating_sub(MOST_LINES) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let noun = if lines.len() == 1 { "line" } else { "lines" };
            let same = format!("the same of {noun} {}{more}", listed.join(", "));
            let help = kept[at].help.take().map_or_else(|| same.clone(), |help| format!("{help}; {same}"));
            kept[at].help = Some(help);
        }
        self.list = kept;
    }

    /// What stands at the places of the diagnostics found so far, of these codes.
    pub(crate) fn texts(&self, sources: &Sources, codes: &[Code]) -> Vec<String> {
        let places = self.list.iter().filter(|d| codes.contains(&d.code)).filter_map(|d| match &d.place {
            At::Place(place) => Some(place),
            At::Path(_) => None,
        });
        places.map(|place| sources.text(place).trim_matches(['"', '\'']).to_owned()).collect()
    }
}

/// All diagnostics of one run, by path and place, with the texts that they point into.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    sources: Sources,
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub(crate) fn new(sources: Sources, found: Found, folder: &str) -> Self {
        let Found { mut list, beyond, .. } = found;
        list.sort_by(|a, b| sort_key(&sources, a).cmp(&sort_key(&sources, b)));
        if beyond > 0 {
            let message = format!("there are {beyond} more mistakes than the {MAX_DIAGNOSTICS} shown");
            let diagnostic = Diagnostic::of_path(Code::TooLarge, folder.to_owned(), message);
            list.push(diagnostic.help("mend these and check again"));
        }
        Self { sources, list }
    }

    /// The diagnostics, by path and place.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// How many are errors.
    pub fn errors(&self) -> usize {
        self.of(Severity::Error)
    }

    /// How many are warnings.
    pub fn warnings(&self) -> usize {
        self.of(Severity::Warning)
    }

    /// How many are notes.
    pub fn notes(&self) -> usize {
        self.of(Severity::Note)
    }

    fn of(&self, severity: Severity) -> usize {
        self.list.iter().filter(|diagnostic| diagnostic.code.severity() == severity).count()
    }

    /// Those of one file, by its path.
    #[must_use]
    pub fn of_file(mut self, path: &str) -> Self {
        self.list.retain(|diagnostic| match &diagnostic.place {
            At::Place(place) => self.sources.file(place.file).path == path,
            At::Path(of) => of == path,
        });
        self
    }

    /// Renders all of them for people: place, text underlined, what would be right.
    pub fn render(&self, colour: bool) -> String {
        render::render(&self.sources, &self.list, colour)
    }

    /// All of them as records for other programs.
    pub fn records(&self) -> Vec<DiagnosticRecord<'_>> {
        self.list.iter().map(|d| record::record(&self.sources, d)).collect()
    }
}

/// By path as files are read, then by place; what is said of one place has a fixed order too.
fn sort_key<'a>(sources: &'a Sources, diagnostic: &'a Diagnostic) -> (&'a Path, usize, Code, &'a str) {
    let (path, start) = match &diagnostic.place {
        At::Place(place) => (&sources.file(place.file).path, place.range.start),
        At::Path(path) => (path, 0),
    };
    (Path::new(path), start, diagnostic.code, &diagnostic.message)
}

/// The part of a place in its first line: a whole document underlined helps nobody.
fn first_line(sources: &Sources, place: &Place) -> std::ops::Range<usize> {
    let start = place.range.start;
    let line = sources.line(place.file, start);
    let end = place.range.end.min(line.end).max(start);
    let text = &sources.file(place.file).text[start..end];
    match text.trim_end().len() {
        // Only white space, which is then what the diagnostic is about.
        0 => start..end,
        length => start..start + length,
    }
}
