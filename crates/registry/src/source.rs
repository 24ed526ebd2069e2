//! The files of a registry, and places in them.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Largest registry file: the largest real ones are a hundred times smaller.
const MAX_FILE_BYTES: u64 = 4 << 20;
/// Most files in a registry.
const MAX_FILES: usize = 20_000;
/// Deepest folder below the registry's own.
const MAX_FOLDER_DEPTH: usize = 16;

/// Position of a file in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileId(pub(crate) usize);

/// A range of bytes in one file.
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
}

#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Why a file or folder could not be read at all.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) path: String,
    pub(crate) reason: String,
}

impl Sources {
    /// Adds a text under a path.
    pub(crate) fn add(&mut self, path: String, text: String) -> FileId {
        self.files.push(SourceFile { path, text });
        FileId(self.files.len() - 1)
    }

    pub(crate) fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0]
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..self.files.len()).map(FileId)
    }

    /// Line and column of a byte offset.
    pub(crate) fn position(&self, file: FileId, offset: usize) -> Position {
        let text = &self.files[file.0].text;
        let before = &text[..floor_boundary(text, offset)];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Position {
            line: before.bytes().filter(|b| *b == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// Reads every `.yaml` and `.yml` file below a folder, in order of their paths. What cannot be read is reported, and the rest is read.
    pub(crate) fn read(folder: &Path) -> (Self, Vec<Unreadable>) {
        let mut paths = Vec::new();
        let mut unreadable = Vec::new();
        collect(folder, 0, &mut paths, &mut unreadable);
        paths.sort();
        if paths.len() > MAX_FILES {
            let reason = format!("a registry has at most {MAX_FILES} files, this folder has {}", paths.len());
            unreadable.push(Unreadable { path: show(folder), reason });
            paths.truncate(MAX_FILES);
        }
        let mut sources = Self::default();
        for path in paths {
            match read_text(&path) {
                Ok(text) => {
                    sources.add(show(&path), text);
                }
                Err(reason) => unreadable.push(Unreadable { path: show(&path), reason }),
            }
        }
        (sources, unreadable)
    }
}

fn show(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Adds registry files below a folder; hidden ones and links to folders are passed over.
fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>, unreadable: &mut Vec<Unreadable>) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return unreadable.push(Unreadable { path: show(folder), reason: reason(&error) }),
    };
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < MAX_FOLDER_DEPTH => collect(&path, depth + 1, paths, unreadable),
            Ok(kind) if kind.is_dir() => {
                let reason = format!("folders nest at most {MAX_FOLDER_DEPTH} deep in a registry");
                unreadable.push(Unreadable { path: show(&path), reason });
            }
            Ok(_) if path.extension().is_some_and(|e| e == "yaml" || e == "yml") && paths.len() <= MAX_FILES => {
                paths.push(path);
            }
            _ => {}
        }
    }
}

fn read_text(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|e| reason(&e))?.len();
    if size > MAX_FILE_BYTES {
        return Err(format!("a registry file has at most {} MiB, this one has {}", MAX_FILE_BYTES >> 20, size >> 20));
    }
    let bytes = fs::read(path).map_err(|e| reason(&e))?;
    String::from_utf8(bytes).map_err(|e| {
        let valid = e.utf8_error().valid_up_to();
        let line = e.as_bytes()[..valid].iter().filter(|b| **b == b'\n').count() + 1;
        format!("the file is not UTF-8: line {line} has a byte that no UTF-8 text has; save it as UTF-8")
    })
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be read by this user".to_owned(),
        io::ErrorKind::NotADirectory => "it is not a folder".to_owned(),
        _ => error.to_string(),
    }
}
