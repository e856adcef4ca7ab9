//! In conceal mode, response times do not reveal if an account exists. The pool of these tests
//! delays only the calls that send a message.

use std::{
    cmp::Ordering,
    time::{Duration, Instant},
};

use futures_util::future::join;
use serde_json::json;

use crate::{
    support::{PASSWORD, Response, Service},
    wait::{delay_for, until},
};

const CONCEAL: (&str, &str) = ("REGISTRATION__EXISTING_ACCOUNTS", "conceal");

/// The delay of a call that sends a message.
const MESSAGE: Duration = Duration::from_millis(20);

/// Number of samples of each kind.
const SAMPLES: usize = 60;

/// Limit of the test statistic. Two samples of one distribution exceed it in 1 of 20,000 tests.
const MAX_DEVIATIONS: f64 = 4.06;

async fn service(interval: &str) -> Service {
    let settings = [
        CONCEAL,
        ("REGISTRATION__CONCEAL_SILENT_RESEND", "true"),
        ("REGISTRATION__CONCEAL_RESPONSE_INTERVAL", interval),
    ];
    Service::start_with(&settings, |pool| pool.message_latency = MESSAGE).await
}

/// Runs a future and returns its duration and result.
async fn timed<T>(future: impl Future<Output = T>) -> (Duration, T) {
    let started = Instant::now();
    let result = future.await;
    (started.elapsed(), result)
}

