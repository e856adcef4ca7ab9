//! The settings and the records of a pool.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use secrecy::SecretString;
use tokio::sync::watch;

use super::{
    records::Records,
    views::{Accounts, Message, RecordedRequest},
};
use crate::settings::{OtherClient, PoolSettings};

/// The settings and the records of a pool, shared by its workers, its inbox and the tests.
#[derive(Debug)]
pub struct PoolState {
    settings: PoolSettings,
    records: Mutex<Records>,
    changes: watch::Sender<()>,
}

impl PoolState {
    pub(crate) fn new(settings: PoolSettings) -> Self {
        let records = Mutex::new(Records::new(settings.client_secrets.clone()));
        Self { settings, records, changes: watch::Sender::new(()) }
    }

    /// Returns the messages, newest first. With `to`, returns only the messages to one address or
    /// number.
    #[must_use]
    pub fn messages(&self, to: Option<&str>) -> Vec<Message> {
        let matches = |message: &&Message| to.is_none_or(|to| message.to.eq_ignore_ascii_case(to));
        self.with(|records| records.messages.iter().rev().filter(matches).cloned().collect())
    }

    /// Returns the last requests, newest first. With `username`, returns only the requests for one
    /// user name.
    #[must_use]
    pub fn requests(&self, username: Option<&str>) -> Vec<RecordedRequest> {
        let matches = |request: &&RecordedRequest| {
            username.is_none_or(|name| request.username.as_deref() == Some(name))
        };
        self.with(|records| records.requests.iter().rev().filter(matches).cloned().collect())
    }

    /// Returns the user names for which clients called `SignUp`. With `username`, returns only this
    /// user name.
    #[must_use]
    pub fn accounts(&self, username: Option<&str>) -> Accounts {
        self.with(|records| {
            let keys: Vec<String> = match username {
                Some(username) => records.resolve(username).into_iter().collect(),
                None => records.order.iter().rev().cloned().collect(),
            };
            let mut found = Accounts::default();
            for user in keys.iter().filter_map(|key| records.users.get(key)) {
                found.add(user);
            }
            found
        })
    }

    /// Deletes the account of a user name, `sub` or alias. Returns `false` if no account exists.
    pub(crate) fn delete(&self, username: &str) -> bool {
        self.with(|records| records.delete(username))
    }

    /// Returns a receiver of the changes of messages and accounts.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Deletes every account, message and request.
    pub fn clear(&self) {
        self.with(Records::clear);
    }

    /// Advances the pool's clock, for example until a code expires.
    pub fn advance(&self, by: Duration) {
        self.with(|records| records.ahead += by);
    }

    /// Replaces the active secrets of the app client of the settings, the oldest first.
    pub fn set_client_secrets(&self, secrets: &[&str]) {
        let secrets = secrets.iter().map(|&secret| secret.into()).collect();
        self.with(|records| records.client_secrets = secrets);
    }

    /// Adds an app client.
    pub fn add_client(&self, client: OtherClient) {
        self.with(|records| records.other_clients.push(client));
    }

    /// Denies an operation, such as `DescribeUserPool`, to all credentials.
    pub fn deny(&self, operation: &'static str) {
        self.with(|records| records.denied.push(operation));
    }

    pub(crate) fn other_clients(&self) -> Vec<OtherClient> {
        self.with(|records| records.other_clients.clone())
    }

    pub(crate) fn other_client(&self, id: &str) -> Option<OtherClient> {
        self.with(|records| records.other_clients.iter().find(|client| client.id == id).cloned())
    }

    pub(crate) fn client_secrets(&self) -> Vec<SecretString> {
        self.with(|records| records.client_secrets.clone())
    }

    pub(crate) fn is_denied(&self, operation: &str) -> bool {
        self.with(|records| records.denied.contains(&operation))
    }

    pub(crate) fn settings(&self) -> &PoolSettings {
        &self.settings
    }

    /// Runs `access` with the records locked.
    pub(crate) fn with<T>(&self, access: impl FnOnce(&mut Records) -> T) -> T {
        let mut records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        let before = records.revision();
        let result = access(&mut records);
        if records.revision() != before {
            self.changes.send_replace(());
        }
        result
    }
}
