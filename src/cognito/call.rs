//! How every call is made: within its time, with the client secret that the pool takes, and
//! repeated only where nothing can have come of it.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use aws_sdk_cognitoidentityprovider::types::AnalyticsMetadataType;
use tokio::time::{sleep, timeout};

use super::{Cognito, Failure, Misconfiguration, outcome::CallError, secrets::ClientSecret};
use crate::{metrics::Metrics, registration::Username};

impl Cognito {
    /// Makes a call about a user name; `send` sends it once, with the SecretHash that it is
    /// given. Where a client secret is refused, the other one is tried, once.
    pub(super) async fn call<T, E: CallError>(
        &self,
        username: &Username,
        count_retry: fn(&Metrics),
        send: impl AsyncFn(&str) -> Result<T, E>,
    ) -> Result<T, E> {
        let deadline = Instant::now() + self.settings.operation_timeout;
        let with = async |secret: &ClientSecret| {
            let hash = secret.hash(username.as_str(), &self.settings.client_id);
            self.repeat(deadline, count_retry, async || send(&hash).await).await
        };
        let refused = Failure::Misconfigured(Misconfiguration::SecretHash);
        let [Some((_, first)), other] = self.secrets.in_order() else {
            return Err(E::from(refused));
        };
        let answer = with(first).await;
        let is_refused = answer
            .as_ref()
            .err()
            .and_then(CallError::failure)
            .is_some_and(|failure| failure == refused);
        let Some((which, other)) = other.filter(|_| is_refused) else {
            return answer;
        };
        let answer = with(other).await;
        let failure = answer.as_ref().err().and_then(CallError::failure);
        if failure.is_none_or(Failure::has_taken_the_secret) {
            tracing::warn!("one client secret was refused, the other was taken");
            self.metrics.secret_fallover();
            self.secrets.prefer(which);
        }
        answer
    }

    /// Sends until there is something to say, as often as the settings allow.
    async fn repeat<T, E: CallError>(
        &self,
        deadline: Instant,
        count_retry: fn(&Metrics),
        send: impl AsyncFn() -> Result<T, E>,
    ) -> Result<T, E> {
        let mut tries = 1;
        loop {
            let remaining = deadline.saturating_duration_since(Instant::now());
            let error = match timeout(remaining, send()).await {
                Ok(Ok(output)) => return Ok(output),
                Ok(Err(error)) => error,
                Err(_) => return Err(E::from(Failure::TimedOut)),
            };
            let pause = pause_after(tries);
            let may_repeat = error.failure().is_some_and(Failure::may_be_repeated)
                && tries < self.settings.max_attempts;
            if !may_repeat || Instant::now() + pause >= deadline {
                return Err(error);
            }
            count_retry(&self.metrics);
            sleep(pause).await;
            tries += 1;
        }
    }
}

/// Between half of 100 ms and all of it, then of 200 ms, and so on.
fn pause_after(tries: u32) -> Duration {
    let most = 50_u64 << tries.min(6);
    Duration::from_millis(fastrand::u64(most / 2..=most))
}

/// `ClientMetadata`; none where there is nothing in it.
pub(super) fn client_metadata(
    entries: &BTreeMap<String, String>,
) -> Option<HashMap<String, String>> {
    let copied = || entries.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    (!entries.is_empty()).then(copied)
}

/// `AnalyticsMetadata`.
pub(super) fn analytics(endpoint_id: Option<&str>) -> Option<AnalyticsMetadataType> {
    let id = endpoint_id?;
    Some(AnalyticsMetadataType::builder().analytics_endpoint_id(id).build())
}
