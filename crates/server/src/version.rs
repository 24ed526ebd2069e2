//! One version of the registry, as everything in the server sees it, and which is the current one.

use milepost_ingest::Setup;
use std::sync::{Arc, PoisonError, RwLock};

/// A registry that is or was active. Ids of names and steps are valid within one version.
#[derive(Debug)]
pub struct Version {
    /// Counts activations, from 1.
    pub number: u64,
    /// A hash of the registry's documents, in hexadecimal.
    pub digest: String,
    /// The registry, compiled.
    pub setup: Arc<Setup>,
}

/// The current version. Who decodes looks before each piece of work, and says by which version it was done.
#[derive(Debug)]
pub struct Versions {
    current: RwLock<Arc<Version>>,
}

impl Versions {
    /// Starts with a version.
    pub fn new(version: Arc<Version>) -> Self {
        Self { current: RwLock::new(version) }
    }

    /// The version that work is to be done by.
    pub fn current(&self) -> Arc<Version> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes a version the current one.
    pub fn set(&self, version: Arc<Version>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = version;
    }
}
