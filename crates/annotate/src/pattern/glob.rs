//! Text in which `*` stands for any characters: matching in linear time, and whether two such texts have a match in common.

use memchr::memmem::Finder;

/// A compiled glob.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    /// The glob's text, in lower case if case is ignored.
    folded: String,
    ignore_case: bool,
    /// Before the first `*`.
    prefix: String,
    /// Between the first `*` and the last; none of them empty.
    middle: Vec<Finder<'static>>,
    /// After the last `*`; `None` when there is no `*` at all.
    suffix: Option<String>,
}

impl Glob {
    pub(super) fn new(text: &str, ignore_case: bool) -> Self {
        let folded = if ignore_case { text.to_ascii_lowercase() } else { text.to_owned() };
        let mut pieces = folded.split('*');
        let prefix = pieces.next().unwrap_or_default().to_owned();
        let suffix = pieces.next_back().map(str::to_owned);
        let middle = pieces.filter(|piece| !piece.is_empty()).map(|piece| Finder::new(piece).into_owned()).collect();
        Self { prefix, middle, suffix, folded, ignore_case }
    }

    /// Whether it has no `*`.
    pub(super) fn is_literal(&self) -> bool {
        self.suffix.is_none()
    }

    /// Whether it can be held only against texts in lower case; else any text will do.
    pub(super) fn needs_folding(&self) -> bool {
        self.ignore_case && !self.middle.is_empty()
    }

    /// Whether a text in lower case matches, for globs that ignore case; for others, whether the text matches.
    pub(super) fn matches_folded(&self, text: &str) -> bool {
        let Some(suffix) = &self.suffix else { return text == self.prefix };
        let Some(mut rest) = text.as_bytes().strip_prefix(self.prefix.as_bytes()) else { return false };
        // The first place for each piece is enough, since only `*` is special.
        for piece in &self.middle {
            match piece.find(rest) {
                Some(at) => rest = &rest[at + piece.needle().len()..],
                None => return false,
            }
        }
        rest.ends_with(suffix.as_bytes())
    }

    /// Whether a text matches; the glob must not need folding.
    pub(super) fn matches(&self, text: &str) -> bool {
        if !self.ignore_case {
            return self.matches_folded(text);
        }
        let (text, prefix) = (text.as_bytes(), self.prefix.as_bytes());
        let Some(suffix) = self.suffix.as_deref().map(str::as_bytes) else {
            return text.eq_ignore_ascii_case(prefix);
        };
        text.len() >= prefix.len() + suffix.len()
            && text[..prefix.len()].eq_ignore_ascii_case(prefix)
            && text[text.len() - suffix.len()..].eq_ignore_ascii_case(suffix)
    }

    /// Whether some text matches both.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let fold = |glob: &Self| {
            if self.ignore_case || other.ignore_case { glob.folded.to_ascii_lowercase() } else { glob.folded.clone() }
        };
        let (a, b) = (fold(self), fold(other));
        match (self.is_literal(), other.is_literal()) {
            (true, true) => a == b,
            _ => both_reach_the_end(a.as_bytes(), b.as_bytes()),
        }
    }
}

/// Whether some text fits both globs, by the places that reading both together can reach.
fn both_reach_the_end(a: &[u8], b: &[u8]) -> bool {
    // reachable[j]: having read a[..i], the text so far may have brought b to place j.
    let mut reachable = vec![false; b.len() + 1];
    let mut next = reachable.clone();
    reachable[0] = true;
    skip_stars(&mut reachable, b);
    for c in a {
        next.fill(false);
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
        if !next.contains(&true) {
            return false;
        }
        std::mem::swap(&mut reachable, &mut next);
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
