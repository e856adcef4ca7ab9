//! In conceal mode, how long an answer takes does not tell either whether there is an account:
//! the pool of these tests takes its time to send a message, and answers the rest at once.

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

/// How much longer a new account takes than one that exists.
const MESSAGE: Duration = Duration::from_millis(20);

/// Samples of each kind.
const SAMPLES: usize = 60;

/// How far the test statistic may be from what chance alone would make of it: beyond 4.06, two
/// samples of one distribution are found once in 20,000 times.
const MOST_DEVIATIONS: f64 = 4.06;

async fn service(step: &str) -> Service {
    let settings = [
        CONCEAL,
        ("REGISTRATION__CONCEAL_SILENT_RESEND", "true"),
        ("REGISTRATION__CONCEAL_RESPONSE_INTERVAL", step),
    ];
    Service::start_with(&settings, |pool| pool.message_latency = MESSAGE).await
}

/// How long something takes.
async fn timed<T>(what: impl Future<Output = T>) -> (Duration, T) {
    let began = Instant::now();
    let result = what.await;
    (began.elapsed(), result)
}

/// The statistic of Mann and Whitney's test (also Wilcoxon's rank-sum test), as deviations from
/// what two samples of one distribution give on average; the normal approximation is good from
/// about 20 samples on.
fn deviations(one: &[Duration], other: &[Duration]) -> f64 {
    let count = |sample: &[Duration]| f64::from(u32::try_from(sample.len()).expect("few samples"));
    let (n, m) = (count(one), count(other));
    let wins: f64 = one
        .iter()
        .flat_map(|a| other.iter().map(move |b| (a, b)))
        .map(|(a, b)| match a.cmp(b) {
            Ordering::Greater => 1.0,
            Ordering::Equal => 0.5,
            Ordering::Less => 0.0,
        })
        .sum();
    (wins - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

/// The times of sign-ups of new, unconfirmed and confirmed accounts, and of people who sign up
/// again and are sent another code; taken in turns, and in another order each time, so that none
/// always comes after the same other one.
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
        let mut turns = [
            (0, &*new, number),
            (1, "unconfirmed@example.com", number),
            (2, "confirmed@example.com", number),
            (3, &*again, number - 1),
        ];
        fastrand::shuffle(&mut turns);
        for (kind, mail, number) in turns {
            times[kind].push(sign_up(mail, number).await);
            if mail == again {
                // The other code must not keep the next one waiting.
                let look = async || service.pool().messages(Some(mail)).len();
                until("another code is sent", look, |messages| *messages == 2).await;
            }
        }
    }
    times
}

#[actix_web::test]
async fn a_sign_up_takes_as_long_for_an_account_that_exists() {
    let service = service("100ms").await;

    let [new, unconfirmed, confirmed, again] = sign_ups(&service).await;

    assert_eq!(service.metric("silent_resends_total{outcome=\"sent\"}").await, SAMPLES as u64);
    for (case, existing) in
        [("unconfirmed", unconfirmed), ("confirmed", confirmed), ("again", again)]
    {
        let found = deviations(&new, &existing);
        assert!(found.abs() < MOST_DEVIATIONS, "{case}: {found}\n{new:?}\n{existing:?}");
    }
}

#[actix_web::test]
async fn without_a_time_to_conceal_by_the_same_test_tells_them_apart() {
    let service = service("0s").await;

    let [new, unconfirmed, confirmed, again] = sign_ups(&service).await;

    for (case, existing) in
        [("unconfirmed", unconfirmed), ("confirmed", confirmed), ("again", again)]
    {
        let found = deviations(&new, &existing);
        assert!(found > MOST_DEVIATIONS, "{case}: {found}\n{new:?}\n{existing:?}");
    }
}

#[actix_web::test]
async fn a_resend_takes_as_long_where_there_is_nobody_to_send_to() {
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
    assert!(found.abs() < MOST_DEVIATIONS, "{found}\n{times:?}");
}

#[actix_web::test]
async fn a_wrong_code_waits_and_the_right_one_does_not() {
    let service = service("5s").await;
    service.register_email("ada@example.com").await;

    let wrong = timed(service.confirm_code("ada@example.com", "000000"));
    let unknown = timed(service.confirm_code("bob@example.com", "000000"));
    let ((wrong, rejected), (unknown, stranger)) = join(wrong, unknown).await;
    let code = service.code_for("ada@example.com");
    let (right, confirmed) = timed(service.confirm_code("ada@example.com", &code)).await;

    rejected.assert_problem(422, "invalid-code", "a wrong code");
    stranger.assert_problem(422, "invalid-code", "an unknown name");
    let least = Duration::from_millis(4_999);
    assert!(wrong >= least && unknown >= least, "{wrong:?} and {unknown:?}");
    assert_eq!(confirmed.status, 200, "{}", confirmed.text);
    assert!(right < Duration::from_millis(4_500), "{right:?}");
}

#[actix_web::test]
async fn who_asks_again_with_the_same_key_learns_no_earlier() {
    let service = service("5s").await;
    service.register_email("known@example.com").await;
    for mail in ["known@example.com", "new@example.com"] {
        let form = json!({"email": mail, "password": "Another-pass-9"});
        let keyed = || service.post("/register").header("Idempotency-Key", mail).json(&form);

        let first = Response::of(keyed());
        let meanwhile = async {
            let look = async || service.sign_ups(mail).len();
            until("the call is made", look, |calls| *calls > 0).await;
            // By then it is answered, and the time that conceals it is not over.
            delay_for(MESSAGE * 20).await;
            Response::of(keyed()).await
        };
        let (first, meanwhile) = join(first, meanwhile).await;

        assert_eq!(first.status, 202, "{mail}: {}", first.text);
        meanwhile.assert_problem(409, "request-in-progress", mail);
    }
}

/// A turn that is waited for moves the call, and with it the whole of the time behind it.
#[actix_web::test]
async fn who_waits_for_a_turn_learns_no_more_than_who_does_not() {
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
            until("the first is sent", look, |calls| *calls > 0).await;
            timed(service.register_email(mail)).await
        };
        let (_, (time, response)) = join(first, second).await;

        assert_eq!(response.status, 202, "{case}: {}", response.text);
        // A second until its turn, and a step.
        assert!((4_800..8_900).contains(&time.as_millis()), "{case}: {time:?}");
        times.push(time);
    }
    assert!(times[0].abs_diff(times[1]) < latency / 2, "{times:?}");
}
