//! Walks one JSON object and keeps the values of known keys, as places in the text.
//!
//! Every valid object is read as any JSON parser would. Beyond that, what servers write that build JSON from text
//! templates is borne with: `\x22` in strings (nginx without `escape=json`), a bare `-` and no value at all
//! (`"upstream_response_time":,`), and control characters in strings. Nesting is bounded, and what is stepped over is not
//! checked beyond its brackets and quotes.

use super::alias::{Key, KeyId, Keys, Role, Server, Unit};
use crate::access_log::fields::normal_byte;
use crate::access_log::line::Span;
use memchr::{memchr, memchr2};

/// The deepest nesting that is stepped over, as other JSON parsers have it; deeper is not an access log.
const MAX_DEPTH: u32 = 128;
/// The longest path of a known key; longer ones are unknown.
const MAX_PATH_BYTES: usize = 128;
/// How many keys of the line before are remembered; longer objects look up the rest.
const MAX_REMEMBERED: usize = 64;

/// What was found in one object.
#[derive(Clone, Debug)]
pub(super) struct Values {
    roles: [Option<Found>; Role::COUNT],
    /// Bits of the roles that have a key, be it without a value.
    seen: u32,
    pub(super) server: Option<Server>,
    fields: Vec<Option<Span>>,
    /// How good the name was under which each field was found.
    ranks: Vec<u8>,
    /// The keys of the line before, in order: nearly always those of this line too.
    remembered: Vec<Remembered>,
}

/// A key as it stood at one place of the line before.
#[derive(Clone, Debug)]
struct Remembered {
    parent: Option<KeyId>,
    name: Vec<u8>,
    id: Option<KeyId>,
}

/// A value of a role.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    rank: u8,
    pub(super) span: Span,
    pub(super) unit: Option<Unit>,
}

impl Values {
    pub(super) fn new(fields: usize) -> Self {
        Self {
            roles: [None; Role::COUNT],
            seen: 0,
            server: None,
            fields: vec![None; fields],
            ranks: vec![0; fields],
            remembered: Vec::new(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.roles = [None; Role::COUNT];
        self.seen = 0;
        self.server = None;
        self.fields.fill(None);
    }

    pub(super) fn get(&self, role: Role) -> Option<Found> {
        self.roles[role as usize]
    }

    pub(super) fn seen(&self, role: Role) -> bool {
        self.seen & (1 << role as u32) != 0
    }

    pub(super) fn fields(&self) -> &[Option<Span>] {
        &self.fields
    }

    /// A key was met, with a value that is neither object nor list; `span` is `None` for what stands for no value.
    fn put(&mut self, key: &Key, span: Option<Span>) {
        self.server = self.server.or(key.server);
        if let Some((role, _)) = key.role {
            self.seen |= 1 << role as u32;
        }
        let Some(span) = span else { return };
        if let Some((role, rank)) = key.role {
            let place = &mut self.roles[role as usize];
            if place.is_none_or(|found| rank < found.rank) {
                *place = Some(Found { rank, span, unit: key.unit });
            }
        }
        for (index, rank) in &key.fields {
            if self.fields[*index].is_none() || *rank < self.ranks[*index] {
                self.fields[*index] = Some(span);
                self.ranks[*index] = *rank;
            }
        }
    }
}

/// Walks the object that `text` begins with; answers where it ends, `None` when it is none.
pub(super) fn walk(text: &str, keys: &Keys, values: &mut Values, scratch: &mut String) -> Option<usize> {
    let path = [0; MAX_PATH_BYTES];
    let mut walker = Walker { bytes: text.as_bytes(), text, at: 0, path, number: 0, keys, values, scratch };
    walker.space();
    walker.object(None, 0)?;
    Some(walker.at)
}

struct Walker<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    path: [u8; MAX_PATH_BYTES],
    /// How many keys were met.
    number: usize,
    keys: &'a Keys,
    values: &'a mut Values,
    scratch: &'a mut String,
}

/// A string between its quotes.
struct Raw {
    start: usize,
    end: usize,
    escaped: bool,
}

impl<'a> Walker<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// An object that is the value of `parent`, whose path is the first `prefix` bytes of `path`. Nested calls happen only
    /// for keys that have known keys inside, so they are as deep as the deepest known path.
    fn object(&mut self, parent: Option<KeyId>, prefix: usize) -> Option<()> {
        if !self.eat(b'{') {
            return None;
        }
        self.space();
        if self.eat(b'}') {
            return Some(());
        }
        loop {
            self.space();
            let name = self.string()?;
            self.space();
            if !self.eat(b':') {
                return None;
            }
            self.space();
            match self.key(parent, prefix, &name) {
                Some(id) if self.peek() == Some(b'{') && self.keys.get(id).inside => {
                    let length = self.extend_path(prefix, &name)?;
                    self.object(Some(id), length)?;
                }
                id => self.value(id.map(|id| self.keys.get(id)))?,
            }
            self.space();
            if self.eat(b'}') {
                return Some(());
            }
            if !self.eat(b',') {
                return None;
            }
        }
    }

