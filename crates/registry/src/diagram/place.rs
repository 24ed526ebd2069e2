//! A lane in pixels.

use super::bands::Member;
use super::draft::{Draft, Extent};
use super::grid::Spot;
use super::layers::FIRST;
use super::plan::Cell;
use super::scene::{CONNECTOR_RADIUS, Card, Curves, MIN_HEIGHT, Panel, Point, Rect, STEP_WIDTH};
use std::collections::BTreeMap;

/// Pixels between two columns of steps, where lines go up and down.
const COLUMN_GAP: usize = 60;
/// Pixels between what stands below each other.
const ROW_GAP: usize = 20;
/// Least pixels between the middles of two rows, so that lines in them stay apart.
const MIN_PITCH: usize = 24;
/// The same where steps stand in both, so that those of one height stand evenly.
const STEP_PITCH: usize = MIN_HEIGHT + ROW_GAP;
/// Pixels between two bands of one lane.
const BAND_GAP: usize = 32;
/// Pixels within a lane beside and below what stands in it.
pub(super) const LANE_PADDING: usize = 20;
/// The same at the left, where lines come in from other steps.
pub(super) const LEAD: usize = 52;
/// The same at the left, where lines come in from connectors.
pub(super) const CONNECTOR_LEAD: usize = 88;
/// Pixels of a frame beside alternatives.
const FRAME_SIDE: usize = 12;
/// How long the points of arrows are.
pub(super) const HEAD: usize = 8;

/// Where a lane is put.
pub(super) struct Bounds {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    /// Pixels of its heading.
    pub(super) heading: usize,
    /// Pixels at the left of the first column.
    pub(super) lead: usize,
    /// Least pixels above the middle of the first row.
    pub(super) above: usize,
}

/// How wide so many columns are, ways on included.
pub(super) fn columns_width(columns: usize, is_cut: bool) -> usize {
    let gaps = if is_cut { columns } else { columns.saturating_sub(1) };
    columns * STEP_WIDTH + gaps * COLUMN_GAP + if is_cut { 2 * CONNECTOR_RADIUS } else { 0 }
}

/// The place of a lane's ways in, or of the ways out of the steps beside the lanes, with the numbers of their trunks.
pub(super) type Ports = Vec<(usize, Point)>;

/// Puts a lane in its place. Rows move down until their ways out fit, which `fits` decides by trunk and height.
pub(super) fn panel<'r>(
    mut draft: Draft<'_, 'r>,
    bounds: &Bounds,
    fits: &dyn Fn(usize, usize) -> bool,
) -> (Panel<'r>, Ports) {
    let mut panel = Panel { objective: draft.lane.objective, ..Panel::default() };
    let mut ports = Ports::new();
    let mut top = bounds.y + bounds.heading;
    let mut rects: Vec<(usize, Rect)> = Vec::new();
    for band in 0..draft.bands.len() {
        let placer = Placer { bounds, ys: rows(&draft, band, top, bounds.above, fits), draft: &draft, band };
        placer.frames(&mut panel);
        placer.curves(&mut panel);
        placer.connectors(&mut panel);
        placer.ports(&mut panel, &mut ports);
        rects.extend(placer.rects());
        top = placer.bottom() + BAND_GAP;
    }
    rects.sort_unstable_by_key(|(cell, _)| *cell);
    for (cell, rect) in rects {
        panel.cards.extend(draft.cards[cell].take().map(|card| Card { rect, ..card }));
    }
    let height = top - BAND_GAP + LANE_PADDING - bounds.y;
    panel.rect = Rect { x: bounds.x, y: bounds.y, width: bounds.width, height };
    (panel, ports)
}

