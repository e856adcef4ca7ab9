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
    Cognito, Failure, Misconfiguration,
    client_secrets::{ClientSecrets, secrets::ClientSecret},
    outcome::CallError,
    validate_response,
};
use crate::{
    limits::{Admission, Call, NoTurn},
    registration::Username,
};

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
    /// When the last try of it was sent; nothing where none was.
    pub sent: Option<Instant>,
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
        let request_id =
            request_id.filter(|id| validate_response::is_request_id(id)).map(str::to_owned);
        Self { result: meaning(answer), request_id, sent: None }
    }

    fn failed(error: E, sent: Option<Instant>) -> Self {
        Self { result: Err(error), request_id: None, sent }
    }
}

impl Cognito {
    /// Makes a call about a user name, for a request that was let in; `send` sends it once, with
    /// the SecretHash that it is given. Where the client secrets that it began with are refused,
    /// they are looked up, and others are tried: nothing comes of a call that is refused for its
    /// SecretHash.
    pub(super) async fn call<T, E: CallError>(
        &self,
        call: Call,
        admission: Option<&Admission>,
        username: &Username,
        send: impl AsyncFn(&str) -> Reply<T, E>,
    ) -> Reply<T, E> {
        let deadline = Instant::now() + self.settings.operation_timeout;
        let trip = Trip { call, admission, deadline };
        let with = async |secret: &ClientSecret| {
            let hash = secret.hash(username.as_str(), &self.settings.client_id);
            self.repeat(trip, async || send(&hash).await).await
        };
        let secrets = self.secrets.current();
        let answer = self.with_either(&secrets, &with).await;
        if !is_refused(&answer) {
            return answer;
        }
        // The other try has to have its time as well.
        let remaining = deadline.saturating_duration_since(Instant::now() + LEAST_TIME);
        match timeout(remaining, self.secrets.refresh_after_rejection(&secrets)).await {
            Ok(Some(others)) => self.with_either(&others, &with).await,
            Ok(None) | Err(_) => answer,
        }
    }

    /// Tries the preferred secret and, where that one is refused, the other one, once.
    async fn with_either<T, E: CallError>(
        &self,
        secrets: &ClientSecrets,
        with: impl AsyncFn(&ClientSecret) -> Reply<T, E>,
    ) -> Reply<T, E> {
        let [Some((_, first)), other] = secrets.in_order() else {
            return Reply::failed(E::from(REFUSED), None);
        };
        let answer = with(first).await;
        let Some((which, other)) = other.filter(|_| is_refused(&answer)) else {
            return answer;
        };
        let answer = with(other).await;
        let failure = answer.result.as_ref().err().and_then(CallError::failure);
        if failure.is_none_or(Failure::has_taken_the_secret) {
            tracing::warn!("one client secret was refused, the other was taken");
            self.metrics.secret_fallover();
            secrets.promote(which);
        }
        answer
    }

    /// Sends until there is something to say, as often as the settings allow, and each time in
    /// its turn.
    async fn repeat<T, E: CallError>(
        &self,
        trip: Trip<'_>,
        send: impl AsyncFn() -> Reply<T, E>,
    ) -> Reply<T, E> {
        let Trip { call, deadline, .. } = trip;
        let (mut tries, mut last_sent) = (1, None);
        loop {
            if let Err(no_turn) = self.turn(trip).await {
                return Reply::failed(E::from(Failure::NoTurn(no_turn)), last_sent);
            }
            let started = Instant::now();
            last_sent = Some(started);
            let Ok(reply) = timeout(deadline.saturating_duration_since(started), send()).await
            else {
                return Reply::failed(E::from(Failure::TimedOut), last_sent);
            };
            let reply = Reply { sent: last_sent, ..reply };
            let pause = pause_after(tries);
            let failure = reply.result.as_ref().err().and_then(CallError::failure);
            if failure == Some(Failure::Busy) {
                self.budget.lower(call);
            }
            let may_repeat =
                failure.is_some_and(Failure::may_be_repeated) && tries < self.settings.max_attempts;
            if !may_repeat || Instant::now() + pause + LEAST_TIME >= deadline {
                return reply;
            }
            self.count_retry(call);
            sleep(pause).await;
            tries += 1;
        }
    }

    /// Waits for a turn, and leaves as much time again for the call itself.
    async fn turn(&self, trip: Trip<'_>) -> Result<(), NoTurn> {
        let Trip { call, admission, deadline } = trip;
        let left = || deadline.saturating_duration_since(Instant::now() + LEAST_TIME);
        let at_first = left();
        self.budget.turn(admission, call, at_first / 2).await?;
        let is_too_late = !at_first.is_zero() && left().is_zero();
        if is_too_late { Err(NoTurn { retry_after: Duration::ZERO }) } else { Ok(()) }
    }

    fn count_retry(&self, call: Call) {
        match call {
            Call::Register => self.metrics.sign_up_retry(),
            Call::Confirm => self.metrics.confirmation_retry(),
            Call::Resend => self.metrics.resend_retry(),
        }
    }
}

/// What all tries of a call have in common.
#[derive(Clone, Copy)]
struct Trip<'a> {
    call: Call,
    admission: Option<&'a Admission>,
    deadline: Instant,
}

/// What the pool answers to a wrong SecretHash.
const REFUSED: Failure = Failure::Misconfigured(Misconfiguration::SecretHash);

fn is_refused<T, E: CallError>(reply: &Reply<T, E>) -> bool {
    reply.result.as_ref().err().and_then(CallError::failure) == Some(REFUSED)
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
