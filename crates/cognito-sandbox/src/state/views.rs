//! The records as the inbox and the tests show them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::account::User;

/// A message that Cognito would send.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// The number of the message, from 1. The numbers start again after a client empties the pool.
    pub id: u64,
    /// The email address or phone number.
    pub to: String,
    /// `EMAIL` or `SMS`.
    pub medium: &'static str,
    /// The code, of six digits.
    pub code: String,
    /// The user name to which the code belongs.
    pub username: String,
    /// `sign_up` or `resend`.
    pub purpose: &'static str,
    /// The time, as RFC 3339.
    pub at: String,
}

/// A request as received, without its password.
#[derive(Clone, Debug, Serialize)]
pub struct RecordedRequest {
    /// The time, as RFC 3339.
    pub at: String,
    /// The operation, such as `SignUp`.
    pub operation: String,
    /// The `Username` of the body.
    pub username: Option<String>,
    /// `true` if the body had a password.
    pub has_password: bool,
    /// A selection of the headers, by name in lower case.
    pub headers: BTreeMap<&'static str, String>,
    /// All other members of the body.
    #[serde(flatten)]
    pub body: Map<String, Value>,
}

/// An account.
#[derive(Clone, Debug, Serialize)]
pub struct AccountView {
    /// The user name as the client first sent it.
    pub username: String,
    /// The account's UUID.
    pub sub: String,
    /// `UNCONFIRMED` or `CONFIRMED`.
    pub status: &'static str,
    /// All attributes.
    pub attributes: BTreeMap<String, String>,
    /// The number of `SignUp` calls for this user name.
    pub sign_up_calls: u32,
    /// The number of these calls that created an account.
    pub creations: u32,
}

/// A user name for which clients called `SignUp` and that has no account.
#[derive(Clone, Debug, Serialize)]
pub struct NotCreated {
    /// The user name as the client first sent it.
    pub username: String,
    /// The number of `SignUp` calls for this user name.
    pub sign_up_calls: u32,
    /// The number of created accounts, which is always 0.
    pub creations: u32,
}

/// The user names for which clients called `SignUp`, newest first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Accounts {
    /// Accounts that exist.
    pub accounts: Vec<AccountView>,
    /// User names without an account.
    pub not_created: Vec<NotCreated>,
}

impl Accounts {
    pub(crate) fn add(&mut self, user: &User) {
        let (username, sign_up_calls) = (user.username.clone(), user.calls.sign_up);
        match &user.account {
            Some(account) => self.accounts.push(AccountView {
                username,
                sub: account.sub.clone(),
                status: account.status(),
                attributes: account.attributes.clone(),
                sign_up_calls,
                creations: user.creations,
            }),
            None if sign_up_calls > 0 => {
                self.not_created.push(NotCreated { username, sign_up_calls, creations: 0 });
            }
            None => {}
        }
    }
}
