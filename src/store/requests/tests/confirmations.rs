//! The behaviour of confirms, case by case.

use super::support::{DAY, LEASE, T, clear, digest, id_at, store_attempt};
use crate::store::{
    cleanup::delete_expired,
    database::Connection,
    requests::{
        confirmations::{self, ConfirmIntent, EarlierConfirmation},
        prior::{
            Memory,
            PriorLookup::{self, Found, InFlight, NotFound},
        },
    },
    tests::support::{Engine, on_every_engine},
};

const UNKNOWN: PriorLookup<EarlierConfirmation> = Found(EarlierConfirmation::Unknown);
const CONFIRMED: PriorLookup<EarlierConfirmation> = Found(EarlierConfirmation::Confirmed);

fn intent(name: &str, code: &str) -> ConfirmIntent {
    ConfirmIntent { name: digest(name), code: digest(code) }
}

/// Returns a database in which `N` confirms with one code began at `T`, and their ids.
fn begun<const N: usize>(engine: &Engine) -> (Connection, [i64; N]) {
    let mut connection = engine.connection();
    clear(&mut connection);
    let ids = std::array::from_fn(|number| id_at(T, number.try_into().unwrap()));
    for id in ids {
        // Stores the intent twice, as after a lost connection.
        for _ in 0..2 {
            confirmations::insert(&mut connection, id, &intent("ada", "code")).unwrap();
        }
    }
    (connection, ids)
}

/// Looks up the other confirms with the same name and code, for the confirm with this id.
fn look_up(
    connection: &mut Connection,
    id: i64,
    awaited: Option<&[i64]>,
    now: i64,
) -> PriorLookup<EarlierConfirmation> {
    let intent = intent("ada", "code");
    confirmations::look_up(connection, id, &intent, awaited, LEASE, now).unwrap()
}

#[test]
fn a_second_confirm_knows_the_outcome_of_the_first() {
    on_every_engine(|engine| {
        let first = id_at(T, 0);
        for (case, end_of_first, at, expected) in [
            ("in progress", None, LEASE - 1, InFlight(vec![first])),
            ("its lease is over", None, LEASE, UNKNOWN),
            ("its lease was over long ago", None, DAY, UNKNOWN),
            ("a day later", None, DAY + 1, NotFound),
            ("confirmed", Some(Some(Memory::Confirmed)), 0, CONFIRMED),
            ("confirmed, a day later", Some(Some(Memory::Confirmed)), DAY, CONFIRMED),
            ("confirmed, over a day later", Some(Some(Memory::Confirmed)), DAY + 1, NotFound),
            ("unknown", Some(Some(Memory::Unknown)), 0, UNKNOWN),
            ("unknown, over a day later", Some(Some(Memory::Unknown)), DAY + 1, NotFound),
            ("not confirmed", Some(None), 0, NotFound),
            ("not confirmed, its lease is over", Some(None), LEASE, NotFound),
        ] {
            let (mut connection, [_]) = begun(engine);
            if let Some(memory) = end_of_first {
                store_attempt(&mut connection, first, memory, None);
            }
            let second = id_at(T + at, 1);
            confirmations::insert(&mut connection, second, &intent("ada", "code")).unwrap();

            delete_expired(&mut connection, LEASE, T + at).unwrap();
            let reported = [(); 2].map(|()| look_up(&mut connection, second, None, T + at));

            assert_eq!(reported, [expected.clone(), expected], "{}: {case}", engine.name);
        }
    });
}

#[test]
fn simultaneous_requests_know_the_outcomes_of_each_other() {
    on_every_engine(|engine| {
        let (mut connection, [one, two, three]) = begun(engine);
        store_attempt(&mut connection, one, None, None);
        let in_flight = look_up(&mut connection, two, None, T);
        store_attempt(&mut connection, three, Some(Memory::Confirmed), None);

        let reported = look_up(&mut connection, two, Some(&[three]), T);

        assert_eq!(in_flight, InFlight(vec![three]), "{}", engine.name);
        assert_eq!(reported, CONFIRMED, "{}", engine.name);
    });
}

#[test]
fn a_confirmed_outcome_outranks_confirms_in_flight_and_unknown_outcomes() {
    on_every_engine(|engine| {
        for (memory, expected) in
            [(Memory::Confirmed, CONFIRMED), (Memory::Unknown, InFlight(vec![id_at(T, 1)]))]
        {
            let (mut connection, [one, _, three]) = begun(engine);
            store_attempt(&mut connection, one, Some(memory), None);

            let reported = look_up(&mut connection, three, None, T);

            assert_eq!(reported, expected, "{}: {memory:?}", engine.name);
        }
    });
}

#[test]
fn other_requests_do_not_change_an_unknown_outcome() {
    on_every_engine(|engine| {
        for order in [[0, 1], [1, 0]] {
            let (mut connection, ids) = begun::<3>(engine);
            store_attempt(&mut connection, ids[order[0]], None, None);
            store_attempt(&mut connection, ids[order[1]], Some(Memory::Unknown), None);

            let reported = look_up(&mut connection, ids[2], None, T);

            assert_eq!(reported, UNKNOWN, "{}: {order:?}", engine.name);
        }
    });
}

#[test]
fn two_confirms_of_a_confirmed_account_do_not_wait_for_each_other() {
    on_every_engine(|engine| {
        let (mut connection, [one, two]) = begun(engine);

        let reported_to_one = look_up(&mut connection, one, None, T);
        let reported_to_two = look_up(&mut connection, two, None, T);
        // A confirm that began after the look-up cannot have confirmed the account.
        let later = id_at(T, 9);
        confirmations::insert(&mut connection, later, &intent("ada", "code")).unwrap();
        let reported_again = look_up(&mut connection, one, Some(&[two]), T);

        assert_eq!(reported_to_one, InFlight(vec![two]), "{}", engine.name);
        assert_eq!((reported_to_two, reported_again), (NotFound, NotFound), "{}", engine.name);
    });
}

#[test]
fn reveals_nothing_to_another_code_or_user() {
    on_every_engine(|engine| {
        let (mut connection, [first]) = begun(engine);
        store_attempt(&mut connection, first, Some(Memory::Confirmed), None);

        for other in [intent("ada", "other"), intent("bob", "code")] {
            let id = id_at(T, 9);
            let reported = confirmations::look_up(&mut connection, id, &other, None, LEASE, T);

            assert_eq!(reported.unwrap(), NotFound, "{}", engine.name);
        }
    });
}

#[test]
fn deletes_expired_confirms_and_no_others() {
    on_every_engine(|engine| {
        let (mut connection, [_]) = begun(engine);
        let kept = id_at(T + 1, 0);
        confirmations::insert(&mut connection, kept, &intent("ada", "code")).unwrap();

        delete_expired(&mut connection, LEASE, T + 1 + DAY).unwrap();

        let rows = connection.rows("SELECT id FROM confirms");
        let ids: Vec<i64> = rows.iter().map(|row| row.int(0)).collect();
        assert_eq!(ids, [kept], "{}", engine.name);
    });
}
