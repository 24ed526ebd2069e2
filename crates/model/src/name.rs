//! Names of products, objectives, steps, services and everything else that has one.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Longest name, as in RFC 1123.
const MAX_LENGTH: usize = 63;

/// An RFC 1123 label: 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

/// Why a text is not a [`Name`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is no text at all.
    #[error("a name cannot be empty")]
    Empty,
    /// More characters than a label may have.
    #[error("a name has at most {MAX_LENGTH} characters, this one has {0}")]
    TooLong(usize),
    /// A character that a label cannot hold.
    #[error("a name has only lower-case letters, digits and hyphens, not `{0}`")]
    Character(char),
    /// A hyphen at the start or the end.
    #[error("a name starts and ends with a letter or a digit")]
    Hyphen,
}

impl Name {
    /// Reads a name.
    pub fn new(text: &str) -> Result<Self, NameError> {
        Self::check(text)?;
        Ok(Self(Arc::from(text)))
    }

    /// Whether `text` would be a name, without making one.
    pub fn check(text: &str) -> Result<(), NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if let Some(c) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
            return Err(NameError::Character(c));
        }
        if text.len() > MAX_LENGTH {
            return Err(NameError::TooLong(text.len()));
        }
        if text.starts_with('-') || text.ends_with('-') {
            return Err(NameError::Hyphen);
        }
        Ok(())
    }

    /// The nearest name to any text: what a message can suggest. `None` when nothing of it can be kept.
    pub fn suggest(text: &str) -> Option<Self> {
        let mut out = String::with_capacity(text.len().min(MAX_LENGTH));
        for c in text.chars().flat_map(char::to_lowercase) {
            match c {
                'a'..='z' | '0'..='9' => out.push(c),
                // Accents that stand as characters of their own, and apostrophes within words.
                '\u{300}'..='\u{36f}' | '\'' | '’' => {}
                _ if plain_letters(c).is_some() => out.push_str(plain_letters(c).unwrap_or_default()),
                _ if !out.is_empty() && !out.ends_with('-') => out.push('-'),
                _ => {}
            }
        }
        out.truncate(MAX_LENGTH);
        Self::new(out.trim_end_matches('-')).ok()
    }

    /// The text of the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Letters of Latin alphabets, lower case, as people write them where there are none but `a` to `z`.
fn plain_letters(c: char) -> Option<&'static str> {
    const LETTERS: [(&str, &str); 28] = [
        ("ä", "ae"),
        ("ö", "oe"),
        ("ü", "ue"),
        ("ß", "ss"),
        ("æ", "ae"),
        ("œ", "oe"),
        ("ø", "oe"),
        ("å", "aa"),
        ("þ", "th"),
        ("đð", "d"),
        ("àáâãāăą", "a"),
        ("çćčċ", "c"),
        ("ď", "d"),
        ("èéêëēėęě", "e"),
        ("ğģ", "g"),
        ("ìíîïīįı", "i"),
        ("ķ", "k"),
        ("łľļ", "l"),
        ("ñńňņ", "n"),
        ("òóôõōő", "o"),
        ("ŕř", "r"),
        ("śšşș", "s"),
        ("ťţț", "t"),
        ("ùúûūůűų", "u"),
        ("ŵ", "w"),
        ("ýÿ", "y"),
        ("źżž", "z"),
        ("ĥħ", "h"),
    ];
    LETTERS.iter().find(|(letters, _)| letters.contains(c)).map(|(_, plain)| *plain)
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl FromStr for Name {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// A step, or one use of it within an objective: `step` or `objective/step`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepPath {
    /// The objective, when the path names one use of the step.
    pub objective: Option<Name>,
    /// The step; its name is unique in its product.
    pub step: Name,
}

impl StepPath {
    /// Whether a path is this one, or a use of the step that this one names.
    pub fn covers(&self, other: &Self) -> bool {
        self.step == other.step && (self.objective.is_none() || self.objective == other.objective)
    }
}

impl fmt::Display for StepPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.objective {
            Some(objective) => write!(f, "{objective}/{}", self.step),
            None => f.write_str(self.step.as_str()),
        }
    }
}

impl FromStr for StepPath {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Ok(match text.split_once('/') {
            Some((objective, step)) => Self { objective: Some(Name::new(objective)?), step: Name::new(step)? },
            None => Self { objective: None, step: Name::new(text)? },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn labels_are_accepted_and_the_rest_refused_with_the_reason() {
        assert!(Name::new("send-mail").is_ok());
        assert!(Name::new(&"a".repeat(63)).is_ok());
        assert_eq!(Name::new(""), Err(NameError::Empty));
        assert_eq!(Name::new(&"a".repeat(64)), Err(NameError::TooLong(64)));
        assert_eq!(Name::new("Send"), Err(NameError::Character('S')));
        assert_eq!(Name::new("a.b"), Err(NameError::Character('.')));
        assert_eq!(Name::new("-a"), Err(NameError::Hyphen));
    }

    #[test]
    fn a_step_path_has_one_or_two_names() {
        let path: StepPath = "compose-mail/send-mail".parse().unwrap();
        assert_eq!(path.to_string(), "compose-mail/send-mail");
        assert!("a/b/c".parse::<StepPath>().is_err());
        assert!("/b".parse::<StepPath>().is_err());
        let step: StepPath = "send-mail".parse().unwrap();
        assert!(step.covers(&path) && step.covers(&step) && path.covers(&path) && !path.covers(&step));
    }

    #[test]
    fn letters_of_other_alphabets_are_written_as_people_do() {
        let suggested = |text: &str| Name::suggest(text).map(|name| name.to_string());
        for (text, name) in [
            ("Müller", "mueller"),
            ("Mu\u{308}ller's Café", "mullers-cafe"),
            ("Straße Ørsted Łódź", "strasse-oersted-lodz"),
            ("Ñandú & Çelik", "nandu-celik"),
            ("東京 shop", "shop"),
        ] {
            assert_eq!(suggested(text).as_deref(), Some(name), "{text}");
        }
        assert_eq!(suggested("東京"), None);
    }

    proptest! {
        #[test]
        fn a_suggestion_is_always_a_name(text in ".{0,100}") {
            if let Some(name) = Name::suggest(&text) {
                prop_assert_eq!(Name::new(name.as_str()), Ok(name));
            }
        }
    }
}
