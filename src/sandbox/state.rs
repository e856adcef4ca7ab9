//! What the pool remembers: user names, messages, requests. All of it is bounded.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use secrecy::SecretString;

use super::{
    OtherClient, PoolSettings,
    account::{Account, Name},
    seen::{Accounts, Message, SeenRequest},
};

const MOST_NAMES: usize = 10_000;
const MOST_MESSAGES: usize = 1_000;
const MOST_REQUESTS: usize = 1_000;

/// The pool's settings and memory, shared by its workers, its inbox and the tests.
#[derive(Debug)]
pub struct PoolState {
    settings: PoolSettings,
    records: Mutex<Records>,
}

impl PoolState {
    pub(super) fn new(settings: PoolSettings) -> Self {
        let client_secrets = settings.client_secrets.clone();
        let records = Mutex::new(Records { client_secrets, ..Records::default() });
        Self { settings, records }
    }

    /// The messages, newest first; with `to`, those to one address or number.
    #[must_use]
    pub fn messages(&self, to: Option<&str>) -> Vec<Message> {
        let wanted = |message: &&Message| to.is_none_or(|to| message.to.eq_ignore_ascii_case(to));
        self.with(|records| records.messages.iter().rev().filter(wanted).cloned().collect())
    }

    /// The last requests, newest first; with `username`, those for one name.
    #[must_use]
    pub fn requests(&self, username: Option<&str>) -> Vec<SeenRequest> {
        let wanted = |seen: &&SeenRequest| {
            username.is_none_or(|name| seen.username.as_deref() == Some(name))
        };
        self.with(|records| records.requests.iter().rev().filter(wanted).cloned().collect())
    }

    /// The names that `SignUp` was called for; with `username`, that one alone.
    #[must_use]
    pub fn accounts(&self, username: Option<&str>) -> Accounts {
        self.with(|records| {
            let keys: Vec<String> = match username {
                Some(username) => records.resolve(username).into_iter().collect(),
                None => records.order.iter().rev().cloned().collect(),
            };
            let mut found = Accounts::default();
            for name in keys.iter().filter_map(|key| records.names.get(key)) {
                found.add(name);
            }
            found
        })
    }

    /// Forgets every account, message and request.
    pub fn clear(&self) {
        self.with(|records| {
            let other_clients = std::mem::take(&mut records.other_clients);
            let client_secrets = std::mem::take(&mut records.client_secrets);
            let denied = std::mem::take(&mut records.denied);
            let ahead = records.ahead;
            *records =
                Records { ahead, client_secrets, other_clients, denied, ..Records::default() };
        });
    }

    /// Moves the pool's clock ahead, so that nobody waits a day for a code to expire.
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

    /// Lets the callers' credentials no longer allow an operation, such as `DescribeUserPool`.
    pub fn deny(&self, operation: &'static str) {
        self.with(|records| records.denied.push(operation));
    }

    pub(super) fn other_clients(&self) -> Vec<OtherClient> {
        self.with(|records| records.other_clients.clone())
    }

    pub(super) fn other_client(&self, id: &str) -> Option<OtherClient> {
        self.with(|records| records.other_clients.iter().find(|client| client.id == id).cloned())
    }

    pub(super) fn is_denied(&self, operation: &str) -> bool {
        self.with(|records| records.denied.contains(&operation))
    }

    pub(super) fn settings(&self) -> &PoolSettings {
        &self.settings
    }

    pub(super) fn client_secrets(&self) -> Vec<SecretString> {
        self.with(|records| records.client_secrets.clone())
    }

    /// Works on the records alone; the work must be short, for it holds up every other request.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Records) -> T) -> T {
        // Nothing is left half-done between two statements that could panic, so a poisoned lock is
        // as good as a clean one.
        work(&mut self.records.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The memory itself.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// By user name in lower case: the pool is case-insensitive, as the console makes them.
    names: HashMap<String, Name>,
    /// The keys of `names`, the oldest first.
    order: VecDeque<String>,
    /// From a sub, or an alias that was confirmed, to the key of its name.
    owners: HashMap<String, String>,
    messages: VecDeque<Message>,
    deliveries: u64,
    requests: VecDeque<SeenRequest>,
    ahead: Duration,
    client_secrets: Vec<SecretString>,
    other_clients: Vec<OtherClient>,
    denied: Vec<&'static str>,
}

impl Records {
    /// The pool's time.
    pub(super) fn now(&self) -> Instant {
        Instant::now() + self.ahead
    }

