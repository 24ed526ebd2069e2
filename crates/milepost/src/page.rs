//! Pages of the documentation on a terminal: Markdown with its paragraphs filled, its examples indented and its headings bold.
//!
//! Knows the Markdown that our own pages use: headings, paragraphs, lists and fenced examples. Called by `explain`.

/// Widest lines that are still easy to read.
pub(crate) const MOST_COLUMNS: usize = 100;

const BOLD: &str = "\u{1b}[1m";
const PLAIN: &str = "\u{1b}[0m";

/// Renders a page, with lines of at most so many columns where words allow it.
pub(crate) fn render(markdown: &str, columns: usize, bold: bool) -> String {
    let mut page = Page { out: String::new(), text: String::new(), columns };
    let mut is_example = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            page.end_text();
            is_example = !is_example;
        } else if is_example {
            page.line(if line.is_empty() { "" } else { "    " }, line);
        } else if line.is_empty() {
            page.end_text();
            page.line("", "");
        } else if line.starts_with('#') {
            let heading = line.trim_start_matches('#').trim_start();
            page.line("", &if bold { format!("{BOLD}{heading}{PLAIN}") } else { heading.to_owned() });
        } else {
            if line.starts_with("- ") {
                page.end_text();
            }
            page.text.push_str(line);
            page.text.push('\n');
        }
    }
    page.end_text();
    page.out
}

struct Page {
    out: String,
    /// The paragraph or item that is being read.
    text: String,
    columns: usize,
}

impl Page {
    fn line(&mut self, indentation: &str, text: &str) {
        self.out.push_str(indentation);
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// Writes the paragraph or item with its lines filled; further lines of an item stand below its first word.
    fn end_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        let indentation = if text.starts_with("- ") { "  " } else { "" };
        let mut line = String::new();
        for word in text.split_whitespace() {
            let length = line.chars().count() + 1 + word.chars().count();
            if length > self.columns && !line.trim().is_empty() {
                self.line("", &line);
                line = indentation.to_owned() + word;
                continue;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        if !line.is_empty() {
            self.line("", &line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# A title

Words of a paragraph
on two lines.

```yaml
spec: {long: line that is never filled or cut}

  more: here
```

- An item that goes
  on.
- Another.
";

    #[test]
    fn paragraphs_are_filled_and_examples_are_left_alone() {
        let expected = "\
A title

Words of a
paragraph on two
lines.

    spec: {long: line that is never filled or cut}

      more: here

- An item that
  goes on.
- Another.
";
        assert_eq!(render(PAGE, 16, false), expected);
    }

    #[test]
    fn only_headings_are_bold() {
        assert_eq!(render(PAGE, 80, true).matches(BOLD).count(), 1);
        assert!(render(PAGE, 80, true).starts_with("\u{1b}[1mA title\u{1b}[0m\n\n"));
    }
}
