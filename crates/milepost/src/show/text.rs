//! Pages as text: tables that fit the terminal.

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use milepost_registry::show::{self, ColumnKind, Page, Sheet};

const BOLD: &str = "\u{1b}[1m";
const PLAIN: &str = "\u{1b}[0m";

/// Narrowest column of words: below, they are broken at any letter.
const NARROWEST_COLUMN: u16 = 8;

/// Widest sentence that is still easy to read.
const MOST_COLUMNS: usize = 100;

/// Renders pages with lines of at most so many columns.
pub(crate) fn render(pages: &[Page], width: usize, bold: bool) -> String {
    let mut text = Text { out: String::new(), width, bold };
    for (at, page) in pages.iter().enumerate() {
        if at > 0 {
            text.out.push('\n');
        }
        text.heading(&format!("{}: {}", page.product, page.title));
        for sheet in &page.sheets {
            text.sheet(sheet);
        }
    }
    text.out
}

struct Text {
    out: String,
    width: usize,
    bold: bool,
}

impl Text {
    fn heading(&mut self, heading: &str) {
        for line in filled(heading, self.width) {
            let line = if self.bold { format!("{BOLD}{line}{PLAIN}") } else { line };
            self.line(&line);
        }
    }

    fn sheet(&mut self, sheet: &Sheet) {
        self.out.push('\n');
        if let Some(title) = &sheet.title {
            self.heading(title);
        }
        if !sheet.rows.is_empty() {
            self.table(sheet);
            if !sheet.notes.is_empty() {
                self.out.push('\n');
            }
        }
        for note in &sheet.notes {
            for line in filled(note, self.width.min(MOST_COLUMNS)) {
                self.line(&line);
            }
        }
    }

    fn table(&mut self, sheet: &Sheet) {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(self.width).unwrap_or(u16::MAX));
        if sheet.has_headings() {
            table.set_header(sheet.columns.iter().map(|column| column.title.to_uppercase()));
        }
        for (at, row) in sheet.rows.iter().enumerate() {
            if at > 0 && row.starts_group {
                table.add_row([" "]);
            }
            table.add_row(row.cells.iter().map(cell));
        }
        self.arrange(sheet, &mut table);
        for line in table.lines() {
            self.line(line.trim_end());
        }
    }

    /// Words keep their lines where sentences leave them room.
    fn arrange(&self, sheet: &Sheet, table: &mut Table) {
        let prose = sheet.columns.iter().filter(|column| column.kind == ColumnKind::Prose).count();
        let words: usize = (0..sheet.columns.len())
            .filter(|at| sheet.columns[*at].kind != ColumnKind::Prose)
            .map(|at| widest(sheet, at) + 2)
            .sum();
        let has_room = words + prose * 16 <= self.width;
        for (at, column) in sheet.columns.iter().enumerate() {
            let Some(of_table) = table.column_mut(at) else { continue };
            match column.kind {
                ColumnKind::Letters => {
                    of_table.set_cell_alignment(CellAlignment::Center);
                }
                ColumnKind::Words if has_room => {
                    of_table.set_constraint(ColumnConstraint::ContentWidth);
                }
                ColumnKind::Words | ColumnKind::Prose => {
                    let least = NARROWEST_COLUMN.min(u16::try_from(widest(sheet, at)).unwrap_or(u16::MAX));
                    if usize::from(least) * sheet.columns.len() < self.width {
                        of_table.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least + 2)));
                    }
                }
            }
        }
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }
}

fn cell(cell: &show::Cell) -> Cell {
    let lines: Vec<&str> = cell.0.iter().map(|line| line.text.as_str()).collect();
    Cell::new(lines.join("\n"))
}

/// The longest line of a column, in characters.
fn widest(sheet: &Sheet, at: usize) -> usize {
    let lines = sheet.rows.iter().filter_map(|row| row.cells.get(at)).flat_map(|cell| &cell.0);
    let lines = lines.map(|line| line.text.chars().count());
    lines.chain([sheet.columns[at].title.chars().count()]).max().unwrap_or(0)
}

/// A text in lines of at most so many characters, where its words allow it.
fn filled(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_broken_between_words() {
        assert_eq!(filled("one two three", 7), ["one two", "three"]);
        assert_eq!(filled("incomprehensible", 4), ["incomprehensible"]);
    }
}
