//! The budget for calls to Cognito. The pool never gets more calls than the budget.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use reqwest::Client;
use serde_json::json;
use vestibule::rate_limit::Operation;

use crate::{
    own_redis::OwnRedis,
    process::Process,
    scripted::{Reply, ScriptedServer},
    site::{DATABASE_KEY, Replica, Store, replica},
    support::{PASSWORD, Response},
    wait::delay_for,
};

on_both_stores! {
    gives_the_limit_at_once_and_rejects_others_without_a_queue,
    calls_in_the_queue_get_their_slot_a_second_later,
    each_operation_has_a_budget_of_its_own,
    a_throttled_budget_is_halved_for_its_operation,
    no_call_waits_longer_than_its_limit,
    observe_mode_neither_rejects_nor_delays,
}

/// Shorter than any wait for a slot.
const SHORT: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(30);

/// Returns the number of simultaneous calls that get a slot.
async fn passed(replica: &Replica, of: usize) -> usize {
    let slots = (0..of).map(|_| replica.budget.wait_for_slot(Operation::Register, LONG));
    join_all(slots).await.iter().filter(|slot| slot.is_ok()).count()
}

async fn gives_the_limit_at_once_and_rejects_others_without_a_queue(store: Store) {
    let settings = [("LIMITS__COGNITO__REGISTER", "7"), ("LIMITS__COGNITO__QUEUE", "0")];
    let replica = store.replica(&settings).await;

    let passed = passed(&replica, 20).await;

    assert_eq!(passed, 7, "no call waits");
}

async fn calls_in_the_queue_get_their_slot_a_second_later(store: Store) {
    let settings = [("LIMITS__COGNITO__REGISTER", "5"), ("LIMITS__COGNITO__QUEUE", "3")];
    let replica = store.replica(&settings).await;
    let started = Instant::now();

    let slots = (0..20).map(|_| async {
        let slot = replica.budget.wait_for_slot(Operation::Register, LONG).await;
        (slot, started.elapsed())
    });
    let slots = join_all(slots).await;

    let at_once = |(slot, after): &&(Result<_, _>, Duration)| slot.is_ok() && *after < SHORT;
    let later = |(slot, after): &&(Result<_, _>, Duration)| slot.is_ok() && *after >= SHORT;
    let counts = (slots.iter().filter(at_once).count(), slots.iter().filter(later).count());
    assert_eq!(counts, (5, 3), "{slots:?}");
    for (slot, _) in &slots {
        let Err(full) = slot else { continue };
        let seconds = full.retry_after.as_secs_f64();
        assert!((0.1..=1.1).contains(&seconds), "{seconds}");
    }
}

async fn each_operation_has_a_budget_of_its_own(store: Store) {
    let settings = [
        ("LIMITS__COGNITO__REGISTER", "2"),
        ("LIMITS__COGNITO__CONFIRM", "3"),
        ("LIMITS__COGNITO__RESEND", "4"),
        ("LIMITS__COGNITO__QUEUE", "0"),
    ];
    let replica = store.replica(&settings).await;

    let mut passed = Vec::new();
    for operation in Operation::ALL {
        let slots = (0..9).map(|_| replica.budget.wait_for_slot(operation, LONG));
        passed.push(join_all(slots).await.iter().filter(|slot| slot.is_ok()).count());
    }

    assert_eq!(passed, [2, 3, 4]);
}

async fn a_throttled_budget_is_halved_for_its_operation(store: Store) {
    let settings = [
        ("LIMITS__COGNITO__REGISTER", "16"),
        ("LIMITS__COGNITO__CONFIRM", "3"),
        ("LIMITS__COGNITO__QUEUE", "0"),
    ];
    let replica = store.replica(&settings).await;

    replica.budget.reduce(Operation::Register);
    replica.budget.reduce(Operation::Register);
    let passed = passed(&replica, 40).await;
    let others = (0..9).map(|_| replica.budget.wait_for_slot(Operation::Confirm, LONG));
    let others = join_all(others).await.iter().filter(|slot| slot.is_ok()).count();

    assert_eq!((passed, others), (8, 3), "the second report is about earlier calls");
}

