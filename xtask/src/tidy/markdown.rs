//! Markdown as far as the checks need it: which lines are prose and which are examples.

/// The lines outside fenced code blocks, numbered from 1.
pub(crate) fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fence: Option<&str> = None;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (Some(_), _) => {}
            (None, None) => return Some((index + 1, line)),
        }
        None
    })
}

/// The line with its code spans emptied.
pub(crate) fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("``")
}

/// What stands in the first code span of a line.
pub(crate) fn first_code(line: &str) -> Option<&str> {
    line.split('`').nth(1).filter(|code| !code.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fenced_blocks_are_not_prose() {
        let text = "a\n```sh\n# b\n~~~\n```\nc\n  ~~~\n  d\n  ~~~\ne\n";
        assert_eq!(prose(text).collect::<Vec<_>>(), [(1, "a"), (6, "c"), (10, "e")]);
    }

    #[test]
    fn code_spans_are_told_from_text() {
        assert_eq!(without_code("a `b` c `d`"), "a `` c ``");
        assert_eq!(first_code("a `b` c `d`"), Some("b"));
        assert_eq!(first_code("a"), None);
    }
}
