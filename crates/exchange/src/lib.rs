//! What teams take away of a registry and bring into it: Prometheus rules, Grafana dashboards, OpenSLO documents.
//!
//! Pure functions from a [`milepost_registry::Registry`] to texts, with everything that has no counterpart in the other format said in words. Reading
//! other tools' documents is `registry`'s, which gives OpenSLO values; here they are written. Knows no file and no network: the binary writes.
#![deny(missing_docs)]

pub mod grafana;
mod metric;
mod number;
pub mod openslo;
pub mod prometheus;
mod remark;
mod yaml;

pub use remark::{Remark, Remarks};
