//! The common part of all calls: a deadline, the client secrets, and tries. The service repeats a
//! try only if Cognito cannot have processed it.

use std::{
    cell::Cell,
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use aws_sdk_cognitoidentityprovider::{
    error::{ProvideErrorMetadata, SdkError},
    operation::RequestId,
    types::AnalyticsMetadataType,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use tokio::time::{sleep, timeout};
use tracing::{Instrument, Span, field::Empty};

use super::{
    Cognito, Failure, Misconfiguration,
    client_secrets::{ClientSecrets, secrets::ClientSecret},
    outcome::{self, CallError},
    validate_response,
};
use crate::{
    current_request::{Call, add_call},
    metrics::CognitoOperation,
    registration::Username,
    trace::TARGET,
};

/// The minimum time for a try. With less time, the outcome of the try would likely be unknown.
const MIN_TIME: Duration = Duration::from_millis(200);

/// The reply to a call.
#[derive(Clone, Debug)]
pub struct Reply<T, E> {
    /// The result of the last try, or `QueueFull` if no slot was free for a try.
    pub result: Result<T, E>,
    /// Cognito's request id of the last try. `None` if Cognito sent no id, or if `result` is
    /// `QueueFull`.
    pub request_id: Option<String>,
    /// The time at which the service sent the last try. `None` if no try used the last client
    /// secret.
    pub sent_at: Option<Instant>,
    /// `true` if Cognito throttled a try.
    pub was_throttled: bool,
    /// The exception of a failed try, as the metric names it.
    exception: Option<&'static str>,
}

impl<T, E> Reply<T, E> {
    pub(super) fn of<O: RequestId, S: ProvideErrorMetadata>(
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
        let exception = result.as_ref().err().map(outcome::exception);
        Self { request_id, exception, ..Self::unsent(interpret(result)) }
    }

    fn failed(error: E, sent_at: Option<Instant>) -> Self {
        Self { sent_at, ..Self::unsent(Err(error)) }
    }

    fn unsent(result: Result<T, E>) -> Self {
        Self { result, request_id: None, sent_at: None, was_throttled: false, exception: None }
    }
}

impl Cognito {
    /// Returns the deadline for the calls of a request whose first call begins now.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.settings.operation_timeout
    }

    /// Calls Cognito for a user name. `send` sends one try with the given SecretHash.
    ///
    /// Cognito does not process a call with a wrong SecretHash. If Cognito rejects all known client
    /// secrets, the service reloads the secrets. The service repeats the call if a secret changed.
    pub(super) async fn call<T, E: CallError>(
        &self,
        operation: CognitoOperation,
        wait_for_slot: impl AsyncFn(Duration) -> Result<(), Duration>,
        username: &Username,
        deadline: Instant,
        send: impl AsyncFn(&str) -> Reply<T, E>,
    ) -> Reply<T, E> {
        let was_throttled = Cell::new(false);
        let context =
            CallContext { operation, wait_for_slot, deadline, was_throttled: &was_throttled };
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

    /// Tries the preferred secret. If Cognito rejects the secret, tries the other secret.
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
            tracing::warn!("client secret rejected, other client secret accepted");
            self.metrics.secrets.fallbacks.inc();
            secrets.promote(other);
        }
        reply
    }

    /// Sends tries, each in its own slot, until the result of a try is final.
    async fn repeat<T, E: CallError>(
        &self,
        context: &CallContext<'_, impl AsyncFn(Duration) -> Result<(), Duration>>,
        send: impl AsyncFn() -> Reply<T, E>,
    ) -> Reply<T, E> {
        let deadline = context.deadline;
        let (mut tries, mut sent_at) = (1, None);
        loop {
            let queued = Instant::now();
            let queue = tracing::info_span!(target: TARGET, "wait for a slot");
            let slot = context.wait_for_slot().instrument(queue).await;
            add_call(Call::Queue, queued);
            if let Err(retry_after) = slot {
                let error = E::from(Failure::QueueFull { retry_after });
                return Reply::failed(error, sent_at);
            }
            let started = Instant::now();
            sent_at = Some(started);
            let span = span(context.operation);
            let left = deadline.saturating_duration_since(started);
            let reply = timeout(left, send()).instrument(span.clone()).await;
            add_call(Call::Cognito, started);
            let reply = reply.unwrap_or_else(|_| {
                let timed_out = Reply::unsent(Err(E::from(Failure::TimedOut)));
                Reply { exception: Some("timeout"), ..timed_out }
            });
            self.record(context.operation, &reply, started.elapsed(), &span);
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
            self.metrics.cognito_retry(context.operation);
            sleep(pause).await;
            tries += 1;
        }
    }

    fn record<T, E: CallError>(
        &self,
        operation: CognitoOperation,
        reply: &Reply<T, E>,
        duration: Duration,
        span: &Span,
    ) {
        let (result, exception) = match &reply.result {
            Ok(_) => ("success", None),
            Err(error) => (
                error.failure().map_or("rejected", Failure::name),
                Some(reply.exception.unwrap_or("none")),
            ),
        };
        self.metrics.cognito_request(operation, result, exception, duration);
        span.record("aws.request_id", &reply.request_id);
        span.record("error.type", exception);
        if !matches!(result, "success" | "rejected") {
            span.record("otel.status_code", "error");
        }
    }
}

fn span(operation: CognitoOperation) -> Span {
    tracing::info_span!(
        target: TARGET,
        "cognito",
        otel.name = operation.span_name(),
        otel.kind = "client",
        otel.status_code = Empty,
        "rpc.system" = "aws-api",
        "rpc.service" = "Cognito Identity Provider",
        "rpc.method" = operation.name(),
        "aws.request_id" = Empty,
        "error.type" = Empty,
    )
}

struct CallContext<'a, W> {
    operation: CognitoOperation,
    wait_for_slot: W,
    deadline: Instant,
    was_throttled: &'a Cell<bool>,
}

impl<W: AsyncFn(Duration) -> Result<(), Duration>> CallContext<'_, W> {
    /// Waits for a slot for at most half of the remaining time, and leaves the rest for the call.
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

/// Returns a random pause of 50 to 100 ms after the first try. The pause doubles after each further
/// try, up to the range of 1.6 to 3.2 s.
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
