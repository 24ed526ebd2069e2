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
        .map(|candidate| (edits(wrong.as_bytes(), candidate.as_bytes()), candidate))
        .filter(|(edits, _)| *edits <= tolerable)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, substitutions and swaps of neighbours from one word to the other (optimal string alignment).
fn edits(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let mut least = (above[j] + usize::from(x != y)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_counts_once_and_an_insertion_too() {
        for (a, b, n) in
            [("", "", 0), ("", "abc", 3), ("rule", "rule", 0), ("rloe", "role", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(edits(a.as_bytes(), b.as_bytes()), n, "{a} {b}");
            assert_eq!(edits(b.as_bytes(), a.as_bytes()), n, "{b} {a}");
        }
    }

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
