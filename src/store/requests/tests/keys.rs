//! The behaviour of Idempotency-Keys, case by case.

use std::{
    sync::atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst},
    thread,
    time::Duration,
};

use super::support::{DAY, LEASE, T, clear, digest, fast_connection, id_at};
use crate::store::{
    cleanup::delete_expired,
    database::{Access, Connection},
    error::StoreError,
    id,
    requests::idempotency::{self, KeyClaim, KeyEnd, KeyOutcome, KeyState},
    tests::support::{Engine, on_every_engine},
};

const FIRST: i64 = 1;
const SECOND: i64 = 2;

fn stored() -> KeyOutcome {
    KeyOutcome::Stored(b"one".to_vec())
}

fn claim(connection: &mut Connection, number: i64, body: &str, now: i64) -> KeyState {
    let claim = KeyClaim { key: digest("key"), fingerprint: digest(body) };
    let id = id_at(now, number);
    let claimed = connection.transaction(Access::Write, |connection| {
        idempotency::claim(connection, claim, id, LEASE, now)
    });
    claimed.unwrap()
}

/// Returns a lease of this many milliseconds.
fn lease(milliseconds: i64) -> Duration {
    Duration::from_millis(milliseconds.unsigned_abs())
}

/// Ends request `number`, which began at `began`.
fn end(connection: &mut Connection, number: i64, began: i64, outcome: KeyOutcome) -> bool {
    let end = KeyEnd { key: digest("key"), claim: id_at(began, number), outcome };
    connection.transaction(Access::Write, |connection| idempotency::end(connection, &end)).unwrap()
}

/// Returns a database in which the first request claimed the key at `T`.
fn claimed(engine: &Engine) -> Connection {
    let mut connection = engine.connection();
    clear(&mut connection);
    assert_eq!(claim(&mut connection, FIRST, "body", T), KeyState::New, "{}", engine.name);
    connection
}

#[test]
fn a_second_request_sees_the_state_that_the_first_request_left() {
    use KeyOutcome::{Free, Unknown};
    on_every_engine(|engine| {
        for (case, end_of_first, at, body, expected) in [
            ("in progress", None, 14_000, "body", KeyState::InProgress(lease(1000))),
            ("its lease is over", None, LEASE, "body", KeyState::Takeover),
            ("its lease was over long ago", None, DAY - 1, "body", KeyState::Takeover),
            ("a day later", None, DAY, "body", KeyState::New),
            ("stored", Some(stored()), 2000, "body", KeyState::Stored(b"one".to_vec())),
            ("stored", Some(stored()), DAY - 1, "body", KeyState::Stored(b"one".to_vec())),
            ("stored a day ago", Some(stored()), DAY, "body", KeyState::New),
            ("unknown", Some(Unknown), 1000, "body", KeyState::Takeover),
            ("unknown a day ago", Some(Unknown), DAY, "body", KeyState::New),
            ("freed", Some(Free), 1000, "body", KeyState::New),
            ("in progress, another body", None, 14_000, "other", KeyState::OtherBody),
            ("its lease is over, another body", None, LEASE, "other", KeyState::OtherBody),
            ("a day later, another body", None, DAY, "other", KeyState::New),
            ("stored, another body", Some(stored()), 2000, "other", KeyState::OtherBody),
            ("unknown, another body", Some(Unknown), 2000, "other", KeyState::OtherBody),
            ("freed, another body", Some(Free), 1000, "other", KeyState::New),
        ] {
            let mut connection = claimed(engine);
            if let Some(kind) = end_of_first {
                assert!(end(&mut connection, FIRST, T, kind), "{}: {case}", engine.name);
            }

            delete_expired(&mut connection, LEASE, T + at).unwrap();
            let met = claim(&mut connection, SECOND, body, T + at);

            assert_eq!(met, expected, "{}: {case}", engine.name);
        }
    });
}

#[test]
fn an_unknown_outcome_stays_unknown_until_a_response_is_stored() {
    on_every_engine(|engine| {
        for (kind, expected) in [
            (KeyOutcome::Free, KeyState::Takeover),
            (KeyOutcome::Unknown, KeyState::Takeover),
            (stored(), KeyState::Stored(b"one".to_vec())),
        ] {
            let mut connection = claimed(engine);
            claim(&mut connection, SECOND, "body", T + LEASE);
            let is_held = end(&mut connection, SECOND, T + LEASE, kind);

            let met = claim(&mut connection, 3, "body", T + LEASE);

            assert!(is_held, "{}: {expected:?}", engine.name);
            assert_eq!(met, expected, "{}", engine.name);
        }
    });
}

