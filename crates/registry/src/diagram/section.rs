//! Whole pictures: products one below the other, each with its lanes, and the legend at the end.

use super::draft::Draft;
use super::legend;
use super::place::{Bounds, CONNECTOR_LEAD, LANE_PADDING, LEAD, Ports, columns_width, panel};
use super::plan::{Lane, Plan};
use super::scene::{Heading, Panel, Point, Scene, Section};
use super::svg::Marks;
use super::text::{Font, plain};
use super::trunks;

/// Pixels around the picture.
const MARGIN: usize = 24;
/// Pixels between two lanes.
const LANE_GAP: usize = 14;
/// Pixels between the heading of a product and its lanes.
const HEADING_GAP: usize = 20;
/// Pixels between two products.
const SECTION_GAP: usize = 48;
/// Least width of the lanes, so that headings have room.
const MIN_LANE_WIDTH: usize = 440;
/// Most columns for steps that no objective uses, where the lanes have fewer.
const UNUSED_COLUMNS: usize = 4;
/// The font of a product's title.
pub(super) const PRODUCT_TITLE: Font = Font::bold(22);
/// The font of an objective's title.
pub(super) const LANE_TITLE: Font = Font::bold(15);
/// The font of descriptions.
pub(super) const DESCRIPTION: Font = Font::regular(12);
const MAX_TITLE_LINES: usize = 3;
const MAX_DESCRIPTION_LINES: usize = 2;
/// Pixels from one line of a description to the next.
pub(super) const DESCRIPTION_LINE: usize = 16;

/// Draws the plans of products.
pub(super) fn scene<'r>(plans: &[Plan<'r>], marks: Marks<'_>) -> Scene<'r> {
    let mut scene = Scene::default();
    let mut y = MARGIN;
    for plan in plans {
        let (section, right, bottom) = section(plan, y, marks);
        scene.sections.push(section);
        scene.width = scene.width.max(right + MARGIN);
        y = bottom + SECTION_GAP;
    }
    if plans.is_empty() {
        scene.remark = Some(((MARGIN, MARGIN + 20), "There are no objectives to draw."));
        scene.width = MIN_LANE_WIDTH;
        y = MARGIN + 40;
    } else {
        y -= SECTION_GAP;
    }
    let (legend, bottom) = legend::legend(plans, &scene, (MARGIN, y));
    scene.legend = legend;
    scene.height = bottom + MARGIN;
    scene
}

