//! The common part of all calls: a deadline, the client secrets, and tries. The service repeats a
//! try only if Cognito cannot have processed it.

use std::{
    cell::Cell,
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use aws_sdk_cognitoidentityprovider::{
    error::SdkError, operation::RequestId, types::AnalyticsMetadataType,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tokio::time::{sleep, timeout};

use super::{
    Cognito, Failure, Misconfiguration,
    client_secrets::{ClientSecrets, secrets::ClientSecret},
    outcome::CallError,
    validate_response,
};
use crate::{metrics::Metrics, registration::Username};

/// The minimum time for a try. With less, its outcome would likely be unknown.
const MIN_TIME: Duration = Duration::from_millis(200);

/// The reply to a call.
#[derive(Clone, Debug)]
pub struct Reply<T, E> {
    /// The result of the last try.
    pub result: Result<T, E>,
    /// Cognito's id of the last try.
    pub request_id: Option<String>,
    /// The time at which the service sent the last try. `None` if it sent no try.
    pub sent_at: Option<Instant>,
    /// `true` if Cognito throttled a try.
    pub was_throttled: bool,
}

impl<T, E> Reply<T, E> {
    pub(super) fn of<O: RequestId, S>(
        result: Result<O, SdkError<S, HttpResponse>>,
        interpret: impl FnOnce(Result<O, SdkError<S, HttpResponse>>) -> Result<T, E>,
    ) -> Self
    where
        SdkError<S, HttpResponse>: RequestId,
    {
        let request_id = match &result {
            Ok(output) => output.request_id(),
            Err(error) => error.request_id(),
        };
        let request_id =
            request_id.filter(|id| validate_response::is_request_id(id)).map(str::to_owned);
        Self { result: interpret(result), request_id, sent_at: None, was_throttled: false }
    }

    pub(super) fn failed(error: E, sent_at: Option<Instant>) -> Self {
        Self { result: Err(error), request_id: None, sent_at, was_throttled: false }
    }
}

impl Cognito {
    /// Calls Cognito for a user name. `send` sends one try with the given SecretHash.
    ///
    /// Cognito does not process a call with a wrong SecretHash. If Cognito rejects all known client
    /// secrets, the service reads them again and repeats the call.
    pub(super) async fn call<T, E: CallError>(
        &self,
        count_retry: fn(&Metrics),
        wait_for_slot: impl AsyncFn(Duration) -> Result<(), Duration>,
        username: &Username,
        send: impl AsyncFn(&str) -> Reply<T, E>,
    ) -> Reply<T, E> {
        let deadline = Instant::now() + self.settings.operation_timeout;
        let was_throttled = Cell::new(false);
        let context =
            CallContext { count_retry, wait_for_slot, deadline, was_throttled: &was_throttled };
        let call_with = async |secret: &ClientSecret| {
            let hash = secret.hash(username.as_str(), &self.settings.client_id);
            self.repeat(&context, async || send(&hash).await).await
        };
        let secrets = self.secrets.current();
        let mut reply = self.try_both_secrets(&secrets, &call_with).await;
        if is_secret_rejected(&reply) {
            // Leaves time for the next try.
            let remaining = deadline.saturating_duration_since(Instant::now() + MIN_TIME);
            let read = timeout(remaining, self.secrets.refresh_after_rejection(&secrets)).await;
            if let Ok(Some(others)) = read {
                reply = self.try_both_secrets(&others, &call_with).await;
            }
        }
        Reply { was_throttled: was_throttled.get(), ..reply }
    }

    /// Tries the preferred secret and, if Cognito rejects it, the other one.
    async fn try_both_secrets<T, E: CallError>(
        &self,
        secrets: &ClientSecrets,
        call_with: impl AsyncFn(&ClientSecret) -> Reply<T, E>,
    ) -> Reply<T, E> {
        let (first, other) = secrets.in_order();
        let reply = call_with(first).await;
        let Some(other) = other.filter(|_| is_secret_rejected(&reply)) else {
            return reply;
        };
        let reply = call_with(other).await;
        let failure = reply.result.as_ref().err().and_then(CallError::failure);
        if failure.is_none_or(Failure::accepted_secret) {
            tracing::warn!("client secret rejected, the other one was accepted");
            self.metrics.secrets.fallbacks.inc();
            secrets.promote(other);
        }
        reply
    }

    /// Sends tries, each in its own slot, until the result of one is final.
    async fn repeat<T, E: CallError>(
        &self,
        context: &CallContext<'_, impl AsyncFn(Duration) -> Result<(), Duration>>,
        send: impl AsyncFn() -> Reply<T, E>,
    ) -> Reply<T, E> {
        let deadline = context.deadline;
        let (mut tries, mut sent_at) = (1, None);
        loop {
            if let Err(retry_after) = context.wait_for_slot().await {
                return Reply::failed(E::from(Failure::QueueFull { retry_after }), sent_at);
            }
            let started = Instant::now();
            sent_at = Some(started);
            let Ok(reply) = timeout(deadline.saturating_duration_since(started), send()).await
            else {
                return Reply::failed(E::from(Failure::TimedOut), sent_at);
            };
            let reply = Reply { sent_at, ..reply };
            let pause = pause_after(tries);
            let failure = reply.result.as_ref().err().and_then(CallError::failure);
            if failure == Some(Failure::Busy) {
                context.was_throttled.set(true);
            }
            let may_repeat =
                failure.is_some_and(Failure::is_retryable) && tries < self.settings.max_attempts;
            if !may_repeat || Instant::now() + pause + MIN_TIME >= deadline {
                return reply;
            }
            (context.count_retry)(&self.metrics);
            sleep(pause).await;
            tries += 1;
        }
    }
}

struct CallContext<'a, W> {
    count_retry: fn(&Metrics),
    wait_for_slot: W,
    deadline: Instant,
    was_throttled: &'a Cell<bool>,
}

impl<W: AsyncFn(Duration) -> Result<(), Duration>> CallContext<'_, W> {
    /// Waits for a slot for at most half of the time, and leaves the other half for the call.
    async fn wait_for_slot(&self) -> Result<(), Duration> {
        let left = || self.deadline.saturating_duration_since(Instant::now() + MIN_TIME);
        let at_first = left();
        (self.wait_for_slot)(at_first / 2).await?;
        let is_too_late = !at_first.is_zero() && left().is_zero();
        if is_too_late { Err(Duration::ZERO) } else { Ok(()) }
    }
}

const SECRET_REJECTED: Failure = Failure::Misconfigured(Misconfiguration::SecretHash);

fn is_secret_rejected<T, E: CallError>(reply: &Reply<T, E>) -> bool {
    reply.result.as_ref().err().and_then(CallError::failure) == Some(SECRET_REJECTED)
}

/// Returns 50 to 100 ms after the first try, 100 to 200 ms after the second, and so on.
fn pause_after(tries: u32) -> Duration {
    let most = 50_u64 << tries.min(6);
    Duration::from_millis(fastrand::u64(most / 2..=most))
}

pub(super) fn client_metadata(
    entries: &BTreeMap<String, String>,
) -> Option<HashMap<String, String>> {
    let copied = || entries.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    (!entries.is_empty()).then(copied)
}

pub(super) fn analytics(endpoint_id: Option<&str>) -> Option<AnalyticsMetadataType> {
    let id = endpoint_id?;
    Some(AnalyticsMetadataType::builder().analytics_endpoint_id(id).build())
}
