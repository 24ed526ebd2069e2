//! Counting against brute force, and expressions against their plain reading and DuckDB; through the public interface only.

mod counting;
mod duckdb;
mod encoded;
mod expressions;
mod generate;
mod kpis;
mod record;
mod slices;
mod traced;
