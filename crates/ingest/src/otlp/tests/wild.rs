//! Rewrites a protobuf message into another encoding that means the same, or merges into the same.
//!
//! Fields of different numbers change places, numbers get more bytes than they need, unknown fields and groups appear,
//! scalars are there twice and messages in two parts. The generated decoder says what the result means.

use super::generate::Draw;

/// Rewrites `message`; of a field that is itself a message of the schema, `shape` says which numbers those are.
pub(super) fn rewrite(message: &[u8], shape: Shape, draw: &mut Draw<'_>) -> Vec<u8> {
    let mut fields = split(message);
    if shape.alternatives && draw.rarely(4) {
        fields.insert(0, alternative(draw));
    }
    // Only fields of different numbers may change places: those of one number are a list, or the last one counts.
    for index in 1..fields.len() {
        if draw.rarely(2) && fields[index - 1].number != fields[index].number {
            fields.swap(index - 1, index);
        }
    }
    let mut out = Vec::new();
    for field in fields {
        if draw.rarely(8) {
            junk(&mut out, draw, 0);
        }
        match field.value {
            Wire::Varint(value) => {
                if draw.rarely(8) {
                    key(&mut out, field.number, 0, draw);
                    varint(&mut out, value ^ 3, draw);
                }
                key(&mut out, field.number, 0, draw);
                varint(&mut out, value, draw);
            }
            Wire::Fixed(kind, bytes) => {
                key(&mut out, field.number, kind, draw);
                out.extend(bytes);
            }
            Wire::Bytes(bytes) => match (shape.inner)(field.number) {
                // A message that occurs once may come in two parts, cut between two of its fields.
                Some((inner, Occurs::Once)) if draw.rarely(4) => {
                    let cut = bytes.len() - split(bytes).last().map_or(0, |last| last.length);
                    for part in [&bytes[..cut], &bytes[cut..]] {
                        length_delimited(&mut out, field.number, &rewrite(part, inner, draw), draw);
                    }
                    // A last part that says nothing must change nothing.
                    if draw.rarely(2) {
                        let mut nothing = Vec::new();
                        junk(&mut nothing, draw, 0);
                        length_delimited(&mut out, field.number, &nothing, draw);
                    }
                }
                Some((inner, _)) => length_delimited(&mut out, field.number, &rewrite(bytes, inner, draw), draw),
                None => length_delimited(&mut out, field.number, bytes, draw),
            },
        }
    }
    out
}

/// Which fields of a message are messages.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    inner: fn(u32) -> Option<(Shape, Occurs)>,
    /// Whether its fields are alternatives, of which the last one counts.
    alternatives: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Occurs {
    Once,
    Often,
}

impl Shape {
    const fn of(inner: fn(u32) -> Option<(Shape, Occurs)>) -> Self {
        Self { inner, alternatives: false }
    }
}

const LEAF: Shape = Shape::of(|_| None);
const ANY: Shape = Shape { alternatives: true, ..Shape::of(|number| (number == 5).then_some((ARRAY, Occurs::Once))) };
const ARRAY: Shape = Shape::of(|number| (number == 1).then_some((ANY, Occurs::Often)));
const KEY_VALUE: Shape = Shape::of(|number| (number == 2).then_some((ANY, Occurs::Once)));
const RESOURCE: Shape = Shape::of(|number| (number == 1).then_some((KEY_VALUE, Occurs::Often)));

const SPAN: Shape = Shape::of(|number| match number {
    9 => Some((KEY_VALUE, Occurs::Often)),
    15 => Some((LEAF, Occurs::Once)),
    _ => None,
});
const LOG: Shape = Shape::of(|number| (number == 6).then_some((KEY_VALUE, Occurs::Often)));

const SCOPE_SPANS: Shape = Shape::of(|number| (number == 2).then_some((SPAN, Occurs::Often)));
const SCOPE_LOGS: Shape = Shape::of(|number| (number == 2).then_some((LOG, Occurs::Often)));

