//! The whole binary, on the examples and on data that nobody here wrote.

mod access_logs;
mod nezha;
mod run;
