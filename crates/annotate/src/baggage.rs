//! Editing of W3C baggage: reads our member from a request's header lines and writes the lines anew with ours first.
//!
//! What is not ours is never interpreted: a foreign member is a run of bytes between commas and leaves as it came,
//! even where it is invalid. Sidecars and gateways call this with the values of all `baggage` headers of a request.
//!
//! A member is ours when its key, percent-decoded, is `milepost` in lower case. W3C knows no encoding of keys, but
//! propagators decode them, so a member under another spelling would come back as ours behind the next one. Our value
//! needs no percent-encoding and is written without; it is decoded when it comes with some, because the same
//! propagators may encode what they need not.

use crate::wire::{Annotation, AnnotationRef, WireError};
use std::borrow::Cow;
use std::io::Write;

/// The key of our member.
const KEY: &str = "milepost";
/// Most bytes over all members and the commas between them: what W3C Baggage asks every hop to carry.
pub const MAX_BAGGAGE_BYTES: usize = 8192;
/// Most members, ours included: what W3C Baggage asks every hop to carry.
pub const MAX_BAGGAGE_MEMBERS: usize = 64;
/// Longest value that is decoded: every byte of an annotation written as `%41`.
const MAX_ENCODED_BYTES: usize = 3 * Annotation::MAX_BYTES;

// Ours is written before anything else, so nothing can push it out.
const _: () = assert!(KEY.len() + 1 + Annotation::MAX_BYTES <= MAX_BAGGAGE_BYTES);

/// The text of our member, from all header lines of a request in their order; `None` when there is none.
///
/// The first of several members wins, also when it is the broken one. Properties after `;` are left out. Read the text
/// with [`AnnotationRef::parse`]. Allocates only when the value is percent-encoded.
pub fn read_baggage<'a, L>(lines: impl IntoIterator<Item = &'a L>) -> Option<Result<Cow<'a, str>, WireError>>
where
    L: AsRef<[u8]> + ?Sized + 'a,
{
    let ours = members(lines).find(|member| is_ours(member))?;
    let before_properties = ours.split(|byte| *byte == b';').next().unwrap_or_default();
    let value = before_properties.splitn(2, |byte| *byte == b'=').nth(1).unwrap_or_default();
    Some(decoded_text(trim(value)))
}

/// The baggage to send on: our member first, if there is to be one, then the foreign members as they came.
///
/// All members of ours in `lines` are left out, so `None` removes the annotation; who wants neither sends the lines on
/// as they are. From the first foreign member on that passes a bound, all are dropped, each of them whole. The result
/// is one line, because many readers look at the first one only.
pub fn write_baggage<'a, L>(lines: impl IntoIterator<Item = &'a L>, annotation: Option<AnnotationRef<'_>>) -> Baggage
where
    L: AsRef<[u8]> + ?Sized + 'a,
{
    let mut baggage = Baggage { value: Vec::new(), dropped: Dropped::default() };
    let mut count = 0;
    if let Some(annotation) = annotation {
        write!(baggage.value, "{KEY}={annotation}").expect("memory takes every write");
        count = 1;
    }
    let mut full = false;
    for member in members(lines).filter(|member| !is_ours(member)) {
        if member.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t') {
            baggage.dropped.control_characters += 1;
            continue;
        }
        let comma = usize::from(count > 0);
        full |= count == MAX_BAGGAGE_MEMBERS || baggage.value.len() + comma + member.len() > MAX_BAGGAGE_BYTES;
        if full {
            baggage.dropped.no_room += 1;
            continue;
        }
        if count > 0 {
            baggage.value.push(b',');
        }
        baggage.value.extend_from_slice(member);
        count += 1;
    }
    baggage
}

/// The value of the one `baggage` header to send on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baggage {
    /// The value: bytes that every HTTP header may hold, but not always UTF-8. Empty when no header is to be sent.
    pub value: Vec<u8>,
    /// The foreign members that are not in it.
    pub dropped: Dropped,
}

/// How many foreign members were dropped, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Members beyond [`MAX_BAGGAGE_BYTES`] or [`MAX_BAGGAGE_MEMBERS`].
    pub no_room: usize,
    /// Members with a control character that no header may hold: all but the tab.
    pub control_characters: usize,
}

impl Dropped {
    /// All that were dropped.
    pub fn total(self) -> usize {
        self.no_room + self.control_characters
    }
}

/// The members of all lines without the white space around them; an empty place in the list is no member.
fn members<'a, L>(lines: impl IntoIterator<Item = &'a L>) -> impl Iterator<Item = &'a [u8]>
where
    L: AsRef<[u8]> + ?Sized + 'a,
{
    let places = lines.into_iter().flat_map(|line| line.as_ref().split(|byte| *byte == b','));
    places.map(trim).filter(|member| !member.is_empty())
}

fn is_ours(member: &[u8]) -> bool {
    let key = member.split(|byte| matches!(byte, b'=' | b';')).next().unwrap_or_default();
    decoded(trim(key)).eq(KEY.bytes())
}

/// Without the white space of HTTP at both ends: space and tab, nothing else.
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

fn decoded_text(value: &[u8]) -> Result<Cow<'_, str>, WireError> {
    if value.len() > MAX_ENCODED_BYTES {
        Err(WireError::TooLong)
    } else if value.contains(&b'%') {
        String::from_utf8(decoded(value).collect()).map(Cow::Owned).map_err(|_| WireError::NotText)
    } else {
        std::str::from_utf8(value).map(Cow::Borrowed).map_err(|_| WireError::NotText)
    }
}

/// The bytes with `%41` read as `A`; a `%` without two hexadecimal digits stands for itself.
fn decoded(mut bytes: &[u8]) -> impl Iterator<Item = u8> {
    std::iter::from_fn(move || {
        let (byte, rest) = match bytes {
            [b'%', high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (hex_digit(*high) << 4 | hex_digit(*low), rest)
            }
            [byte, rest @ ..] => (*byte, rest),
            [] => return None,
        };
        bytes = rest;
        Some(byte)
    })
}

/// The number of a hexadecimal digit.
fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests;
