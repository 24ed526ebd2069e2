//! Documents made from the table: for each mapping at each place a document in which it stands.

use super::super::kinds::{DOCUMENT, KINDS, METADATA, PRODUCT_METADATA};
use super::super::table::{Field, List, Mapping, Need, Rule, Shape};
use crate::diagnostic::{Diagnostics, Found};
use crate::documents::Declared;
use crate::reader::Reader;
use crate::source::Sources;
use crate::yaml;

/// A mapping at its place in a document of a kind.
pub(super) struct Specimen {
    pub(super) kind: &'static str,
    pub(super) mapping: &'static Mapping,
    /// The document around the mapping's text.
    around: (String, String),
}

/// All mappings at all places.
pub(super) fn specimens() -> Vec<Specimen> {
    let mut found = Vec::new();
    for kind in KINDS {
        let metadata = if kind.name == "Product" { &PRODUCT_METADATA } else { &METADATA };
        let head = format!("{{apiVersion: milepost/v1, kind: {}, ", kind.name);
        let least = flow(kind.spec, &least_with(kind.spec, None), &|field| field.example.to_owned(), None);
        let of_metadata = (format!("{head}metadata: "), format!(", spec: {least}}}"));
        found.push(Specimen { kind: kind.name, mapping: metadata, around: of_metadata });
        let of_spec = (format!("{head}metadata: {{name: a-name}}, spec: "), "}".to_owned());
        add(kind.name, kind.spec, of_spec, &mut found);
    }
    found.push(Specimen { kind: "Step", mapping: &DOCUMENT, around: (String::new(), String::new()) });
    found
}

fn add(kind: &'static str, mapping: &'static Mapping, around: (String, String), found: &mut Vec<Specimen>) {
    let open = mapping.open.iter().map(|(beginnings, shape)| (format!("{}.x", beginnings[0]), shape));
    let named = mapping.fields.iter().map(|field| (field.name.to_owned(), &field.shape));
    for (name, shape) in named.chain(open) {
        for (inner, before, after) in places(shape) {
            let keys: Vec<&Field> = (least_with(mapping, Some(&name)).into_iter())
                .filter(|key| *key != name)
                .filter_map(|key| mapping.fields.iter().find(|field| field.name == key))
                .collect();
            let rest: String = keys.iter().map(|f| format!(", {}: {}", f.name, f.example)).collect();
            let around = (format!("{}{{{name}: {before}", around.0), format!("{after}{rest}}}{}", around.1));
            add(kind, inner, around, found);
        }
    }
    found.push(Specimen { kind, mapping, around });
}

/// The mappings within a shape, with what stands before and after each.
fn places(shape: &'static Shape) -> Vec<(&'static Mapping, String, String)> {
    let wrapped = |(mapping, before, after), start: &str, end: &str| {
        (mapping, format!("{start}{before}"), format!("{after}{end}"))
    };
    match shape {
        Shape::Mapping(mapping) => vec![(mapping, String::new(), String::new())],
        Shape::List(List { items, .. }) => places(items).into_iter().map(|p| wrapped(p, "[", "]")).collect(),
        Shape::Map(_, values) => places(values).into_iter().map(|p| wrapped(p, "{a-name: ", "}")).collect(),
        Shape::Any(shapes) => shapes.iter().flat_map(places).collect(),
        _ => Vec::new(),
    }
}

impl Specimen {
    /// The document with these keys, each with its example, and perhaps a key that is not in the table.
    pub(super) fn document(&self, keys: &[&str], alien: Option<&str>) -> String {
        self.write(keys, &|field| self.value(field, keys), alien)
    }

    /// The least document with a key, without which the same document is not whole.
    pub(super) fn document_without(&self, key: &str) -> String {
        let whole = self.least_with(Some(key));
        let keys: Vec<&str> = whole.iter().copied().filter(|other| *other != key).collect();
        self.write(&keys, &|field| self.value(field, &whole), None)
    }

    /// The least document with a key added, which changes the value of no other.
    pub(super) fn document_plus(&self, key: &str) -> String {
        let least = self.least_with(None);
        self.write(&[&least[..], &[key]].concat(), &|field| self.value(field, &least), None)
    }