async fn no_call_waits_longer_than_its_limit(store: Store) {
    let settings = [("LIMITS__COGNITO__REGISTER", "1"), ("LIMITS__COGNITO__QUEUE", "50")];
    let replica = store.replica(&settings).await;

    let longest = Duration::from_millis(1_500);
    let slots = (0..9).map(|_| replica.budget.wait_for_slot(Operation::Register, longest));
    let passed = join_all(slots).await.iter().filter(|slot| slot.is_ok()).count();

    assert_eq!(passed, 2, "one at once, and one after a second");
}

async fn observe_mode_neither_rejects_nor_delays(store: Store) {
    let settings = [
        ("LIMITS__COGNITO__REGISTER", "2"),
        ("LIMITS__COGNITO__QUEUE", "2"),
        ("LIMITS__COGNITO__MODE", "observe"),
    ];
    let replica = store.replica(&settings).await;
    let started = Instant::now();

    let slots = (0..9).map(|_| replica.budget.wait_for_slot(Operation::Register, LONG));
    let passed = join_all(slots).await.iter().filter(|slot| slot.is_ok()).count();

    assert_eq!(passed, 9, "no call is rejected");
    assert!(started.elapsed() < SHORT, "no call waits: {:?}", started.elapsed());
    let over = "rate_limited_total{limit=\"cognito_register\",enforced=\"false\"}";
    assert_eq!(replica.counted(over), 5);
}

#[actix_web::test]
async fn replicas_share_the_slots_and_each_has_its_share_while_the_store_is_unavailable() {
    let redis = OwnRedis::start().await;
    let settings = [
        ("LIMITS__COGNITO__REGISTER", "12"),
        ("LIMITS__COGNITO__QUEUE", "0"),
        ("LIMITS__REPLICAS", "3"),
        ("LIMITS__STORE_TIMEOUT", "200ms"),
    ];
    let url = redis.url();
    let replicas = join_all((0..3).map(|_| replica(&url, &[7; 16], &settings))).await;
    let passed = async || {
        let slots = replicas.iter().flat_map(|replica| {
            (0..12).map(|_| replica.budget.wait_for_slot(Operation::Register, LONG))
        });
        join_all(slots).await.iter().filter(|slot| slot.is_ok()).count()
    };

    let started = Instant::now();
    let shared = passed().await;
    redis.pause();
    // For a second, the slots of the shared budget also count for the local shares.
    let at_once = passed().await;
    let most = if started.elapsed() < SHORT { 8 } else { 12 };
    delay_for(Duration::from_millis(1_100)).await;
    let later = passed().await;

    assert_eq!(shared, 12);
    assert!(at_once <= most, "{at_once}: the replicas used a part of their shares");
    assert_eq!(later, 12, "four for each replica");
}

/// Returns the largest number of these times in any window of this length.
fn most_within(window: Duration, times: &[Instant]) -> usize {
    let within = |first: &Instant| {
        let is_within = |time: &&Instant| **time >= *first && **time < *first + window;
        times.iter().filter(is_within).count()
    };
    times.iter().map(within).max().unwrap_or_default()
}

/// Two replicas on one Redis, with a pool that records the times of its calls.
struct Pair {
    replicas: [Process; 2],
    calls: Rc<RefCell<Vec<Instant>>>,
    client: Client,
    _redis: OwnRedis,
    _pool: ScriptedServer,
}

impl Pair {
    async fn start(a_second: &str, reply: impl Fn(usize) -> Reply + 'static) -> Self {
        let (redis, calls) = (OwnRedis::start().await, Rc::<RefCell<Vec<Instant>>>::default());
        let noted = Rc::clone(&calls);
        let pool = ScriptedServer::start(move |_| {
            noted.borrow_mut().push(Instant::now());
            reply(noted.borrow().len())
        })
        .await;
        let url = redis.url();
        let settings = [
            ("LIMITS__MODE", "enforce"),
            ("LIMITS__STORE", url.as_str()),
            ("LIMITS__STORE_TIMEOUT", "1s"),
            ("LIMITS__REPLICAS", "2"),
            DATABASE_KEY,
            ("LIMITS__ADDRESS__MODE", "off"),
            ("LIMITS__NETWORK__MODE", "off"),
            ("LIMITS__REGISTER__MODE", "off"),
            ("LIMITS__COGNITO__REGISTER", a_second),
            ("LIMITS__COGNITO__QUEUE", "10"),
            ("COGNITO__OPERATION_TIMEOUT", "10s"),
            ("COGNITO__MAX_ATTEMPTS", "1"),
        ];
        let replicas = [
            Process::serve(&settings, &pool.url).await,
            Process::serve(&settings, &pool.url).await,
        ];
        Self { replicas, calls, client: crate::support::client(), _redis: redis, _pool: pool }
    }

