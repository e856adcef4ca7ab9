//! Messages that several replicas record.

use std::time::Duration;

use super::support::{block_on, close, open_two, until};
use crate::store::{CallingCodeCount, MessageRecipients, tests::support::on_every_engine};

#[test]
fn replicas_agree_on_sent_and_confirmed_codes() {
    on_every_engine(|engine| {
        let replicas = open_two(engine);
        let digests = vec!["one".to_owned(), "other".to_owned()];
        let recipients = MessageRecipients { calling_code: Some(44), digests };
        let known = |name: &str| block_on(replicas[1].message_recipients(name)).unwrap();
        for number in 0..40 {
            let replica = &replicas[number % 2];
            let remembered = (number == 0).then(|| ("Ada", recipients.clone()));
            replica.message_sent(Some(44), remembered, true);
            replica.message_sent(None, None, false);
        }
        let before = until("the name is known", || known("ada"), Option::is_some);

        replicas[1].message_confirmed(Some(49), "+4915112345671");
        replicas[1].message_confirmed(None, "ada");
        replicas[1].message_confirmed(None, "eve");

        let expected = [
            CallingCodeCount { calling_code: 44, sent: 40, confirmed: 1 },
            CallingCodeCount { calling_code: 49, sent: 0, confirmed: 1 },
        ];
        for replica in &replicas {
            let count = || block_on(replica.calling_codes(Duration::ZERO)).unwrap();
            until("the store has counted the codes", count, |counts| *counts == expected);
        }
        assert_eq!(before, Some(recipients), "{}", engine.name);
        assert_eq!(["ada", "eve"].map(known), [None, None], "{}", engine.name);
        let young = block_on(replicas[0].calling_codes(Duration::from_mins(5))).unwrap();
        assert!(young.iter().all(|count| count.sent == 0), "{}: {young:?}", engine.name);
        close(replicas);
    });
}
