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
    for command in ["check", "explain", "diagram", "diff", "report", "annotate", "rules", "schema"] {
        insta::assert_snapshot!(format!("help_of_{command}"), told(&milepost([command, "--help"])));
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
