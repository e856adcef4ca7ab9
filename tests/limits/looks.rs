//! A look has the result of a take and takes nothing, in both stores.

use vestibule::rate_limit::{ConversionSample, Exceeded, Recipient};

use crate::site::{Replica, Store};

on_both_stores! {
    looks_take_nothing,
    a_look_rejects_exactly_when_a_take_would,
    a_look_applies_the_cost_of_a_code,
    a_look_ignores_the_interval_between_messages,
    only_a_take_counts_observed_excesses,
    a_rejecting_look_is_counted,
    a_look_rejects_nothing_while_limits_are_off,
}

const ADA: Recipient<'_> = Recipient::Email("ada@example.com");
const NAME: Recipient<'_> = Recipient::Name("ada");
const PHONE: Recipient<'_> = Recipient::Phone { number: "+4915112345671", calling_code: 49 };

const FORM: [Recipient<'_>; 3] = [ADA, PHONE, NAME];

/// Budgets of three tokens for the recipients of the form.
const THREE: [(&str, &str); 5] = [
    ("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "3"),
    ("LIMITS__MESSAGES_PER_RECIPIENT__BURST", "3"),
    ("LIMITS__MESSAGES_PER_RECIPIENT__REFILL", "1h"),
    ("LIMITS__CALLING_CODE__BURST", "3"),
    ("LIMITS__CALLING_CODE__REFILL", "1h"),
];

async fn look(replica: &Replica, recipients: &[Recipient<'_>]) -> Result<(), Exceeded> {
    replica.limits.look_sign_up(recipients).await
}

async fn take(replica: &Replica, recipients: &[Recipient<'_>]) -> Result<(), Exceeded> {
    replica.limits.sign_up(recipients).await.map(drop)
}

async fn looks_take_nothing(store: Store) {
    let replica = store.replica(&THREE).await;

    for _ in 0..20 {
        assert_eq!(look(&replica, &FORM).await, Ok(()));
    }
    let mut taken = 0;
    for _ in 0..5 {
        taken += usize::from(take(&replica, &FORM).await.is_ok());
        let _ = look(&replica, &FORM).await;
    }

    assert_eq!(taken, 3);
}

async fn a_look_rejects_exactly_when_a_take_would(store: Store) {
    for (rule, burst, form) in [
        ("SIGN_UPS_PER_RECIPIENT", "2", &[ADA, PHONE, NAME][..]),
        ("SIGN_UPS_PER_RECIPIENT", "2", &[NAME]),
        ("MESSAGES_PER_RECIPIENT", "2", &[ADA, NAME]),
        ("CALLING_CODE", "2", &[PHONE, NAME]),
    ] {
        let name = format!("LIMITS__{rule}__BURST");
        let mut settings = THREE.to_vec();
        settings.push((&name, burst));
        let replica = store.replica(&settings).await;
        let mut rejections = 0;

        for number in 0..4 {
            let (looked, taken) = (look(&replica, form).await, take(&replica, form).await);

            assert_eq!(looked.is_ok(), taken.is_ok(), "{rule}, {form:?}, {number}");
            if let (Err(looked), Err(taken)) = (looked, taken) {
                let later = looked.retry_after.abs_diff(taken.retry_after);
                assert!(later.as_secs() < 5, "{rule}, {form:?}: {looked:?}, {taken:?}");
                rejections += 1;
            }
        }

        assert!((1..4).contains(&rejections), "{rule}, {form:?}: {rejections}");
    }
}

async fn a_look_applies_the_cost_of_a_code(store: Store) {
    let settings = [("LIMITS__CALLING_CODE__BURST", "10"), ("LIMITS__CALLING_CODE__REFILL", "1h")];
    let replica = store.replica(&settings).await;
    let sample = ConversionSample { calling_code: 49, sent: 100, confirmed: 10 };
    replica.limits.update_costs(&[sample]);

    let mut looked = Vec::new();
    for name in ["ada", "bob", "eve", "max"].map(Recipient::Name) {
        looked.push(look(&replica, &[PHONE, name]).await.is_ok());
        let _ = take(&replica, &[PHONE, name]).await;
    }

    assert_eq!(looked, [true, true, true, false], "three tokens each, of ten");
}

async fn a_look_ignores_the_interval_between_messages(store: Store) {
    let settings =
        [("LIMITS__MESSAGE_COOLDOWN__MODE", ""), ("LIMITS__MESSAGE_COOLDOWN__REFILL", "1h")];
    let replica = store.replica(&settings).await;
    let charge = replica.limits.sign_up(&[ADA, NAME]).await.expect("the first one");
    assert!(charge.has_message_budget());

    let sign_up = replica.limits.look_sign_up(&[ADA, NAME]).await;
    let second = replica.limits.sign_up(&[ADA, NAME]).await.expect("the second one");

    assert!(sign_up.is_ok(), "{sign_up:?}");
    assert!(!second.has_message_budget());
}

async fn only_a_take_counts_observed_excesses(store: Store) {
    let mut settings = THREE.to_vec();
    settings.push(("LIMITS__MODE", "observe"));
    let replica = store.replica(&settings).await;

    for _ in 0..5 {
        let (looked, taken) = (look(&replica, &FORM).await, take(&replica, &FORM).await);
        assert_eq!((looked, taken), (Ok(()), Ok(())));
    }

    let counted = |limit: &str, is_enforced: bool| {
        replica
            .counted(&format!("rate_limited_total{{limit=\"{limit}\",enforced=\"{is_enforced}\"}}"))
    };
    // Two recipients were each signed up twice too often.
    assert_eq!(
        (counted("sign_ups_per_recipient", false), counted("sign_ups_per_recipient", true)),
        (4, 0)
    );
    assert_eq!((counted("calling_code", false), counted("calling_code", true)), (2, 0));
}

async fn a_rejecting_look_is_counted(store: Store) {
    let replica = store.replica(&THREE).await;
    for _ in 0..3 {
        take(&replica, &[NAME]).await.expect("three tokens are left");
    }

    for _ in 0..4 {
        look(&replica, &[NAME]).await.expect_err("no token is left");
    }

    // The first exhausted budget rejects.
    let rejected = r#"rate_limited_total{limit="messages_per_recipient",enforced="true"}"#;
    assert_eq!(replica.counted(rejected), 4);
}

async fn a_look_rejects_nothing_while_limits_are_off(store: Store) {
    let mut settings = THREE.to_vec();
    settings.push(("LIMITS__MODE", "off"));
    let replica = store.replica(&settings).await;

    for _ in 0..5 {
        let (looked, taken) = (look(&replica, &FORM).await, take(&replica, &FORM).await);
        assert_eq!((looked, taken), (Ok(()), Ok(())));
    }
}
