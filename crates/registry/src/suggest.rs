//! What someone may have meant by a word that is not known.

/// Most words listed in full.
const MAX_LISTED: usize = 12;
/// Longest word compared, in characters: names have at most 63, and the work grows with the square.
const LONGEST: usize = 128;

/// The nearest of the known words, or all of them when they are few.
pub fn did_you_mean<S: AsRef<str>>(text: &str, known: &[S]) -> String {
    match nearest(text, known) {
        Some(word) => format!("did you mean `{word}`?"),
        None => choices(known),
    }
}

/// What is said where nothing is known to choose from.
const NONE_YET: &str = "there is none yet";

/// A suggestion with what else can be done.
pub(crate) fn or_else(suggestion: &str, other: &str) -> String {
    match suggestion {
        NONE_YET => format!("{suggestion}: {other}"),
        _ if suggestion.ends_with('?') => format!("{suggestion} Or {other}"),
        _ => format!("{suggestion}; or {other}"),
    }
}

/// The known words, as far as they can be listed.
pub(crate) fn choices<S: AsRef<str>>(known: &[S]) -> String {
    let mut words: Vec<String> = known.iter().take(MAX_LISTED).map(|w| format!("`{}`", w.as_ref())).collect();
    match known.len() {
        0 => NONE_YET.to_owned(),
        n if n > MAX_LISTED => format!("it can be {}, ... ({n} in all)", words.join(", ")),
        1 => format!("it can only be {}", words.remove(0)),
        _ => {
            let last = words.pop().unwrap_or_default();
            format!("it can be {} or {last}", words.join(", "))
        }
    }
}

/// The known word with fewest edits, when those are few enough to be a slip.
pub(crate) fn nearest<'k, S: AsRef<str>>(text: &str, known: &'k [S]) -> Option<&'k str> {
    let length = text.chars().take(LONGEST + 1).count();
    if length == 0 || length > LONGEST {
        return None;
    }
    let text = text.to_lowercase();
    let allowed = (length / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for word in known.iter().map(AsRef::as_ref) {
        // A character has at most four bytes, so that most strangers are told by their length alone.
        if word.len() > (length + allowed) * 4 || word.len() + allowed < length {
            continue;
        }
        if word.chars().take(length + allowed + 1).count().abs_diff(length) > allowed {
            continue;
        }
        // Swaps of neighbours count as one edit: the commonest slip of fingers.
        let candidate = (strsim::osa_distance(&text, &word.to_lowercase()), word);
        if candidate.0 <= allowed && best.is_none_or(|b| candidate < b) {
            best = Some(candidate);
        }
    }
    best.map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_mended_and_a_stranger_is_shown_the_choices() {
        assert_eq!(did_you_mean("tilte", &["title", "owner"]), "did you mean `title`?");
        assert_eq!(did_you_mean("Title", &["title", "owner"]), "did you mean `title`?");
        assert_eq!(did_you_mean("colour", &["title", "owner"]), "it can be `title` or `owner`");
        assert_eq!(did_you_mean("x", &["title"]), "it can only be `title`");
        assert_eq!(did_you_mean::<&str>("x", &[]), "there is none yet");
    }

    #[test]
    fn long_lists_are_cut_and_long_words_are_not_compared() {
        let many: Vec<String> = (0..20).map(|n| format!("step-{n}")).collect();
        assert!(did_you_mean("other", &many).ends_with("`step-11`, ... (20 in all)"));
        let long = "x".repeat(5_000);
        assert_eq!(nearest(&long, &[&long]), None);
        assert_eq!(nearest("zürich", &["zurich", "munich"]), Some("zurich"));
    }
}
