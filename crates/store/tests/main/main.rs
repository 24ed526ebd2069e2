//! The store through its public interface: crashes, damage and full disks, against what was acknowledged.

mod backup;
mod catalog;
mod compact;
mod directory;
mod engines;
mod fingerprints;
mod flush;
mod full;
// The facts of the crate that has them, so that both test the same.
#[path = "../../../facts/tests/main/generate.rs"]
#[expect(dead_code, reason = "it generates expressions, too")]
mod generate;
mod harness;
mod kills;
mod minutes;
mod retention;
mod stops;
mod wal;
