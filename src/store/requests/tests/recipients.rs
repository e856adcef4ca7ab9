//! The records of messages: the counted codes, and the remembered recipients.

use std::{
    sync::atomic::{AtomicI64, Ordering::SeqCst},
    thread,
};

use super::support::{LEASE, T, digest, fast_connection, id_at};
use crate::store::{
    audit::attempts::Operation,
    cleanup::delete_expired,
    database::{Access, Connection},
    error::StoreError,
    requests::recipients::{
        self, CallingCodeCount, MINUTE, Message, MessageRecipients, count, delete, look_up,
    },
    tests::support::on_every_engine,
    writer::state::{Rejections, write_rejections},
};

const GRACE: i64 = 3 * MINUTE;

fn sent(calling_code: u16) -> Message {
    Message::Sent { calling_code: Some(calling_code), remembered: None, is_created: true }
}

fn confirmed(calling_code: u16) -> Message {
    Message::Confirmed { calling_code: Some(calling_code), name: digest("unknown") }
}

fn recipients(calling_code: Option<u16>, digests: &[&str]) -> MessageRecipients {
    let digests = digests.iter().map(|&digest| digest.to_owned()).collect();
    MessageRecipients { calling_code, digests }
}

fn remembered(name: &str, recipients: MessageRecipients) -> Message {
    let remembered = Some((digest(name), recipients));
    Message::Sent { calling_code: None, remembered, is_created: true }
}

fn perhaps(name: &str, recipients: MessageRecipients) -> Message {
    let remembered = Some((digest(name), recipients));
    Message::Sent { calling_code: None, remembered, is_created: false }
}

/// Writes messages in a transaction. `ids` is the next id.
fn write(
    connection: &mut Connection,
    messages: &[Message],
    ids: &AtomicI64,
    now: i64,
) -> Result<(), StoreError> {
    connection.transaction(Access::Write, |connection| {
        let mut next_id = || ids.fetch_add(1, SeqCst);
        recipients::write(connection, messages, &mut next_id, now)
    })
}

#[test]
fn counts_the_codes_of_an_hour_without_the_youngest_codes() {
    on_every_engine(|engine| {
        let mut connection = engine.connection();
        let ids = AtomicI64::new(id_at(T, 0));
        for (minutes_ago, messages) in [
            (70, &[sent(44), confirmed(44)][..]),
            (50, &[sent(44), sent(44), sent(49)]),
            (50, &[sent(44), confirmed(44)]),
            (10, &[confirmed(44), sent(44)]),
            (1, &[sent(44), sent(44), confirmed(49)]),
        ] {
            write(&mut connection, messages, &ids, T - minutes_ago * MINUTE).unwrap();
        }

        let [now, without_grace, later] = [(GRACE, T), (0, T), (GRACE, T + 55 * MINUTE)]
            .map(|(grace, now)| count(&mut connection, grace, now).unwrap());

        let count =
            |calling_code, sent, confirmed| CallingCodeCount { calling_code, sent, confirmed };
        assert_eq!(now, [count(44, 4, 2), count(49, 1, 1)], "{}", engine.name);
        assert_eq!(without_grace, [count(44, 6, 2), count(49, 1, 1)], "{}", engine.name);
        assert_eq!(later, [count(44, 2, 0), count(49, 0, 1)], "{}", engine.name);
    });
}

#[test]
fn remembers_the_last_recipients_of_a_name_until_its_account_is_confirmed() {
    on_every_engine(|engine| {
        let mut connection = engine.connection();
        let ids = AtomicI64::new(id_at(T, 0));
        let messages = [
            remembered("ada", recipients(Some(44), &["x", "y"])),
            remembered("bob", recipients(None, &["z"])),
            remembered("ada", recipients(Some(49), &["v", "w"])),
        ];
        write(&mut connection, &messages, &ids, T).unwrap();
        let mut known = |name: &str| look_up(&mut engine.connection(), digest(name)).unwrap();
        let before = ["ada", "bob", "eve"].map(&mut known);

        let confirmed = Message::Confirmed { calling_code: None, name: digest("ada") };
        write(&mut connection, &[confirmed], &ids, T).unwrap();
        let deleted = delete(&mut connection, digest("bob")).unwrap();

        let expected =
            [Some(recipients(Some(49), &["v", "w"])), Some(recipients(None, &["z"])), None];
        assert_eq!(before, expected, "{}", engine.name);
        assert_eq!(["ada", "bob"].map(known), [None, None], "{}", engine.name);
        assert_eq!(deleted, 1, "{}", engine.name);
        let counted = count(&mut connection, 0, T).unwrap();
        let by_name = CallingCodeCount { calling_code: 49, sent: 0, confirmed: 1 };
        assert_eq!(counted, [by_name], "{}", engine.name);
    });
}

