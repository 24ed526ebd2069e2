//! What is drawn, in pixels: everything has its place, nothing is text of a file format yet.

use super::plan::Use;
use super::svg::Mark;
use super::text::{Font, plain};
use milepost_model::{Name, Objective, Product};

/// The font of steps' titles.
pub(super) const TITLE: Font = Font::regular(13);
/// The font of what is said below them.
pub(super) const NOTE: Font = Font::regular(11);
/// Pixels from one line of a title to the next.
pub(super) const TITLE_LINE: usize = 17;
/// Pixels from one line of a note to the next.
pub(super) const NOTE_LINE: usize = 15;
/// How wide every step is.
pub(super) const STEP_WIDTH: usize = 180;
const PADDING: usize = 12;
/// Least height of a step: with room for two lines, so that most are of one height.
pub(super) const MIN_HEIGHT: usize = 56;
const MAX_TITLE_LINES: usize = 4;
const MAX_NOTE_LINES: usize = 2;
/// Half the width of a connector.
pub(super) const CONNECTOR_RADIUS: usize = 10;
/// The height of the loop on a step that can be repeated.
pub(super) const LOOP_HEIGHT: usize = 14;

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rect {
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Rect {
    pub(super) fn right(&self) -> usize {
        self.x + self.width
    }

    pub(super) fn bottom(&self) -> usize {
        self.y + self.height
    }
}

/// A point, x and y.
pub(super) type Point = (usize, usize);

/// A whole picture.
#[derive(Default)]
pub(super) struct Scene<'r> {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) sections: Vec<Section<'r>>,
    pub(super) legend: Vec<Sample>,
    /// What is said where there is nothing to draw.
    pub(super) remark: Option<(Point, &'static str)>,
}

impl<'r> Scene<'r> {
    /// All lanes of all products, and the steps beside them.
    pub(super) fn panels(&self) -> impl Iterator<Item = &Panel<'r>> {
        self.sections.iter().flat_map(|section| section.shared.iter().chain(&section.lanes))
    }
}

/// The picture of one product.
pub(super) struct Section<'r> {
    pub(super) product: &'r Product,
    pub(super) heading: Heading,
    pub(super) trunks: Vec<Trunk>,
    pub(super) shared: Option<Panel<'r>>,
    pub(super) lanes: Vec<Panel<'r>>,
}

/// A title with a description below it, in lines.
pub(super) struct Heading {
    pub(super) at: Point,
    pub(super) title: Vec<String>,
    pub(super) description: Vec<String>,
}

/// What leads from a step beside the lanes into them.
pub(super) struct Trunk {
    /// Where it starts.
    pub(super) start: Point,
    /// Where it turns.
    pub(super) x: usize,
    /// Where it ends.
    pub(super) ends: Vec<Point>,
}

/// A lane, or the steps beside the lanes.
#[derive(Default)]
pub(super) struct Panel<'r> {
    pub(super) rect: Rect,
    pub(super) objective: Option<&'r Objective>,
    pub(super) heading: Option<Heading>,
    pub(super) frames: Vec<Rect>,
    pub(super) curves: Vec<Curves<'r>>,
    /// The points of arrows, and whether only lines from shared steps end there.
    pub(super) heads: Vec<(Point, bool)>,
    pub(super) cards: Vec<Card<'r>>,
    /// Where a way ends and goes on: the middle of a circle and its number.
    pub(super) connectors: Vec<(Point, usize)>,
    /// Texts at the places where nothing comes after.
    pub(super) remarks: Vec<Point>,
}

/// All lines of one step in one band.
pub(super) struct Curves<'r> {
    /// The steps where they start, if they do not start outside.
    pub(super) from: Vec<&'r Name>,
    pub(super) is_shared: bool,
    pub(super) parts: Vec<(Point, Point)>,
}

/// A step, or what refers to one.
pub(super) struct Card<'r> {
    pub(super) rect: Rect,
    pub(super) kind: CardKind,
    pub(super) title: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) mark: Option<Mark>,
    pub(super) name: &'r str,
    /// What is told of it at the pointer.
    pub(super) told: String,
    pub(super) asynchronous: bool,
    pub(super) optional: bool,
    pub(super) retried: bool,
}

/// Whether a step is drawn here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CardKind {
    Step,
    Reference,
}

/// What the legend explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Asynchronous,
    Optional,
    OneOf,
    Reference,
    Connector,
}

/// An entry of the legend.
pub(super) struct Sample {
    pub(super) sign: Sign,
    pub(super) at: Point,
    pub(super) text: &'static str,
}

impl<'r> Card<'r> {
    /// A step as it is drawn; `home` says where, when it is elsewhere.
    pub(super) fn new(used: &Use<'r>, home: Option<&str>, mark: Option<Mark>) -> Self {
        let step = used.step;
        let title = plain(&step.title);
        let signs = signs(used);
        let see = home.map(|home| format!("see {}", plain(home)));
        let label = mark.as_ref().map(|mark| plain(&mark.label));
        let said = (!signs.is_empty()).then(|| signs.join(", "));
        let notes = [&label, &said, &see].into_iter().flatten();
        let told = match signs.is_empty() {
            true => format!("{title}: {}", plain(&step.description)),
            false => format!("{title} ({}): {}", signs.join(", "), plain(&step.description)),
        };
        // The ends of a step that is asynchronous are round.
        let width = STEP_WIDTH - 2 * if step.asynchronous { PADDING + 6 } else { PADDING };
        let title = TITLE.wrap(&title, width, MAX_TITLE_LINES);
        let notes: Vec<String> = notes.flat_map(|note| NOTE.wrap(note, width, MAX_NOTE_LINES)).collect();
        let height = (2 * PADDING + title.len() * TITLE_LINE + notes.len() * NOTE_LINE).max(MIN_HEIGHT);
        Self {
            rect: Rect { x: 0, y: 0, width: STEP_WIDTH, height: height + height % 2 },
            kind: if home.is_some() { CardKind::Reference } else { CardKind::Step },
            title,
            notes,
            mark,
            name: step.name.as_str(),
            told,
            asynchronous: step.asynchronous,
            optional: used.optional,
            retried: used.retried,
        }
    }
}

/// What is said of a use in words, besides by its shape.
pub(super) fn signs(used: &Use<'_>) -> Vec<String> {
    let mut signs = Vec::new();
    if used.step.asynchronous {
        signs.push("asynchronous".to_owned());
    }
    match &used.optional_in[..] {
        [] if used.optional => signs.push("optional".to_owned()),
        [] => {}
        [only] => signs.push(format!("optional in {}", plain(&only.title))),
        several => signs.push(format!("optional in {} objectives", several.len())),
    }
    if used.retried {
        signs.push("can be repeated".to_owned());
    }
    signs
}
