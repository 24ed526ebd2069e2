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
