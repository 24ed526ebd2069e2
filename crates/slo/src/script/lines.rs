//! A script's text as blocks: a command, and the indented lines below it.

use super::Mistake;

/// Longest script, so that a file that is none is told at once: a year of minutes takes one line.
const MOST_LINES: usize = 100_000;

/// A command with its lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block<'t> {
    pub(super) line: usize,
    pub(super) words: Vec<&'t str>,
    pub(super) body: Vec<Line<'t>>,
}

/// A line below a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'t> {
    pub(super) line: usize,
    pub(super) words: Vec<&'t str>,
}

impl Line<'_> {
    /// The words from one on, as a text.
    pub(super) fn rest(&self, from: usize) -> String {
        self.words.get(from..).unwrap_or_default().join(" ")
    }
}

/// Splits a text into blocks. A `#` at the start of a word begins a comment.
pub(super) fn blocks(text: &str) -> Result<Vec<Block<'_>>, Mistake> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for (index, text) in text.lines().enumerate() {
        let line = index + 1;
        if line > MOST_LINES {
            return Err(Mistake::new(line, format!("a script has at most {MOST_LINES} lines")));
        }
        let words: Vec<&str> = text.split_whitespace().take_while(|word| !word.starts_with('#')).collect();
        if words.is_empty() {
            continue;
        }
        match (text.starts_with(char::is_whitespace), blocks.last_mut()) {
            (true, Some(block)) => block.body.push(Line { line, words }),
            (true, None) => {
                return Err(Mistake::new(line, "an indented line belongs to the command above it, and there is none"));
            }
            (false, _) => blocks.push(Block { line, words, body: Vec::new() }),
        }
    }
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indented_lines_belong_to_the_command_above_and_comments_to_nothing() {
        let text = "# a script\nload 1m  # minutes\n    mail 1/1\n\n    # none\n    other 2/2 # two\nclear\n";
        let line = |line, words: &[&'static str]| Line { line, words: words.to_vec() };
        let load = Block {
            line: 2,
            words: vec!["load", "1m"],
            body: vec![line(3, &["mail", "1/1"]), line(6, &["other", "2/2"])],
        };
        assert_eq!(blocks(text), Ok(vec![load, Block { line: 7, words: vec!["clear"], body: vec![] }]));
        assert_eq!(blocks("  mail 1/1\n").unwrap_err().line, 1);
    }
}
