//! A Rust file without its comments and the insides of its literals: what is left is code.
//!
//! A lexer just good enough to count lines and match braces; it knows no grammar. Where it errs (a brace in a const
//! generic argument of a signature) it counts too little.

/// A Rust file prepared for counting.
pub(crate) struct Source {
    /// The file with comments and the insides of literals blanked; every line is where it was.
    code: String,
    /// Where each line starts in `code`.
    starts: Vec<usize>,
    /// By line: whether it is only there for tests.
    test: Vec<bool>,
}

/// A function and its size.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function<'a> {
    pub(crate) name: &'a str,
    /// Of the word `fn`, counted from 1.
    pub(crate) line: usize,
    /// Lines of code from the word `fn` to the closing brace.
    pub(crate) size: usize,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let code = blank(text);
        let starts = std::iter::once(0).chain(code.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut source = Self { test: Vec::new(), code, starts };
        source.test = vec![is_test(path); source.starts.len()];
        for (at, attribute) in source.code.match_indices("#[cfg(test)]") {
            let (first, last) = (source.line(at), source.line(item_end(&source.code, at + attribute.len())));
            source.test[first..=last].fill(true);
        }
        source
    }

    /// Lines of code outside tests.
    pub(crate) fn size(&self) -> usize {
        (0..self.starts.len()).filter(|&line| !self.test[line] && self.is_code(line)).count()
    }

    /// All functions with a name, in tests too.
    pub(crate) fn functions(&self) -> impl Iterator<Item = Function<'_>> {
        words(&self.code, "fn").filter_map(|at| {
            let name = self.code[at + 2..].trim_start();
            let name = &name[..name.find(|c| !is_word(c)).unwrap_or(name.len())];
            let (first, last) = (self.line(at), self.line(item_end(&self.code, at)));
            let size = (first..=last).filter(|&line| self.is_code(line)).count();
            (!name.is_empty()).then_some(Function { name, line: first + 1, size })
        })
    }

    /// The lines that only tests run, numbered from 1, as code.
    pub(crate) fn test_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().filter(|(line, _)| self.test[*line]).map(|(line, code)| (line + 1, code))
    }

    fn is_code(&self, line: usize) -> bool {
        let end = self.starts.get(line + 1).copied().unwrap_or(self.code.len());
        !self.code[self.starts[line]..end].trim().is_empty()
    }

    /// The line, counted from 0, of a place in the code.
    fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at) - 1
    }
}

/// Whether everything in a file is there for tests.
fn is_test(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "benches"))
}

/// Where a word stands alone in a text.
pub(crate) fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let (before, after) = (&text[..*at], &text[at + word.len()..]);
        !before.ends_with(is_word) && !after.starts_with(is_word)
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The last byte of the item that starts at `from`: its closing brace, or its semicolon.
fn item_end(code: &str, from: usize) -> usize {
    let (mut braces, mut brackets) = (0usize, 0usize);
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets = brackets.saturating_sub(1),
            b'{' => braces += 1,
            b'}' => {
                braces = braces.saturating_sub(1);
                if braces == 0 && brackets == 0 {
                    return at;
                }
            }
            b';' if braces == 0 && brackets == 0 => return at,
            _ => {}
        }
    }
    code.len().saturating_sub(1)
}

/// The text with spaces for comments and for the insides of literals; a literal keeps its ends.
fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let comment = comment(rest);
        let Some(length) = comment.or_else(|| literal(bytes, at)) else {
            at += 1;
            continue;
        };
        let inside = if comment.is_some() { at..at + length } else { at + 1..(at + length - 1).max(at + 1) };
        code[inside].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        at += length;
    }
    String::from_utf8_lossy(&code).into_owned()
}

/// The length of the comment that the bytes begin with.
fn comment(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(b"//") {
        return Some(find(bytes, b"\n").unwrap_or(bytes.len()));
    }
    if !bytes.starts_with(b"/*") {
        return None;
    }
    let (mut depth, mut at) = (1, 2);
    while depth > 0 && at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    Some(at)
}

/// The length of the string or character literal at a place, both ends included.
fn literal(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at..];
    match rest {
        [b'"', ..] => Some(escaped(rest, b'"')),
        [b'r', b'#' | b'"', ..] if starts_token(bytes, at) => {
            let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
            let inside = rest[1 + hashes..].strip_prefix(b"\"")?;
            let end: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
            Some(find(inside, &end).map_or(rest.len(), |found| 2 + hashes + found + end.len()))
        }
        [b'\'', b'\\', ..] => Some(escaped(rest, b'\'')),
        // Without a second quote after one character it is a lifetime.
        [b'\'', first, ..] => {
            let width = first.leading_ones().max(1) as usize;
            (rest.get(1 + width) == Some(&b'\'')).then_some(width + 2)
        }
        _ => None,
    }
}

/// The length of a literal that ends with a quote and in which a backslash hides the next byte.
fn escaped(bytes: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Whether a literal's prefix can start here, at most after `b` or `c`.
fn starts_token(bytes: &[u8], at: usize) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    match &bytes[..at] {
        [.., before, b'b' | b'c'] => !word(before),
        [b'b' | b'c'] | [] => true,
        [.., before] => !word(before),
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests;
