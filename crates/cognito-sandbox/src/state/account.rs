//! A user name, its calls and its account.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::session::Session;
use crate::protocol::operation::Operation;

/// A user name that a client has sent, with or without an account.
#[derive(Debug, Default)]
pub(crate) struct User {
    /// The user name as the client first sent it.
    pub(crate) username: String,
    pub(crate) calls: Calls,
    /// The number of `SignUp` calls that created an account.
    pub(crate) creations: u32,
    pub(crate) confirm_attempts: Attempts<15>,
    pub(crate) resend_attempts: Attempts<5>,
    pub(crate) account: Option<Account>,
}

/// The numbers of calls by operation, including rejected calls.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) sign_up: u32,
    pub(crate) confirm: u32,
    pub(crate) resend: u32,
}

impl Calls {
    /// Counts a call and returns its number, from 1.
    pub(crate) fn count(&mut self, operation: Operation) -> u32 {
        let calls = match operation {
            Operation::SignUp => &mut self.sign_up,
            Operation::Confirm => &mut self.confirm,
            Operation::Resend => &mut self.resend,
        };
        *calls = calls.saturating_add(1);
        *calls
    }
}

/// Cognito's hourly quota of a user ("Quotas in Amazon Cognito": confirm 15, resend 5).
#[derive(Debug, Default)]
pub(crate) struct Attempts<const PER_HOUR: usize>(VecDeque<Instant>);

impl<const PER_HOUR: usize> Attempts<PER_HOUR> {
    /// Consumes an attempt. Returns `false` if no attempt is left in this hour.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let hour = Duration::from_hours(1);
        while self.0.front().is_some_and(|first| now.saturating_duration_since(*first) >= hour) {
            self.0.pop_front();
        }
        if self.0.len() >= PER_HOUR {
            return false;
        }
        self.0.push_back(now);
        true
    }
}

/// An account, confirmed or not. The pool does not store its password.
#[derive(Debug)]
pub(crate) struct Account {
    /// A UUID, which is also the internal user name if users sign in with an email address or a
    /// phone number.
    pub(crate) sub: String,
    pub(crate) confirmed: bool,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) code: Option<Code>,
    /// The last session of the account.
    pub(crate) session: Option<Session>,
    /// The time of creation by the pool's clock.
    pub(crate) created: Instant,
}

/// The code that confirms an account. A new code replaces the previous one.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) digits: String,
    made: Instant,
}

impl Code {
    pub(crate) fn new(now: Instant) -> Self {
        // The low bits of a version 4 UUID are random.
        let number = Uuid::new_v4().as_u128() % 1_000_000;
        Self { digits: format!("{number:06}"), made: now }
    }

    pub(crate) fn is_expired(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.made) >= Duration::from_hours(24)
    }
}

impl Account {
    pub(crate) fn status(&self) -> &'static str {
        if self.confirmed { "CONFIRMED" } else { "UNCONFIRMED" }
    }
}
