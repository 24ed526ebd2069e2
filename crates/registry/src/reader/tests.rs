//! Strict reading, value by value.

use super::*;
use crate::diagnostic::Diagnostics;
use crate::source::Sources;
use crate::yaml;
use milepost_model::Target;

/// What reading the first document of a text gives, and what is said of it.
fn reading<T>(text: &str, read: impl FnOnce(&Node, &mut Reader<'_>) -> T) -> (T, Vec<String>) {
    let mut sources = Sources::default();
    let file = sources.add("a.yaml".to_owned(), text.to_owned()).unwrap();
    let mut found = Found::default();
    let contents = yaml::read(&sources.file(file).text);
    let value = read(&contents.documents[0], &mut Reader { file, found: &mut found });
    let diagnostics = Diagnostics::new(sources, found, "");
    let said = |d: crate::DiagnosticRecord<'_>| {
        format!("{}:{} {} {} | {}", d.line.unwrap(), d.column.unwrap(), d.code, d.message, d.help.unwrap_or_default())
    };
    let said = diagnostics.records().into_iter().map(said).collect();
    (value, said)
}

#[test]
fn known_keys_are_read_and_all_others_reported() {
    let ((name, title, size), said) = reading("name: x\ntilte: y\nsize:\n", |node, reader| {
        let mut fields = reader.fields(node, "a thing").unwrap();
        let name = fields.required("name", reader, "write it").is_some();
        let title = fields.optional("title").is_some();
        let size = fields.optional("size").is_some();
        assert!(fields.has("size") && !fields.has("title"));
        fields.finish(reader);
        (name, title, size)
    });
    assert_eq!((name, title, size), (true, false, false));
    assert_eq!(
        said,
        [
            "2:1 MPY007 `tilte` is not a key of a thing | did you mean `title`?",
            "3:1 MPY010 `size` has nothing behind it | write the value behind it, or remove the key",
        ]
    );
}

#[test]
fn a_number_that_a_comma_has_parted_is_told_whole() {
    let ((), said) = reading("{target: 99,5%, x: a,5%}", |node, reader| {
        let mut fields = reader.fields(node, "a thing").unwrap();
        let _ = (fields.optional("target"), fields.optional("x"));
        fields.finish(reader);
    });
    let help = "a comma parts entries, and decimals have a point: did you mean `target: 99.5%`?";
    assert_eq!(said[0], format!("1:13 MPY007 `5%` is not a key of a thing | {help}"));
}

#[test]
fn a_missing_key_is_reported_at_the_key_of_its_mapping_and_an_empty_one_at_itself() {
    let required = |node: &Node, reader: &mut Reader<'_>| {
        let mut fields = reader.fields(node, "a document").unwrap();
        let spec = fields.required("spec", reader, "write `spec:`");
        let mut spec = reader.fields(spec.unwrap(), "the `spec`").unwrap();
        spec.required("name", reader, "write `name:`");
        spec.finish(reader);
        fields.finish(reader);
    };
    let (_, said) = reading("spec:\n\n  name:\n", required);
    assert_eq!(said, ["3:3 MPY009 `name` has nothing behind it | write `name:`"]);
    let (_, said) = reading("spec: {}\n", required);
    assert_eq!(said, ["1:1 MPY009 the `spec` lacks `name` | write `name:`"]);
}

#[test]
fn a_key_that_stands_again_is_reported_once_and_the_first_one_counts() {
    let (value, said) = reading("a: 1\nb: 2\na: 3\na: 4\n", |node, reader| {
        let mut fields = reader.fields(node, "a thing").unwrap();
        fields.optional("b");
        let value = fields.optional("a").and_then(|n| reader.text(n, "`a`")).map(str::to_owned);
        fields.finish(reader);
        value
    });
    assert_eq!(value.as_deref(), Some("1"));
    assert_eq!(said, ["3:1 MPY008 `a` stands 3 times in a thing | keep one of them"]);
}

#[test]
fn free_keys_are_taken_once() {
    let ((first, second), said) = reading("known: 1\nb: 2\nc: 3\n", |node, reader| {
        let mut fields = reader.fields(node, "a thing").unwrap();
        fields.optional("known");
        let names =
            |fields: &mut Fields<'_>| fields.rest().iter().map(|(name, ..)| (*name).to_owned()).collect::<Vec<_>>();
        let both = (names(&mut fields), names(&mut fields));
        fields.finish(reader);
        both
    });
    assert_eq!((first, second.len(), said.len()), (vec!["b".to_owned(), "c".to_owned()], 0, 0));
}