    /// Which known key a name is: the one that stood here in the line before, or looked up.
    fn key(&mut self, parent: Option<KeyId>, prefix: usize, name: &Raw) -> Option<KeyId> {
        let bytes = self.bytes.get(name.start..name.end)?;
        let number = self.number;
        self.number += 1;
        if let Some(known) = self.values.remembered.get(number)
            && known.name == bytes
            && known.parent == parent
        {
            return known.id;
        }
        let id = self.extend_path(prefix, name).and_then(|length| self.keys.find(&self.path[..length]));
        if bytes.len() > MAX_PATH_BYTES {
            return id;
        }
        let remembered = &mut self.values.remembered;
        if let Some(place) = remembered.get_mut(number) {
            place.name.clear();
            place.name.extend_from_slice(bytes);
            (place.parent, place.id) = (parent, id);
        } else if number < MAX_REMEMBERED {
            // One place after the other, for the places before were all remembered.
            remembered.push(Remembered { parent, name: bytes.to_vec(), id });
        }
        id
    }

    /// Writes a key's normalised name after the first `prefix` bytes of the path; its new length, unless it is too long.
    fn extend_path(&mut self, prefix: usize, name: &Raw) -> Option<usize> {
        let start = if prefix == 0 { 0 } else { prefix + 1 };
        let length = start + (name.end - name.start);
        let place = self.path.get_mut(start..length)?;
        for (to, from) in place.iter_mut().zip(&self.bytes[name.start..name.end]) {
            *to = normal_byte(*from);
        }
        if prefix > 0 {
            self.path[prefix] = b'.';
        }
        Some(length)
    }

    fn value(&mut self, key: Option<&'a Key>) -> Option<()> {
        match self.peek()? {
            b'[' => self.list(key),
            b'{' => self.skip(),
            b'"' => {
                let raw = self.string()?;
                if let Some(key) = key {
                    let span = self.text_of(&raw);
                    self.values.put(key, span);
                }
                Some(())
            }
            _ => {
                let span = self.bare()?;
                if let Some(key) = key {
                    let missing = matches!(&self.bytes[span.start..span.end], b"" | b"-" | b"null");
                    self.values.put(key, (!missing).then_some(span));
                }
                Some(())
            }
        }
    }

    /// A list: its first element counts, unless that is a list or an object.
    fn list(&mut self, key: Option<&'a Key>) -> Option<()> {
        let start = self.at;
        self.at += 1;
        self.space();
        if key.is_some() && !matches!(self.peek()?, b'[' | b'{' | b']') {
            self.value(key)?;
        }
        self.at = start;
        self.skip()
    }

