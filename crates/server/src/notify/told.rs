//! What each receiver was told, on the disk beside the states of alerts: a restart neither loses a burn, nor tells one anew.

use super::burn::Burns;
use super::listener::Listener;
use crate::commit::chain;
use milepost_store::{Directory, FileKind, write_whole};
use std::collections::BTreeMap;
use std::io::ErrorKind;

/// The file, and what stands in it.
#[derive(Debug)]
pub(super) struct ToldFile<'d> {
    directory: &'d Directory,
    receivers: BTreeMap<String, Burns>,
}

impl<'d> ToldFile<'d> {
    /// Reads what was stored. What cannot be read is told, and counts as nothing told: what burns is told anew, under the same names.
    pub(super) fn read(directory: &'d Directory) -> Self {
        let receivers = Self::stored(directory).unwrap_or_else(|error| {
            tracing::error!(error, "what receivers were told cannot be read; what burns is told anew");
            BTreeMap::new()
        });
        Self { directory, receivers }
    }

    fn stored(directory: &Directory) -> Result<BTreeMap<String, Burns>, String> {
        let bytes = match std::fs::read(directory.told()) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(error.to_string()),
        };
        let contents = FileKind::Told.after_header(&bytes).map_err(|error| chain(&error))?;
        serde_json::from_slice(contents).map_err(|error| error.to_string())
    }

    /// What a receiver was told.
    pub(super) fn of(&self, id: &str) -> Burns {
        self.receivers.get(id).cloned().unwrap_or_default()
    }

    /// Stores what has changed; receivers that are not there any more are forgotten.
    pub(super) fn write(&mut self, listeners: &[Listener]) -> Result<(), String> {
        let known = listeners.iter().filter(|listener| !listener.burns().is_empty());
        let is_same = known.clone().count() == self.receivers.len()
            && known.clone().all(|listener| self.receivers.get(&listener.id()) == Some(listener.burns()));
        if is_same {
            return Ok(());
        }
        let receivers = known.map(|listener| (listener.id(), listener.burns().clone())).collect();
        let mut bytes = FileKind::Told.header().to_vec();
        serde_json::to_writer(&mut bytes, &receivers).map_err(|error| error.to_string())?;
        write_whole(&self.directory.told(), &bytes).map_err(|error| error.to_string())?;
        self.receivers = receivers;
        Ok(())
    }
}
