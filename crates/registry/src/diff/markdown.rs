//! Changes as Markdown, to be read in a pull request.

use super::text::{Said, headline, said};
use super::{Change, Detail, Diff};
use crate::quote::bounded;
use std::fmt::Write as _;

/// Most characters of one text that are shown, as in plain text.
const MAX_CHARACTERS: usize = 2_000;

/// Writes changes as GitHub-flavoured Markdown.
pub fn markdown(diff: &Diff) -> String {
    let mut out = format!("**{}**\n", diff.summary());
    for changes in diff.by_product() {
        let product = changes[0].product.as_ref();
        let title = product.map_or("For every product", |product| diff.title(product));
        let _ = write!(out, "\n## {}\n", escaped(title));
        for section in changes.chunk_by(|a, b| a.noun.section() == b.noun.section()) {
            let _ = write!(out, "\n### {}\n\n", section[0].noun.section());
            for change in section {
                let _ = writeln!(out, "- {}", escaped_headline(change));
                for detail in &change.details {
                    add_detail(&mut out, change, detail);
                }
            }
        }
    }
    out
}

fn escaped_headline(change: &Change) -> String {
    // Marks that no text can hold once it is escaped stand for what is bold.
    let marked = headline(change, |name| format!("\u{1}{}\u{2}", plain(name)));
    escape(&plain_but_marks(&marked)).replace(['\u{1}', '\u{2}'], "**")
}

fn add_detail(out: &mut String, change: &Change, detail: &Detail) {
    let aspect = escaped(&detail.aspect);
    let _ = match said(change, detail) {
        Said::Both(before, after) => {
            writeln!(out, "  - {aspect}: {} → **{}**", escaped(before), escaped(after))
        }
        Said::New(after) => writeln!(out, "  - {aspect}: **{}** (new)", escaped(after)),
        Said::Gone(before) => writeln!(out, "  - {aspect}: {} (removed)", escaped(before)),
        Said::Plain(text) => writeln!(out, "  - {aspect}: {}", escaped(text)),
    };
    for effect in &detail.effects {
        let _ = writeln!(out, "    - {}", escaped(effect).replace(" -\\> ", " → "));
    }
}

/// A text on one line, in which nothing is Markdown or HTML.
fn escaped(text: &str) -> String {
    escape(&plain(text))
}

fn plain(text: &str) -> String {
    bounded(&text.split_whitespace().collect::<Vec<_>>().join(" "), MAX_CHARACTERS)
}

fn plain_but_marks(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' | '@') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
