//! A Prometheus that may be asked, as the server is set: its address, the name by which documents know it, and its token.

use crate::outbound::{Address, AddressError};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use thiserror::Error;

/// A Prometheus that may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The OpenSLO data source that it stands for; metrics that name none ask the one without.
    pub name: Option<String>,
    /// Where it is.
    pub(super) address: Address,
}

/// The file with the bearer token of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceToken {
    /// The source; of the one without a name nothing is said.
    pub name: Option<String>,
    /// The file, read with each question, so that a token can be changed.
    pub file: PathBuf,
}

/// Why text is no address of a Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a Prometheus is named like http://127.0.0.1:9090, main=http://127.0.0.1:9090 or https://proxy/prometheus")]
pub struct SourceError;

/// What stands before `=`, where something does, and what behind it.
fn named(text: &str) -> (Option<String>, &str) {
    match text.split_once('=') {
        Some((name, rest)) if !name.is_empty() && !name.contains("://") => (Some(name.to_owned()), rest),
        _ => (None, text),
    }
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let (name, address) = named(text);
        let address: Address = address.parse().map_err(|_: AddressError| SourceError)?;
        // A path stands before that of the API, so that there is no place for a query.
        if address.path().contains('?') {
            return Err(SourceError);
        }
        Ok(Self { name, address })
    }
}

impl FromStr for SourceToken {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, file) = named(text);
        Ok(Self { name, file: file.into() })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_may_have_a_name() {
        let read = |text: &str| text.parse::<Source>().map(|source| (source.name.clone(), source.to_string()));
        let at = |name: Option<&str>, address: &str| Ok((name.map(str::to_owned), address.to_owned()));
        assert_eq!(read("http://127.0.0.1:9090"), at(None, "http://127.0.0.1:9090"));
        assert_eq!(read("main=https://proxy/prometheus"), at(Some("main"), "https://proxy:443/prometheus"));
        assert_eq!(read("main=ftp://a"), Err(SourceError));
        assert_eq!(read("http://a:1/x?y=z"), Err(SourceError));
    }
}
