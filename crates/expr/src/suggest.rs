//! The word that a mistyped one was probably meant to be.
//!
//! Used in error messages only; never to read a wrong word as a right one.

/// Longer words are not compared: no column or value is as long, and the work grows with the product of the lengths.
const MAX_LENGTH: usize = 64;

/// The candidate with the fewest edits from `wrong`, when they are few for a word of its length.
pub(crate) fn nearest<'a>(wrong: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if wrong.len() > MAX_LENGTH {
        return None;
    }
    let wrong = wrong.to_ascii_lowercase();
    let tolerable = (wrong.len() / 3).clamp(1, 4);
    candidates
        .filter(|candidate| candidate.len().abs_diff(wrong.len()) <= tolerable)
        // Swaps of neighbours count as one edit: the commonest slip of fingers.
        .map(|candidate| (strsim::osa_distance(&wrong, candidate), candidate))
        .filter(|(edits, _)| *edits <= tolerable)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_near_word_is_suggested() {
        let words = ["http_status", "role", "rule"];
        assert_eq!(nearest("HTTP_Status", words.into_iter()), Some("http_status"));
        assert_eq!(nearest("roel", words.into_iter()), Some("role"));
        assert_eq!(nearest("latency", words.into_iter()), None);
        assert_eq!(nearest(&"r".repeat(5_000), words.into_iter()), None);
        assert_eq!(nearest("", words.into_iter()), None);
    }
}
