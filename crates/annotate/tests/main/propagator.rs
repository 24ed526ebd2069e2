//! What the official OpenTelemetry propagator for Rust does to baggage that passes through it (extract, then inject),
//! beside what the editor does to the same lines. Both sides are stated as observed, so an upgrade that changes the
//! propagator shows here.

use milepost_annotate::{AnnotationRef, MAX_BAGGAGE_BYTES, read_baggage, write_baggage};
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry_sdk::propagation::BaggagePropagator;
use std::collections::HashMap;

const OURS: &str = "1.mail.compose-mail.send-mail.interactive.critical.93.4f0c_2-Z";

/// Header lines, what the propagator makes of them, and the foreign members that the editor keeps.
struct Case {
    what: &'static str,
    lines: &'static [&'static str],
    /// Sorted: the propagator keeps members in a hash map, so its order is a different one each time.
    propagator: &'static [&'static str],
    /// In the order and spelling in which they came.
    editor: &'static str,
}

const CASES: &[Case] = &[
    Case {
        what: "plain members pass through both",
        lines: &["userId=alice,serverNode=DF28,isProduction=false"],
        propagator: &["isProduction=false", "serverNode=DF28", "userId=alice"],
        editor: "userId=alice,serverNode=DF28,isProduction=false",
    },
    Case {
        what: "members of an error tracker beside another vendor's properties",
        lines: &["other-vendor-1=foo;bar;baz, sentry-trace_id=771a43a4192642f0b136d5159a501700,\
             sentry-sample_rate=0.01337,sentry-user_id=Am%C3%A9lie,other-vendor-2=foo;bar;"],
        propagator: &[
            "other-vendor-1=foo;bar;baz",
            "other-vendor-2=foo;bar;",
            "sentry-sample_rate=0.01337",
            "sentry-trace_id=771a43a4192642f0b136d5159a501700",
            "sentry-user_id=Am%C3%A9lie",
        ],
        editor: "other-vendor-1=foo;bar;baz,sentry-trace_id=771a43a4192642f0b136d5159a501700,\
             sentry-sample_rate=0.01337,sentry-user_id=Am%C3%A9lie,other-vendor-2=foo;bar;",
    },
    Case {
        what: "white space within a member: taken out",
        lines: &["key1=value1;property1 ;property2, key2 = value2, key3=value3; propertyKey=propertyValue"],
        propagator: &["key1=value1;property1;property2", "key2=value2", "key3=value3;propertyKey=propertyValue"],
        editor: "key1=value1;property1 ;property2,key2 = value2,key3=value3; propertyKey=propertyValue",
    },
    Case {
        what: "an encoded comma in a property: decoded, which cuts the member in two",
        lines: &["tenant=a;name=Doe%2CJane;role=x,b=2"],
        propagator: &["Jane;role=x", "b=2", "tenant=a;name=Doe"],
        editor: "tenant=a;name=Doe%2CJane;role=x,b=2",
    },
    Case {
        what: "an encoded line break in a property: decoded, which puts a line break into the header",
        lines: &["a=1;p=x%0D%0Aset-cookie:y"],
        propagator: &["a=1;p=x\r\nset-cookie:y"],
        editor: "a=1;p=x%0D%0Aset-cookie:y",
    },
    Case {
        what: "a property that decodes to bytes which are not UTF-8: dropped from its member",
        lines: &["a=1;p=%FF;q=1"],
        propagator: &["a=1;q=1"],
        editor: "a=1;p=%FF;q=1",
    },
    Case {
        what: "encoding that a sender need not have used, or wrote in lower case: another spelling",
        lines: &["path=%2Fcart%2f1,user=Am%c3%a9lie,sum=1%2B1,%61b=1"],
        propagator: &["ab=1", "path=/cart/1", "sum=1+1", "user=Am%C3%A9lie"],
        editor: "path=%2Fcart%2f1,user=Am%c3%a9lie,sum=1%2B1,%61b=1",
    },
    Case {
        what: "an encoded percent sign: decoded and not encoded again, so it means something else",
        lines: &["coupon=50%2541,rate=100%,odd=%zz"],
        propagator: &["coupon=50%41", "odd=%zz", "rate=100%"],
        editor: "coupon=50%2541,rate=100%,odd=%zz",
    },
    Case {
        what: "an equals sign in the value: cut off with all behind it",
        lines: &["token=YWJjZA==,query=page=2,plain=1"],
        propagator: &["plain=1", "query=page", "token=YWJjZA"],
        editor: "token=YWJjZA==,query=page=2,plain=1",
    },
    Case {
        what: "one key several times: the last is kept",
        lines: &["k=1,k=2;p,k=3"],
        propagator: &["k=3"],
        editor: "k=1,k=2;p,k=3",
    },
    Case {
        what: "several header lines: only the first is read",
        lines: &["a=1", "b=2", "c=3,d=4"],
        propagator: &["a=1"],
        editor: "a=1,b=2,c=3,d=4",
    },
    Case {
        what: "a value that decodes to bytes which are not UTF-8: dropped",
        lines: &["latin=%E9,a=1"],
        propagator: &["a=1"],
        editor: "latin=%E9,a=1",
    },
    Case {
        what: "a member without a value: dropped",
        lines: &["flag,debug;p=1,a=1"],
        propagator: &["a=1"],
        editor: "flag,debug;p=1,a=1",
    },
    Case {
        what: "keys that are no tokens: dropped",
        lines: &["user@host=1,a/b=2,tenant[id]=3,clé=4,=5,x=6"],
        propagator: &["x=6"],
        editor: "user@host=1,a/b=2,tenant[id]=3,clé=4,=5,x=6",
    },
    Case {
        what: "characters that should have been encoded: encoded",
        lines: &["city=Zürich,name=Jane Doe,quoted=\"a\""],
        propagator: &["city=Z%C3%BCrich", "name=Jane%20Doe", "quoted=%22a%22"],
        editor: "city=Zürich,name=Jane Doe,quoted=\"a\"",
    },
    Case {
        what: "empty values and empty places in the list",
        lines: &[" ,a=,,b=2,"],
        propagator: &["a=", "b=2"],
        editor: "a=,b=2",
    },
];

