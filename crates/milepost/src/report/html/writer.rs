//! Writing HTML that is also XML: elements that always close, and text that is always escaped.
//!
//! What comes from telemetry or a registry can only come in as text or as the value of an attribute; names of elements, names of attributes and
//! ready markup have to be literals of this program.

use std::fmt::{self, Display, Write as _};

/// Attributes by name.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a dyn Display)];

/// Markup that grows.
#[derive(Default)]
pub(super) struct Html {
    out: String,
}

impl Html {
    /// Adds an element; what the closure adds stands in it.
    pub(super) fn tag(&mut self, name: &'static str, attributes: Attributes<'_>, content: impl FnOnce(&mut Self)) {
        self.start(name, attributes);
        self.out.push('>');
        content(self);
        let _ = write!(self.out, "</{name}>");
        if is_block(name) {
            self.out.push('\n');
        }
    }

    /// Adds an element of a class.
    pub(super) fn class(&mut self, name: &'static str, class: &'static str, content: impl FnOnce(&mut Self)) {
        self.tag(name, &[("class", &class)], content);
    }

    /// Adds an element that holds a text.
    pub(super) fn leaf(&mut self, name: &'static str, text: impl Display) {
        self.tag(name, &[], |html| html.text(text));
    }

    /// Adds an element that can hold nothing.
    pub(super) fn empty(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.start(name, attributes);
        self.out.push_str("/>");
    }

    /// Adds a text.
    pub(super) fn text(&mut self, text: impl Display) {
        let _ = write!(Escaping(&mut self.out), "{text}");
    }

    /// Adds a name that somebody else has given: it turns nothing around that stands beside it.
    pub(super) fn name(&mut self, name: &str) {
        self.tag("bdi", &[], |html| html.text(shortened(name)));
    }

    /// Adds something that programs read, such as a path or the name of an operation.
    pub(super) fn code(&mut self, text: &str) {
        self.tag("code", &[], |html| html.text(shortened(text)));
    }

    /// Adds a sentence in which backticks enclose code.
    pub(super) fn prose(&mut self, sentence: &str) {
        for (index, part) in sentence.split('`').enumerate().filter(|(_, part)| !part.is_empty()) {
            if index % 2 == 1 { self.code(part) } else { self.text(part) }
        }
    }

    /// Adds markup of our own.
    pub(super) fn markup(&mut self, markup: &'static str) {
        self.out.push_str(markup);
    }

    /// Adds a picture that is drawn, and its text escaped, elsewhere in this program.
    pub(super) fn picture(&mut self, svg: &str) {
        self.out.push_str(svg);
    }

    /// What was written.
    pub(super) fn finish(self) -> String {
        self.out
    }

    fn start(&mut self, name: &'static str, attributes: Attributes<'_>) {
        let _ = write!(self.out, "<{name}");
        for (key, value) in attributes {
            let _ = write!(self.out, " {key}=\"");
            let _ = write!(Escaping(&mut self.out), "{value}");
            self.out.push('"');
        }
    }
}

/// Elements that end a line of the source, so that people can read that too.
fn is_block(name: &str) -> bool {
    const INLINE: [&str; 12] = ["a", "abbr", "b", "bdi", "code", "small", "span", "strong", "th", "td", "text", "path"];
    !INLINE.contains(&name)
}

/// Most characters of a name that are shown.
const MAX_NAME: usize = 300;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Writes text between tags or into an attribute. What cannot be seen, or would turn the text beside it around, is shown by its number.
struct Escaping<'o>(&'o mut String);

impl fmt::Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                '\n' | '\t' => self.0.push(c),
                c if is_unseen(c) => write!(self.0, "\\u{{{:x}}}", u32::from(c))?,
                c => self.0.push(c),
            }
        }
        Ok(())
    }
}

fn is_unseen(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}');
    let is_hidden =
        matches!(c, '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    let is_none = u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}');
    c.is_control() || turns || is_hidden || is_none
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(text: &str) -> String {
        let mut html = Html::default();
        html.text(text);
        html.finish()
    }

    #[test]
    fn text_is_never_markup() {
        assert_eq!(text("<img src=x onerror='alert(1)'>"), "&lt;img src=x onerror=&#39;alert(1)&#39;&gt;");
        assert_eq!(text("a & \"b\""), "a &amp; &quot;b&quot;");
    }

    #[test]
    fn what_cannot_be_seen_is_shown_by_its_number() {
        assert_eq!(text("a\u{0}b\u{1b}[31m\u{202e}c\u{ffff}"), r"a\u{0}b\u{1b}[31m\u{202e}c\u{ffff}");
        assert_eq!(text("שלום"), "שלום");
    }

    #[test]
    fn backticks_enclose_code_and_names_that_are_too_long_are_cut() {
        let mut html = Html::default();
        html.prose("at `<b>` and");
        assert_eq!(html.finish(), "at <code>&lt;b&gt;</code> and");
        assert_eq!(shortened(&"é".repeat(1000)).chars().count(), MAX_NAME + 1);
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_as_text_alone(hostile in any::<String>()) {
            let mut html = Html::default();
            html.tag("p", &[("title", &hostile)], |html| html.text(&hostile));
            let written = html.finish();
            let parsed = roxmltree::Document::parse(&written).expect("it is well-formed");
            prop_assert_eq!(parsed.root_element().children().filter(roxmltree::Node::is_element).count(), 0);
            let visible: String = hostile.chars().filter(|c| !is_unseen(*c) && *c != '\t' && *c != '\n').collect();
            if visible == hostile {
                prop_assert_eq!(parsed.root_element().text().unwrap_or_default(), hostile.as_str());
                prop_assert_eq!(parsed.root_element().attribute("title"), Some(hostile.as_str()));
            }
        }
    }
}
