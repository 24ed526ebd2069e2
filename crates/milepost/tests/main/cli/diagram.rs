//! `milepost diagram` in its forms.

use super::SHOP;
use crate::run::{Folder, milepost, milepost_in, told};
use std::process::Output;

/// Standard output of a run that went well.
fn data(output: &Output) -> String {
    assert!(output.status.success() && output.stderr.is_empty(), "{}", told(output));
    String::from_utf8(output.stdout.clone()).expect("it is text")
}

#[test]
fn the_mail_example_is_drawn_as_svg_and_written_as_mermaid() {
    insta::assert_snapshot!(data(&milepost(["diagram", "examples/mail"])));
    insta::assert_snapshot!(data(&milepost(["diagram", "--format=mermaid", "examples/mail"])));
}

#[test]
fn every_example_is_drawn_the_same_each_time() {
    for example in ["mail", "erddap", "website", "online-boutique", "train-ticket"] {
        let folder = format!("examples/{example}");
        let first = data(&milepost(["diagram", &folder]));
        assert!(first.starts_with("<svg xmlns=") && first.ends_with("</svg>\n"));
        assert_eq!(first, data(&milepost(["diagram", &folder])));
    }
}

#[test]
fn objectives_that_are_asked_for_are_drawn_and_no_others() {
    let text = data(&milepost(["diagram", "examples/erddap", "--objective=learn", "--objective", "find-data"]));
    let drawn: Vec<&str> = text.split("class=\"lane-group\" data-objective=\"").skip(1).collect();
    let drawn: Vec<&str> = drawn.iter().filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(drawn, ["find-data", "learn"], "in the order of the registry");
}

#[test]
fn a_picture_goes_to_the_file_that_is_named_and_nothing_is_said() {
    let folder = Folder::new("diagram_to_file");
    folder.write("registry/shop.yaml", SHOP.as_bytes());
    let printed = data(&milepost_in(&folder, ["diagram", "registry", "--theme=dark"]));
    let written = milepost_in(&folder, ["diagram", "registry", "--theme=dark", "-o", "shop.svg"]);
    assert_eq!(data(&written), "");
    assert_eq!(std::fs::read_to_string(folder.path().join("shop.svg")).unwrap(), printed);
    assert_ne!(printed, data(&milepost_in(&folder, ["diagram", "registry"])));
}

#[test]
fn what_cannot_be_drawn_is_told_with_what_can() {
    let folder = Folder::new("diagram_mistakes");
    folder.write("registry/shop.yaml", SHOP.as_bytes());
    let mut said = String::new();
    for arguments in [
        &["diagram", "registry", "--objective", "byu"][..],
        &["diagram", "registry", "--product", "mail"],
        &["diagram", "registry", "-o", "missing/shop.svg"],
        &["diagram", "missing"],
    ] {
        said.push_str(&format!("$ milepost {}\n{}\n", arguments.join(" "), told(&milepost_in(&folder, arguments))));
    }
    insta::assert_snapshot!(said);
}

#[test]
fn one_of_several_products_can_be_drawn_alone() {
    let folder = Folder::new("diagram_of_products");
    let of_product = |name: &str| {
        SHOP.replace("metadata: {name: shop}", &format!("metadata: {{name: {name}}}"))
            .replace("{name: buy}", &format!("{{name: buy, product: {name}}}"))
            .replace("{name: place-order}", &format!("{{name: place-order, product: {name}}}"))
            .replace("{name: web}", &format!("{{name: web, product: {name}}}"))
    };
    folder.write("registry/shop.yaml", of_product("shop").as_bytes());
    folder.write("registry/kiosk.yaml", of_product("kiosk").as_bytes());
    let products = |options: &[&str]| {
        let text = data(&milepost_in(&folder, ["diagram", "registry"].iter().chain(options)));
        text.matches("class=\"product\"").count()
    };
    assert_eq!(products(&[]), 2);
    assert_eq!(products(&["--product=kiosk"]), 1);
}
