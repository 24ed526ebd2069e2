//! The colours of the two themes, and the style sheet that uses them.
//!
//! Text has a contrast of at least 4.5 to what it stands on, lines and borders one of at least 3, as WCAG 2.2 asks at level AA. No colour carries a
//! meaning of its own: what it says is also said by shape or text.

use std::fmt::Write as _;

/// The colours of a theme, as `#rrggbb`.
pub(crate) struct Palette {
    pub(crate) background: &'static str,
    /// What lanes are filled with.
    pub(crate) lane: &'static str,
    /// The borders of lanes: decoration, since lanes are told by their headings.
    pub(crate) lane_border: &'static str,
    /// What steps are filled with.
    pub(crate) step: &'static str,
    /// What frames of alternatives are filled with.
    pub(crate) frame: &'static str,
    pub(crate) text: &'static str,
    /// Text that says less.
    pub(crate) muted: &'static str,
    /// Lines between steps and borders of steps.
    pub(crate) line: &'static str,
    /// Lines and borders of steps that stand beside the lanes.
    pub(crate) shared: &'static str,
}

/// For light surroundings.
pub(crate) const LIGHT: Palette = Palette {
    background: "#ffffff",
    lane: "#f6f7f9",
    lane_border: "#e1e5ea",
    step: "#ffffff",
    frame: "#eceff3",
    text: "#1f2328",
    muted: "#57606a",
    line: "#6e7781",
    shared: "#3560ac",
};

/// For dark surroundings.
pub(crate) const DARK: Palette = Palette {
    background: "#0d1117",
    lane: "#161b22",
    lane_border: "#262d36",
    step: "#21262d",
    frame: "#1b2129",
    text: "#e6edf3",
    muted: "#a3adb8",
    line: "#8b949e",
    shared: "#8fb4f2",
};

/// The fonts that are asked for, the viewer's own first.
const FONTS: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/// What is the same in both themes.
pub(super) fn shapes() -> String {
    format!(
        ".milepost-diagram text {{ font-family: {FONTS}; font-size: 13px; }}
.milepost-diagram .product-title {{ font-size: 22px; font-weight: 600; }}
.milepost-diagram .lane-title {{ font-size: 15px; font-weight: 600; }}
.milepost-diagram .description {{ font-size: 12px; }}
.milepost-diagram .note {{ font-size: 11px; }}
.milepost-diagram .centred {{ text-anchor: middle; }}
.milepost-diagram .box {{ stroke-width: 1.25; }}
.milepost-diagram .line {{ fill: none; stroke-width: 1.5; }}
.milepost-diagram .away {{ stroke-width: 1.25; }}
.milepost-diagram .optional .box {{ stroke-dasharray: 5 4; }}
.milepost-diagram .frame {{ stroke-width: 1.5; stroke-dasharray: 1 5; stroke-linecap: round; }}
"
    )
}

/// What differs between themes.
pub(super) fn colours(palette: &Palette) -> String {
    let Palette { background, lane, lane_border, step, frame, text, muted, line, shared } = palette;
    let mut out = String::new();
    for (selector, declarations) in [
        (".background", format!("fill: {background};")),
        (".lane", format!("fill: {lane}; stroke: {lane_border};")),
        ("text", format!("fill: {text};")),
        (".description, .note", format!("fill: {muted};")),
        (".box", format!("fill: {step}; stroke: {line};")),
        (".reference .box", format!("fill: {lane};")),
        (".line, .frame", format!("stroke: {line};")),
        (".frame", format!("fill: {frame};")),
        (".head", format!("fill: {line};")),
        (".head-shared", format!("fill: {shared};")),
        (".from-shared", format!("stroke: {shared};")),
        (".shared .box", format!("stroke: {shared};")),
        (".mark", format!("fill: {text}; stroke: {lane};")),
    ] {
        let selectors: Vec<String> = selector.split(", ").map(|one| format!(".milepost-diagram {one}")).collect();
        let _ = writeln!(out, "{} {{ {declarations} }}", selectors.join(", "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
        assert!((contrast("#777777", "#ffffff") - 4.48).abs() < 0.01);
    }

    #[test]
    fn text_and_lines_stand_out_in_both_themes() {
        for Palette { background, lane, lane_border: _, step, frame, text, muted, line, shared } in [LIGHT, DARK] {
            for ground in [background, lane, step, frame] {
                assert!(contrast(text, ground) >= 7.0, "{text} on {ground}");
                assert!(contrast(muted, ground) >= 4.5, "{muted} on {ground}");
                assert!(contrast(line, ground) >= 3.0, "{line} on {ground}");
                assert!(contrast(shared, ground) >= 3.0, "{shared} on {ground}");
            }
        }
    }
}
