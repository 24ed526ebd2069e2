//! Tests of the module that this file belongs to.

use super::*;
use proptest::option;
use proptest::prelude::*;

const FULL: &str = "1.mail.compose-mail.send-mail.batch.important.93.4f0c_2-Z";

fn error(text: &str) -> WireError {
    AnnotationRef::parse(text).unwrap_err()
}

#[test]
fn every_field_is_read_and_written_back() {
    let annotation = AnnotationRef::parse(FULL).unwrap();
    assert_eq!(annotation.product(), "mail");
    assert_eq!(annotation.objective(), Some("compose-mail"));
    assert_eq!(annotation.step(), "send-mail");
    assert_eq!(annotation.class(), "batch");
    assert_eq!(annotation.criticality(), Some(Criticality::Important));
    assert_eq!(annotation.cohort().map(Cohort::get), Some(93));
    assert_eq!(annotation.interaction(), Some("4f0c_2-Z"));
    assert_eq!(annotation.to_string(), FULL);
    assert_eq!(annotation.into_owned().to_string(), FULL);
}

#[test]
fn a_hyphen_stands_for_what_the_sender_does_not_know() {
    let text = "1.mail.-.send-mail.interactive.-.-.-";
    let annotation: Annotation = text.parse().unwrap();
    assert_eq!(annotation.objective, None);
    assert_eq!(annotation.criticality, None);
    assert_eq!(annotation.cohort, None);
    assert_eq!(annotation.interaction, None);
    assert_eq!(annotation.to_string(), text);
}

#[test]
fn criticality_none_is_a_value_and_not_the_lack_of_one() {
    let annotation = AnnotationRef::parse("1.mail.-.send-mail.interactive.none.-.-").unwrap();
    assert_eq!(annotation.criticality(), Some(Criticality::None));
}

#[test]
fn a_missing_field_is_named() {
    use WireField::{Class, Cohort, Criticality, Interaction, Objective, Product, Step};
    let mut text = FULL.to_owned();
    for field in [Interaction, Cohort, Criticality, Class, Step, Objective, Product] {
        text.truncate(text.rfind('.').unwrap());
        assert_eq!(error(&text), WireError::Missing(field), "{text}");
    }
    assert_eq!(text, "1");
}

#[test]
fn fields_of_a_later_sender_are_ignored() {
    let annotation = AnnotationRef::parse(FULL).unwrap();
    for tail in [".", ".x", ".x.y.-", ".Any thing, even = this;"] {
        assert_eq!(AnnotationRef::parse(&format!("{FULL}{tail}")), Ok(annotation), "{tail}");
    }
}

#[test]
fn an_unknown_version_is_told_from_no_version() {
    for text in ["2", "2.mail", "10.anything at all", "0.x", "01.mail.-.a.b.-.-.-"] {
        assert_eq!(error(text), WireError::UnknownVersion, "{text}");
    }
    for text in ["", ".", "-1.a", "v1.mail", "+1.mail", " 1.mail", "mail", "1 .mail", "١.mail"] {
        assert_eq!(error(text), WireError::NoVersion, "{text}");
    }
}

#[test]
fn a_field_with_a_wrong_value_is_named() {
    use WireField::{Class, Cohort, Criticality, Interaction, Objective, Product, Step};
    let long = "a".repeat(37);
    for (index, field, values) in [
        (1, Product, &["", "-", "Mail", "a b", "a-", "mäil", "a,b"][..]),
        (2, Objective, &["", "--", "A", "a/b"]),
        (3, Step, &["", "-", "a_b"]),
        (4, Class, &["", "-", "INTERACTIVE"]),
        (5, Criticality, &["", "high", "Critical", "--"]),
        (6, Cohort, &["", "128", "-1", "+7", "007", "00", "1e1", "99999999999", "٣"]),
        (7, Interaction, &["", "a b", "ü", "a=b", long.as_str()]),
    ] {
        for value in values {
            let mut fields: Vec<&str> = FULL.split('.').collect();
            fields[index] = value;
            let text = fields.join(".");
            assert_eq!(error(&text), WireError::Invalid(field), "{text}");
        }
    }
}

