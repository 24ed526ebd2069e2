//! What only the receiver and the server know: never in an argument, a log or an error.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A word that is kept from everything that is written.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Why there is no secret.
#[derive(Debug, Error)]
pub enum SecretError {
    /// It cannot be read.
    #[error("cannot read a secret from `{}`", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// It would be guessed, or is no line of text.
    #[error("a secret is one line of {LEAST_BYTES} to {MOST_BYTES} visible characters of ASCII")]
    Form,
}

/// Fewer could be tried one after another.
const LEAST_BYTES: usize = 16;
/// More is a file that is something else.
const MOST_BYTES: usize = 1024;

impl Secret {
    /// Of a text, without the line's end.
    ///
    /// # Errors
    /// It is too short, too long, or has other characters.
    pub fn new(text: &str) -> Result<Self, SecretError> {
        let text = text.trim_end_matches(['\r', '\n']);
        let is_right = (LEAST_BYTES..=MOST_BYTES).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if is_right { Ok(Self(text.to_owned())) } else { Err(SecretError::Form) }
    }

    /// Of a file that holds nothing else.
    ///
    /// # Errors
    /// It cannot be read, or is none.
    pub fn read(path: &Path) -> Result<Self, SecretError> {
        let text = std::fs::read_to_string(path).map_err(|error| SecretError::Read(path.to_owned(), error))?;
        Self::new(&text)
    }

    /// The word itself.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_one_line_and_is_not_shown() {
        let secret = Secret::new("0123456789abcdef\r\n").unwrap();
        assert_eq!((secret.reveal(), &*format!("{secret:?}")), ("0123456789abcdef", "Secret"));
        for wrong in ["", "short", "0123456789 abcdef", "0123456789abcdef\nmore", &"x".repeat(1025)] {
            assert!(Secret::new(wrong).is_err(), "{wrong:?}");
        }
    }
}
