//! A look decides as a take would, and takes nothing, in both stores.

use vestibule::rate_limit::{ConversionSample, Exceeded, Recipient};

use crate::site::{Replica, Store};

on_both_stores! {
    looks_take_nothing,
    a_look_rejects_exactly_when_a_take_would,
    a_look_knows_what_a_code_costs,
    a_look_rejects_no_sign_up_for_the_time_between_messages,
    only_a_take_counts_what_is_observed,
    a_rejecting_look_is_counted,
    a_look_rejects_nothing_while_limits_are_off,
}

const ADA: Recipient<'_> = Recipient::Email("ada@example.com");
const NAME: Recipient<'_> = Recipient::Name("ada");
const PHONE: Recipient<'_> = Recipient::Phone { number: "+4915112345671", calling_code: 49 };

/// The budgets behind the form, each with room for three.
const THREE: [(&str, &str); 7] = [
    ("LIMITS__RECIPIENT__BURST", "3"),
    ("LIMITS__MESSAGES__BURST", "3"),
    ("LIMITS__MESSAGES__REFILL", "1h"),
    ("LIMITS__CALLING_CODE__BURST", "3"),
    ("LIMITS__CALLING_CODE__REFILL", "1h"),
    ("LIMITS__CONFIRM_NAME__BURST", "3"),
    ("LIMITS__CONFIRM_NAME__REFILL", "1h"),
];

/// A step behind the form.
#[derive(Clone, Copy, Debug)]
enum Step {
    SignUp(&'static [Recipient<'static>]),
    Resend(&'static [Recipient<'static>], Option<u16>),
    Confirm(&'static str),
}

impl Step {
    async fn look(self, replica: &Replica) -> Result<(), Exceeded> {
        match self {
            Self::SignUp(recipients) => replica.limits.look_sign_up(recipients).await,
            Self::Resend(recipients, code) => replica.limits.look_resend(recipients, code).await,
            Self::Confirm(name) => replica.limits.look_confirm(name).await,
        }
    }

    async fn take(self, replica: &Replica) -> Result<(), Exceeded> {
        let charge = match self {
            Self::SignUp(recipients) => replica.limits.sign_up(recipients).await,
            Self::Resend(recipients, code) => replica.limits.resend(recipients, code).await,
            Self::Confirm(name) => replica.limits.confirm(name).await,
        };
        charge.map(drop)
    }
}

async fn looks_take_nothing(store: Store) {
    for step in [
        Step::SignUp(&[ADA, PHONE, NAME]),
        Step::Resend(&[ADA, NAME], Some(49)),
        Step::Confirm("ada"),
    ] {
        let replica = store.replica(&THREE).await;

        for _ in 0..20 {
            assert_eq!(step.look(&replica).await, Ok(()), "{step:?}");
        }
        let mut taken = 0;
        for _ in 0..5 {
            taken += usize::from(step.take(&replica).await.is_ok());
            let _ = step.look(&replica).await;
        }

        // Resends leave one message for a sign-up.
        let expected = if matches!(step, Step::Resend(..)) { 2 } else { 3 };
        assert_eq!(taken, expected, "{step:?}");
    }
}

async fn a_look_rejects_exactly_when_a_take_would(store: Store) {
    for (rule, burst, step) in [
        ("RECIPIENT", "2", Step::SignUp(&[ADA, PHONE, NAME])),
        ("RECIPIENT", "2", Step::SignUp(&[NAME])),
        ("MESSAGES", "2", Step::SignUp(&[ADA, NAME])),
        ("CALLING_CODE", "2", Step::SignUp(&[PHONE, NAME])),
        ("MESSAGES", "2", Step::Resend(&[ADA, NAME], None)),
        ("CALLING_CODE", "1", Step::Resend(&[NAME], Some(49))),
        ("CONFIRM_NAME", "2", Step::Confirm("ada")),
    ] {
        let name = format!("LIMITS__{rule}__BURST");
        let mut settings = THREE.to_vec();
        settings.push((&name, burst));
        let replica = store.replica(&settings).await;
        let mut rejections = 0;

        for number in 0..4 {
            let (looked, taken) = (step.look(&replica).await, step.take(&replica).await);

            assert_eq!(looked.is_ok(), taken.is_ok(), "{rule}, {step:?}, {number}");
            if let (Err(looked), Err(taken)) = (looked, taken) {
                let later = looked.retry_after.abs_diff(taken.retry_after);
                assert!(later.as_secs() < 5, "{rule}, {step:?}: {looked:?}, {taken:?}");
                rejections += 1;
            }
        }

        assert!((1..4).contains(&rejections), "{rule}, {step:?}: {rejections}");
    }
}

