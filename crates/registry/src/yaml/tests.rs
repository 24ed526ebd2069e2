//! Where nodes are, however they are written.

use super::*;

/// Every node below the first document, as it stands in the source: keys, values and items, from the outside in.
fn places(source: &str) -> Vec<&str> {
    let contents = read(source);
    assert!(contents.problems.is_empty(), "{:?}", contents.problems);
    let mut places = Vec::new();
    collect(source, &contents.documents[0], &mut places);
    places
}

fn collect<'s>(source: &'s str, node: &Node, places: &mut Vec<&'s str>) {
    places.push(&source[node.range.clone()]);
    match &node.value {
        NodeValue::Null | NodeValue::Scalar { .. } => {}
        NodeValue::List(items) => items.iter().for_each(|item| collect(source, item, places)),
        NodeValue::Map(entries) => entries.iter().for_each(|(key, value)| {
            assert_eq!(value.key, Some(key.range.clone()));
            collect(source, key, places);
            collect(source, value, places);
        }),
    }
}

fn texts(node: &Node) -> Vec<(&str, Style)> {
    match &node.value {
        NodeValue::Null => Vec::new(),
        NodeValue::Scalar { text, style } => vec![(text, *style)],
        NodeValue::List(items) => items.iter().flat_map(texts).collect(),
        NodeValue::Map(entries) => {
            entries.iter().flat_map(|(key, value)| [texts(key), texts(value)].concat()).collect()
        }
    }
}

#[test]
fn a_value_ends_where_it_does_and_not_at_the_next_one() {
    let source = "a: plain # comment\nb: 'it''s'   # 'comment'\nc: \"say \\\"x\\\"\" # \"comment\"\nd: [x, 'y' ] # ]\ne: {f: g} # }\n";
    let whole = source.rfind(" # }").unwrap();
    assert_eq!(
        places(source),
        [
            &source[..whole],
            "a",
            "plain",
            "b",
            "'it''s'",
            "c",
            "\"say \\\"x\\\"\"",
            "d",
            "[x, 'y' ]",
            "x",
            "'y'",
            "e",
            "{f: g}",
            "f",
            "g",
        ]
    );
}

#[test]
fn texts_of_several_lines_are_found_whole() {
    let source = "a: one\n  two # end\nb: |\n  three\n\n  four\n\nc: >-\n    five\n    six\nd: \"seven\n  eight\"\n";
    assert_eq!(
        places(source)[1..],
        ["a", "one\n  two", "b", "three\n\n  four", "c", "five\n    six", "d", "\"seven\n  eight\""]
    );
    let contents = read(source);
    let expected = [
        ("a", Style::Plain),
        ("one two", Style::Plain),
        ("b", Style::Plain),
        ("three\n\nfour\n", Style::Block),
        ("c", Style::Plain),
        ("five six", Style::Block),
        ("d", Style::Plain),
        ("seven eight", Style::DoubleQuoted),
    ];
    assert_eq!(texts(&contents.documents[0]), expected);
}

#[test]
fn characters_of_several_bytes_move_no_place() {
    let source = "ä: 'grüße 🦀' # ü\nlist:\n  - größe\n  - [é, {ß: ö}]\nlast: ende\n";
    assert_eq!(
        places(source)[1..],
        [
            "ä",
            "'grüße 🦀'",
            "list",
            "- größe\n  - [é, {ß: ö}]",
            "größe",
            "[é, {ß: ö}]",
            "é",
            "{ß: ö}",
            "ß",
            "ö",
            "last",
            "ende"
        ]
    );
}

#[test]
fn lists_and_mappings_end_with_their_last_item() {
    let source = "a:\n  b: 1\n  c:\n    - x\n    -\n      y: z\n\n# comment\nd:\n- u\n- v\n";
    assert_eq!(
        places(source)[1..],
        [
            "a",
            "b: 1\n  c:\n    - x\n    -\n      y: z",
            "b",
            "1",
            "c",
            "- x\n    -\n      y: z",
            "x",
            "y: z",
            "y",
            "z",
            "d",
            "- u\n- v",
            "u",
            "v",
        ]
    );
}

#[test]
fn an_anchored_value_is_what_follows_the_anchor_and_an_alias_is_itself() {
    let source = "a: &x one\nb: &y # comment\n  c: two\nd: *x\ne: &z [f, *y]\n";
    assert_eq!(
        places(source)[1..],
        ["a", "one", "b", "c: two", "c", "two", "d", "*x", "e", "[f, *y]", "f", "*y", "c", "two"]
    );
}

