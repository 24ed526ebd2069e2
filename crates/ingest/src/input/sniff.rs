//! Tells what an input holds from its first bytes.
//!
//! Text never begins with a byte below 5, and no length-delimited message of a sane length begins with a higher one, so
//! that the two cannot be taken for each other.

use std::io::Read;

/// How much of an input is looked at, at most: more than one zstd block, which has to be whole to be decompressed.
pub const SNIFF_BYTES: usize = 256 * 1024;

/// What an input holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InputKind {
    /// Nothing at all.
    Empty,
    /// Text, one request a line; JSON that is not OTLP, too.
    AccessLog,
    /// One OTLP/JSON object a line, as the Collector's file exporter writes `format: json`.
    OtlpJsonLines,
    /// One OTLP/JSON object over many lines.
    OtlpJsonDocument,
    /// OTLP/JSON messages with their length before them, as the file exporter writes compressed JSON.
    OtlpJsonMessages,
    /// OTLP/protobuf messages with their length before them, compressed each or not, as the file exporter writes
    /// `format: proto`.
    OtlpProtoMessages,
}

impl InputKind {
    /// What reports call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "nothing",
            Self::AccessLog => "access log",
            Self::OtlpJsonLines => "OTLP, one JSON object a line",
            Self::OtlpJsonDocument => "OTLP, one JSON document",
            Self::OtlpJsonMessages => "OTLP, length-delimited JSON",
            Self::OtlpProtoMessages => "OTLP, length-delimited protobuf",
        }
    }
}

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sniffed {
    Kind(InputKind),
    /// The bytes end before it can be told.
    NeedsMore,
    /// A known format that is not read, and what to do.
    Unsupported(&'static str, &'static str),
    Unrecognised,
}

/// The first byte of a length that is read: up to 64 MiB, the length begins with 0 to 4.
const HIGHEST_LENGTH_BYTE: u8 = 4;
/// The names that an OTLP object may begin with.
const OTLP_KEYS: [&[u8]; 7] = [
    b"resourceSpans",
    b"resource_spans",
    b"resourceLogs",
    b"resource_logs",
    b"resourceMetrics",
    b"resource_metrics",
    b"resourceProfiles",
];
/// Where a tar archive has its name.
const TAR_MAGIC: std::ops::Range<usize> = 257..262;

/// Looks at the first bytes; `complete` says that there are no more.
pub(super) fn sniff(head: &[u8], complete: bool) -> Sniffed {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let Some(first) = text.first() else {
        return if complete { Sniffed::Kind(InputKind::Empty) } else { Sniffed::NeedsMore };
    };
    if head.get(TAR_MAGIC) == Some(b"ustar") {
        return Sniffed::Unsupported("a tar archive", "unpack it and name the files in it");
    }
    if *first <= HIGHEST_LENGTH_BYTE {
        return sniff_messages(head, complete);
    }
    match text.trim_ascii_start() {
        [] if complete => Sniffed::Kind(InputKind::AccessLog),
        [] => Sniffed::NeedsMore,
        object @ [b'{', ..] => sniff_object(object, complete),
        // A byte that no text has: something binary.
        _ if head.contains(&0) => Sniffed::Unrecognised,
        // A tar archive begins with a file's name, so the name must be past or have ended.
        _ if complete || head.len() >= TAR_MAGIC.end || head.contains(&b'\n') => Sniffed::Kind(InputKind::AccessLog),
        _ => Sniffed::NeedsMore,
    }
}

/// Text that begins with an object: OTLP by its first key, on one line or over many.
fn sniff_object(object: &[u8], complete: bool) -> Sniffed {
    let inside = object[1..].trim_ascii_start();
    let Some(key) = inside.strip_prefix(b"\"") else {
        return match inside {
            [] if !complete => Sniffed::NeedsMore,
            // An empty object says nothing; the next line may.
            [b'}', rest @ ..] => match rest.trim_ascii_start() {
                [] if !complete => Sniffed::NeedsMore,
                next @ [b'{', ..] => sniff_object(next, complete),
                _ => Sniffed::Kind(InputKind::AccessLog),
            },
            _ => Sniffed::Kind(InputKind::AccessLog),
        };
    };
    let Some(length) = memchr::memchr(b'"', key) else {
        return if complete { Sniffed::Kind(InputKind::AccessLog) } else { Sniffed::NeedsMore };
    };
    if !OTLP_KEYS.contains(&&key[..length]) {
        return Sniffed::Kind(InputKind::AccessLog);
    }
    match memchr::memchr(b'\n', object) {
        Some(end) if !is_closed(&object[..end]) => Sniffed::Kind(InputKind::OtlpJsonDocument),
        None if !complete => Sniffed::NeedsMore,
        _ => Sniffed::Kind(InputKind::OtlpJsonLines),
    }
}

/// Whether as many brackets close as open, outside of strings.
fn is_closed(line: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0i64, false, false);
    for byte in line {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth -= 1,
            _ => {}
        }
    }
    depth == 0 && !in_string
}

