//! Text patterns of rules: exact text, `*` wildcards, regular expressions.

use regex_automata::meta::Regex;
use regex_automata::util::syntax;
use std::fmt;

/// Longest pattern: real ones are far shorter, and it bounds the work of a match.
const MAX_LENGTH: usize = 1024;
/// Most memory that a compiled regular expression may take, in bytes.
const MAX_REGEX_BYTES: usize = 1 << 20;

/// What a text must look like.
#[derive(Clone)]
pub struct TextPattern {
    text: String,
    form: Form,
    ignore_case: bool,
}

#[derive(Clone)]
enum Form {
    /// Pieces between `*`: the first is a prefix, the last a suffix, those between occur in order.
    Glob(Vec<String>),
    Regex(Box<Regex>),
}

/// Why a text is not a [`TextPattern`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// An empty pattern could match nothing that is there.
    #[error("a pattern cannot be empty; write `*` for any value")]
    Empty,
    /// Longer than a pattern may be.
    #[error("a pattern has at most {MAX_LENGTH} characters")]
    TooLong,
    /// The regular expression does not parse, or is too large.
    #[error("`{0}` is not a regular expression: {1}")]
    Regex(String, String),
}

impl TextPattern {
    /// Text in which `*` stands for any characters, also none.
    pub fn glob(text: &str, ignore_case: bool) -> Result<Self, PatternError> {
        check_length(text)?;
        let folded = if ignore_case { text.to_ascii_lowercase() } else { text.to_owned() };
        let form = Form::Glob(folded.split('*').map(str::to_owned).collect());
        Ok(Self { text: text.to_owned(), form, ignore_case })
    }

    /// A regular expression, found anywhere in the text unless anchored; matching takes linear time.
    pub fn regex(text: &str, ignore_case: bool) -> Result<Self, PatternError> {
        check_length(text)?;
        let regex = Regex::builder()
            .syntax(syntax::Config::new().case_insensitive(ignore_case))
            .configure(Regex::config().nfa_size_limit(Some(MAX_REGEX_BYTES)))
            .build(text)
            .map_err(|e| PatternError::Regex(text.to_owned(), innermost(&e)))?;
        Ok(Self { text: text.to_owned(), form: Form::Regex(Box::new(regex)), ignore_case })
    }

    /// The text that alone matches, if there is just one.
    pub fn exact(&self) -> Option<&str> {
        match &self.form {
            Form::Glob(pieces) if pieces.len() == 1 && !self.ignore_case => Some(&self.text),
            _ => None,
        }
    }

    /// Whether any value at all matches: the pattern `*`.
    pub fn is_any(&self) -> bool {
        matches!(&self.form, Form::Glob(pieces) if pieces.len() > 1 && pieces.iter().all(String::is_empty))
    }

    /// Whether the text matches.
    pub fn matches(&self, text: &str) -> bool {
        match &self.form {
            Form::Regex(regex) => regex.is_match(text),
            Form::Glob(pieces) if self.ignore_case => glob_matches(pieces, &text.to_ascii_lowercase()),
            Form::Glob(pieces) => glob_matches(pieces, text),
        }
    }

    /// Whether some text matches both. A regular expression is known to overlap only with texts that it matches.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (&self.form, &other.form) {
            (Form::Glob(a), Form::Glob(b)) => {
                let fold = |p: &[String]| {
                    let text = p.join("*");
                    if self.ignore_case || other.ignore_case { text.to_ascii_lowercase() } else { text }
                };
                globs_overlap(fold(a).as_bytes(), fold(b).as_bytes())
            }
            (Form::Glob(_), Form::Regex(_)) => self.exact().is_some_and(|text| other.matches(text)),
            (Form::Regex(_), Form::Glob(_)) => other.exact().is_some_and(|text| self.matches(text)),
            (Form::Regex(_), Form::Regex(_)) => self.text == other.text,
        }
    }
}

