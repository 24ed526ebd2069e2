//! The files of a registry, and places in them.
//!
//! Texts are kept for as long as diagnostics point into them. How they are found on disk is `folder`, how lines are counted `lines`; nothing here
//! knows YAML.

mod folder;
mod lines;

pub use folder::MAX_FILES;
pub(crate) use folder::{Unreadable, files, read, read_files};
use lines::Lines;
use std::ops::Range;

/// Most bytes in a registry file: the largest real ones are a hundred times smaller.
pub const MAX_FILE_BYTES: usize = 4 << 20;
/// Most bytes in all files of a registry together: ten thousand documents have about 4 MiB.
pub const MAX_REGISTRY_BYTES: usize = 64 << 20;

/// Position of a file in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileId(pub(crate) usize);

/// A range of bytes in one file, on boundaries of characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) file: FileId,
    pub(crate) range: Range<usize>,
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

/// Line and column of a place, from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}

/// The text of every file of a registry.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    files: Vec<SourceFile>,
    bytes: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    pub(crate) path: String,
    /// Without a byte order mark.
    pub(crate) text: String,
    lines: Lines,
    /// Whether the text is what the file holds, and not what is left of it.
    is_whole: bool,
}

impl Sources {
    /// Adds a text under a path, unless there would be too much of it.
    pub(crate) fn add(&mut self, path: String, text: String) -> Result<FileId, Unreadable> {
        self.push(path, text, true)
    }

    /// Adds what is left of a file's text, to be shown and not to be read.
    fn add_remains(&mut self, path: String, text: String) -> Result<FileId, Unreadable> {
        self.push(path, text, false)
    }

    fn push(&mut self, path: String, text: String, is_whole: bool) -> Result<FileId, Unreadable> {
        self.room(text.len()).map_err(|reason| Unreadable { path: path.clone(), reason, place: None })?;
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        self.bytes += text.len();
        self.files.push(SourceFile { path, lines: Lines::new(&text), text, is_whole });
        Ok(FileId(self.files.len() - 1))
    }

    /// Whether a file of so many bytes can be added, or why not.
    fn room(&self, bytes: usize) -> Result<(), String> {
        if bytes > MAX_FILE_BYTES {
            let (most, has) = (MAX_FILE_BYTES >> 20, bytes.div_ceil(1 << 20));
            return Err(format!("a registry file has at most {most} MiB, this one has {has}: split it"));
        }
        if self.bytes + bytes > MAX_REGISTRY_BYTES {
            let most = MAX_REGISTRY_BYTES >> 20;
            return Err(format!("a registry has at most {most} MiB in all, and this file is beyond that"));
        }
        Ok(())
    }

    /// The files whose text is to be read.
    pub(crate) fn readable(&self) -> impl Iterator<Item = FileId> {
        (0..self.files.len()).filter(|at| self.files[*at].is_whole).map(FileId)
    }

    /// The files of which only remains are there.
    pub(crate) fn remains(&self) -> impl Iterator<Item = FileId> {
        (0..self.files.len()).filter(|at| !self.files[*at].is_whole).map(FileId)
    }

    pub(crate) fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0]
    }

    /// The text at a place.
    pub(crate) fn text(&self, place: &Place) -> &str {
        &self.file(place.file).text[place.range.clone()]
    }

    /// Line and column of a byte offset.
    pub(crate) fn position(&self, file: FileId, offset: usize) -> Position {
        let file = self.file(file);
        file.lines.position(&file.text, offset)
    }

    /// The line that holds a byte offset, without its line break.
    pub(crate) fn line(&self, file: FileId, offset: usize) -> Range<usize> {
        let file = self.file(file);
        file.lines.line(&file.text, offset)
    }
}

/// The last boundary of characters at an offset or before it.
pub(crate) fn floor_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
