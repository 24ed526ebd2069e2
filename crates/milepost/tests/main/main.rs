//! The whole binary, on the examples and on data that nobody here wrote.

mod nezha;
mod run;
