//! OpenSLO v1 documents: SLOs of a registry as OpenSLO says them, and OpenSLO values written so that they read back the same.
//!
//! [`Documents`] is what `export` writes; [`text`] also writes what `registry` reads from other tools' documents.

mod convert;
mod write;

use crate::remark::Remarks;
use crate::yaml::Yaml;
use milepost_model::Name;
use milepost_registry::Registry;
use milepost_slo::open::{OpenName, OpenSlo};
use std::collections::BTreeSet;

/// The documents of a registry, a text for each product that has any.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    /// The texts, in the order of the products.
    pub products: Vec<(Name, String)>,
    /// How many SLOs they have.
    pub slos: usize,
    /// What is left out, and what is exported in another form.
    pub remarks: Remarks,
}

/// An SLO to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The SLO.
    pub slo: OpenSlo,
    /// Its labels, for other tools.
    pub labels: Vec<(String, String)>,
}

/// What a file of exported documents begins with.
const HEADER: &str = "# Written by `milepost export openslo`. Alert conditions have the long window of each tier, and its burn rate at even traffic.\n";

impl Documents {
    /// All SLOs of a registry: its own, and those that it has as OpenSLO documents.
    pub fn of(registry: &Registry) -> Self {
        let mut exported = Self::default();
        // Names are unique among all OpenSLO documents, and those of a registry's own SLOs in their product.
        let mut names: BTreeSet<String> = registry.open_slos.iter().map(|slo| slo.name.to_string()).collect();
        let mut described: Vec<String> = Vec::new();
        for product in &registry.products {
            let mut documents = Vec::new();
            for slo in registry.slos.iter().filter(|slo| slo.product == product.name) {
                if !names.insert(slo.name.to_string()) {
                    let why = "another SLO of this name is exported, and names are unique in OpenSLO";
                    exported.remarks.leave_out(product.name.as_str(), &slo.name, why);
                    continue;
                }
                match convert::open_slo(registry, slo, &mut exported.remarks) {
                    Ok(slo) => documents.push(Document { slo, labels: Vec::new() }),
                    Err(why) => exported.remarks.leave_out(product.name.as_str(), &slo.name, why),
                }
            }
            let is_of = |slo: &&OpenSlo| slo.binding.as_ref().is_some_and(|binding| binding.product == product.name);
            let already = registry.open_slos.iter().filter(is_of).cloned();
            documents.extend(already.map(|slo| Document { slo, labels: Vec::new() }));
            exported.slos += documents.len();
            if !documents.is_empty() {
                exported.products.push((product.name.clone(), HEADER.to_owned() + &text(&documents, &described)));
                described.extend(documents.into_iter().map(|document| document.slo.service));
            }
        }
        for slo in registry.open_slos.iter().filter(|slo| slo.binding.is_none()) {
            exported.remarks.leave_out("-", &slo.name, "it is about no step");
        }
        exported
    }
}

/// Documents, with one before them of each service that they are grouped under and that nothing describes yet.
pub fn text(documents: &[Document], described: &[String]) -> String {
    let services: BTreeSet<&str> = documents.iter().map(|document| document.slo.service.as_str()).collect();
    let is_needed = |name: &&str| name.parse::<OpenName>().is_ok() && !described.iter().any(|known| known == name);
    let services = services.into_iter().filter(is_needed).map(|name| {
        let spec = Yaml::map([("description", Some(Yaml::text("What SLOs of this service are grouped under.")))]);
        write::object("Service", name, Vec::new(), spec)
    });
    let slos = documents.iter().map(|document| write::slo(&document.slo, &document.labels));
    let texts: Vec<String> = services.chain(slos).map(|document| document.document()).collect();
    texts.join("---\n")
}
