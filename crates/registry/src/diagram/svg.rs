//! The diagram as SVG.

mod card;

use super::Selection;
use super::palette::{self, DARK, LIGHT};
use super::place::HEAD;
use super::plan::{Plan, plans};
use super::scene::{CONNECTOR_RADIUS, Curves, Heading, Panel, Point, Rect, Section, Trunk};
use super::section::{DESCRIPTION_LINE, LANE_TITLE, PRODUCT_TITLE, scene, title_line};
use super::text::{Font, plain};
use crate::Registry;
use crate::xml::Document;
use card::{write_card, write_legend};
use milepost_model::{Product, Step};
use std::fmt::{Display, Write as _};

/// Which colours a picture has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Light or dark, as the viewer prefers.
    #[default]
    Auto,
    Light,
    Dark,
}

/// What is said of a step beside its title, such as its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Told by its form, since colours are not told by everybody.
    pub shape: MarkShape,
    /// A few words.
    pub label: String,
}

/// The form of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkShape {
    Circle,
    Triangle,
    Square,
    Diamond,
}

/// The mark of each step, where it has one.
pub(super) type Marks<'m> = &'m dyn Fn(&Step) -> Option<Mark>;

/// Draws the selected part of a registry, with a mark on each step for which there is one.
pub fn svg(registry: &Registry, selection: &Selection, theme: Theme, marks: &dyn Fn(&Step) -> Option<Mark>) -> String {
    let plans = plans(registry, selection);
    let scene = scene(&plans, marks);
    let mut out = Document::default();
    let view = format!("0 0 {} {}", scene.width, scene.height);
    out.open(
        "svg",
        &[
            ("xmlns", &"http://www.w3.org/2000/svg"),
            ("class", &"milepost-diagram"),
            ("role", &"img"),
            ("width", &scene.width),
            ("height", &scene.height),
            ("viewBox", &view),
        ],
    );
    out.text("title", &[], &title(&plans));
    out.text("desc", &[], &description(&plans));
    out.text("style", &[], &style(theme));
    out.empty("rect", &[("class", &"background"), ("width", &scene.width), ("height", &scene.height)]);
    for section in &scene.sections {
        write_section(&mut out, section);
    }
    write_legend(&mut out, &scene.legend);
    if let Some((at, remark)) = scene.remark {
        write_text(&mut out, "description", at, remark);
    }
    out.close();
    out.finish()
}

