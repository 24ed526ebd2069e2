//! The pages that every format renders: tables with headings and typed cells, of text that is safe to show.
//!
//! Knows no format. Topics, and commands that have found something, build pages; `markdown`, `html` and the binary's text renderer write them.

use crate::visible::visible;

/// One topic of one product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The product's title.
    pub product: String,
    /// The topic's title.
    pub title: String,
    /// Its tables.
    pub sheets: Vec<Sheet>,
}

/// A table with a heading and remarks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The heading, where the page's is not enough.
    pub title: Option<String>,
    /// The columns; a table of properties has columns without titles.
    pub columns: Vec<Column>,
    /// The rows, each with a cell for every column.
    pub rows: Vec<Row>,
    /// What is to be said below the table, a sentence each.
    pub notes: Vec<String>,
}

/// A column of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub title: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column holds, which decides how it is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A few words, which stay on their lines where there is room.
    Words,
    /// Sentences, which are broken into lines.
    Prose,
    /// Single letters, in the middle.
    Letters,
}

/// A row of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its cells.
    pub cells: Vec<Cell>,
    /// Whether something new begins with it, such as another objective.
    pub starts_group: bool,
}

/// A cell: lines of text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell(pub Vec<Line>);

/// A line of text, never empty; on a narrow page it may be broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How it is set.
    pub style: Style,
    /// The text.
    pub text: String,
}

/// How a line is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// What the row is about.
    Strong,
    /// What is written so in files: names and operations.
    Code,
    /// What says less.
    Muted,
    /// What is as it should be.
    Good,
    /// What someone should look at.
    Attention,
}

impl Page {
    /// A page of a product, or of one of its objects.
    pub fn new(product: &str, title: &str, sheets: Vec<Sheet>) -> Self {
        Self { product: clean(product), title: clean(title), sheets }
    }
}

impl Sheet {
    /// A table without rows yet.
    pub fn new(columns: &[(&str, ColumnKind)]) -> Self {
        let columns = columns.iter().map(|(title, kind)| Column::new(title, *kind)).collect();
        Self { columns, ..Self::default() }
    }

    /// A table of properties: what each is, and what it says.
    pub fn of_properties(title: &str) -> Self {
        let mut sheet = Self::new(&[("", ColumnKind::Words), ("", ColumnKind::Prose)]);
        sheet.title = Some(clean(title));
        sheet
    }

    /// Nothing but a remark: where there is nothing to show, what to add.
    pub fn of_note(note: &str) -> Self {
        let mut sheet = Self::default();
        sheet.note(note);
        sheet
    }

    /// With a heading.
    #[must_use]
    pub fn titled(mut self, title: &str) -> Self {
        self.title = Some(clean(title));
        self
    }

    /// A row with a cell for each column.
    pub fn row(&mut self, starts_group: bool, cells: impl Into<Vec<Cell>>) {
        self.rows.push(Row { cells: cells.into(), starts_group });
    }

    /// A remark; one without text is left out.
    pub fn note(&mut self, note: &str) {
        let note = clean(note);
        if !note.is_empty() {
            self.notes.push(note);
        }
    }

    /// A row of a table of properties; what says nothing is left out.
    pub fn property(&mut self, title: &str, cell: Cell) {
        if !cell.0.is_empty() {
            self.row(false, [Cell::line(Style::Muted, title), cell]);
        }
    }

    /// Whether the columns have headings.
    pub fn has_headings(&self) -> bool {
        self.columns.iter().any(|column| !column.title.is_empty())
    }
}

impl Column {
    pub(super) fn new(title: &str, kind: ColumnKind) -> Self {
        Self { title: clean(title), kind }
    }
}

impl Cell {
    /// A cell of one line; without text, an empty one.
    pub fn line(style: Style, text: &str) -> Self {
        Self::lines(style, [text])
    }

    /// A cell of several lines; those without text are left out.
    pub fn lines<S: AsRef<str>>(style: Style, texts: impl IntoIterator<Item = S>) -> Self {
        Self::default().and(style, texts)
    }

    /// The cell with further lines.
    #[must_use]
    pub fn and<S: AsRef<str>>(mut self, style: Style, texts: impl IntoIterator<Item = S>) -> Self {
        let lines = texts.into_iter().map(|text| Line { style, text: clean(text.as_ref()) });
        self.0.extend(lines.filter(|line| !line.text.is_empty()));
        self
    }

    /// A cell of one plain line.
    pub fn plain(text: &str) -> Self {
        Self::line(Style::Plain, text)
    }
}

/// A text on one line, with single spaces and nothing that cannot be seen.
fn clean(text: &str) -> String {
    let shown: String = text.chars().filter_map(visible).collect();
    let words: Vec<&str> = shown.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_one_line_without_what_cannot_be_seen() {
        let cell = Cell::lines(Style::Plain, [" a\n\tb\u{1b}[31m\u{202e}c ", "\u{7}"]);
        assert_eq!(cell, Cell(vec![Line { style: Style::Plain, text: "a b[31mc".to_owned() }]));
    }
}
