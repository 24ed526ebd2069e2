//! Memory for the bodies of requests, used again for the next ones.
//!
//! An allocator that gets bodies of all sizes from many threads keeps them in pieces, and takes far more than what is in use. So large bodies lie in
//! blocks of a few sizes, each mapped from the system by itself: a block that nobody needs goes back whole. What is free and what is in use are
//! together within the budget.

use bytes::Bytes;
use memmap2::MmapMut;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that are being read. Its capacity is to be reserved by whoever makes it.
pub(crate) struct Buffer {
    memory: Memory,
    length: usize,
}

/// Goes back to where it is from.
struct Memory {
    /// `None` only while it goes back.
    kind: Option<Kind>,
    pool: Arc<Pool>,
    capacity: usize,
}

enum Kind {
    Small(Vec<u8>),
    Block(MmapMut),
}

/// Blocks that are free, by size.
#[derive(Debug, Default)]
struct Pool {
    free: Mutex<Free>,
}

#[derive(Debug, Default)]
struct Free {
    blocks: BTreeMap<usize, Blocks>,
    bytes: usize,
    /// Bytes of all buffers that there are.
    used_bytes: usize,
}

#[derive(Debug, Default)]
struct Blocks {
    free: Vec<MmapMut>,
    /// How many were free at least since [`Buffers::trim`].
    least: usize,
}

/// Makes buffers within a budget. Clones share what is free.
#[derive(Clone, Debug)]
pub(crate) struct Buffers {
    pool: Arc<Pool>,
    most: usize,
}

/// Buffers of at least so many bytes are blocks: from here on, glibc's allocator would map them, too, until one is freed.
const BLOCK_BYTES: usize = 64 * 1024;

impl Buffers {
    /// Buffers of at most so many bytes altogether, if all that are in use are reserved within as many.
    pub(crate) fn new(most: usize) -> Self {
        Self { pool: Arc::default(), most }
    }

    /// The capacity of a buffer for so many bytes: for blocks one of four sizes between a power of two and the next.
    pub(crate) fn capacity_for(bytes: usize) -> usize {
        if bytes < BLOCK_BYTES {
            return bytes;
        }
        let step = (bytes.next_power_of_two() / 8).max(BLOCK_BYTES / 4);
        bytes.div_ceil(step) * step
    }

    /// An empty buffer for so many bytes.
    ///
    /// # Errors
    /// The system has no more memory.
    pub(crate) fn buffer(&self, bytes: usize) -> io::Result<Buffer> {
        let capacity = Self::capacity_for(bytes);
        let taken = self.pool.lock(|free| {
            let block = free.take(capacity);
            free.used_bytes += capacity;
            free.keep_within(self.most);
            block
        });
        // From here on it is given back, whatever fails.
        let mut memory = Memory { kind: Some(Kind::Small(Vec::new())), pool: Arc::clone(&self.pool), capacity };
        memory.kind = Some(match taken {
            Some(block) => Kind::Block(block),
            None if capacity < BLOCK_BYTES => Kind::Small(vec![0; capacity]),
            None => Kind::Block(MmapMut::map_anon(capacity)?),
        });
        Ok(Buffer { memory, length: 0 })
    }

    /// Gives blocks back to the system that were not needed since this was called last; to be called every few seconds.
    pub(crate) fn trim(&self) {
        let unneeded = self.pool.lock(Free::unneeded);
        // Not under the lock: it takes the system some time.
        drop(unneeded);
    }
}

impl Buffer {
    /// Bytes that fit.
    pub(crate) fn capacity(&self) -> usize {
        self.memory().len()
    }

    /// What was put in.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.memory()[..self.length]
    }

    /// Puts in bytes that fit.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.rest()[..bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    /// What is free, to be written to before [`Self::wrote`].
    pub(crate) fn rest(&mut self) -> &mut [u8] {
        let length = self.length;
        let memory = match &mut self.memory.kind {
            Some(Kind::Small(bytes)) => bytes,
            Some(Kind::Block(block)) => &mut block[..],
            None => &mut [],
        };
        &mut memory[length..]
    }

    /// So many bytes were written to what was free.
    pub(crate) fn wrote(&mut self, bytes: usize) {
        self.length += bytes;
        assert!(self.length <= self.capacity());
    }

    /// What was put in; its memory is free again when nobody holds it any more.
    pub(crate) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }

    fn memory(&self) -> &[u8] {
        match &self.memory.kind {
            Some(Kind::Small(bytes)) => bytes,
            Some(Kind::Block(block)) => block,
            None => &[],
        }
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let kind = self.kind.take();
        self.pool.lock(|free| {
            free.used_bytes -= self.capacity;
            if let Some(Kind::Block(block)) = kind {
                free.put(block);
            }
        });
    }
}

