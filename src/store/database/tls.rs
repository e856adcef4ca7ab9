//! TLS of the connection to PostgreSQL.

use std::{fs, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::store::error::StoreError;

/// The TLS part of a `database.url`.
#[derive(Clone, Debug, Default)]
pub(super) struct Tls {
    /// `sslmode`: `disable`, `prefer` (the default), `require`, `verify-ca` or `verify-full`.
    pub(super) mode: Option<String>,
    /// `sslrootcert`: a file of certificates in PEM. If it is `None`, the service uses the
    /// certificates of the system.
    pub(super) root_certificates: Option<String>,
}

impl Tls {
    /// Returns the mode for the client library. Unlike in libpq, every mode that uses TLS verifies
    /// the certificate and the name of the server.
    pub(super) fn ssl_mode(&self) -> Result<SslMode, StoreError> {
        match self.mode.as_deref() {
            None | Some("prefer") => Ok(SslMode::Prefer),
            Some("disable") => Ok(SslMode::Disable),
            Some("require" | "verify-ca" | "verify-full") => Ok(SslMode::Require),
            Some(_) => Err(StoreError::Unusable(
                "sslmode has another value".to_owned(),
                "Use disable, prefer, require, verify-ca or verify-full.",
            )),
        }
    }

    pub(super) fn connector(&self) -> Result<MakeRustlsConnect, StoreError> {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| {
                StoreError::Unusable(format!("TLS is unavailable: {error}"), "Report this error.")
            })?;
        let config = builder.with_root_certificates(self.roots()?).with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }

    fn roots(&self) -> Result<RootCertStore, StoreError> {
        let mut roots = RootCertStore::empty();
        let Some(file) = &self.root_certificates else {
            if self.mode.as_deref() != Some("disable") {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
            return Ok(roots);
        };
        let unusable = |error: &dyn std::fmt::Display| {
            StoreError::Unusable(
                format!("sslrootcert: {file} cannot be used: {error}"),
                "Use a readable file of certificates in PEM format.",
            )
        };
        let pem = fs::read(file).map_err(|error| unusable(&error))?;
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|error| unusable(&error))?;
            roots.add(certificate).map_err(|error| unusable(&error))?;
        }
        if roots.is_empty() {
            return Err(unusable(&"the file has no certificate"));
        }
        Ok(roots)
    }
}
