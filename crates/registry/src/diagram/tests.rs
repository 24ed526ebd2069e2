//! The diagram as a whole: what is drawn, where, and whether it says what the registry says.

mod grids;
mod hostile;
mod meaning;
mod pictures;
mod world;