    /// The least document in which a key has a value.
    pub(super) fn document_with(&self, key: &str, value: &str) -> String {
        let keys = self.least_with(Some(key));
        let of = |field: &Field| if field.name == key { value.to_owned() } else { self.value(field, &keys) };
        self.write(&keys, &of, None)
    }

    fn write(&self, keys: &[&str], value: &dyn Fn(&Field) -> String, alien: Option<&str>) -> String {
        format!("{}{}{}\n", self.around.0, flow(self.mapping, keys, value, alien), self.around.1)
    }

    /// The keys that must be there, and one more with what it brings along.
    pub(super) fn least_with(&self, key: Option<&str>) -> Vec<&'static str> {
        least_with(self.mapping, key)
    }

    /// All keys that can stand together: once for each of those that exclude each other.
    pub(super) fn fullest(&self) -> Vec<Vec<&'static str>> {
        let all: Vec<&str> = self.mapping.fields.iter().map(|field| field.name).collect();
        let exclusive = self.mapping.rules.iter().find_map(|rule| match rule {
            Rule::OneOf(keys) => Some(*keys),
            _ => None,
        });
        let Some(exclusive) = exclusive else { return vec![all] };
        let with = |one: &&'static str| all.iter().copied().filter(|k| k == one || !exclusive.contains(k)).collect();
        exclusive.iter().map(with).collect()
    }

    /// The example of a key, or the value that another key needs it to have.
    fn value(&self, field: &Field, keys: &[&str]) -> String {
        let wanted = self.mapping.rules.iter().find_map(|rule| match rule {
            Rule::Needs { key, values, needed } if *key == field.name && keys.contains(needed) => Some(values[0]),
            _ => None,
        });
        match field.example {
            _ if wanted.is_some() => wanted.unwrap_or_default().to_owned(),
            // The `spec` of any kind.
            "{...}" => "{description: Text., start: Text., success: Text.}".to_owned(),
            example => example.to_owned(),
        }
    }
}

fn least_with(mapping: &Mapping, key: Option<&str>) -> Vec<&'static str> {
    let mut keys: Vec<&'static str> = Vec::new();
    for field in mapping.fields {
        if field.need == Need::Required || Some(field.name) == key {
            keys.push(field.name);
        }
    }
    if mapping.open.is_some() && keys.is_empty() && key.is_none() {
        keys.extend(mapping.fields.first().map(|field| field.name));
    }
    for rule in mapping.rules {
        match rule {
            Rule::OneOf(any) | Rule::AnyOf(any) if !any.iter().any(|k| keys.contains(k)) => keys.push(any[0]),
            _ => {}
        }
    }
    for rule in mapping.rules {
        match rule {
            Rule::With(with, then) if keys.contains(with) && !keys.contains(then) => keys.push(then),
            Rule::With(with, then) if keys.contains(then) && !keys.contains(with) => keys.push(with),
            _ => {}
        }
    }
    keys
}

/// The mapping in one line.
fn flow(mapping: &Mapping, keys: &[&str], value: &dyn Fn(&Field) -> String, alien: Option<&str>) -> String {
    let fields = mapping.fields.iter().filter(|field| keys.contains(&field.name));
    let mut entries: Vec<String> = fields.map(|field| format!("{}: {}", field.name, value(field))).collect();
    entries.extend(alien.map(|key| format!("{key}: x")));
    format!("{{{}}}", entries.join(", "))
}

/// The errors in a text whose references nobody follows.
pub(super) fn errors(text: &str) -> String {
    let mut sources = Sources::default();
    let file = sources.add("a.yaml".to_owned(), text.to_owned()).unwrap();
    let mut found = Found::default();
    let contents = yaml::read(text);
    let mut reader = Reader { file, found: &mut found };
    let mut declared = Declared::default();
    for document in &contents.documents {
        declared.read(document, text, &mut reader);
    }
    for problem in contents.problems {
        reader.report(problem.diagnostic(file));
    }
    if found.errors() == 0 {
        return String::new();
    }
    Diagnostics::new(sources, found, "").render(false)
}
