//! The life of keys as a whole, held against a small model in memory: requests come, end late
//! or never, and the clock jumps.

use proptest::{collection::vec, prelude::*, sample::Index, test_runner::TestCaseResult};

use super::*;
use crate::ledger::{
    requests::idempotency::tests::model::{DAY, LEASE, Model, Request, Seen},
    tests::support::{holds_on_every_engine, no_error},
};

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// A new request asks for a key with a body.
    Claim {
        key: u8,
        body: u8,
    },
    /// A request looks a key up and goes no further.
    LookUp {
        key: u8,
        body: u8,
    },
    /// A request that went on asks once more, as a writer does whose connection broke.
    Again(Index),
    /// A request that went on ends.
    End(Index, Way),
    /// Its end is written once more.
    EndAgain(Index),
    /// A request that did not go on, or whose answer nobody heard, is undone.
    Undo(Index),
    Wait(i64),
    /// What is over is deleted.
    Forget,
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Keep,
    Leave,
    Free,
}

fn step() -> impl Strategy<Value = Step> {
    let jump = prop_oneof![
        4 => 1..LEASE,
        4 => LEASE - 1..=LEASE + 1,
        2 => LEASE..DAY,
        1 => DAY - LEASE - 1..=DAY + 1,
    ];
    let way = prop_oneof![Just(Way::Keep), Just(Way::Leave), Just(Way::Free)];
    prop_oneof![
        8 => (0..2_u8, prop_oneof![4 => Just(0_u8), 1 => Just(1)])
            .prop_map(|(key, body)| Step::Claim { key, body }),
        4 => (0..2_u8, 0..2_u8).prop_map(|(key, body)| Step::LookUp { key, body }),
        2 => any::<Index>().prop_map(Step::Again),
        5 => (any::<Index>(), way).prop_map(|(request, way)| Step::End(request, way)),
        2 => any::<Index>().prop_map(Step::EndAgain),
        1 => any::<Index>().prop_map(Step::Undo),
        6 => jump.prop_map(Step::Wait),
        1 => Just(Step::Forget),
    ]
}

/// Everything at once.
struct World<'a> {
    connection: &'a mut AnyConnection,
    model: Model,
    seen: Seen,
    requests: Vec<Request>,
    now: i64,
}

