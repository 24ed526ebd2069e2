//! What the annotation does on the wire: beside the official propagator, and under arbitrary bytes.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod fuzz;
mod propagator;