#[test]
fn an_unknown_outcome_does_not_replace_the_recipients_of_a_name() {
    on_every_engine(|engine| {
        let ids = AtomicI64::new(id_at(T, 0));
        for (case, messages) in [
            (
                "after the account",
                vec![
                    remembered("ada", recipients(Some(44), &["x"])),
                    perhaps("ada", recipients(Some(49), &["y"])),
                ],
            ),
            ("alone", vec![perhaps("ada", recipients(Some(44), &["x"]))]),
            (
                "before the account",
                vec![
                    perhaps("ada", recipients(Some(49), &["y"])),
                    remembered("ada", recipients(Some(44), &["x"])),
                ],
            ),
        ] {
            let mut connection = engine.connection();
            delete(&mut connection, digest("ada")).unwrap();
            for message in messages {
                write(&mut connection, &[message], &ids, T).unwrap();
            }

            let known = look_up(&mut connection, digest("ada")).unwrap();

            assert_eq!(known, Some(recipients(Some(44), &["x"])), "{}: {case}", engine.name);
            assert_eq!(connection.count("recipients"), 1, "{}: {case}", engine.name);
        }
    });
}

#[test]
fn deletes_counts_after_two_hours() {
    on_every_engine(|engine| {
        let mut connection = engine.connection();
        let ids = AtomicI64::new(id_at(T, 0));
        let messages = [sent(44), remembered("ada", recipients(None, &["x"]))];
        write(&mut connection, &messages, &ids, T).unwrap();

        for (minutes, expected) in [(120, 1), (121, 0)] {
            delete_expired(&mut connection, LEASE, T + minutes * MINUTE).unwrap();
            let rows = connection.count("calling_codes");
            assert_eq!(rows, expected, "{}: {minutes}", engine.name);
        }
        assert_eq!(connection.count("recipients"), 1, "{}", engine.name);
    });
}

#[test]
fn replicas_with_the_same_names_do_not_block_each_other() {
    on_every_engine(|engine| {
        let ids = AtomicI64::new(id_at(T, 0));
        let names: Vec<String> = (0..20).map(|number| format!("name {number}")).collect();
        let forwards: Vec<Message> =
            names.iter().map(|name| remembered(name, recipients(None, &["x"]))).collect();
        let backwards: Vec<Message> = forwards.iter().rev().cloned().collect();
        write(&mut engine.connection(), &forwards, &ids, T).unwrap();

        thread::scope(|scope| {
            for messages in [&forwards, &backwards] {
                scope.spawn(|| {
                    let mut connection = fast_connection(engine);
                    for _ in 0..50 {
                        let written = write(&mut connection, messages, &ids, T);
                        assert!(written.is_ok(), "{}: {written:?}", engine.name);
                    }
                });
            }
        });
    });
}

#[test]
fn counts_rejections_by_minute_operation_and_code() {
    on_every_engine(|engine| {
        let mut connection = engine.connection();
        let rejections = Rejections::from([
            ((Operation::Register, "too_many_requests"), 2),
            ((Operation::Register, "invalid_registration"), 3),
            ((Operation::Resend, "too_many_requests"), 1),
        ]);

        for now in [T, T + 1, T + MINUTE] {
            write_rejections(&mut connection, &rejections, now).unwrap();
        }

        let sql = "SELECT minute, operation, code, count FROM rejections ORDER BY 1, 2, 3";
        let rows: Vec<(i64, String, String, i64)> = connection
            .rows(sql)
            .iter()
            .map(|row| (row.int(0) - T / MINUTE, row.text(1), row.text(2), row.int(3)))
            .collect();
        let row = |minute, operation: &str, code: &str, count| {
            (minute, operation.to_owned(), code.to_owned(), count)
        };
        let expected = [
            row(0, "register", "invalid_registration", 6),
            row(0, "register", "too_many_requests", 4),
            row(0, "resend", "too_many_requests", 2),
            row(1, "register", "invalid_registration", 3),
            row(1, "register", "too_many_requests", 2),
            row(1, "resend", "too_many_requests", 1),
        ];
        assert_eq!(rows, expected, "{}", engine.name);
    });
}
