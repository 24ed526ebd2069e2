//! Tests of the module that this file belongs to.

use super::*;
use proptest::prelude::*;

const OURS: &str = "1.mail.-.send-mail.interactive.-.-.-";

fn read(lines: &[&str]) -> Option<String> {
    read_baggage(lines).map(|text| text.unwrap().into_owned())
}

/// The line that is sent on with our annotation, and how many foreign members are not in it.
fn write<L: AsRef<[u8]>>(lines: &[L]) -> (String, usize) {
    let baggage = write_baggage(lines, Some(AnnotationRef::parse(OURS).unwrap()));
    (String::from_utf8(baggage.value).unwrap(), baggage.dropped.total())
}

fn removed<L: AsRef<[u8]>>(lines: &[L]) -> Baggage {
    write_baggage(lines, None)
}

/// The line with ours and then `foreign`.
fn ours_then(foreign: &str) -> (String, usize) {
    (format!("milepost={OURS},{foreign}"), 0)
}

#[test]
fn our_member_is_found_wherever_it_is() {
    let member = format!("milepost={OURS}");
    let found = Some(OURS.to_owned());
    assert_eq!(read(&[&member]), found);
    assert_eq!(read(&[&format!("a=1;p=2 , {member}")]), found);
    assert_eq!(read(&["", "a=1", &format!(",,\t{member}\t,b=2")]), found);
    let many = "a=1,".repeat(5000) + &member;
    assert_eq!(read(&[&many]), found);
    for line in ["", ",", "milepostx=1", "a=milepost", "Milepost=1.x", "a=1;milepost=2", "mile post=1"] {
        assert_eq!(read(&[line]), None, "{line}");
    }
}

#[test]
fn the_first_of_several_wins_even_if_it_is_broken() {
    assert_eq!(read(&["a=1,milepost=first,milepost=second", "milepost=third"]).as_deref(), Some("first"));
    assert_eq!(read(&["milepost,milepost=second"]).as_deref(), Some(""));
}

#[test]
fn white_space_and_properties_are_not_part_of_our_value() {
    for line in ["milepost = 1.a ;p=1;q", "milepost\t=\t1.a\t", "milepost=1.a;", " milepost=1.a; x = \"y\""] {
        assert_eq!(read(&[line]).as_deref(), Some("1.a"), "{line}");
    }
    assert_eq!(read(&["milepost=1.a=b;c"]).as_deref(), Some("1.a=b"));
    assert_eq!(read(&["milepost;p=1.a"]).as_deref(), Some(""));
}

#[test]
fn percent_encoding_is_read_in_key_and_value() {
    for line in ["milepost=%31%2E%61", "mile%70ost=1%2ea", "%6D%69%6c%65%70%6f%73%74=1.a"] {
        assert_eq!(read(&[line]).as_deref(), Some("1.a"), "{line}");
    }
    for line in ["milepost=1.%", "milepost=1.%4", "milepost=1.%zz", "milepost=1.%%+1"] {
        assert_eq!(read(&[line]).as_deref(), line.split_once('=').map(|(_, value)| value), "{line}");
    }
    assert_eq!(read(&["milepost=%2531"]).as_deref(), Some("%31"));
}

#[test]
fn a_value_is_borrowed_unless_it_is_encoded() {
    assert!(matches!(read_baggage(["milepost=1.a"]), Some(Ok(Cow::Borrowed(_)))));
    assert!(matches!(read_baggage(["milepost=1%2Ea"]), Some(Ok(Cow::Owned(_)))));
}

#[test]
fn a_value_that_is_not_text_or_far_too_long_is_an_error() {
    assert_eq!(read_baggage([&b"milepost=1.\xff"[..]]), Some(Err(WireError::NotText)));
    assert_eq!(read_baggage(["milepost=1.%FF"]), Some(Err(WireError::NotText)));
    let encoded = OURS.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    assert_eq!(read(&[&format!("milepost={encoded}")]).as_deref(), Some(OURS));
    let long = format!("milepost={}", "%41".repeat(Annotation::MAX_BYTES + 1));
    assert_eq!(read_baggage([long.as_str()]), Some(Err(WireError::TooLong)));
}

