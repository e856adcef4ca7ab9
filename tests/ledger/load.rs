//! Clients that register, each with a key, and do not give up: what they must never see is
//! asserted here, whatever happens to the service in the meantime.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::{Duration, Instant},
};

use actix_web::rt::time::sleep;
use futures_util::future::join_all;

use crate::{
    site::{Site, assert_replayed, form, is_in_progress, is_replayed},
    support::Answer,
};

/// How long a key may take to its final answer: a lease or two, and whatever is away meanwhile.
const PATIENCE: Duration = Duration::from_mins(1);

/// Registrations at whatever replicas there are, until the load is told to end.
pub(crate) struct Load<'a> {
    site: &'a Site,
    /// Where replicas listen; nothing where one is being replaced.
    urls: RefCell<Vec<Option<String>>>,
    started: Cell<u32>,
    is_ending: Cell<bool>,
    /// What happened, and how often.
    seen: RefCell<BTreeMap<&'static str, u32>>,
    acknowledged: RefCell<Vec<Acknowledged>>,
}

/// A key that has its final answer.
struct Acknowledged {
    key: String,
    answer: Answer,
}

impl<'a> Load<'a> {
    pub(crate) fn new(site: &'a Site, replicas: usize) -> Self {
        Self {
            site,
            urls: RefCell::new(vec![None; replicas]),
            started: Cell::default(),
            is_ending: Cell::default(),
            seen: RefCell::default(),
            acknowledged: RefCell::default(),
        }
    }

    /// Says where a replica listens from now on.
    pub(crate) fn lead_to(&self, replica: usize, url: Option<&str>) {
        self.urls.borrow_mut()[replica] = url.map(str::to_owned);
    }

    /// Lets so many clients register one after the other, until [`Load::end`].
    pub(crate) async fn run(&self, clients: usize) {
        join_all((0..clients).map(|_| self.client())).await;
    }

    /// Lets the clients finish what they have begun, and no more.
    pub(crate) fn end(&self) {
        self.is_ending.set(true);
    }

    /// How often this was seen: `created`, `pending`, `in progress`, `unavailable`, `lost`, …
    pub(crate) fn seen(&self, what: &str) -> u32 {
        self.seen.borrow().get(what).copied().unwrap_or_default()
    }

    /// Everything that was seen.
    pub(crate) fn summary(&self) -> String {
        format!("{:?}", self.seen.borrow())
    }

    /// Waits until something has been seen so many times more.
    pub(crate) async fn until_seen(&self, what: &str, times: u32) {
        let (wanted, deadline) = (self.seen(what) + times, Instant::now() + PATIENCE);
        while self.seen(what) < wanted {
            assert!(Instant::now() < deadline, "never seen: {what}: {}", self.summary());
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asks for every final answer once more, now that all is well.
    pub(crate) async fn ask_all_again(&self) {
        let acknowledged = self.acknowledged.take();
        assert!(!acknowledged.is_empty(), "nothing was acknowledged: {}", self.summary());
        for some in acknowledged.chunks(16) {
            join_all(some.iter().map(|known| async {
                let again = self.final_answer(&known.key).await;
                assert_replayed(&again, &known.answer, &known.key);
                // The pool forgets the oldest names where there are very many.
                let in_pool = self.site.in_pool(&known.key);
                assert!(in_pool.accounts <= 1, "{}: {in_pool:?}", known.key);
            }))
            .await;
        }
    }

    async fn client(&self) {
        while !self.is_ending.get() {
            let number = self.started.get();
            self.started.set(number + 1);
            let key = email(number);
            let answer = self.final_answer(&key).await;
            let again = self.final_answer(&key).await;

            assert_replayed(&again, &answer, &key);
            assert_eq!(self.site.in_pool(&key).accounts, 1, "{key}: {}", answer.text);
            self.count(if answer.status == 201 { "created" } else { "pending" });
            if answer.status == 202 && !key.starts_with("signup.") {
                self.count("taken over");
            }
            self.acknowledged.borrow_mut().push(Acknowledged { key, answer });
        }
    }

    /// Asks until there is an answer for good: no answer, "under way" and "try again" are none.
    async fn final_answer(&self, key: &str) -> Answer {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let wait = match self.ask(key).await {
                Some(answer) if answer.status == 201 || answer.status == 202 => return answer,
                Some(answer) if is_in_progress(&answer) => {
                    self.count("in progress");
                    let seconds = answer.header("retry-after").and_then(|value| value.parse().ok());
                    Duration::from_secs(seconds.expect("it says when to come back"))
                }
                Some(answer) => {
                    // 409 account-exists would say that somebody else has the account.
                    assert!(matches!(answer.status, 502..=504), "{key}: {}", answer.text);
                    assert!(!is_replayed(&answer), "{key}: {}", answer.text);
                    let is_unavailable = answer.json()["code"] == "unavailable";
                    self.count(if is_unavailable { "unavailable" } else { "failed" });
                    Duration::from_millis(100)
                }
                None => {
                    self.count("lost");
                    Duration::from_millis(20)
                }
            };
            assert!(Instant::now() < deadline, "{key}: no final answer: {}", self.summary());
            sleep(wait.min(Duration::from_secs(1))).await;
        }
    }

    /// Asks any replica; nothing where there is none, or where it dies before it has answered.
    async fn ask(&self, key: &str) -> Option<Answer> {
        let urls: Vec<String> = self.urls.borrow().iter().flatten().cloned().collect();
        let url = fastrand::choice(&urls)?;
        let request = self.site.client.post(format!("{url}/register")).json(&form(key));
        let response = request.header("idempotency-key", key).send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Some(Answer { status, headers, text: response.text().await.ok()? })
    }

    fn count(&self, what: &'static str) {
        *self.seen.borrow_mut().entry(what).or_default() += 1;
    }
}

/// Most are ordinary; some make Cognito fail after it has created the account, or before.
fn email(number: u32) -> String {
    match number % 10 {
        0 => format!("signup.created-then-internal-error+{number}@example.com"),
        1 => format!("signup.reset-after+{number}@example.com"),
        2 => format!("signup.throttled-once+{number}@example.com"),
        3 => format!("signup.code-delivery-failure+{number}@example.com"),
        _ => format!("somebody-{number}@example.com"),
    }
}
