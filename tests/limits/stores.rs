//! Tests of both stores, and of the shared store.

use std::{net::IpAddr, time::Duration};

use futures_util::future::join_all;
use vestibule::rate_limit::{Reason, Recipient, Route};

use crate::{
    site::{Replica, Store, new_address, replica},
    wait::delay_for,
};

on_both_stores! {
    admits_exactly_the_burst_of_simultaneous_requests,
    reports_the_remaining_tokens_and_the_time_to_retry,
    admits_one_request_after_the_reported_time,
    an_address_over_its_budget_takes_nothing_from_the_network,
    a_network_has_one_budget_for_all_its_addresses,
    an_observed_rule_rejects_nothing,
    has_no_budget_for_a_rule_that_is_off,
    a_mailbox_has_one_budget_for_all_cases_and_tags,
    a_calling_code_has_one_budget_for_sign_ups_and_codes,
    a_user_name_has_budgets_for_entered_and_sent_codes,
    each_route_has_a_budget_of_its_own,
}

async fn retry_after(replica: &Replica, address: IpAddr) -> Duration {
    match replica.limits.admit(address, Route::Register).await.expect_err("it is rejected").reason {
        Reason::OverLimit(exceeded) => exceeded.retry_after,
        Reason::Busy => panic!("the total is not exceeded"),
    }
}

async fn admits_exactly_the_burst_of_simultaneous_requests(store: Store) {
    for burst in [1, 2, 20, 300] {
        let replica = store.replica(&[("LIMITS__ADDRESS__BURST", &burst.to_string())]).await;
        let address = new_address();

        let requests = (0..burst + 50).map(|_| replica.admits(address));
        let admitted = join_all(requests).await.into_iter().filter(|admitted| *admitted).count();

        assert_eq!(admitted, burst);
    }
}

async fn reports_the_remaining_tokens_and_the_time_to_retry(store: Store) {
    let settings = [("LIMITS__ADDRESS__BURST", "2"), ("LIMITS__ADDRESS__REFILL", "10s")];
    let replica = store.replica(&settings).await;
    let address = new_address();

    let first = replica.limits.admit(address, Route::Register).await.expect("one is left");
    let second = replica.limits.admit(address, Route::Register).await.expect("one is left");
    let rejected = replica.limits.admit(address, Route::Register).await.expect_err("none is left");

    let [first, second, third] =
        [&first.budgets, &second.budgets, &rejected.budgets].map(|budgets| budgets[0]);
    assert_eq!((first.name, first.quota, first.remaining), ("address", 2, 1));
    assert_eq!((first.window, first.reset), (Duration::from_secs(20), Duration::from_secs(10)));
    assert_eq!((second.remaining, second.reset), (0, Duration::from_secs(20)));
    assert_eq!((third.remaining, third.reset), (0, Duration::from_secs(20)));
    let seconds = retry_after(&replica, address).await.as_secs_f64();
    assert!((8.0..=10.0).contains(&seconds), "{seconds}");
}

async fn admits_one_request_after_the_reported_time(store: Store) {
    let settings = [("LIMITS__ADDRESS__BURST", "2"), ("LIMITS__ADDRESS__REFILL", "3s")];
    let replica = store.replica(&settings).await;
    let address = new_address();
    assert_eq!(replica.admitted(address, 2).await, 2);

    // The test waits for a time, because it is about this time.
    delay_for(retry_after(&replica, address).await + Duration::from_millis(2)).await;
    let admitted = replica.admitted(address, 2).await;

    assert_eq!(admitted, 1, "one token was refilled");
}

async fn an_address_over_its_budget_takes_nothing_from_the_network(store: Store) {
    let settings = [
        ("LIMITS__ADDRESS__BURST", "2"),
        ("LIMITS__NETWORK__MODE", "enforce"),
        ("LIMITS__NETWORK__BURST", "5"),
        ("LIMITS__NETWORK__REFILL", "1h"),
    ];
    let replica = store.replica(&settings).await;
    let [ada, grace, mary] = [1, 2, 3].map(|last| IpAddr::from([192, 0, 2, last]));

    let admitted = [
        replica.admitted(ada, 50).await,
        replica.admitted(grace, 50).await,
        replica.admitted(mary, 50).await,
    ];

    assert_eq!(admitted, [2, 2, 1], "five of the network, two of each address");
}

