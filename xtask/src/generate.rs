//! `cargo xtask generate`: files in the repository that are made by a program and by nobody's hand.
//!
//! `cargo xtask tidy` checks that each is what its program writes. To change one, change the program and run it again.

mod diagnostics;
mod mail;
mod otlp;
mod random;
mod schema;

use crate::say;
use anyhow::{Context as _, Result, bail};
use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::io::{Read as _, Write as _};
use std::path::Path;

/// A generated file; one whose name ends in `.gz` is compressed with gzip.
#[derive(Debug)]
pub(crate) struct Generated {
    /// From the root of the checkout.
    pub(crate) path: String,
    /// What it holds, uncompressed; nothing where its program failed and said why.
    pub(crate) text: Option<String>,
}

/// Writes all generated files that are not there or hold something else.
pub(crate) fn run(root: &Path) -> Result<()> {
    for file in files(root) {
        let path = &file.path;
        if file.is_current(root) {
            say::progress(format_args!("{path}: as it should be"));
            continue;
        }
        let Some(text) = &file.text else { bail!("`{path}` was not written: its program failed") };
        let bytes = file.bytes(text).with_context(|| format!("`{path}` cannot be compressed"))?;
        let place = root.join(path);
        place.parent().map_or(Ok(()), std::fs::create_dir_all).with_context(|| format!("the folder of `{path}`"))?;
        std::fs::write(place, &bytes).with_context(|| format!("`{path}` cannot be written"))?;
        say::progress(format_args!("{path}: written, {} kB", bytes.len().div_ceil(1_000)));
    }
    Ok(())
}

/// All generated files of the checkout at `root`.
pub(crate) fn files(root: &Path) -> Vec<Generated> {
    let telemetry =
        |(region, text)| Generated { path: format!("examples/mail/telemetry/{region}.jsonl.gz"), text: Some(text) };
    let index = Generated { path: "docs/diagnostics/README.md".to_owned(), text: Some(diagnostics::index(root)) };
    mail::telemetry().into_iter().map(telemetry).chain([index]).chain(schema::files(root)).collect()
}

impl Generated {
    /// Whether the file is there and holds this. Compressed bytes may differ: another version of the compressor is no
    /// reason to write a file again.
    pub(crate) fn is_current(&self, root: &Path) -> bool {
        let (Ok(bytes), Some(wanted)) = (std::fs::read(root.join(&self.path)), &self.text) else { return false };
        if !self.is_compressed() {
            return bytes == wanted.as_bytes();
        }
        let mut text = Vec::with_capacity(wanted.len());
        // One byte more than it should be is enough to know.
        let bound = wanted.len() as u64 + 1;
        MultiGzDecoder::new(&bytes[..]).take(bound).read_to_end(&mut text).is_ok() && text == wanted.as_bytes()
    }

    fn bytes(&self, text: &str) -> std::io::Result<Vec<u8>> {
        if self.is_compressed() { compressed(text) } else { Ok(text.as_bytes().to_vec()) }
    }

    fn is_compressed(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|ending| ending == "gz")
    }
}

/// A gzip file without name and time, so that the same text is the same file.
fn compressed(text: &str) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes())?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_text_is_not_current() {
        let root = std::env::temp_dir().join(format!("milepost-generate-{}", std::process::id()));
        std::fs::create_dir_all(&root).unwrap();
        let file = Generated { path: "a.gz".to_owned(), text: Some("a\nb\n".to_owned()) };
        let is_current_with = |bytes: &[u8]| {
            std::fs::write(root.join("a.gz"), bytes).unwrap();
            file.is_current(&root)
        };
        assert!(is_current_with(&compressed("a\nb\n").unwrap()));
        for other in ["a\n", "a\nb\nc\n", ""] {
            assert!(!is_current_with(&compressed(other).unwrap()), "{other:?}");
        }
        assert!(!is_current_with(b"a\nb\n"));
        std::fs::remove_dir_all(&root).unwrap();
        assert!(!file.is_current(&root));
    }

    #[test]
    fn a_file_that_is_not_compressed_is_written_as_it_is() {
        let file = Generated { path: "a.md".to_owned(), text: Some("a\n".to_owned()) };
        assert_eq!(file.bytes("a\n").unwrap(), b"a\n");
    }

    #[test]
    fn a_file_whose_program_failed_is_never_current() {
        let file = Generated { path: "Cargo.toml".to_owned(), text: None };
        assert!(!file.is_current(&crate::checkout::root()));
    }

    #[test]
    fn the_same_text_is_the_same_file_with_no_time_in_it() {
        let bytes = compressed("text").unwrap();
        assert_eq!(bytes, compressed("text").unwrap());
        assert_eq!(bytes[4..8], [0; 4]);
    }
}
