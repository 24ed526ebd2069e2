//! Changes for people at a terminal: a summary, then what has changed under headings, with old and new text.

use super::{Change, ChangeKind, Detail, Diff};
use crate::quote::bounded;

/// Most characters of one text that are shown: nobody reads more of it here.
const MAX_CHARACTERS: usize = 2_000;

/// Writes changes in lines of at most so many columns, where words allow it.
pub fn text(diff: &Diff, columns: usize) -> String {
    let mut page = Page { out: String::new(), columns };
    page.fill("", "", &diff.summary());
    for changes in diff.by_product() {
        page.out.push('\n');
        let product = changes[0].product.as_ref();
        page.fill("", "", product.map_or("For every product", |product| diff.title(product)));
        for section in changes.chunk_by(|a, b| a.noun.section() == b.noun.section()) {
            page.out.push('\n');
            page.fill("", "", section[0].noun.section());
            for change in section {
                page.change(change);
            }
        }
    }
    page.out
}

/// What has become of a thing, in a sentence without its end.
pub(super) fn headline(change: &Change, name: impl Fn(&str) -> String) -> String {
    let what = if change.title == change.name {
        name(&change.name)
    } else {
        format!("{} ({})", name(&change.title), change.name)
    };
    let kind = if change.noun.is_alone() { String::new() } else { format!("{} ", change.noun.singular()) };
    match &change.kind {
        ChangeKind::Added => format!("{kind}{what} is new"),
        ChangeKind::Removed => format!("{kind}{what} is removed"),
        ChangeKind::Renamed { from } => format!("{kind}{what} looks renamed: it was {from}"),
        ChangeKind::Changed => format!("{kind}{what}"),
    }
}

/// The sign of what has become of a thing.
fn sign(change: &Change) -> char {
    match change.kind {
        ChangeKind::Added => '+',
        ChangeKind::Removed => '-',
        ChangeKind::Renamed { .. } | ChangeKind::Changed => '~',
    }
}

/// What is said of a detail of a thing that stays: an aspect, and old and new text.
pub(super) enum Said<'d> {
    Both(&'d str, &'d str),
    New(&'d str),
    Gone(&'d str),
    /// Of a thing that is itself new or gone, or that is only told.
    Plain(&'d str),
}

/// What there is to say of a detail.
pub(super) fn said<'d>(change: &Change, detail: &'d Detail) -> Said<'d> {
    let stays = matches!(change.kind, ChangeKind::Changed | ChangeKind::Renamed { .. });
    match (&detail.before, &detail.after) {
        (Some(before), Some(after)) => Said::Both(before, after),
        (None, Some(after)) if stays && detail.aspect != "history" => Said::New(after),
        (Some(before), None) if stays => Said::Gone(before),
        (Some(text), None) | (None, Some(text)) => Said::Plain(text),
        (None, None) => Said::Plain(""),
    }
}

struct Page {
    out: String,
    columns: usize,
}

impl Page {
    fn change(&mut self, change: &Change) {
        self.fill(&format!("{} ", sign(change)), "    ", &headline(change, str::to_owned));
        for detail in &change.details {
            self.detail(change, detail);
        }
    }

    fn detail(&mut self, change: &Change, detail: &Detail) {
        const INDENTATION: &str = "    ";
        const BELOW: &str = "      ";
        let aspect = &detail.aspect;
        let line = match said(change, detail) {
            Said::Both(before, after) => format!("{aspect}: {before} -> {after}"),
            Said::New(after) => format!("{aspect}: {after} (new)"),
            Said::Gone(before) => format!("{aspect}: {before} (removed)"),
            Said::Plain(text) => format!("{aspect}: {text}"),
        };
        match said(change, detail) {
            Said::Both(before, after) if line.chars().count() + INDENTATION.len() > self.columns => {
                self.fill(INDENTATION, BELOW, &format!("{aspect}:"));
                self.fill("         ", "         ", before);
                self.fill("      -> ", "         ", after);
            }
            _ => self.fill(INDENTATION, BELOW, &line),
        }
        for effect in &detail.effects {
            self.fill("      = ", "        ", effect);
        }
    }

    /// Writes words in lines that are full; the first begins with one text and the others with another.
    fn fill(&mut self, first: &str, others: &str, text: &str) {
        let mut line = first.to_owned();
        let mut is_empty = true;
        for word in text.split_whitespace() {
            let word = bounded(word, MAX_CHARACTERS);
            if !is_empty && line.chars().count() + 1 + word.chars().count() > self.columns {
                self.out.push_str(&line);
                self.out.push('\n');
                others.clone_into(&mut line);
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(&word);
            is_empty = false;
        }
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }
}
