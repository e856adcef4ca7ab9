//! The behaviour of recent sign-ups, case by case.

use super::{
    sign_up_model::ConfirmedBy,
    sign_up_support::{SignUps, confirm},
    support::{LEASE, QUARTER, T, id_at},
};
use crate::store::{
    cleanup::delete_expired,
    id,
    requests::{
        prior::{
            Memory,
            PriorLookup::{self, Found, InFlight, NotFound},
        },
        recent_sign_ups::{AccountOwner, PriorAttempt},
    },
    tests::support::on_every_engine,
};

const FOREIGN: PriorLookup<AccountOwner> = Found(AccountOwner::AnotherUser);

fn own(prior: PriorAttempt) -> PriorLookup<AccountOwner> {
    Found(AccountOwner::SameUser(prior))
}

#[test]
fn finds_the_same_pair_after_every_outcome_that_may_have_created_the_account() {
    on_every_engine(|engine| {
        for (memory, same_pair, another_password) in [
            (Some(Memory::Unknown), own(PriorAttempt::Unknown), NotFound),
            (Some(Memory::CodeNotDelivered), own(PriorAttempt::CodeNotDelivered), NotFound),
            (Some(Memory::Created), own(PriorAttempt::Created), FOREIGN),
            (Some(Memory::Confirmed), own(PriorAttempt::Confirmed), FOREIGN),
            (Some(Memory::Existed), NotFound, NotFound),
            (None, NotFound, NotFound),
        ] {
            let mut sign_ups = SignUps::new(engine);
            let first = sign_ups.begin(1, T);
            sign_ups.end(first, memory);

            let reported = [1, 1, 2].map(|password| sign_ups.try_again(password, T));

            let expected = [same_pair.clone(), same_pair, another_password];
            assert_eq!(reported, expected, "{}: {memory:?}", engine.name);
        }
    });
}

#[test]
fn returns_the_best_of_several_outcomes() {
    on_every_engine(|engine| {
        let mut sign_ups = SignUps::new(engine);
        for memory in [Memory::CodeNotDelivered, Memory::Created, Memory::Unknown] {
            let sent = sign_ups.begin(1, T);
            sign_ups.end(sent, Some(memory));
        }

        let found = sign_ups.try_again(1, T);

        assert_eq!(found, own(PriorAttempt::Created), "{}", engine.name);
    });
}

#[test]
fn a_sign_up_without_an_end_is_unknown_after_its_lease() {
    on_every_engine(|engine| {
        let mut sign_ups = SignUps::new(engine);
        let first = sign_ups.begin(1, T);
        let over = T + LEASE + QUARTER;

        for (now, expected) in [
            (T + LEASE - 1, InFlight(vec![first.id])),
            (T + LEASE, own(PriorAttempt::Unknown)),
            (over, own(PriorAttempt::Unknown)),
            (over + 1, NotFound),
        ] {
            assert_eq!(sign_ups.try_again(1, now), expected, "{}: {}", engine.name, now - T);
        }
    });
}

#[test]
fn a_second_request_waits_for_the_outcome_of_the_first() {
    on_every_engine(|engine| {
        for (memory, expected) in
            [(Some(Memory::Created), own(PriorAttempt::Created)), (None, NotFound)]
        {
            let mut sign_ups = SignUps::new(engine);
            let [first, second] = [sign_ups.begin(1, T), sign_ups.begin(1, T)];
            let awaited = [first.id];
            let in_flight =
                [None, Some(&awaited[..])].map(|awaited| sign_ups.look_up(second, awaited, T));

            sign_ups.end(first, memory);
            let found = sign_ups.look_up(second, Some(&awaited), T);

            assert_eq!(in_flight, [InFlight(vec![first.id]), InFlight(vec![first.id])]);
            assert_eq!(found, expected, "{}: {memory:?}", engine.name);
        }
    });
}