/// The middle of each row of a band.
fn rows(
    draft: &Draft<'_, '_>,
    band: usize,
    top: usize,
    above: usize,
    fits: &dyn Fn(usize, usize) -> bool,
) -> Vec<usize> {
    /// How far a row moves down where a line would run along one of another step.
    const NUDGE: usize = 6;
    let (members, grid) = (&draft.bands[band].0.members, &draft.bands[band].1);
    let mut exits: BTreeMap<usize, usize> = BTreeMap::new();
    for (member, spot) in members.iter().zip(&grid.spots) {
        if let Member::End { number, .. } = member {
            exits.insert(spot.row, *number);
        }
    }
    let extents = draft.extents(band);
    let rows = extents.iter().map(|extent| extent.row + 1).max().unwrap_or(0);
    // Only what stands in one column keeps its distance, so that a high step spreads no other column.
    let mut bottoms: BTreeMap<usize, usize> = BTreeMap::new();
    let mut ys: Vec<usize> = Vec::new();
    for row in 0..rows {
        let in_row = || extents.iter().filter(|extent| extent.row == row);
        let below = |extent: &Extent| match bottoms.get(&extent.layer) {
            Some(bottom) => bottom + ROW_GAP + extent.above,
            None => top + extent.above,
        };
        let has_steps = |row: usize| extents.iter().any(|extent| extent.row == row && extent.above >= MIN_HEIGHT / 2);
        let pitch = if row > 0 && has_steps(row - 1) && has_steps(row) { STEP_PITCH } else { MIN_PITCH };
        let least = ys.last().map_or(top + above, |y| y + pitch);
        let mut y = in_row().map(below).max().unwrap_or(least).max(least);
        while exits.get(&row).is_some_and(|trunk| !fits(*trunk, y)) {
            y += NUDGE;
        }
        for extent in in_row() {
            let bottom = bottoms.entry(extent.layer).or_default();
            *bottom = (*bottom).max(y + extent.below);
        }
        ys.push(y);
    }
    ys
}

/// Gives what stands in one band its place.
struct Placer<'p, 'd, 'r> {
    draft: &'p Draft<'d, 'r>,
    band: usize,
    bounds: &'p Bounds,
    ys: Vec<usize>,
}

impl<'r> Placer<'_, '_, 'r> {
    fn members(&self) -> impl Iterator<Item = (Member, Spot)> {
        let (band, grid) = &self.draft.bands[self.band];
        band.members.iter().copied().zip(grid.spots.iter().copied())
    }

    /// The left end of a column.
    fn column(&self, layer: usize) -> usize {
        self.bounds.x + self.bounds.lead + layer.saturating_sub(FIRST) * (STEP_WIDTH + COLUMN_GAP)
    }

    fn rects(&self) -> Vec<(usize, Rect)> {
        let cards = self.members().filter_map(|(member, spot)| Some((member, self.draft.card(member)?, spot)));
        cards
            .map(|(member, card, spot)| {
                let y = self.ys[spot.row] - card.rect.height / 2;
                (member.cell(), Rect { x: self.column(spot.layer), y, ..card.rect })
            })
            .collect()
    }

    fn bottom(&self) -> usize {
        let bottoms = self.draft.extents(self.band).into_iter().map(|extent| self.ys[extent.row] + extent.below);
        bottoms.max().unwrap_or(self.bounds.y + self.bounds.heading)
    }

    fn frames(&self, panel: &mut Panel<'r>) {
        let extents = self.draft.extents(self.band);
        for (layer, first, last) in self.draft.frames(self.band) {
            let within = || extents.iter().filter(|e| e.layer == layer && first <= e.row && e.row <= last);
            let top = within().map(|extent| self.ys[extent.row] - extent.above).min().unwrap_or(0);
            let bottom = within().map(|extent| self.ys[extent.row] + extent.below).max().unwrap_or(top);
            let (x, width) = (self.column(layer) - FRAME_SIDE, STEP_WIDTH + 2 * FRAME_SIDE);
            panel.frames.push(Rect { x, y: top, width, height: bottom - top });
        }
    }

