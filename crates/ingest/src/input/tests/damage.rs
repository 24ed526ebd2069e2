//! Compressed inputs that are cut or damaged, and bytes of any kind.

use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_compressed_log_cut_anywhere_gives_its_first_lines_and_says_so(
        lines in proptest::collection::vec("[a-z]{0,40}", 1..30),
        parts in 1usize..4,
        cut in any::<prop::sample::Index>(),
    ) {
        let text = lines.join("\n") + "\n";
        for compress in [gzip as fn(&[u8]) -> Vec<u8>, zstd_frame] {
            let whole = in_parts(text.as_bytes(), parts, compress);
            let end = 7 + cut.index(whole.len() - 7);
            let (records, error) = read(io::Cursor::new(whole[..end].to_vec()), InputKind::AccessLog, 1000);
            // Between two members nothing is missing that could be told.
            let between = (1..parts).any(|first| {
                let part = text.len().div_ceil(parts).max(1);
                in_parts(&text.as_bytes()[..(part * first).min(text.len())], first, compress).len() == end
            });
            let reason = error.map(|e| e.reason());
            prop_assert!(reason == Some("truncated") || (between && reason.is_none()), "{:?} {}", reason, end);
            prop_assert!(records.len() <= lines.len());
            for (number, ((_, kept), line)) in records.iter().zip(&lines).enumerate() {
                // The last line of a file that seems whole is handed out, though it may be a piece.
                let may_be_piece = reason.is_none() && number + 1 == records.len();
                let Kept::Bytes(bytes) = kept else { return Err(TestCaseError::fail("skipped")) };
                prop_assert!(bytes == line.as_bytes() || (may_be_piece && line.as_bytes().starts_with(bytes)));
            }
        }
    }

    #[test]
    fn a_damaged_file_ends_with_a_reason_or_not_at_all(
        lines in proptest::collection::vec("[a-z]{0,40}", 1..30),
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        for compress in [gzip as fn(&[u8]) -> Vec<u8>, zstd_frame] {
            let mut bytes = compress(lines.join("\n").as_bytes());
            for (at, value) in &places {
                let at = at.index(bytes.len());
                bytes[at] = *value;
            }
            let (_, error) = read(io::Cursor::new(bytes), InputKind::AccessLog, 1000);
            if let Some(error) = error {
                prop_assert!(matches!(error.reason(), "truncated" | "corrupt" | "unsupported"), "{:?}", error);
            }
        }
    }
}

#[test]
fn a_broken_stream_is_named_with_its_place() {
    let text: Vec<u8> = (0..20_000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
    let mut bytes = gzip(&text);
    let whole = bytes.len();
    bytes[whole / 2] ^= 0xff;
    let (_, error) = read(io::Cursor::new(bytes.clone()), InputKind::AccessLog, 1000);
    let error = error.unwrap();
    assert_eq!(error.reason(), "corrupt");
    assert!(error.to_string().starts_with("`sample` is damaged after line "), "{error}");
    let (records, error) = read(io::Cursor::new(gzip(&text)[..whole / 2].to_vec()), InputKind::AccessLog, 1000);
    let error = error.unwrap().to_string();
    assert!(!records.is_empty() && error.starts_with("`sample` breaks off after line "), "{error}");
    assert!(error.ends_with("the end of the compressed stream is missing; copy the file again"), "{error}");
}

/// A stream that asks its decoder to remember more than is granted.
#[test]
fn a_stream_with_a_huge_window_is_refused_and_takes_no_memory() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.long_distance_matching(true).unwrap();
    encoder.window_log(ZSTD_WINDOW_LOG + 1).unwrap();
    io::copy(&mut io::repeat(b'x').take(1024), &mut encoder).unwrap();
    let bytes = encoder.finish().unwrap();
    let (records, error) = read(io::Cursor::new(bytes), InputKind::AccessLog, 1000);
    assert_eq!((records.len(), error.unwrap().reason()), (0, "unsupported"));
}

#[test]
fn no_bytes_make_a_reader_panic() {
    bolero::check!().with_iterations(1_000).for_each(|input: &[u8]| {
        let mut opened =
            Input::from_reader("sample", io::Cursor::new(gzip(input)), None, &Progress::default()).unwrap();
        assert!(opened.log_format().is_ok());
        for bytes in [input.to_vec(), gzip(input), zstd_frame(input), message(input), message(&zstd_frame(input))] {
            let Ok(mut opened) = Input::from_reader("sample", io::Cursor::new(bytes), None, &Progress::default())
            else {
                continue;
            };
            if let Ok(kind) = opened.kind() {
                collect(opened.records(kind, Limits { line_bytes: 16, message_bytes: 64 }));
            }
        }
        for kind in [InputKind::OtlpProtoMessages, InputKind::OtlpJsonDocument] {
            read(io::Cursor::new(input.to_vec()), kind, 64);
        }
    });
}
