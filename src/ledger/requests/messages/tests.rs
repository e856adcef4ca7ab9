//! What is counted and remembered of messages.

use super::*;
use crate::ledger::tests::support::{count as rows, on_every_engine};

const NOW: i64 = 1_800_000_000_000;
const GRACE: i64 = 3 * MINUTE;

fn sent(calling_code: u16) -> Message {
    Message::Sent { calling_code: Some(calling_code), remembered: None }
}

fn confirmed(calling_code: u16) -> Message {
    Message::Confirmed { calling_code: Some(calling_code), name: String::new() }
}

fn remembered(name: &str, calling_code: Option<u16>, digests: &[&str]) -> Message {
    let digests = digests.iter().map(|&digest| digest.to_owned()).collect();
    let whom = MessageRecipients { calling_code, digests };
    Message::Sent { calling_code: None, remembered: Some((name.to_owned(), whom)) }
}

#[tokio::test]
async fn counts_an_hour_and_spares_what_is_young() {
    on_every_engine(async |engine| {
        let mut connection = engine.connection().await;
        for (minutes_ago, messages) in [
            (70, &[sent(44), confirmed(44)][..]),
            (50, &[sent(44), sent(44), sent(49)]),
            (50, &[sent(44), confirmed(44)]),
            (10, &[confirmed(44), sent(44)]),
            (1, &[sent(44), sent(44), confirmed(49)]),
        ] {
            let at = NOW - minutes_ago * MINUTE;
            write(&mut connection, messages.iter(), at).await.unwrap();
        }

        let now = counted(&mut connection, GRACE, NOW).await.unwrap();
        let without_grace = counted(&mut connection, 0, NOW).await.unwrap();
        let later = counted(&mut connection, GRACE, NOW + 55 * MINUTE).await.unwrap();

        let count =
            |calling_code, sent, confirmed| CallingCodeCount { calling_code, sent, confirmed };
        assert_eq!(now, [count(44, 4, 2), count(49, 1, 1)], "{}", engine.name);
        assert_eq!(without_grace, [count(44, 6, 2), count(49, 1, 1)], "{}", engine.name);
        assert_eq!(later, [count(44, 2, 0), count(49, 0, 1)], "{}", engine.name);
    })
    .await;
}

#[tokio::test]
async fn knows_for_a_week_whom_the_messages_of_a_name_go_to() {
    on_every_engine(async |engine| {
        let mut connection = engine.connection().await;
        let messages = [
            remembered("ada", Some(44), &["x", "y"]),
            remembered("bob", None, &["z"]),
            remembered("ada", Some(49), &["w"]),
            Message::Confirmed { calling_code: None, name: "ada".into() },
        ];
        write(&mut connection, messages.iter().take(3), NOW).await.unwrap();
        write(&mut connection, messages.iter().skip(3), NOW).await.unwrap();
        let known = async |connection: &mut _, name: &str, now| {
            let known = recipients(connection, name, now).await.unwrap();
            known.map(|known| (known.calling_code, known.digests.join(" ")))
        };

        let ada = Some((Some(49), "w".to_owned()));
        assert_eq!(known(&mut connection, "ada", NOW).await, ada, "the last one counts");
        assert_eq!(known(&mut connection, "bob", NOW).await, Some((None, "z".to_owned())));
        assert_eq!(known(&mut connection, "eve", NOW).await, None);
        assert_eq!(known(&mut connection, "ada", NOW + WEEK).await, None, "{}", engine.name);
        let counted = counted(&mut connection, 0, NOW).await.unwrap();
        assert_eq!((counted[0].calling_code, counted[0].confirmed), (49, 1), "by the name");
    })
    .await;
}

#[tokio::test]
async fn forgets_what_no_longer_counts() {
    on_every_engine(async |engine| {
        let mut connection = engine.connection().await;
        let messages = [sent(44), remembered("ada", None, &["x"])];
        write(&mut connection, messages.iter(), NOW).await.unwrap();
        write(&mut connection, [sent(44)].iter(), NOW + 100 * MINUTE).await.unwrap();

        assert_eq!(forget(&mut connection, NOW + 100 * MINUTE).await.unwrap(), 0);
        assert_eq!(forget(&mut connection, NOW + 121 * MINUTE).await.unwrap(), 1);
        assert_eq!(forget(&mut connection, NOW + WEEK).await.unwrap(), 2);

        for table in ["calling_codes", "message_recipients"] {
            assert_eq!(rows(&mut connection, table).await, 0, "{}: {table}", engine.name);
        }
    })
    .await;
}
