//! The certificate of the public listener, and its reload.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use anyhow::{anyhow, bail};
use ring::digest::{Digest, SHA256, digest};
use rustls::{
    ServerConfig,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::time::interval;
use tokio_rustls::TlsAcceptor;

use crate::config;

/// Interval at which the service compares the files with the certificate in use.
const RELOAD_INTERVAL: Duration = Duration::from_secs(5);

/// TLS of the public listener.
pub(super) struct Tls {
    files: Files,
    current: Arc<Current>,
    acceptor: TlsAcceptor,
    last: Mutex<Last>,
}

struct Files {
    certificate: String,
    key: String,
}

/// The certificate for new connections.
struct Current(RwLock<Arc<CertifiedKey>>);

/// The last contents of the files, by their SHA-256 hash.
struct Last {
    loaded: Digest,
    /// Contents that are not usable, with `true` if the log contains their error.
    failed: Option<(Digest, bool)>,
}

impl Tls {
    /// Reads the certificate and its key. Returns `None` if the settings name no files.
    pub(super) fn open(settings: &config::Tls) -> anyhow::Result<Option<Arc<Self>>> {
        let (Some(certificate), Some(key)) = (&settings.certificate_file, &settings.key_file)
        else {
            return Ok(None);
        };
        let files = Files { certificate: certificate.clone(), key: key.clone() };
        let contents = files.read()?;
        let current = Arc::new(Current(RwLock::new(Arc::new(contents.parse()?))));
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        let http2 = settings.http2.then_some(&b"h2"[..]);
        config.alpn_protocols =
            http2.into_iter().chain([&b"http/1.1"[..]]).map(Vec::from).collect();
        let last = Mutex::new(Last { loaded: contents.digest(), failed: None });
        Ok(Some(Arc::new(Self { files, current, acceptor: Arc::new(config).into(), last })))
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    pub(super) async fn reload_periodically(self: Arc<Self>) {
        let mut interval = interval(RELOAD_INTERVAL);
        loop {
            interval.tick().await;
            let tls = Arc::clone(&self);
            if let Err(error) = actix_web::rt::task::spawn_blocking(move || tls.reload(false)).await
            {
                tracing::error!(%error, "TLS certificate not reloaded");
            }
        }
    }

    /// Uses the certificate in the files for new connections, if a file changed. Keeps the previous
    /// certificate if the new certificate is not usable. Unless `is_requested`, logs an error only
    /// at the second failure, because a program may write the files one after the other.
    pub(super) fn reload(&self, is_requested: bool) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (digest, parsed) = match self.files.read() {
            Ok(contents) if contents.digest().as_ref() == last.loaded.as_ref() => {
                last.failed = None;
                return;
            }
            Ok(contents) => (contents.digest(), contents.parse()),
            Err(error) => (digest(&SHA256, b""), Err(error)),
        };
        match parsed {
            Ok(certificate) => {
                *self.current.0.write().unwrap_or_else(PoisonError::into_inner) =
                    Arc::new(certificate);
                *last = Last { loaded: digest, failed: None };
                tracing::info!("TLS certificate reloaded");
            }
            Err(error) => {
                let known = last.failed.filter(|(failed, _)| failed.as_ref() == digest.as_ref());
                let is_logged = known.is_some_and(|(_, is_logged)| is_logged);
                if is_requested || (known.is_some() && !is_logged) {
                    tracing::error!(
                        error = format!("{error:#}"),
                        alarm = true,
                        "TLS certificate not reloaded, using the previous certificate"
                    );
                }
                last.failed = Some((digest, is_requested || known.is_some()));
            }
        }
    }
}

struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Files {
    fn read(&self) -> anyhow::Result<Contents> {
        let read = |setting, file| {
            std::fs::read(file).map_err(|error| {
                anyhow!("server.tls.{setting}: `{file}` cannot be read: {error}. Correct the path or its permissions.")
            })
        };
        Ok(Contents {
            certificate: read("certificate_file", &self.certificate)?,
            key: read("key_file", &self.key)?,
        })
    }
}

impl Contents {
    fn digest(&self) -> Digest {
        digest(&SHA256, &[&self.certificate[..], b"\0", &self.key].concat())
    }

    fn parse(&self) -> anyhow::Result<CertifiedKey> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<_, _>>()
            .map_err(|error| {
                anyhow!("server.tls.certificate_file is not a file of certificates in PEM format: {error}. Replace the file.")
            })?;
        if chain.is_empty() {
            bail!(
                "server.tls.certificate_file has no certificate in PEM format. Replace the file."
            );
        }
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| {
            anyhow!("server.tls.key_file has no private key in PEM format. Replace the file.")
        })?;
        CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => {
                anyhow!("server.tls.key_file does not match server.tls.certificate_file. Replace one of the files.")
            }
            error => anyhow!("server.tls: the certificate or its key is not usable: {error}. Replace both files."),
        })
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Current")
    }
}
