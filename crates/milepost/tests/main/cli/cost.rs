//! `milepost cost`.

use crate::run::{example, files, milepost, told, workspace};

#[test]
fn what_the_slos_of_the_mail_example_cost_and_which_are_missing() {
    let mut arguments = vec!["cost".to_owned(), "--registry".to_owned(), example("mail")];
    let telemetry = files(&workspace().join("examples/mail/telemetry"), ".gz");
    arguments.extend(telemetry.iter().map(|file| file.display().to_string()));
    insta::assert_snapshot!(told(&milepost(arguments)));
}
