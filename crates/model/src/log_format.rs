//! How the lines of an access log are written.

mod error;
mod template;

pub use error::LogFormatError;
pub use template::{LogPiece, LogTemplate, LogVariable, ValueEnd};

use std::str::FromStr;

/// How a line of an access log is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LogFormat {
    /// NCSA common.
    Common,
    /// NCSA combined, as Apache and nginx write it by default.
    Combined,
    /// Envoy's default.
    Envoy,
    /// HAProxy's `option httplog`.
    Haproxy,
    /// One JSON object a line, with the field names that servers commonly use.
    Json,
    /// As nginx's `log_format` declares it: text with `$variables`.
    Declared(LogTemplate),
}

impl LogFormat {
    /// The formats that go by a name.
    pub const NAMED: [&str; 6] = ["common", "combined", "nginx", "envoy", "haproxy", "json"];

    /// The format's name, or its declaration.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Common => "common",
            Self::Combined => "combined",
            Self::Envoy => "envoy",
            Self::Haproxy => "haproxy",
            Self::Json => "json",
            Self::Declared(template) => template.as_str(),
        }
    }

    /// Whether its lines can say how long a request took.
    pub fn has_duration(&self) -> bool {
        match self {
            Self::Common | Self::Combined => false,
            Self::Envoy | Self::Haproxy | Self::Json => true,
            Self::Declared(template) => template.has(&[LogVariable::RequestTime, LogVariable::UpstreamTime]),
        }
    }
}

impl FromStr for LogFormat {
    type Err = LogFormatError;

    /// Reads a format's name, or a declaration with `$variables`.
    fn from_str(text: &str) -> Result<Self, LogFormatError> {
        Ok(match text {
            "common" => Self::Common,
            // nginx's default is the combined format.
            "combined" | "nginx" => Self::Combined,
            "envoy" => Self::Envoy,
            "haproxy" => Self::Haproxy,
            "json" => Self::Json,
            _ if text.contains('$') => Self::Declared(LogTemplate::new(text)?),
            _ => return Err(LogFormatError::Unknown),
        })
    }
}

#[cfg(test)]
mod tests;
