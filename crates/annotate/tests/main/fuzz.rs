//! Fuzz targets. Under `cargo test` each runs a bounded number of random inputs and prints the seed of one that fails;
//! `BOLERO_RANDOM_ITERATIONS` and `BOLERO_RANDOM_TEST_TIME_MS`, set together, run more, and `cargo bolero test` runs
//! them under a coverage-guided engine.

use milepost_annotate::{
    Annotation, AnnotationRef, MAX_BAGGAGE_BYTES, MAX_BAGGAGE_MEMBERS, read_baggage, write_baggage,
};

/// One or two seconds of an unoptimised build.
const ITERATIONS: usize = 30_000;
/// Ends a header line in the input, so that line feeds can be within one.
const LINE_END: u8 = 0xfe;

/// Pieces of header lines; a byte of the input chooses one, so that random input often looks like baggage.
const PIECES: [&[u8]; 32] = [
    b"milepost",
    b"milepost=",
    b",milepost=1.shop.-.buy.batch.-.-.-",
    b"mile%70ost=1%2Eshop.-.buy.batch.-.-.-",
    b"=",
    b"=",
    b";",
    b";p",
    b",",
    b",",
    b", ",
    b" ",
    b"\t",
    b"\r\n",
    b"\0",
    b"\xff",
    b"%",
    b"%2",
    b"%2E",
    b"%C3",
    b"1",
    b"1.",
    b"2.",
    b".",
    b"-.",
    b"shop.",
    b"k",
    b"=v",
    // Pieces that a byte may repeat begin here.
    b"k=v,",
    b"value",
    b"%41",
    &[LINE_END],
];
const FIRST_REPEATED: usize = 28;

/// Fields of an annotation, good and bad.
const FIELDS: [&str; 16] =
    ["1", "2", "shop", "-", "buy", "batch", "critical", "none", "0", "127", "128", "id_Z", "", "a b", "Shop", "x.y"];

#[test]
fn fuzz_any_header_lines_are_edited_within_the_bounds() {
    bolero::check!().with_iterations(ITERATIONS).with_max_len(1024).for_each(|input: &[u8]| {
        let Some((kind, input)) = input.split_first() else { return };
        let bytes = if kind % 4 == 0 { input.to_vec() } else { pieces(input, usize::from(*kind)) };
        let lines: Vec<&[u8]> = bytes.split(|byte| *byte == LINE_END).collect();
        check_lines(&lines);
    });
}

#[test]
fn fuzz_any_text_is_an_annotation_or_an_error() {
    bolero::check!().with_iterations(ITERATIONS).with_max_len(600).for_each(|input: &[u8]| {
        let Some((kind, input)) = input.split_first() else { return };
        let text = if kind % 2 == 0 { String::from_utf8_lossy(input).into_owned() } else { changed_annotation(input) };
        if let Ok(annotation) = AnnotationRef::parse(&text) {
            let written = annotation.to_string();
            assert!(text.starts_with(&written));
            assert_eq!(written.parse::<Annotation>(), Ok(annotation.into_owned()));
        }
    });
}

/// The pieces that the bytes choose, some of them `repeat` times so that the bounds are met as well.
fn pieces(input: &[u8], repeat: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in input.iter().take(256) {
        let index = usize::from(*byte) % PIECES.len();
        let count = if index >= FIRST_REPEATED && byte % 3 == 0 { repeat } else { 1 };
        (0..count).for_each(|_| out.extend_from_slice(PIECES[index]));
    }
    out
}

/// An annotation in which each pair of bytes replaces, adds or takes away a field.
fn changed_annotation(input: &[u8]) -> String {
    let mut fields = vec!["1", "shop", "-", "buy", "batch", "critical", "93", "id_Z"];
    for [place, choice] in input.as_chunks().0.iter().take(4) {
        let place = usize::from(*place) % (fields.len() + 1);
        match FIELDS.get(usize::from(*choice) % (FIELDS.len() + 1)) {
            Some(field) if place < fields.len() => fields[place] = field,
            Some(field) => fields.push(field),
            None => fields.truncate(place),
        }
    }
    fields.join(".")
}

fn check_lines(lines: &[&[u8]]) {
    let claim = read_baggage(lines).and_then(Result::ok);
    let claim = claim.as_deref().and_then(|text| AnnotationRef::parse(text).ok());
    let ours = claim.unwrap_or(AnnotationRef::parse("1.shop.-.buy.batch.-.-.-").unwrap());

    let written = write_baggage(lines, Some(ours));
    let members: Vec<&[u8]> = written.value.split(|byte| *byte == b',').collect();
    assert!(written.value.len() <= MAX_BAGGAGE_BYTES && members.len() <= MAX_BAGGAGE_MEMBERS);
    assert_eq!(members[0], format!("milepost={ours}").as_bytes());
    assert!(!written.value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t'));

    // Whole and in order: each member is found behind the one before it, between commas of what came.
    let mut received = lines.iter().flat_map(|line| line.split(|byte| *byte == b','));
    for member in &members[1..] {
        assert!(received.any(|place| trim(place) == *member), "a foreign member was changed");
    }

    let again = write_baggage([&written.value], Some(ours));
    assert_eq!((&again.value, again.dropped.total()), (&written.value, 0));
    let text = read_baggage([&written.value]).unwrap().unwrap();
    assert_eq!(AnnotationRef::parse(&text), Ok(ours));
}

fn trim(place: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t');
    match (place.iter().position(is_text), place.iter().rposition(is_text)) {
        (Some(first), Some(last)) => &place[first..=last],
        _ => &[],
    }
}
