//! YAML as a tree that can be changed and written again, with the line of each entry.

use saphyr_parser::{Event, Parser};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A value of a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Nothing,
    Number(u64),
    Text(String),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

/// Positions of entries and items from a document's root down to one of them.
pub(crate) type Path = Vec<usize>;

/// The first and the last line of each entry.
pub(crate) type Lines = BTreeMap<Path, (usize, usize)>;

/// The documents of a file.
pub(crate) fn parse(text: &str) -> Vec<Tree> {
    let events: Vec<Event<'_>> = Parser::new_from_str(text).map(|event| event.unwrap().0).collect();
    let mut events = events.into_iter();
    let mut documents = Vec::new();
    while let Some(event) = events.next() {
        if let Event::DocumentStart(_) = event {
            let first = events.next().unwrap();
            documents.push(value(first, &mut events));
        }
    }
    documents
}

fn value<'e>(event: Event<'e>, events: &mut dyn Iterator<Item = Event<'e>>) -> Tree {
    match event {
        Event::Scalar(text, ..) => Tree::Text(text.into_owned()),
        Event::SequenceStart(..) => Tree::List(below(&Event::SequenceEnd, events)),
        Event::MappingStart(..) => {
            let nodes = below(&Event::MappingEnd, events);
            let name = |key: &Tree| match key {
                Tree::Text(text) => text.clone(),
                other => panic!("{other:?} is no key of the examples"),
            };
            Tree::Map(nodes.chunks(2).map(|pair| (name(&pair[0]), pair[1].clone())).collect())
        }
        other => panic!("{other:?} is in no example"),
    }
}

fn below<'e>(end: &Event<'e>, events: &mut dyn Iterator<Item = Event<'e>>) -> Vec<Tree> {
    let mut nodes = Vec::new();
    while let Some(event) = events.next().filter(|event| event != end) {
        nodes.push(value(event, events));
    }
    nodes
}

/// The documents as text, and the lines of each entry: of its key or its hyphen, and its last one.
pub(crate) fn write(documents: &[Tree]) -> (String, Vec<Lines>) {
    let mut writer = Writer { text: String::new(), line: 1, lines: Lines::new() };
    let mut all = Vec::new();
    for document in documents {
        writer.end_line("---");
        writer.lines.insert(Vec::new(), (writer.line, writer.line));
        writer.below(document, 0, &mut Vec::new());
        all.push(std::mem::take(&mut writer.lines));
    }
    (writer.text, all)
}

struct Writer {
    text: String,
    line: usize,
    lines: Lines,
}

impl Writer {
    fn end_line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
        self.line += 1;
    }

    /// Entries and items, each on lines of its own.
    fn below(&mut self, tree: &Tree, indentation: usize, path: &mut Path) {
        let count = match tree {
            Tree::List(items) => items.len(),
            Tree::Map(entries) => entries.len(),
            _ => 0,
        };
        for at in 0..count {
            path.push(at);
            let first = self.line;
            let _ = write!(self.text, "{:indentation$}", "");
            let value = match tree {
                Tree::Map(entries) => {
                    let _ = write!(self.text, "{}:", entries[at].0);
                    &entries[at].1
                }
                Tree::List(items) => {
                    self.text.push('-');
                    &items[at]
                }
                _ => unreachable!("only lists and mappings have something below them"),
            };
            match value {
                Tree::Nothing => self.end_line(""),
                Tree::Number(number) => self.end_line(&format!(" {number}")),
                Tree::Text(text) => self.end_line(&format!(" {text:?}")),
                Tree::List(items) if items.is_empty() => self.end_line(" []"),
                Tree::Map(entries) if entries.is_empty() => self.end_line(" {}"),
                Tree::List(_) | Tree::Map(_) => {
                    self.end_line("");
                    self.below(value, indentation + 2, path);
                }
            }
            self.lines.insert(path.clone(), (first, self.line - 1));
            path.pop();
        }
    }
}

impl Tree {
    /// All entries and items below, each with its path and the keys and positions on it.
    pub(crate) fn places(&self) -> Vec<(Path, String)> {
        let mut places = Vec::new();
        self.collect(&mut Vec::new(), "", &mut places);
        places
    }

    fn collect(&self, path: &mut Path, keys: &str, places: &mut Vec<(Path, String)>) {
        let children: Vec<(String, &Self)> = match self {
            Self::Map(entries) => entries.iter().map(|(key, value)| (key.clone(), value)).collect(),
            Self::List(items) => items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect(),
            _ => return,
        };
        for (at, (key, child)) in children.into_iter().enumerate() {
            path.push(at);
            let keys = if keys.is_empty() { key } else { format!("{keys}.{key}") };
            places.push((path.clone(), keys.clone()));
            child.collect(path, &keys, places);
            path.pop();
        }
    }

    pub(crate) fn get(&self, path: &[usize]) -> &Self {
        path.iter().fold(self, |tree, at| match tree {
            Self::Map(entries) => &entries[*at].1,
            Self::List(items) => &items[*at],
            other => panic!("nothing below {other:?}"),
        })
    }

    pub(crate) fn get_mut(&mut self, path: &[usize]) -> &mut Self {
        path.iter().fold(self, |tree, at| match tree {
            Self::Map(entries) => &mut entries[*at].1,
            Self::List(items) => &mut items[*at],
            other => panic!("nothing below {other:?}"),
        })
    }

    /// The text below some keys, for documents of known shape.
    pub(crate) fn text_of(&self, keys: &[&str]) -> &str {
        let found = keys.iter().fold(self, |tree, key| match tree {
            Self::Map(entries) => &entries.iter().find(|(name, _)| name == key).unwrap().1,
            other => panic!("no keys in {other:?}"),
        });
        match found {
            Self::Text(text) => text,
            other => panic!("{other:?} is no text"),
        }
    }
}
