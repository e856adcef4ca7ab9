//! The memory of the last 15 minutes: which sign-ups may have created an account, so that the
//! same person's next try is not told that somebody has it already.
//!
//! What is kept are keyed digests of (recipient or user name) and of (that, password), in the
//! process, and no more than a bounded number of them.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use tokio::sync::Notify;

/// How long a sign-up is remembered.
const MEMORY: Duration = Duration::from_mins(15);

/// Names that one generation holds. Only what may have created an account stays, and an AWS
/// account creates at most 50 users a second: 45,000 in that time.
const GENERATION: usize = 65_536;

/// So many different passwords are remembered for one name. One more drops the memory of the
/// name: it would answer whether a guess is right.
const MAX_PASSWORDS: usize = 2;

type Digest = [u8; 32];

/// The sign-ups of the last 15 minutes that may have created an account.
pub struct RecentSignUps {
    /// Keyed once, since that is half of the work.
    keyed: Hmac<Sha256>,
    memory: Duration,
    names: Mutex<Names>,
    ended: Notify,
}

/// How a call ended, as far as the memory is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It did not create the account.
    NotCreated,
    /// It created the account, or may have.
    MayExist(Earlier),
}

/// What is known of an earlier sign-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Earlier {
    /// Nobody knows whether it created the account.
    Unknown,
    /// It probably did, and the code was not delivered.
    CodeNotDelivered,
    /// It did, and the account waits to be confirmed.
    Created,
    /// It did, and the account is confirmed.
    Confirmed,
}

/// Two generations of names: the old one is forgotten when the young one is full or as old
/// as the memory is long, so that forgetting costs nothing on the way of a request.
#[derive(Default)]
struct Names {
    young: HashMap<Digest, Name>,
    old: HashMap<Digest, Name>,
    since: Option<Instant>,
    last_number: u64,
}

struct Name {
    /// Tells this memory of the name from one that was dropped.
    number: u64,
    passwords: Vec<Password>,
    touched: Instant,
}

struct Password {
    digest: Digest,
    /// The numbers of the calls that are under way.
    in_flight: Vec<u64>,
    earlier: Option<Earlier>,
}

/// A call that is under way. Where it is dropped without an end, its outcome counts as
/// unknown.
pub struct Attempt<'a> {
    recent: &'a RecentSignUps,
    name: Digest,
    password: Digest,
    /// The number of the memory of the name.
    memory: u64,
    number: u64,
    is_open: bool,
}

