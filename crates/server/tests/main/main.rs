//! The server through its public interface: real requests, real files, real restarts.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod api;
mod changes;
mod clock;
mod evaluate;
mod health;
mod incidents;
mod kpis;
mod lines;
mod notify;
mod pipeline;
mod playback;
mod prometheus;
mod receive;
mod retention;
mod start;
mod suspects;
mod tail;
mod traces;
mod world;
