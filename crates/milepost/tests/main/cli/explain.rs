//! `milepost explain`.

use crate::run::{json, milepost, told};

#[test]
fn a_code_is_explained_with_examples() {
    insta::assert_snapshot!(told(&milepost(["explain", "MPN004"])));
}

#[test]
fn markdown_is_the_page_as_it_is_written() {
    let output = milepost(["explain", "mpn004", "--format=markdown"]);
    assert!(output.status.success());
    let page = crate::run::workspace().join("docs/diagnostics/MPN004.md");
    assert_eq!(output.stdout, std::fs::read(page).unwrap());
}

#[test]
fn json_tells_a_code_with_its_page_and_all_codes_without() {
    let one = json(&milepost(["explain", "MPN004", "--format=json"]));
    assert_eq!((&one["severity"], &one["area"]), (&"error".into(), &"Names and references".into()));
    assert!(one["page"].as_str().unwrap().contains("## Right"));
    let all = json(&milepost(["explain", "--format=json"]));
    let codes = all["codes"].as_array().unwrap();
    assert!(codes.len() > 40 && codes.iter().all(|code| code["meaning"].is_string() && code["page"].is_null()));
}

#[test]
fn without_a_code_all_are_listed_by_area() {
    let output = milepost(["explain"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part}"));
    assert!(at("\nNames and references\n") < at("- `MPN004`: A step is named that does not exist.\n"));
    assert!(at("- `MPY001`: ") < at("\nNames and references\n"));
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn a_code_that_does_not_exist_is_answered_with_the_nearest() {
    insta::assert_snapshot!(told(&milepost(["explain", "MPN04"])));
    insta::assert_snapshot!(told(&milepost(["explain", "E0308"])));
}
