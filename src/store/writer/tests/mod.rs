//! The parts of the writer: ids, names, the queue, and batches that fail.

mod batches;

use std::{
    collections::BTreeSet,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::{Command, Ids, Names, Queue};
use crate::store::{
    database::Digest,
    id,
    requests::recent_sign_ups::{SignUpIntent, insert},
    tests::support::{Engine, on_every_engine},
};

const T: i64 = 1_800_000_000_000;

fn name(number: u8) -> Digest {
    [number; 16]
}

#[test]
fn ids_grow_even_if_the_clock_goes_back() {
    let mut ids = Ids::default();

    let given: Vec<i64> =
        [T, T, T + 1, T - 60_000, T, T + 2].into_iter().map(|now| ids.next(now)).collect();

    assert!(given.is_sorted_by(|one, next| one < next), "{given:?}");
    assert_eq!(given.iter().map(|id| id - id::first_at(T)).take(2).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(id::time(given[5]), T + 2);
}

#[test]
fn ids_follow_the_ids_of_another_process_on_the_same_file() {
    let engine = Engine::sqlite();
    let mut connection = engine.connection();
    let ahead = T + 60_000;
    for (table, columns, values) in [
        ("sign_ups", "id, name, pair, network", "x'00', x'00', x'00'"),
        ("confirms", "id, name, code", "x'00', x'00'"),
        ("attempts", "id, seal, operation, outcome, code, digest", "1, 'o', 'o', 'c', x'00'"),
        ("idempotency_keys", "claim, key, fingerprint, is_takeover", "x'00', x'00', 0"),
        ("recipients", "id, name, recipients", "x'00', ''"),
    ] {
        let last = id::first_at(ahead) + 7;
        connection.run_all(&format!("INSERT INTO {table} ({columns}) VALUES ({last}, {values})"));

        let mut ids = Ids::default();
        ids.note(&mut connection).unwrap();

        assert_eq!(ids.next(T), last + 1, "{table}");
        connection.run_all(&format!("DELETE FROM {table}"));
    }
}

#[test]
fn ids_differ_among_all_sessions_of_a_server() {
    on_every_engine(|engine| {
        if engine.name == "SQLite" {
            return;
        }
        // The counts are below and above the size of a block.
        for count in [1, 64, 1500] {
            let sessions: Vec<_> = thread::scope(|scope| {
                let give = || {
                    let (mut connection, mut ids) = (engine.connection(), Ids::default());
                    let mut given = Vec::new();
                    for _ in 0..20 {
                        ids.reserve(&mut connection, count).unwrap();
                        given.extend((0..count).map(|_| ids.next(T)));
                    }
                    given
                };
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(give)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });

            let given: Vec<i64> = sessions.into_iter().flatten().collect();
            let different: BTreeSet<i64> = given.iter().copied().collect();
            assert_eq!(different.len(), given.len(), "{count} at once");
            assert!(given.iter().all(|id| id::time(*id) == T), "{count} at once");
        }
    });
}

#[test]
fn drops_the_oldest_names_beyond_the_capacity() {
    let mut names = Names::with_capacity(3);

    for number in 0..5 {
        names.push(100 + i64::from(number), &name(number % 2));
    }

    assert_eq!(names.complete_from(), 102);
    assert_eq!(names.ids(&name(0)).collect::<Vec<_>>(), [102, 104]);
    assert_eq!(names.ids(&name(1)).collect::<Vec<_>>(), [103]);
}

#[test]
fn drops_expired_names() {
    let mut names = Names::with_capacity(8);
    for id in [100, 101, 102] {
        names.push(id, &name(0));
    }

    names.drop_before(102);

    assert_eq!(names.ids(&name(0)).collect::<Vec<_>>(), [102]);
    assert_eq!(names.complete_from(), 102);
}

#[test]
fn reads_names_of_another_process_once() {
    let engine = Engine::sqlite();
    let mut connection = engine.connection();
    let mut store = |id, number| {
        let intent = SignUpIntent {
            name: name(number),
            alias: name(number),
            pair: name(0),
            network: name(0),
        };
        insert(&mut connection, id, &intent).unwrap();
    };
    let (mut names, mut other) = (Names::with_capacity(8), engine.connection());
    store(99, 1);
    store(100, 1);
    names.read(&mut other, 100).unwrap();
    store(101, 2);
    names.push(101, &name(2));
    store(102, 1);

    names.read(&mut other, 100).unwrap();

    assert_eq!(names.ids(&name(1)).collect::<Vec<_>>(), [100, 102]);
    assert_eq!(names.ids(&name(2)).collect::<Vec<_>>(), [101]);
    assert_eq!(names.complete_from(), 100);
}

#[test]
fn a_late_id_hides_no_name() {
    let mut names = Names::with_capacity(2);
    for id in [100, 101, 50, 102] {
        names.push(id, &name(0));
    }

    names.push(103, &name(0));

    assert_eq!(names.ids(&name(0)).collect::<Vec<_>>(), [102, 103]);
    assert_eq!(names.complete_from(), 102);
}

#[test]
fn a_command_wakes_the_writer_while_the_cleanup_sleeps() {
    let queue = Queue::new(1);
    let asleep = Duration::from_secs(20);
    let (taken, batches) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| queue.sleep(asleep));
        scope.spawn(|| {
            while !queue.is_closing() {
                let batch = queue.next_batch(None, Instant::now() + asleep, 64);
                taken.send(batch.len()).unwrap();
            }
        });

        for _ in 0..5 {
            assert!(queue.push(Command::Run(Box::new(|_| {}))).is_ok());
            let batch = batches.recv_timeout(asleep / 2);
            if batch.is_err() {
                queue.close();
            }
            assert_eq!(batch, Ok(1));
        }
        queue.close();
    });
}

#[test]
fn a_full_queue_rejects_commands_until_there_is_room() {
    let queue = Queue::new(1);
    let push = || queue.push(Command::Run(Box::new(|_| {}))).is_ok();

    let pushed = (0..5000).filter(|_| push()).count();
    let batch = queue.next_batch(None, Instant::now(), 64);

    assert_eq!(pushed, 4096);
    assert_eq!(batch.len(), 64);
    assert!(push());
    assert_eq!(queue.end().len(), 4096 - 64 + 1);
    assert!(!push(), "the queue is closed");
}

#[test]
fn the_capacity_of_a_queue_follows_the_requests_in_progress() {
    for (requests, expected) in [(1, 4096), (2048, 4096), (5000, 10_000), (usize::MAX, 65_536)] {
        let queue = Queue::new(requests);

        let push = || queue.push(Command::Run(Box::new(|_| {}))).is_ok();
        let pushed = (0..70_000).filter(|_| push()).count();

        assert_eq!(pushed, expected, "{requests}");
    }
}
