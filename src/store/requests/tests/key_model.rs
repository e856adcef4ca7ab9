//! The states of Idempotency-Keys without a database, and invariants that hold without it.

use std::{collections::BTreeMap, time::Duration};

use proptest::{prelude::*, test_runner::TestCaseResult};

use super::support::{DAY, LEASE};
use crate::store::requests::idempotency::{KeyOutcome, KeyState};

/// A request and its outcome.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) key: u8,
    pub(super) body: u8,
    pub(super) id: i64,
    pub(super) began: i64,
    /// The state that the claim met.
    pub(super) met: KeyState,
    /// The end of the request, and `true` if the request held its key then.
    pub(super) end: Option<(KeyOutcome, bool)>,
}

impl Request {
    fn may_have_done_the_work(&self) -> bool {
        self.met.is_claimable() && !matches!(self.end, Some((KeyOutcome::Free, _)))
    }
}

/// A key that a request holds or has used.
#[derive(Clone, Debug)]
struct Used {
    body: u8,
    id: i64,
    began: i64,
    is_takeover: bool,
    /// The end of the request: a stored response or an unknown outcome.
    end: Option<KeyOutcome>,
}

#[derive(Default)]
pub(super) struct Model(BTreeMap<u8, Used>);

impl Model {
    pub(super) fn state(&self, key: u8, body: u8, now: i64) -> KeyState {
        let Some(used) = self.0.get(&key).filter(|used| now < used.began + DAY) else {
            return KeyState::New;
        };
        let lease = used.began + LEASE - now;
        match &used.end {
            _ if used.body != body => KeyState::OtherBody,
            Some(KeyOutcome::Stored(response)) => KeyState::Stored(response.clone()),
            None if lease > 0 => KeyState::InProgress(Duration::from_millis(lease.unsigned_abs())),
            None | Some(_) => KeyState::Takeover,
        }
    }

    pub(super) fn claim(&mut self, key: u8, body: u8, id: i64, now: i64) -> KeyState {
        let state = self.state(key, body, now);
        if state.is_claimable() {
            let is_takeover = state == KeyState::Takeover;
            self.0.insert(key, Used { body, id, began: now, is_takeover, end: None });
        }
        state
    }

    /// Returns `true` if the request still held its key.
    pub(super) fn end(&mut self, key: u8, id: i64, end: &KeyOutcome) -> bool {
        let Some(used) = self.0.get_mut(&key).filter(|used| used.id == id) else { return false };
        if matches!(end, KeyOutcome::Free) && !used.is_takeover {
            self.0.remove(&key);
        } else {
            used.end.get_or_insert_with(|| end.clone());
        }
        true
    }
}

/// Compares the state that a request met with the outcomes of the earlier requests.
pub(super) fn check(earlier: &[Request], request: &Request) -> TestCaseResult {
    let now = request.began;
    let same_key =
        || earlier.iter().filter(|other| other.key == request.key && other.began + DAY > now);
    let stored = same_key().find_map(|other| match &other.end {
        Some((KeyOutcome::Stored(response), true)) => Some((other.body, response)),
        _ => None,
    });
    if let Some((body, response)) = stored {
        let expected = if body == request.body {
            KeyState::Stored(response.clone())
        } else {
            KeyState::OtherBody
        };
        prop_assert_eq!(&request.met, &expected, "a stored response never changes");
    }
    if request.met.is_claimable() {
        let holder = same_key().find(|other| {
            other.met.is_claimable() && other.end.is_none() && other.began + LEASE > now
        });
        prop_assert!(holder.is_none(), "two requests hold a key: {holder:?}, {request:?}");
    }
    if request.met == KeyState::New {
        let unknown = same_key().find(|other| other.may_have_done_the_work());
        prop_assert!(unknown.is_none(), "{unknown:?} may have done the work of {request:?}");
    }
    Ok(())
}
