//! Recent sign-ups in the database and in the model, through the same random steps.

use proptest::{collection::vec, prelude::*, sample::Index, test_runner::TestCaseResult};

use super::{
    sign_up_model::{ConfirmedBy, Model, Sent},
    sign_up_support::{confirm, intent, sub},
    support::{LEASE, QUARTER, T, holds_on_every_engine, id_at, no_error, store_attempt},
};
use crate::store::{
    cleanup::delete_expired,
    database::Connection,
    id,
    keys::Keys,
    requests::{
        prior::{Memory, PriorLookup},
        recent_sign_ups::{self, AccountOwner},
    },
    tests::support::{KEY, keys},
    writer::names::Names,
};

/// Number of names that the store keeps in memory in this test. The store finds the other names in
/// the table.
const NAMES: usize = 4;

#[derive(Clone, Copy, Debug)]
enum Step {
    Begin {
        name: u8,
        password: u8,
        network: u8,
    },
    End(Index, Option<Memory>),
    /// A sign-up ends. The store writes its intent at the same time.
    EndWithIntent {
        name: u8,
        password: u8,
        network: u8,
        memory: Memory,
    },
    /// Cognito responds to a sign-up with `UsernameExists`.
    Exists(Index),
    /// A sign-up that waits for other sign-ups looks again.
    LookAgain(Index),
    Confirm(By, Index),
    /// The writer connects again, and reads the names.
    Reconnect,
    Wait(i64),
    DeleteExpired,
}

#[derive(Clone, Copy, Debug)]
enum By {
    Recipient,
    Username,
    Sub,
}

fn step() -> impl Strategy<Value = Step> {
    let memory = || {
        prop_oneof![
            2 => Just(Memory::Unknown),
            1 => Just(Memory::CodeNotDelivered),
            3 => Just(Memory::Created),
            1 => Just(Memory::Confirmed),
            1 => Just(Memory::AwaitingApproval),
            2 => Just(Memory::Existed),
        ]
    };
    let name = || prop_oneof![5 => Just(0_u8), 1 => Just(1)];
    let password = || prop_oneof![6 => Just(0_u8), 3 => Just(1), 2 => Just(2)];
    let network = || prop_oneof![3 => Just(0_u8), 1 => Just(1)];
    let wait = prop_oneof![
        4 => 1..LEASE,
        4 => LEASE - 1..=LEASE + 1,
        2 => LEASE..QUARTER,
        2 => QUARTER - LEASE - 1..=QUARTER + 1,
    ];
    prop_oneof![
        8 => (name(), password(), network())
            .prop_map(|(name, password, network)| Step::Begin { name, password, network }),
        5 => (any::<Index>(), proptest::option::weighted(0.7, memory()))
            .prop_map(|(sent, memory)| Step::End(sent, memory)),
        1 => (name(), password(), network(), memory()).prop_map(
            |(name, password, network, memory)| {
                Step::EndWithIntent { name, password, network, memory }
            }
        ),
        7 => any::<Index>().prop_map(Step::Exists),
        3 => any::<Index>().prop_map(Step::LookAgain),
        1 => (prop_oneof![Just(By::Recipient), Just(By::Username), Just(By::Sub)], any::<Index>())
            .prop_map(|(by, sent)| Step::Confirm(by, sent)),
        1 => Just(Step::Reconnect),
        4 => wait.prop_map(Step::Wait),
        1 => Just(Step::DeleteExpired),
    ]
}

struct World<'a> {
    connection: &'a mut Connection,
    keys: Keys,
    names: Names,
    model: Model,
    /// The sign-ups that wait, each with the ids of the sign-ups that it waits for.
    waiting: Vec<(Sent, Vec<i64>)>,
    ids: i64,
    now: i64,
}