/// Messages with their length before them: the first that is not empty says what they are.
fn sniff_messages(head: &[u8], complete: bool) -> Sniffed {
    let mut rest = head;
    loop {
        let Some((length, message)) = rest.split_first_chunk::<4>() else {
            return match (complete, rest.is_empty()) {
                // Nothing but empty messages.
                (true, true) => Sniffed::Kind(InputKind::OtlpProtoMessages),
                (true, false) => Sniffed::Unrecognised,
                (false, _) => Sniffed::NeedsMore,
            };
        };
        let length = u32::from_be_bytes(*length) as usize;
        if length == 0 {
            rest = message;
            continue;
        }
        let whole = message.len() >= length;
        let message = &message[..length.min(message.len())];
        return match message {
            [0x28, 0xb5, 0x2f, 0xfd, ..] => sniff_compressed(message, whole || complete),
            [] | [0x28, ..] if !whole && !complete && message.len() < 4 => Sniffed::NeedsMore,
            _ => of_message(message.first().copied()),
        };
    }
}

/// A message compressed on its own.
fn sniff_compressed(message: &[u8], complete: bool) -> Sniffed {
    let mut first = [0];
    match zstd::Decoder::new(message).and_then(|mut decoder| decoder.read_exact(&mut first)) {
        Ok(()) => of_message(Some(first[0])),
        Err(_) if complete => Sniffed::Unrecognised,
        Err(_) => Sniffed::NeedsMore,
    }
}

/// Every OTLP message begins with its field 1, which is 10 on the wire; every JSON one with a bracket.
fn of_message(first: Option<u8>) -> Sniffed {
    match first {
        Some(0x0a) => Sniffed::Kind(InputKind::OtlpProtoMessages),
        Some(b'{') => Sniffed::Kind(InputKind::OtlpJsonMessages),
        _ => Sniffed::Unrecognised,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(head: &[u8]) -> Option<InputKind> {
        match sniff(head, true) {
            Sniffed::Kind(kind) => Some(kind),
            _ => None,
        }
    }

    fn message(bytes: &[u8]) -> Vec<u8> {
        [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
    }

    #[test]
    fn each_kind_is_told_by_its_beginning() {
        let spans = b"{\"resourceSpans\":[{\"scopeSpans\":[]}]}";
        for (head, expected) in [
            (&b""[..], Some(InputKind::Empty)),
            (b"\xef\xbb\xbf", Some(InputKind::Empty)),
            (b"\n\n", Some(InputKind::AccessLog)),
            (b"1.1.1.1 - - [", Some(InputKind::AccessLog)),
            (b"{\"time\":1}", Some(InputKind::AccessLog)),
            (b"{\"a", Some(InputKind::AccessLog)),
            (b"{", Some(InputKind::AccessLog)),
            (b"{}\n{}\n", Some(InputKind::AccessLog)),
            (spans, Some(InputKind::OtlpJsonLines)),
            (b"\xef\xbb\xbf {\"resourceLogs\": []}\r\n", Some(InputKind::OtlpJsonLines)),
            (b"{}\n{ \"resource_metrics\":[{\"a\":\"}\\\"\"}]}\nx", Some(InputKind::OtlpJsonLines)),
            (b"{\n  \"resourceSpans\": []\n}", Some(InputKind::OtlpJsonDocument)),
            (b"{\"resourceSpans\": [\n]}", Some(InputKind::OtlpJsonDocument)),
            (&message(spans), Some(InputKind::OtlpJsonMessages)),
            (&message(b"\x0a\x02\x12\x00"), Some(InputKind::OtlpProtoMessages)),
            (&[message(b""), message(b"\x0a\x00")].concat(), Some(InputKind::OtlpProtoMessages)),
            (&message(&zstd::encode_all(&spans[..], 0).unwrap()), Some(InputKind::OtlpJsonMessages)),
            (&message(&zstd::encode_all(&b"\x0a\x00"[..], 0).unwrap()), Some(InputKind::OtlpProtoMessages)),
            (&message(b""), Some(InputKind::OtlpProtoMessages)),
            (b"\x00\x00", None),
            (&message(b"hello"), None),
            (b"\x7fELF\x02\x01\x01\x00\x00", None),
        ] {
            assert_eq!(kind(head), expected, "{:?}", head.escape_ascii().to_string());
        }
    }

    #[test]
    fn a_tar_archive_is_named() {
        let mut tar = b"access.log".to_vec();
        tar.resize(600, 0);
        tar[TAR_MAGIC].copy_from_slice(b"ustar");
        assert!(matches!(sniff(&tar, false), Sniffed::Unsupported("a tar archive", _)));
    }

    #[test]
    fn more_bytes_never_change_what_was_told() {
        let spans = b"{\"resourceSpans\":[]}\n{\"resourceSpans\":[]}\n";
        for whole in [
            &b"1.1.1.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 1\n1.1.1.1"[..],
            spans,
            b"{}\n{\"resourceSpans\": [\n]}",
            &message(&zstd::encode_all(&spans[..], 0).unwrap()),
            &[message(b""), message(b"\x0a\x02\x12\x00")].concat(),
        ] {
            let told = sniff(whole, true);
            for end in 0..whole.len() {
                let early = sniff(&whole[..end], false);
                assert!(early == Sniffed::NeedsMore || early == told, "{end}: {early:?} {told:?}");
            }
        }
    }
}
