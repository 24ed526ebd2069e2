//! The store through its public interface: crashes, damage and full disks, against what was acknowledged.

mod wal;
