//! Diagnostics: everything that is wrong with a registry, each with its place and what would be right.

use crate::code::Code;
use crate::source::{FileId, Place, Sources};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The registry cannot be used.
    Error,
    /// It can, but says something that is hardly meant.
    Warning,
}

/// One mistake in a registry.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// What kind of mistake; its first page of help is `milepost explain CODE`.
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
        Self { code, message: message.into(), help: None, place: At::Place(place), label: String::new(), related: None }
    }

    pub(crate) fn of_path(code: Code, path: String, message: String) -> Self {
        Self { code, message, help: None, place: At::Path(path), label: String::new(), related: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
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

    fn sort_key(&self) -> (Option<FileId>, usize, Code) {
        match &self.place {
            At::Place(place) => (Some(place.file), place.range.start, self.code),
            At::Path(_) => (None, 0, self.code),
        }
    }
}

/// All diagnostics of one run, in the order of the files, with the texts that they point into.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    sources: Sources,
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub(crate) fn new(sources: Sources, mut list: Vec<Diagnostic>) -> Self {
        list.sort_by_key(Diagnostic::sort_key);
        Self { sources, list }
    }

    /// The diagnostics, by file and place.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// How many are errors.
    pub fn errors(&self) -> usize {
        self.list.iter().filter(|d| d.code.severity() == Severity::Error).count()
    }

    /// How many are warnings.
    pub fn warnings(&self) -> usize {
        self.list.len() - self.errors()
    }

    /// Renders all of them for people: place, text underlined, what would be right.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.decor_style(DecorStyle::Ascii);
        let mut out = String::new();
        for diagnostic in &self.list {
            out.push_str(&renderer.render(&[self.group(diagnostic)]));
            out.push_str("\n\n");
        }
        out
    }

    fn group<'a>(&'a self, diagnostic: &'a Diagnostic) -> Group<'a> {
        let level = match diagnostic.code.severity() {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group =
            level.primary_title(&*diagnostic.message).id(diagnostic.code.as_str()).element(match &diagnostic.place {
                At::Path(path) => return self.path_group(diagnostic, path),
                At::Place(place) => {
                    let snippet = self.snippet(place, AnnotationKind::Primary, &diagnostic.label);
                    match &diagnostic.related {
                        Some((other, label)) if other.file == place.file => {
                            snippet.annotation(AnnotationKind::Context.span(other.range.clone()).label(&**label))
                        }
                        _ => snippet,
                    }
                }
            });
        if let (At::Place(place), Some((other, label))) = (&diagnostic.place, &diagnostic.related)
            && other.file != place.file
        {
            group = group.element(self.snippet(other, AnnotationKind::Context, label));
        }
        match &diagnostic.help {
            Some(help) => group.element(Level::HELP.message(&**help)),
            None => group,
        }
    }

    fn path_group<'a>(&'a self, diagnostic: &'a Diagnostic, path: &'a str) -> Group<'a> {
        let title = Level::ERROR.primary_title(&*diagnostic.message).id(diagnostic.code.as_str());
        let group = title.element(Origin::path(path));
        match &diagnostic.help {
            Some(help) => group.element(Level::HELP.message(&**help)),
            None => group,
        }
    }

    fn snippet<'a>(
        &'a self,
        place: &Place,
        kind: AnnotationKind,
        label: &'a str,
    ) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let file = self.sources.file(place.file);
        let annotation = kind.span(self.one_line(place));
        let annotation = if label.is_empty() { annotation } else { annotation.label(label) };
        Snippet::source(&*file.text).path(&*file.path).annotation(annotation)
    }

    /// The place cut at the end of its first line: a whole document underlined helps nobody.
    fn one_line(&self, place: &Place) -> std::ops::Range<usize> {
        let text = &self.sources.file(place.file).text;
        let end =
            text[place.range.start..place.range.end].find('\n').map_or(place.range.end, |i| place.range.start + i);
        place.range.start..end
    }

    /// All of them as records for other programs.
    pub fn records(&self) -> Vec<DiagnosticRecord<'_>> {
        self.list.iter().map(|d| self.record(d)).collect()
    }

    fn record<'a>(&'a self, diagnostic: &'a Diagnostic) -> DiagnosticRecord<'a> {
        let (file, start, end) = match &diagnostic.place {
            At::Path(path) => (path.as_str(), None, None),
            At::Place(place) => {
                let line = self.one_line(place);
                let at = |offset| self.sources.position(place.file, offset);
                (self.sources.file(place.file).path.as_str(), Some(at(line.start)), Some(at(line.end)))
            }
        };
        DiagnosticRecord {
            code: diagnostic.code.as_str(),
            severity: diagnostic.code.severity(),
            file,
            line: start.map(|p| p.line),
            column: start.map(|p| p.column),
            end_line: end.map(|p| p.line),
            end_column: end.map(|p| p.column),
            message: &diagnostic.message,
            help: diagnostic.help.as_deref(),
        }
    }
}

/// A diagnostic as other programs read it.
#[derive(Clone, Debug, Serialize)]
pub struct DiagnosticRecord<'a> {
    /// `MP`, area letter, three digits.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// The file, as it was found.
    pub file: &'a str,
    /// Line from 1; none for a file as a whole.
    pub line: Option<usize>,
    /// Column from 1, in characters.
    pub column: Option<usize>,
    /// Line where the place ends.
    pub end_line: Option<usize>,
    /// Column just after the place.
    pub end_column: Option<usize>,
    /// What is wrong.
    pub message: &'a str,
    /// What would be right.
    pub help: Option<&'a str>,
}