impl RecentSignUps {
    /// An empty memory.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        // HMAC pads a short key with zeros to the length of a block (RFC 2104).
        let mut block = [0; 64];
        block[..key.len()].copy_from_slice(&key);
        Self {
            keyed: Hmac::new(&block.into()),
            memory: MEMORY,
            names: Mutex::default(),
            ended: Notify::new(),
        }
    }

    /// Remembers that a sign-up is about to be sent.
    pub fn begin(&self, name: &str, password: Option<&SecretString>) -> Attempt<'_> {
        let password = password.map_or("", |password| password.expose_secret());
        let (name, password) = (self.digest(name, ""), self.digest(name, password));
        let (memory, number) = self.names().begin(name, password, self.memory);
        Attempt { recent: self, name, password, memory, number, is_open: true }
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn digest(&self, name: &str, password: &str) -> Digest {
        let mut mac = self.keyed.clone();
        // The length keeps (`ab`, `c`) apart from (`a`, `bc`).
        mac.update(&(name.len() as u64).to_be_bytes());
        mac.update(name.as_bytes());
        mac.update(password.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl Attempt<'_> {
    /// Remembers how the call ended.
    pub fn end(mut self, ending: Ending) {
        self.close(ending);
    }

    /// The call was told that the account exists: what is known of an earlier sign-up of the
    /// same name and password. Waits for those that are still under way, since one of
    /// them may be what created it; those that begin from now on cannot be.
    pub async fn exists(mut self) -> Option<Earlier> {
        self.close(Ending::NotCreated);
        let last_number = self.recent.names().last_number;
        loop {
            let ended = self.recent.ended.notified();
            tokio::pin!(ended);
            ended.as_mut().enable();
            // Taken out of the `match`, which would hold the lock while it waits.
            let state = self.recent.names().state(&self, last_number);
            match state {
                State::Known(earlier) => return Some(earlier),
                State::Nothing => return None,
                State::UnderWay => ended.await,
            }
        }
    }

    fn close(&mut self, ending: Ending) {
        if std::mem::take(&mut self.is_open) {
            self.recent.names().end(self, ending);
            self.recent.ended.notify_waiters();
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.close(Ending::MayExist(Earlier::Unknown));
    }
}

impl Name {
    /// Whether its time is over; not while a call is under way, whose end belongs here.
    fn is_over(&self, now: Instant, memory: Duration) -> bool {
        now - self.touched >= memory && !self.has_calls()
    }

    fn has_calls(&self) -> bool {
        self.passwords.iter().any(|password| !password.in_flight.is_empty())
    }
}

enum State {
    Known(Earlier),
    UnderWay,
    Nothing,
}

impl Names {
    fn begin(&mut self, digest: Digest, password: Digest, memory: Duration) -> (u64, u64) {
        let now = Instant::now();
        self.forget(now, memory);
        self.last_number += 1;
        let number = self.last_number;
        let known = self.young.remove(&digest).or_else(|| self.old.remove(&digest));
        let fresh = || Name { number, passwords: Vec::new(), touched: now };
        let mut name = known.filter(|name| !name.is_over(now, memory)).unwrap_or_else(fresh);
        if let Some(known) = name.passwords.iter_mut().find(|known| known.digest == password) {
            known.in_flight.push(number);
        } else {
            if name.passwords.len() == MAX_PASSWORDS {
                name = fresh();
            }
            let in_flight = vec![number];
            name.passwords.push(Password { digest: password, in_flight, earlier: None });
        }
        let memory = name.number;
        self.young.insert(digest, name);
        (memory, number)
    }

    fn end(&mut self, attempt: &Attempt<'_>, ending: Ending) {
        let Some(name) = self.find(attempt) else { return };
        if let Some(password) =
            name.passwords.iter_mut().find(|known| known.digest == attempt.password)
        {
            password.in_flight.retain(|number| *number != attempt.number);
            if let Ending::MayExist(earlier) = ending {
                password.earlier = password.earlier.max(Some(earlier));
                name.touched = Instant::now();
            }
        }
        // Passwords that were only refused are kept as long as there is something to guess.
        if !name.has_calls() && name.passwords.iter().all(|password| password.earlier.is_none()) {
            self.young.remove(&attempt.name);
            self.old.remove(&attempt.name);
        }
    }

    fn state(&mut self, attempt: &Attempt<'_>, last_number: u64) -> State {
        let password = self
            .find(attempt)
            .and_then(|name| name.passwords.iter().find(|known| known.digest == attempt.password));
        let Some(password) = password else { return State::Nothing };
        if let Some(earlier) = password.earlier {
            return State::Known(earlier);
        }
        if password.in_flight.iter().any(|number| *number <= last_number) {
            return State::UnderWay;
        }
        State::Nothing
    }

    /// The memory that the attempt belongs to, unless it was dropped in the meantime.
    fn find(&mut self, attempt: &Attempt<'_>) -> Option<&mut Name> {
        let name = match self.young.get_mut(&attempt.name) {
            Some(name) => Some(name),
            None => self.old.get_mut(&attempt.name),
        };
        name.filter(|name| name.number == attempt.memory)
    }

    fn forget(&mut self, now: Instant, memory: Duration) {
        let since = *self.since.get_or_insert(now);
        if now - since >= memory || self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.since = Some(now);
        }
    }
}

#[cfg(test)]
mod tests;
