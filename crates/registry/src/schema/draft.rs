//! The table as JSON Schema, draft 7: what the YAML language server, VS Code and most validators read.
//!
//! Everything stands where it is used, without references, so that an editor shows the meaning of each key at its place.

use super::json::Json;
use super::kinds::{DOCUMENT, KINDS, Kind, PRODUCT_METADATA};
use super::table::{Field, Form, List, Mapping, Need, Rule, Shape};
use crate::documents::API_VERSION;
use crate::openslo;

/// The whole schema.
pub(super) fn schema() -> Json {
    let version = Json::object([
        (
            "description",
            Json::text("Whose document it is. Documents of OpenSLO are checked by `milepost check` alone."),
        ),
        ("enum", Json::texts([API_VERSION, openslo::API_VERSION])),
        ("default", Json::text(API_VERSION)),
    ]);
    let ours = Json::object([("properties", Json::object([("apiVersion", constant(API_VERSION))]))]);
    Json::object([
        ("$schema", Json::text("http://json-schema.org/draft-07/schema#")),
        ("$comment", Json::text("Written by `cargo xtask generate` from crates/registry/src/schema.")),
        ("title", Json::text("Milepost registry document")),
        ("type", Json::text("object")),
        ("required", Json::texts(["apiVersion"])),
        ("properties", Json::object([("apiVersion", version)])),
        ("if", ours),
        ("then", document()),
    ])
}

/// A document of Milepost's own, of any kind.
fn document() -> Json {
    let Json::Object(mut entries) = mapping(&DOCUMENT) else { unreachable!("a mapping is an object") };
    entries.push(("allOf".to_owned(), Json::List(KINDS.iter().map(of_kind).collect())));
    Json::Object(entries)
}

fn of_kind(kind: &Kind) -> Json {
    let Json::Object(mut spec) = mapping(kind.spec) else { unreachable!("a mapping is an object") };
    spec.insert(0, ("description".to_owned(), Json::text(kind.meaning)));
    let mut properties = vec![("spec", Json::Object(spec))];
    if kind.name == "Product" {
        // A product belongs to none.
        properties.push(("metadata", mapping(&PRODUCT_METADATA)));
    }
    Json::object([
        ("if", condition("kind", constant(kind.name))),
        ("then", Json::object([("properties", Json::object(properties))])),
    ])
}

fn mapping(mapping: &Mapping) -> Json {
    let required: Vec<&str> =
        mapping.fields.iter().filter(|f| f.need == Need::Required).map(|field| field.name).collect();
    let mut entries = vec![("type", Json::text("object"))];
    if !required.is_empty() {
        entries.push(("required", Json::texts(required)));
    }
    entries.push(("properties", Json::object(mapping.fields.iter().map(|field| (field.name, property(field))))));
    if let Some((beginnings, values)) = &mapping.open {
        let pattern = format!(r"^({})\..", beginnings.join("|"));
        entries.push(("patternProperties", Json::object([(pattern, shape(values))])));
        // A mapping with open keys is one of conditions, of which there is at least one.
        entries.push(("minProperties", Json::Number(1)));
    }
    entries.push(("additionalProperties", Json::Bool(false)));
    let rules: Vec<Json> = mapping.rules.iter().map(rule).collect();
    if !rules.is_empty() {
        entries.push(("allOf", Json::List(rules)));
    }
    Json::object(entries)
}

fn property(field: &Field) -> Json {
    let Json::Object(shape) = shape(&field.shape) else { unreachable!("a shape is an object") };
    let mut entries = vec![("description".to_owned(), Json::text(description(field)))];
    entries.extend(shape.into_iter().filter(|(key, _)| key != "description"));
    if let Some(default) = field.default {
        entries.extend(Json::of_yaml(default).map(|value| ("default".to_owned(), value)));
    }
    // The values of a choice are listed already.
    if !matches!(field.shape, Shape::Choice(_) | Shape::Flag) {
        entries.extend(Json::of_yaml(field.example).map(|value| ("examples".to_owned(), Json::List(vec![value]))));
    }
    Json::Object(entries)
}

/// What meanings say of the tables in the reference, which stand elsewhere than here, and what is said in its place.
const BELOW: [(&str, &str); 7] = [
    ("; its keys are below", ""),
    ("; its keys are those of its kind", ""),
    ("; the keys are below", ""),
    (", each with the keys below", ""),
    (", with the keys below", ""),
    (" with the keys below", ""),
    ("the keys below names", "its keys names"),
];

