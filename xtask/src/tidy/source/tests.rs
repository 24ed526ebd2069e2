//! What the lexer takes for code.

use super::*;

fn sizes(text: &str) -> Vec<(String, usize)> {
    Source::new("src/a.rs", text).functions().map(|function| (function.name.to_owned(), function.size)).collect()
}

#[test]
fn comments_blank_lines_and_the_insides_of_strings_are_not_code() {
    let text = "//! About.\n\n/* a /* nested */\n   b */\nconst A: &str = r#\"\n  { \"text\"\n\"#;\n\nconst B: char = '\"'; // x\n";
    assert_eq!(Source::new("src/a.rs", text).size(), 3);
}

#[test]
fn a_function_runs_to_its_own_closing_brace() {
    let text = r##"
fn outer<'a>(a: [u8; 2], b: impl Fn(&str) -> &'a str) {
    let open = '{';
    let quote = '\'';
    let text = "} \" }";
    let raw = br#"}"}"#;
    // }
    fn inner() {
    }
}
trait T {
    fn declared(&self);
    fn given(&self) {}
}
type F = fn(u8) -> u8;
fn last() -> char {

    'é'
}
"##;
    let expected = [("outer", 8), ("inner", 2), ("declared", 1), ("given", 1), ("last", 3)];
    assert_eq!(sizes(text), expected.map(|(name, size)| (name.to_owned(), size)));
}

#[test]
fn a_word_that_contains_fn_is_no_function() {
    assert_eq!(sizes("let fn_a = 1; let a_fn = 2; macro_rules! m { () => { fn $name() {} } }"), []);
}

#[test]
fn test_modules_do_not_count_to_the_size_of_their_file() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn b() {\n    }\n}\nfn c() {}\n";
    let source = Source::new("src/a.rs", text);
    assert_eq!(source.size(), 2);
    assert_eq!(source.test_lines().map(|(line, _)| line).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7]);
}

#[test]
fn a_module_of_tests_in_another_file_ends_at_its_semicolon() {
    let source = Source::new("src/a.rs", "fn a() {}\n#[cfg(test)]\nmod tests;\nfn c() {}\n");
    assert_eq!(source.size(), 2);
}

#[test]
fn files_of_tests_and_benches_have_no_size() {
    for path in ["crates/a/src/b/tests.rs", "crates/a/tests/c.rs", "crates/a/benches/d.rs"] {
        assert_eq!(Source::new(path, "fn a() {}\n").size(), 0);
    }
    assert_eq!(Source::new("crates/a/src/latests.rs", "fn a() {}\n").size(), 1);
}

#[test]
fn broken_rust_is_counted_without_a_panic() {
    for text in ["", "\"", "r#\"", "'", "'\\", "/*", "fn", "fn a(", "fn a() {", "}", "#[cfg(test)]", "\"\\", "'é", "r#"]
    {
        let source = Source::new("src/a.rs", text);
        assert!(source.size() <= 1, "{text}");
        assert!(source.functions().count() <= 1, "{text}");
    }
}