impl World<'_> {
    fn step(&mut self, step: Step) -> TestCaseResult {
        match step {
            Step::Begin { name, password, network } => {
                self.begin(name, password, network)?;
            }
            Step::EndWithIntent { name, password, network, memory } => {
                let sent = self.begin(name, password, network)?;
                self.end(sent, Some(memory));
            }
            Step::End(index, memory) => {
                if let Some(sent) = self.pick(index) {
                    self.end(sent, memory);
                }
            }
            Step::Exists(index) => {
                if let Some(sent) = self.pick(index) {
                    self.exists(sent, None)?;
                }
            }
            Step::LookAgain(index) if !self.waiting.is_empty() => {
                let index = index.index(self.waiting.len());
                let (sent, awaited) = self.waiting.remove(index);
                self.exists(sent, Some(&awaited))?;
            }
            Step::Confirm(by, index) if !self.model.sent.is_empty() => {
                let sent = *index.get(&self.model.sent);
                let by = match by {
                    By::Recipient => ConfirmedBy::Recipient(sent.name),
                    By::Username => ConfirmedBy::Username(sent.name),
                    By::Sub => ConfirmedBy::Sub(sent.id),
                };
                let id = self.next_id();
                confirm(self.connection, &self.keys, id, by);
                self.model.confirms.push((by, id));
            }
            Step::Reconnect => {
                self.names = Names::with_capacity(NAMES);
                let since = id::first_at(self.now - QUARTER - LEASE);
                no_error(self.names.read(self.connection, since))?;
            }
            Step::Wait(time) => self.now += time,
            Step::DeleteExpired => no_error(delete_expired(self.connection, LEASE, self.now))?,
            Step::LookAgain(_) | Step::Confirm(..) => {}
        }
        Ok(())
    }

    fn next_id(&mut self) -> i64 {
        self.ids += 1;
        id_at(self.now, self.ids)
    }

    fn begin(&mut self, name: u8, password: u8, network: u8) -> Result<Sent, TestCaseError> {
        let (id, began) = (self.next_id(), self.now);
        let sent = Sent {
            id,
            name,
            password,
            network,
            began,
            existed: false,
            has_ended: false,
            memory: None,
        };
        let intent = intent(&self.keys, &sent);
        // Stores the intent twice, as after a lost connection.
        no_error(recent_sign_ups::insert(self.connection, id, &intent))?;
        no_error(recent_sign_ups::insert(self.connection, id, &intent))?;
        self.names.push(id, &intent.name);
        self.model.sent.push(sent);
        Ok(sent)
    }

    /// Picks a sign-up that has not ended and does not wait.
    fn pick(&self, index: Index) -> Option<Sent> {
        let is_running = |sent: &&Sent| !sent.has_ended && !sent.existed;
        let running: Vec<&Sent> = self.model.sent.iter().filter(is_running).collect();
        (!running.is_empty()).then(|| **index.get(&running))
    }

    fn end(&mut self, sent: Sent, memory: Option<Memory>) {
        store_attempt(self.connection, sent.id, memory, Some(&sub(sent.id)));
        self.model.end(sent.id, memory);
    }

    fn exists(&mut self, sent: Sent, awaited: Option<&[i64]>) -> TestCaseResult {
        let found = self.look_up(sent, awaited)?;
        if awaited.is_none() {
            self.model.mark_existed(sent.id);
        }
        let expected = self.model.look_up(sent, awaited, self.now);
        prop_assert_eq!(&found, &expected, "{:?} among {:?}", sent, self.model.sent);
        prop_assert_eq!(&self.look_up(sent, awaited)?, &found, "the second look-up agrees");
        let accepted = self.look_up_accepted(sent, awaited)?;
        let expected = self.model.look_up_accepted(sent, awaited, self.now);
        prop_assert_eq!(accepted, expected, "{:?} among {:?}", sent, self.model.sent);
        match found {
            PriorLookup::InFlight(ids) => {
                let is_awaited =
                    awaited.is_none_or(|awaited| ids.iter().all(|id| awaited.contains(id)));
                prop_assert!(is_awaited, "the wait would not end: {:?}", ids);
                self.waiting.push((sent, ids));
            }
            PriorLookup::Found(_) | PriorLookup::NotFound => self.end(sent, None),
        }
        Ok(())
    }

    fn look_up(
        &mut self,
        sent: Sent,
        awaited: Option<&[i64]>,
    ) -> Result<PriorLookup<AccountOwner>, TestCaseError> {
        let intent = intent(&self.keys, &sent);
        let Self { connection, names, keys, now, .. } = self;
        let abandoned = *now - LEASE;
        let found =
            recent_sign_ups::look_up(connection, names, keys, sent.id, &intent, awaited, abandoned);
        Ok(sorted(no_error(found)?))
    }

    fn look_up_accepted(
        &mut self,
        sent: Sent,
        awaited: Option<&[i64]>,
    ) -> Result<PriorLookup<()>, TestCaseError> {
        let intent = intent(&self.keys, &sent);
        let Self { connection, names, now, .. } = self;
        let abandoned = *now - LEASE;
        let found = recent_sign_ups::look_up_accepted(
            connection, names, sent.id, &intent, awaited, abandoned,
        );
        Ok(sorted(no_error(found)?))
    }
}

fn sorted<T>(mut found: PriorLookup<T>) -> PriorLookup<T> {
    if let PriorLookup::InFlight(ids) = &mut found {
        ids.sort_unstable();
    }
    found
}

#[test]
fn recent_sign_ups_follow_the_model() {
    holds_on_every_engine(256, &vec(step(), 1..40), |connection, steps| {
        let mut world = World {
            connection,
            keys: keys(KEY),
            names: Names::with_capacity(NAMES),
            model: Model::default(),
            waiting: Vec::new(),
            ids: 0,
            now: T,
        };
        steps.into_iter().try_for_each(|step| world.step(step))
    });
}