#[test]
fn a_text_is_text_with_something_in_it() {
    let text = |source: &str| reading(source, |node, reader| reader.text(node, "`a`").map(str::to_owned));
    assert_eq!(text("1.50"), (Some("1.50".to_owned()), vec![]));
    assert_eq!(text("[x]").1, ["1:1 MPY010 `a` must be text, not a list | write one text, without `- ` or brackets"]);
    assert_eq!(
        text("{x: y}").1,
        ["1:1 MPY010 `a` must be text, not a mapping | put text that holds `: ` between quotes"]
    );
    assert_eq!(text("'  '").1, ["1:1 MPY010 `a` is empty | write the text between the quotes, or remove the key"]);
    assert_eq!(text("\"a\\ab\"").1, ["1:1 MPY012 `a` has a control character, `\\u{7}` | remove it"]);
}

#[test]
fn prose_is_trimmed_and_keeps_its_lines() {
    let (prose, said) = reading("|\n  One.\n  Two.\n\n", |node, reader| reader.prose(node, "`a`"));
    assert_eq!((prose.as_deref(), said.len()), (Some("One.\nTwo."), 0));
}

#[test]
fn a_wrong_value_is_quoted_and_its_error_says_what_would_be_right() {
    let (target, said) = reading("'2'", |node, reader| reader.parse::<Target>(node, "a target", Code::BadTarget));
    assert!(target.is_none());
    assert_eq!(said, ["1:1 MPS001 `2` is not a target | a target lies strictly between 0 and 1 (0 % and 100 %)"]);
    let (name, said) = reading("Send Mail", |node, reader| reader.name(node, "a name"));
    assert!(name.is_none());
    assert_eq!(
        said,
        [
            "1:1 MPY011 `Send Mail` is not a name | a name has only lower-case letters, digits and hyphens, not `S`: write `send-mail`"
        ]
    );
    let (name, said) = reading("'!?'", |node, reader| reader.name(node, "a name"));
    assert!(name.is_none() && said[0].ends_with("not `!`"), "{said:?}");
}

#[test]
fn a_choice_is_one_of_few_and_a_boolean_one_of_two() {
    let choice =
        |source: &str| reading(source, |node, reader| reader.choice(node, "a colour", &[("red", 1), ("green", 2)]));
    assert_eq!(choice("green").0, Some(2));
    assert_eq!(choice("gren"), (None, vec!["1:1 MPY012 `gren` is not a colour | did you mean `green`?".to_owned()]));
    assert_eq!(choice("blue").1, ["1:1 MPY012 `blue` is not a colour | it can be `red` or `green`"]);
    let boolean = |source: &str| reading(source, |node, reader| reader.boolean(node, "`async`"));
    assert_eq!((boolean("true").0, boolean("false").0, boolean("yes").0), (true, false, false));
    assert_eq!(boolean("yes").1, ["1:1 MPY012 `async` must be `true` or `false`, not `yes` | write `true`"]);
    assert_eq!(boolean("Off").1, ["1:1 MPY012 `async` must be `true` or `false`, not `Off` | write `false`"]);
    assert_eq!(
        boolean("maybe").1,
        ["1:1 MPY012 `async` must be `true` or `false`, not `maybe` | write one of the two"]
    );
}

#[test]
fn one_text_is_a_list_of_one_and_a_mapping_is_none() {
    let list = |source: &str| reading(source, |node, reader| reader.list(node, "`tags`").len());
    assert_eq!(list("[a, b]"), (2, vec![]));
    assert_eq!(list("a"), (1, vec![]));
    assert_eq!(list("[]"), (0, vec![]));
    assert_eq!(list("{a: b}").1, ["1:1 MPY010 `tags` must be a list, not a mapping | write `- ` before each item"]);
    let (count, said) = reading("[]", |node, reader| reader.filled_list(node, "`steps`", "list them").len());
    assert_eq!((count, &*said[0]), (0, "1:1 MPY010 `steps` is empty | list them"));
}