#[test]
fn ours_comes_first_and_foreign_members_follow_as_they_came() {
    let foreign = "k1=v1;p1;p2,k3=v3; p=\tv ;,a = b,k=%2f%,k=again,=,;,no-value,\"q\"=\"x\",x@y=Zürich";
    assert_eq!(write(&[foreign]), ours_then(foreign));
    assert_eq!(removed(&[foreign]).value, foreign.as_bytes());
}

#[test]
fn bytes_that_are_not_text_are_kept() {
    let line = b"a=\xff\xfe,b=\x80;\xc3";
    assert_eq!(removed(&[line]), Baggage { value: line.to_vec(), dropped: Dropped::default() });
}

#[test]
fn several_lines_become_one_and_empty_places_vanish() {
    assert_eq!(write(&["a=1, b=2 ,", "", " ,\t,c=3"]), ours_then("a=1,b=2,c=3"));
    assert_eq!(write(&[""]), (format!("milepost={OURS}"), 0));
}

#[test]
fn every_member_of_ours_is_replaced_under_any_spelling_of_the_key() {
    let lines = ["milepost=1.old;p,a=1", "mile%70ost=1.alias , milepost ,b=2,milepost;x, milepost = \r"];
    assert_eq!(write(&lines), ours_then("a=1,b=2"));
    let baggage = removed(&lines);
    assert_eq!(baggage.value, b"a=1,b=2");
    assert_eq!(baggage.dropped.total(), 0);
}

#[test]
fn removing_the_only_member_leaves_no_header() {
    assert!(removed(&["milepost=1.a"]).value.is_empty());
    assert!(removed::<&str>(&[]).value.is_empty());
}

#[test]
fn a_member_with_control_characters_is_dropped_whole() {
    for hostile in ["a=1\r\nset-cookie: x=1", "\r\nmilepost=1.evil", "a=\0", "a=\x7f", "\x1b[31m=1", "a=1;p=\n"] {
        let lines = [format!("k=1,{hostile},l=2")];
        assert_eq!(write(&lines), (ours_then("k=1,l=2").0, 1), "{hostile:?}");
        assert_eq!(removed(&lines).dropped, Dropped { no_room: 0, control_characters: 1 }, "{hostile:?}");
    }
}

#[test]
fn members_beyond_the_64th_are_dropped_from_the_end() {
    let member = |number: usize| format!("k{number}={number}");
    let line = |count: usize| (0..count).map(member).collect::<Vec<_>>().join(",");
    assert_eq!(write(&[line(63)]), ours_then(&line(63)));
    assert_eq!(write(&[line(64)]), (ours_then(&line(63)).0, 1));
    assert_eq!(removed(&[line(64)]).dropped.total(), 0);
    assert_eq!(write(&[line(40), line(100)]).1, 77);
}

#[test]
fn bytes_beyond_the_bound_are_dropped_by_whole_members_from_the_end() {
    let room = MAX_BAGGAGE_BYTES - "milepost=,,b=2".len() - OURS.len();
    let fits = format!("a={}", "x".repeat(room - 2));
    let (value, dropped) = write(&[format!("{fits},b=2")]);
    assert_eq!((value.len(), dropped), (MAX_BAGGAGE_BYTES, 0));
    let (value, dropped) = write(&[format!("{fits}x,b=2,c=3")]);
    assert_eq!((value, dropped), (format!("milepost={OURS},{fits}x"), 2));
}

#[test]
fn ours_is_not_dropped_when_it_comes_last_behind_too_much() {
    let line = format!("a={},milepost={OURS}", "x".repeat(20_000));
    assert_eq!(read(&[&line]).as_deref(), Some(OURS));
    assert_eq!(write(&[line]), (format!("milepost={OURS}"), 1));
}