    fn curves(&self, panel: &mut Panel<'r>) {
        let (band, grid) = &self.draft.bands[self.band];
        let lane = self.draft.lane;
        let mut curves: BTreeMap<usize, Curves<'r>> = BTreeMap::new();
        let mut heads: BTreeMap<Point, bool> = BTreeMap::new();
        for &(from, to) in &grid.links {
            let piece = grid.spots[from].piece;
            let cell = band.members[piece].cell();
            let is_shared = lane.is_shared || matches!(lane.cells[cell], Cell::Entry(_));
            let from_here =
                curves.entry(piece).or_insert_with(|| Curves { from: lane.names(cell), is_shared, parts: Vec::new() });
            from_here.parts.push((self.right(from), self.left(to)));
            if matches!(band.members.get(to), Some(Member::Cell(_))) {
                let (x, y) = self.left(to);
                *heads.entry((x + HEAD, y)).or_insert(true) &= is_shared;
            }
        }
        // Lines that pass columns.
        for spot in &grid.spots[band.members.len()..] {
            let (x, y) = (self.column(spot.layer), self.ys[spot.row]);
            let from_here = curves.get_mut(&spot.piece);
            from_here.expect("a line starts somewhere").parts.push(((x, y), (x + STEP_WIDTH, y)));
        }
        panel.curves.extend(curves.into_values());
        panel.heads.extend(heads);
    }

    /// Where lines leave a spot.
    fn right(&self, at: usize) -> Point {
        let (band, grid) = &self.draft.bands[self.band];
        let spot = grid.spots[at];
        let x = match band.members.get(at) {
            Some(Member::Begin { .. }) => self.bounds.x + LANE_PADDING + 2 * CONNECTOR_RADIUS - 4,
            Some(Member::Cell(cell)) => match self.draft.lane.cells[*cell] {
                Cell::Entry(_) => self.bounds.x,
                Cell::Frame(_) => self.column(spot.layer) + STEP_WIDTH + FRAME_SIDE,
                _ => self.column(spot.layer) + STEP_WIDTH,
            },
            _ => self.column(spot.layer) + STEP_WIDTH,
        };
        (x, self.ys[spot.row])
    }

    /// Where lines reach a spot.
    fn left(&self, at: usize) -> Point {
        let (band, grid) = &self.draft.bands[self.band];
        let spot = grid.spots[at];
        let x = match band.members.get(at) {
            Some(Member::End { .. }) if self.draft.lane.objective.is_none() => self.bounds.x + self.bounds.width,
            Some(Member::Cell(cell)) => {
                let is_frame = matches!(self.draft.lane.cells[*cell], Cell::Frame(_));
                self.column(spot.layer) - HEAD - if is_frame { FRAME_SIDE } else { 0 }
            }
            _ => self.column(spot.layer),
        };
        (x, self.ys[spot.row])
    }

    fn connectors(&self, panel: &mut Panel<'r>) {
        for (member, spot) in self.members() {
            let y = self.ys[spot.row];
            match member {
                Member::Begin { number, .. } => {
                    panel.connectors.push(((self.bounds.x + LANE_PADDING + CONNECTOR_RADIUS - 4, y), number));
                }
                Member::End { number, .. } if panel.objective.is_some() => {
                    panel.connectors.push(((self.column(spot.layer) + CONNECTOR_RADIUS, y), number));
                }
                _ => {}
            }
        }
    }

    fn ports(&self, panel: &mut Panel<'r>, ports: &mut Ports) {
        let leads_on: Vec<usize> = self.draft.lane.edges.iter().map(|(from, _)| *from).collect();
        for (member, spot) in self.members() {
            let y = self.ys[spot.row];
            match member {
                Member::Cell(cell) => {
                    let Cell::Entry(trunk) = self.draft.lane.cells[cell] else { continue };
                    ports.push((trunk, (self.bounds.x, y)));
                    if !leads_on.contains(&cell) {
                        panel.remarks.push((self.bounds.x, y));
                    }
                }
                Member::End { number, .. } if panel.objective.is_none() => {
                    ports.push((number, (self.bounds.x + self.bounds.width, y)));
                }
                _ => {}
            }
        }
    }
}
