//! Pages as one HTML document that needs nothing else: no script, no font, no picture. It is XML, too.

use super::sheet::{Cell, Column, ColumnKind, Line, Page, Row, Sheet, Style};
use crate::diagram::{DARK, LIGHT, Palette};
use crate::xml::Document;
use std::fmt::Write as _;

const STYLE: &str = include_str!("page.css");

/// What nothing in the page may do: run, or ask another machine for anything.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub(super) fn render(pages: &[Page]) -> String {
    let title = match pages {
        [page] => format!("{}: {}", page.product, page.title),
        [page, ..] => page.title.clone(),
        [] => String::new(),
    };
    let mut html = Document::default();
    html.open("html", &[("lang", &"en")]);
    html.open("head", &[]);
    html.empty("meta", &[("charset", &"utf-8")]);
    html.empty("meta", &[("http-equiv", &"Content-Security-Policy"), ("content", &POLICY)]);
    html.empty("meta", &[("name", &"viewport"), ("content", &"width=device-width, initial-scale=1")]);
    html.empty("meta", &[("name", &"color-scheme"), ("content", &"light dark")]);
    html.text("title", &[], &title);
    html.text("style", &[], &style());
    html.close();
    html.open("body", &[]);
    for page in pages {
        write_page(page, &mut html);
    }
    html.close();
    html.close();
    format!("<!DOCTYPE html>\n{}", html.finish())
}

/// The style sheet; it has no character that XML would escape.
fn style() -> String {
    let light = variables(&LIGHT, "#1a6b3a", "#9a4b00");
    let dark = variables(&DARK, "#6fcf97", "#f0b37e");
    format!("\n:root {{ {light} }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n{STYLE}")
}

fn variables(palette: &Palette, good: &str, attention: &str) -> String {
    let mut out = String::new();
    for (name, colour) in [
        ("background", palette.background),
        ("band", palette.lane),
        ("border", palette.lane_border),
        ("code", palette.frame),
        ("text", palette.text),
        ("muted", palette.muted),
        ("good", good),
        ("attention", attention),
    ] {
        let _ = write!(out, "--{name}: {colour}; ");
    }
    out.trim_end().to_owned()
}

fn write_page(page: &Page, html: &mut Document) {
    html.open("main", &[]);
    html.text("p", &[("class", &"product")], &page.product);
    html.text("h1", &[], &page.title);
    for sheet in &page.sheets {
        html.open("section", &[]);
        if let Some(title) = &sheet.title {
            html.text("h2", &[], title);
        }
        if !sheet.rows.is_empty() {
            write_table(sheet, html);
        }
        for note in &sheet.notes {
            html.text("p", &[("class", &"note")], note);
        }
        html.close();
    }
    html.close();
}

fn write_table(sheet: &Sheet, html: &mut Document) {
    // A narrow page scrolls the table and not itself.
    html.open("div", &[("class", &"scroll")]);
    let class = if sheet.has_headings() { "table" } else { "properties" };
    html.open("table", &[("class", &class)]);
    if sheet.has_headings() {
        html.open("thead", &[]);
        html.open("tr", &[]);
        for column in &sheet.columns {
            html.text("th", &[("scope", &"col"), ("class", &kind(column))], &column.title);
        }
        html.close();
        html.close();
    }
    html.open("tbody", &[]);
    for row in &sheet.rows {
        write_row(row, &sheet.columns, html);
    }
    html.close();
    html.close();
    html.close();
}

fn write_row(row: &Row, columns: &[Column], html: &mut Document) {
    html.open("tr", &[("class", &if row.starts_group { "group" } else { "more" })]);
    for (cell, column) in row.cells.iter().zip(columns) {
        write_cell(cell, column, html);
    }
    html.close();
}

fn write_cell(cell: &Cell, column: &Column, html: &mut Document) {
    html.open("td", &[("class", &kind(column))]);
    for Line { style, text } in &cell.0 {
        let (element, class) = match style {
            Style::Plain => ("div", "plain"),
            Style::Strong => ("div", "strong"),
            Style::Code => ("code", "code"),
            Style::Muted => ("div", "muted"),
            Style::Good => ("div", "good"),
            Style::Attention => ("div", "attention"),
        };
        html.text(element, &[("class", &class)], text);
    }
    html.close();
}

fn kind(column: &Column) -> &'static str {
    match column.kind {
        ColumnKind::Words => "words",
        ColumnKind::Prose => "prose",
        ColumnKind::Letters => "letters",
    }
}
