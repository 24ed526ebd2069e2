//! `milepost show` on a terminal and in pipes.

use super::SHOP;
use crate::run::{Folder, command, json, milepost, milepost_in, told};

const TOPICS: [&str; 12] = [
    "objectives",
    "steps",
    "kpis",
    "raci",
    "severity",
    "criticality",
    "slos",
    "budgets",
    "flows",
    "services",
    "engagement",
    "fit",
];

#[test]
fn the_mail_example_is_shown_topic_by_topic() {
    insta::assert_snapshot!("show_overview", told(&milepost(["show", "examples/mail"])));
    for topic in TOPICS {
        insta::assert_snapshot!(format!("show_{topic}"), told(&milepost(["show", "examples/mail", topic])));
    }
}

#[test]
fn every_topic_of_every_example_has_every_format() {
    for example in ["mail", "erddap", "website", "online-boutique", "train-ticket"] {
        let folder = format!("examples/{example}");
        for topic in TOPICS {
            let of = |format: &str| milepost(["show", &folder, topic, "--format", format]);
            assert!(json(&of("json")).as_object().is_some_and(|records| !records.is_empty()));
            for (format, begins) in [("text", ""), ("markdown", "# "), ("html", "<!DOCTYPE html>\n")] {
                let output = of(format);
                let text = String::from_utf8_lossy(&output.stdout);
                assert!(output.status.success() && output.stderr.is_empty(), "{}", told(&output));
                assert!(text.starts_with(begins) && text.ends_with('\n') && text.len() > 100, "{text}");
            }
        }
    }
}

#[test]
fn lines_are_no_wider_than_the_terminal() {
    for columns in [60, 80, 100, 200] {
        for topic in TOPICS {
            let mut command = command(["show", "examples/mail", topic]);
            let output = command.env("COLUMNS", columns.to_string()).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(widest <= columns, "{topic} at {columns} is {widest} wide:\n{text}");
            // The longest word of all is broken at no width.
            assert!(topic != "slos" || text.contains("lookup-addresses-availability"), "at {columns}:\n{text}");
        }
    }
}

#[test]
fn what_cannot_be_shown_is_told_with_what_can() {
    let folder = Folder::new("show_mistakes");
    folder.write("registry/shop.yaml", SHOP.as_bytes());
    let mut said = String::new();
    for arguments in [
        &["show", "registry", "objective"][..],
        &["show", "registry", "slos", "--product", "mail"],
        &["show", "missing"],
    ] {
        said.push_str(&format!("$ milepost {}\n{}\n", arguments.join(" "), told(&milepost_in(&folder, arguments))));
    }
    insta::assert_snapshot!(said);
}
