//! `milepost test`.

use super::SHOP;
use crate::run::{Folder, example, json, milepost, milepost_in, told};

#[test]
fn the_example_of_the_mail_product_is_as_it_says() {
    let script = format!("{}/slos.test", example("mail"));
    let output = milepost(["test", "--registry", &example("mail"), &script]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
}

#[test]
fn what_is_not_as_expected_is_told_with_file_line_and_both_sides() {
    let folder = Folder::new("test-differences");
    folder.write(
        "budgets.test",
        b"slo send-mail 99.9% over 1d\nload 1m\n    send-mail 100/100x1439 100/82\neval at 23h59m send-mail\n    expect budget_spent 13%\n    expect page-1h inactive\n    expect bad 18\n",
    );
    folder.write("broken.test", b"slo send-mail 99.9%\nexpect everything\n");
    let output = milepost_in(&folder, ["test", "budgets.test", "broken.test"]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(told(&output));
    let output = milepost_in(&folder, ["test", "budgets.test", "--format=json"]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let failure = &found["files"][0]["failures"][0];
    assert_eq!(
        (&failure["line"], &failure["expected"], &failure["actual"]),
        (&5.into(), &"13%".into(), &"12.5%".into())
    );
}

#[test]
fn slos_are_taken_from_a_registry_with_their_tiers() {
    let folder = Folder::new("test-registry");
    let slo = "---\napiVersion: milepost/v1\nkind: SLO\nmetadata: {name: orders}\nspec:\n  step: place-order\n  type: availability\n  target: 99%\n  window: 1d\n  budgeting: {slice: 5m, sliceTarget: 95%, noData: bad}\n";
    folder.write("registry/shop.yaml", format!("{SHOP}{slo}").as_bytes());
    folder.write(
        "orders.test",
        b"slo orders\nload 1m\n    orders 10/10x10 _x10\neval at 20m orders\n    expect valid 4\n    expect bad 2\n",
    );
    let output = milepost_in(&folder, ["test", "--registry=registry", "orders.test", "--format=json"]);
    assert_eq!(json(&output)["checks"], 2);
}

#[test]
fn a_script_that_cannot_be_read_is_no_failed_script() {
    let output = milepost(["test", "there-is-none.test"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(told(&output));
}

#[test]
fn the_scripts_of_the_documentation_and_of_the_help_are_as_they_say() {
    let page = std::fs::read_to_string(crate::run::workspace().join("docs/test.md")).unwrap();
    let of_page = page.split("```").find(|part| part.trim_start().starts_with("slo ")).expect("the page has a script");
    let help = String::from_utf8(milepost(["test", "--help"]).stdout).unwrap();
    let (_, of_help) = help.split_once("A script, budgets.test:\n").expect("the help has a script");
    let of_help: String = of_help.lines().map(|line| line.get(2..).unwrap_or_default().to_owned() + "\n").collect();
    let folder = Folder::new("test-documentation");
    for (script, checks) in [(of_page, 5), (of_help.as_str(), 2)] {
        folder.write("budgets.test", script.as_bytes());
        let output = milepost_in(&folder, ["test", "budgets.test", "--format=json"]);
        assert_eq!(json(&output)["checks"], checks);
    }
}
