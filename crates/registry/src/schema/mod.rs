//! What registry files may hold, as a table: kinds, their keys, and the shape and meaning of each.
//!
//! From the table are written the JSON Schema by which editors complete, explain and check registry files ([`json`]), and the tables of the
//! reference ([`reference()`]). It reads nothing: the readers of `documents` decide, and tests hold the table against them.

mod draft;
mod forms;
mod json;
mod kinds;
mod reference;
mod table;
#[cfg(test)]
mod tests;

/// The JSON Schema (draft 7) of registry files, as text.
///
/// It knows what can be seen in one document alone; `milepost check` knows the rest. What `milepost check` takes without an error, it takes too.
pub fn json() -> String {
    draft::schema().to_string()
}

/// A page of Markdown whose tables of keys are those of the registry, each between `<!-- keys of NAME -->` and `<!-- end of keys -->`.
///
/// # Errors
/// The page names a table that there is not, or lacks one; the text says which.
pub fn reference(page: &str) -> Result<String, String> {
    reference::fill(page)
}