/// Returns the statistic of the Mann-Whitney U test in standard deviations from its mean. Its normal
/// approximation is good for at least 20 samples.
fn deviations(one: &[Duration], other: &[Duration]) -> f64 {
    let count = |sample: &[Duration]| f64::from(u32::try_from(sample.len()).expect("few samples"));
    let (n, m) = (count(one), count(other));
    let u: f64 = one
        .iter()
        .flat_map(|a| other.iter().map(move |b| (a, b)))
        .map(|(a, b)| match a.cmp(b) {
            Ordering::Greater => 1.0,
            Ordering::Equal => 0.5,
            Ordering::Less => 0.0,
        })
        .sum();
    (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

/// Returns the times of sign-ups of new, unconfirmed and confirmed accounts, and of repeated
/// sign-ups with a silent resend. The order is random in each round. Otherwise, one kind would
/// always follow another one.
async fn sign_ups(service: &Service) -> [Vec<Duration>; 4] {
    let sign_up = async |mail: &str, number: usize| {
        let form = json!({"email": mail, "password": format!("{PASSWORD}{number}")});
        let (time, response) = timed(service.register(&form)).await;
        assert_eq!(response.status, 202, "{mail}: {}", response.text);
        time
    };
    service.register_email("unconfirmed@example.com").await;
    service.register_email("confirmed@example.com").await;
    let code = service.code_for("confirmed@example.com");
    assert_eq!(service.confirm_code("confirmed@example.com", &code).await.status, 200);
    sign_up("new-0@example.com", 0).await;
    let mut times = [const { Vec::new() }; 4];
    for number in 1..=SAMPLES {
        let [new, again] = [number, number - 1].map(|number| format!("new-{number}@example.com"));
        let mut round = [
            (0, &*new, number),
            (1, "unconfirmed@example.com", number),
            (2, "confirmed@example.com", number),
            (3, &*again, number - 1),
        ];
        fastrand::shuffle(&mut round);
        for (kind, mail, number) in round {
            times[kind].push(sign_up(mail, number).await);
            if mail == again {
                // The silent resend must not delay the next sign-up.
                let look = async || service.pool().messages(Some(mail)).len();
                until("the silent resend has sent a code", look, |messages| *messages == 2).await;
            }
        }
    }
    times
}

#[actix_web::test]
async fn sign_up_times_do_not_reveal_existing_accounts() {
    let service = service("100ms").await;

    let [new, unconfirmed, confirmed, again] = sign_ups(&service).await;

    service.wait_for_metric("silent_resends_total{outcome=\"sent\"}", SAMPLES as u64).await;
    for (case, existing) in
        [("unconfirmed", unconfirmed), ("confirmed", confirmed), ("again", again)]
    {
        let found = deviations(&new, &existing);
        assert!(found.abs() < MAX_DEVIATIONS, "{case}: {found}\n{new:?}\n{existing:?}");
    }
}

#[actix_web::test]
async fn the_test_detects_existing_accounts_without_the_delay() {
    let service = service("0s").await;

    let [new, unconfirmed, confirmed, again] = sign_ups(&service).await;

    for (case, existing) in
        [("unconfirmed", unconfirmed), ("confirmed", confirmed), ("again", again)]
    {
        let found = deviations(&new, &existing);
        assert!(found > MAX_DEVIATIONS, "{case}: {found}\n{new:?}\n{existing:?}");
    }
}

#[actix_web::test]
async fn resend_times_do_not_reveal_unknown_users() {
    let service = service("100ms").await;
    let mut times = [const { Vec::new() }; 2];

    for number in 0..SAMPLES {
        let known = format!("known-{number}@example.com");
        service.register_email(&known).await;
        let unknown = format!("unknown-{number}@example.com");
        for (mail, times) in [known, unknown].iter().zip(&mut times) {
            let (time, response) = timed(service.resend(&json!({"username": mail}))).await;
            assert_eq!(response.status, 202, "{mail}: {}", response.text);
            times.push(time);
        }
    }

    let found = deviations(&times[0], &times[1]);
    assert!(found.abs() < MAX_DEVIATIONS, "{found}\n{times:?}");
}

#[actix_web::test]
async fn delays_wrong_codes_and_not_the_right_code() {
    let service = service("5s").await;
    service.register_email("ada@example.com").await;

    let wrong = timed(service.confirm_code("ada@example.com", "000000"));
    let unknown = timed(service.confirm_code("bob@example.com", "000000"));
    let ((wrong, rejected), (unknown, unknown_user_response)) = join(wrong, unknown).await;
    let code = service.code_for("ada@example.com");
    let (right, confirmed) = timed(service.confirm_code("ada@example.com", &code)).await;

    rejected.assert_problem(422, "invalid-code", "a wrong code");
    unknown_user_response.assert_problem(422, "invalid-code", "an unknown name");
    let least = Duration::from_millis(4_999);
    assert!(wrong >= least && unknown >= least, "{wrong:?} and {unknown:?}");
    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    assert!(right < Duration::from_millis(4_500), "{right:?}");
}

#[actix_web::test]
async fn a_repeated_key_gets_no_response_before_the_delay_ends() {
    let service = service("5s").await;
    service.register_email("known@example.com").await;
    for mail in ["known@example.com", "new@example.com"] {
        let form = json!({"email": mail, "password": "Another-pass-9"});
        let request = || service.post("/register").header("Idempotency-Key", mail).json(&form);

        let first = Response::of(request());
        let during_delay = async {
            let look = async || service.sign_ups(mail).len();
            until("the call has reached the pool", look, |calls| *calls > 0).await;
            // The pool has responded by now, and the delay has not ended.
            delay_for(MESSAGE * 20).await;
            Response::of(request()).await
        };
        let (first, during_delay) = join(first, during_delay).await;

        assert_eq!(first.status, 202, "{mail}: {}", first.text);
        during_delay.assert_problem(409, "request-in-progress", mail);
    }
}

// A wait for a slot delays the call, and the response delay begins after it.
#[actix_web::test]
async fn waiting_for_a_slot_reveals_nothing() {
    let settings = [
        CONCEAL,
        ("REGISTRATION__CONCEAL_RESPONSE_INTERVAL", "4s"),
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__COGNITO__REGISTER", "1"),
        ("COGNITO__READ_TIMEOUT", "10s"),
        ("COGNITO__ATTEMPT_TIMEOUT", "10s"),
        ("COGNITO__OPERATION_TIMEOUT", "20s"),
    ];
    let latency = Duration::from_secs(2);
    let mut times = Vec::new();
    for (case, mail) in
        [("new", "new@example.com"), ("taken", "signup.username-exists@example.com")]
    {
        let service = Service::start_with(&settings, |pool| pool.message_latency = latency).await;

        let first = service.register_email("first@example.com");
        let second = async {
            let look = async || service.sign_ups("first@example.com").len();
            until("the first call has reached the pool", look, |calls| *calls > 0).await;
            timed(service.register_email(mail)).await
        };
        let (_, (time, response)) = join(first, second).await;

        assert_eq!(response.status, 202, "{case}: {}", response.text);
        // One second of waiting for the slot, and one interval.
        assert!((4_800..8_900).contains(&time.as_millis()), "{case}: {time:?}");
        times.push(time);
    }
    assert!(times[0].abs_diff(times[1]) < latency / 2, "{times:?}");
}
