//! A model of recent sign-ups, without a database.

use std::collections::BTreeSet;

use super::support::{LEASE, QUARTER};
use crate::store::requests::{
    prior::{Memory, PriorLookup},
    recent_sign_ups::{AccountOwner, PriorAttempt},
};

/// A sign-up and its outcome.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) id: i64,
    pub(super) name: u8,
    pub(super) password: u8,
    pub(super) network: u8,
    pub(super) began: i64,
    /// `true` if Cognito responded with `UsernameExists`, and the store looked up prior attempts.
    pub(super) existed: bool,
    pub(super) has_ended: bool,
    /// Memory of the sign-up after its end.
    pub(super) memory: Option<Memory>,
}

/// The name in a confirm that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConfirmedBy {
    /// The recipient.
    Recipient(u8),
    /// The user name, which differs from the recipient.
    Username(u8),
    /// The `sub` that Cognito gave to this sign-up.
    Sub(i64),
}

#[derive(Default)]
pub(super) struct Model {
    pub(super) sent: Vec<Sent>,
    /// Confirms, with their ids.
    pub(super) confirms: Vec<(ConfirmedBy, i64)>,
}

impl Sent {
    /// Returns `false` if Cognito rejected the sign-up. The sign-up then shows nothing about the
    /// account.
    fn counts(&self) -> bool {
        self.existed || !self.has_ended || self.memory.is_some()
    }

    fn prior(&self, now: i64) -> Option<PriorAttempt> {
        let is_given_up = !self.has_ended && !self.existed && self.began + LEASE <= now;
        match self.memory {
            Some(Memory::Confirmed) => Some(PriorAttempt::Confirmed),
            Some(Memory::Created) => Some(PriorAttempt::Created),
            Some(Memory::AwaitingApproval) => Some(PriorAttempt::AwaitingApproval),
            Some(Memory::CodeNotDelivered) => Some(PriorAttempt::CodeNotDelivered),
            Some(Memory::Unknown) => Some(PriorAttempt::Unknown),
            Some(Memory::Existed) => None,
            None => is_given_up.then_some(PriorAttempt::Unknown),
        }
    }

    fn is_in_flight(&self, now: i64) -> bool {
        !self.has_ended && !self.existed && now < self.began + LEASE
    }
}

impl Model {
    /// Returns the other remembered sign-ups with the same name.
    fn others(&self, asking: Sent, now: i64) -> Vec<&Sent> {
        self.sent
            .iter()
            .filter(|other| other.name == asking.name && other.id != asking.id)
            .filter(|other| now <= other.began + LEASE + QUARTER && other.counts())
            .collect()
    }

    pub(super) fn look_up_accepted(
        &self,
        asking: Sent,
        awaited: Option<&[i64]>,
        now: i64,
    ) -> PriorLookup<()> {
        let mut own = self.others(asking, now);
        own.retain(|other| other.password == asking.password && other.network == asking.network);
        let was_accepted =
            |other: &&Sent| other.memory == Some(Memory::Existed) || other.prior(now).is_some();
        if own.iter().any(was_accepted) {
            return PriorLookup::Found(());
        }
        in_flight(&own, awaited, now)
    }

    pub(super) fn look_up(
        &self,
        asking: Sent,
        awaited: Option<&[i64]>,
        now: i64,
    ) -> PriorLookup<AccountOwner> {
        let others = self.others(asking, now);
        let mut passwords: BTreeSet<u8> = others.iter().map(|other| other.password).collect();
        passwords.insert(asking.password);
        let same_pair = |other: &&&Sent| other.password == asking.password;
        let (own, strange): (Vec<&Sent>, Vec<&Sent>) = others.iter().partition(|other| {
            same_pair(other) && (passwords.len() < 3 || other.network == asking.network)
        });
        let has_created = |other: &&Sent| {
            other.prior(now).is_some_and(|prior| prior >= PriorAttempt::AwaitingApproval)
        };
        let prior = own.iter().filter_map(|other| other.prior(now)).max();
        let is_strange = strange.iter().any(has_created);
        if is_strange && prior.is_none_or(|prior| prior < PriorAttempt::AwaitingApproval) {
            return PriorLookup::Found(AccountOwner::AnotherUser);
        }
        if let Some(prior) = prior {
            let may_have_created =
                || others.iter().filter(same_pair).filter(|other| other.prior(now).is_some());
            let first = may_have_created().map(|other| other.id).min();
            let is_confirmed = self.confirms.iter().any(|(by, id)| {
                first.is_some_and(|first| first < *id)
                    && match by {
                        ConfirmedBy::Recipient(name) | ConfirmedBy::Username(name) => {
                            *name == asking.name
                        }
                        ConfirmedBy::Sub(id) => {
                            may_have_created().any(|other| other.id == *id && other.has_ended)
                        }
                    }
            });
            let prior = if is_confirmed { PriorAttempt::Confirmed } else { prior };
            return PriorLookup::Found(AccountOwner::SameUser(prior));
        }
        in_flight(&own, awaited, now)
    }

    pub(super) fn mark_existed(&mut self, id: i64) {
        self.sent.iter_mut().filter(|sent| sent.id == id).for_each(|sent| sent.existed = true);
    }

    pub(super) fn end(&mut self, id: i64, memory: Option<Memory>) {
        for sent in self.sent.iter_mut().filter(|sent| sent.id == id) {
            sent.has_ended = true;
            sent.memory = memory;
        }
    }
}

fn in_flight<T>(own: &[&Sent], awaited: Option<&[i64]>, now: i64) -> PriorLookup<T> {
    let mut in_flight: Vec<i64> = own
        .iter()
        .filter(|other| other.is_in_flight(now))
        .map(|other| other.id)
        .filter(|id| awaited.is_none_or(|awaited| awaited.contains(id)))
        .collect();
    in_flight.sort_unstable();
    if in_flight.is_empty() { PriorLookup::NotFound } else { PriorLookup::InFlight(in_flight) }
}
