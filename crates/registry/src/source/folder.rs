//! Registry files found below a folder.

use super::{MAX_FILE_BYTES, Place, Sources};
use crate::settings::is_settings;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Most files in a registry.
pub const MAX_FILES: usize = 20_000;
/// Most folders looked into, so that a wrong one (`/`) does not keep the search busy.
const MAX_FOLDERS: usize = 20_000;
/// Deepest folder below the registry's own.
const MAX_FOLDER_DEPTH: usize = 16;

/// Where npm puts what a product is made of: other people's files, some of them YAML.
const PACKAGES: &str = "node_modules";

/// Why a file or folder, or a part of it, was not read.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) path: String,
    pub(crate) reason: String,
    /// Where, when the rest of the file can be shown.
    pub(crate) place: Option<Place>,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) sources: Sources,
    pub(crate) unreadable: Vec<Unreadable>,
}

/// The `.yaml` and `.yml` files below a folder, in order of their paths.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut search = Search::default();
    search.folder(folder, 0);
    search.paths.sort();
    search.paths
}

/// Reads every `.yaml` and `.yml` file below a folder, in order of their paths. What cannot be read is reported, and the rest is read.
pub(crate) fn read(folder: &Path) -> Contents {
    let mut search = Search::default();
    search.folder(folder, 0);
    search.paths.sort();
    if search.paths.len() > MAX_FILES {
        search.paths.truncate(MAX_FILES);
        search.refuse(folder, format!("a registry has at most {MAX_FILES} files, and this folder has more"));
    }
    let mut contents = Contents { sources: Sources::default(), unreadable: search.unreadable };
    for path in &search.paths {
        contents.read_file(path);
    }
    contents
}

/// Reads these files, in this order.
pub(crate) fn read_files(paths: &[PathBuf]) -> Contents {
    let mut contents = Contents::default();
    paths.iter().for_each(|path| contents.read_file(path));
    contents
}

impl Contents {
    fn read_file(&mut self, path: &Path) {
        let bytes = match read_bytes(path) {
            Ok(bytes) => bytes,
            Err(reason) => return self.unreadable.push(Unreadable { path: show(path), reason, place: None }),
        };
        match String::from_utf8(bytes) {
            Ok(text) if is_settings(&show(path), &text) => {}
            Ok(text) => {
                if let Err(refused) = self.sources.add(show(path), text) {
                    self.unreadable.push(refused);
                }
            }
            Err(error) => self.not_utf8(path, error.as_bytes(), error.utf8_error().valid_up_to()),
        }
    }

    /// Keeps the text with its wrong bytes replaced, to show where the first one is; nobody reads it as YAML.
    fn not_utf8(&mut self, path: &Path, bytes: &[u8], valid: usize) {
        let reason = match bytes {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "the file is UTF-16, not UTF-8",
            _ => "the file is not UTF-8: no text has this byte",
        };
        let refused = |place| Unreadable { path: show(path), reason: reason.to_owned(), place };
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.unreadable.push(match self.sources.add_remains(show(path), text) {
            Ok(file) => {
                let start = valid - if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
                let end = start + char::REPLACEMENT_CHARACTER.len_utf8();
                refused(Some(Place { file, range: start..end }))
            }
            // Too large once the wrong bytes are replaced.
            Err(_) => refused(None),
        });
    }
}

#[derive(Default)]
struct Search {
    paths: Vec<PathBuf>,
    unreadable: Vec<Unreadable>,
    folders: usize,
}

impl Search {
    fn refuse(&mut self, path: &Path, reason: String) {
        self.unreadable.push(Unreadable { path: show(path), reason, place: None });
    }

    /// Adds the registry files below a folder; hidden ones, packages of other software and links to folders are passed over.
    fn folder(&mut self, folder: &Path, depth: usize) {
        self.folders += 1;
        if self.folders > MAX_FOLDERS || self.paths.len() > MAX_FILES {
            if self.folders == MAX_FOLDERS + 1 {
                self.refuse(folder, format!("a registry has at most {MAX_FOLDERS} folders, and this is one more"));
            }
            return;
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.refuse(folder, reason(&error)),
        };
        // In order, so that where a bound is met the same files are read each time.
        let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let name = entry.file_name();
            if name.to_string_lossy().starts_with('.') || name == PACKAGES {
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < MAX_FOLDER_DEPTH => self.folder(&path, depth + 1),
                Ok(kind) if kind.is_dir() => {
                    self.refuse(&path, format!("folders nest at most {MAX_FOLDER_DEPTH} deep in a registry"));
                }
                Ok(_) if path.extension().is_some_and(|e| e == "yaml" || e == "yml") => self.paths.push(path),
                _ => {}
            }
        }
    }
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    let explain = |error: io::Error| reason(&error);
    // A pipe or a device may never end.
    if !fs::metadata(path).map_err(explain)?.is_file() {
        return Err("it is named like a registry file and is none".to_owned());
    }
    let mut bytes = Vec::new();
    // One byte more than there may be shows that there are too many, whatever the size said before.
    let bound = u64::try_from(MAX_FILE_BYTES + 1).unwrap_or(u64::MAX);
    fs::File::open(path).map_err(explain)?.take(bound).read_to_end(&mut bytes).map_err(explain)?;
    match bytes.len() {
        0..=MAX_FILE_BYTES => Ok(bytes),
        _ => Err(format!("a registry file has at most {} MiB, this one has more: split it", MAX_FILE_BYTES >> 20)),
    }
}

fn show(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be read by this user".to_owned(),
        io::ErrorKind::NotADirectory => "it is a file: name the folder that holds the registry".to_owned(),
        _ => error.to_string(),
    }
}
