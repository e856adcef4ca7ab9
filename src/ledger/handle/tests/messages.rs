//! Messages are counted over all replicas, and outages lose no more than a few of them.

use super::*;
use crate::ledger::{
    CallingCodeCount, MessageRecipients,
    tests::support::{on_every_engine, until},
};

#[tokio::test]
async fn replicas_agree_on_what_was_sent_and_confirmed() {
    on_every_engine(async |engine| {
        let replicas = [engine.ledger(|_| {}).await, engine.ledger(|_| {}).await];
        let digests = vec!["one".to_owned(), "other".to_owned()];
        let whom = MessageRecipients { calling_code: Some(44), digests };

        for number in 0..40 {
            let replica = &replicas[number % 2];
            replica.message_sent(Some(44), (number == 0).then(|| ("ada", whom.clone())));
            replica.message_sent(None, None);
        }
        replicas[1].message_confirmed(Some(49), "+4915112345671");
        let known = async || replicas[1].message_recipients("ada").await.unwrap();
        until("the name is known", known, Option::is_some).await;
        replicas[1].message_confirmed(None, "ada");
        replicas[1].message_confirmed(None, "nobody");

        let expected = [
            CallingCodeCount { calling_code: 44, sent: 40, confirmed: 1 },
            CallingCodeCount { calling_code: 49, sent: 0, confirmed: 1 },
        ];
        for replica in &replicas {
            let look = async || replica.calling_codes(Duration::ZERO).await.unwrap();
            until("they are counted", look, |counts| *counts == expected).await;
        }
        assert_eq!(known().await, Some(whom), "{}", engine.name);
        assert_eq!(replicas[0].message_recipients("nobody").await.unwrap(), None);
        let young = replicas[0].calling_codes(Duration::from_mins(5)).await.unwrap();
        assert!(young.iter().all(|count| count.sent == 0), "{}: {young:?}", engine.name);
        for replica in replicas {
            replica.close().await;
        }
    })
    .await;
}
