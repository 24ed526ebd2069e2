//! `milepost init`: what it writes passes, and what is there stays as it is.

use crate::run::{Folder, json, milepost_in, told};
use serde_json::Value;
use std::process::Output;

#[test]
fn a_new_registry_passes_and_warns_of_the_sentences_to_replace() {
    let folder = Folder::new("init");
    let output = milepost_in(&folder, ["init", "new/registry"]);
    insta::assert_snapshot!(told(&output));
    assert_only_placeholders(&milepost_in(&folder, ["check", "--format=json", "new/registry"]));
    for topic in ["objectives", "raci", "engagement"] {
        let show = milepost_in(&folder, ["show", "new/registry", topic]);
        assert!(show.status.success(), "{}", told(&show));
    }
}

fn assert_only_placeholders(check: &Output) {
    let said = json(check);
    let codes: Vec<&Value> = said["diagnostics"].as_array().into_iter().flatten().map(|one| &one["code"]).collect();
    assert!(check.status.success() && codes == ["MPM025", "MPM025"], "{}", told(check));
}

#[test]
fn names_are_those_that_the_options_say() {
    let folder = Folder::new("init_names");
    let options = ["--title=Web shop: \"yes\" & more", "--objective=Buy a book", "--service=shop", "--access-log=none"];
    let init = milepost_in(&folder, ["init", "registry", "--yes"].iter().chain(&options));
    assert!(init.status.success(), "{}", told(&init));
    assert_only_placeholders(&milepost_in(&folder, ["check", "--format=json", "registry"]));
    let objectives = json(&milepost_in(&folder, ["show", "registry", "objectives", "--format=json"]));
    assert_eq!(objectives["objectives"][0]["name"], "buy-a-book");
    let products = json(&milepost_in(&folder, ["show", "registry", "--format=json"]));
    assert_eq!(products["products"][0]["title"], "Web shop: \"yes\" & more");
    assert_eq!(products["products"][0]["name"], "web-shop-yes-more");
}

#[test]
fn a_file_that_is_there_is_named_and_nothing_is_written() {
    let folder = Folder::new("init_twice");
    folder.write("registry/slos.yaml", b"mine");
    let refused = milepost_in(&folder, ["init", "registry", "--yes"]);
    insta::assert_snapshot!(told(&refused));
    let files: Vec<_> = std::fs::read_dir(folder.path().join("registry")).unwrap().collect();
    assert_eq!(files.len(), 1);
    assert_eq!(std::fs::read(folder.path().join("registry/slos.yaml")).unwrap(), b"mine");
    assert!(milepost_in(&folder, ["init", "other", "--yes"]).status.success());
    assert_eq!(milepost_in(&folder, ["init", "other", "--yes"]).status.code(), Some(2));
}

#[test]
fn wrong_names_and_formats_are_refused_before_anything_is_written() {
    let folder = Folder::new("init_wrong");
    let mut said = String::new();
    for option in ["--product=Web shop", "--access-log=fancy", "--title="] {
        said.push_str(&format!("$ milepost init registry {option}\n"));
        said.push_str(&told(&milepost_in(&folder, ["init", "registry", option])));
    }
    insta::assert_snapshot!(said);
    assert!(!folder.path().join("registry").exists());
}
