//! Where something is told: a URL of http or https, read strictly.

use rustls::pki_types::ServerName;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A URL that can be posted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    is_tls: bool,
    /// Without the brackets of IPv6.
    host: String,
    port: u16,
    /// Begins with `/`, or is empty; with the query.
    path: String,
}

/// Why text is no such URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// It is of neither.
    #[error("a URL begins with http:// or https://, such as http://127.0.0.1:9093")]
    Scheme,
    /// It has no host, or what a URL of this kind does not have.
    #[error("a URL is like https://example.com:8443/path; it has no user, no password, no fragment and no spaces")]
    Form,
    /// A port is a number.
    #[error("a port is a number from 1 to 65535")]
    Port,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (is_tls, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(AddressError::Scheme),
        };
        if !rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"@#\\\"<>".contains(&byte)) {
            return Err(AddressError::Form);
        }
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (host, port) = match authority.strip_prefix('[') {
            Some(bracketed) => bracketed.split_once(']').ok_or(AddressError::Form)?,
            None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or(AddressError::Port)?,
            None if !port.is_empty() => return Err(AddressError::Form),
            None if is_tls => 443,
            None => 80,
        };
        // A name that TLS could ask for, or an address.
        if ServerName::try_from(host).is_err() || path.starts_with('?') {
            return Err(AddressError::Form);
        }
        Ok(Self { is_tls, host: host.to_owned(), port, path: path.to_owned() })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.path)
    }
}

impl Address {
    /// Without the path, which may hold a secret.
    pub fn origin(&self) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        format!("{scheme}://{}", self.authority())
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.is_tls
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Host and port, as a request names them.
    pub(crate) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_strictly() {
        let read = |text: &str| text.parse::<Address>().map(|address| address.to_string());
        for (text, whole) in [
            ("http://127.0.0.1:9093", "http://127.0.0.1:9093"),
            ("http://proxy/alertmanager/", "http://proxy:80/alertmanager/"),
            ("https://alerts.example.com", "https://alerts.example.com:443"),
            ("https://hooks.example.com/a?b=c", "https://hooks.example.com:443/a?b=c"),
            ("http://[::1]:9093/x", "http://[::1]:9093/x"),
        ] {
            assert_eq!(read(text), Ok(whole.to_owned()));
        }
        for wrong in ["127.0.0.1:9093", "ftp://a:9093", "HTTP://a"] {
            assert_eq!(read(wrong), Err(AddressError::Scheme), "{wrong}");
        }
        for wrong in [
            "http://",
            "https:///x",
            "http://user@a:1",
            "http://a b",
            "http://a:1/\r\nX: y",
            "http://a/x#y",
            "http://[::1]x/",
            "http://a?b",
            "http://::1/",
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
        for wrong in ["http://a:", "http://a:0", "http://a:70000", "http://a:1:2"] {
            assert_eq!(read(wrong), Err(AddressError::Port), "{wrong}");
        }
    }

    #[test]
    fn an_origin_has_nothing_of_the_path() {
        let address: Address = "https://hooks.example.com/services/secret?token=secret".parse().unwrap();
        assert_eq!(address.origin(), "https://hooks.example.com:443");
    }
}
