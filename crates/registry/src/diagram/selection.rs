//! Which part of a registry is drawn.

use crate::Registry;
use crate::suggest::did_you_mean;
use milepost_model::{Name, Objective};
use std::collections::HashSet;

/// The products and objectives that are drawn.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    product: Option<Name>,
    /// Empty for all.
    objectives: HashSet<Name>,
}

/// What a selection asks for and the registry does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// No such product.
    #[error("there is no product `{name}`\nhelp: {help}")]
    Product { name: String, help: String },
    /// No such objective, in the product that was asked for or at all.
    #[error("there is no objective `{name}`\nhelp: {help}")]
    Objective { name: String, help: String },
}

impl Selection {
    /// Selects one product or all, and some objectives or all.
    pub fn new(registry: &Registry, product: Option<&str>, objectives: &[String]) -> Result<Self, SelectionError> {
        let mut selection = Self::default();
        if let Some(name) = product {
            let known: Vec<&str> = registry.products.iter().map(|p| p.name.as_str()).collect();
            let found = registry.products.iter().find(|p| p.name.as_str() == name);
            let unknown = || SelectionError::Product { name: name.to_owned(), help: did_you_mean(name, &known) };
            selection.product = Some(found.ok_or_else(unknown)?.name.clone());
        }
        let known: Vec<&Objective> = registry.objectives.iter().filter(|o| selection.holds(&o.product)).collect();
        for name in objectives {
            let Some(found) = known.iter().find(|o| o.name.as_str() == name) else {
                let known: Vec<&str> = known.iter().map(|o| o.name.as_str()).collect();
                return Err(SelectionError::Objective { name: name.clone(), help: did_you_mean(name, &known) });
            };
            selection.objectives.insert(found.name.clone());
        }
        Ok(selection)
    }

    /// Whether everything of a product is drawn.
    pub(super) fn is_whole(&self) -> bool {
        self.objectives.is_empty()
    }

    /// Whether an objective is drawn.
    pub(super) fn holds_objective(&self, objective: &Objective) -> bool {
        self.holds(&objective.product) && (self.is_whole() || self.objectives.contains(&objective.name))
    }

    /// Whether a product may be drawn; when only some objectives are, it has to have one of them.
    pub(super) fn holds(&self, product: &Name) -> bool {
        self.product.as_ref().is_none_or(|only| only == product)
    }
}
