//! JSON whose keys stay in the order in which they are given, so that a schema reads as its table does.

use crate::yaml::{self, Node, NodeValue, Style};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use std::fmt;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Json {
    Bool(bool),
    Number(u64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// An object, its keys in this order.
    pub(super) fn object<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// A list of texts.
    pub(super) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// What an editor takes a YAML value for; `None` for one that is broken or empty.
    pub(super) fn of_yaml(text: &str) -> Option<Self> {
        Some(Self::of_node(yaml::read(text).documents.first()?))
    }

    fn of_node(node: &Node) -> Self {
        match &node.value {
            NodeValue::Null => Self::text(""),
            NodeValue::Scalar { text, style } => Self::of_scalar(text, *style),
            NodeValue::List(items) => Self::List(items.iter().map(Self::of_node).collect()),
            NodeValue::Map(entries) => {
                let entries = entries.iter().filter_map(|(key, value)| match &key.value {
                    NodeValue::Scalar { text, .. } => Some((text.clone(), Self::of_node(value))),
                    _ => None,
                });
                Self::object(entries)
            }
        }
    }

    fn of_scalar(text: &str, style: Style) -> Self {
        match text {
            _ if style != Style::Plain => Self::text(text),
            "true" => Self::Bool(true),
            "false" => Self::Bool(false),
            _ => text.parse().map_or_else(|_| Self::text(text), Self::Number),
        }
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_u64(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => items.serialize(serializer),
            Self::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl fmt::Display for Json {
    /// Over several lines, with a line break at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(self).map_err(|_| fmt::Error)?;
        writeln!(f, "{text}")
    }
}
