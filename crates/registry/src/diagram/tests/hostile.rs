//! Titles that are meant to hurt: they are text, and nothing else.

use super::world::{objective, product, registry, step};
use crate::Registry;
use crate::diagram::{Selection, Theme, mermaid, svg};
use proptest::prelude::*;
use roxmltree::Document;

const TITLES: [&str; 8] = [
    "<img src=x onerror=alert(1)>",
    "</text><script>alert(1)</script>",
    "\" onload=\"alert(1)",
    "]]> & &amp; &#0; <!-- --> <![CDATA[",
    "\u{202e}gnissorc \u{202d}ht\u{0}gir ot \u{1b}[31mtfel\u{feff}\u{ffff}",
    "اختر عنوان البريد الإلكتروني للمستلم من القائمة",
    "end\n  a --> b\"]; click a href \"javascript:alert(1)\"",
    "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM",
];

/// Everything that people can write is this.
fn everywhere(title: &str) -> Registry {
    let mut registry = registry(&[("one", "shared a|b async-c?"), ("two", "shared d a")]);
    registry.steps.iter_mut().for_each(|step| {
        step.title = title.to_owned();
        step.description = title.to_owned();
    });
    registry.objectives.iter_mut().for_each(|objective| {
        objective.title = title.to_owned();
        objective.description = title.to_owned();
    });
    registry.products[0].title = title.to_owned();
    registry.products[0].description = title.to_owned();
    registry
}

fn assert_is_only_a_picture(registry: &Registry) {
    let text = svg(registry, &Selection::default(), Theme::Auto, &|_| None);
    let document = Document::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let known = ["svg", "title", "desc", "style", "g", "rect", "text", "path", "circle"];
        assert!(known.contains(&node.tag_name().name()), "{node:?}");
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on") && !attribute.name().contains("href"), "{attribute:?}");
        }
    }
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
    assert!(!text.contains(['\u{202e}', '\u{202d}', '\u{feff}', '\u{ffff}']));
}

fn assert_is_only_a_flowchart(registry: &Registry) {
    let text = mermaid(registry, &Selection::default());
    for line in text.lines() {
        assert!(!line.replace("<br>", "").contains('<'), "{line}");
        let quotes = line.matches('"').count();
        assert!(quotes == 0 || quotes == 2, "{line}");
        let outside: String = line.split('"').step_by(2).collect();
        let is_ours = |c: char| c.is_ascii_alphanumeric() || " _[]()-:>".contains(c);
        assert!(outside.chars().all(is_ours), "{outside}");
    }
}

#[test]
fn no_title_gets_out_of_its_place() {
    for title in TITLES {
        assert_is_only_a_picture(&everywhere(title));
        assert_is_only_a_flowchart(&everywhere(title));
    }
}

#[test]
fn products_whose_steps_have_the_same_names_stay_apart() {
    let mut registry = registry(&[("read", "open")]);
    registry.products.push(product("shop-2"));
    registry.steps.push(step("shop-2", "open"));
    let steps = registry.objectives[0].steps.clone();
    registry.objectives.push(objective("shop-2", "read", steps));
    let text = svg(&registry, &Selection::default(), Theme::Auto, &|_| None);
    let document = Document::parse(&text).unwrap();
    let mut ids: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["step_shop-2_open", "step_shop_open"]);
    let text = mermaid(&registry, &Selection::default());
    assert!(text.contains("p0_step_open[") && text.contains("p1_step_open["), "{text}");
    let one = Selection::new(&registry, Some("shop-2"), &[]).unwrap();
    assert!(!svg(&registry, &one, Theme::Auto, &|_| None).contains("step_shop_open"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_title_is_only_text(title in "(?s).{0,80}") {
        assert_is_only_a_picture(&everywhere(&title));
        assert_is_only_a_flowchart(&everywhere(&title));
    }
}