    /// The entry of this user name, sub or alias; a name seen for the first time gets one, and may
    /// push out the oldest.
    pub(super) fn name(&mut self, username: &str) -> &mut Name {
        let key = self.resolve(username).unwrap_or_else(|| username.to_lowercase());
        if !self.names.contains_key(&key) {
            self.make_room();
            self.order.push_back(key.clone());
        }
        self.names.entry(key).or_insert_with(|| Name::new(username))
    }

    /// The account of this user name, sub or alias.
    pub(super) fn account(&self, username: &str) -> Option<(&Name, &Account)> {
        let name = self.names.get(&self.resolve(username)?)?;
        Some((name, name.account.as_ref()?))
    }

    /// Gives the name its account.
    pub(super) fn create(&mut self, username: &str, account: Account) {
        self.owners.insert(account.sub.clone(), username.to_lowercase());
        let name = self.name(username);
        name.creations = name.creations.saturating_add(1);
        name.account = Some(account);
    }

    /// The accounts among the names from this place on, the oldest first. A place stays what it
    /// is where an account is deleted.
    pub(super) fn page(
        &self,
        start: usize,
        limit: usize,
    ) -> Page<impl Iterator<Item = (&Name, &Account)>> {
        let names = self.order.iter().skip(start).take(limit);
        let names = names.filter_map(|key| self.names.get(key));
        Page {
            accounts: names.filter_map(|name| Some((name, name.account.as_ref()?))),
            has_more: self.order.len() > start.saturating_add(limit),
        }
    }

    /// Deletes the account of this user name, sub or alias, if there is one.
    pub(super) fn delete(&mut self, username: &str) -> bool {
        let Some(key) = self.resolve(username) else { return false };
        let deleted = self.names.get_mut(&key).and_then(|name| name.account.take());
        if let Some(account) = &deleted {
            self.disown(&key, account);
        }
        deleted.is_some()
    }

    /// Whose alias this is, as the key of a name.
    pub(super) fn alias_owner(&self, alias: &str) -> Option<&str> {
        self.owners.get(&alias.to_lowercase()).map(String::as_str)
    }

    /// Makes an alias lead to this name, and to no other.
    pub(super) fn own_alias(&mut self, alias: &str, username: &str) {
        self.owners.insert(alias.to_lowercase(), username.to_lowercase());
    }

    pub(super) fn deliver(&mut self, message: Message) {
        self.deliveries += 1;
        push_bounded(&mut self.messages, message, MOST_MESSAGES);
    }

    /// How many messages were sent in all.
    pub(super) fn deliveries(&self) -> u64 {
        self.deliveries
    }

    pub(super) fn remember(&mut self, request: SeenRequest) {
        push_bounded(&mut self.requests, request, MOST_REQUESTS);
    }

    fn resolve(&self, username: &str) -> Option<String> {
        let key = username.to_lowercase();
        if self.names.contains_key(&key) {
            return Some(key);
        }
        self.owners.get(&key).cloned()
    }

    fn make_room(&mut self) {
        if self.order.len() < MOST_NAMES {
            return;
        }
        let Some(oldest) = self.order.pop_front() else {
            return;
        };
        let Some(account) = self.names.remove(&oldest).and_then(|name| name.account) else {
            return;
        };
        self.disown(&oldest, &account);
    }

    /// Forgets that an account's sub and aliases lead to its name.
    fn disown(&mut self, name: &str, account: &Account) {
        let aliases =
            ["email", "phone_number"].iter().filter_map(|name| account.attributes.get(*name));
        for key in aliases.map(|alias| alias.to_lowercase()).chain([account.sub.clone()]) {
            if self.owners.get(&key).is_some_and(|owner| owner == name) {
                self.owners.remove(&key);
            }
        }
    }
}

/// Some of the accounts.
pub(super) struct Page<I> {
    pub(super) accounts: I,
    /// Whether there are names behind them.
    pub(super) has_more: bool,
}

fn push_bounded<T>(queue: &mut VecDeque<T>, item: T, most: usize) {
    if queue.len() >= most {
        queue.pop_front();
    }
    queue.push_back(item);
}
