//! What the style of the page promises.

use std::collections::BTreeMap;

const STYLE: &str = include_str!("page.css");

/// Relative luminance by WCAG 2.2.
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The colours of the light and of the dark page, by name.
fn themes() -> Vec<BTreeMap<&'static str, &'static str>> {
    let blocks = STYLE.split(":root {").skip(1).map(|rest| rest.split('}').next().unwrap());
    let colours = |block: &'static str| {
        let declarations = block.split(';').filter_map(|one| one.trim().split_once(": "));
        declarations.filter(|(name, _)| name.starts_with("--")).collect()
    };
    blocks.map(colours).collect()
}

#[test]
fn text_and_what_is_drawn_stand_out_in_both_themes() {
    let themes = themes();
    assert_eq!(themes.len(), 2);
    for theme in themes {
        let ground = theme["--ground"];
        for text in ["--text", "--muted", "--link", "--bad", "--good", "--doubt", "--accent"] {
            assert!(contrast(theme[text], ground) >= 4.5, "{text} on {ground}");
        }
        for text in ["--text", "--muted"] {
            assert!(contrast(theme[text], theme["--raised"]) >= 4.5, "{text} on what is raised");
        }
        for drawn in ["--line", "--soft", "--bad"] {
            assert!(contrast(theme[drawn], ground) >= 3.0, "{drawn} on {ground}");
        }
        assert!(contrast(theme["--bad"], theme["--bad-soft"]) >= 3.0);
    }
}

#[test]
fn the_style_asks_for_nothing_from_elsewhere() {
    for word in ["url(", "@import", "http", "<", "&"] {
        assert!(!STYLE.contains(word), "{word}");
    }
}
