//! Sessions of sign-ups, with which users sign in.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::protocol::{call::Call, operation::Operation, response::Exception};

/// The default of `AuthSessionValidity`.
const LIFETIME: Duration = Duration::from_mins(3);

/// The session of a sign-up or of a confirm.
#[derive(Debug)]
pub(crate) struct Session {
    token: String,
    /// The operation that returned the session.
    origin: Operation,
    client_id: String,
    made: Instant,
    pub(crate) is_used: bool,
}

impl Session {
    pub(crate) fn new(origin: Operation, call: &Call, now: Instant) -> Self {
        let token = format!("sandbox-session-{}", Uuid::new_v4());
        Self { token, origin, client_id: call.client_id().to_owned(), made: now, is_used: false }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Rejects a session that is not the last session of the account, or that another operation
    /// than `origin` returned. Also rejects a used or expired session. The messages of the
    /// exceptions are from recordings of public projects.
    pub(crate) fn check(
        last: Option<&Self>,
        origin: Operation,
        call: &Call,
        now: Instant,
    ) -> Result<(), Exception> {
        let is_sent = |last: &&Self| {
            call.session.as_ref() == Some(&last.token)
                && last.client_id == call.client_id()
                && last.origin == origin
        };
        let reason = match last.filter(is_sent) {
            None => ".",
            Some(last) if last.is_used => ", session can only be used once.",
            Some(last) if now.saturating_duration_since(last.made) >= LIFETIME => {
                ", session is expired."
            }
            Some(_) => return Ok(()),
        };
        Err(Exception::not_authorized(format!("Invalid session for the user{reason}")))
    }
}
