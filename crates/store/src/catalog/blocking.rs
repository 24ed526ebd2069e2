//! The catalog for plain threads, which flush, compact and copy.

use super::Catalog;
use crate::directory::Directory;
use crate::error::StoreError;
use crate::hour::Hour;
use crate::lsn::Lsn;
use crate::segment::Segment;
use std::path::Path;
use tokio::runtime::{Builder, Runtime};

/// A catalog with a runtime of its own. Not for use within another.
#[derive(Debug)]
pub struct Blocking {
    catalog: Catalog,
    runtime: Runtime,
}

impl Blocking {
    /// See [`Catalog::open`].
    ///
    /// # Errors
    /// As there.
    pub fn open(directory: &Directory) -> Result<Self, StoreError> {
        Self::of(&directory.catalog(), Catalog::open(directory))
    }

    pub(crate) fn at(path: &Path, is_owned: bool) -> Result<Self, StoreError> {
        Self::of(path, Catalog::at(path, is_owned))
    }

    fn of(path: &Path, opening: impl Future<Output = Result<Catalog, StoreError>>) -> Result<Self, StoreError> {
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(StoreError::io("start a runtime for", path))?;
        let catalog = runtime.block_on(opening)?;
        Ok(Self { catalog, runtime })
    }

    /// See [`Catalog::flushed`].
    ///
    /// # Errors
    /// As there.
    pub fn flushed(&self) -> Result<Lsn, StoreError> {
        self.runtime.block_on(self.catalog.flushed())
    }

    /// See [`Catalog::snapshot`].
    ///
    /// # Errors
    /// As there.
    pub fn snapshot(&self) -> Result<(Vec<Segment>, Lsn), StoreError> {
        self.runtime.block_on(self.catalog.snapshot())
    }

    /// See [`Catalog::segments`].
    ///
    /// # Errors
    /// As there.
    pub fn segments(&self) -> Result<Vec<Segment>, StoreError> {
        self.runtime.block_on(self.catalog.segments())
    }

    /// See [`Catalog::next_serial`].
    ///
    /// # Errors
    /// As there.
    pub fn next_serial(&self) -> Result<u64, StoreError> {
        self.runtime.block_on(self.catalog.next_serial())
    }

    /// See [`Catalog::commit`].
    ///
    /// # Errors
    /// As there.
    pub fn commit(&self, segments: &[Segment], flushed: Lsn) -> Result<(), StoreError> {
        self.runtime.block_on(self.catalog.commit(segments, flushed))
    }

    /// See [`Catalog::replace`].
    ///
    /// # Errors
    /// As there.
    pub fn replace(&self, old: &[Segment], new: &Segment) -> Result<bool, StoreError> {
        self.runtime.block_on(self.catalog.replace(old, new))
    }

    /// See [`Catalog::remove`].
    ///
    /// # Errors
    /// As there.
    pub fn remove(&self, old: &[Segment]) -> Result<bool, StoreError> {
        self.runtime.block_on(self.catalog.remove(old))
    }

    /// See [`Catalog::kept_from`].
    ///
    /// # Errors
    /// As there.
    pub fn kept_from(&self) -> Result<Option<Hour>, StoreError> {
        self.runtime.block_on(self.catalog.kept_from())
    }

    /// See [`Catalog::lists`].
    ///
    /// # Errors
    /// As there.
    pub fn lists(&self, segment: &Segment) -> Result<bool, StoreError> {
        self.runtime.block_on(self.catalog.lists(segment))
    }

    /// See [`Catalog::copy_to`].
    ///
    /// # Errors
    /// As there.
    pub fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        self.runtime.block_on(self.catalog.copy_to(path))
    }

    /// See [`Catalog::close`].
    ///
    /// # Errors
    /// As there.
    pub fn close(self) -> Result<(), StoreError> {
        self.runtime.block_on(self.catalog.close())
    }
}
