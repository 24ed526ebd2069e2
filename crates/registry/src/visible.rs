//! Which characters of what users have written are shown to other people.

/// The character as it is shown: white space as a space; `None` for what cannot be seen, could turn what stands beside it around, or may not
/// stand in XML.
pub(crate) fn visible(c: char) -> Option<char> {
    match c {
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() => None,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => None,
        '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e007f}' => None,
        c => Some(c),
    }
}
