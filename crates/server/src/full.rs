//! What names of telemetry do not fit into any more: from then on new ones count as `other`, which is told, once in the log and as long as it is so elsewhere.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The tables in which some name did not fit.
#[derive(Debug, Default)]
pub(crate) struct Full(Mutex<BTreeSet<String>>);

impl Full {
    /// Notes tables, and tells of those that were not known to be full.
    pub(crate) fn note(&self, tables: impl Iterator<Item = String>) {
        for table in tables {
            if self.lock().insert(table.clone()) {
                tracing::warn!(table, "{}", warning(&table));
            }
        }
    }

    /// Forgets all but some: the others have begun anew.
    pub(crate) fn keep_only(&self, tables: &[&'static str]) {
        self.lock().retain(|table| tables.contains(&table.as_str()));
    }

    /// The tables, in the plural.
    pub(crate) fn tables(&self) -> Vec<String> {
        self.lock().iter().cloned().collect()
    }

    /// What people should know of each.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.lock().iter().map(|table| warning(table)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn warning(table: &str) -> String {
    format!(
        "there is no room for more {table}: new ones count as `other`; totals and SLOs stay exact. Send names without ids in them, \
         such as `http.route`, or give more `--memory`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_full_is_told_until_it_begins_anew() {
        let full = Full::default();
        full.note(["operations", "causes of bad attempts"].map(str::to_owned).into_iter());
        full.note(std::iter::once("operations".to_owned()));
        assert_eq!(full.tables(), ["causes of bad attempts", "operations"]);
        assert!(full.warnings()[1].starts_with("there is no room for more operations: "), "{:?}", full.warnings());
        full.keep_only(&["causes of bad attempts"]);
        assert_eq!(full.tables(), ["causes of bad attempts"]);
    }
}
