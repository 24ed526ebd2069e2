//! Documents of other tools that declare SLOs over Prometheus, Sloth's and Pyrra's, read into OpenSLO values.
//!
//! Whatever has no counterpart there is said, with its place and what was done; nothing is dropped in silence but what a cluster adds by itself. Which
//! step an SLO is about no such document says: that is asked by the caller, who also writes the result.

mod context;
mod counter;
mod metadata;
mod pyrra;
mod quotient;
mod sloth;

use crate::code::Code;
use crate::diagnostic::{Diagnostic, Diagnostics, Found};
use crate::quote::quote;
use crate::reader::Reader;
use crate::source::{self, FileId, Place, Position, Sources};
use crate::suggest::{did_you_mean, nearest};
use crate::yaml::{self, Node};
use context::Context;
use milepost_model::Name;
use milepost_slo::open::{OpenName, OpenSlo};
use std::collections::HashMap;
use std::path::PathBuf;

pub use sloth::period::{BadSlothPeriod, SlothPeriod};

/// What was read of other tools' documents.
#[derive(Debug)]
pub struct Foreign {
    /// The SLOs, by file order; none of them is bound to a step.
    pub slos: Vec<ForeignSlo>,
    /// How many SLOs could not be brought in; why is among the diagnostics.
    pub left_out: usize,
    /// What is wrong, and what has no counterpart. With an error in it the SLOs are not all that was meant.
    pub diagnostics: Diagnostics,
}

/// An SLO of another tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignSlo {
    /// The SLO.
    pub slo: OpenSlo,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// The file that it stands in.
    pub path: String,
    /// Where in it.
    pub position: Position,
}

/// What documents do not say, since their tools are told when they run, or do not know it.
#[derive(Clone, Copy, Debug)]
pub struct Unsaid<'n> {
    /// What SLOs of Pyrra are grouped under, which knows no services.
    pub service: &'n Name,
    /// The window of SLOs of Sloth.
    pub sloth_period: SlothPeriod,
}

/// With the window that Sloth has when it is told none.
impl<'n> From<&'n Name> for Unsaid<'n> {
    fn from(service: &'n Name) -> Self {
        Self { service, sloth_period: SlothPeriod::default() }
    }
}

/// Reads files.
pub fn read_files<'n>(paths: &[PathBuf], unsaid: impl Into<Unsaid<'n>>) -> Foreign {
    let contents = source::read_files(paths);
    let mut found = Found::default();
    contents.unreadable.into_iter().for_each(|unreadable| found.push(Diagnostic::of_unreadable(unreadable)));
    read_sources(contents.sources, found, unsaid.into())
}

/// The same of texts, each with the path that messages show.
pub fn read_texts<'t, 'n>(
    texts: impl IntoIterator<Item = (&'t str, &'t str)>,
    unsaid: impl Into<Unsaid<'n>>,
) -> Foreign {
    let (mut sources, mut found) = (Sources::default(), Found::default());
    for (path, text) in texts {
        if let Err(unreadable) = sources.add(path.to_owned(), text.to_owned()) {
            found.push(Diagnostic::of_unreadable(unreadable));
        }
    }
    read_sources(sources, found, unsaid.into())
}

fn read_sources(sources: Sources, mut found: Found, unsaid: Unsaid<'_>) -> Foreign {
    let mut slos = Vec::new();
    let mut left_out = 0;
    for file in sources.readable() {
        let contents = yaml::read(&sources.file(file).text);
        let mut context = Context::new(Reader { file, found: &mut found }, unsaid);
        for document in contents.documents.iter().filter(|document| !document.is_null()) {
            read_document(document, &mut context);
        }
        for problem in contents.problems {
            context.reader.report(problem.diagnostic(file));
        }
        left_out += context.left_out;
        slos.extend(context.slos);
    }
    report_twice(&slos, &mut found);
    // A file of many SLOs has the same labels and annotations in each.
    found.gather(Code::NoCounterpart, &sources);
    if slos.is_empty() && left_out == 0 && found.is_empty() {
        let message = "there is no SLO in these files";
        let help = "name files with documents of Sloth or Pyrra";
        found.push(Diagnostic::of_path(Code::Empty, first_path(&sources), message).help(help));
    }
    let slos = slos.into_iter().map(|declared| ForeignSlo {
        path: sources.file(declared.place.file).path.clone(),
        position: sources.position(declared.place.file, declared.place.range.start),
        slo: declared.slo,
        labels: declared.labels,
    });
    Foreign { slos: slos.collect(), left_out, diagnostics: Diagnostics::new(sources, found, "the files") }
}

