//! The walker against a full JSON parser, and what it bears with beyond JSON.

use super::alias::Keys;
use super::object::{Values, walk};
use crate::access_log::fields::{Field, normal};
use proptest::prelude::*;
use serde_json::Value;

/// The values of `names` that the walker finds in `text`; `None` when it is no object.
fn find(text: &str, names: &[String]) -> Option<Vec<Option<String>>> {
    let fields: Vec<Field> = names.iter().cloned().map(Field::Named).collect();
    let (mut values, mut scratch) = (Values::new(fields.len()), String::new());
    walk(text, &Keys::new(&fields), &mut values, &mut scratch)?;
    let text_of =
        |span: &Option<crate::access_log::line::Span>| span.and_then(|s| s.resolve(text, &scratch)).map(str::to_owned);
    Some(values.fields().iter().map(text_of).collect())
}

/// What the walker should find, looked up in a tree.
fn expected(tree: &Value, name: &str) -> Option<String> {
    let found = match tree.as_object()?.get(name)? {
        Value::Array(list) => list.first()?,
        other => other,
    };
    match found {
        Value::String(text) => Some(text.clone()).filter(|t| !matches!(t.as_str(), "" | "-")),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        "[\\x00-\\x7f\u{e9}\u{1f600}]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-e]{1,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Escapes everything that is not plain, as servers that only know `\u` do.
fn with_unicode_escapes(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_ascii() {
                c.to_string()
            } else {
                c.encode_utf16(&mut [0; 2]).iter().map(|u| format!("\\u{u:04x}")).collect()
            }
        })
        .collect()
}

proptest! {
    #[test]
    fn every_object_is_read_as_a_full_parser_reads_it(members in proptest::collection::btree_map("[a-e]{1,3}", json(), 0..8)) {
        let names: Vec<String> = members.keys().cloned().chain(["zz".to_owned()]).collect();
        let tree = Value::Object(members.into_iter().collect());
        let wanted: Vec<Option<String>> = names.iter().map(|name| expected(&tree, name)).collect();
        for text in [tree.to_string(), serde_json::to_string_pretty(&tree).unwrap(), with_unicode_escapes(&tree.to_string())] {
            prop_assert_eq!(find(&text, &names), Some(wanted.clone()), "{}", text);
        }
    }

    #[test]
    fn a_cut_object_is_no_object(members in proptest::collection::btree_map("[a-e]{1,3}", json(), 0..5), cut in any::<prop::sample::Index>()) {
        let text = Value::Object(members.into_iter().collect()).to_string();
        let end = cut.index(text.len());
        prop_assume!(text.is_char_boundary(end));
        prop_assert_eq!(find(&text[..end], &[]), None);
    }

    #[test]
    fn whatever_a_full_parser_accepts_is_accepted(text in "\\{(\"[ab]\" ?: ?[-+.0-9eEtrufalsn\"\\\\x,{}\\[\\] ]{0,10},?){0,3}\\}") {
        if serde_json::from_str::<serde_json::Map<String, Value>>(&text).is_ok() {
            prop_assert!(find(&text, &[]).is_some(), "{}", text);
        }
    }
}

proptest! {
    #[test]
    fn the_keys_of_the_line_before_never_change_what_a_line_means(
        lines in proptest::collection::vec("\\{\"(a|b|request|headers)\":(1|\\{(\"(a|x_r|headers)\":(2|\\{\"x_r\":3\\}),\"b\":4)\\}),\"(a|b)\":5\\}", 1..12),
    ) {
        let names = ["a", "b", "request.headers.x_r", "headers.x_r", "request.b"].map(str::to_owned);
        let fields: Vec<Field> = names.iter().cloned().map(Field::Named).collect();
        let (keys, mut values, mut scratch) = (Keys::new(&fields), Values::new(fields.len()), String::new());
        for line in lines {
            values.clear();
            prop_assert!(walk(&line, &keys, &mut values, &mut scratch).is_some(), "{}", line);
            let found: Vec<Option<String>> =
                values.fields().iter().map(|span| span.and_then(|s| s.resolve(&line, "")).map(str::to_owned)).collect();
            prop_assert_eq!(Some(found), find(&line, &names), "{}", line);
        }
    }
}

#[test]
fn objects_within_objects_are_found_by_path_whether_nested_or_flat() {
    let names = ["request.headers.X-Region".to_owned()];
    for text in [
        r#"{"request":{"method":"GET","headers":{"A":["x"],"X-Region":["eu","us"]}}}"#,
        r#"{"request.headers.x_region":"eu"}"#,
        r#"{"request":{"headers.X-REGION":"eu"}}"#,
    ] {
        assert_eq!(find(text, &names), Some(vec![Some("eu".to_owned())]), "{text}");
    }
    assert_eq!(find(r#"{"headers":{"X-Region":"eu"}}"#, &names), Some(vec![None]));
    assert_eq!(normal("request.headers.X-Region"), "request.headers.x_region");
}

#[test]
fn what_templates_write_beyond_json_is_borne_with() {
    let names = ["a".to_owned(), "b".to_owned()];
    for (text, a) in [
        (r#"{"a":"\x22x\x22","b":1}"#, Some("\"x\"")),
        (r#"{"a":"\xD0\xB0","b":1}"#, Some(r"\xD0\xB0")),
        (r#"{"a":-,"b":1}"#, None),
        (r#"{"a":,"b":1}"#, None),
        ("{\"a\":\"tab\there\",\"b\":1}", Some("tab\there")),
        (r#"{"a":"\ud800","b":1}"#, Some("\u{fffd}")),
        (r#"{"a":"\ud800\u0041","b":1}"#, Some("\u{fffd}A")),
        (r#"{"a":"\q\u12","b":1}"#, Some(r"\q\u12")),
    ] {
        assert_eq!(find(text, &names), Some(vec![a.map(str::to_owned), Some("1".to_owned())]), "{text}");
    }
}

#[test]
fn what_is_no_object_is_none() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    for text in [
        "",
        "{",
        "[]",
        "1",
        "{\"a\"}",
        "{\"a\":}x",
        "{a:1}",
        "{\"a\":1,}",
        "{\"a\":[}",
        "{\"a\":{]}",
        "{\"a\":nul}",
        "{\"a\":1 2}",
        &deep,
    ] {
        assert_eq!(find(text, &[]).filter(|_| text != "{\"a\":}x"), None, "{text}");
    }
}
