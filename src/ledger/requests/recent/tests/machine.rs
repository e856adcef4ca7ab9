//! The memory as a whole, held against a small model in memory: calls begin, end late or never,
//! are told that the account exists, passwords are guessed, and the clock jumps.

use proptest::{collection::vec, prelude::*, sample::Index, test_runner::TestCaseResult};

use super::*;
use crate::ledger::{
    requests::recent::tests::model::{LEASE, Model, QUARTER, Seen, Sent, holds},
    tests::support::{holds_on_every_engine, no_error},
};

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    Begin {
        name: u8,
        password: u8,
    },
    /// A call ends.
    End(Index, Option<PriorAttempt>),
    /// A call ends whose beginning could not be written.
    Unwritten {
        name: u8,
        password: u8,
        earlier: PriorAttempt,
    },
    /// A call is told that the account exists.
    Exists(Index),
    /// One that waits looks again.
    LookAgain(Index),
    Wait(i64),
    /// What is over is deleted.
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    let earlier = || {
        prop_oneof![
            Just(PriorAttempt::Unknown),
            Just(PriorAttempt::CodeNotDelivered),
            Just(PriorAttempt::Created),
            Just(PriorAttempt::Confirmed),
        ]
    };
    let name = || prop_oneof![5 => Just(0_u8), 1 => Just(1)];
    let password = || prop_oneof![6 => Just(0_u8), 3 => Just(1), 1 => Just(2)];
    let jump = prop_oneof![
        4 => 1..LEASE,
        4 => LEASE - 1..=LEASE + 1,
        2 => LEASE..QUARTER,
        2 => QUARTER - LEASE - 1..=QUARTER + 1,
    ];
    prop_oneof![
        8 => (name(), password()).prop_map(|(name, password)| Step::Begin { name, password }),
        4 => (any::<Index>(), proptest::option::weighted(0.7, earlier()))
            .prop_map(|(call, earlier)| Step::End(call, earlier)),
        1 => (name(), password(), earlier())
            .prop_map(|(name, password, earlier)| Step::Unwritten { name, password, earlier }),
        6 => any::<Index>().prop_map(Step::Exists),
        3 => any::<Index>().prop_map(Step::LookAgain),
        4 => jump.prop_map(Step::Wait),
        1 => Just(Step::Forget),
    ]
}

/// Everything at once.
struct World<'a> {
    connection: &'a mut AnyConnection,
    model: Model,
    calls: Vec<Call>,
    seen: Vec<Seen>,
    /// The calls that wait, and for which.
    waiting: Vec<(usize, BTreeSet<String>)>,
    now: i64,
}

impl World<'_> {
    async fn step(&mut self, step: Step) -> TestCaseResult {
        let now = self.now;
        match step {
            Step::Begin { name, password } => {
                let sent = self.send(name, password, Some(now));
                let call = &self.calls[sent.number];
                // Twice, as a writer does whose connection broke.
                no_error(begin(self.connection, call, now).await)?;
                no_error(begin(self.connection, call, now).await)?;
                self.model.begin(sent, now);
            }
            Step::Unwritten { name, password, earlier } => {
                let sent = self.send(name, password, None);
                let call = &self.calls[sent.number];
                no_error(end(self.connection, call, Some(earlier), false, now).await)?;
                self.model.end_unwritten(sent, earlier, now);
                self.seen[sent.number].ended = Some((now, Some(earlier)));
            }
            Step::End(index, earlier) => {
                let Some(sent) = self.pick(index) else { return Ok(()) };
                let call = &self.calls[sent.number];
                no_error(end(self.connection, call, earlier, true, now).await)?;
                self.model.end(sent, earlier, now);
                self.seen[sent.number].ended = Some((now, earlier));
            }
            Step::Exists(index) => {
                let Some(sent) = self.pick(index) else { return Ok(()) };
                let told = self.exists(sent, None).await?;
                self.seen[sent.number].ended = Some((now, None));
                if let Existing::UnderWay(calls) = told {
                    self.waiting.push((sent.number, calls));
                } else {
                    self.end_nothing(sent).await?;
                }
            }
            Step::LookAgain(index) => {
                if self.waiting.is_empty() {
                    return Ok(());
                }
                let (number, waited_for) = self.waiting.remove(index.index(self.waiting.len()));
                let sent = self.seen[number].sent;
                let told = self.exists(sent, Some(&waited_for)).await?;
                if let Existing::UnderWay(calls) = told {
                    prop_assert!(calls.is_subset(&waited_for), "nobody waits for ever");
                    self.waiting.push((number, calls));
                } else {
                    self.end_nothing(sent).await?;
                }
            }
            Step::Wait(time) => self.now += time,
            Step::Forget => {
                no_error(forget(self.connection, now).await)?;
                self.model.forget(now);
            }
        }
        Ok(())
    }

    /// A call that is about to be sent.
    fn send(&mut self, name: u8, password: u8, began: Option<i64>) -> Sent {
        let number = self.calls.len();
        self.calls.push(Call {
            id: number.to_string(),
            name: format!("name {name}"),
            password: format!("password {password}"),
            lease: LEASE,
        });
        let sent = Sent { number, name, password };
        self.seen.push(Seen { sent, began, ended: None, is_dropped: false });
        sent
    }

    /// A call that has not ended.
    fn pick(&self, index: Index) -> Option<Sent> {
        let open: Vec<&Seen> = self.seen.iter().filter(|seen| seen.ended.is_none()).collect();
        (!open.is_empty()).then(|| index.get(&open).sent)
    }

    async fn exists(
        &mut self,
        sent: Sent,
        waited_for: Option<&BTreeSet<String>>,
    ) -> Result<Existing, TestCaseError> {
        let (call, now) = (&self.calls[sent.number], self.now);
        let told = no_error(exists(self.connection, call, waited_for, now).await)?;
        let expected = self.model.exists(sent, waited_for, now);
        prop_assert_eq!(&told, &expected, "{:?}", sent);
        holds(&self.seen, sent, &told, now)?;
        if self.model.has_dropped {
            let is_dropped = |seen: &&mut Seen| seen.sent.name == sent.name;
            // What could not be written at first, and ends later, begins anew.
            self.seen.iter_mut().filter(is_dropped).for_each(|seen| seen.is_dropped = true);
        }
        let again = no_error(exists(self.connection, call, waited_for, now).await)?;
        prop_assert_eq!(&told, &again, "asked again, the same is told: {:?}", sent);
        Ok(told)
    }

    /// What a handler does after it was told.
    async fn end_nothing(&mut self, sent: Sent) -> TestCaseResult {
        let call = &self.calls[sent.number];
        no_error(end(self.connection, call, None, true, self.now).await)?;
        self.model.end(sent, None, self.now);
        Ok(())
    }
}

#[test]
fn the_memory_is_what_the_model_says() {
    holds_on_every_engine(400, &vec(step(), 1..40), &async |connection, steps| {
        let mut world = World {
            connection,
            model: Model::default(),
            calls: Vec::new(),
            seen: Vec::new(),
            waiting: Vec::new(),
            now: 1_800_000_000_000,
        };
        for step in steps {
            world.step(step).await?;
        }
        Ok(())
    });
}