impl Pool {
    fn lock<T>(&self, work: impl FnOnce(&mut Free) -> T) -> T {
        work(&mut self.free.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Free {
    fn take(&mut self, size: usize) -> Option<MmapMut> {
        let blocks = self.blocks.get_mut(&size)?;
        let block = blocks.free.pop();
        blocks.least = blocks.least.min(blocks.free.len());
        self.bytes -= block.as_ref().map_or(0, |block| block.len());
        block
    }

    fn put(&mut self, block: MmapMut) {
        self.bytes += block.len();
        self.blocks.entry(block.len()).or_default().free.push(block);
    }

    /// Keeps as many free as are within so many bytes with those in use, the smallest first: the sizes that most requests have.
    fn keep_within(&mut self, most: usize) {
        while self.bytes + self.used_bytes > most
            && let Some((&size, blocks)) = self.blocks.iter_mut().rfind(|(_, blocks)| !blocks.free.is_empty())
        {
            blocks.free.pop();
            blocks.least = blocks.least.min(blocks.free.len());
            self.bytes -= size;
        }
    }

    /// Takes out half of what was free all the time.
    fn unneeded(&mut self) -> Vec<MmapMut> {
        let mut unneeded = Vec::new();
        for blocks in self.blocks.values_mut() {
            let kept = blocks.free.len() - blocks.least.div_ceil(2);
            unneeded.extend(blocks.free.drain(kept..));
            blocks.least = blocks.free.len();
        }
        self.bytes -= unneeded.iter().map(|block| block.len()).sum::<usize>();
        unneeded
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Budget;
    use proptest::prelude::*;

    #[test]
    fn a_capacity_is_at_most_a_quarter_too_large() {
        for bytes in (0..4_000_000).step_by(997).chain([BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1]) {
            let capacity = Buffers::capacity_for(bytes);
            assert!(capacity >= bytes && capacity <= bytes + bytes / 4, "{bytes} {capacity}");
            assert_eq!(Buffers::capacity_for(capacity), capacity);
        }
    }

    #[test]
    fn what_nobody_needs_goes_back_by_halves() {
        let buffers = Buffers::new(100 * BLOCK_BYTES);
        let used: Vec<_> = (0..8).map(|_| buffers.buffer(BLOCK_BYTES).unwrap()).collect();
        let mut bytes = used.into_iter().next().unwrap();
        bytes.extend(b"some");
        drop(bytes.into_bytes());
        let free = || buffers.pool.lock(|free| free.bytes) / BLOCK_BYTES;
        // Since the last time, there was a moment when none was free.
        let kept: Vec<_> = [0; 4]
            .map(|_| {
                buffers.trim();
                free()
            })
            .into();
        assert_eq!(kept, [8, 4, 2, 1]);
    }

    proptest! {
        #[test]
        fn what_is_free_and_what_is_in_use_are_within_the_budget(steps in prop::collection::vec((0_u8..4, 1_usize..1_000_000), 1..100)) {
            let budget = Budget::new(3_000_000);
            let buffers = Buffers::new(budget.capacity());
            let mut used = Vec::new();
            for (step, number) in steps {
                match step {
                    0 if !used.is_empty() => drop(used.swap_remove(number % used.len())),
                    1 => buffers.trim(),
                    _ => {
                        let capacity = Buffers::capacity_for(number);
                        let Some(reservation) = budget.try_reserve(capacity) else { continue };
                        let buffer = buffers.buffer(number).unwrap();
                        prop_assert_eq!(buffer.capacity(), capacity);
                        used.push((buffer, reservation));
                        let mapped: usize = used.iter().map(|(buffer, _)| buffer.capacity()).sum();
                        prop_assert!(mapped + buffers.pool.lock(|free| free.bytes) <= budget.capacity());
                    }
                }
                let counted = buffers.pool.lock(|free| free.blocks.values().flat_map(|blocks| &blocks.free).map(|block| block.len()).sum::<usize>());
                prop_assert_eq!(counted, buffers.pool.lock(|free| free.bytes));
            }
        }
    }
}
