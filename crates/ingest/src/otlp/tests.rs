//! Tests of the two readers against each other, the generated decoder and what OTLP says.

mod conformance;
mod differential;
mod generate;
mod json;
mod json_text;
mod oracle;
mod protobuf;
mod recorder;
mod wild;
