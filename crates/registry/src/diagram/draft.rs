//! A lane on its grid: what `place` needs to know of it before it has pixels.

use super::bands::{Band, Member, bands};
use super::grid::{Grid, Piece, arrange};
use super::layers::{FIRST, layers};
use super::plan::{Cell, Lane};
use super::scene::{CONNECTOR_RADIUS, Card, LOOP_HEIGHT};
use super::svg::Marks;
use std::collections::BTreeMap;

/// Room in the frame of alternatives above the first one, where it is named.
const FRAME_TOP: usize = 26;
/// Room in the frame of alternatives below the last one.
const FRAME_BOTTOM: usize = 12;
/// Half the height of a row in which there are only lines.
const HALF_LINE: usize = 5;

/// The rank of what users may leave out: below lines that pass by.
const OPTIONAL_RANK: usize = 2;
/// The rank of what goes on without the user.
const ASYNCHRONOUS_RANK: usize = 3;

/// The room that one spot takes above and below the middle of its row.
pub(super) struct Extent {
    pub(super) layer: usize,
    pub(super) row: usize,
    pub(super) above: usize,
    pub(super) below: usize,
}

/// A lane in bands, each on its grid, with the steps as they are drawn.
pub(super) struct Draft<'p, 'r> {
    pub(super) lane: &'p Lane<'r>,
    pub(super) bands: Vec<(Band, Grid)>,
    /// For each cell of the lane; `None` for ways in and frames.
    pub(super) cards: Vec<Option<Card<'r>>>,
}

impl<'p, 'r> Draft<'p, 'r> {
    /// The lane of an objective.
    pub(super) fn of_objective(lane: &'p Lane<'r>, marks: Marks<'_>) -> Self {
        let layers = lane_layers(lane);
        Self::new(lane, bands(&layers, &lane.edges), marks)
    }

    /// The steps beside the lanes, with a way out for each trunk.
    pub(super) fn of_shared(lane: &'p Lane<'r>, trunks: &[usize], marks: Marks<'_>) -> Self {
        let layers = lane_layers(lane);
        let end = layers.iter().max().map_or(FIRST, |last| last + 1);
        let cells = (0..layers.len()).map(Member::Cell);
        let ends = trunks.iter().enumerate().map(|(number, from)| Member::End { number, cell: *from });
        let mut band = Band { members: cells.chain(ends).collect(), layers, edges: lane.edges.clone() };
        for (number, from) in trunks.iter().enumerate() {
            band.layers.push(end);
            band.edges.push((*from, lane.cells.len() + number));
        }
        Self::new(lane, vec![band], marks)
    }

    /// Steps that nothing leads to, in so many columns.
    pub(super) fn of_unused(lane: &'p Lane<'r>, columns: usize, marks: Marks<'_>) -> Self {
        let cells = 0..lane.cells.len();
        let layers = cells.clone().map(|cell| FIRST + cell % columns).collect();
        let band = Band { members: cells.map(Member::Cell).collect(), layers, edges: Vec::new() };
        Self::new(lane, vec![band], marks)
    }

    fn new(lane: &'p Lane<'r>, bands: Vec<Band>, marks: Marks<'_>) -> Self {
        let on_grid = bands.into_iter().map(|band| {
            let pieces: Vec<Piece> =
                band.members.iter().zip(&band.layers).map(|(m, layer)| piece(lane, &band, *m, *layer)).collect();
            let grid = arrange(&pieces, &band.edges);
            (band, grid)
        });
        Self { lane, bands: on_grid.collect(), cards: lane.cells.iter().map(|cell| card(cell, marks)).collect() }
    }

    /// How many columns of steps it has.
    pub(super) fn columns(&self) -> usize {
        self.cells_with_layers().map(|(_, layer)| (layer + 1).saturating_sub(FIRST)).max().unwrap_or(0)
    }

    /// Whether ways go on in later bands.
    pub(super) fn is_cut(&self) -> bool {
        self.bands.len() > 1
    }