/// Whether some text fits both globs, by the states that reading both together can reach.
fn globs_overlap(a: &[u8], b: &[u8]) -> bool {
    // reachable[j]: having read a[..i], the text so far may have brought b to position j.
    let mut reachable = vec![false; b.len() + 1];
    reachable[0] = true;
    skip_stars(&mut reachable, b);
    for c in a {
        let mut next = vec![false; b.len() + 1];
        for j in (0..=b.len()).filter(|j| reachable[*j]) {
            match (c, b.get(j)) {
                // Either glob's star may take what the other reads.
                (b'*', _) => next[j..].fill(true),
                (_, Some(b'*')) => next[j] = true,
                (_, Some(d)) if c == d => next[j + 1] = true,
                _ => {}
            }
            if *c == b'*' {
                break;
            }
        }
        skip_stars(&mut next, b);
        reachable = next;
    }
    reachable[b.len()]
}

fn skip_stars(reachable: &mut [bool], glob: &[u8]) {
    for (j, c) in glob.iter().enumerate() {
        if *c == b'*' && reachable[j] {
            reachable[j + 1] = true;
        }
    }
}

/// Matches the pieces greedily from the left, which is enough when only `*` is special.
fn glob_matches(pieces: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else {
        return pieces.first().is_some_and(|only| only == text);
    };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        match rest.find(piece.as_str()) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

fn check_length(text: &str) -> Result<(), PatternError> {
    match text.len() {
        0 => Err(PatternError::Empty),
        1..=MAX_LENGTH => Ok(()),
        _ => Err(PatternError::TooLong),
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

impl PartialEq for TextPattern {
    fn eq(&self, other: &Self) -> bool {
        let same_form = matches!(self.form, Form::Glob(_)) == matches!(other.form, Form::Glob(_));
        same_form && self.ignore_case == other.ignore_case && self.text == other.text
    }
}

impl Eq for TextPattern {}

impl fmt::Display for TextPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.form {
            Form::Glob(_) => f.write_str(&self.text),
            Form::Regex(_) => write!(f, "regex {}", self.text),
        }
    }
}

impl fmt::Debug for TextPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn glob(pattern: &str) -> TextPattern {
        TextPattern::glob(pattern, false).unwrap()
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        assert!(glob("curl/*").matches("curl/8.1"));
        assert!(!glob("curl/*").matches("libcurl/8.1"));
        assert!(glob("*bot*").matches("Googlebot/2.1"));
        assert!(TextPattern::glob("*BOT*", true).unwrap().matches("Googlebot/2.1"));
        assert!(glob("a*b*c").matches("a-b-b-c"));
        assert!(!glob("a*b").matches("a-b-c"));
        assert!(!glob("aba*aba").matches("aba"));
        assert!(glob("*").is_any() && glob("**").is_any() && !glob("a*").is_any());
    }

    #[test]
    fn a_bad_or_huge_regex_is_refused() {
        assert!(matches!(TextPattern::regex("(", false), Err(PatternError::Regex(..))));
        assert!(matches!(TextPattern::regex(r"(\w{900}){900}", false), Err(PatternError::Regex(..))));
        assert!(TextPattern::regex("^GET$", false).unwrap().matches("GET"));
    }

    /// The obvious matcher, by trying every split.
    fn brute(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|i| brute(rest, &text[i..])),
            Some((c, rest)) => text.first() == Some(c) && brute(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn globs_overlap_when_some_text_fits_both(a in "[ab*]{1,5}", b in "[ab*]{1,5}") {
            // Texts of up to 8 letters suffice for patterns of up to 5.
            let texts = (0..=8u32).flat_map(|n| (0..1u32 << n).map(move |bits| {
                (0..n).map(|i| if bits >> i & 1 == 0 { 'a' } else { 'b' }).collect::<String>()
            }));
            let expected = texts.into_iter().any(|t| glob(&a).matches(&t) && glob(&b).matches(&t));
            prop_assert_eq!(glob(&a).overlaps(&glob(&b)), expected, "{} {}", a, b);
            prop_assert_eq!(glob(&b).overlaps(&glob(&a)), expected);
        }

        #[test]
        fn globs_match_as_by_trying_every_split(pattern in "[ab*]{1,6}", text in "[ab]{0,8}") {
            prop_assert_eq!(glob(&pattern).matches(&text), brute(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
