//! Pages of the registry on a terminal. What they hold is decided in `registry`.

mod text;

pub(crate) use text::render as render_text;