impl World<'_> {
    async fn step(&mut self, step: Step) -> TestCaseResult {
        let now = self.now;
        match step {
            Step::Claim { key, body } => self.claim(key, body).await?,
            Step::LookUp { key, body } => {
                let request = self.request(key, body);
                self.look_up(&request).await?;
            }
            Step::Again(index) => {
                let asks =
                    |request: &Request| matches!(request.ended, None | Some(KeyEnd::Keep(_)));
                let Some(request) = self.pick(index, asks) else { return Ok(()) };
                self.ask(&request).await?;
            }
            Step::End(index, way) => {
                let Some(request) = self.pick(index, |request| request.ended.is_none()) else {
                    return Ok(());
                };
                let end = match way {
                    Way::Keep => KeyEnd::Keep(format!("answer to {}", request.claim.holder)),
                    Way::Leave => KeyEnd::LeaveForTakeover,
                    Way::Free => KeyEnd::Free,
                };
                self.end(&request, &end).await?;
            }
            Step::EndAgain(index) => {
                let Some(request) = self.pick(index, |request| request.ended.is_some()) else {
                    return Ok(());
                };
                if let Some(end) = &request.ended {
                    self.end(&request, end).await?;
                }
            }
            Step::Undo(index) => {
                let refused: Vec<&Request> =
                    self.requests.iter().filter(|request| !request.told.is_claimable()).collect();
                if !refused.is_empty() {
                    let KeyClaim { id, holder, .. } = index.get(&refused).claim.clone();
                    let undone = end(self.connection, &id, &holder, &KeyEnd::Free, now).await;
                    prop_assert!(!no_error(undone)?, "it held nothing");
                }
            }
            Step::Wait(time) => self.now += time,
            Step::Forget => {
                no_error(forget(self.connection, now).await)?;
            }
        }
        Ok(())
    }

    /// A request that went on; no request takes a day.
    fn pick(&self, index: Index, is_it: impl Fn(&Request) -> bool) -> Option<Request> {
        let went_on = |request: &&Request| {
            request.told.is_claimable() && self.now - request.began < DAY && is_it(request)
        };
        let found: Vec<&Request> = self.requests.iter().filter(went_on).collect();
        (!found.is_empty()).then(|| (*index.get(&found)).clone())
    }

    fn request(&self, key: u8, body: u8) -> Request {
        let claim = KeyClaim {
            id: format!("key {key}"),
            fingerprint: format!("body {body}"),
            holder: self.requests.len().to_string(),
            lease: LEASE,
        };
        let told = KeyState::OtherBody;
        Request { key, body, began: self.now, claim, told, ended: None }
    }

    /// Looks a key up and checks that this changes nothing.
    async fn look_up(&mut self, request: &Request) -> Result<KeyState, TestCaseError> {
        let known = no_error(look_up(self.connection, &request.claim, self.now).await)?;
        let expected = self.model.state(request.key, request.body, self.now);
        prop_assert_eq!(&known, &expected, "{:?}", request);
        let again = no_error(look_up(self.connection, &request.claim, self.now).await)?;
        prop_assert_eq!(&again, &known, "a look-up changes nothing");
        Ok(known)
    }

    async fn claim(&mut self, key: u8, body: u8) -> TestCaseResult {
        let mut request = self.request(key, body);
        let known = self.look_up(&request).await?;
        request.told = self.ask(&request).await?;
        prop_assert_eq!(&request.told, &known, "the claim meets what was looked up");
        let again = self.ask(&request).await?;
        prop_assert_eq!(&again, &request.told, "the same request is told the same");
        self.requests.push(request);
        Ok(())
    }

    async fn ask(&mut self, request: &Request) -> Result<KeyState, TestCaseError> {
        let Request { key, body, claim: asked, .. } = request;
        let lived = self.model.life(*key, self.now).map(|life| life.body);
        let told = no_error(claim(self.connection, asked, self.now).await)?;
        if lived.is_some_and(|lived| lived != *body) {
            prop_assert_eq!(&told, &KeyState::OtherBody, "a key belongs to its body");
        }
        let expected = self.model.claim(*key, *body, &asked.holder, self.now);
        prop_assert_eq!(&told, &expected, "{:?}", request);
        self.seen.told(request, &told, self.now)?;
        Ok(told)
    }

    async fn end(&mut self, request: &Request, ended: &KeyEnd) -> TestCaseResult {
        let KeyClaim { id, holder, .. } = &request.claim;
        let still = self.model.lives.get(&request.key).is_some_and(|life| life.holder == *holder);
        let is_kept = no_error(end(self.connection, id, holder, ended, self.now).await)?;
        if matches!(ended, KeyEnd::Keep(_)) {
            prop_assert_eq!(is_kept, still, "an answer is kept for whoever holds the key");
        }
        self.model.end(request.key, holder, ended, self.now);
        if is_kept {
            self.seen.ended(request, ended, self.now);
        }
        let request = self.requests.iter_mut().find(|one| one.claim.holder == *holder);
        if let Some(request) = request {
            request.ended = Some(ended.clone());
        }
        Ok(())
    }
}

#[test]
fn keys_live_as_the_model_says() {
    holds_on_every_engine(400, &vec(step(), 1..40), &async |connection, steps| {
        let mut world = World {
            connection,
            model: Model::default(),
            seen: Seen::default(),
            requests: Vec::new(),
            now: 1_800_000_000_000,
        };
        for step in steps {
            world.step(step).await?;
        }
        Ok(())
    });
}
