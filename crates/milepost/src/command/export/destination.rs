//! Where exported documents go: standard output, a file, or a folder with a file for each product.

use crate::output;
use anyhow::Context as _;
use std::fs;
use std::path::Path;

/// A file of one product.
pub(super) struct Document {
    /// What it is called in a folder.
    pub(super) name: String,
    /// What it holds.
    pub(super) text: String,
}

pub(super) enum Destination<'p> {
    Standard,
    File(&'p Path),
    Folder(&'p Path),
}

impl<'p> Destination<'p> {
    /// A folder is one that is there, or is written with `/` at its end.
    pub(super) fn of(path: Option<&'p Path>) -> Self {
        match path {
            None => Self::Standard,
            Some(path) if path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/") => Self::Folder(path),
            Some(path) => Self::File(path),
        }
    }

    /// Writes the documents: each into a file of its own, or all together as `whole` says.
    pub(super) fn write(
        &self,
        documents: &[Document],
        whole: impl FnOnce() -> anyhow::Result<String>,
    ) -> anyhow::Result<()> {
        let put = |path: &Path, text: &str| {
            fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
        };
        match self {
            Self::Standard => Ok(output::data(&whole()?)?),
            Self::File(path) => put(path, &whole()?),
            Self::Folder(folder) => {
                fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
                documents.iter().try_for_each(|document| put(&folder.join(&document.name), &document.text))
            }
        }
    }
}
