//! The checkout: where it is, and the files that tidy looks at. Knows no rule.

use anyhow::{Context as _, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Folders that hold nothing anyone wrote.
const NOT_OURS: [&str; 5] = [".git", ".tools", "build", "node_modules", "target"];

/// Kinds of files that people write; the text of other files is not looked at.
const WRITTEN: [&str; 14] =
    ["css", "html", "js", "json5", "md", "py", "rs", "sh", "toml", "ts", "tsx", "txt", "yaml", "yml"];

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let xtask = PathBuf::from(xtask);
    xtask.parent().map_or_else(|| xtask.clone(), Path::to_path_buf)
}

/// Every file of the project by its path from the root, with `/` between the parts.
pub(crate) struct Checkout {
    files: Vec<File>,
    paths: BTreeSet<String>,
}

/// A file that somebody wrote.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Checkout {
    /// Reads all files below `root` save those in folders of generated things.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut paths = Vec::new();
        list(root, "", &mut paths)?;
        let mut files = Vec::new();
        for path in &paths {
            let bytes = if is_written(path) { std::fs::read(root.join(path)) } else { continue };
            let bytes = bytes.with_context(|| format!("`{path}` cannot be read"))?;
            files.push(File { path: path.clone(), text: String::from_utf8_lossy(&bytes).into_owned() });
        }
        Ok(Self::new(files, paths))
    }

    /// A checkout that exists only in a test.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let paths = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        let files = files.iter().map(|(path, text)| File { path: (*path).to_owned(), text: (*text).to_owned() });
        Self::new(files.collect(), paths)
    }

    fn new(files: Vec<File>, paths: Vec<String>) -> Self {
        let mut all = BTreeSet::new();
        for path in paths {
            for (slash, _) in path.match_indices('/') {
                all.insert(path[..slash].to_owned());
            }
            all.insert(path);
        }
        Self { files, paths: all }
    }

    pub(crate) fn files(&self) -> &[File] {
        &self.files
    }

    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    /// Whether a file, or a folder with a file in it, has this path.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    /// The manifests of the workspace's members, each with the name of its folder.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &File)> {
        self.files.iter().filter_map(|file| {
            let folder = file.path.strip_suffix("/Cargo.toml")?;
            let name = folder.strip_prefix("crates/").unwrap_or(folder);
            (!name.contains('/')).then_some((name, file))
        })
    }
}

fn list(root: &Path, folder: &str, paths: &mut Vec<String>) -> Result<()> {
    let unreadable = || format!("folder `{folder}` cannot be read");
    let mut entries: Vec<_> = std::fs::read_dir(root.join(folder))
        .and_then(Iterator::collect::<std::io::Result<_>>)
        .with_context(unreadable)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if !entry.file_type().with_context(unreadable)?.is_dir() {
            paths.push(path);
        } else if !NOT_OURS.contains(&name.as_str()) {
            list(root, &path, paths)?;
        }
    }
    Ok(())
}

fn is_written(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, kind)| WRITTEN.contains(&kind))
}
