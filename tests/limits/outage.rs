//! Redis is killed, stopped, read-only or empty under load. Limits still apply, clients within their
//! limits are admitted, and no request waits long.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use actix_web::rt::{self, task::JoinHandle};

use crate::{
    own_redis::{OwnRedis, free_port},
    process::Process,
    site::{Replica, new_address, replica},
    support::{Response, pool},
    wait::{delay_for, until},
};

/// The value of `limits.store_timeout`, long enough for an available store on a busy machine.
const STORE_TIMEOUT: Duration = Duration::from_millis(500);

/// Maximum time of a request without the store and without the delay of this machine.
const OVERHEAD: Duration = Duration::from_millis(250);

/// A burst of 100 for all replicas. The share of one of four replicas is 25.
const SETTINGS: [(&str, &str); 3] = [
    ("LIMITS__ADDRESS__BURST", "100"),
    ("LIMITS__REPLICAS", "4"),
    ("LIMITS__STORE_TIMEOUT", "500ms"),
];

/// Clients that each send one request, which every state of the store must admit.
struct Load {
    replica: Rc<Replica>,
    has_ended: Rc<Cell<bool>>,
    waits: Rc<RefCell<Vec<Duration>>>,
    /// Maximum delay of a pause beyond its duration.
    late: Rc<Cell<Duration>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Load {
    fn start(replica: &Rc<Replica>) -> Self {
        let mut load = Self {
            replica: Rc::clone(replica),
            has_ended: Rc::default(),
            waits: Rc::default(),
            late: Rc::default(),
            tasks: Vec::new(),
        };
        for _ in 0..8 {
            let (replica, has_ended) = (Rc::clone(replica), Rc::clone(&load.has_ended));
            let (waits, late) = (Rc::clone(&load.waits), Rc::clone(&load.late));
            load.tasks.push(rt::spawn(async move {
                while !has_ended.get() {
                    let started = Instant::now();
                    assert!(replica.admits(new_address()).await, "the first request of a client");
                    waits.borrow_mut().push(started.elapsed());
                    let (began, pause) = (Instant::now(), Duration::from_millis(1));
                    delay_for(pause).await;
                    late.set(late.get().max(began.elapsed().saturating_sub(pause)));
                }
            }));
        }
        load
    }

    /// Returns the number of admitted requests among 300 of one client.
    async fn admitted(&self) -> usize {
        self.replica.admitted(new_address(), 300).await
    }

    /// Returns the duration of each request, and the delay of this machine.
    async fn end(self) -> (Vec<Duration>, Duration) {
        self.has_ended.set(true);
        for task in self.tasks {
            task.await.expect("every request is admitted");
        }
        (self.waits.take(), self.late.get())
    }
}

#[actix_web::test]
async fn uses_its_share_during_an_outage_and_recovers_under_load() {
    let mut redis = OwnRedis::start().await;
    let replica = Rc::new(replica(&redis.url(), &[7; 16], &SETTINGS).await);
    let load = Load::start(&replica);
    assert_eq!(load.admitted().await, 100, "available");
    assert_eq!(replica.counted("rate_limit_fallbacks_total"), 0);

    redis.kill();
    assert_eq!(load.admitted().await, 25, "killed");
    redis.start_again().await;
    replica.until_the_store_is_available(true).await;
    assert_eq!(load.admitted().await, 100, "available again, and empty");

    redis.pause();
    assert_eq!(load.admitted().await, 25, "stopped");
    redis.resume();
    replica.until_the_store_is_available(true).await;
    assert_eq!(load.admitted().await, 100, "after a stop");

    redis.run(&["REPLICAOF", "127.0.0.1", &free_port().to_string()]);
    assert_eq!(load.admitted().await, 25, "read-only");
    redis.run(&["REPLICAOF", "NO", "ONE"]);
    replica.until_the_store_is_available(true).await;
    assert_eq!(load.admitted().await, 100, "after it was read-only");

    let fallbacks = replica.counted("rate_limit_fallbacks_total");
    redis.run(&["FLUSHALL"]);
    redis.run(&["SCRIPT", "FLUSH"]);
    assert_eq!(load.admitted().await, 100, "empty, without the script");
    assert_eq!(replica.counted("rate_limit_fallbacks_total"), fallbacks, "no outage");

    assert!(fallbacks > 75, "{fallbacks}");
    let (waits, late) = load.end().await;
    let longest = waits.iter().max().expect("there was load");
    assert!(waits.len() > 500, "{}", waits.len());
    let most = STORE_TIMEOUT + OVERHEAD + late;
    assert!(*longest < most, "{longest:?} of {} requests, {late:?} late", waits.len());
}

#[actix_web::test]
async fn an_unresponsive_store_delays_only_the_first_requests() {
    let redis = OwnRedis::start().await;
    let replica = replica(&redis.url(), &[7; 16], &SETTINGS).await;
    redis.pause();

    let started = Instant::now();
    for _ in 0..200 {
        assert!(replica.admits(new_address()).await);
    }

    let took = started.elapsed();
    // If each request waited, this would take a hundred seconds.
    let expected = STORE_TIMEOUT * 3..STORE_TIMEOUT * 20;
    assert!(expected.contains(&took), "{took:?}");
    assert_eq!(replica.counted("rate_limit_fallbacks_total"), 200);
    assert_eq!(replica.counted("rate_limit_store_up"), 0);
}

#[actix_web::test]
async fn starts_without_the_store_logs_it_once_and_recovers() {
    let mut redis = OwnRedis::start().await;
    redis.kill();
    let url = redis.url();
    let settings = [
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__STORE", url.as_str()),
        ("LIMITS__ADDRESS__BURST", "1000"),
        ("LIMITS__REGISTER__BURST", "1000"),
        ("LIMITS__NETWORK__BURST", "1000"),
    ];
    let pool = pool(&settings).await;
    let process = Process::serve(&settings, &pool.url()).await;
    let client = crate::support::client();
    let logged = |text: &str| {
        let lines = process.log();
        let has = |line: &&serde_json::Value| {
            line["message"].as_str().is_some_and(|message| message.contains(text))
        };
        lines.iter().filter(has).count()
    };
    let register = async || {
        let form = serde_json::json!({});
        Response::of(client.post(format!("{}/register", process.url)).json(&form)).await.status
    };
    let is_ready = async || {
        Response::of(client.get(format!("{}/health/ready", process.admin_url))).await.status
    };

    for round in 1..=2 {
        for _ in 0..10 {
            assert_eq!(register().await, 422, "within the limits");
        }
        assert_eq!(is_ready().await, 200, "an outage of the store does not affect readiness");
        assert_eq!(logged("rate limit store unavailable"), round);
        redis.start_again().await;
        let look = async || (logged("rate limit store available"), process.all_output());
        until("the store is available", look, |(lines, _)| *lines == round).await;
        assert_eq!(register().await, 422);
        assert_eq!(logged("rate limit store unavailable"), round, "{}", process.all_output());
        redis.kill();
    }
}