async fn a_network_has_one_budget_for_all_its_addresses(store: Store) {
    let settings = [
        ("LIMITS__NETWORK__MODE", "enforce"),
        ("LIMITS__NETWORK__BURST", "3"),
        ("LIMITS__NETWORK__REFILL", "1h"),
    ];
    let replica = store.replica(&settings).await;

    for (address, is_admitted) in [
        ("198.51.100.1", true),
        ("198.51.100.2", true),
        ("::ffff:198.51.100.3", true),
        ("198.51.100.4", false),
        ("198.51.101.1", true),
        ("2001:db8:7:1::1", true),
        ("2001:db8:7:2::1", true),
        ("2001:db8:7:3::1", true),
        ("2001:db8:7:4::1", false),
        ("2001:db8:8:1::1", true),
    ] {
        let address: IpAddr = address.parse().expect("an address");
        assert_eq!(replica.admits(address).await, is_admitted, "{address}");
    }
}

async fn an_observed_rule_rejects_nothing(store: Store) {
    let settings = [
        ("LIMITS__ADDRESS__BURST", "2"),
        ("LIMITS__ADDRESS__MODE", "observe"),
        ("LIMITS__NETWORK__MODE", "enforce"),
        ("LIMITS__NETWORK__BURST", "6"),
        ("LIMITS__NETWORK__REFILL", "1h"),
    ];
    let replica = store.replica(&settings).await;
    let address = IpAddr::from([192, 0, 2, 7]);

    let admitted = replica.admitted(address, 10).await;
    let rejected = replica.limits.admit(address, Route::Register).await.expect_err("none is left");

    assert_eq!(admitted, 6, "the next rule is enforced");
    let names: Vec<&str> = rejected.budgets.iter().map(|budget| budget.name).collect();
    assert_eq!(names, ["network"], "an observed rule is not reported");
    assert_eq!(replica.counted(r#"rate_limited_total{limit="address",enforced="false"}"#), 9);
    assert_eq!(replica.counted(r#"rate_limited_total{limit="network",enforced="true"}"#), 5);
}

async fn has_no_budget_for_a_rule_that_is_off(store: Store) {
    for settings in [
        [("LIMITS__ADDRESS__BURST", "1"), ("LIMITS__ADDRESS__MODE", "off")],
        [("LIMITS__ADDRESS__BURST", "1"), ("LIMITS__MODE", "off")],
    ] {
        let replica = store.replica(&settings).await;

        assert_eq!(replica.admitted(new_address(), 30).await, 30, "{settings:?}");
    }
}

async fn a_mailbox_has_one_budget_for_all_cases_and_tags(store: Store) {
    let replica = store.replica(&[("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "2")]).await;
    let sign_up =
        async |recipients: &[Recipient<'_>]| replica.limits.sign_up(recipients).await.is_ok();
    let phone = |number| Recipient::Phone { number, calling_code: 1 };

    assert!(sign_up(&[Recipient::Email("ada@example.com")]).await);
    assert!(sign_up(&[Recipient::Email("ada+spring@EXAMPLE.com")]).await);
    assert!(!sign_up(&[Recipient::Email("Ada+autumn@example.com")]).await);
    assert!(sign_up(&[Recipient::Email("ada@example.org")]).await);
    let both = [Recipient::Email("grace@example.com"), phone("+14155550100")];
    assert!(sign_up(&both).await);
    assert!(sign_up(&[phone("+14155550100")]).await);
    assert!(!sign_up(&both).await, "the budget of the number is empty");
}

async fn a_calling_code_has_one_budget_for_sign_ups_and_codes(store: Store) {
    let settings = [("LIMITS__CALLING_CODE__BURST", "2"), ("LIMITS__CALLING_CODE__REFILL", "1h")];
    let replica = store.replica(&settings).await;
    let sign_up = async |number, calling_code| {
        let recipient = Recipient::Phone { number, calling_code };
        replica.limits.sign_up(&[recipient]).await.is_ok()
    };
    let resend = async |recipient, calling_code| {
        replica.limits.resend(&[recipient], calling_code).await.is_ok()
    };

    assert!(sign_up("+4915112345671", 49).await);
    assert!(resend(Recipient::Name("ada"), Some(49)).await);
    assert!(!sign_up("+4915112345673", 49).await);
    let number = Recipient::Phone { number: "+4915112345674", calling_code: 49 };
    assert!(!resend(number, None).await);
    assert!(sign_up("+441632960001", 44).await);
    assert!(resend(Recipient::Email("ada@example.com"), None).await);
}

async fn a_user_name_has_budgets_for_entered_and_sent_codes(store: Store) {
    let replica = store.replica(&[]).await;
    let (mut tried, mut sent) = (0, 0);

    for _ in 0..20 {
        tried += usize::from(replica.limits.confirm("ada@example.com").await.is_ok());
        let name = [Recipient::Name("ADA@example.com")];
        sent += usize::from(replica.limits.resend(&name, None).await.is_ok());
    }

    assert_eq!((tried, sent), (10, 2), "below the 15 and 5 of Cognito, and one is left to sign up");
    let ada = [Recipient::Name("ada@example.com")];
    assert!(replica.limits.sign_up(&ada).await.is_ok(), "the one that is left");
    assert!(replica.limits.confirm("ada+a@example.com").await.is_ok(), "another account");
}

async fn each_route_has_a_budget_of_its_own(store: Store) {
    let mut settings = vec![("LIMITS__ADDRESS__BURST", "100")];
    settings.extend([("LIMITS__REGISTER__BURST", "3"), ("LIMITS__REGISTER__MODE", "enforce")]);
    settings.extend([("LIMITS__CONFIRM__BURST", "4"), ("LIMITS__RESEND__BURST", "5")]);
    for refill in ["REGISTER", "CONFIRM", "RESEND"] {
        settings.push(match refill {
            "REGISTER" => ("LIMITS__REGISTER__REFILL", "1h"),
            "CONFIRM" => ("LIMITS__CONFIRM__REFILL", "1h"),
            _ => ("LIMITS__RESEND__REFILL", "1h"),
        });
    }
    let replica = store.replica(&settings).await;
    let address = new_address();

    for (route, burst) in [(Route::Register, 3), (Route::Confirm, 4), (Route::Resend, 5)] {
        let mut admitted = 0;
        for _ in 0..10 {
            admitted += usize::from(replica.limits.admit(address, route).await.is_ok());
        }
        assert_eq!(admitted, burst, "{route:?}");
    }
}

#[actix_web::test]
async fn exactly_one_of_two_replicas_takes_the_last_token() {
    let (store, fleet) = (Store::Redis.url(), fastrand::u128(..).to_be_bytes());
    let settings = [("LIMITS__ADDRESS__BURST", "3")];
    let one = replica(&store, &fleet, &settings).await;
    let other = replica(&store, &fleet, &settings).await;

    for round in 0..200 {
        let address = new_address();
        assert_eq!(one.admitted(address, 1).await + other.admitted(address, 1).await, 2);

        let last = join_all([one.admits(address), other.admits(address)]).await;

        assert_ne!(last[0], last[1], "round {round}: {last:?}");
    }
}

#[actix_web::test]
async fn keys_in_the_store_contain_no_personal_data_and_expire() {
    let fleet = fastrand::u128(..).to_be_bytes();
    let replica = replica(&Store::Redis.url(), &fleet, &[]).await;
    let client = ::redis::Client::open(Store::Redis.url()).expect("a url");
    let mut connection = client.get_multiplexed_async_connection().await.expect("Redis responds");
    let recipient = Recipient::Phone { number: "+14155550177", calling_code: 1 };

    assert!(replica.admits(IpAddr::from([198, 51, 100, 177])).await);
    let _ = replica.limits.sign_up(&[recipient]).await.expect("the first one");
    let _ = replica.limits.confirm("eve177@example.com").await.expect("the first one");

    let keys: Vec<String> =
        ::redis::cmd("KEYS").arg("*").query_async(&mut connection).await.expect("keys");
    assert!(keys.len() >= 3, "{keys:?}");
    for key in keys {
        let parts: Vec<&str> = key.split(':').collect();
        assert!(parts.len() == 4 && parts[0] == "vestibule" && parts[3].len() == 22, "{key}");
        let value: Option<String> =
            ::redis::cmd("GET").arg(&key).query_async(&mut connection).await.expect("a value");
        assert!(value.is_none_or(|value| value.bytes().all(|byte| byte.is_ascii_digit())), "{key}");
        let left: i64 =
            ::redis::cmd("PTTL").arg(&key).query_async(&mut connection).await.expect("a time");
        assert_ne!(left, -1, "{key} does not expire");
    }
}
