//! Receivers on real sockets, before an intake that reads what it is handed and counts it.

mod access_log;
mod client;
mod connections;
mod grpc;
mod hostile;
mod http;
mod intake;
mod requests;
mod server;
mod stuck;
mod telemetry;
mod tokens;
