//! The server through its public interface: real requests, real files, real restarts.

mod receive;
