//! What ought to become of keys, told without a table, and what must be true whatever that says.

use std::collections::BTreeMap;

use proptest::{prelude::*, test_runner::TestCaseResult};

use super::*;

pub(super) const LEASE: i64 = 15_000;
pub(super) const DAY: i64 = 24 * 60 * 60 * 1000;

/// A request, and what it was told.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) key: u8,
    pub(super) body: u8,
    pub(super) began: i64,
    pub(super) claim: KeyClaim,
    pub(super) told: KeyState,
    pub(super) ended: Option<KeyEnd>,
}

/// What a key is while it lives.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) body: u8,
    pub(super) holder: String,
    pub(super) state: Standing,
    /// Whether an earlier request held it.
    pub(super) taken_over: bool,
    pub(super) expires_at: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Standing {
    UnderWay { until: i64 },
    Unknown,
    Answered(String),
}

/// What ought to happen, told without a table.
#[derive(Default)]
pub(super) struct Model {
    pub(super) lives: BTreeMap<u8, Life>,
}

impl Model {
    pub(super) fn life(&self, key: u8, now: i64) -> Option<&Life> {
        self.lives.get(&key).filter(|life| life.expires_at > now)
    }

    /// The state that a look-up returns.
    pub(super) fn state(&self, key: u8, body: u8, now: i64) -> KeyState {
        let Some(life) = self.life(key, now) else { return KeyState::New };
        match &life.state {
            _ if life.body != body => KeyState::OtherBody,
            Standing::Answered(answer) => KeyState::Stored(answer.clone()),
            Standing::UnderWay { until } if *until > now => KeyState::InProgress(until - now),
            Standing::UnderWay { .. } | Standing::Unknown => KeyState::Takeover,
        }
    }

    pub(super) fn claim(&mut self, key: u8, body: u8, holder: &str, now: i64) -> KeyState {
        let state = match self.life(key, now) {
            Some(Life {
                holder: one,
                state: Standing::UnderWay { .. },
                taken_over,
                body: used,
                ..
            }) if one == holder && *used == body => {
                // The holder claims once more.
                if *taken_over { KeyState::Takeover } else { KeyState::New }
            }
            _ => self.state(key, body, now),
        };
        if state.is_claimable() {
            let taken_over = state == KeyState::Takeover;
            let state = Standing::UnderWay { until: now + LEASE };
            let (holder, expires_at) = (holder.to_owned(), now + DAY);
            self.lives.insert(key, Life { body, holder, state, taken_over, expires_at });
        }
        state
    }

    pub(super) fn end(&mut self, key: u8, holder: &str, end: &KeyEnd, now: i64) {
        let Some(life) = self.lives.get_mut(&key).filter(|life| life.holder == holder) else {
            return;
        };
        let was_answered = matches!(life.state, Standing::Answered(_));
        match end {
            KeyEnd::Keep(answer) => life.state = Standing::Answered(answer.clone()),
            _ if was_answered => return,
            KeyEnd::Free if !life.taken_over => {
                self.lives.remove(&key);
                return;
            }
            KeyEnd::LeaveForTakeover | KeyEnd::Free => life.state = Standing::Unknown,
        }
        life.expires_at = now + DAY;
    }
}

/// What was seen, and what must be true of it, whatever the model says.
#[derive(Default)]
pub(super) struct Seen {
    /// Who holds a key, and until when nobody else may.
    pub(super) holders: BTreeMap<u8, (String, i64)>,
    /// The answers that are kept, and until when they are.
    pub(super) answers: BTreeMap<u8, (String, i64)>,
    /// Until when a key that was taken over may not be fresh again.
    pub(super) taken_over: BTreeMap<u8, i64>,
}

impl Seen {
    pub(super) fn told(&mut self, request: &Request, told: &KeyState, now: i64) -> TestCaseResult {
        let (key, holder) = (request.key, &request.claim.holder);
        if let Some((answer, until)) = self.answers.get(&key)
            && *until > now
        {
            let is_it = matches!(told, KeyState::Stored(response) if response == answer);
            let is_another_body = *told == KeyState::OtherBody;
            prop_assert!(is_it || is_another_body, "a kept answer never changes: {:?}", told);
        }
        if !told.is_claimable() {
            return Ok(());
        }
        let taken_over = *told == KeyState::Takeover;
        if let Some((other, until)) = self.holders.get(&key) {
            prop_assert!(other == holder || *until <= now, "at most one holds a key");
        }
        if self.taken_over.get(&key).is_some_and(|until| *until > now) {
            prop_assert!(taken_over, "a key once taken over is not fresh again");
        }
        if taken_over {
            self.taken_over.insert(key, now + DAY);
        }
        self.holders.insert(key, (holder.clone(), now + LEASE));
        Ok(())
    }

    pub(super) fn ended(&mut self, request: &Request, end: &KeyEnd, now: i64) {
        if self.holders.get(&request.key).is_some_and(|(one, _)| *one == request.claim.holder) {
            self.holders.remove(&request.key);
        }
        if let KeyEnd::Keep(answer) = end {
            self.answers.insert(request.key, (answer.clone(), now + DAY));
        }
    }
}
