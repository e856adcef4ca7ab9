//! Idempotency-Keys in the database and in the model, through the same random steps.

use proptest::{collection::vec, prelude::*, sample::Index, test_runner::TestCaseResult};

use super::{
    key_model::{Model, Request, check},
    support::{DAY, LEASE, T, digest, holds_on_every_engine, id_at, no_error},
};
use crate::store::{
    cleanup::delete_expired,
    database::{Access, Connection},
    error::StoreError,
    requests::idempotency::{KeyClaim, KeyEnd, KeyOutcome, KeyState, claim, end, read},
};

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A new request claims a key with a body.
    Claim {
        key: u8,
        body: u8,
    },
    /// A request that holds a key, or held it, ends.
    End(Index, End),
    /// Stores the same end once more, as after a lost connection.
    EndAgain(Index),
    Wait(i64),
    DeleteExpired,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Stored,
    Unknown,
    Free,
}

fn step() -> impl Strategy<Value = Step> {
    let wait = prop_oneof![
        4 => 1..LEASE,
        4 => LEASE - 1..=LEASE + 1,
        2 => LEASE..DAY,
        2 => DAY - LEASE - 1..=DAY + 1,
    ];
    let end = prop_oneof![Just(End::Stored), Just(End::Unknown), Just(End::Free)];
    prop_oneof![
        8 => (0..2_u8, prop_oneof![4 => Just(0_u8), 1 => Just(1)])
            .prop_map(|(key, body)| Step::Claim { key, body }),
        5 => (any::<Index>(), end).prop_map(|(request, end)| Step::End(request, end)),
        2 => any::<Index>().prop_map(Step::EndAgain),
        6 => wait.prop_map(Step::Wait),
        1 => Just(Step::DeleteExpired),
    ]
}

struct World<'a> {
    connection: &'a mut Connection,
    model: Model,
    requests: Vec<Request>,
    now: i64,
}

impl World<'_> {
    fn step(&mut self, step: Step) -> TestCaseResult {
        match step {
            Step::Claim { key, body } => self.claim(key, body)?,
            Step::End(index, kind) => {
                let Some(request) = self.pick(index, |request| request.end.is_none()) else {
                    return Ok(());
                };
                let end = match kind {
                    End::Stored => KeyOutcome::Stored(format!("to {}", request.id).into_bytes()),
                    End::Unknown => KeyOutcome::Unknown,
                    End::Free => KeyOutcome::Free,
                };
                self.end(&request, &end)?;
            }
            Step::EndAgain(index) => {
                let has_ended = |request: &Request| request.end.is_some();
                if let Some(request) = self.pick(index, has_ended)
                    && let Some((end, _)) = &request.end
                {
                    self.end(&request, end)?;
                }
            }
            Step::Wait(time) => self.now += time,
            Step::DeleteExpired => no_error(delete_expired(self.connection, LEASE, self.now))?,
        }
        for (key, body) in [(0, 0), (0, 1), (1, 0)] {
            self.state(key, body)?;
        }
        Ok(())
    }

    /// Picks a request that claimed its key. No request takes a day.
    fn pick(&self, index: Index, condition: impl Fn(&Request) -> bool) -> Option<Request> {
        let is_running = |request: &&Request| {
            request.met.is_claimable() && self.now - request.began < DAY && condition(request)
        };
        let found: Vec<&Request> = self.requests.iter().filter(is_running).collect();
        (!found.is_empty()).then(|| (*index.get(&found)).clone())
    }

    fn state(&mut self, key: u8, body: u8) -> Result<KeyState, TestCaseError> {
        let KeyClaim { key: of, fingerprint } = digests(key, body);
        let row = no_error(read(self.connection, of))?;
        let state = KeyState::of(row, fingerprint, LEASE, self.now);
        let expected = self.model.state(key, body, self.now);
        prop_assert_eq!(&state, &expected, "key {}, body {}", key, body);
        Ok(state)
    }

    fn claim(&mut self, key: u8, body: u8) -> TestCaseResult {
        let (began, id) = (self.now, id_at(self.now, self.requests.len().try_into().unwrap()));
        let read = self.state(key, body)?;
        let met = in_transaction(self.connection, |connection| {
            claim(connection, digests(key, body), id, LEASE, began)
        })?;
        prop_assert_eq!(&met, &read, "a claim meets the state that was read");
        prop_assert_eq!(&met, &self.model.claim(key, body, id, began));
        let request = Request { key, body, id, began, met, end: None };
        check(&self.requests, &request)?;
        self.requests.push(request);
        Ok(())
    }

    fn end(&mut self, request: &Request, kind: &KeyOutcome) -> TestCaseResult {
        let key = digests(request.key, request.body).key;
        let of_key = KeyEnd { key, claim: request.id, outcome: kind.clone() };
        let is_held = in_transaction(self.connection, |connection| end(connection, &of_key))?;
        prop_assert_eq!(is_held, self.model.end(request.key, request.id, kind));
        let ended = self.requests.iter_mut().find(|one| one.id == request.id);
        if let Some(ended) = ended {
            ended.end.get_or_insert((kind.clone(), is_held));
        }
        Ok(())
    }
}

fn digests(key: u8, body: u8) -> KeyClaim {
    KeyClaim { key: digest(&format!("key {key}")), fingerprint: digest(&format!("body {body}")) }
}

fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
) -> Result<T, TestCaseError> {
    no_error(connection.transaction(Access::Write, work))
}

#[test]
fn keys_follow_the_model() {
    holds_on_every_engine(128, &vec(step(), 1..40), |connection, steps| {
        let (model, requests) = (Model::default(), Vec::new());
        let mut world = World { connection, model, requests, now: T };
        steps.into_iter().try_for_each(|step| world.step(step))
    });
}
