//! The legend: the signs that occur in a picture, and what they mean.

use super::plan::{Cell, Plan};
use super::scene::{NOTE, Point, Sample, Scene, Sign};

/// How wide a sign is in the legend, with the room behind it.
pub(super) const SIGN_WIDTH: usize = 46;
/// How high an entry is.
pub(super) const SIGN_HEIGHT: usize = 22;
const ENTRY_GAP: usize = 28;
const LINE_GAP: usize = 8;
/// Pixels between the picture and its legend.
const GAP_ABOVE: usize = 24;

/// Every sign with its meaning.
const MEANINGS: [(Sign, &str); 5] = [
    (Sign::Asynchronous, "Asynchronous: goes on after the user has moved on"),
    (Sign::Optional, "Optional: users may leave it out"),
    (Sign::OneOf, "One of: users take one of several ways"),
    (Sign::Reference, "See: the step is drawn elsewhere"),
    (Sign::Connector, "Goes on where the same number stands"),
];

/// The entries for a picture from this point on, and how far down they go.
pub(super) fn legend(plans: &[Plan<'_>], scene: &Scene<'_>, (x, y): Point) -> (Vec<Sample>, usize) {
    let mut samples = Vec::new();
    let (mut at, mut bottom) = ((x, y + GAP_ABOVE), y);
    for (sign, text) in MEANINGS.into_iter().filter(|(sign, _)| occurs(*sign, plans, scene)) {
        let width = SIGN_WIDTH + NOTE.width(text);
        if at.0 > x && at.0 + width + x > scene.width {
            at = (x, at.1 + SIGN_HEIGHT + LINE_GAP);
        }
        samples.push(Sample { sign, at, text });
        bottom = at.1 + SIGN_HEIGHT;
        at.0 += width + ENTRY_GAP;
    }
    (samples, bottom)
}

fn occurs(sign: Sign, plans: &[Plan<'_>], scene: &Scene<'_>) -> bool {
    let lanes = || plans.iter().flat_map(|plan| std::iter::once(&plan.shared).chain(&plan.lanes));
    let mut uses = lanes().flat_map(|lane| &lane.cells).filter_map(Cell::used);
    match sign {
        Sign::Asynchronous => uses.any(|used| used.step.asynchronous),
        Sign::Optional => uses.any(|used| used.optional),
        Sign::OneOf => scene.panels().any(|panel| !panel.frames.is_empty()),
        Sign::Reference => lanes().flat_map(|lane| &lane.cells).any(|cell| matches!(cell, Cell::Reference(..))),
        Sign::Connector => scene.panels().any(|panel| !panel.connectors.is_empty()),
    }
}
