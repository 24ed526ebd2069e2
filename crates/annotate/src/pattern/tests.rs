//! Tests of the module that this file belongs to.

use super::*;
use proptest::prelude::*;

fn glob(pattern: &str) -> TextPattern {
    TextPattern::glob(pattern, false).unwrap()
}

#[test]
fn a_star_stands_for_any_characters() {
    assert!(glob("curl/*").matches("curl/8.1"));
    assert!(!glob("curl/*").matches("libcurl/8.1"));
    assert!(glob("*bot*").matches("Googlebot/2.1"));
    assert!(TextPattern::glob("*BOT*", true).unwrap().matches("Googlebot/2.1"));
    assert!(glob("a*b*c").matches("a-b-b-c"));
    assert!(!glob("a*b").matches("a-b-c"));
    assert!(!glob("aba*aba").matches("aba"));
    assert!(glob("*").is_any() && glob("**").is_any() && !glob("a*").is_any());
}

#[test]
fn a_bad_or_huge_regex_is_refused() {
    assert!(matches!(TextPattern::regex("(", false), Err(PatternError::Regex(..))));
    assert!(matches!(TextPattern::regex(r"(\w{900}){900}", false), Err(PatternError::Regex(..))));
    assert!(TextPattern::regex("^GET$", false).unwrap().matches("GET"));
}

/// The obvious matcher, by trying every split.
fn brute(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|i| brute(rest, &text[i..])),
        Some((c, rest)) => text.first() == Some(c) && brute(rest, &text[1..]),
    }
}

proptest! {
    #[test]
    fn globs_overlap_when_some_text_fits_both(a in "[ab*]{1,5}", b in "[ab*]{1,5}") {
        // Texts of up to 8 letters suffice for patterns of up to 5.
        let texts = (0..=8u32).flat_map(|n| (0..1u32 << n).map(move |bits| {
            (0..n).map(|i| if bits >> i & 1 == 0 { 'a' } else { 'b' }).collect::<String>()
        }));
        let expected = texts.into_iter().any(|t| glob(&a).matches(&t) && glob(&b).matches(&t));
        prop_assert_eq!(glob(&a).overlaps(&glob(&b)), expected, "{} {}", a, b);
        prop_assert_eq!(glob(&b).overlaps(&glob(&a)), expected);
    }

    #[test]
    fn globs_match_as_by_trying_every_split(pattern in "[ab*]{1,6}", text in "[ab]{0,8}") {
        prop_assert_eq!(glob(&pattern).matches(&text), brute(pattern.as_bytes(), text.as_bytes()));
    }
}

fn pattern() -> impl Strategy<Value = (String, bool, bool)> {
    let glob = "[abAB*é]{1,5}".prop_map(|text| (text, false));
    let expression = prop::sample::select(vec!["^a", "b$", "a.b", "(?x) b # or so", "B|é"]);
    (prop_oneof![glob, expression.prop_map(|text| (text.to_owned(), true))], any::<bool>())
        .prop_map(|((text, is_regex), ignore_case)| (text, is_regex, ignore_case))
}

fn build((text, is_regex, ignore_case): &(String, bool, bool)) -> TextPattern {
    if *is_regex { TextPattern::regex(text, *ignore_case) } else { TextPattern::glob(text, *ignore_case) }.unwrap()
}

proptest! {
    #[test]
    fn one_of_several_matches_when_it_matches_alone(
        patterns in prop::collection::vec(pattern(), 0..6), texts in prop::collection::vec("[abABé]{0,6}", 1..8)
    ) {
        let patterns: Vec<TextPattern> = patterns.iter().map(build).collect();
        let together = AnyOf::new(&patterns);
        let mut scratch = String::new();
        for text in &texts {
            let alone = patterns.iter().any(|pattern| pattern.matches(text));
            prop_assert_eq!(together.matches(text, &mut scratch), alone, "{:?} {}", patterns, text);
        }
    }

    #[test]
    fn globs_that_ignore_case_match_as_in_lower_case(pattern in "[abAB*é]{1,5}", text in "[abABéÉ]{0,6}") {
        let folded = |text: &str| text.to_ascii_lowercase().into_bytes();
        let expected = crate::oracle::glob(&folded(&pattern), &folded(&text));
        prop_assert_eq!(TextPattern::glob(&pattern, true).unwrap().matches(&text), expected);
        prop_assert_eq!(glob(&pattern).ignoring_case().matches(&text), expected);
    }

    #[test]
    fn patterns_that_match_one_text_overlap_unless_both_are_expressions(
        a in pattern(), b in pattern(), text in "[abABé]{0,6}"
    ) {
        let (a, b) = (build(&a), build(&b));
        prop_assert_eq!(a.overlaps(&b), b.overlaps(&a));
        if !a.is_regex() && !b.is_regex() && a.matches(&text) && b.matches(&text) {
            prop_assert!(a.overlaps(&b), "{a} {b} {text}");
        }
    }
}

#[test]
fn expressions_too_large_for_one_automaton_are_tried_each_for_itself() {
    let large: Vec<TextPattern> =
        (0..6).map(|at| TextPattern::regex(&format!(r"^{at}\w{{20}}$"), false).unwrap()).collect();
    let any = AnyOf::new(&large);
    let mut scratch = String::new();
    assert!(any.matches(&format!("5{}", "é".repeat(20)), &mut scratch));
    assert!(!any.matches(&format!("6{}", "é".repeat(20)), &mut scratch));
    assert!(any.cost() > AnyOf::new(&large[..1]).cost());
}

#[test]
fn a_long_text_is_matched_in_linear_time() {
    // Backtracking over five stars would take 2^80 steps.
    let text = "ab".repeat(1 << 15);
    for ignore_case in [false, true] {
        let glob = TextPattern::glob("*ab*ab*ab*ab*abb", ignore_case).unwrap();
        assert!(!glob.matches(&text));
        assert!(glob.matches(&format!("{text}b")));
    }
    let deep = TextPattern::glob(&"a*".repeat(512), false).unwrap();
    assert!(deep.overlaps(&TextPattern::glob(&"*a".repeat(512), false).unwrap()));
}
