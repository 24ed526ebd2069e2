//! A registry to start from: commented documents without an error, which warn of the sentences to replace, with the names that somebody has chosen.
//!
//! Pure text; the binary asks for the names and writes the files.

use milepost_model::{Date, LogFormat, Name};
use std::fmt::Write as _;

/// What a starter registry is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Starter {
    /// The product's name.
    pub product: Name,
    /// What people call the product.
    pub title: String,
    /// The name of its first objective.
    pub objective: Name,
    /// What people call the objective.
    pub objective_title: String,
    /// The service at which its steps are measured.
    pub service: Name,
    /// How the service's access log is written; without one, its spans are counted.
    pub access_log: Option<LogFormat>,
    /// The day by which the owner looks at the product again.
    pub reconfirm_by: Date,
}

/// Ends the sentences of a template that are to be replaced.
pub(crate) const PLACEHOLDER: &str = "Write yours here.";

/// The files with their templates, in which words between `@` are filled in.
const TEMPLATES: [(&str, &str); 5] = [
    ("product.yaml", include_str!("../starter/product.yaml")),
    ("objectives.yaml", include_str!("../starter/objectives.yaml")),
    ("services.yaml", include_str!("../starter/services.yaml")),
    ("slos.yaml", include_str!("../starter/slos.yaml")),
    ("severity.yaml", include_str!("../starter/severity.yaml")),
];

impl Starter {
    /// The files, each with its name and its text.
    pub fn files(&self) -> Vec<(&'static str, String)> {
        TEMPLATES.iter().map(|(name, template)| (*name, self.fill(template))).collect()
    }

    /// Fills a template in one go, so that an `@` in a title is nothing but that.
    fn fill(&self, template: &str) -> String {
        let mut out = String::with_capacity(template.len());
        for (at, part) in template.split('@').enumerate() {
            if at % 2 == 0 {
                out.push_str(part);
            } else {
                out.push_str(&self.value(part));
            }
        }
        out
    }

    fn value(&self, word: &str) -> String {
        match word {
            "product" => scalar(self.product.as_str()),
            "title" => scalar(&self.title),
            "objective" => self.objective.to_string(),
            "objective-title" => scalar(&self.objective_title),
            "service" => self.service.to_string(),
            "reconfirm-by" => self.reconfirm_by.to_string(),
            "access-log" => self.access_log_line(),
            other => unreachable!("the templates name no `{other}`"),
        }
    }

    fn access_log_line(&self) -> String {
        match &self.access_log {
            Some(format) => format!(
                "  # How a line of its access log is written: a name, or the text of nginx's `log_format`.\n  accessLog: {}",
                scalar(format.as_str())
            ),
            None => {
                "  # Its requests are counted by its spans. With an access log instead: accessLog: combined".to_owned()
            }
        }
    }
}

/// A text as a YAML scalar: as it is where it cannot be taken for anything else, else between double quotes.
fn scalar(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.split(' ').all(|word| !word.is_empty() && word.chars().all(is_word));
    // What some readers of YAML take for a truth or for nothing.
    let means_something = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    if is_plain && !means_something.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Code, ReadOptions};
    use proptest::prelude::*;

    fn starter(title: &str, objective: &str, access_log: Option<&str>) -> Starter {
        Starter {
            product: Name::new("no").unwrap(),
            title: title.to_owned(),
            objective: Name::new("get-it-done").unwrap(),
            objective_title: objective.to_owned(),
            service: Name::new("web").unwrap(),
            access_log: access_log.map(|text| text.parse().unwrap()),
            reconfirm_by: "2027-01-31".parse().unwrap(),
        }
    }

    fn assert_passes(starter: &Starter) {
        let files = starter.files();
        let agents = "apiVersion: milepost/v1\nkind: AnnotationRules\nmetadata: {name: agents}\nspec: {rules: []}\n";
        let texts = files.iter().map(|(name, text)| (*name, text.as_str())).chain([("agents.yaml", agents)]);
        let outcome = ReadOptions { today: Some("2026-01-31".parse().unwrap()) }.read_texts(texts);
        // Nothing but the sentences that wait for better ones is told.
        let codes: Vec<Code> = outcome.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(codes, [Code::Placeholder; 2], "{}", outcome.diagnostics.render(false));
        let registry = outcome.registry.unwrap();
        assert_eq!(registry.products[0].title, starter.title);
        assert_eq!(registry.objectives[0].title, starter.objective_title);
        assert_eq!(registry.services[0].access_log, starter.access_log);
    }

    #[test]
    fn a_starter_passes_with_any_kind_of_access_log() {
        let declared = "$remote_addr [$time_local] \"$request\" $status $request_time";
        for format in [None, Some("combined"), Some("json"), Some(declared)] {
            assert_passes(&starter("Library", "Borrow a book", format));
        }
    }

    #[test]
    fn a_severity_policy_without_its_comment_signs_wants_a_sign_off_and_nothing_else() {
        let starter = starter("Library", "Borrow a book", None);
        let files = starter.files().into_iter().map(|(name, text)| match name {
            "severity.yaml" => {
                let (head, policy) = text.split_once("# apiVersion").unwrap();
                (name, format!("{head}apiVersion{}", policy.replace("\n# ", "\n")))
            }
            _ => (name, text),
        });
        let files: Vec<_> = files.collect();
        let agents = "apiVersion: milepost/v1\nkind: AnnotationRules\nmetadata: {name: agents}\nspec: {rules: []}\n";
        let texts = files.iter().map(|(name, text)| (*name, text.as_str())).chain([("agents.yaml", agents)]);
        let outcome = ReadOptions { today: Some("2026-01-31".parse().unwrap()) }.read_texts(texts);
        let codes: Vec<Code> = outcome.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        let said = outcome.diagnostics.render(false);
        assert_eq!(codes, [Code::Placeholder, Code::Placeholder, Code::NotSignedOff], "{said}");
    }

    #[test]
    fn what_could_be_taken_for_something_else_is_quoted() {
        assert_eq!(scalar("Web shop"), "Web shop");
        for text in ["no", "Yes", "a: b", "a #b", "5", "", "@service@", "*a"] {
            assert_eq!(scalar(text), format!("\"{text}\""));
        }
        assert_eq!(scalar("a\"\\\n"), "\"a\\\"\\\\\\u000a\"");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_title_is_read_back_as_it_was(title in "\\PC{0,20}[a-z]", objective in "[a-z]\\PC{0,20}[a-z]") {
            assert_passes(&starter(title.trim(), objective.trim(), None));
        }
    }
}
