//! The current client secrets, and their reload while the service runs.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use aws_config::Region;
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Mutex, time::sleep};

use super::{
    secrets::ClientSecrets,
    sources::{self, LoadedSecrets},
};
use crate::{
    cognito::connect_error::ConnectError,
    config::{self, SecretSource},
    metrics::Metrics,
};

/// Mean pause between two tries to load the secrets at the start.
const START_PAUSE: Duration = Duration::from_secs(1);

/// Minimum time between two reloads after rejections, if the first reload found no change.
const MIN_PAUSE: Duration = Duration::from_secs(3);

/// The current client secrets.
///
/// A reload replaces all secrets at once. A call uses the secrets that it started with, unless
/// Cognito rejects all of these secrets.
#[derive(Debug)]
pub struct SecretCache {
    current: RwLock<Arc<ClientSecrets>>,
    settings: config::Cognito,
    region: Region,
    /// The lock of a reload. All calls that wait for the lock use the result of one reload.
    reload: Mutex<Reload>,
    metrics: Metrics,
}

#[derive(Debug, Default)]
struct Reload {
    started: Option<Instant>,
    /// Start of the last reload after a rejection. `None` if this reload found a change.
    after_rejection: Option<Instant>,
    has_failed: bool,
}

impl SecretCache {
    /// Loads the secrets. Waits while AWS is unavailable.
    pub(in crate::cognito) async fn load(
        settings: &config::Cognito,
        region: &Region,
        metrics: Metrics,
    ) -> Result<Self, ConnectError> {
        let mut is_logged = false;
        let loaded = loop {
            match Box::pin(sources::load(settings, region)).await {
                Err(error) if error.may_pass() => {
                    if !is_logged {
                        tracing::error!(%error, "AWS unavailable, waiting for the client secret");
                        is_logged = true;
                    }
                    sleep(START_PAUSE.mul_f64(0.5 + fastrand::f64())).await;
                }
                loaded => break loaded?,
            }
        };
        metrics.client_secret_changed();
        Ok(Self {
            current: RwLock::new(Arc::new(ClientSecrets::new(loaded.primary, loaded.secondary))),
            settings: settings.clone(),
            region: region.clone(),
            reload: Mutex::default(),
            metrics,
        })
    }

    /// Returns the current secrets.
    #[must_use]
    pub fn current(&self) -> Arc<ClientSecrets> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reloads the secrets, unless the settings contain all of them.
    pub async fn reload(&self) {
        if !self.can_change() {
            tracing::info!("client secrets not reloaded, because the settings contain all of them");
            return;
        }
        self.replace(&mut *self.reload.lock().await).await;
    }

    /// Reloads the secrets at the configured interval until the future is dropped.
    pub async fn reload_periodically(&self) {
        let every = self.settings.client_secret_refresh;
        if every.is_zero() || !self.can_change() {
            return;
        }
        loop {
            // The jitter keeps replicas that started together from reloading together.
            sleep(every.mul_f64(0.9 + 0.2 * fastrand::f64())).await;
            self.replace(&mut *self.reload.lock().await).await;
        }
    }

    /// Reloads the secrets after Cognito rejected all of `rejected`. Returns `None` if there are no
    /// other secrets.
    pub(in crate::cognito) async fn refresh_after_rejection(
        &self,
        rejected: &Arc<ClientSecrets>,
    ) -> Option<Arc<ClientSecrets>> {
        let others = || Some(self.current()).filter(|current| !Arc::ptr_eq(current, rejected));
        if others().is_some() || !self.can_change() {
            return others();
        }
        let rejected_at = Instant::now();
        let mut reload = self.reload.lock().await;
        // Another call may have reloaded the secrets while this call waited for the lock.
        let is_done = reload.started.is_some_and(|started| started >= rejected_at);
        let is_too_soon = reload.after_rejection.is_some_and(|last| last.elapsed() < MIN_PAUSE);
        if others().is_none() && !is_done && !is_too_soon {
            let started = Instant::now();
            self.replace(&mut reload).await;
            reload.after_rejection = others().is_none().then_some(started);
        }
        others()
    }

