//! Lines, whatever the pieces in which they arrive.

use super::*;
use proptest::prelude::*;

/// What the reader must hand out, by cutting the whole text.
fn expected(text: &[u8], limit: usize) -> Vec<(u64, Kept)> {
    let mut records = Vec::new();
    let mut offset = 0;
    let body = text.strip_suffix(b"\n").unwrap_or(text);
    if text.is_empty() {
        return records;
    }
    for line in body.split(|b| *b == b'\n') {
        let bytes = line.len() as u64;
        let kept = if line.len() > limit {
            Kept::Skipped(Skipped::TooLong { bytes })
        } else {
            Kept::Bytes(line.strip_suffix(b"\r").unwrap_or(line).to_vec())
        };
        records.push((offset, kept));
        offset += bytes + 1;
    }
    records
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(
        prop_oneof![4 => any::<u8>(), 2 => Just(b'\n'), 1 => Just(b'\r'), 8 => Just(b'x')],
        0..400,
    )
    // Begins with what no compression begins with.
    .prop_map(|text| [b"a".to_vec(), text].concat())
}

proptest! {
    #[test]
    fn the_pieces_in_which_a_text_arrives_never_change_its_lines(
        text in text(),
        lengths in proptest::collection::vec(1usize..50, 1..6),
        limit in prop_oneof![Just(0usize), 1usize..20, Just(1000)],
        parts in 1usize..5,
    ) {
        let expected = expected(&text, limit);
        for bytes in [text.clone(), in_parts(&text, parts, gzip), in_parts(&text, parts, zstd_frame)] {
            let (records, error) = read(Pieces::new(bytes, lengths.clone()), InputKind::AccessLog, limit);
            prop_assert!(error.is_none(), "{:?}", error);
            prop_assert_eq!(&records, &expected);
        }
    }

    #[test]
    fn looking_at_an_input_first_never_changes_its_lines(text in text(), lengths in proptest::collection::vec(1usize..50, 1..6)) {
        let mut input = Input::from_reader("sample", Pieces::new(text.clone(), lengths), None, &Progress::default()).unwrap();
        let _ = input.kind();
        input.log_format().unwrap();
        let (records, error) = collect(input.records(InputKind::AccessLog, Limits::default()));
        prop_assert!(error.is_none());
        prop_assert_eq!(records, expected(&text, 1000));
    }
}

/// Whole records around the size of the buffer and of the bound, where its arithmetic would be off by one.
#[test]
fn lines_around_the_size_of_the_buffer_and_of_the_bound_are_exact() {
    for length in [262_143, 262_144, 262_145, 131_072, 524_287, 524_288, 600_000] {
        for limit in [length - 1, length, length + 1] {
            let text = [vec![b'a'; length], b"\nshort\r\n".to_vec(), vec![b'b'; length]].concat();
            let (records, error) = read(io::Cursor::new(text.clone()), InputKind::AccessLog, limit);
            assert!(error.is_none());
            assert!(records == expected(&text, limit), "{length} {limit}");
        }
    }
}

#[test]
fn an_endless_line_is_stepped_over_in_bounded_memory() {
    let bytes = 200 * 1024 * 1024;
    let text = io::repeat(b'x').take(bytes).chain(&b"\nnext\n"[..]);
    let input = Input::from_reader("sample", text, None, &Progress::default()).unwrap();
    let mut lines = LineReader::new(input, 1024 * 1024);
    assert_eq!(lines.next_line().unwrap(), Some(Record::Skipped(Skipped::TooLong { bytes })));
    assert_eq!(lines.next_line().unwrap(), Some(Record::Bytes(b"next")));
    assert!(lines.buffer_bytes() <= 1024 * 1024 + 512 * 1024, "{}", lines.buffer_bytes());
    assert_eq!(lines.next_line().unwrap(), None);
}

#[test]
fn a_byte_order_mark_is_dropped_once() {
    let (records, _) = read(&b"\xef\xbb\xbfone\n\xef\xbb\xbftwo\n"[..], InputKind::AccessLog, 100);
    let lines: Vec<Kept> = records.into_iter().map(|(_, kept)| kept).collect();
    assert_eq!(lines, [Kept::Bytes(b"one".to_vec()), Kept::Bytes(b"\xef\xbb\xbftwo".to_vec())]);
}

#[test]
fn a_failing_disk_ends_the_lines_with_the_place() {
    let mut disk = Pieces::new(b"one\ntwo\nthr".to_vec(), vec![4]);
    disk.end = Some(io::ErrorKind::Other);
    let (records, error) = read(disk, InputKind::AccessLog, 100);
    assert_eq!(records.len(), 2, "the piece of a line is dropped");
    let error = error.unwrap();
    assert_eq!(error.to_string(), "cannot read `sample` after line 2, at byte 8");
    assert_eq!(error.reason(), "unreadable");
}