    /// Sends sign-ups at a constant rate. Also returns the largest delay that this machine caused.
    async fn offer(&self, count: u32, a_second: u32) -> (Vec<Response>, Duration) {
        let started = Instant::now();
        let latest = &Cell::new(Duration::ZERO);
        let sign_ups = (0..count).map(|number| async move {
            let due = Duration::from_secs(1) * number / a_second;
            delay_for(due.saturating_sub(started.elapsed())).await;
            latest.set(latest.get().max(started.elapsed().saturating_sub(due)));
            let url = &self.replicas[number as usize % 2].url;
            let form = json!({"email": format!("ada-{number}@example.com"), "password": PASSWORD});
            Response::of(self.client.post(format!("{url}/register")).json(&form)).await
        });
        (join_all(sign_ups).await, latest.get())
    }

    /// Returns the largest number of calls that the pool got in a second. The window is shorter by
    /// the delay of this machine.
    fn most_in_a_second(&self, late: Duration) -> usize {
        let window = Duration::from_secs(1).saturating_sub(late * 2);
        most_within(window, &self.calls.borrow())
    }
}

fn created() -> Reply {
    let body = json!({"UserConfirmed": true, "UserSub": "7c9e6679-7425-40de-944b-e07fc1f90ae7"});
    Reply::of("200 OK\nContent-Type: application/x-amz-json-1.1", body.to_string())
}

#[actix_web::test]
async fn the_pool_gets_no_more_than_the_budget_at_five_times_the_load() {
    let pair = Pair::start("20", |_| created()).await;

    let started = Instant::now();
    let (responses, late) = pair.offer(400, 100).await;
    let took = started.elapsed();

    let most = pair.most_in_a_second(late);
    assert!(most <= 20, "{most} in a second, {late:?} late");
    let created = responses.iter().filter(|response| response.status == 201).count();
    assert_eq!(created, pair.calls.borrow().len(), "each call has its response");
    // Four seconds of calls, the first burst, and the calls in the queue at the end.
    let longer = usize::try_from(took.as_secs().saturating_sub(4)).expect("few");
    assert!((60..=110 + 20 * longer).contains(&created), "{created} in {took:?}");
    for response in responses.iter().filter(|response| response.status != 201) {
        response.assert_problem(503, "busy", "over the budget");
        let seconds: u64 =
            response.header("retry-after").and_then(|value| value.parse().ok()).expect("seconds");
        assert!((2..=6).contains(&seconds), "{seconds}");
    }
}

#[actix_web::test]
async fn halves_the_rate_when_the_pool_throttles() {
    let throttled = json!({"__type": "TooManyRequestsException", "message": "Rate exceeded"});
    let pair = Pair::start("20", move |number| match number {
        1 | 2 => Reply::of(
            "400 Bad Request\nContent-Type: application/x-amz-json-1.1",
            throttled.to_string(),
        ),
        _ => created(),
    })
    .await;
    // One at each replica.
    for response in pair.offer(2, 100).await.0 {
        response.assert_problem(503, "busy", "the pool throttles");
    }
    pair.calls.borrow_mut().clear();

    let (_, late) = pair.offer(200, 100).await;

    // Half of the rate, and the recovery of one second.
    let most = pair.most_in_a_second(late);
    assert!(most <= 11, "{most} in a second, {late:?} late");
    let calls = pair.calls.borrow().len();
    assert!(calls >= 15, "{calls}");
    for replica in &pair.replicas {
        let lines = replica.log();
        let is_warning = |line: &&serde_json::Value| {
            line["message"].as_str().is_some_and(|text| text.starts_with("Cognito throttles calls"))
        };
        assert_eq!(lines.iter().filter(is_warning).count(), 1, "{}", replica.all_output());
    }
}
