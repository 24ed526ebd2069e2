//! The flow diagram: what users want to achieve, and the steps that lead there, drawn as SVG or written as Mermaid.
//!
//! Pure functions from a [`crate::Registry`] to text. The same registry gives the same text, byte for byte. Each objective is a lane in which time runs
//! from left to right; steps with which several objectives begin stand once, beside the lanes. The binary and the server call it; what a step's
//! state is, the server decides and passes in as a [`Mark`].
//!
//! From above to below: `plan` says what is drawn where, `bands` cuts long lanes, `layers`, `order` and `rows` give everything a place on a grid,
//! `place` turns the grid into pixels, `svg` into text.

mod bands;
mod draft;
mod frames;
mod grid;
mod layers;
mod legend;
mod mermaid;
mod order;
mod palette;
mod place;
mod plan;
mod rows;
mod scene;
mod section;
mod selection;
mod sharing;
mod svg;
#[cfg(test)]
mod tests;
mod text;
mod trunks;

pub use mermaid::mermaid;
pub(crate) use palette::{DARK, LIGHT, Palette};
pub use selection::{Selection, SelectionError};
pub use svg::{Mark, MarkShape, Theme, svg};