    /// Returns `false` if the settings contain all secrets.
    fn can_change(&self) -> bool {
        let is_written = |source: &SecretSource| matches!(source, SecretSource::Written(_));
        let primary = self.settings.client_secret_source();
        let secondary = self.settings.secondary_client_secret_source();
        !primary.as_ref().is_some_and(is_written)
            || secondary.is_some_and(|source| !is_written(&source))
    }

    async fn replace(&self, reload: &mut Reload) {
        reload.started = Some(Instant::now());
        // Without the box, this future would enlarge the future of each call.
        let loaded = match Box::pin(sources::load(&self.settings, &self.region)).await {
            Ok(loaded) => loaded,
            Err(error) => {
                self.metrics.secrets.reloads.count("failed");
                if !reload.has_failed {
                    tracing::warn!(%error, "client secrets not reloaded, using the current secrets");
                }
                reload.has_failed = true;
                return;
            }
        };
        if reload.has_failed {
            tracing::info!("client secrets reloaded after a failure");
        }
        reload.has_failed = false;
        let Some(next) = next(&self.current(), loaded) else {
            self.metrics.secrets.reloads.count("unchanged");
            return;
        };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        self.metrics.secrets.reloads.count("changed");
        self.metrics.client_secret_changed();
        tracing::info!("client secrets changed");
    }
}

/// Returns the secrets that replace the current secrets, or `None` if nothing changes.
fn next(current: &ClientSecrets, loaded: LoadedSecrets) -> Option<ClientSecrets> {
    let same = |one: &SecretString, other: Option<&SecretString>| {
        other.is_some_and(|other| one.expose_secret() == other.expose_secret())
    };
    let is_same_primary = same(&loaded.primary, Some(current.primary()));
    let secondary = match (loaded.secondary, current.secondary()) {
        (Some(loaded), _) => Some(loaded),
        // The pool may accept the new secret later than the source returns it. The previous secret
        // therefore becomes the secondary secret, until the pool reports only one active secret.
        (None, _) if !is_same_primary => Some(current.primary().clone()),
        (None, _) if loaded.active == Some(1) => None,
        (None, current) => current.cloned(),
    };
    let is_same_secondary = match &secondary {
        Some(secondary) => same(secondary, current.secondary()),
        None => current.secondary().is_none(),
    };
    (!is_same_primary || !is_same_secondary).then(|| ClientSecrets::new(loaded.primary, secondary))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_the_loaded_secrets_and_the_previous_primary_secret() {
        for (case, current, loaded, expected) in [
            ("the same secret", ("a", None), ("a", None, None), None),
            ("the same two secrets", ("a", Some("b")), ("a", Some("b"), None), None),
            ("another secret", ("a", None), ("b", None, None), Some(("b", Some("a")))),
            (
                "another secret, and no other is active",
                ("a", None),
                ("b", None, Some(1)),
                Some(("b", Some("a"))),
            ),
            ("the previous secret stays", ("b", Some("a")), ("b", None, Some(2)), None),
            (
                "the previous secret is dropped",
                ("b", Some("a")),
                ("b", None, Some(1)),
                Some(("b", None)),
            ),
            ("an unknown number of secrets", ("b", Some("a")), ("b", None, None), None),
            (
                "another secondary secret",
                ("a", Some("b")),
                ("a", Some("c"), None),
                Some(("a", Some("c"))),
            ),
            ("swapped secrets", ("a", Some("b")), ("b", Some("a"), None), Some(("b", Some("a")))),
        ] {
            let current = ClientSecrets::new(current.0.into(), current.1.map(SecretString::from));
            let (primary, secondary) = (loaded.0.into(), loaded.1.map(SecretString::from));

            let next = next(&current, LoadedSecrets { primary, secondary, active: loaded.2 });

            let shown = next.as_ref().map(|next| {
                (next.primary().expose_secret(), next.secondary().map(ExposeSecret::expose_secret))
            });
            assert_eq!(shown, expected, "{case}");
        }
    }
}