#[test]
fn two_sign_ups_of_an_existing_account_do_not_wait_for_each_other() {
    on_every_engine(|engine| {
        let mut sign_ups = SignUps::new(engine);
        let [first, second] = [sign_ups.begin(1, T), sign_ups.begin(1, T)];

        let reported_to_first = sign_ups.exists(first, T);
        let reported_to_second = sign_ups.exists(second, T);
        let reported_again = sign_ups.look_up(first, Some(&[second.id]), T);

        assert_eq!(reported_to_first, InFlight(vec![second.id]), "{}", engine.name);
        assert_eq!((reported_to_second, reported_again), (NotFound, NotFound), "{}", engine.name);
    });
}

#[test]
fn does_not_wait_for_sign_ups_that_began_after_the_first_look_up() {
    on_every_engine(|engine| {
        let mut sign_ups = SignUps::new(engine);
        let [asking, earlier] = [sign_ups.begin(1, T), sign_ups.begin(1, T)];
        let in_flight = sign_ups.exists(asking, T);
        sign_ups.begin(1, T);
        sign_ups.end(earlier, None);

        let found = sign_ups.look_up(asking, Some(&[earlier.id]), T);

        assert_eq!(in_flight, InFlight(vec![earlier.id]), "{}", engine.name);
        assert_eq!(found, NotFound, "{}", engine.name);
    });
}

#[test]
fn another_pair_that_created_the_account_decides_an_unknown_outcome() {
    on_every_engine(|engine| {
        for (of_own, prior) in [
            (Memory::Unknown, PriorAttempt::Unknown),
            (Memory::CodeNotDelivered, PriorAttempt::CodeNotDelivered),
        ] {
            for (of_other, expected) in [
                (Memory::Created, FOREIGN),
                (Memory::Confirmed, FOREIGN),
                (Memory::CodeNotDelivered, own(prior)),
                (Memory::Unknown, own(prior)),
                (Memory::Existed, own(prior)),
            ] {
                let mut sign_ups = SignUps::new(engine);
                let [first, other] = [sign_ups.begin(1, T), sign_ups.begin(2, T)];
                sign_ups.end(first, Some(of_own));
                sign_ups.end(other, Some(of_other));

                let found = sign_ups.try_again(1, T);

                assert_eq!(found, expected, "{}: {of_own:?}, {of_other:?}", engine.name);
            }
        }
    });
}

#[test]
fn recognises_only_the_network_of_the_account_after_three_passwords() {
    on_every_engine(|engine| {
        let mut sign_ups = SignUps::new(engine);
        let first = sign_ups.begin(1, T);
        sign_ups.end(first, Some(Memory::Created));
        let known = own(PriorAttempt::Created);
        let with_two = [sign_ups.try_again_from(9, 2, T), sign_ups.try_again_from(9, 1, T)];

        let with_three = [(9, 3), (9, 1), (8, 1), (0, 1), (0, 2)]
            .map(|(network, password)| sign_ups.try_again_from(network, password, T));

        assert_eq!(with_two, [FOREIGN, known.clone()], "{}", engine.name);
        let expected = [FOREIGN, FOREIGN, FOREIGN, known, FOREIGN];
        assert_eq!(with_three, expected, "{}", engine.name);
    });
}

#[test]
fn an_unknown_outcome_does_not_reveal_the_password_to_a_guesser() {
    on_every_engine(|engine| {
        let mut sign_ups = SignUps::new(engine);
        let first = sign_ups.begin(1, T);
        sign_ups.end(first, Some(Memory::Created));
        for password in [1, 2, 3] {
            let guess = sign_ups.begin_from(9, password, T);
            sign_ups.end(guess, Some(Memory::Unknown));
        }

        let reported = [1, 2, 3].map(|password| sign_ups.try_again_from(9, password, T));

        assert_eq!(reported, [FOREIGN, FOREIGN, FOREIGN], "{}", engine.name);
    });
}

