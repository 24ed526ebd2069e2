//! What is told to those who ask for help, and to those who should.

use crate::run::{milepost, told};

#[test]
fn without_arguments_the_commands_are_told() {
    insta::assert_snapshot!(told(&milepost::<&str>([])));
}

#[test]
fn help_tells_the_commands() {
    insta::assert_snapshot!(told(&milepost(["--help"])));
}

#[test]
fn help_of_a_command_tells_its_options_and_shows_examples() {
    for command in [
        "init",
        "check",
        "explain",
        "annotate",
        "report",
        "show",
        "diagram",
        "diff",
        "import",
        "export",
        "test",
        "rules",
        "schema",
        "completions",
    ] {
        insta::assert_snapshot!(format!("help_of_{command}"), told(&milepost([command, "--help"])));
    }
}

#[test]
fn help_of_an_export_tells_its_options() {
    for format in ["prometheus", "grafana", "openslo"] {
        insta::assert_snapshot!(format!("help_of_export_{format}"), told(&milepost(["export", format, "--help"])));
    }
}

#[test]
fn a_mistyped_command_is_guessed() {
    insta::assert_snapshot!(told(&milepost(["chek", "registry/"])));
}

#[test]
fn what_a_command_needs_is_named() {
    insta::assert_snapshot!(told(&milepost(["report", "access.log"])));
}

#[test]
fn every_shell_completes_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = milepost(["completions", shell]);
        let script = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && output.stderr.is_empty(), "{}", told(&output));
        // The others propose no values of arguments.
        for value in ["MPS008", "haproxy"].iter().filter(|_| ["bash", "zsh"].contains(&shell)) {
            assert!(script.contains(value), "{shell} does not complete {value}");
        }
        for command in ["init", "show", "annotate", "completions"] {
            assert!(script.contains(command), "{shell} does not complete {command}");
        }
    }
}
