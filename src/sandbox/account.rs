//! One user name: how often it was called, and the account behind it.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::{delivery, magic::Operation};

/// A user name that the pool has seen, with an account or without.
#[derive(Debug)]
pub(super) struct Name {
    /// As it was first sent.
    pub(super) username: String,
    pub(super) calls: Calls,
    /// How many of the `SignUp` calls made an account.
    pub(super) creations: u32,
    pub(super) confirm_attempts: Attempts<15>,
    pub(super) resend_attempts: Attempts<5>,
    pub(super) account: Option<Account>,
}

impl Name {
    pub(super) fn new(username: &str) -> Self {
        Self {
            username: username.to_owned(),
            calls: Calls::default(),
            creations: 0,
            confirm_attempts: Attempts::default(),
            resend_attempts: Attempts::default(),
            account: None,
        }
    }
}

/// Calls by operation, refused ones among them.
#[derive(Debug, Default)]
pub(super) struct Calls {
    pub(super) sign_up: u32,
    pub(super) confirm: u32,
    pub(super) resend: u32,
}

impl Calls {
    /// Counts one more and says which one it is, from 1.
    pub(super) fn count(&mut self, operation: Operation) -> u32 {
        let calls = match operation {
            Operation::SignUp => &mut self.sign_up,
            Operation::Confirm => &mut self.confirm,
            Operation::Resend => &mut self.resend,
        };
        *calls = calls.saturating_add(1);
        *calls
    }
}

/// Cognito's budget for a user and an hour ("Quotas in Amazon Cognito": confirm 15, resend 5).
#[derive(Debug, Default)]
pub(super) struct Attempts<const PER_HOUR: usize>(VecDeque<Instant>);

impl<const PER_HOUR: usize> Attempts<PER_HOUR> {
    /// Takes one of the hour's attempts, if one is left.
    pub(super) fn take(&mut self, now: Instant) -> bool {
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

/// An account, confirmed or not. There is no password here: nothing signs in.
#[derive(Debug)]
pub(super) struct Account {
    /// A UUID; where the user name is a mail address or a phone number, it is the internal name too.
    pub(super) sub: String,
    pub(super) confirmed: bool,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) code: Option<Code>,
    /// By the pool's clock.
    pub(super) created: Instant,
}

/// The one code that confirms an account; a new one replaces it.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) digits: String,
    made: Instant,
}

impl Code {
    pub(super) fn new(now: Instant) -> Self {
        // The low bits of a version 4 UUID are random, which saves a generator of our own.
        let number = Uuid::new_v4().as_u128() % 1_000_000;
        Self { digits: format!("{number:06}"), made: now }
    }

    /// A code lives for 24 hours.
    pub(super) fn is_expired(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.made) >= Duration::from_hours(24)
    }
}

impl Account {
    pub(super) fn status(&self) -> &'static str {
        if self.confirmed { "CONFIRMED" } else { "UNCONFIRMED" }
    }

    /// Where the account's codes go.
    pub(super) fn destination(&self, sign_in: super::SignIn) -> Option<delivery::Destination<'_>> {
        delivery::destination(sign_in, &self.attributes)
    }
}
