//! How every call is made: within its time, with the client secret that the pool takes, and
//! repeated only where nothing can have come of it.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use aws_sdk_cognitoidentityprovider::{
    error::SdkError, operation::RequestId, types::AnalyticsMetadataType,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tokio::time::{sleep, timeout};

use super::{
    Cognito, Failure, Misconfiguration, intake, outcome::CallError, secrets::ClientSecret,
};
use crate::{metrics::Metrics, registration::Username};

/// A try that has less time than this is not made: run out of it, and nobody would know what
/// came of it.
const LEAST_TIME: Duration = Duration::from_millis(200);

/// What a call ended with.
#[derive(Clone, Debug)]
pub struct Reply<T, E> {
    /// What came of it.
    pub result: Result<T, E>,
    /// The id that Cognito gave to it.
    pub request_id: Option<String>,
}

impl<T, E> Reply<T, E> {
    /// What the SDK's answer means, and its id.
    pub(super) fn of<O: RequestId, S>(
        answer: Result<O, SdkError<S, HttpResponse>>,
        meaning: impl FnOnce(Result<O, SdkError<S, HttpResponse>>) -> Result<T, E>,
    ) -> Self
    where
        SdkError<S, HttpResponse>: RequestId,
    {
        let request_id = match &answer {
            Ok(output) => output.request_id(),
            Err(error) => error.request_id(),
        };
        let request_id = request_id.filter(|id| intake::is_request_id(id)).map(str::to_owned);
        Self { result: meaning(answer), request_id }
    }

    fn failed(error: E) -> Self {
        Self { result: Err(error), request_id: None }
    }
}

impl Cognito {
    /// Makes a call about a user name; `send` sends it once, with the SecretHash that it is
    /// given. Where a client secret is refused, the other one is tried, once.
    pub(super) async fn call<T, E: CallError>(
        &self,
        username: &Username,
        count_retry: fn(&Metrics),
        send: impl AsyncFn(&str) -> Reply<T, E>,
    ) -> Reply<T, E> {
        let deadline = Instant::now() + self.settings.operation_timeout;
        let with = async |secret: &ClientSecret| {
            let hash = secret.hash(username.as_str(), &self.settings.client_id);
            self.repeat(deadline, count_retry, async || send(&hash).await).await
        };
        let refused = Failure::Misconfigured(Misconfiguration::SecretHash);
        let [Some((_, first)), other] = self.secrets.in_order() else {
            return Reply::failed(E::from(refused));
        };
        let answer = with(first).await;
        let is_refused = answer
            .result
            .as_ref()
            .err()
            .and_then(CallError::failure)
            .is_some_and(|failure| failure == refused);
        let Some((which, other)) = other.filter(|_| is_refused) else {
            return answer;
        };
        let answer = with(other).await;
        let failure = answer.result.as_ref().err().and_then(CallError::failure);
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
        send: impl AsyncFn() -> Reply<T, E>,
    ) -> Reply<T, E> {
        let mut tries = 1;
        loop {
            let remaining = deadline.saturating_duration_since(Instant::now());
            let Ok(reply) = timeout(remaining, send()).await else {
                return Reply::failed(E::from(Failure::TimedOut));
            };
            let pause = pause_after(tries);
            let failure = reply.result.as_ref().err().and_then(CallError::failure);
            let may_repeat =
                failure.is_some_and(Failure::may_be_repeated) && tries < self.settings.max_attempts;
            if !may_repeat || Instant::now() + pause + LEAST_TIME >= deadline {
                return reply;
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