/// A member as someone may send it: tokens and odd bytes, but no comma.
fn a_member() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        20 => prop::sample::select(b"abm=;%46 \t\"\\".to_vec()),
        1 => any::<u8>().prop_filter("a comma ends a member", |byte| *byte != b','),
    ];
    prop_oneof![
        6 => prop::collection::vec(byte, 0..12),
        1 => (1..3000_usize).prop_map(|length| vec![b'x'; length]),
        1 => prop::sample::select(vec!["milepost=1.a", " milepost = 1.b;p", "mile%70ost=1", "milepost", "milepost=1.\0"])
            .prop_map(|text| text.as_bytes().to_vec()),
    ]
}

fn lines() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let line = prop::collection::vec(a_member(), 0..40).prop_map(|members| members.join(&b','));
    prop::collection::vec(line, 0..4)
}

/// The foreign members that can be sent on, found by the plainest means.
fn sendable(lines: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let is_blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    let mut members = Vec::new();
    for member in lines.join(&b',').split(|byte| *byte == b',') {
        let start = member.iter().take_while(|byte| is_blank(byte)).count();
        let end = member.iter().rev().take_while(|byte| is_blank(byte)).count();
        let member = &member[start..member.len().max(start + end) - end];
        let key = String::from_utf8_lossy(member).replace("%70", "p");
        let key = key.split(['=', ';']).next().unwrap().trim_matches([' ', '\t']).to_owned();
        if !member.is_empty() && key != "milepost" && !member.iter().any(|byte| matches!(byte, 0..=8 | 10..=31 | 127)) {
            members.push(member.to_vec());
        }
    }
    members
}

/// The longest run of members from the first on that is within the bounds, found by trying all from the longest.
fn longest_that_fits(mut members: Vec<Vec<u8>>) -> Vec<u8> {
    while members.len() > 64 || members.join(&b',').len() > 8192 {
        members.pop();
    }
    members.join(&b',')
}

proptest! {
    #[test]
    fn the_edit_is_that_of_the_oracle(lines in lines(), keep in any::<bool>()) {
        let annotation = keep.then(|| AnnotationRef::parse(OURS).unwrap());
        let foreign = sendable(&lines);
        let ours = annotation.iter().map(|ours| format!("milepost={ours}").into_bytes());
        let expected = longest_that_fits(ours.chain(foreign.clone()).collect());
        let written = write_baggage(&lines, annotation);
        prop_assert_eq!(String::from_utf8_lossy(&written.value), String::from_utf8_lossy(&expected));
        let sent = sendable(&[written.value]).len();
        prop_assert_eq!(written.dropped.no_room, foreign.len() - sent);
    }

    #[test]
    fn an_edit_twice_is_an_edit_once(lines in lines(), keep in any::<bool>()) {
        let annotation = keep.then(|| AnnotationRef::parse(OURS).unwrap());
        let once = write_baggage(&lines, annotation).value;
        let twice = write_baggage([&once], annotation);
        prop_assert_eq!(twice, Baggage { value: once, dropped: Dropped::default() });
    }

    #[test]
    fn what_was_written_is_read_back(lines in lines()) {
        let written = write_baggage(&lines, Some(AnnotationRef::parse(OURS).unwrap())).value;
        prop_assert_eq!(read_baggage([&written]), Some(Ok(Cow::Borrowed(OURS))));
        let without = write_baggage([&written], None).value;
        prop_assert_eq!(read_baggage([&without]), None);
    }

    #[test]
    fn no_bytes_make_the_reader_or_the_writer_panic(lines in prop::collection::vec(any::<Vec<u8>>(), 0..5)) {
        let read = read_baggage(&lines);
        let written = write_baggage(&lines, None);
        prop_assert_eq!(read_baggage([&written.value]), None);
        prop_assert!(read.is_none() || lines.concat().len() >= KEY.len());
    }
}
