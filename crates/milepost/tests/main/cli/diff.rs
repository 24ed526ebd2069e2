//! `milepost diff` between folders and revisions of a git repository.

use super::SHOP;
use crate::run::{Folder, command, example, files, json, milepost, milepost_in, told};
use std::path::Path;
use std::process::{Command, Output};

/// What a product team might change in a week, in the files of the mail example.
const EDITS: [(&str, &str, &str); 9] = [
    ("slos.yaml", "  target: 99.9%\n  window: 28d\n  alerts:\n", "  target: 99.5%\n  window: 28d\n  alerts:\n"),
    ("slos.yaml", "      - page-6h\n", ""),
    ("slos.yaml", "threshold: 800ms", "threshold: 500ms"),
    ("steps.yaml", "    optional:\n      - spelling mail", "    - spelling mail"),
    ("steps.yaml", "status: [413, RESOURCE_EXHAUSTED]", "status: [404, 413, RESOURCE_EXHAUSTED]"),
    (
        "steps.yaml",
        "The user clicks Send, and the message is queued for delivery.",
        "The user clicks Send or presses Ctrl+Enter, and the message is queued for delivery in the background.",
    ),
    (
        "product.yaml",
        "criticality: important\n      optional: true\n      after: open-compose",
        "criticality: critical\n      optional: true\n      after: open-compose",
    ),
    ("product.yaml", "consulted: [web-team, sre]", "consulted: [web-team, sre, support]"),
    (
        "policies.yaml",
        "scope: {tags: [core]}\n      impact: \"> 5%\"",
        "scope: {tags: [core]}\n      impact: \"> 10%\"",
    ),
];

/// Runs git in a folder, without the settings of whoever runs the tests.
fn git(folder: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.current_dir(folder).args(["-c", "user.name=Test", "-c", "user.email=test@mail.example"]).args(arguments);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env_remove("GIT_DIR");
    let output = git.output().expect("git runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A repository with the mail example in one revision, and changed in the next.
fn repository(name: &str) -> Folder {
    let folder = Folder::new(name);
    let mut texts: Vec<(String, String)> = (files(Path::new(&example("mail")), ".yaml").into_iter())
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("it is text");
            (path.file_name().expect("it has a name").to_string_lossy().into_owned(), text)
        })
        .collect();
    let commit = |texts: &[(String, String)], message: &str| {
        for (name, text) in texts {
            folder.write(&format!("registry/{name}"), text.as_bytes());
        }
        git(folder.path(), &["add", "."]);
        git(folder.path(), &["commit", "--quiet", "--message", message]);
    };
    git(folder.path(), &["init", "--quiet"]);
    folder.write("registry/notes.md", b"not a document");
    commit(&texts, "Before");
    for (file, old, new) in EDITS {
        let (_, text) = texts.iter_mut().find(|(name, _)| name == file).expect("the file is there");
        assert!(text.contains(old), "`{old}` is not in {file}");
        *text = text.replacen(old, new, 1);
    }
    commit(&texts, "After");
    folder
}

#[test]
fn two_revisions_of_the_mail_example_are_told_in_words_of_the_product() {
    let folder = repository("diff_of_revisions");
    let sides = ["diff", "HEAD~1:registry", "HEAD:registry"];
    insta::assert_snapshot!(told(&milepost_in(&folder, sides)));
    insta::assert_snapshot!(told(&milepost_in(&folder, sides.iter().chain(&["--format=markdown"]))));
}

#[test]
fn the_keys_of_the_json_are_those_that_programs_rely_on() {
    let folder = repository("diff_as_json");
    let told = json(&milepost_in(&folder, ["diff", "HEAD~1:registry/", "registry", "--format=json"]));
    let slo =
        told["changes"].as_array().expect("a list").iter().find(|c| c["kind"] == "slo").expect("one is of an SLO");
    assert!(told["summary"].as_str().expect("a text").contains("1 SLO looser"));
    insta::assert_json_snapshot!(slo);
}

#[test]
fn a_revision_and_a_folder_with_the_same_documents_do_not_differ() {
    let folder = repository("diff_of_nothing");
    let same = |output: &Output| {
        assert_eq!(told(output), "exit code: 0\n----- stdout -----\nNothing has changed.\n----- stderr -----\n");
    };
    same(&milepost_in(&folder, ["diff", "--exit-code", "HEAD:registry", "registry"]));
    same(&milepost_in(&folder, ["diff", "HEAD@{0}:registry", "HEAD:registry/"]));
    same(&milepost(["diff", "--exit-code", "examples/train-ticket", "examples/train-ticket"]));
}

#[test]
fn differences_are_an_exit_code_only_where_it_is_asked_for() {
    let folder = repository("diff_exit_code");
    let code = |options: &[&str]| {
        milepost_in(&folder, ["diff", "HEAD~1:registry", "registry"].iter().chain(options)).status.code()
    };
    assert_eq!((code(&[]), code(&["--exit-code"])), (Some(0), Some(1)));
}

#[test]
fn what_cannot_be_compared_is_told_with_what_can() {
    let folder = repository("diff_mistakes");
    folder.write("wrong/shop.yaml", SHOP.replace("success:", "sucess:").as_bytes());
    let mut said = String::new();
    for arguments in [
        &["diff", "nothing:registry", "registry"][..],
        &["diff", "HEAD:missing", "registry"],
        &["diff", "HEAD:registry/slos.yaml", "registry"],
        &["diff", "missing", "registry"],
        &["diff", ":registry", "registry"],
        &["diff", "--", "--output=x:registry", "registry"],
        &["diff", "HEAD:registry", "wrong"],
    ] {
        said.push_str(&format!("$ milepost {}\n{}\n", arguments.join(" "), told(&milepost_in(&folder, arguments))));
    }
    insta::assert_snapshot!(said);
    assert!(!folder.path().join("x").exists());
}

#[test]
fn mistakes_in_a_revision_are_told_with_the_revision() {
    let folder = repository("diff_wrong_revision");
    folder.write("registry/slos.yaml", b"apiVersion: milepost/v1\nkind: SLO\n");
    git(folder.path(), &["commit", "--quiet", "--all", "--message", "Wrong"]);
    let output = milepost_in(&folder, ["diff", "HEAD~1:registry", "HEAD:registry"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let told = told(&output);
    assert!(told.contains("HEAD:registry/slos.yaml:"), "{told}");
    assert!(told.contains("HEAD:registry: 2 errors. Only registries without errors can be compared."), "{told}");
}

#[test]
fn outside_of_a_repository_and_without_git_a_revision_cannot_be_read() {
    let folder = Folder::new("diff_without_git");
    folder.write("registry/shop.yaml", SHOP.as_bytes());
    let run = |key: &str, value: &Path| {
        let mut command = command(["diff", "HEAD:registry", "registry"]);
        told(&command.current_dir(folder.path()).env(key, value).env_remove("GIT_DIR").output().expect("it runs"))
    };
    let outside = run("GIT_CEILING_DIRECTORIES", folder.path().parent().expect("it is in a folder"));
    assert!(outside.starts_with("exit code: 2\n") && outside.contains("error: git: not a git repository"), "{outside}");
    let without = run("PATH", folder.path());
    assert!(without.starts_with("exit code: 2\n") && without.contains("the program `git` is not there"), "{without}");
}
