//! The table and the readers agree: on keys, on which must be there, on examples, words and names.
//!
//! Documents are made from the table, one for each mapping, and read by the readers of `documents`.

mod specimen;
mod validator;

use super::kinds::{KINDS, mappings};
use super::table::{Need, Rule, Shape};
use crate::reader::probe;
use milepost_annotate::Subject;
use specimen::{Specimen, errors, specimens};
use std::collections::BTreeSet;

/// `match` is read by what rules can look at, and not by keys.
const READ_BY_SUBJECT: &str = "match";

fn keys_of(specimen: &Specimen) -> BTreeSet<&'static str> {
    specimen.mapping.fields.iter().map(|field| field.name).collect()
}

#[test]
fn the_readers_ask_for_the_keys_of_the_table_and_for_no_others() {
    for specimen in specimens().iter().filter(|s| s.mapping.name != READ_BY_SUBJECT) {
        probe::take();
        for keys in specimen.fullest() {
            let text = specimen.document(&keys, Some(probe::KEY));
            assert!(!errors(&text).is_empty(), "{text}");
        }
        assert_eq!(probe::take(), keys_of(specimen), "keys of `{}` in {}", specimen.mapping.name, specimen.kind);
    }
}

#[test]
fn what_editors_show_speaks_of_no_table_below() {
    let schema = crate::schema::json();
    let lines = schema.lines().filter(|line| line.trim_start().starts_with("\"description\""));
    let below: Vec<&str> = lines.filter(|line| line.replace("below 100%", "").contains("below")).collect();
    assert_eq!(below, [""; 0]);
}

#[test]
fn rules_look_at_what_the_table_says_they_look_at() {
    let all = mappings();
    let mapping = all.iter().find(|m| m.name == READ_BY_SUBJECT).unwrap();
    let fields: Vec<&str> = mapping.fields.iter().map(|field| field.name).collect();
    assert_eq!(fields, Subject::SIMPLE.map(|(name, _)| name));
    let (beginnings, _) = mapping.open.as_ref().unwrap();
    for beginning in *beginnings {
        assert!(Subject::parse(&format!("{beginning}.x")).is_some(), "{beginning}");
    }
}

#[test]
fn the_least_and_every_key_with_its_example_are_read_without_an_error() {
    for specimen in specimens() {
        let names = specimen.mapping.fields.iter().map(|field| Some(field.name));
        for name in names.chain([None]) {
            let text = specimen.document(&specimen.least_with(name), None);
            assert_eq!(errors(&text), "", "{text}");
        }
    }
}

#[test]
fn a_required_key_that_is_missing_is_an_error_and_another_is_not() {
    for specimen in specimens() {
        for field in specimen.mapping.fields {
            let text = specimen.document_without(field.name);
            if field.need == Need::Required {
                assert_ne!(errors(&text), "", "without `{}`: {text}", field.name);
            } else if specimen.mapping.rules.is_empty() && specimen.mapping.open.is_none() {
                assert_eq!(errors(&text), "", "without `{}`: {text}", field.name);
            }
        }
    }
}

#[test]
fn what_ties_keys_to_each_other_is_an_error_where_it_is_not_kept() {
    for specimen in specimens() {
        for rule in specimen.mapping.rules {
            for text in broken(&specimen, rule) {
                assert_ne!(errors(&text), "", "{text}");
            }
        }
    }
}

/// Documents by which a rule is not kept, as far as the reader of one document sees it.
fn broken(specimen: &Specimen, rule: &Rule) -> Vec<String> {
    let least = specimen.least_with(None);
    let without = |keys: &[&str]| -> Vec<&str> { least.iter().copied().filter(|key| !keys.contains(key)).collect() };
    let document = |keys: &[&str]| specimen.document(keys, None);
    match rule {
        Rule::AnyOf(keys) => vec![document(&without(keys))],
        Rule::OneOf(keys) => vec![document(&without(keys)), document(&[&without(keys)[..], *keys].concat())],
        Rule::With(_, then) => vec![specimen.document_without(then)],
        // Which events are good is missed when references are followed.
        Rule::Needs { needed: "good", .. } => Vec::new(),
        Rule::Needs { needed, .. } => vec![specimen.document_without(needed)],
        Rule::Excludes { excluded, .. } => vec![specimen.document_plus(excluded)],
    }
}

#[test]
fn every_word_of_a_choice_is_read_and_no_other() {
    for specimen in specimens() {
        for field in specimen.mapping.fields {
            let Shape::Choice(words) = &field.shape else { continue };
            // What kind it is and whose decides what the rest must be.
            if specimen.mapping.name == "document" || field.name == "type" {
                continue;
            }
            for word in words() {
                let text = specimen.document_with(field.name, word);
                assert_eq!(errors(&text), "", "{text}");
            }
            let text = specimen.document_with(field.name, "neither-nor");
            assert_ne!(errors(&text), "", "{text}");
        }
    }
}

#[test]
fn the_table_has_the_kinds_that_are_read_in_their_order() {
    let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    assert_eq!(names, crate::documents::KINDS);
}

#[test]
fn mappings_of_one_name_are_the_same_mapping() {
    let mut seen: Vec<Specimen> = Vec::new();
    for specimen in specimens() {
        let same = seen.iter().find(|other| other.mapping.name == specimen.mapping.name);
        let of_product = specimen.mapping.name == "metadata" && specimen.kind == "Product";
        assert!(same.is_none_or(|other| of_product
            || std::ptr::eq(other.mapping, specimen.mapping)
            || other.kind == "Product"));
        seen.push(specimen);
    }
    assert!(seen.len() > 40, "{} mappings", seen.len());
}

#[test]
fn meanings_read_as_parts_of_a_table() {
    for field in mappings().iter().flat_map(|mapping| mapping.fields) {
        let meaning = field.meaning;
        assert!(!meaning.ends_with('.') && !meaning.contains('\n') && !meaning.contains('|'), "{meaning}");
        assert!(
            !meaning.starts_with(char::is_uppercase)
                || meaning.starts_with("KPI")
                || meaning.starts_with("SLO")
                || meaning.starts_with("HTTP"),
            "{meaning}"
        );
    }
}

#[test]
fn a_page_without_a_table_or_with_an_unknown_one_is_refused() {
    assert_eq!(super::reference("# Page\n").unwrap_err(), "the page lacks the line `<!-- keys of document -->`");
    let unknown = "<!-- keys of nothing -->\n<!-- end of keys -->\n";
    assert_eq!(super::reference(unknown).unwrap_err(), "there is no table of the keys of `nothing`");
    let open = "<!-- keys of metadata -->\n";
    let said = "`<!-- end of keys -->` is missing after the table of `metadata`";
    assert_eq!(super::reference(open).unwrap_err(), said);
}

#[test]
fn a_page_that_is_filled_stays_as_it_is() {
    let marks: String = mappings()
        .iter()
        .map(|m| format!("<!-- keys of {} -->\nstale words\n<!-- end of keys -->\n", m.name))
        .collect();
    let filled = super::reference(&marks).unwrap();
    assert!(!filled.contains("stale words") && filled.contains("| `spec` | required |"), "{filled}");
    assert_eq!(super::reference(&filled).unwrap(), filled);
}
