//! Minutes in short: `100/99x60` is 60 points of 100 valid and 99 good events, `_x10` ten without any, `?x3` three in which the source is silent.

use crate::Counts;

/// Most points that a script may load: three years of minutes twice over. Each takes memory.
pub(super) const MOST_POINTS: usize = 3_200_000;
/// Most events at a point: sums of all points can be held.
const MOST_EVENTS: u64 = 1_000_000_000;

/// What happened at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Point {
    /// This much was counted.
    Counts(Counts),
    /// Nothing was counted.
    Nothing,
    /// Nothing came from the source at all.
    Silent,
}

/// Reads points as counts of valid and good events.
pub(super) fn read(words: &[&str]) -> Result<Vec<Point>, String> {
    expand(words, |word| {
        let (valid, good) = word.split_once('/')?;
        let counts = Counts { valid: valid.parse().ok()?, good: good.parse().ok()? };
        (counts.good <= counts.valid && counts.valid <= MOST_EVENTS).then_some(counts)
    })
}

/// Reads points as numbers of bad events.
pub(super) fn read_bad(words: &[&str]) -> Result<Vec<Point>, String> {
    expand(words, |word| word.parse().ok().filter(|bad| *bad <= MOST_EVENTS).map(|valid| Counts { valid, good: 0 }))
}

fn expand(words: &[&str], counts: impl Fn(&str) -> Option<Counts>) -> Result<Vec<Point>, String> {
    let mut points = Vec::new();
    for word in words {
        let (point, times) = repeated(word)?;
        let point = match point {
            "_" => Point::Nothing,
            "?" => Point::Silent,
            text => Point::Counts(counts(text).ok_or_else(|| {
                format!("`{word}` is no point: write `VALID/GOOD`, `_` or `?`, and `x10` after it for ten of them")
            })?),
        };
        if points.len() + times > MOST_POINTS {
            return Err(format!("a script loads at most {MOST_POINTS} points"));
        }
        points.extend(std::iter::repeat_n(point, times));
    }
    Ok(points)
}

/// `WORDx10` as the word and how often it stands.
pub(super) fn repeated(word: &str) -> Result<(&str, usize), String> {
    let Some((point, times)) = word.rsplit_once('x') else { return Ok((word, 1)) };
    match times.parse() {
        Ok(times) if (1..=MOST_POINTS).contains(&times) => Ok((point, times)),
        _ => Err(format!("`{word}`: after `x` stands how many there are, from 1 to {MOST_POINTS}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_repeated_as_often_as_it_says() {
        let counts = Point::Counts(Counts { valid: 100, good: 99 });
        assert_eq!(
            read(&["100/99x2", "_", "?x2"]),
            Ok(vec![counts, counts, Point::Nothing, Point::Silent, Point::Silent])
        );
        for word in ["100", "1/2", "a/b", "1/1x0", "1/1x", "x3", "1/1x9999999", "-1/0", "1000000001/0"] {
            assert!(read(&[word]).is_err(), "{word}");
        }
        assert_eq!(read_bad(&["3x2"]).map(|points| points.len()), Ok(2));
    }
}