fn first_path(sources: &Sources) -> String {
    sources.readable().next().map_or_else(|| "the files".to_owned(), |file: FileId| sources.file(file).path.clone())
}

/// An SLO with its place.
#[derive(Debug)]
struct Declared {
    slo: OpenSlo,
    labels: Vec<(String, String)>,
    place: Place,
}

fn report_twice(slos: &[Declared], found: &mut Found) {
    let mut seen: HashMap<&OpenName, &Place> = HashMap::new();
    for declared in slos {
        let name = &declared.slo.name;
        match seen.get(name) {
            None => {
                seen.insert(name, &declared.place);
            }
            Some(first) => {
                let message = format!("there are two SLOs `{name}`");
                let diagnostic = Diagnostic::new(Code::DuplicateDocument, declared.place.clone(), message);
                let diagnostic = diagnostic.label("the second one").related((*first).clone(), "the first one");
                found.push(diagnostic.help("give one of them another name, or bring them in one after the other"));
            }
        }
    }
}

/// How the versions of documents that can be read are written.
pub(crate) const VERSIONS: [&str; 3] = [sloth::VERSION, sloth::API_VERSION, pyrra::API_VERSION];

fn read_document(document: &Node, context: &mut Context<'_>) {
    let Some(mut fields) = context.reader.fields(document, "a document") else { return };
    let is_versioned = fields.has("apiVersion");
    let help = format!(
        "documents of Sloth begin with `version: {0}` or `apiVersion: {1}`, those of Pyrra with `apiVersion: {2}`",
        VERSIONS[0], VERSIONS[1], VERSIONS[2]
    );
    let key = if is_versioned { "apiVersion" } else { "version" };
    let Some(node) = fields.required(key, &mut context.reader, &help) else { return };
    let Some(version) = context.reader.text(node, &format!("`{key}`")) else { return };
    match version {
        sloth::VERSION if !is_versioned => sloth::read(fields, context),
        sloth::API_VERSION => sloth::read_resource(fields, context),
        pyrra::API_VERSION => pyrra::read(fields, context),
        // What `kubectl get` prints of several.
        "v1" if is_versioned && fields.has("items") => {
            let items = fields.optional("items").map_or(&[][..], |items| context.reader.list(items, "`items`"));
            items.iter().filter(|item| !is_list(item)).for_each(|item| read_document(item, context));
        }
        other => {
            let message = format!("{} is no version of Sloth or Pyrra that Milepost reads", quote(other));
            let help = match other {
                "openslo/v1" => "documents of OpenSLO are read as they are: put this file into the registry".to_owned(),
                other if other.starts_with("milepost") => "it is a document of a registry already".to_owned(),
                other if nearest(other, &VERSIONS).is_some() => did_you_mean(other, &VERSIONS),
                _ => help,
            };
            let place = context.reader.place(node);
            context.reader.report(Diagnostic::new(Code::ApiVersion, place, message).help(help));
        }
    }
}

/// Whether it is a list of documents, which does not stand in another.
fn is_list(node: &Node) -> bool {
    matches!(&node.value, yaml::NodeValue::Map(entries)
        if entries.iter().any(|(key, _)| matches!(&key.value, yaml::NodeValue::Scalar { text, .. } if text == "items")))
}

#[cfg(test)]
mod tests;