#[test]
fn foreign_members_that_the_propagator_drops_or_rewrites_are_kept_byte_for_byte() {
    for Case { what, lines, propagator, editor } in CASES {
        assert_eq!(propagated(lines), *propagator, "{what}");
        assert_eq!(edited(lines), format!("milepost={OURS},{editor}"), "{what}");
    }
}

#[test]
fn the_table_shows_loss_and_not_only_agreement() {
    let changed = |case: &&Case| {
        let mut kept: Vec<&str> = case.editor.split(',').collect();
        kept.sort_unstable();
        kept != case.propagator
    };
    assert_eq!(CASES.iter().filter(changed).count(), CASES.len() - 3);
}

#[test]
fn the_propagator_drops_a_whole_line_over_the_bound_where_the_editor_drops_its_last_member() {
    let large = format!("a={}", "x".repeat(8000));
    let line = format!("{large},b=1,c={}", "y".repeat(200));
    assert!(line.len() > MAX_BAGGAGE_BYTES);
    assert!(propagated(&[&line]).is_empty());
    assert_eq!(edited(&[&line]), format!("milepost={OURS},{large},b=1"));
}

#[test]
fn the_propagator_drops_an_annotation_behind_64_members_where_the_editor_finds_it() {
    let line = (0..64).map(|n| format!("k{n}=1")).collect::<Vec<_>>().join(",") + ",milepost=" + OURS;
    let members = propagated(&[&line]);
    assert_eq!(members.len(), 64);
    assert!(!members.iter().any(|member| member.starts_with("milepost")));
    assert_eq!(read_baggage([line.as_str()]).unwrap().unwrap(), OURS);
    let sent = edited(&[&line]);
    assert!(sent.starts_with(&format!("milepost={OURS},k0=1,")) && sent.ends_with(",k62=1"), "{sent}");
}

#[test]
fn the_propagator_cannot_be_given_bytes_that_are_not_text_where_the_editor_keeps_them() {
    let line: &[u8] = b"latin=caf\xe9,a=1";
    assert!(propagated(&[line]).is_empty());
    assert_eq!(write_baggage([line], None).value, line);
}

#[test]
fn the_propagator_lets_an_alias_of_our_key_win_unless_the_editor_was_there_before() {
    let line = "milepost=1.mail.-.read-mail.batch.-.-.-,mile%70ost=1.mail.-.send-mail.interactive.-.-.-";
    assert_eq!(propagated(&[line]), ["milepost=1.mail.-.send-mail.interactive.-.-.-"]);
    assert_eq!(read_baggage([line]).unwrap().unwrap(), "1.mail.-.read-mail.batch.-.-.-");
    assert_eq!(propagated(&[&edited(&[line])]), [format!("milepost={OURS}")]);
}

#[test]
fn our_member_passes_the_propagator_unchanged() {
    let sent = propagated(&[&edited(&["a=1;p", "b=2"])]);
    assert_eq!(sent, ["a=1;p", "b=2", &format!("milepost={OURS}")]);
    assert_eq!(read_baggage(&sent).unwrap().unwrap(), OURS);
}

/// The members that the propagator sends on, sorted.
fn propagated<L: AsRef<[u8]>>(lines: &[L]) -> Vec<String> {
    let carrier = Lines(lines.iter().filter_map(|line| std::str::from_utf8(line.as_ref()).ok()).collect());
    let propagator = BaggagePropagator::new();
    let mut sent = HashMap::new();
    propagator.inject_context(&propagator.extract(&carrier), &mut sent);
    let Some(value) = sent.get("baggage") else { return Vec::new() };
    let mut members: Vec<String> = value.split(',').map(str::to_owned).collect();
    members.sort();
    members
}

/// The line that the editor sends on with our annotation.
fn edited(lines: &[&str]) -> String {
    let baggage = write_baggage(lines, Some(AnnotationRef::parse(OURS).unwrap()));
    String::from_utf8(baggage.value).unwrap()
}

/// The header lines as an HTTP carrier shows them; one that is not text cannot be shown.
struct Lines<'a>(Vec<&'a str>);

impl Extractor for Lines<'_> {
    fn get(&self, _: &str) -> Option<&str> {
        self.0.first().copied()
    }

    fn keys(&self) -> Vec<&str> {
        vec!["baggage"]
    }

    fn get_all(&self, _: &str) -> Option<Vec<&str>> {
        Some(self.0.clone())
    }
}