    /// How much room everything in a band takes, frames included.
    pub(super) fn extents(&self, band: usize) -> Vec<Extent> {
        let (members, grid) = (&self.bands[band].0.members, &self.bands[band].1);
        let frames = self.frames(band);
        let extents = grid.spots.iter().enumerate().map(|(at, spot)| {
            let member = members.get(at).copied();
            let (above, below) = member.map_or((HALF_LINE, HALF_LINE), |member| self.height(member));
            let frame = frames.iter().find(|frame| frame.0 == spot.layer && frame.1 <= spot.row && spot.row <= frame.2);
            let (is_first, is_last) =
                frame.map_or((false, false), |(_, first, last)| (*first == spot.row, *last == spot.row));
            Extent {
                layer: spot.layer,
                row: spot.row,
                above: above + if is_first { FRAME_TOP } else { 0 },
                below: below + if is_last { FRAME_BOTTOM } else { 0 },
            }
        });
        extents.collect()
    }

    /// How much room there must be above the middle of the first row.
    pub(super) fn above(&self) -> usize {
        self.extents(0).iter().filter(|extent| extent.row == 0).map(|extent| extent.above).max().unwrap_or(HALF_LINE)
    }

    fn height(&self, member: Member) -> (usize, usize) {
        match (member, self.card(member)) {
            (_, Some(card)) => {
                let half = card.rect.height / 2;
                (half + if card.retried { LOOP_HEIGHT } else { 0 }, half)
            }
            (Member::Cell(_), None) => (HALF_LINE, HALF_LINE),
            _ => (CONNECTOR_RADIUS, CONNECTOR_RADIUS),
        }
    }

    /// The frames around alternatives of a band: column, first row and last row.
    pub(super) fn frames(&self, band: usize) -> Vec<(usize, usize, usize)> {
        let (members, grid) = (&self.bands[band].0.members, &self.bands[band].1);
        let mut frames: BTreeMap<(usize, usize), (usize, usize)> = BTreeMap::new();
        for (member, spot) in members.iter().zip(&grid.spots) {
            let Member::Cell(cell) = member else { continue };
            if let Some(number) = self.lane.alternatives(*cell) {
                let rows = frames.entry((spot.layer, number)).or_insert((spot.row, spot.row));
                *rows = (rows.0.min(spot.row), rows.1.max(spot.row));
            }
        }
        frames.into_iter().map(|((layer, _), (first, last))| (layer, first, last)).collect()
    }

    /// What is drawn for a member of a band.
    pub(super) fn card(&self, member: Member) -> Option<&Card<'r>> {
        match member {
            Member::Cell(cell) => self.cards[cell].as_ref(),
            _ => None,
        }
    }

    fn cells_with_layers(&self) -> impl Iterator<Item = (Member, usize)> {
        let all = self.bands.iter().flat_map(|(band, _)| band.members.iter().copied().zip(band.layers.iter().copied()));
        all.filter(|(member, _)| matches!(member, Member::Cell(_)))
    }
}

fn card<'r>(cell: &Cell<'r>, marks: Marks<'_>) -> Option<Card<'r>> {
    match cell {
        Cell::Entry(_) | Cell::Frame(_) => None,
        Cell::Step(used) => Some(Card::new(used, None, marks(used.step))),
        Cell::Reference(used, home) => {
            let home = home.map_or("the shared steps", |home| &*home.title);
            Some(Card::new(used, Some(home), marks(used.step)))
        }
    }
}

fn piece(lane: &Lane<'_>, band: &Band, member: Member, layer: usize) -> Piece {
    let plain = Piece { layer, block: None, rank: 0, within: None };
    let Member::Cell(cell) = member else { return plain };
    match &lane.cells[cell] {
        Cell::Entry(trunk) => Piece { rank: *trunk, ..plain },
        Cell::Frame(members) => Piece { within: band.members.binary_search(&Member::Cell(members[0])).ok(), ..plain },
        Cell::Step(used) | Cell::Reference(used, _) => {
            let rank = match (used.step.asynchronous, used.optional) {
                (true, _) => ASYNCHRONOUS_RANK,
                (false, true) => OPTIONAL_RANK,
                (false, false) => 0,
            };
            Piece { block: used.alternative, rank, ..plain }
        }
    }
}

/// The column of each cell.
fn lane_layers(lane: &Lane<'_>) -> Vec<usize> {
    let leaders = lane.leaders();
    let edges: Vec<(usize, usize)> = lane.edges.iter().map(|(from, to)| (leaders[*from], leaders[*to])).collect();
    let layers = layers(lane.cells.len(), &edges, |cell| matches!(lane.cells[cell], Cell::Entry(_)));
    leaders.iter().map(|leader| layers[*leader]).collect()
}
