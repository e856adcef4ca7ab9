//! The rules of the memory, one by one.

mod machine;
mod model;

use super::*;
use crate::ledger::tests::support::{Engine, count, on_every_engine};

const LEASE: i64 = 15_000;
const QUARTER: i64 = 15 * 60 * 1000;

/// When the tests begin.
const T: i64 = 1_800_000_000_000;

const EVERY: [PriorAttempt; 4] = [
    PriorAttempt::Unknown,
    PriorAttempt::CodeNotDelivered,
    PriorAttempt::Created,
    PriorAttempt::Confirmed,
];

/// A memory of one name. Its calls are known by their numbers.
struct Memory {
    connection: AnyConnection,
    calls: Vec<Call>,
}

impl Memory {
    async fn new(engine: &Engine) -> Self {
        let mut connection = engine.connection().await;
        sqlx::query("DELETE FROM recent_sign_ups").execute(&mut connection).await.unwrap();
        Self { connection, calls: Vec::new() }
    }

    fn call(&self, name: &str, password: &str) -> Call {
        let (name, password) = (name.to_owned(), password.to_owned());
        Call { id: self.calls.len().to_string(), name, password, lease: LEASE }
    }

    async fn begin_as(&mut self, name: &str, password: &str, now: i64) -> usize {
        let call = self.call(name, password);
        begin(&mut self.connection, &call, now).await.unwrap();
        self.calls.push(call);
        self.calls.len() - 1
    }

    async fn begin(&mut self, password: &str, now: i64) -> usize {
        self.begin_as("ada", password, now).await
    }

    async fn end(&mut self, call: usize, earlier: Option<PriorAttempt>, now: i64) {
        end(&mut self.connection, &self.calls[call], earlier, true, now).await.unwrap();
    }

    async fn exists(&mut self, call: usize, now: i64) -> Existing {
        exists(&mut self.connection, &self.calls[call], None, now).await.unwrap()
    }

    async fn look_again(&mut self, call: usize, waited_for: &[usize], now: i64) -> Existing {
        let waited_for = ids(waited_for);
        exists(&mut self.connection, &self.calls[call], Some(&waited_for), now).await.unwrap()
    }

    /// A call that is sent and told that the account exists.
    async fn try_again(&mut self, password: &str, now: i64) -> Existing {
        let call = self.begin(password, now).await;
        self.exists(call, now).await
    }
}

fn ids(calls: &[usize]) -> BTreeSet<String> {
    calls.iter().map(ToString::to_string).collect()
}

fn under_way(calls: &[usize]) -> Existing {
    Existing::UnderWay(ids(calls))
}

#[tokio::test]
async fn knows_the_same_name_and_password_again_after_every_end_that_may_have_created() {
    on_every_engine(async |engine| {
        for earlier in EVERY {
            let mut memory = Memory::new(engine).await;
            let first = memory.begin("one", T).await;
            memory.end(first, Some(earlier), T).await;

            let known = Existing::Known(earlier);
            assert_eq!(memory.try_again("one", T).await, known, "{}", engine.name);
            assert_eq!(memory.try_again("one", T).await, known, "{}: it stays", engine.name);
            assert_eq!(memory.try_again("two", T).await, Existing::Stranger, "another person");
            let elsewhere = memory.begin_as("bob", "one", T).await;
            assert_eq!(memory.exists(elsewhere, T).await, Existing::Stranger, "another name");
        }
    })
    .await;
}

#[tokio::test]
async fn of_several_ends_the_one_that_tells_most_is_told() {
    on_every_engine(async |engine| {
        let mut memory = Memory::new(engine).await;
        for earlier in [PriorAttempt::Created, PriorAttempt::Confirmed, PriorAttempt::Unknown] {
            let call = memory.begin("one", T).await;
            memory.end(call, Some(earlier), T).await;
        }

        let told = memory.try_again("one", T).await;

        assert_eq!(told, Existing::Known(PriorAttempt::Confirmed), "{}", engine.name);
    })
    .await;
}