#[test]
fn what_stands_for_nothing_is_null_only_without_quotes() {
    let nothing =
        |source: &str| matches!(&read(source).documents[0].value, NodeValue::Map(entries) if entries[0].1.is_null());
    for source in ["a:\n", "a: ~\n", "a: null\n", "a: Null\n", "a: NULL # x\n", "a: &x\n", "{a}\n", "{a: }\n", "? a\n"]
    {
        assert!(nothing(source), "{source}");
    }
    for source in ["a: ''\n", "a: 'null'\n", "a: \"~\"\n", "a: nUll\n", "a: |\n  null\n", "a: no\n"] {
        assert!(!nothing(source), "{source}");
    }
}

#[test]
fn numbers_stay_the_text_that_was_written() {
    let contents = read("[0.9990, 1e3, 0x1F, 007, true, 2026-01-01]");
    let written: Vec<&str> = texts(&contents.documents[0]).iter().map(|(text, _)| *text).collect();
    assert_eq!(written, ["0.9990", "1e3", "0x1F", "007", "true", "2026-01-01"]);
}

#[test]
fn a_broken_document_is_left_out_and_the_next_one_is_read() {
    let source = "a: 1\n---\nb: [2\n---\nc: 3\n--- # fourth\nd: \"4\n---x: 5\n";
    let contents = read(source);
    let read: Vec<_> = contents.documents.iter().map(|d| &source[d.range.clone()]).collect();
    assert_eq!(read, ["a: 1", "c: 3"]);
    let unread: Vec<_> = contents.unread.iter().map(|part| &source[part.clone()]).collect();
    assert_eq!(unread, ["---\nb: [2\n", "--- # fourth\nd: \"4\n---x: 5\n"]);
    assert_eq!(contents.problems.len(), 2);
}

#[test]
fn a_tag_is_a_problem_of_its_own_and_the_value_is_kept() {
    let source = "a: !!str 1\nb: !x [c]\nd: &e !y f\n";
    let contents = read(source);
    let tags: Vec<_> = contents.problems.iter().map(|p| &source[p.range.clone()]).collect();
    assert_eq!(tags, ["!!str", "!x", "!y"]);
    let values: Vec<&str> = texts(&contents.documents[0]).iter().map(|(text, _)| *text).collect();
    assert_eq!(values, ["a", "1", "b", "c", "d", "f"]);
    assert!(contents.unread.is_empty());
}

#[test]
fn anchors_hold_for_their_document_only() {
    assert_eq!(read("a: &x 1\n---\nb: *x\n").problems.len(), 1);
    assert_eq!(read("a: &x 1\nb: *x\n").problems.len(), 0);
}

/// Mistakes that people make, where they are shown, and what is said.
#[test]
fn mistakes_in_the_syntax_are_shown_where_they_are_mended() {
    for (source, at, message) in [
        ("a: b: c\n", ":", "a colon stands where no key can end"),
        ("a:\n\t- b\n", "\t", "this line is indented with a tab"),
        ("a: x\n\tb: y\n", "\t", "this line is indented with a tab"),
        ("a: [b,\nc: d\n", "[", "a bracket is not closed, or a comma is missing"),
        ("a: {b: c d: e}\n", ":", "a bracket is not closed, or a comma is missing"),
        ("a: 'b\nc: d\n", "'", "the quotation that begins here does not end"),
        ("a: 'it's'\n", "s", "something follows the closing quote"),
        ("a: b]\nc: ]\n", "]", "a bracket is closed that was not opened"),
        ("- a\nb: c\n", "b", "the list before this line goes on with something that is no item"),
        ("a:\n  b: c\n d: e\n", "d", "this line is indented like nothing before it"),
        ("a: 1\nb 2\nc: 3\n", "b 2", "this line is no `key: value`"),
        ("a: @b\n", "@", "no text begins with this character"),
        ("a: \"\\q\"\n", "\"", "a `\\` in this quotation begins no escape that YAML knows"),
        ("a: - b\n", "-", "a list cannot begin here"),
        ("a: b # c\n  d\n", "#", "a comment stands within a text of several lines"),
        ("a: {b: #c}\nd: e\n", "#c}", "a `#` behind a space begins a comment, which has swallowed a bracket"),
        (
            "- [a, {b: c #d}, 'e']\n- f\n",
            "#d}, 'e']",
            "a `#` behind a space begins a comment, which has swallowed a bracket",
        ),
        ("a: it's [b #c]\nd: [e, # [1]\n]\nf: ]\n", "]", "a bracket is closed that was not opened"),
        ("a: [\"b #c]\", 'd''e #f]' g]\n", "g", "something follows the closing quote"),
        ("a: 1\n... b\n", "b", "something follows the `...` that ends a document"),
    ] {
        let problem = read(source).problems.swap_remove(0);
        assert_eq!(&source[problem.range.clone()], at, "{source}");
        assert_eq!(problem.kind_message(), format!("not valid YAML: {message}"), "{source}");
    }
}