/// The meaning as a sentence, with what its form is and when it is needed.
fn description(field: &Field) -> String {
    let meaning =
        BELOW.iter().fold(field.meaning.to_owned(), |meaning, (of_tables, here)| meaning.replace(of_tables, here));
    let mut letters = meaning.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let mut text = format!("{first}{}.", letters.as_str());
    if let Need::When(when) = field.need {
        text.push_str(&format!(" Required: {when}."));
    }
    if let Shape::Text(form) = &field.shape {
        text.push_str(&format!(" It is {}.", form.what));
    }
    text
}

fn shape(of: &Shape) -> Json {
    match of {
        Shape::Prose => Json::object([("type", Json::texts(["string", "number"])), ("minLength", Json::Number(1))]),
        Shape::Text(form) => text(form),
        Shape::Choice(values) => Json::object([("type", Json::text("string")), ("enum", Json::texts(values()))]),
        Shape::Flag => Json::object([("type", Json::text("boolean"))]),
        Shape::Count => Json::object([("type", Json::text("integer")), ("minimum", Json::Number(1))]),
        Shape::List(of) => list(of),
        Shape::Mapping(of) => mapping(of),
        Shape::Map(keys, values) => {
            let mut entries = vec![("type", Json::text("object")), ("additionalProperties", shape(values))];
            if let Some(pattern) = keys.pattern {
                entries.push(("propertyNames", Json::object([("pattern", Json::text(pattern))])));
            }
            Json::object(entries)
        }
        Shape::Spec => Json::object([("type", Json::text("object"))]),
        Shape::Any(shapes) => any(shapes.iter().map(shape).collect()),
    }
}

fn text(form: &Form) -> Json {
    let kinds = ["string"].iter().chain(form.also).copied();
    let kinds = if form.also.is_empty() { Json::text("string") } else { Json::texts(kinds) };
    let mut entries = vec![("description", Json::text(format!("It is {}.", form.what))), ("type", kinds)];
    entries.extend(form.bounds.iter().map(|(bound, number)| (*bound, Json::Number(*number))));
    match form.pattern {
        Some(pattern) => entries.push(("pattern", Json::text(pattern))),
        None => entries.push(("minLength", Json::Number(1))),
    }
    Json::object(entries)
}

fn list(list: &List) -> Json {
    let mut entries = vec![("type", Json::text("array")), ("items", shape(&list.items))];
    if list.size.0 > 0 {
        entries.push(("minItems", Json::Number(list.size.0)));
    }
    if let Some(most) = list.size.1 {
        entries.push(("maxItems", Json::Number(most)));
    }
    if list.distinct {
        entries.push(("uniqueItems", Json::Bool(true)));
    }
    let mut alternatives = vec![Json::object(entries)];
    alternatives.extend(alone(&list.items, list.single).into_iter().map(shape));
    any(alternatives)
}

/// What may stand alone for a list of one.
fn alone(items: &Shape, single: bool) -> Vec<&Shape> {
    match items {
        Shape::Any(shapes) => shapes.iter().flat_map(|of| alone(of, single)).collect(),
        Shape::Mapping(_) | Shape::Map(..) if !single => Vec::new(),
        Shape::List(_) => Vec::new(),
        of => vec![of],
    }
}

fn any(mut shapes: Vec<Json>) -> Json {
    if shapes.len() == 1 { shapes.remove(0) } else { Json::object([("anyOf", Json::List(shapes))]) }
}

fn rule(rule: &Rule) -> Json {
    let each = |keys: &[&str]| Json::List(keys.iter().map(|key| required(key)).collect());
    match rule {
        Rule::OneOf(keys) => Json::object([("oneOf", each(keys))]),
        Rule::AnyOf(keys) => Json::object([("anyOf", each(keys))]),
        Rule::With(key, then) => Json::object([("dependencies", Json::object([(*key, Json::texts([*then]))]))]),
        Rule::Needs { key, values, needed } => Json::object([
            ("if", condition(key, Json::object([("enum", Json::texts(values.iter().copied()))]))),
            ("then", required(needed)),
        ]),
        Rule::Excludes { key, values, excluded } => Json::object([
            ("if", condition(key, Json::object([("enum", Json::texts(values.iter().copied()))]))),
            ("then", Json::object([("not", required(excluded))])),
        ]),
    }
}

fn required(key: &str) -> Json {
    Json::object([("required", Json::texts([key]))])
}

/// That a key is there and is so.
fn condition(key: &str, is: Json) -> Json {
    Json::object([("required", Json::texts([key])), ("properties", Json::object([(key, is)]))])
}

fn constant(text: &str) -> Json {
    Json::object([("const", Json::text(text))])
}
