//! `milepost attribute`.

use crate::run::{example, files, milepost, told, workspace};

fn mail(more: &[&str]) -> Vec<String> {
    let mut arguments = vec!["attribute".to_owned(), "--registry".to_owned(), example("mail")];
    arguments.extend(more.iter().map(ToString::to_string));
    let telemetry = files(&workspace().join("examples/mail/telemetry"), ".gz");
    arguments.extend(telemetry.iter().map(|file| file.display().to_string()));
    arguments
}

#[test]
fn the_hour_of_the_mail_example_names_the_version_in_the_region_that_failed_and_whom_the_outbox_hurt() {
    insta::assert_snapshot!(told(&milepost(mail(&[]))));
    let outbox = "--operation=outbox mail.v1.Outbox/Enqueue";
    insta::assert_snapshot!("attribute_operation", told(&milepost(mail(&[outbox, "--format=markdown"]))));
    insta::assert_snapshot!("attribute_step", told(&milepost(mail(&["--step=send-mail", "--format=json"]))));
}

#[test]
fn a_name_that_nothing_has_is_answered_with_the_nearest() {
    insta::assert_snapshot!("attribute_unknown_operation", told(&milepost(mail(&["--operation=outbox Enqueue"]))));
    insta::assert_snapshot!("attribute_unknown_step", told(&milepost(mail(&["--step=sendmail"]))));
}
