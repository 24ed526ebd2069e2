//! A file of settings: one mapping of names to values, read as strictly as registry documents, with the same diagnostics.
//!
//! What settings there are and what their values may be is the caller's: the binary has them from its flags. Such a file may lie in a registry's
//! folder, and is no document of it.

use crate::code::Code;
use crate::diagnostic::{Diagnostic, Diagnostics, Found};
use crate::quote::quote;
use crate::reader::Reader;
use crate::source::Sources;
use crate::suggest::did_you_mean;
use crate::yaml::{self, Node};

/// How a file of settings is called.
pub const FILE_NAME: &str = "milepost.yaml";

/// A setting that a file may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// What stands behind it.
    pub shape: Shape,
}

/// What stands behind a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One text.
    Text,
    /// One text or several.
    List,
    /// `true` or `false`.
    Switch,
}

/// The settings of a file, in its order, each with its values; the texts as they are written. `check` says of a setting's value what would be right,
/// where it is wrong.
///
/// # Errors
/// Everything that is wrong with the file.
pub fn read(
    path: &str,
    text: String,
    known: &[Setting],
    check: impl Fn(&str, &str) -> Result<(), String>,
) -> Result<Vec<(String, Vec<String>)>, Diagnostics> {
    let (mut sources, mut found) = (Sources::default(), Found::default());
    let mut settings = Vec::new();
    match sources.add(path.to_owned(), text) {
        Err(unreadable) => found.push(Diagnostic::of_unreadable(unreadable)),
        Ok(file) => {
            let contents = yaml::read(&sources.file(file).text);
            let mut reader = Reader { file, found: &mut found };
            contents.problems.into_iter().for_each(|problem| reader.report(problem.diagnostic(file)));
            let mut documents = contents.documents.iter().filter(|document| !document.is_null());
            if let Some(document) = documents.next() {
                settings = read_all(document, known, &check, &mut reader);
            }
            if let Some(second) = documents.next() {
                let message = "settings are one document, and this is another";
                let diagnostic = Diagnostic::new(Code::WrongShape, reader.place(second), message);
                reader.report(diagnostic.help("write all settings into the first, and remove `---`"));
            }
        }
    }
    let diagnostics = Diagnostics::new(sources, found, path);
    if diagnostics.errors() > 0 { Err(diagnostics) } else { Ok(settings) }
}

fn read_all(
    document: &Node,
    known: &[Setting],
    check: &impl Fn(&str, &str) -> Result<(), String>,
    reader: &mut Reader<'_>,
) -> Vec<(String, Vec<String>)> {
    let Some(mut fields) = reader.fields(document, "the settings") else { return Vec::new() };
    let mut settings = Vec::new();
    for (name, key, value) in fields.rest() {
        let Some(setting) = known.iter().find(|setting| setting.name == name) else {
            let names: Vec<&str> = known.iter().map(|setting| setting.name.as_str()).collect();
            // As variables are written, or as keys are in other files.
            let meant = name.to_lowercase().replace('_', "-");
            let meant = meant.strip_prefix("milepost-").unwrap_or(&meant);
            let message = format!("{} is not a setting", quote(name));
            let diagnostic = Diagnostic::new(Code::UnknownKey, reader.place(key), message);
            reader.report(diagnostic.help(did_you_mean(meant, &names)));
            continue;
        };
        let values = values(setting, value, check, reader);
        if !values.is_empty() {
            settings.push((name.to_owned(), values));
        }
    }
    settings
}

fn values(
    setting: &Setting,
    node: &Node,
    check: &impl Fn(&str, &str) -> Result<(), String>,
    reader: &mut Reader<'_>,
) -> Vec<String> {
    let what = format!("`{}`", setting.name);
    match setting.shape {
        Shape::Switch => vec![reader.boolean(node, &what).to_string()],
        Shape::Text => value(setting, node, check, reader).into_iter().collect(),
        Shape::List => reader.list(node, &what).iter().filter_map(|item| value(setting, item, check, reader)).collect(),
    }
}

fn value(
    setting: &Setting,
    node: &Node,
    check: &impl Fn(&str, &str) -> Result<(), String>,
    reader: &mut Reader<'_>,
) -> Option<String> {
    let text = reader.text(node, &format!("`{}`", setting.name))?;
    match check(&setting.name, text) {
        Ok(()) => Some(text.to_owned()),
        Err(right) => {
            let message = format!("`{}` cannot be {}", setting.name, quote(text));
            reader.report(Diagnostic::new(Code::BadValue, reader.place(node), message).help(right));
            None
        }
    }
}

/// Whether a file below a registry's folder is one of settings: it is called so, and no line of it begins a document of a registry.
pub(crate) fn is_settings(path: &str, text: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name == FILE_NAME && !text.lines().any(|line| line.starts_with("apiVersion:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, Vec<String>)>, String> {
        let setting = |name: &str, shape| Setting { name: name.to_owned(), shape };
        let known =
            [setting("memory", Shape::Text), setting("tail", Shape::List), setting("require-tokens", Shape::Switch)];
        let check = |_: &str, value: &str| if value == "lots" { Err("write a size".to_owned()) } else { Ok(()) };
        super::read("milepost.yaml", text.to_owned(), &known, check).map_err(|wrong| wrong.render(false))
    }

    #[test]
    fn settings_are_texts_as_they_are_written() {
        let expected: Vec<(String, Vec<String>)> = vec![
            ("memory".to_owned(), vec!["1.50".to_owned()]),
            ("tail".to_owned(), vec!["a.log".to_owned(), "b.log".to_owned()]),
            ("require-tokens".to_owned(), vec!["true".to_owned()]),
        ];
        assert_eq!(read("# mine\nmemory: 1.50\ntail: [a.log, b.log]\nrequire-tokens: true\n"), Ok(expected));
        assert_eq!(read("tail: a.log"), Ok(vec![("tail".to_owned(), vec!["a.log".to_owned()])]));
        assert_eq!((read(""), read("# nothing yet\n")), (Ok(vec![]), Ok(vec![])));
    }

    #[test]
    fn each_mistake_is_told_with_its_place_and_what_would_be_right() {
        for (text, place, right) in [
            ("tail: a\nmemry: 1GiB", "2:1", "did you mean `memory`?"),
            ("MILEPOST_REQUIRE_TOKENS: true", "1:1", "did you mean `require-tokens`?"),
            ("memory: lots", "1:9", "write a size"),
            ("memory: [1GiB]", "1:9", "`memory` must be text, not a list"),
            ("require-tokens: yes", "1:17", "write `true`"),
            ("memory: 1GiB\nmemory: 2GiB", "2:1", "keep one of them"),
            ("memory:", "1:1", "write the value behind it"),
            ("memory: 1GiB\n---\nmemory: 1GiB", "3:1", "remove `---`"),
            ("memory: {", "1:", "milepost.yaml"),
            ("- memory", "1:1", "the settings must be a mapping"),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.contains(&format!("milepost.yaml:{place}")) && told.contains(right), "{text}: {told}");
        }
    }

    #[test]
    fn a_registry_may_have_a_file_of_its_name() {
        assert!(is_settings("registry/milepost.yaml", "memory: 1GiB\n"));
        assert!(!is_settings("registry/milepost.yaml", "# all in one\napiVersion: milepost/v1\n"));
        assert!(!is_settings("registry/shop.yaml", "memory: 1GiB\n"));
    }
}
