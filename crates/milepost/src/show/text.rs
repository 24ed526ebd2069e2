//! Pages as text: tables that fit the terminal.

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use milepost_registry::show::{self, ColumnKind, Page, Sheet};

const BOLD: &str = "\u{1b}[1m";
const PLAIN: &str = "\u{1b}[0m";

/// What a column has beside its text.
const PADDING: usize = 2;

/// Width from which a column of sentences is easy to read.
const COMFORTABLE_PROSE: usize = 16;

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
        let least: usize = (0..sheet.columns.len()).map(|at| longest_word(sheet, at) + PADDING).sum();
        if least > self.width {
            return self.list(sheet);
        }
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

    /// Rows one below the other, where columns would be too narrow for their words.
    fn list(&mut self, sheet: &Sheet) {
        for (at, row) in sheet.rows.iter().enumerate() {
            if at > 0 && row.starts_group {
                self.line("");
            }
            // What goes on with the row before it begins no new one at the margin.
            let goes_on = row.cells.first().is_some_and(|cell| cell.0.is_empty());
            let mut indentation = if goes_on { "  " } else { "" };
            for (cell, column) in row.cells.iter().zip(&sheet.columns).filter(|(cell, _)| !cell.0.is_empty()) {
                let title = if column.title.is_empty() { String::new() } else { format!("{}: ", column.title) };
                let lines: Vec<&str> = cell.0.iter().map(|line| line.text.as_str()).collect();
                let text = format!("{title}{}", lines.join("; "));
                for line in filled(&text, self.width.saturating_sub(indentation.len() + 2)) {
                    self.line(&format!("{indentation}{line}"));
                    indentation = "    ";
                }
                indentation = "  ";
            }
        }
    }

    /// Words keep their lines where sentences leave them room; no column is narrower than its longest word.
    fn arrange(&self, sheet: &Sheet, table: &mut Table) {
        let needed = |at: usize| match sheet.columns[at].kind {
            ColumnKind::Prose => (longest_word(sheet, at) + PADDING).max(COMFORTABLE_PROSE),
            ColumnKind::Words | ColumnKind::Letters => widest(sheet, at) + PADDING,
        };
        let has_room = (0..sheet.columns.len()).map(needed).sum::<usize>() <= self.width;
        for (at, column) in sheet.columns.iter().enumerate() {
            let Some(of_table) = table.column_mut(at) else { continue };
            if column.kind == ColumnKind::Letters {
                of_table.set_cell_alignment(CellAlignment::Center);
            }
            of_table.set_constraint(if has_room && column.kind == ColumnKind::Words {
                ColumnConstraint::ContentWidth
            } else {
                let least = longest_word(sheet, at) + PADDING;
                ColumnConstraint::LowerBoundary(Width::Fixed(u16::try_from(least).unwrap_or(u16::MAX)))
            });
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

/// The longest word of a column, which should not be broken, in characters.
fn longest_word(sheet: &Sheet, at: usize) -> usize {
    let lines = sheet.rows.iter().filter_map(|row| row.cells.get(at)).flat_map(|cell| &cell.0);
    let texts = lines.map(|line| line.text.as_str()).chain([sheet.columns[at].title.as_str()]);
    texts.flat_map(|text| text.split(' ')).map(|word| word.chars().count()).max().unwrap_or(0)
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
    fn rows_below_each_other_stay_below_what_they_belong_to() {
        let column = |title: &str| show::Column { title: title.to_owned(), kind: ColumnKind::Words };
        let cell = |text: &str| match text {
            "" => show::Cell::default(),
            _ => show::Cell(vec![show::Line { style: show::Style::Plain, text: text.to_owned() }]),
        };
        let row = |first: &str, second: &str| show::Row {
            cells: vec![cell(first), cell(second)],
            starts_group: !first.is_empty(),
        };
        let columns = vec![column("Service"), column("Operation")];
        let rows = vec![row("shop", "GET /catalogue"), row("", "POST /orders")];
        let page = Page {
            product: "Shop".to_owned(),
            title: "Services".to_owned(),
            sheets: vec![Sheet { title: None, columns, rows, notes: Vec::new() }],
        };
        let text = render(&[page], 10, false);
        let margin: Vec<&str> = text.lines().filter(|line| !line.starts_with(' ')).collect();
        assert!(margin.iter().all(|line| !line.contains("orders") && !line.contains("Operation")), "{text}");
    }

    #[test]
    fn sentences_are_broken_between_words() {
        assert_eq!(filled("one two three", 7), ["one two", "three"]);
        assert_eq!(filled("incomprehensible", 4), ["incomprehensible"]);
    }
}
