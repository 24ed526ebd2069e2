//! Pages of levels over time, and of why they are.

use super::replay::Found;
use crate::span::length;
use milepost_registry::show::{Cell, ColumnKind, Page, Sheet, Style};

/// The page of a product.
pub(crate) fn page(found: &Found) -> Page {
    let mut sheets = Vec::new();
    for step in &found.explained {
        let mut sheet = Sheet::new(&[("", ColumnKind::Prose)]).titled(&step.step);
        for line in &step.lines {
            sheet.row(false, [Cell::plain(line)]);
        }
        sheets.push(sheet);
    }
    sheets.push(spells(found));
    Page::new(&found.product, "severity of what was recorded", sheets)
}

fn spells(found: &Found) -> Sheet {
    let headings = [
        ("since", ColumnKind::Words),
        ("for", ColumnKind::Words),
        ("severity", ColumnKind::Words),
        ("step", ColumnKind::Words),
        ("raised by", ColumnKind::Prose),
    ];
    let mut sheet =
        if found.spells.is_empty() { Sheet::of_note("No step had a severity.") } else { Sheet::new(&headings) };
    for spell in &found.spells {
        let lasted = length(spell.minutes);
        let lasted = if spell.until.is_some() { lasted } else { format!("{lasted}, and goes on") };
        sheet.row(
            false,
            [
                Cell::plain(&spell.since),
                Cell::plain(&lasted),
                Cell::line(Style::Attention, &spell.severity),
                Cell::line(Style::Code, &spell.step),
                Cell::plain(&spell.reason),
            ],
        );
    }
    sheet.note(&format!(
        "From {} to {}, {}; steps by the attempts of users at the service.",
        found.from,
        found.to,
        length(found.minutes)
    ));
    if found.learnt_days < 7 {
        sheet.note("What is usual is not known from less than 7 days of telemetry: attempts that never came are not seen as missing.");
    }
    sheet.note(
        "Judged each second by what had come by then: raised when over for 30 seconds, lowered when well under for 10 minutes.",
    );
    sheet
}
