//! Whose certificates are believed: those of the system's authorities, and of one more that a setting names.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// Why no connection can be made safe.
#[derive(Debug, Error)]
pub enum TlsError {
    /// It is not there, or holds no certificates.
    #[error("cannot read certificates from `{}`: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The library takes no settings of this kind.
    #[error("https cannot be set up")]
    Setup(#[source] rustls::Error),
}

/// How connections are made safe. `more` is a file of authorities in PEM.
pub(crate) fn config(more: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (_, unread) = roots.add_parsable_certificates(found.certs);
    if roots.is_empty() && more.is_none() {
        // Told when it matters: each connection says whose certificate it does not know.
        let errors: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        tracing::warn!(unread, errors = errors.join("; "), "this system knows no authorities for https");
    }
    if let Some(path) = more {
        let wrong = |why: String| TlsError::File { path: path.to_owned(), why };
        let certificates = CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
        let before = roots.len();
        for certificate in certificates {
            let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
            roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
        }
        if roots.len() == before {
            return Err(wrong("it has no `-----BEGIN CERTIFICATE-----`".to_owned()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = builder.map_err(TlsError::Setup)?.with_root_certificates(roots).with_no_client_auth();
    Ok(Arc::new(config))
}

/// Why no safe connection came about, in words.
pub(crate) fn why(error: &io::Error, host: &str) -> String {
    let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return format!("no safe connection came about: {error}");
    };
    match inner {
        rustls::Error::InvalidCertificate(wrong) => match wrong {
            CertificateError::UnknownIssuer => {
                "its certificate is of an authority that is not known here; `--ca-file` names one more".to_owned()
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("its certificate is not for `{host}`")
            }
            wrong => format!("its certificate is not valid: {wrong}"),
        },
        rustls::Error::InvalidMessage(_) => "it does not speak https on this port".to_owned(),
        other => format!("no safe connection came about: {other}"),
    }
}