#[test]
fn a_request_that_lost_its_key_changes_nothing() {
    on_every_engine(|engine| {
        for kind in [stored(), KeyOutcome::Unknown, KeyOutcome::Free] {
            let mut connection = claimed(engine);
            claim(&mut connection, SECOND, "body", T + LEASE);

            let is_held = end(&mut connection, FIRST, T, kind.clone());
            let met = claim(&mut connection, 3, "body", T + LEASE + 1);

            assert!(!is_held, "{}: {kind:?}", engine.name);
            assert_eq!(met, KeyState::InProgress(lease(LEASE - 1)), "{}: {kind:?}", engine.name);
        }
    });
}

#[test]
fn a_request_can_end_after_its_lease() {
    on_every_engine(|engine| {
        let mut connection = claimed(engine);

        let is_held = end(&mut connection, FIRST, T, stored());
        let met = claim(&mut connection, SECOND, "body", T + LEASE + 1);

        assert!(is_held, "{}", engine.name);
        assert_eq!(met, KeyState::Stored(b"one".to_vec()), "{}", engine.name);
    });
}

#[test]
fn deletes_expired_keys_and_responses_and_no_others() {
    on_every_engine(|engine| {
        let mut connection = claimed(engine);
        end(&mut connection, FIRST, T, stored());
        connection.begin(Access::Write).unwrap();
        for number in 0..1100 {
            let key = digest(&format!("old {number}"));
            let old = KeyClaim { key, fingerprint: digest("body") };
            let id = id_at(T - 1, number);
            idempotency::claim(&mut connection, old, id, LEASE, T - 1).unwrap();
            let end = KeyEnd { key, claim: id, outcome: KeyOutcome::Unknown };
            idempotency::end(&mut connection, &end).unwrap();
        }
        connection.end(Ok(())).unwrap();

        delete_expired(&mut connection, LEASE, T + DAY).unwrap();

        for table in ["idempotency_keys", "responses"] {
            assert_eq!(connection.count(table), 1, "{}: {table}", engine.name);
        }
    });
}

#[test]
fn the_cleanup_keeps_an_expired_key_that_is_being_claimed() {
    on_every_engine(|engine| {
        if engine.name == "SQLite" {
            // The transactions of SQLite run one after the other.
            return;
        }
        let mut connection = claimed(engine);
        let mut observer = engine.connection();
        let waiting = "pg_locks WHERE NOT granted";
        let key = KeyClaim { key: digest("key"), fingerprint: digest("body") };
        let (now, id) = (T + DAY + 1, id_at(T + DAY + 1, SECOND));
        connection.begin(Access::Write).unwrap();
        let met = idempotency::claim(&mut connection, key, id, LEASE, now).unwrap();

        thread::scope(|scope| {
            let cleanup =
                scope.spawn(|| delete_expired(&mut engine.connection(), LEASE, now).unwrap());
            while observer.count(waiting) == 0 && !cleanup.is_finished() {
                thread::yield_now();
            }
            connection.end(Ok(())).unwrap();
        });

        assert_eq!(met, KeyState::New);
        assert_eq!(claim(&mut connection, 3, "body", now), KeyState::InProgress(lease(LEASE)));
    });
}

/// Claims and frees one key without a pause. Returns the number of claims.
fn claim_and_free(engine: &Engine, next: &AtomicI64, holders: &AtomicUsize) -> usize {
    let mut connection = fast_connection(engine);
    let key = KeyClaim { key: digest("key"), fingerprint: digest("body") };
    let mut claims = 0;
    for _ in 0..300 {
        let now = id::now();
        let id = id_at(now, next.fetch_add(1, SeqCst));
        let state = connection.transaction(Access::Write, |connection| {
            idempotency::claim(connection, key, id, LEASE, now)
        });
        if state.unwrap() != KeyState::New {
            continue;
        }
        assert_eq!(holders.fetch_add(1, SeqCst), 0, "{}: two requests hold the key", engine.name);
        claims += 1;
        holders.fetch_sub(1, SeqCst);
        let end = KeyEnd { key: key.key, claim: id, outcome: KeyOutcome::Free };
        let freed: Result<bool, StoreError> =
            connection.transaction(Access::Write, |connection| idempotency::end(connection, &end));
        assert!(freed.unwrap(), "{}: another request took the key", engine.name);
    }
    claims
}

#[test]
fn a_repeatedly_freed_key_has_one_holder_at_a_time() {
    on_every_engine(|engine| {
        clear(&mut engine.connection());
        let (next, holders) = (AtomicI64::new(0), AtomicUsize::new(0));

        let claims: usize = thread::scope(|scope| {
            let threads: Vec<_> =
                (0..4).map(|_| scope.spawn(|| claim_and_free(engine, &next, &holders))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });

        assert!(claims > 0, "{}", engine.name);
        assert_eq!(engine.connection().count("idempotency_keys"), 0, "{}", engine.name);
    });
}
