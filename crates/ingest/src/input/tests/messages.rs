//! Messages with their length before them.

use super::*;
use proptest::prelude::*;

fn expected(messages: &[Vec<u8>], sent: &[Vec<u8>], limit: usize) -> Vec<(u64, Kept)> {
    let mut offset = 0;
    let mut records = Vec::new();
    for (message, sent) in messages.iter().zip(sent) {
        let kept = if sent.len() > limit {
            Kept::Skipped(Skipped::TooLong { bytes: sent.len() as u64 })
        } else if message.len() > limit {
            Kept::Skipped(Skipped::TooLongDecompressed)
        } else {
            Kept::Bytes(message.clone())
        };
        records.push((offset, kept));
        offset += 4 + sent.len() as u64;
    }
    records
}

proptest! {
    #[test]
    fn messages_come_out_as_they_were_sent_compressed_or_not(
        messages in proptest::collection::vec((proptest::collection::vec(b'a'..b'd', 0..300), any::<bool>()), 0..8),
        lengths in proptest::collection::vec(1usize..50, 1..6),
        limit in prop_oneof![Just(0usize), 1usize..300, Just(1000)],
    ) {
        let sent: Vec<Vec<u8>> =
            messages.iter().map(|(m, compressed)| if *compressed { zstd_frame(m) } else { m.clone() }).collect();
        let plain: Vec<Vec<u8>> = messages.into_iter().map(|(m, _)| m).collect();
        let file: Vec<u8> = sent.iter().flat_map(|m| message(m)).collect();
        let expected = expected(&plain, &sent, limit);
        for bytes in [file.clone(), gzip(&file), zstd_frame(&file)] {
            let (records, error) = read(Pieces::new(bytes, lengths.clone()), InputKind::OtlpProtoMessages, limit);
            prop_assert!(error.is_none(), "{:?}", error);
            prop_assert_eq!(&records, &expected);
        }
    }

    #[test]
    fn a_file_of_messages_cut_anywhere_gives_the_whole_ones_and_says_so(
        messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 1..5),
        cut in any::<prop::sample::Index>(),
    ) {
        let file: Vec<u8> = messages.iter().flat_map(|m| message(m)).collect();
        let end = cut.index(file.len());
        let (records, error) = read(io::Cursor::new(file[..end].to_vec()), InputKind::OtlpProtoMessages, 1000);
        let mut whole = Vec::new();
        let mut at = 0;
        for message in &messages {
            at += 4 + message.len();
            if at <= end {
                whole.push(at);
            }
        }
        prop_assert_eq!(records.len(), whole.len());
        let between = end == 0 || whole.last() == Some(&end);
        prop_assert_eq!(error.map(|e| e.reason()), (!between).then_some("truncated"));
    }
}

#[test]
fn a_message_of_several_frames_is_one_message() {
    let frames = [zstd_frame(b"{\"resource"), zstd_frame(b""), zstd_frame(b"Spans\":[]}")].concat();
    let (records, error) = read(io::Cursor::new(message(&frames)), InputKind::OtlpJsonMessages, 1000);
    assert!(error.is_none());
    assert_eq!(records, [(0, Kept::Bytes(b"{\"resourceSpans\":[]}".to_vec()))]);
}

#[test]
fn a_bomb_is_stepped_over_and_the_next_message_read() {
    let zeros = vec![0; 32 * 1024 * 1024];
    let half = vec![b'x'; 2 * 1024 * 1024];
    let mut damaged = zstd_frame(&[b'x'; 5000]);
    damaged.truncate(damaged.len() - 1);
    let file = [
        message(&zstd_frame(&zeros)),
        message(&zstd_frame(&half)),
        message(&damaged),
        message(&[0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff]),
        message(b"\x0a\x00"),
    ]
    .concat();
    let (records, error) = read(io::Cursor::new(file.clone()), InputKind::OtlpProtoMessages, MAX_RECORD_BYTES);
    assert!(error.is_none());
    let reasons: Vec<&str> = records
        .iter()
        .map(|(_, kept)| match kept {
            Kept::Bytes(_) => "read",
            Kept::Skipped(skipped) => skipped.as_str(),
        })
        .collect();
    assert_eq!(reasons, ["ratio-too-high", "ratio-too-high", "corrupt-message", "corrupt-message", "read"]);
    let (records, _) = read(io::Cursor::new(file), InputKind::OtlpProtoMessages, 1024 * 1024);
    assert_eq!(records[0].1, Kept::Skipped(Skipped::TooLongDecompressed));
}

#[test]
fn a_length_that_lies_costs_no_more_than_its_bytes() {
    let file = [&0xffff_ffffu32.to_be_bytes()[..], b"abc"].concat();
    let (records, error) = read(io::Cursor::new(file), InputKind::OtlpProtoMessages, MAX_RECORD_BYTES);
    assert!(records.is_empty());
    let error = error.unwrap();
    assert_eq!(
        error.to_string(),
        "`sample` breaks off at byte 0: the rest of a message is missing; copy the file again"
    );
    let endless = io::repeat(b'x').take(100 * 1024 * 1024 + 4);
    let (records, error) = read(endless, InputKind::OtlpProtoMessages, 1000);
    assert!(records.is_empty() && error.is_some());
}

#[test]
fn a_document_is_one_record() {
    let text = b"\xef\xbb\xbf{\n\"resourceSpans\": []\n}\n";
    let (records, _) = read(&text[..], InputKind::OtlpJsonDocument, 100);
    assert_eq!(records, [(0, Kept::Bytes(text[3..].to_vec()))]);
    let (records, _) = read(&text[..], InputKind::OtlpJsonDocument, 10);
    assert_eq!(records, [(0, Kept::Skipped(Skipped::TooLong { bytes: text.len() as u64 }))]);
}
