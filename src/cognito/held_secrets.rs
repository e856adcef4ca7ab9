//! The client secrets in force, and how they are read again while the service runs.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use aws_config::Region;
use secrecy::{ExposeSecret, SecretString};
use tokio::{sync::Mutex, time::sleep};

use super::{ClientSecrets, ConnectError, secret_sources};
use crate::{
    config::{self, SecretSource},
    metrics::Metrics,
};

/// However many calls are refused, they have the secrets looked up no more often than this.
const LEAST_PAUSE: Duration = Duration::from_secs(3);

/// The client secrets as they are now. Who calls takes them once, and finishes with what it
/// took: they are replaced as a whole, never changed.
pub struct HeldSecrets {
    now: RwLock<Arc<ClientSecrets>>,
    settings: config::Cognito,
    region: Region,
    /// Held by whoever reads, so that one reads for all.
    reading: Mutex<Reading>,
    metrics: Metrics,
}

#[derive(Default)]
struct Reading {
    /// When the last one began, whoever wanted it.
    began: Option<Instant>,
    /// When refused calls last had the secrets read in vain.
    after_refusal: Option<Instant>,
    has_failed: bool,
}

/// What a source told.
pub(super) struct Told {
    pub(super) primary: SecretString,
    /// The other secret, where the source knows of one.
    pub(super) secondary: Option<SecretString>,
    /// How many are active, where the pool says so.
    pub(super) active: Option<usize>,
}

impl HeldSecrets {
    /// Reads them for the first time.
    ///
    /// # Errors
    /// Where a source does not tell its secret.
    pub(super) async fn read(
        settings: &config::Cognito,
        region: &Region,
        metrics: Metrics,
    ) -> Result<Self, ConnectError> {
        let told = Box::pin(secret_sources::read(settings, region)).await?;
        metrics.client_secret_changed();
        Ok(Self {
            now: RwLock::new(Arc::new(ClientSecrets::new(told.primary, told.secondary))),
            settings: settings.clone(),
            region: region.clone(),
            reading: Mutex::default(),
            metrics,
        })
    }

    /// The secrets in force.
    #[must_use]
    pub fn now(&self) -> Arc<ClientSecrets> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads them again, now.
    pub async fn read_again(&self) {
        if !self.can_change() {
            tracing::info!(
                "the client secret is written in the settings or in a variable: only a restart changes it"
            );
            return;
        }
        self.replace(&mut *self.reading.lock().await).await;
    }

    /// Reads them again at the configured interval, for as long as it is polled.
    pub async fn keep_fresh(&self) {
        let every = self.settings.client_secret_refresh;
        if every.is_zero() || !self.can_change() {
            return;
        }
        loop {
            // Replicas that started together do not ask together.
            let spread = every.mul_f64(0.9 + 0.2 * fastrand::f64());
            sleep(spread).await;
            self.replace(&mut *self.reading.lock().await).await;
        }
    }

    /// Looks them up after the pool refused every one of these: others, where there are any.
    pub(super) async fn instead_of(
        &self,
        refused: &Arc<ClientSecrets>,
    ) -> Option<Arc<ClientSecrets>> {
        let others = || Some(self.now()).filter(|now| !Arc::ptr_eq(now, refused));
        if others().is_some() || !self.can_change() {
            return others();
        }
        let refused_at = Instant::now();
        let mut reading = self.reading.lock().await;
        // Where reading is slow, many wait for it: what began after a refusal has read for it.
        let is_read = reading.began.is_some_and(|began| began >= refused_at);
        let is_too_soon = reading.after_refusal.is_some_and(|last| last.elapsed() < LEAST_PAUSE);
        if others().is_none() && !is_read && !is_too_soon {
            reading.after_refusal = Some(Instant::now());
            self.replace(&mut reading).await;
            // What has just changed may soon change again.
            reading.after_refusal = reading.after_refusal.filter(|_| others().is_none());
        }
        others()
    }

    /// Whether any of the sources may say something else one day.
    fn can_change(&self) -> bool {
        let is_written = |source: &SecretSource| matches!(source, SecretSource::Written(_));
        let primary = self.settings.client_secret_source();
        let secondary = self.settings.secondary_client_secret_source();
        !primary.as_ref().is_some_and(is_written)
            || secondary.is_some_and(|source| !is_written(&source))
    }

    async fn replace(&self, reading: &mut Reading) {
        reading.began = Some(Instant::now());
        // In a box, since every call's future would have to have room for it.
        let reading_all = Box::pin(secret_sources::read(&self.settings, &self.region));
        let told = match reading_all.await {
            Ok(told) => told,
            Err(error) => {
                self.metrics.client_secret_read("failed");
                if !reading.has_failed {
                    tracing::warn!(%error, "the client secret could not be read again; the one that is held stays");
                }
                reading.has_failed = true;
                return;
            }
        };
        if reading.has_failed {
            tracing::info!("the client secret can be read again");
        }
        reading.has_failed = false;
        let Some(next) = next(&self.now(), told) else {
            self.metrics.client_secret_read("unchanged");
            return;
        };
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        self.metrics.client_secret_read("changed");
        self.metrics.client_secret_changed();
        tracing::info!("the client secret has changed: calls from now on use the new one");
    }
}

/// What is to be held after this was told, unless that is what is held.
fn next(held: &ClientSecrets, told: Told) -> Option<ClientSecrets> {
    let same = |one: &SecretString, other: Option<&SecretString>| {
        other.is_some_and(|other| one.expose_secret() == other.expose_secret())
    };
    let is_same_primary = same(&told.primary, Some(held.primary()));
    let secondary = match (told.secondary, held.secondary()) {
        (Some(told), _) => Some(told),
        // The one before stays the other one: the pool may know the new one a moment later than
        // its source, and the old one a moment longer. It goes when the pool says that it has.
        (None, _) if !is_same_primary => Some(held.primary().clone()),
        (None, _) if told.active == Some(1) => None,
        (None, held) => held.cloned(),
    };
    let is_same_secondary = match &secondary {
        Some(secondary) => same(secondary, held.secondary()),
        None => held.secondary().is_none(),
    };
    (!is_same_primary || !is_same_secondary).then(|| ClientSecrets::new(told.primary, secondary))
}

impl fmt::Debug for HeldSecrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HeldSecrets(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_the_sources_tell_and_what_was_primary_before() {
        for (case, held, told, expected) in [
            ("the same", ("a", None), ("a", None, None), None),
            ("the same two", ("a", Some("b")), ("a", Some("b"), None), None),
            ("another", ("a", None), ("b", None, None), Some(("b", Some("a")))),
            ("another, of one", ("a", None), ("b", None, Some(1)), Some(("b", Some("a")))),
            ("the one before stays", ("b", Some("a")), ("b", None, Some(2)), None),
            ("the one before goes", ("b", Some("a")), ("b", None, Some(1)), Some(("b", None))),
            ("nobody counts", ("b", Some("a")), ("b", None, None), None),
            ("a named one", ("a", Some("b")), ("a", Some("c"), None), Some(("a", Some("c")))),
            ("swapped", ("a", Some("b")), ("b", Some("a"), None), Some(("b", Some("a")))),
        ] {
            let held = ClientSecrets::new(held.0.into(), held.1.map(SecretString::from));
            let (primary, secondary) = (told.0.into(), told.1.map(SecretString::from));

            let next = next(&held, Told { primary, secondary, active: told.2 });

            let shown = next.as_ref().map(|next| {
                (next.primary().expose_secret(), next.secondary().map(ExposeSecret::expose_secret))
            });
            assert_eq!(shown, expected, "{case}");
        }
    }
}
