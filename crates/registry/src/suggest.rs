//! What someone may have meant by a word that is not known.

/// Most words listed in full.
const MAX_LISTED: usize = 12;

/// The nearest of the known words, or all of them when they are few.
pub(crate) fn did_you_mean<S: AsRef<str>>(text: &str, known: &[S]) -> String {
    if let Some(word) = nearest(text, known) {
        return format!("did you mean `{word}`?");
    }
    let mut words: Vec<String> = known.iter().take(MAX_LISTED).map(|w| format!("`{}`", w.as_ref())).collect();
    match known.len() {
        0 => "there is none yet".to_owned(),
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
    let allowed = (text.chars().count() / 3).max(1);
    known
        .iter()
        .map(|word| (edits(text, word.as_ref()), word.as_ref()))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, word)| word)
}

/// Levenshtein distance without regard to case; texts longer than names can be are not compared.
fn edits(a: &str, b: &str) -> usize {
    const LONGEST: usize = 128;
    if a.len() > LONGEST || b.len() > LONGEST {
        return usize::MAX;
    }
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, c) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, d) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(c != *d);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_mended_and_a_stranger_is_shown_the_choices() {
        assert_eq!(did_you_mean("tilte", &["title", "owner"]), "did you mean `title`?");
        assert_eq!(did_you_mean("colour", &["title", "owner"]), "it can be `title` or `owner`");
        assert_eq!(did_you_mean("x", &["title"]), "it can only be `title`");
        assert_eq!(did_you_mean::<&str>("x", &[]), "there is none yet");
    }
}
