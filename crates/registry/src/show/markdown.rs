//! Pages as GitHub-flavoured Markdown, with texts escaped so that they mean nothing but themselves.

use super::sheet::{Cell, ColumnKind, Line, Page, Sheet, Style};
use std::fmt::Write as _;

pub(super) fn render(pages: &[Page]) -> String {
    let mut out = String::new();
    for page in pages {
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "# {}: {}", escaped(&page.product), escaped(&page.title));
        for sheet in &page.sheets {
            write_sheet(sheet, &mut out);
        }
    }
    out
}

fn write_sheet(sheet: &Sheet, out: &mut String) {
    if let Some(title) = &sheet.title {
        let _ = writeln!(out, "\n## {}", escaped(title));
    }
    if !sheet.rows.is_empty() {
        out.push('\n');
        write_row(sheet.columns.iter().map(|column| escaped(&column.title)), out);
        let rule = sheet.columns.iter().map(|column| match column.kind {
            ColumnKind::Letters => ":-:".to_owned(),
            ColumnKind::Words | ColumnKind::Prose => "---".to_owned(),
        });
        write_row(rule, out);
        for row in &sheet.rows {
            write_row(row.cells.iter().map(cell), out);
        }
    }
    for note in &sheet.notes {
        let _ = writeln!(out, "\n{}", paragraph(note));
    }
}

fn write_row(cells: impl Iterator<Item = String>, out: &mut String) {
    out.push('|');
    for cell in cells {
        out.push(' ');
        out.push_str(&cell);
        out.push_str(if cell.is_empty() { "|" } else { " |" });
    }
    out.push('\n');
}

fn cell(cell: &Cell) -> String {
    cell.0.iter().map(line).collect::<Vec<_>>().join("<br>")
}

fn line(line: &Line) -> String {
    match line.style {
        Style::Plain | Style::Good => escaped(&line.text),
        Style::Strong | Style::Attention => format!("**{}**", escaped(&line.text)),
        Style::Muted => format!("*{}*", escaped(&line.text)),
        Style::Code => code(&line.text),
    }
}

/// A code span of a table: with more backticks around it than in it, and with bars that end no cell.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{fence}{space}{}{space}{fence}", text.replace('|', "\\|"))
}

/// A text that stands by itself. White space of no width keeps its first character from being a sign.
fn paragraph(note: &str) -> String {
    let text = escaped(note);
    if begins_a_block(&text) { format!("&#8203;{text}") } else { text }
}

/// Whether a line would be a heading, an item, a quotation or a table.
fn begins_a_block(line: &str) -> bool {
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with(['#', '>', '+', '-', '=', ':']) || (digits.len() < line.len() && digits.starts_with(['.', ')']))
}

/// A text that is nothing but text, in a cell, a heading or a paragraph.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            // Within a word it is a letter.
            '_' if before.is_alphanumeric() && letters.peek().is_some_and(|next| next.is_alphanumeric()) => out.push(c),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => out.extend(['\\', c]),
            c => out.push(c),
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_means_nothing_but_itself() {
        assert_eq!(
            escaped("a|b <script> *x* RESOURCE_EXHAUSTED _y_"),
            "a\\|b &lt;script> \\*x\\* RESOURCE_EXHAUSTED \\_y\\_"
        );
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("a``b"), "``` a``b ```");
    }

    #[test]
    fn a_paragraph_begins_no_block() {
        assert_eq!(paragraph("Add one <b>."), "Add one &lt;b>.");
        assert_eq!(paragraph("# one"), "&#8203;# one");
        assert_eq!(paragraph("1. one"), "&#8203;1. one");
    }
}
