//! The files of the pages, compressed, as they were when the server was built.

use flate2::read::GzDecoder;
use std::io::{self, Read as _};

/// A file of the pages.
#[derive(Debug)]
pub(super) struct File {
    /// From their root, without a slash before it.
    pub(super) path: &'static str,
    /// What it holds, as gzip.
    pub(super) packed: &'static [u8],
}

pub(super) const HTML: &str = "text/html; charset=utf-8";

/// Made by the build script; empty where the pages were not built.
static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/ui_files.rs"));

impl File {
    pub(super) fn find(path: &str) -> Option<&'static Self> {
        FILES.iter().find(|file| file.path == path)
    }

    pub(super) fn plain(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        GzDecoder::new(self.packed).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn content_type(&self) -> &'static str {
        match self.path.rsplit_once('.') {
            Some((_, "html")) => HTML,
            Some((_, "js")) => "text/javascript; charset=utf-8",
            Some((_, "css")) => "text/css; charset=utf-8",
            Some((_, "svg")) => "image/svg+xml",
            _ => "application/octet-stream",
        }
    }
}