    /// Steps over an object or list.
    fn skip(&mut self) -> Option<()> {
        // One bit for each open bracket: whether it is a list's.
        let mut open = 0u128;
        let mut depth = 0;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                bracket @ (b'{' | b'[') => {
                    if depth == MAX_DEPTH {
                        return None;
                    }
                    depth += 1;
                    open = open << 1 | u128::from(bracket == b'[');
                }
                bracket @ (b'}' | b']') => {
                    if open & 1 != u128::from(bracket == b']') {
                        return None;
                    }
                    depth -= 1;
                    open >>= 1;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn string(&mut self) -> Option<Raw> {
        if !self.eat(b'"') {
            return None;
        }
        let start = self.at;
        let mut escaped = false;
        loop {
            let found = self.at + memchr2(b'"', b'\\', self.bytes.get(self.at..)?)?;
            if self.bytes[found] == b'"' {
                self.at = found + 1;
                return Some(Raw { start, end: found, escaped });
            }
            escaped = true;
            self.at = found + 2;
        }
    }

    /// A number, `true`, `false`, `null`, a bare `-`, or nothing before the next comma or bracket.
    fn bare(&mut self) -> Option<Span> {
        let rest = &self.bytes[self.at..];
        let length = rest
            .iter()
            .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.')))
            .unwrap_or(rest.len());
        let token = &rest[..length];
        let known = match token.first() {
            None => matches!(rest.first(), Some(b',' | b'}')),
            Some(b'-' | b'0'..=b'9') => {
                token.iter().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E'))
            }
            Some(_) => matches!(token, b"true" | b"false" | b"null"),
        };
        let start = self.at;
        self.at += length;
        known.then_some(Span { start, end: self.at, in_scratch: false })
    }

    /// A string's text, unescaped if need be; `None` for what stands for no value.
    fn text_of(&mut self, raw: &Raw) -> Option<Span> {
        if matches!(&self.bytes[raw.start..raw.end], b"" | b"-") {
            return None;
        }
        if !raw.escaped {
            return Some(Span { start: raw.start, end: raw.end, in_scratch: false });
        }
        let start = self.scratch.len();
        unescape(self.text.get(raw.start..raw.end)?, self.scratch);
        Some(Span { start, end: self.scratch.len(), in_scratch: true })
    }
}

/// Appends `text` without its escapes; an escape that JSON does not know stays as it is.
fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(slash) = memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..slash]);
        let escape = &rest[slash..];
        let (character, length) = match escape.as_bytes().get(1) {
            Some(c @ (b'"' | b'\\' | b'/')) => (char::from(*c), 2),
            Some(b'b') => ('\u{8}', 2),
            Some(b'f') => ('\u{c}', 2),
            Some(b'n') => ('\n', 2),
            Some(b'r') => ('\r', 2),
            Some(b't') => ('\t', 2),
            Some(b'x') => match escape.get(2..4).and_then(hex).filter(|code| *code < 0x80) {
                Some(code) => (char::from_u32(code).unwrap_or('\\'), 4),
                None => ('\\', 1),
            },
            Some(b'u') => unicode(escape),
            _ => ('\\', 1),
        };
        out.push(character);
        rest = &escape[length..];
    }
    out.push_str(rest);
}

/// The character of a `\u` escape and the bytes it takes; two escapes for what UTF-16 writes in two.
fn unicode(escape: &str) -> (char, usize) {
    let Some(first) = escape.get(2..6).and_then(hex) else { return ('\\', 1) };
    if let Some(character) = char::from_u32(first) {
        return (character, 6);
    }
    let second = escape.get(6..).and_then(|next| next.strip_prefix("\\u")).and_then(|next| next.get(..4)).and_then(hex);
    match second {
        Some(second) if first < 0xdc00 && (0xdc00..0xe000).contains(&second) => {
            let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        _ => (char::REPLACEMENT_CHARACTER, 6),
    }
}

fn hex(digits: &str) -> Option<u32> {
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}
