//! Diagnostics as people read them: the place underlined in its line, what would be right below it.
//!
//! Each is drawn from an excerpt of a line or a few, never from a whole file: the work of drawing grows with the text it is given.

use super::{At, Diagnostic, Severity, first_line};
use crate::source::{FileId, Place, Sources, floor_boundary};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::borrow::Cow;
use std::ops::Range;

/// Longest line shown as it is, in bytes; of longer ones only what is around the place.
const MAX_LINE_BYTES: usize = 1_000;
/// How much of a long line is shown on either side of the place, in bytes.
const CONTEXT_BYTES: usize = 40;
/// Most bytes of a long line that are underlined.
const MAX_UNDERLINED_BYTES: usize = 60;
/// Two places of one file so many bytes apart are shown in one excerpt.
const NEAR_BYTES: usize = 2_000;

pub(super) fn render(sources: &Sources, list: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.decor_style(DecorStyle::Ascii);
    let mut out = String::new();
    for diagnostic in list {
        out.push_str(&renderer.render(&[group(sources, diagnostic)]));
        out.push_str("\n\n");
    }
    out
}

fn group<'a>(sources: &'a Sources, diagnostic: &'a Diagnostic) -> Group<'a> {
    let level = match diagnostic.code.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(&*diagnostic.message).id(diagnostic.code.as_str()));
    match &diagnostic.place {
        At::Path(path) => group = group.element(Origin::path(&**path)),
        At::Place(place) => {
            let primary =
                Mark { kind: AnnotationKind::Primary, range: first_line(sources, place), label: &diagnostic.label };
            let related = diagnostic.related.as_ref().map(|(other, label)| {
                (other, Mark { kind: AnnotationKind::Context, range: first_line(sources, other), label })
            });
            group = match related {
                Some((other, mark)) if is_near(place, other) => draw(group, sources, place.file, &[primary, mark]),
                Some((other, mark)) => draw(draw(group, sources, place.file, &[primary]), sources, other.file, &[mark]),
                None => draw(group, sources, place.file, &[primary]),
            };
        }
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(&**help)),
        None => group,
    }
}

fn is_near(a: &Place, b: &Place) -> bool {
    a.file == b.file && a.range.start.abs_diff(b.range.start) <= NEAR_BYTES
}

/// A range of one line to underline.
struct Mark<'a> {
    kind: AnnotationKind,
    range: Range<usize>,
    label: &'a str,
}

/// Adds the lines of the marks, which lie near each other, to the group.
fn draw<'a>(group: Group<'a>, sources: &'a Sources, file: FileId, marks: &[Mark<'a>]) -> Group<'a> {
    let source = sources.file(file);
    let lines: Vec<Range<usize>> = marks.iter().map(|m| sources.line(file, m.range.start)).collect();
    let start = lines.iter().map(|l| l.start).min().unwrap_or_default();
    let end = lines.iter().map(|l| l.end).max().unwrap_or_default();
    let first = sources.position(file, marks.first().map_or(0, |m| m.range.start));
    if end - start > MAX_LINE_BYTES + NEAR_BYTES {
        // The excerpt begins within the line, so the renderer could not tell the column.
        let origin = Origin::path(&*source.path).line(first.line).char_column(first.column);
        return marks.iter().fold(group.element(origin), |group, mark| group.element(excerpt(sources, file, mark)));
    }
    let snippet = Snippet::source(drawable(&source.text[start..end])).path(&*source.path);
    let snippet = snippet.line_start(sources.position(file, start).line);
    group.element(marks.iter().fold(snippet, |snippet, mark| snippet.annotation(annotation(mark, start))))
}

/// The surroundings of a place in a long line.
fn excerpt<'a>(sources: &'a Sources, file: FileId, mark: &Mark<'a>) -> Snippet<'a, Annotation<'a>> {
    let text = &sources.file(file).text;
    let line = sources.line(file, mark.range.start);
    let range = mark.range.start..floor_boundary(text, mark.range.end.min(mark.range.start + MAX_UNDERLINED_BYTES));
    let start = floor_boundary(text, range.start.saturating_sub(CONTEXT_BYTES).max(line.start));
    let end = floor_boundary(text, (range.end + CONTEXT_BYTES).min(line.end)).max(range.end);
    let mark = Mark { kind: mark.kind, range, label: mark.label };
    let snippet = Snippet::source(drawable(&text[start..end])).line_start(sources.position(file, start).line);
    snippet.annotation(annotation(&mark, start))
}

/// The text without the control characters that the renderer leaves in and some terminals obey. All of them have two bytes in UTF-8, as what
/// takes their place has, so that ranges stay right.
fn drawable(text: &str) -> Cow<'_, str> {
    match text.contains(SECOND_CONTROLS) {
        true => text.replace(SECOND_CONTROLS, "·").into(),
        false => text.into(),
    }
}

const SECOND_CONTROLS: fn(char) -> bool = |c| matches!(c, '\u{80}'..='\u{9f}');

fn annotation<'a>(mark: &Mark<'a>, start: usize) -> Annotation<'a> {
    let annotation = mark.kind.span(mark.range.start - start..mark.range.end - start);
    if mark.label.is_empty() { annotation } else { annotation.label(mark.label) }
}
