//! Steps and the legend as SVG.

use super::{Document, HEAD, MarkShape, write_rect, write_text};
use crate::diagram::legend::{SIGN_HEIGHT, SIGN_WIDTH};
use crate::diagram::scene::{Card, CardKind, LOOP_HEIGHT, NOTE_LINE, Panel, Point, Rect, Sample, Sign, TITLE_LINE};
use milepost_model::Product;
use std::fmt::Display;

pub(super) fn write_card(out: &mut Document, product: &Product, panel: &Panel<'_>, card: &Card<'_>) {
    let mut class = String::from(match card.kind {
        CardKind::Step => "step",
        CardKind::Reference => "reference",
    });
    for (holds, sign) in [(card.asynchronous, " asynchronous"), (card.optional, " optional")] {
        class.push_str(if holds { sign } else { "" });
    }
    let id = format!("step_{}_{}", product.name, card.name);
    let mut attributes: Vec<(&str, &dyn Display)> = vec![("class", &class)];
    if card.kind == CardKind::Step {
        attributes.push(("id", &id));
    }
    attributes.push(("data-step", &card.name));
    if let Some(objective) = panel.objective {
        attributes.push(("data-objective", &objective.name));
    }
    out.open("g", &attributes);
    out.text("title", &[], &card.told);
    write_shape(out, card);
    let middle = card.rect.x + card.rect.width / 2;
    let text_height = card.title.len() * TITLE_LINE + card.notes.len() * NOTE_LINE;
    let mut y = card.rect.y + (card.rect.height - text_height) / 2;
    for line in &card.title {
        y += TITLE_LINE;
        write_text(out, "title centred", (middle, y - 4), line);
    }
    for line in &card.notes {
        y += NOTE_LINE;
        write_text(out, "note centred", (middle, y - 4), line);
    }
    out.close();
}

fn write_shape(out: &mut Document, card: &Card<'_>) {
    let Rect { x, y, .. } = card.rect;
    let right = card.rect.right();
    let radius = if card.asynchronous { (card.rect.height / 2).min(30) } else { 8 };
    if card.retried {
        let (from, to, top) = (right - 34, right - 58, y - LOOP_HEIGHT);
        let path = format!("M{from} {y}C{from} {top} {to} {top} {to} {}", y - 6);
        out.empty("path", &[("class", &"line"), ("d", &path)]);
        let path = format!("M{to} {y}l-4 -{HEAD}h8z");
        out.empty("path", &[("class", &"head"), ("d", &path)]);
    }
    write_rect(out, "box", card.rect, radius);
    if card.kind == CardKind::Reference {
        write_away(out, (right - 20, y + 18));
    }
    if let Some(mark) = &card.mark {
        let path = mark_path(mark.shape, (x + 16, y));
        out.empty("path", &[("class", &"mark"), ("d", &path)]);
    }
}

/// The sign of what is drawn elsewhere: an arrow up and away.
fn write_away(out: &mut Document, (x, y): Point) {
    let path = format!("M{x} {y}l8 -8m-6 0h6v6");
    out.empty("path", &[("class", &"line away"), ("d", &path)]);
}

fn mark_path(shape: MarkShape, (x, y): Point) -> String {
    match shape {
        MarkShape::Circle => format!("M{} {y}a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z", x - 6),
        MarkShape::Triangle => format!("M{x} {}l7 12h-14z", y - 7),
        MarkShape::Square => format!("M{} {}h11v11h-11z", x - 5, y - 5),
        MarkShape::Diamond => format!("M{x} {}l7 7l-7 7l-7 -7z", y - 7),
    }
}

pub(super) fn write_legend(out: &mut Document, samples: &[Sample]) {
    if samples.is_empty() {
        return;
    }
    out.open("g", &[("class", &"legend")]);
    for sample in samples {
        let (x, y) = sample.at;
        let rect = Rect { x, y: y + 3, width: SIGN_WIDTH - 14, height: SIGN_HEIGHT - 6 };
        match sample.sign {
            Sign::Asynchronous => write_rect(out, "box", rect, rect.height / 2),
            Sign::Optional => {
                out.open("g", &[("class", &"optional")]);
                write_rect(out, "box", rect, 4);
                out.close();
            }
            Sign::OneOf => write_rect(out, "frame", rect, 5),
            Sign::Reference => {
                out.open("g", &[("class", &"reference")]);
                write_rect(out, "box", rect, 4);
                write_away(out, (rect.right() - 13, rect.y + 12));
                out.close();
            }
            Sign::Connector => {
                let (cx, cy) = (x + rect.width / 2, y + SIGN_HEIGHT / 2);
                out.empty("circle", &[("class", &"box"), ("cx", &cx), ("cy", &cy), ("r", &8)]);
                out.text("text", &[("class", &"note centred"), ("x", &cx), ("y", &(cy + 4))], "1");
            }
        }
        write_text(out, "note", (x + SIGN_WIDTH - 4, y + SIGN_HEIGHT / 2 + 4), sample.text);
    }
    out.close();
}