const RESOURCE_SPANS: Shape = Shape::of(|number| match number {
    1 => Some((RESOURCE, Occurs::Once)),
    2 => Some((SCOPE_SPANS, Occurs::Often)),
    _ => None,
});
const RESOURCE_LOGS: Shape = Shape::of(|number| match number {
    1 => Some((RESOURCE, Occurs::Once)),
    2 => Some((SCOPE_LOGS, Occurs::Often)),
    _ => None,
});

/// `ExportTraceServiceRequest`.
pub(super) const TRACES: Shape = Shape::of(|number| (number == 1).then_some((RESOURCE_SPANS, Occurs::Often)));
/// `ExportLogsServiceRequest`.
pub(super) const LOGS: Shape = Shape::of(|number| (number == 1).then_some((RESOURCE_LOGS, Occurs::Often)));

struct Field<'a> {
    number: u32,
    value: Wire<'a>,
    /// Bytes of the whole field.
    length: usize,
}

enum Wire<'a> {
    Varint(u64),
    /// With its wire type.
    Fixed(u64, &'a [u8]),
    Bytes(&'a [u8]),
}

/// Takes a well-formed message without groups apart.
fn split(mut message: &[u8]) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let before = message.len();
        let key = read_varint(&mut message);
        let value = match key & 7 {
            0 => Wire::Varint(read_varint(&mut message)),
            1 => Wire::Fixed(1, message.split_off(..8).unwrap()),
            2 => {
                let length = read_varint(&mut message) as usize;
                Wire::Bytes(message.split_off(..length).unwrap())
            }
            5 => Wire::Fixed(5, message.split_off(..4).unwrap()),
            other => panic!("wire type {other}"),
        };
        fields.push(Field { number: (key >> 3) as u32, value, length: before - message.len() });
    }
    fields
}

/// Another alternative of an `AnyValue`.
fn alternative(draw: &mut Draw<'_>) -> Field<'static> {
    let (number, value) = match draw.below(6) {
        0 => (1, Wire::Bytes(b"other")),
        1 => (3, Wire::Varint(1)),
        2 => (4, Wire::Fixed(1, &[0; 8])),
        // An array of one text.
        3 => (5, Wire::Bytes(&[0x0a, 3, 0x0a, 1, b'x'])),
        4 => (6, Wire::Bytes(&[])),
        _ => (8, Wire::Varint(1)),
    };
    Field { number, value, length: 0 }
}

fn read_varint(bytes: &mut &[u8]) -> u64 {
    prost::encoding::decode_varint(bytes).unwrap()
}

fn varint(out: &mut Vec<u8>, value: u64, draw: &mut Draw<'_>) {
    prost::encoding::encode_varint(value, out);
    if draw.rarely(6) && prost::encoding::encoded_len_varint(value) < 9 {
        *out.last_mut().unwrap() |= 0x80;
        out.extend([0x80, 0]);
    }
}

fn key(out: &mut Vec<u8>, number: u32, wire_type: u64, draw: &mut Draw<'_>) {
    varint(out, u64::from(number) << 3 | wire_type, draw);
}

fn length_delimited(out: &mut Vec<u8>, number: u32, bytes: &[u8], draw: &mut Draw<'_>) {
    key(out, number, 2, draw);
    varint(out, bytes.len() as u64, draw);
    out.extend(bytes);
}

/// A field that nobody knows.
fn junk(out: &mut Vec<u8>, draw: &mut Draw<'_>, depth: u32) {
    let number = 100 + u32::from(draw.byte()) * 1_000;
    match draw.below(5) {
        0 => {
            key(out, number, 0, draw);
            varint(out, u64::MAX, draw);
        }
        1 => {
            key(out, number, 1, draw);
            out.extend([0xff; 8]);
        }
        2 => length_delimited(out, number, &[0xff, 0x0a, 0x00], draw),
        3 => {
            key(out, number, 5, draw);
            out.extend([0xff; 4]);
        }
        _ => {
            key(out, number, 3, draw);
            for _ in 0..draw.below(3).min(3 - depth as usize) {
                junk(out, draw, depth + 1);
            }
            key(out, number, 4, draw);
        }
    }
}
