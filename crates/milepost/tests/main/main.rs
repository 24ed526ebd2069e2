//! The whole binary, on the examples and on data that nobody here wrote.

mod access_logs;
mod cli;
mod faults;
mod invariants;
mod live;
mod memory;
mod nezha;
mod otlp;
mod petshop;
mod run;
mod telemetry;