async fn a_look_knows_what_a_code_costs(store: Store) {
    let settings = [("LIMITS__CALLING_CODE__BURST", "10"), ("LIMITS__CALLING_CODE__REFILL", "1h")];
    let replica = store.replica(&settings).await;
    let sample = ConversionSample { calling_code: 49, sent: 100, confirmed: 10 };
    replica.limits.update_costs(&[sample]);
    let names = ["ada", "bob", "eve", "max"].map(Recipient::Name);

    let mut looked = Vec::new();
    for name in names {
        looked.push(replica.limits.look_resend(&[name], Some(49)).await.is_ok());
        let _ = replica.limits.resend(&[name], Some(49)).await;
    }

    assert_eq!(looked, [true, true, true, false], "three tokens each, of ten");
}

async fn a_look_rejects_no_sign_up_for_the_time_between_messages(store: Store) {
    let settings =
        [("LIMITS__MESSAGE_INTERVAL__MODE", ""), ("LIMITS__MESSAGE_INTERVAL__REFILL", "1h")];
    let replica = store.replica(&settings).await;
    let charge = replica.limits.sign_up(&[ADA, NAME]).await.expect("the first one");
    assert!(charge.has_message_budget());

    let sign_up = replica.limits.look_sign_up(&[ADA, NAME]).await;
    let resend = replica.limits.look_resend(&[ADA, NAME], None).await;
    let second = replica.limits.sign_up(&[ADA, NAME]).await.expect("the second one");

    assert!(sign_up.is_ok() && resend.is_err(), "{sign_up:?}, {resend:?}");
    assert!(!second.has_message_budget());
}

async fn only_a_take_counts_what_is_observed(store: Store) {
    let mut settings = THREE.to_vec();
    settings.push(("LIMITS__MODE", "observe"));
    let replica = store.replica(&settings).await;

    for _ in 0..5 {
        let step = Step::SignUp(&[ADA, PHONE, NAME]);
        assert_eq!((step.look(&replica).await, step.take(&replica).await), (Ok(()), Ok(())));
    }

    let counted = |limit: &str, is_enforced: bool| {
        replica
            .counted(&format!("over_limit_total{{limit=\"{limit}\",enforced=\"{is_enforced}\"}}"))
    };
    // Two recipients were each signed up twice too often.
    assert_eq!((counted("recipient", false), counted("recipient", true)), (4, 0));
    assert_eq!((counted("calling_code", false), counted("calling_code", true)), (2, 0));
}

async fn a_rejecting_look_is_counted(store: Store) {
    let replica = store.replica(&THREE).await;
    for _ in 0..3 {
        Step::Confirm("ada").take(&replica).await.expect("there is room for three");
    }

    for _ in 0..4 {
        Step::Confirm("ada").look(&replica).await.expect_err("there is no room left");
    }

    let rejected = r#"over_limit_total{limit="confirm_name",enforced="true"}"#;
    assert_eq!(replica.counted(rejected), 4);
}

async fn a_look_rejects_nothing_while_limits_are_off(store: Store) {
    let mut settings = THREE.to_vec();
    settings.push(("LIMITS__MODE", "off"));
    let replica = store.replica(&settings).await;

    for _ in 0..5 {
        for step in [Step::SignUp(&[ADA, PHONE, NAME]), Step::Confirm("ada")] {
            assert_eq!((step.look(&replica).await, step.take(&replica).await), (Ok(()), Ok(())));
        }
    }
}