fn title(plans: &[Plan<'_>]) -> String {
    let products: Vec<String> = plans.iter().map(|plan| plain(&plan.product.title)).collect();
    match products.is_empty() {
        true => "Objectives and their steps".to_owned(),
        false => format!("{}: objectives and their steps", products.join(", ")),
    }
}

/// What the picture shows, for those who do not see it.
fn description(plans: &[Plan<'_>]) -> String {
    let mut out = String::new();
    for plan in plans {
        for lane in &plan.lanes {
            let Some(objective) = lane.objective else { continue };
            let steps = objective.steps.iter().filter_map(|used| plan.step(&used.step).map(|step| (used, step)));
            let steps = steps.map(|(used, step)| match (step.asynchronous, used.optional) {
                (true, true) => format!("{} (asynchronous, optional)", plain(&step.title)),
                (true, false) => format!("{} (asynchronous)", plain(&step.title)),
                (false, true) => format!("{} (optional)", plain(&step.title)),
                (false, false) => plain(&step.title),
            });
            let _ = write!(out, "{}: {}. ", plain(&objective.title), steps.collect::<Vec<_>>().join(", "));
        }
    }
    out.trim_end().to_owned()
}

fn style(theme: Theme) -> String {
    let colours = match theme {
        Theme::Light => palette::colours(&LIGHT),
        Theme::Dark => palette::colours(&DARK),
        Theme::Auto => {
            format!(
                "{}@media (prefers-color-scheme: dark) {{\n{}}}\n",
                palette::colours(&LIGHT),
                palette::colours(&DARK)
            )
        }
    };
    format!("\n{}{colours}", palette::shapes())
}

fn write_section(out: &mut Document, section: &Section<'_>) {
    let product = section.product;
    out.open("g", &[("class", &"product"), ("data-product", &product.name)]);
    write_heading(out, &section.heading, "product-title", PRODUCT_TITLE);
    for panel in &section.lanes {
        write_panel(out, product, panel, "lane-group");
    }
    for trunk in &section.trunks {
        write_trunk(out, trunk);
    }
    if let Some(panel) = &section.shared {
        write_panel(out, product, panel, "lane-group shared");
    }
    out.close();
}

fn write_heading(out: &mut Document, heading: &Heading, class: &str, font: Font) {
    let (x, mut y) = heading.at;
    for line in &heading.title {
        y += title_line(font);
        write_text(out, class, (x, y - 5), line);
    }
    for line in &heading.description {
        y += DESCRIPTION_LINE;
        write_text(out, "description", (x, y - 2), line);
    }
}

fn write_text(out: &mut Document, class: &str, (x, y): Point, text: &str) {
    out.text("text", &[("class", &class), ("x", &x), ("y", &y)], text);
}

fn write_rect(out: &mut Document, class: &str, rect: Rect, radius: usize) {
    let Rect { x, y, width, height } = rect;
    let place: [(&str, &dyn Display); 6] =
        [("class", &class), ("x", &x), ("y", &y), ("width", &width), ("height", &height), ("rx", &radius)];
    out.empty("rect", &place);
}

fn write_panel(out: &mut Document, product: &Product, panel: &Panel<'_>, class: &str) {
    match panel.objective {
        Some(objective) => out.open("g", &[("class", &class), ("data-objective", &objective.name)]),
        None => out.open("g", &[("class", &class)]),
    }
    if let Some(objective) = panel.objective {
        out.text("title", &[], &plain(&objective.description));
    }
    write_rect(out, "lane", panel.rect, 12);
    if let Some(heading) = &panel.heading {
        write_heading(out, heading, "lane-title", LANE_TITLE);
    }
    for frame in &panel.frames {
        write_rect(out, "frame", *frame, 12);
        write_text(out, "note", (frame.x + 14, frame.y + 17), "one of");
    }
    for curves in &panel.curves {
        write_curves(out, curves);
    }
    for &((x, y), is_shared) in &panel.heads {
        let path = format!("M{x} {y}l-{HEAD} -4v8z");
        out.empty("path", &[("class", &if is_shared { "head head-shared" } else { "head" }), ("d", &path)]);
    }
    for &((x, y), number) in &panel.connectors {
        out.empty("circle", &[("class", &"box"), ("cx", &x), ("cy", &y), ("r", &CONNECTOR_RADIUS)]);
        out.text("text", &[("class", &"note centred connector"), ("x", &x), ("y", &(y + 4))], &number.to_string());
    }
    for &(x, y) in &panel.remarks {
        let path = format!("M{x} {y}h16");
        out.empty("path", &[("class", &"line from-shared"), ("d", &path)]);
        let path = format!("M{} {y}l-{HEAD} -4v8z", x + 22);
        out.empty("path", &[("class", &"head head-shared"), ("d", &path)]);
        write_text(out, "note", (x + 32, y + 4), "nothing comes after");
    }
    for card in &panel.cards {
        write_card(out, product, panel, card);
    }
    out.close();
}

fn write_curves(out: &mut Document, curves: &Curves<'_>) {
    let mut path = String::new();
    for &((x1, y1), (x2, y2)) in &curves.parts {
        let bend = x2.saturating_sub(x1) * 3 / 5;
        let (near, far) = (x1 + bend, x2 - bend);
        let _ = match y1 == y2 {
            true => write!(path, "M{x1} {y1}H{x2}"),
            false => write!(path, "M{x1} {y1}C{near} {y1} {far} {y2} {x2} {y2}"),
        };
    }
    let class = if curves.is_shared { "line from-shared" } else { "line" };
    let from: Vec<&str> = curves.from.iter().map(|name| name.as_str()).collect();
    match from.is_empty() {
        true => out.empty("path", &[("class", &class), ("d", &path)]),
        false => out.empty("path", &[("class", &class), ("data-from", &from.join(" ")), ("d", &path)]),
    }
}

fn write_trunk(out: &mut Document, trunk: &Trunk) {
    /// How round the turns are.
    const RADIUS: usize = 10;
    let (x, (start_x, start_y)) = (trunk.x, trunk.start);
    let mut path = String::new();
    for &(end_x, end_y) in &trunk.ends {
        let radius = RADIUS.min(start_y.abs_diff(end_y) / 2);
        let (left, right) = (x - radius, x + radius);
        let _ = match start_y.cmp(&end_y) {
            std::cmp::Ordering::Equal => write!(path, "M{start_x} {start_y}H{end_x}"),
            std::cmp::Ordering::Less => write!(
                path,
                "M{start_x} {start_y}H{left}Q{x} {start_y} {x} {}V{}Q{x} {end_y} {right} {end_y}H{end_x}",
                start_y + radius,
                end_y - radius
            ),
            std::cmp::Ordering::Greater => write!(
                path,
                "M{start_x} {start_y}H{left}Q{x} {start_y} {x} {}V{}Q{x} {end_y} {right} {end_y}H{end_x}",
                start_y - radius,
                end_y + radius
            ),
        };
    }
    out.empty("path", &[("class", &"line from-shared"), ("d", &path)]);
}
