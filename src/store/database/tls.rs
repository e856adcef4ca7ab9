//! TLS of the connection to PostgreSQL, with the meaning that libpq gives to `sslmode` and
//! `sslrootcert`.

use std::{fs, sync::Arc};

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::store::error::StoreError;

/// The TLS part of a `database.url`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tls {
    /// `sslmode`: `disable`, `prefer` (the default), `require`, `verify-ca` or `verify-full`.
    pub(super) mode: Option<String>,
    /// `sslrootcert`: a file of certificates in PEM. Without it, the system's are used.
    pub(super) root_certificates: Option<String>,
}

impl Tls {
    /// Returns the mode that the client library knows.
    ///
    /// # Errors
    /// If the mode is none of libpq's.
    pub(super) fn ssl_mode(&self) -> Result<SslMode, StoreError> {
        match self.mode.as_deref() {
            None | Some("prefer" | "allow") => Ok(SslMode::Prefer),
            Some("disable") => Ok(SslMode::Disable),
            Some("require" | "verify-ca" | "verify-full") => Ok(SslMode::Require),
            Some(_) => Err(StoreError::Unusable(
                "sslmode is not disable, prefer, require, verify-ca or verify-full".to_owned(),
            )),
        }
    }

    /// Returns the connector. As with libpq, only `verify-ca`, `verify-full` and a root
    /// certificate verify the server.
    ///
    /// # Errors
    /// If the root certificates cannot be read.
    pub(super) fn connector(&self) -> Result<MakeRustlsConnect, StoreError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| StoreError::Unusable(error.to_string()))?;
        let verifies = matches!(self.mode.as_deref(), Some("verify-ca" | "verify-full"))
            || self.root_certificates.is_some();
        let config = if verifies {
            builder.with_root_certificates(self.roots()?).with_no_client_auth()
        } else {
            let verifier = Arc::new(EncryptOnly(provider));
            builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
        };
        Ok(MakeRustlsConnect::new(config))
    }

    fn roots(&self) -> Result<RootCertStore, StoreError> {
        let mut roots = RootCertStore::empty();
        let Some(file) = &self.root_certificates else {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            return Ok(roots);
        };
        let unusable = |error: &dyn std::fmt::Display| {
            StoreError::Unusable(format!("sslrootcert: {file} cannot be used: {error}"))
        };
        let pem = fs::read(file).map_err(|error| unusable(&error))?;
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|error| unusable(&error))?;
            roots.add(certificate).map_err(|error| unusable(&error))?;
        }
        if roots.is_empty() {
            return Err(unusable(&"it has no certificate"));
        }
        Ok(roots)
    }
}

/// Encrypts without verifying the server: `sslmode=prefer` and `sslmode=require`.
#[derive(Debug)]
struct EncryptOnly(Arc<CryptoProvider>);

impl ServerCertVerifier for EncryptOnly {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