#[test]
fn the_bound_holds_for_any_text_and_the_longest_annotation_is_within_it() {
    let name = "a".repeat(63);
    let longest = format!("1.{name}.{name}.{name}.{name}.important.127.{}", "z".repeat(36));
    assert_eq!(AnnotationRef::parse(&longest).unwrap().to_string(), longest);
    assert_eq!(longest.len(), 308);
    let padded = format!("{longest}.{}", "x".repeat(Annotation::MAX_BYTES - longest.len() - 1));
    assert!(AnnotationRef::parse(&padded).is_ok());
    assert_eq!(error(&format!("{padded}x")), WireError::TooLong);
    assert_eq!(error(&"2".repeat(Annotation::MAX_BYTES + 1)), WireError::TooLong);
}

#[test]
fn an_interaction_id_is_never_the_sign_for_none() {
    assert!(InteractionId::new("-").is_err());
    for text in ["--", "a", "_", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"] {
        assert_eq!(InteractionId::new(text).unwrap().as_str(), text);
    }
}

#[test]
fn every_reason_has_a_counter_of_its_own() {
    use WireError::{Invalid, Missing, NoVersion, NotText, TooLong, UnknownVersion};
    let errors = [TooLong, NotText, NoVersion, UnknownVersion, Missing(WireField::Step), Invalid(WireField::Step)];
    assert_eq!(errors.map(WireError::reason), WireError::REASONS);
}

#[test]
fn a_message_says_what_would_be_right() {
    let message = |text| error(text).to_string();
    assert_eq!(message("mail"), "an annotation begins with its version, `1.`");
    assert_eq!(message("7.mail"), "an annotation of another version than `1` cannot be read");
    assert_eq!(message("1.mail"), "an annotation has eight fields; this one ends before its `objective`");
    assert_eq!(message("1.mail.-.a.batch.-.200.-"), "the `cohort` of an annotation is a number from 0 to 127 or `-`");
    assert_eq!(message(&"1".repeat(400)), "an annotation has at most 384 bytes");
}

prop_compose! {
    fn a_name()(text in "[a-z0-9]|[a-z0-9][a-z0-9-]{0,61}[a-z0-9]") -> Name {
        Name::new(&text).unwrap()
    }
}

prop_compose! {
    fn an_annotation()(
        product in a_name(),
        objective in option::of(a_name()),
        step in a_name(),
        class in a_name(),
        criticality in option::of(prop::sample::select(
            vec![Criticality::None, Criticality::Important, Criticality::Critical],
        )),
        cohort in option::of((0..=127_u8).prop_map(|number| Cohort::new(number).unwrap())),
        interaction in option::of(
            "[0-9A-Za-z_-]{1,36}".prop_filter_map("the sign for none", |text| InteractionId::new(&text).ok()),
        ),
    ) -> Annotation {
        let class = TrafficClass::new(class.as_str()).unwrap();
        Annotation { product, objective, step, class, criticality, cohort, interaction }
    }
}

#[test]
fn properties_that_an_sdk_leaves_in_the_value_are_passed_over() {
    let text = "1.mail.-.login.interactive.-.-.57-3f0c";
    let expected = AnnotationRef::parse(text);
    assert!(expected.is_ok());
    for properties in ["", ";p=1", " ; p = 1;q", ";", "\t;"] {
        let copied = format!("{text}{properties}");
        assert_eq!(AnnotationRef::copied(&copied), expected);
    }
    assert!(AnnotationRef::copied(";p=1").is_err());
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_alike(annotation in an_annotation()) {
        let text = annotation.to_string();
        prop_assert!(text.len() <= Annotation::MAX_BYTES);
        let borrowed = AnnotationRef::parse(&text);
        prop_assert_eq!(borrowed, Ok(AnnotationRef::from(&annotation)));
        prop_assert_eq!(text.parse(), Ok(annotation));
    }

    #[test]
    fn what_is_read_is_the_start_of_the_text_again(text in "1(\\.([a-z0-9-]{1,9}|none|[0-9]{1,3})){6,9}") {
        if let Ok(annotation) = AnnotationRef::parse(&text) {
            let written = annotation.to_string();
            let rest = text.strip_prefix(&written);
            prop_assert!(rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.')), "{}", written);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        let direct = AnnotationRef::parse(&text).map(AnnotationRef::into_owned);
        prop_assert_eq!(direct, text.parse());
    }
}