#[tokio::test]
async fn forgets_what_created_nothing() {
    on_every_engine(async |engine| {
        let mut memory = Memory::new(engine).await;
        let first = memory.begin("one", T).await;
        memory.end(first, None, T).await;

        assert_eq!(count(&mut memory.connection, "recent_sign_ups").await, 0, "{}", engine.name);
        assert_eq!(memory.try_again("one", T).await, Existing::Stranger, "{}", engine.name);
    })
    .await;
}

#[tokio::test]
async fn a_call_whose_lease_is_over_counts_as_unknown_until_it_ends() {
    on_every_engine(async |engine| {
        let mut memory = Memory::new(engine).await;
        let first = memory.begin("one", T).await;

        assert_eq!(memory.try_again("one", T + LEASE - 1).await, under_way(&[first]));
        let told = memory.try_again("one", T + LEASE).await;
        assert_eq!(told, Existing::Known(PriorAttempt::Unknown), "{}", engine.name);
        let told = memory.try_again("one", T + LEASE + QUARTER - 1).await;
        assert_eq!(told, Existing::Known(PriorAttempt::Unknown), "{}", engine.name);
        assert_eq!(memory.try_again("one", T + LEASE + QUARTER).await, Existing::Stranger);

        memory.end(first, Some(PriorAttempt::Created), T + LEASE + QUARTER).await;
        let told = memory.try_again("one", T + LEASE + QUARTER).await;
        assert_eq!(told, Existing::Known(PriorAttempt::Created), "{}: it ended late", engine.name);
    })
    .await;
}

#[tokio::test]
async fn the_third_password_drops_the_memory_of_a_name() {
    on_every_engine(async |engine| {
        let mut memory = Memory::new(engine).await;
        let first = memory.begin("one", T).await;
        memory.end(first, Some(PriorAttempt::Created), T).await;
        let elsewhere = memory.begin_as("bob", "one", T).await;
        memory.end(elsewhere, Some(PriorAttempt::Created), T).await;

        assert_eq!(memory.try_again("guess 1", T).await, Existing::Stranger);
        assert_eq!(memory.try_again("guess 1", T).await, Existing::Stranger, "the same guess");
        let known = Existing::Known(PriorAttempt::Created);
        assert_eq!(memory.try_again("one", T).await, known, "{}: two are fine", engine.name);
        assert_eq!(memory.try_again("guess 2", T).await, Existing::Stranger);

        assert_eq!(memory.try_again("one", T).await, Existing::Stranger, "no longer an oracle");
        let again = memory.begin_as("bob", "one", T).await;
        assert_eq!(memory.exists(again, T).await, known, "{}: another name stays", engine.name);
    })
    .await;
}

#[tokio::test]
async fn passwords_that_are_under_way_count_and_the_right_one_is_not_told_among_them() {
    on_every_engine(async |engine| {
        let mut memory = Memory::new(engine).await;
        let first = memory.begin("one", T).await;
        memory.end(first, Some(PriorAttempt::Created), T).await;
        let mut guesses = Vec::new();
        for password in ["guess 1", "guess 2", "one", "guess 3"] {
            guesses.push(memory.begin(password, T).await);
        }

        for guess in guesses {
            assert_eq!(memory.exists(guess, T).await, Existing::Stranger, "{}", engine.name);
        }
    })
    .await;
}

#[tokio::test]
async fn a_call_that_was_under_way_when_the_memory_was_dropped_is_not_remembered() {
    on_every_engine(async |engine| {
        let mut memory = Memory::new(engine).await;
        let first = memory.begin("one", T).await;
        assert_eq!(memory.try_again("guess 1", T).await, Existing::Stranger);
        assert_eq!(memory.try_again("guess 2", T).await, Existing::Stranger);

        memory.end(first, Some(PriorAttempt::Created), T).await;

        assert_eq!(memory.try_again("one", T).await, Existing::Stranger, "{}", engine.name);
    })
    .await;
}

#[tokio::test]
async fn passwords_that_the_pool_refused_do_not_count_as_guesses() {
    on_every_engine(async |engine| {
        let mut memory = Memory::new(engine).await;
        for refused in ["weak 1", "weak 2", "weak 3", "weak 4"] {
            let call = memory.begin(refused, T).await;
            memory.end(call, None, T).await;
        }
        let first = memory.begin("one", T).await;
        memory.end(first, Some(PriorAttempt::Created), T).await;

        let told = memory.try_again("one", T).await;

        assert_eq!(told, Existing::Known(PriorAttempt::Created), "{}", engine.name);
    })
    .await;
}

