//! Opening inputs and telling what they hold.

use super::*;
use milepost_model::LogFormat;
use std::path::{Path, PathBuf};

/// A folder of this test's own, empty.
fn folder(test: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("milepost-input-{}-{test}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

const LINE: &str = "192.0.2.1 - - [10/Oct/2024:13:55:36 +0000] \"GET / HTTP/1.1\" 200 178 \"-\" \"curl/8.5.0\"\n";

#[test]
fn a_file_is_opened_by_what_it_holds_not_by_its_name() {
    let folder = folder("content");
    let text = LINE.repeat(5000);
    let files: [(&str, Vec<u8>, Compression); 4] = [
        ("access.log.gz", text.clone().into_bytes(), Compression::None),
        ("access.log", in_parts(text.as_bytes(), 3, gzip), Compression::Gzip),
        ("access.txt", in_parts(text.as_bytes(), 3, zstd_frame), Compression::Zstd),
        // As pzstd writes: a frame to be skipped comes first.
        (
            "access.json",
            [&[0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7], zstd_frame(text.as_bytes()).as_slice()].concat(),
            Compression::Zstd,
        ),
    ];
    let progress = Progress::default();
    let mut all_bytes = 0;
    for (name, bytes, compression) in files {
        let path = folder.join(name);
        std::fs::write(&path, &bytes).unwrap();
        let mut input = Input::open(&path, &progress).unwrap();
        assert_eq!((input.compression(), input.size()), (compression, Some(bytes.len() as u64)));
        assert_eq!(input.kind().unwrap(), InputKind::AccessLog);
        assert_eq!(input.log_format().unwrap(), Some(LogFormat::Combined));
        let (records, error) = collect(input.records(InputKind::AccessLog, Limits::default()));
        assert_eq!((records.len(), error.is_none()), (5000, true));
        all_bytes += bytes.len() as u64;
        assert_eq!(progress.bytes(), all_bytes, "progress is in bytes on disk");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_cannot_be_opened_is_named_with_what_would_be_right() {
    let folder = folder("errors");
    let error = |path: &Path| match Input::open(path, &Progress::default()).and_then(|mut input| input.kind()) {
        Ok(kind) => panic!("{kind:?}"),
        Err(error) => (error.reason(), error.to_string().replace(&folder.display().to_string(), "FOLDER")),
    };
    assert_eq!(error(&folder.join("none.log")), ("cannot-open", "cannot open `FOLDER/none.log`".to_owned()));
    assert_eq!(error(&folder), ("folder", "`FOLDER` is a folder; name the files in it".to_owned()));
    for (bytes, reason, start) in [
        (&b"\xfd7zXZ\0...."[..], "unsupported", "`FOLDER/file` is an xz file, which is not read; decompress it first"),
        (b"\xff\xfe1\0.\0", "unsupported", "`FOLDER/file` is text in UTF-16, which is not read; write it in UTF-8"),
        (b"\x7fELF\x02\x01\x01\0", "unrecognised", "`FOLDER/file` is neither an access log nor OTLP"),
        (&gzip(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "unrecognised", "`FOLDER/file` is neither an access log nor OTLP"),
    ] {
        let path = folder.join("file");
        std::fs::write(&path, bytes).unwrap();
        let (found, message) = error(&path);
        assert_eq!(found, reason);
        assert!(message.starts_with(start), "{message}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// A pipe on which nothing more comes for now: reading it again would block.
struct Quiet(Vec<u8>);

impl Read for Quiet {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(!self.0.is_empty(), "read of a pipe that has nothing");
        let bytes = self.0.as_slice().read(buffer)?;
        self.0.drain(..bytes);
        Ok(bytes)
    }
}

#[test]
fn a_pipe_is_not_waited_for_once_its_kind_is_clear() {
    for (bytes, kind) in [
        (LINE.as_bytes().to_vec(), InputKind::AccessLog),
        (b"{\"time\":1,\"status\":2".to_vec(), InputKind::AccessLog),
        (b"{\"resourceSpans\":[]}\n".to_vec(), InputKind::OtlpJsonLines),
        (message(b"\x0a\x00").to_vec(), InputKind::OtlpProtoMessages),
    ] {
        let mut input = Input::from_reader("pipe", Quiet(bytes.clone()), None, &Progress::default()).unwrap();
        assert_eq!(input.kind().unwrap(), kind);
        if bytes.ends_with(b"\n") || kind == InputKind::OtlpProtoMessages {
            let mut records = input.records(kind, Limits::default());
            assert!(matches!(records.next_record(), Ok(Some(Record::Bytes(_)))));
        }
    }
}

#[test]
fn a_failure_while_looking_is_told_after_the_lines_before_it() {
    let whole = gzip(LINE.repeat(3).as_bytes());
    let cut = io::Cursor::new(whole[..whole.len() - 4].to_vec());
    let mut input = Input::from_reader("cut.gz", cut, None, &Progress::default()).unwrap();
    assert_eq!(input.log_format().unwrap(), Some(LogFormat::Combined));
    let (records, error) = collect(input.records(InputKind::AccessLog, Limits::default()));
    assert_eq!((records.len(), error.unwrap().reason()), (3, "truncated"));
}

#[test]
fn an_empty_input_is_empty() {
    for bytes in [Vec::new(), gzip(b""), zstd_frame(b"")] {
        let mut input = Input::from_reader("empty", io::Cursor::new(bytes), None, &Progress::default()).unwrap();
        assert_eq!(input.kind().unwrap(), InputKind::Empty);
        assert_eq!(input.log_format().unwrap(), None);
        assert!(collect(input.records(InputKind::Empty, Limits::default())).0.is_empty());
    }
}

#[test]
fn real_logs_are_opened_and_counted_by_line() {
    let Some(folder) = milepost_testkit::data_dir("access_erddap_nginx") else { return };
    let mut lines = 0;
    for number in 1..=9 {
        let path = folder.join(format!("tomcat-access.log.{number}.zst"));
        let progress = Progress::default();
        let mut input = Input::open(&path, &progress).unwrap();
        assert_eq!(input.kind().unwrap(), InputKind::AccessLog);
        assert_eq!(input.log_format().unwrap(), Some(LogFormat::Combined));
        let size = input.size();
        let (records, error) = collect(input.records(InputKind::AccessLog, Limits::default()));
        assert!(error.is_none());
        assert_eq!(Some(progress.bytes()), size);
        lines += records.len();
    }
    assert_eq!(lines, 16_275);
}

#[test]
fn real_otlp_is_told_from_logs() {
    let Some(folder) = milepost_testkit::data_dir("otlp_proto_examples") else { return };
    for name in ["trace.json", "logs.json", "metrics.json"] {
        let mut input = Input::open(&folder.join(name), &Progress::default()).unwrap();
        assert_eq!(input.kind().unwrap(), InputKind::OtlpJsonDocument, "{name}");
    }
}
