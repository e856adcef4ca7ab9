//! Limits on messages to one recipient and to one calling code, in both stores.

use std::time::Duration;

use vestibule::rate_limit::{ConversionSample, Recipient};

use crate::{site::Store, wait::delay_for};

on_both_stores! {
    two_messages_to_one_recipient_need_an_interval,
    sign_ups_and_resends_count_as_messages_to_one_recipient,
    refunds_the_tokens_of_a_message_that_was_not_sent,
    a_rejected_request_takes_no_tokens,
    a_calling_code_with_few_confirmations_costs_more,
}

async fn two_messages_to_one_recipient_need_an_interval(store: Store) {
    let settings =
        [("LIMITS__MESSAGE_COOLDOWN__MODE", ""), ("LIMITS__MESSAGE_COOLDOWN__REFILL", "3s")];
    let replica = store.replica(&settings).await;
    let (ada, name) = (Recipient::Email("ada@example.com"), Recipient::Name("ada"));

    let _ = replica.limits.sign_up(&[ada, name]).await.expect("the first one");
    let by_name = replica.limits.resend(&[name], None).await.expect_err("too soon");
    let by_tag = replica.limits.resend(&[Recipient::Email("Ada+a@example.com")], None).await;
    let other = replica.limits.resend(&[Recipient::Name("grace")], None).await;
    // The test waits for a time, because it is about this time.
    delay_for(by_name.retry_after + Duration::from_millis(2)).await;
    let again = replica.limits.resend(&[name], None).await;

    assert!(by_tag.is_err() && other.is_ok() && again.is_ok(), "{by_tag:?} {other:?} {again:?}");
}

async fn sign_ups_and_resends_count_as_messages_to_one_recipient(store: Store) {
    let ada = Recipient::Email("ada@example.com");
    let phone = Recipient::Phone { number: "+4915112345671", calling_code: 49 };
    let [email_name, phone_name, chosen] =
        ["ada@example.com", "+4915112345671", "ada"].map(Recipient::Name);
    for (mode, signs_up, resends) in [
        ("email", vec![ada, email_name], vec![ada, email_name]),
        ("email with a number", vec![ada, phone, email_name], vec![ada, email_name]),
        ("phone", vec![phone, phone_name], vec![phone, phone_name]),
        ("chosen", vec![ada, phone, chosen], vec![chosen]),
        ("chosen, by an alias", vec![ada, phone, chosen], vec![phone, phone_name]),
    ] {
        let replica = store.replica(&[]).await;

        let signed_up = replica.limits.sign_up(&signs_up).await.is_ok();
        let mut sent = 0;
        for _ in 0..5 {
            sent += usize::from(replica.limits.resend(&resends, None).await.is_ok());
        }

        assert!(signed_up, "{mode}");
        assert_eq!(sent, 2, "{mode}: three in all");
    }
    let replica = store.replica(&[]).await;
    let digest = replica.limits.digest(&ada);
    let _ = replica.limits.sign_up(&[ada, chosen]).await.expect("the first one");
    for (recipient, is_sent) in
        [(Recipient::Remembered(&digest), true), (ada, true), (ada, false), (chosen, true)]
    {
        let sent = replica.limits.resend(&[recipient], None).await.is_ok();
        assert_eq!(sent, is_sent, "{recipient:?}: the digest names the same recipient");
    }
}

async fn refunds_the_tokens_of_a_message_that_was_not_sent(store: Store) {
    let settings = [
        ("LIMITS__MESSAGE_COOLDOWN__MODE", ""),
        ("LIMITS__MESSAGE_COOLDOWN__REFILL", "1h"),
        ("LIMITS__CALLING_CODE__BURST", "2"),
        ("LIMITS__CALLING_CODE__REFILL", "1h"),
        ("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "10"),
    ];
    let replica = store.replica(&settings).await;
    let phone = Recipient::Phone { number: "+4915112345671", calling_code: 49 };

    for attempt in 0..9 {
        let charge = replica.limits.sign_up(&[phone]).await;
        let charge = charge.unwrap_or_else(|_| panic!("attempt {attempt}"));
        replica.limits.refund_messages(charge).await;
    }
    let _ = replica.limits.sign_up(&[phone]).await.expect("the tenth try to sign up");
    let resent = replica.limits.resend(&[phone], None).await;

    assert!(resent.is_err(), "the token of the message is taken");
    let other = Recipient::Phone { number: "+4915112345672", calling_code: 49 };
    let _ = replica.limits.resend(&[other], None).await.expect("the second of the code");
}

async fn a_rejected_request_takes_no_tokens(store: Store) {
    let settings = [
        ("LIMITS__CALLING_CODE__BURST", "1"),
        ("LIMITS__CALLING_CODE__REFILL", "1h"),
        ("LIMITS__MESSAGES_PER_RECIPIENT__BURST", "1"),
    ];
    let replica = store.replica(&settings).await;
    let phone = |number| Recipient::Phone { number, calling_code: 49 };
    let ada = Recipient::Email("ada@example.com");
    let _ = replica.limits.resend(&[phone("+4915112345671")], None).await.expect("the only one");

    let rejected = replica.limits.sign_up(&[ada, phone("+4915112345672")]).await;
    let without = replica.limits.sign_up(&[ada]).await;

    assert!(rejected.is_err(), "the calling code is used up");
    assert!(without.is_ok(), "the address lost no token: {without:?}");
}

async fn a_calling_code_with_few_confirmations_costs_more(store: Store) {
    let settings = [("LIMITS__CALLING_CODE__BURST", "10"), ("LIMITS__CALLING_CODE__REFILL", "1h")];
    for (confirmed, expected) in [(100, 10), (20, 5), (0, 1)] {
        let replica = store.replica(&settings).await;
        let samples = [ConversionSample { calling_code: 49, sent: 100, confirmed }];

        replica.limits.update_costs(&samples);
        let mut sent = 0;
        for number in 0..20 {
            let number = format!("+49151123456{number:02}");
            let recipient = Recipient::Phone { number: &number, calling_code: 49 };
            sent += usize::from(replica.limits.resend(&[recipient], None).await.is_ok());
        }
        let other = Recipient::Phone { number: "+447911123456", calling_code: 44 };
        let _ = replica.limits.resend(&[other], None).await.expect("another calling code");

        assert_eq!(sent, expected, "{confirmed} of 100 confirmed");
        let metric = r#"sms_cost_multiplier{calling_code="49"}"#;
        let cost = [(100, 0), (20, 2), (0, 20)].iter().find(|(of, _)| *of == confirmed);
        assert_eq!(Some(replica.counted(metric)), cost.map(|(_, cost)| *cost), "{confirmed}");
    }
}