#[tokio::test]
async fn a_double_tap_waits_for_the_first_and_shares_its_end() {
    on_every_engine(async |engine| {
        for (earlier, expected) in [
            (Some(PriorAttempt::Created), Existing::Known(PriorAttempt::Created)),
            (None, Existing::Stranger),
        ] {
            let mut memory = Memory::new(engine).await;
            let first = memory.begin("one", T).await;
            let second = memory.begin("one", T).await;
            assert_eq!(memory.exists(second, T).await, under_way(&[first]), "{}", engine.name);
            assert_eq!(memory.look_again(second, &[first], T).await, under_way(&[first]));

            memory.end(first, earlier, T).await;

            let told = memory.look_again(second, &[first], T).await;
            assert_eq!(told, expected, "{}", engine.name);
        }
    })
    .await;
}

#[tokio::test]
async fn two_that_are_both_told_it_exists_do_not_wait_for_each_other() {
    on_every_engine(async |engine| {
        let mut memory = Memory::new(engine).await;
        let (first, second) = (memory.begin("one", T).await, memory.begin("one", T).await);

        assert_eq!(memory.exists(first, T).await, under_way(&[second]), "{}", engine.name);
        assert_eq!(memory.exists(second, T).await, Existing::Stranger, "{}", engine.name);
        assert_eq!(memory.look_again(first, &[second], T).await, Existing::Stranger);
    })
    .await;
}

#[tokio::test]
async fn waits_only_for_calls_that_began_before_it_was_told() {
    on_every_engine(async |engine| {
        let mut memory = Memory::new(engine).await;
        let told = memory.begin("one", T).await;
        let earlier = memory.begin("one", T).await;
        assert_eq!(memory.exists(told, T).await, under_way(&[earlier]), "it may be that one");

        memory.begin("one", T).await;
        memory.end(earlier, None, T).await;

        let again = memory.look_again(told, &[earlier], T).await;
        assert_eq!(again, Existing::Stranger, "{}: the later one cannot be", engine.name);
    })
    .await;
}

#[tokio::test]
async fn forgets_after_a_quarter_of_an_hour_which_tries_in_between_do_not_make_longer() {
    on_every_engine(async |engine| {
        let mut memory = Memory::new(engine).await;
        let first = memory.begin("one", T - 1).await;
        memory.end(first, Some(PriorAttempt::Created), T).await;

        for passed in [QUARTER / 2, QUARTER - 1] {
            let told = memory.try_again("one", T + passed).await;
            assert_eq!(told, Existing::Known(PriorAttempt::Created), "{}: {passed}", engine.name);
        }

        assert_eq!(memory.try_again("one", T + QUARTER).await, Existing::Stranger);
    })
    .await;
}

#[tokio::test]
async fn what_could_not_be_written_at_first_is_remembered_at_its_end_and_once() {
    on_every_engine(async |engine| {
        let mut memory = Memory::new(engine).await;
        let call = memory.call("ada", "one");
        for _ in 0..2 {
            let written = end(&mut memory.connection, &call, Some(PriorAttempt::Created), false, T);
            written.await.unwrap();
        }
        memory.calls.push(call);

        assert_eq!(count(&mut memory.connection, "recent_sign_ups").await, 1, "{}", engine.name);
        let told = memory.try_again("one", T).await;
        assert_eq!(told, Existing::Known(PriorAttempt::Created), "{}", engine.name);
    })
    .await;
}

#[tokio::test]
async fn deletes_what_is_over_and_nothing_else() {
    on_every_engine(async |engine| {
        let mut memory = Memory::new(engine).await;
        memory.begin_as("ada", "one", T - 1).await;
        memory.begin_as("bob", "one", T).await;

        let deleted = forget(&mut memory.connection, T - 1 + LEASE + QUARTER).await.unwrap();

        assert_eq!(deleted, 1, "{}", engine.name);
        assert_eq!(count(&mut memory.connection, "recent_sign_ups").await, 1, "{}", engine.name);
    })
    .await;
}