#[test]
fn counts_guesses_in_flight_and_guesses_for_an_existing_account() {
    on_every_engine(|engine| {
        let mut sign_ups = SignUps::new(engine);
        let first = sign_ups.begin(1, T);
        sign_ups.end(first, Some(Memory::Created));
        let existed = sign_ups.begin_from(9, 2, T);
        sign_ups.end(existed, Some(Memory::Existed));

        sign_ups.begin_from(9, 3, T);
        let found = sign_ups.try_again_from(9, 1, T);

        assert_eq!(found, FOREIGN, "{}", engine.name);
    });
}

#[test]
fn a_password_that_cognito_rejected_is_no_guess() {
    on_every_engine(|engine| {
        let mut sign_ups = SignUps::new(engine);
        for password in 2..6 {
            let rejected = sign_ups.begin(password, T);
            sign_ups.end(rejected, None);
        }
        let first = sign_ups.begin(1, T);
        sign_ups.end(first, Some(Memory::Created));

        let found = sign_ups.try_again_from(9, 1, T);

        assert_eq!(found, own(PriorAttempt::Created), "{}", engine.name);
    });
}

#[test]
fn recognises_an_account_confirmed_by_any_of_its_names() {
    on_every_engine(|engine| {
        let confirmed = own(PriorAttempt::Confirmed);
        let created = own(PriorAttempt::Created);
        let first = id_at(T, 1);
        for (by, at, expected) in [
            (ConfirmedBy::Recipient(0), T, &confirmed),
            (ConfirmedBy::Username(0), T, &confirmed),
            (ConfirmedBy::Sub(first), T, &confirmed),
            (ConfirmedBy::Recipient(1), T, &created),
            (ConfirmedBy::Sub(first + 1), T, &created),
            (ConfirmedBy::Recipient(0), T - 1, &created),
        ] {
            let mut sign_ups = SignUps::new(engine);
            let sent = sign_ups.begin(1, T);
            sign_ups.end(sent, Some(Memory::Created));
            let SignUps { connection, keys, .. } = &mut sign_ups;
            confirm(connection, keys, id_at(at, 99), by);

            let reported = [1, 2].map(|password| sign_ups.try_again(password, T));

            assert_eq!(reported, [expected.clone(), FOREIGN], "{}: {by:?}", engine.name);
        }
    });
}

#[test]
fn the_confirm_of_another_user_does_not_confirm_a_later_unknown_outcome() {
    on_every_engine(|engine| {
        for by in [ConfirmedBy::Recipient(0), ConfirmedBy::Username(0)] {
            let mut sign_ups = SignUps::new(engine);
            let of_bob = sign_ups.begin(2, T - QUARTER - LEASE - 1);
            sign_ups.end(of_bob, Some(Memory::Created));
            let met_bob = sign_ups.begin(1, T - QUARTER);
            sign_ups.end(met_bob, Some(Memory::Existed));
            let SignUps { connection, keys, .. } = &mut sign_ups;
            confirm(connection, keys, id_at(T - 1, 99), by);
            let of_ada = sign_ups.begin(1, T);
            sign_ups.end(of_ada, Some(Memory::Unknown));

            let found = sign_ups.try_again(1, T);

            assert_eq!(found, own(PriorAttempt::Unknown), "{}: {by:?}", engine.name);
        }
    });
}

#[test]
fn deletes_expired_sign_ups_and_no_others() {
    on_every_engine(|engine| {
        let mut sign_ups = SignUps::new(engine);
        sign_ups.begin(1, T - 1);
        let kept = sign_ups.begin(1, T);

        delete_expired(&mut sign_ups.connection, LEASE, T + LEASE + QUARTER).unwrap();

        let rows = sign_ups.connection.rows("SELECT id FROM sign_ups");
        let ids: Vec<i64> = rows.iter().map(|row| row.int(0)).collect();
        assert_eq!(ids, [kept.id], "{}", engine.name);
        assert_eq!(id::time(kept.id), T);
    });
}
