//! What the pool shows of itself, as the inbox and the tests read it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::account::Name;

/// A message that a real pool would have sent.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// The mail address or phone number.
    pub to: String,
    /// `EMAIL` or `SMS`.
    pub medium: &'static str,
    /// Six digits.
    pub code: String,
    /// The user name that the code is for.
    pub username: String,
    /// `sign_up` or `resend`.
    pub purpose: &'static str,
    /// When, as RFC 3339.
    pub at: String,
}

/// A request as it came over the wire, without its password.
#[derive(Clone, Debug, Serialize)]
pub struct SeenRequest {
    /// When, as RFC 3339.
    pub at: String,
    /// Such as `SignUp`.
    pub operation: String,
    /// The body's `Username`.
    pub username: Option<String>,
    /// Whether there was a password.
    pub has_password: bool,
    /// Headers of interest, in lower case.
    pub headers: BTreeMap<&'static str, String>,
    /// Every other member of the body, under Cognito's own name.
    #[serde(flatten)]
    pub body: Map<String, Value>,
}

/// An account, for people and tests to look at.
#[derive(Clone, Debug, Serialize)]
pub struct AccountView {
    /// The user name as it was first sent.
    pub username: String,
    /// The account's UUID.
    pub sub: String,
    /// `UNCONFIRMED` or `CONFIRMED`.
    pub status: &'static str,
    /// All attributes.
    pub attributes: BTreeMap<String, String>,
    /// How many `SignUp` calls the pool has seen for this name.
    pub sign_up_calls: u32,
    /// How many of them made an account.
    pub creations: u32,
}

/// A user name that `SignUp` was called for and that has no account.
#[derive(Clone, Debug, Serialize)]
pub struct NotCreated {
    /// The user name as it was first sent.
    pub username: String,
    /// How many `SignUp` calls the pool has seen for this name.
    pub sign_up_calls: u32,
    /// Always 0, so that both kinds can be read alike.
    pub creations: u32,
}

/// All names that `SignUp` was called for, the newest first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Accounts {
    /// Those that exist.
    pub accounts: Vec<AccountView>,
    /// Those that do not.
    pub not_created: Vec<NotCreated>,
}

impl Accounts {
    pub(super) fn add(&mut self, name: &Name) {
        let (username, sign_up_calls) = (name.username.clone(), name.calls.sign_up);
        match &name.account {
            Some(account) => self.accounts.push(AccountView {
                username,
                sub: account.sub.clone(),
                status: account.status(),
                attributes: account.attributes.clone(),
                sign_up_calls,
                creations: name.creations,
            }),
            None if sign_up_calls > 0 => {
                self.not_created.push(NotCreated { username, sign_up_calls, creations: 0 })
            }
            None => {}
        }
    }
}
