//! Signs of life from telemetry that has no events: metrics came, of services that may have nothing else to tell. They wait here until they are stored.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Signs that wait. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signs(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    /// The services that the registry names, and whether something came of each since that was asked last: so that names of telemetry take no room.
    named: BTreeMap<String, bool>,
    /// Something came, of whomever.
    any: bool,
}

impl Signs {
    /// Something came of a service, as far as it says of which.
    pub(crate) fn note(&self, service: Option<&str>) {
        let mut waiting = self.waiting();
        waiting.any = true;
        if let Some(came) = service.and_then(|name| waiting.named.get_mut(name)) {
            *came = true;
        }
    }

    /// From here on these are the services that the registry names.
    pub(crate) fn listen<'n>(&self, services: impl Iterator<Item = &'n str>) {
        let mut waiting = self.waiting();
        let before = std::mem::take(&mut waiting.named);
        let came = |name: &str| before.get(name).copied().unwrap_or(false);
        waiting.named = services.map(|name| (name.to_owned(), came(name))).collect();
    }

    /// The services of which something came, once; nothing where nothing came at all.
    pub(crate) fn take(&self) -> Option<Vec<String>> {
        let mut waiting = self.waiting();
        if !std::mem::take(&mut waiting.any) {
            return None;
        }
        let came = waiting.named.iter_mut().filter_map(|(name, came)| std::mem::take(came).then(|| name.clone()));
        Some(came.collect())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