/// The picture of one product from this height on, with its right and its bottom end.
fn section<'r>(plan: &Plan<'r>, y: usize, marks: Marks<'_>) -> (Section<'r>, usize, usize) {
    let mut drafts: Vec<Draft<'_, 'r>> = plan
        .lanes
        .iter()
        .filter(|lane| lane.objective.is_some())
        .map(|lane| Draft::of_objective(lane, marks))
        .collect();
    let columns = drafts.iter().map(Draft::columns).max().unwrap_or(0);
    let is_cut = drafts.iter().any(Draft::is_cut);
    let unused = plan.lanes.iter().find(|lane| lane.objective.is_none());
    let columns = if unused.is_some() { columns.max(UNUSED_COLUMNS) } else { columns };
    drafts.extend(unused.map(|lane| Draft::of_unused(lane, columns, marks)));
    let shared = (!plan.shared.cells.is_empty()).then(|| Draft::of_shared(&plan.shared, &plan.trunks, marks));

    let shared_width = shared.as_ref().map_or(0, |draft| columns_width(draft.columns(), false) + 2 * LANE_PADDING);
    let x = MARGIN + shared_width + trunks::width(plan.trunks.len());
    let lead = match (is_cut, shared.is_some()) {
        (true, _) => CONNECTOR_LEAD,
        (false, true) => LEAD,
        (false, false) => LANE_PADDING,
    };
    let width = (lead + columns_width(columns, is_cut) + LANE_PADDING).max(MIN_LANE_WIDTH);
    let product =
        heading(&plan.product.title, &plan.product.description, (MARGIN, y), x + width - MARGIN, PRODUCT_TITLE);
    let top = y + height(&product, PRODUCT_TITLE) + HEADING_GAP;

    // The first step beside the lanes stands in line with the first row of the first lane that it leads into.
    let first_joined = plan.lanes.iter().position(Lane::has_entries);
    let level = shared
        .iter()
        .map(|draft| level_of(draft, shared_width))
        .chain(first_joined.map(|at| level_of(&drafts[at], width)))
        .max()
        .unwrap_or(0);
    let (mut lanes, mut entries, mut shared_y, mut bottom) = (Vec::new(), Ports::new(), top, top);
    for (at, draft) in drafts.into_iter().enumerate() {
        let is_first = Some(at) == first_joined;
        let y = if at == 0 { top } else { bottom + LANE_GAP };
        let (lane, ports) = lane(draft, (x, y, width), lead, if is_first { level } else { 0 }, &|_, _| true);
        if is_first {
            shared_y = y;
        }
        bottom = lane.rect.bottom();
        entries.extend(ports);
        lanes.push(lane);
    }
    let shared = shared.map(|draft| {
        let fits = |trunk: usize, y: usize| trunks::fits(trunk, y, &entries);
        lane(draft, (MARGIN, shared_y, shared_width), LANE_PADDING, level, &fits)
    });
    let trunks = shared.as_ref().map_or_else(Vec::new, |(_, exits)| trunks::lay(exits, &entries));
    let shared = shared.map(|(panel, _)| panel);
    bottom = bottom.max(shared.as_ref().map_or(0, |panel| panel.rect.bottom()));
    (Section { product: plan.product, heading: product, trunks, shared, lanes }, x + width, bottom)
}

/// How far below its upper end the first row of a lane is at least.
fn level_of(draft: &Draft<'_, '_>, width: usize) -> usize {
    lane_heading(draft.lane, (0, 0), width).1 + draft.above()
}

/// A lane with its heading, at x and y and so wide, with its first row at least so far below its upper end.
fn lane<'r>(
    draft: Draft<'_, 'r>,
    (x, y, width): (usize, usize, usize),
    lead: usize,
    level: usize,
    fits: &dyn Fn(usize, usize) -> bool,
) -> (Panel<'r>, Ports) {
    let (heading, heading_height) = lane_heading(draft.lane, (x, y), width);
    let above = level.saturating_sub(heading_height);
    let bounds = Bounds { x, y, width, heading: heading_height, lead, above };
    let (panel, ports) = panel(draft, &bounds, fits);
    (Panel { heading: Some(heading), ..panel }, ports)
}

/// The heading of a lane at this place, and how high it is with the room around it.
fn lane_heading(lane: &Lane<'_>, (x, y): Point, width: usize) -> (Heading, usize) {
    let (title, description) = describe(lane);
    let at = (x + LANE_PADDING, y + LANE_PADDING - 4);
    let heading = heading(title, description, at, width - 2 * LANE_PADDING, LANE_TITLE);
    let height = LANE_PADDING + height(&heading, LANE_TITLE) + 10;
    (heading, height)
}

fn describe<'l>(lane: &Lane<'l>) -> (&'l str, &'l str) {
    match lane.objective {
        Some(objective) => (&objective.title, &objective.description),
        None if lane.is_shared => ("Shared steps", "Objectives begin here."),
        None => ("In no objective", "No objective uses these steps."),
    }
}

fn heading(title: &str, description: &str, at: Point, width: usize, font: Font) -> Heading {
    let description = DESCRIPTION.wrap(&plain(description), width, MAX_DESCRIPTION_LINES);
    Heading { at, title: font.wrap(&plain(title), width, MAX_TITLE_LINES), description }
}

/// Pixels from one line of a title to the next.
pub(super) fn title_line(font: Font) -> usize {
    font.size + 5
}

/// How high a heading is.
fn height(heading: &Heading, font: Font) -> usize {
    heading.title.len() * title_line(font) + heading.description.len() * DESCRIPTION_LINE
}
