//! Several patterns of which one is enough, made ready together.

use super::{Form, Glob, TextPattern, regex_builder, regex_syntax};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// Patterns of which one must match.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnyOf {
    globs: Vec<Glob>,
    /// Globs that are held against the text in lower case.
    folded: Vec<Glob>,
    /// All expressions in one, or each for itself when that would be too large.
    expressions: Vec<Regex>,
}

impl AnyOf {
    /// Makes patterns ready.
    pub(crate) fn new<'p>(patterns: impl IntoIterator<Item = &'p TextPattern>) -> Self {
        let mut any = Self::default();
        let mut texts = Vec::new();
        for pattern in patterns {
            match &pattern.form {
                Form::Glob(glob) if glob.needs_folding() => any.folded.push(glob.clone()),
                Form::Glob(glob) => any.globs.push(glob.clone()),
                Form::Regex(regex) => {
                    any.expressions.push((**regex).clone());
                    texts.push((pattern.text.as_str(), pattern.ignore_case));
                }
            }
        }
        if texts.len() > 1
            && let Some(one) = one_automaton(&texts)
        {
            any.expressions = vec![one];
        }
        any
    }

    /// How dear looking is: cheap conditions are tried first.
    pub(crate) fn cost(&self) -> usize {
        self.globs.len() + 4 * self.folded.len() + 16 * self.expressions.len()
    }

    /// Whether the text matches one; `scratch` is overwritten when a copy in lower case is needed.
    pub(crate) fn matches(&self, text: &str, scratch: &mut String) -> bool {
        if self.globs.iter().any(|glob| glob.matches(text)) {
            return true;
        }
        if !self.folded.is_empty() {
            scratch.clear();
            scratch.push_str(text);
            scratch.make_ascii_lowercase();
            if self.folded.iter().any(|glob| glob.matches_folded(scratch)) {
                return true;
            }
        }
        self.expressions.iter().any(|regex| regex.is_match(text))
    }
}

/// One automaton for all expressions, given with whether they ignore case; `None` when it would be too large.
fn one_automaton(expressions: &[(&str, bool)]) -> Option<Regex> {
    let parse = |(text, ignore_case): &(&str, bool)| syntax::parse_with(text, &regex_syntax(*ignore_case)).ok();
    let parsed = expressions.iter().map(parse).collect::<Option<Vec<_>>>()?;
    regex_builder().build_many_from_hir(&parsed).ok()
}
