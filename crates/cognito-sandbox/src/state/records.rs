//! The records of a pool: users, messages and requests.

use std::{
    collections::{HashMap, VecDeque},
    mem,
    time::{Duration, Instant},
};

use secrecy::SecretString;
use uuid::Uuid;

use super::{
    account::{Account, User},
    views::{Message, RecordedRequest},
};
use crate::settings::OtherClient;

const MAX_USERS: usize = 10_000;
const MAX_MESSAGES: usize = 1_000;
const MAX_REQUESTS: usize = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Records {
    /// A value that changes each time that a client empties the pool.
    pub(crate) epoch: Uuid,
    /// The users by user name in lower case. The pool is case-insensitive, the console's default.
    pub(super) users: HashMap<String, User>,
    /// The keys of `users`, the oldest first.
    pub(super) order: VecDeque<String>,
    /// The keys of `users` by `sub` and by confirmed alias.
    owners: HashMap<String, String>,
    pub(crate) messages: VecDeque<Message>,
    deliveries: u64,
    /// The number of changes of accounts.
    account_changes: u64,
    pub(super) requests: VecDeque<RecordedRequest>,
    /// The time by which clients advanced the pool's clock.
    pub(crate) ahead: Duration,
    pub(crate) client_secrets: Vec<SecretString>,
    pub(crate) other_clients: Vec<OtherClient>,
    pub(crate) denied: Vec<&'static str>,
}

impl Records {
    pub(crate) fn new(client_secrets: Vec<SecretString>) -> Self {
        Self { epoch: Uuid::new_v4(), client_secrets, ..Self::default() }
    }

    /// Deletes every account, message and request. The clients, their secrets, the denied
    /// operations and the clock stay.
    pub(crate) fn clear(&mut self) {
        *self = Self {
            epoch: Uuid::new_v4(),
            ahead: self.ahead,
            client_secrets: mem::take(&mut self.client_secrets),
            other_clients: mem::take(&mut self.other_clients),
            denied: mem::take(&mut self.denied),
            ..Self::default()
        };
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::now() + self.ahead
    }

    /// Returns the entry of a user name, `sub` or alias. Creates an entry for a new user name, and
    /// evicts the oldest entry if there are too many entries.
    pub(crate) fn user(&mut self, username: &str) -> &mut User {
        let key = self.resolve(username).unwrap_or_else(|| username.to_lowercase());
        if !self.users.contains_key(&key) {
            self.evict();
            self.order.push_back(key.clone());
        }
        self.users
            .entry(key)
            .or_insert_with(|| User { username: username.to_owned(), ..User::default() })
    }

    /// Returns the user and the account of a user name, `sub` or alias.
    pub(crate) fn account(&self, username: &str) -> Option<(&User, &Account)> {
        let user = self.users.get(&self.resolve(username)?)?;
        Some((user, user.account.as_ref()?))
    }

    pub(crate) fn account_mut(&mut self, username: &str) -> Option<&mut Account> {
        let key = self.resolve(username)?;
        self.users.get_mut(&key)?.account.as_mut()
    }

    pub(crate) fn create(&mut self, username: &str, account: Account) {
        self.owners.insert(account.sub.clone(), username.to_lowercase());
        let user = self.user(username);
        user.creations = user.creations.saturating_add(1);
        user.account = Some(account);
        self.account_changes += 1;
    }

    /// Confirms the account of a user name. The code of the account becomes invalid.
    pub(crate) fn confirm(&mut self, username: &str) {
        if let Some(account) = &mut self.user(username).account {
            account.confirmed = true;
            account.code = None;
            self.account_changes += 1;
        }
    }

    /// Returns the accounts of up to `limit` user names from a position on, the oldest first, and
    /// `true` if there are more user names. The position of a user name does not change if an
    /// account is deleted.
    pub(crate) fn page(
        &self,
        start: usize,
        limit: usize,
    ) -> (impl Iterator<Item = (&User, &Account)>, bool) {
        let keys = self.order.iter().skip(start).take(limit);
        let users = keys.filter_map(|key| self.users.get(key));
        let accounts = users.filter_map(|user| Some((user, user.account.as_ref()?)));
        (accounts, self.order.len() > start.saturating_add(limit))
    }

    /// Deletes the account of a user name, `sub` or alias. Returns `false` if no account exists.
    pub(crate) fn delete(&mut self, username: &str) -> bool {
        let Some(key) = self.resolve(username) else { return false };
        let deleted = self.users.get_mut(&key).and_then(|user| user.account.take());
        if let Some(account) = &deleted {
            self.disown(&key, account);
        }
        deleted.is_some()
    }

    /// Returns the key of the user that owns an alias.
    pub(crate) fn alias_owner(&self, alias: &str) -> Option<&str> {
        self.owners.get(&alias.to_lowercase()).map(String::as_str)
    }

    /// Makes an alias resolve to a user name.
    pub(crate) fn own_alias(&mut self, alias: &str, username: &str) {
        self.owners.insert(alias.to_lowercase(), username.to_lowercase());
    }

    pub(crate) fn deliver(&mut self, message: Message) {
        self.deliveries += 1;
        push_bounded(&mut self.messages, Message { id: self.deliveries, ..message }, MAX_MESSAGES);
    }

    /// Returns a value that differs after each change of messages or accounts.
    pub(crate) fn revision(&self) -> (Uuid, u64, u64) {
        (self.epoch, self.deliveries, self.account_changes)
    }

    /// Returns the number of messages since a client emptied the pool.
    pub(crate) fn deliveries(&self) -> u64 {
        self.deliveries
    }

    pub(crate) fn record(&mut self, request: RecordedRequest) {
        push_bounded(&mut self.requests, request, MAX_REQUESTS);
    }

    pub(super) fn resolve(&self, username: &str) -> Option<String> {
        let key = username.to_lowercase();
        if self.users.contains_key(&key) {
            return Some(key);
        }
        self.owners.get(&key).cloned()
    }

    fn evict(&mut self) {
        if self.order.len() < MAX_USERS {
            return;
        }
        let Some(oldest) = self.order.pop_front() else {
            return;
        };
        let Some(account) = self.users.remove(&oldest).and_then(|user| user.account) else {
            return;
        };
        self.disown(&oldest, &account);
    }

    /// Removes the `sub` and the aliases of an account that no longer exists.
    fn disown(&mut self, key: &str, account: &Account) {
        self.account_changes += 1;
        let aliases =
            ["email", "phone_number"].iter().filter_map(|name| account.attributes.get(*name));
        for alias in aliases.map(|alias| alias.to_lowercase()).chain([account.sub.clone()]) {
            if self.owners.get(&alias).is_some_and(|owner| owner == key) {
                self.owners.remove(&alias);
            }
        }
    }
}

fn push_bounded<T>(queue: &mut VecDeque<T>, item: T, max: usize) {
    if queue.len() >= max {
        queue.pop_front();
    }
    queue.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_a_bounded_number_of_users() {
        let mut records = Records::default();

        for number in 0..10_050 {
            records.user(&format!("user{number}"));
        }

        assert_eq!((records.users.len(), records.order.len()), (10_000, 10_000));
        assert_eq!(records.order.back().map(String::as_str), Some("user10049"));
        assert!(!records.users.contains_key("user0"));
    }
}
