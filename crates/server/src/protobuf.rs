//! Fields of protobuf messages that are written by hand: too few for a generated encoder.

/// Adds an unsigned number; zero, which is what is read where nothing is written, is left out.
pub(crate) fn varint_field(out: &mut Vec<u8>, field: u32, value: u64) {
    if value > 0 {
        varint(out, u64::from(field << 3));
        varint(out, value);
    }
}

/// Adds a signed number of the types `sint32` and `sint64`, also when it is zero: one of several has its place.
pub(crate) fn signed_field(out: &mut Vec<u8>, field: u32, value: i64) {
    varint(out, u64::from(field << 3));
    varint(out, (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned());
}

/// Adds a `double`.
pub(crate) fn double_field(out: &mut Vec<u8>, field: u32, value: f64) {
    varint(out, u64::from(field << 3 | 1));
    out.extend_from_slice(&value.to_le_bytes());
}

/// Adds bytes, text or a message.
pub(crate) fn bytes_field(out: &mut Vec<u8>, field: u32, value: &[u8]) {
    varint(out, u64::from(field << 3 | 2));
    delimited(out, value);
}

/// Adds bytes with their length before them.
pub(crate) fn delimited(out: &mut Vec<u8>, value: &[u8]) {
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
