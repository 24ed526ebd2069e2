//! Pictures in pixels, read back from the SVG.

use super::world::{empty, objectives, registry, registry_of};
use crate::Registry;
use crate::diagram::{Mark, MarkShape, Selection, Theme, svg};
use proptest::prelude::*;
use roxmltree::{Document, Node};

fn picture(registry: &Registry) -> String {
    svg(registry, &Selection::default(), Theme::Auto, &|_| None)
}

#[derive(Clone, Copy, Debug)]
struct Rect {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Rect {
    fn of(node: Node<'_, '_>) -> Self {
        let number = |key| node.attribute(key).unwrap().parse::<f64>().unwrap();
        let (left, top) = (number("x"), number("y"));
        Self { left, top, right: left + number("width"), bottom: top + number("height") }
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    fn holds(&self, (x, y): (f64, f64)) -> bool {
        self.left < x && x < self.right && self.top < y && y < self.bottom
    }
}

fn has_class(node: &Node<'_, '_>, class: &str) -> bool {
    node.attribute("class").is_some_and(|classes| classes.split(' ').any(|one| one == class))
}

fn of_class<'d, 'i>(document: &'d Document<'i>, class: &str) -> Vec<Node<'d, 'i>> {
    document.descendants().filter(|node| has_class(node, class)).collect()
}

/// The boxes of steps and references.
fn boxes(document: &Document<'_>) -> Vec<Rect> {
    let groups = document.descendants().filter(|node| node.attribute("data-step").is_some());
    groups.map(|group| Rect::of(group.children().find(|node| has_class(node, "box")).unwrap())).collect()
}

/// Points along all lines; each part of a line as one list.
fn lines(document: &Document<'_>) -> Vec<Vec<(f64, f64)>> {
    let paths = of_class(document, "line").into_iter().filter(|node| !has_class(node, "away"));
    paths.flat_map(|node| parts(node.attribute("d").unwrap())).collect()
}

fn parts(path: &str) -> Vec<Vec<(f64, f64)>> {
    let subpaths = path.split('M').skip(1);
    subpaths
        .filter(|part| !part.contains(['Q', 'V', 'h']))
        .map(|part| {
            let (start, rest) = part.split_at(part.find(['H', 'C']).unwrap());
            let numbers = |text: &str| text.split(' ').map(|n| n.parse::<f64>().unwrap()).collect::<Vec<_>>();
            let start = numbers(start);
            let end = numbers(&rest[1..]);
            match end[..] {
                [x] => vec![(start[0], start[1]), (start[0].midpoint(x), start[1]), (x, start[1])],
                [x1, y1, x2, y2, x3, y3] => (0..=32)
                    .map(|step| {
                        let t = f64::from(step) / 32.0;
                        let at = |a: f64, b: f64, c: f64, d: f64| {
                            let u = 1.0 - t;
                            u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
                        };
                        (at(start[0], x1, x2, x3), at(start[1], y1, y2, y3))
                    })
                    .collect(),
                _ => panic!("{part} is no line of ours"),
            }
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_two_steps_overlap_and_each_lies_in_one_lane(objectives in objectives()) {
        let registry = registry_of(&objectives);
        let text = picture(&registry);
        let document = Document::parse(&text).unwrap();
        let boxes = boxes(&document);
        for (at, one) in boxes.iter().enumerate() {
            for other in &boxes[at + 1..] {
                prop_assert!(!one.overlaps(other), "{one:?} {other:?}");
            }
        }
        let lanes: Vec<Rect> = of_class(&document, "lane").into_iter().map(Rect::of).collect();
        for (at, one) in lanes.iter().enumerate() {
            for other in &lanes[at + 1..] {
                prop_assert!(!one.overlaps(other), "{one:?} {other:?}");
            }
        }
        for one in boxes {
            let around = lanes.iter().filter(|l| l.holds((one.left, one.top)) && l.holds((one.right, one.bottom)));
            prop_assert_eq!(around.count(), 1);
        }
    }

    #[test]
    fn lines_go_from_left_to_right_and_through_no_step(objectives in objectives()) {
        let registry = registry_of(&objectives);
        let text = picture(&registry);
        let document = Document::parse(&text).unwrap();
        let boxes = boxes(&document);
        for line in lines(&document) {
            prop_assert!(line.windows(2).all(|pair| pair[0].0 < pair[1].0), "{line:?}");
            for point in &line {
                prop_assert!(!boxes.iter().any(|one| one.holds(*point)), "{point:?}");
            }
        }
    }

    #[test]
    fn the_same_registry_gives_the_same_picture_within_its_size(objectives in objectives()) {
        let registry = registry_of(&objectives);
        let text = picture(&registry);
        prop_assert_eq!(&text, &picture(&registry.clone()));
        let document = Document::parse(&text).unwrap();
        let size = |key| document.root_element().attribute(key).unwrap().parse::<f64>().unwrap();
        let (width, height) = (size("width"), size("height"));
        for rect in document.descendants().filter(|node| node.has_tag_name("rect") && node.attribute("x").is_some()) {
            let rect = Rect::of(rect);
            prop_assert!(rect.right <= width && rect.bottom <= height, "{rect:?}");
        }
    }
}

#[test]
fn a_step_can_be_found_by_its_name_and_says_what_it_is() {
    let text = picture(&registry(&[("compose", "login async-send?"), ("read", "login open")]));
    let document = Document::parse(&text).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let told: Vec<&str> = root.children().filter(Node::is_element).take(2).map(|n| n.tag_name().name()).collect();
    assert_eq!(told, ["title", "desc"]);
    let send = document.descendants().find(|node| node.attribute("id") == Some("step_shop_async-send")).unwrap();
    assert_eq!(send.attribute("data-step"), Some("async-send"));
    assert_eq!(send.attribute("data-objective"), Some("compose"));
    assert!(has_class(&send, "asynchronous") && has_class(&send, "optional"));
    let texts: Vec<&str> = send.descendants().filter(Node::is_text).filter_map(|n| n.text()).collect();
    let texts: Vec<&str> = texts.into_iter().filter(|text| !text.trim().is_empty()).collect();
    assert_eq!(
        texts,
        ["async-send (asynchronous, optional): The user does async-send.", "async-send", "asynchronous, optional"]
    );
    let login = document.descendants().find(|node| node.attribute("id") == Some("step_shop_login")).unwrap();
    assert_eq!(login.attribute("data-objective"), None);
}

#[test]
fn alternatives_of_which_one_leads_to_the_other_stand_in_frames_of_their_own() {
    let text = picture(&registry(&[("buy", "login a|b<a,login c")]));
    let document = Document::parse(&text).unwrap();
    let frames: Vec<Rect> = of_class(&document, "frame").into_iter().map(Rect::of).take(2).collect();
    assert!(!frames[0].overlaps(&frames[1]), "{frames:?}");
    assert!(text.contains(">can be repeated</text>"), "one of them comes after itself");
}

/// The texts of the legend.
fn legend(registry: &Registry) -> Vec<String> {
    let text = picture(registry);
    let document = Document::parse(&text).unwrap();
    let texts = of_class(&document, "legend").into_iter().flat_map(|legend| legend.descendants());
    texts.filter(|node| node.has_tag_name("text")).map(|node| node.text().unwrap().to_owned()).collect()
}

#[test]
fn the_legend_explains_only_what_occurs() {
    assert_eq!(legend(&registry(&[("read", "open")])), [""; 0]);
    assert_eq!(legend(&registry(&[("read", "open?")])), ["Optional: users may leave it out"]);
    assert_eq!(legend(&registry(&[("pay", "card|invoice")])), ["One of: users take one of several ways"]);
}

#[test]
fn what_is_optional_in_some_objectives_only_says_in_which() {
    let text = picture(&registry(&[("compose", "login? write"), ("read", "login open")]));
    assert!(text.contains(">optional in compose</text>"), "{text}");
}

#[test]
fn a_long_objective_goes_on_below_where_the_same_number_stands() {
    let steps: Vec<String> = (0..200).map(|at| format!("step-{at}")).collect();
    let text = picture(&registry(&[("work", &steps.join(" "))]));
    let document = Document::parse(&text).unwrap();
    assert_eq!(of_class(&document, "step").len(), 200);
    let connectors: Vec<&str> = of_class(&document, "connector").into_iter().filter_map(|node| node.text()).collect();
    assert_eq!(connectors.len(), 2 * 16);
    let width: usize = document.root_element().attribute("width").unwrap().parse().unwrap();
    assert!(width < 3200, "{width}");
}

#[test]
fn an_empty_registry_is_a_picture_that_says_so() {
    let text = picture(&empty());
    assert!(Document::parse(&text).is_ok());
    assert!(text.contains("There are no objectives to draw."));
}

#[test]
fn marks_stand_at_their_steps_with_their_words() {
    let registry = registry(&[("read", "open close")]);
    let marks = |step: &milepost_model::Step| {
        (step.name.as_str() == "open").then(|| Mark { shape: MarkShape::Triangle, label: "7 % fail".to_owned() })
    };
    let text = svg(&registry, &Selection::default(), Theme::Light, &marks);
    let document = Document::parse(&text).unwrap();
    let marked = of_class(&document, "mark");
    assert_eq!(marked.len(), 1);
    assert_eq!(marked[0].parent_element().unwrap().attribute("data-step"), Some("open"));
    assert!(text.contains(">7 % fail</text>"));
}

#[test]
fn themes_differ_in_their_style_only() {
    let registry = registry(&[("read", "open")]);
    let without_style = |theme| {
        let text = svg(&registry, &Selection::default(), theme, &|_| None);
        let (before, rest) = text.split_once("<style>").unwrap();
        (format!("{before}{}", rest.split_once("</style>").unwrap().1), rest.contains("prefers-color-scheme"))
    };
    let [(auto, follows), (light, light_follows), (dark, _)] =
        [Theme::Auto, Theme::Light, Theme::Dark].map(without_style);
    assert!(auto == light && light == dark && follows && !light_follows);
}
