//! Names of OpenSLO objects.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Longest name, as the specification recommends.
const MAX_LENGTH: usize = 255;

/// The name of an OpenSLO object: 1 to 255 lower-case letters, digits and `-`, `.`, `|`, `/`, `\`, with a letter or digit at both ends.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpenName(Arc<str>);

/// Why a text is not an [`OpenName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenNameError {
    /// There is no text at all.
    #[error("a name cannot be empty")]
    Empty,
    /// More characters than a name may have.
    #[error("a name has at most {MAX_LENGTH} characters, this one has {0}")]
    TooLong(usize),
    /// A character that a name cannot hold.
    #[error("a name in OpenSLO has only lower-case letters, digits, `-`, `.`, `|`, `/` and `\\`, not `{0}`")]
    Character(char),
    /// Something else than a letter or digit at the start or the end.
    #[error("a name starts and ends with a letter or a digit")]
    Edge,
}

impl OpenName {
    /// The text of the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OpenName {
    type Err = OpenNameError;

    fn from_str(text: &str) -> Result<Self, OpenNameError> {
        let is_inner = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '.' | '|' | '/' | '\\');
        let is_outer = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if text.is_empty() {
            return Err(OpenNameError::Empty);
        }
        if let Some(c) = text.chars().find(|c| !is_inner(*c)) {
            return Err(OpenNameError::Character(c));
        }
        if text.len() > MAX_LENGTH {
            return Err(OpenNameError::TooLong(text.len()));
        }
        if !text.starts_with(is_outer) || !text.ends_with(is_outer) {
            return Err(OpenNameError::Edge);
        }
        Ok(Self(Arc::from(text)))
    }
}

impl fmt::Display for OpenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for OpenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_specification_asks_for() {
        for text in ["a", "main-page", "team/main-page.v2", "a|b\\c", &"a".repeat(255)] {
            assert_eq!(text.parse::<OpenName>().unwrap().as_str(), text);
        }
        let error = |text: &str| text.parse::<OpenName>().unwrap_err();
        assert_eq!(error(""), OpenNameError::Empty);
        assert_eq!(error("Main"), OpenNameError::Character('M'));
        assert_eq!(error("main page"), OpenNameError::Character(' '));
        assert_eq!(error("main-"), OpenNameError::Edge);
        assert_eq!(error("/main"), OpenNameError::Edge);
        assert_eq!(error(&"a".repeat(256)), OpenNameError::TooLong(256));
    }
}
