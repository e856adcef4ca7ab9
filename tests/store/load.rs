//! Clients that register, each with a key, and do not give up: what they must never see is
//! asserted here, whatever happens to the service in the meantime.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::{Duration, Instant},
};

use futures_util::future::join_all;

use crate::{
    site::{Site, assert_replayed, form, is_in_progress, is_replayed},
    support::Response,
    wait::{TIMEOUT, delay_for, until, until_found},
};

/// So many wait at once, before nobody new comes.
const MOST_WAITING: usize = 400;

/// Registrations at whatever replicas there are, until the load is told to end.
pub(crate) struct Load<'a> {
    site: &'a Site,
    /// Where replicas listen; nothing where one is being replaced.
    urls: RefCell<Vec<Option<String>>>,
    started: Cell<u32>,
    is_ending: Cell<bool>,
    /// Those that have to come back later. Meanwhile others register, so that a lease that has
    /// to run out does not end the load.
    waiting: RefCell<Vec<Registration>>,
    acknowledged: RefCell<Vec<Registration>>,
    /// What happened, and how often.
    seen: RefCell<BTreeMap<&'static str, u32>>,
}

/// A key, and how far it is.
struct Registration {
    key: String,
    started: Instant,
    due: Instant,
    /// The first final answer; the next one must be the same.
    answer: Option<Response>,
}

impl<'a> Load<'a> {
    pub(crate) fn new(site: &'a Site, replicas: usize) -> Self {
        Self {
            site,
            urls: RefCell::new(vec![None; replicas]),
            started: Cell::default(),
            is_ending: Cell::default(),
            waiting: RefCell::default(),
            acknowledged: RefCell::default(),
            seen: RefCell::default(),
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
        let wanted = self.seen(what) + times;
        let look = async || (self.seen(what), self.summary());
        until(what, look, |(seen, _)| *seen >= wanted).await;
    }

    /// Asks for every final answer once more, now that all is well.
    pub(crate) async fn ask_all_again(&self) {
        let acknowledged = self.acknowledged.take();
        assert!(!acknowledged.is_empty(), "nothing was acknowledged: {}", self.summary());
        for some in acknowledged.chunks(16) {
            join_all(some.iter().map(|known| self.ask_again(known))).await;
        }
    }

    async fn ask_again(&self, known: &Registration) {
        let key = &known.key;
        let look = async || match self.ask(key).await {
            Some(answer) if is_final(&answer) => Ok(answer),
            // The last of its connections may only now find out that its server was away.
            answer => {
                self.pause(key, answer.as_ref());
                Err((answer, self.summary()))
            }
        };
        let again = until_found(key, look).await;
        assert_replayed(&again, known.answer.as_ref().expect("it was answered"), key);
        // The pool forgets the oldest names where there are very many.
        let in_pool = self.site.in_pool(key);
        assert!(in_pool.accounts <= 1, "{key}: {in_pool:?}");
    }

    async fn client(&self) {
        while !self.is_done() {
            match self.next() {
                Some(registration) => self.go_on(registration).await,
                None => delay_for(Duration::from_millis(10)).await,
            }
        }
    }

    fn is_done(&self) -> bool {
        self.is_ending.get() && self.waiting.borrow().is_empty()
    }

    /// Who is to come next: one that has waited, or a new one, or nobody just now.
    fn next(&self) -> Option<Registration> {
        let now = Instant::now();
        let mut waiting = self.waiting.borrow_mut();
        if let Some(index) = waiting.iter().position(|registration| registration.due <= now) {
            return Some(waiting.swap_remove(index));
        }
        if self.is_ending.get() || waiting.len() >= MOST_WAITING {
            return None;
        }
        let number = self.started.get();
        self.started.set(number + 1);
        Some(Registration { key: email(number), started: now, due: now, answer: None })
    }

    /// Asks once, and then waits, asks for the replay, or is done.
    async fn go_on(&self, mut registration: Registration) {
        let key = &registration.key;
        let asked = self.ask(key).await;
        if let Some(answer) = asked.as_ref().filter(|answer| is_final(answer)) {
            if let Some(first) = &registration.answer {
                assert_replayed(answer, first, key);
                self.count(if answer.status == 201 { "created" } else { "pending" });
                if answer.status == 202 && !key.starts_with("signup.") {
                    self.count("taken over");
                }
                return self.acknowledged.borrow_mut().push(registration);
            }
            assert_eq!(self.site.in_pool(key).accounts, 1, "{key}: {}", answer.text);
            registration.answer = asked;
        } else {
            registration.due = Instant::now() + self.pause(key, asked.as_ref());
            let age = registration.started.elapsed();
            assert!(age < TIMEOUT, "{key}: no final answer: {}", self.summary());
        }
        self.waiting.borrow_mut().push(registration);
    }

    /// How long to wait after what was no answer for good.
    fn pause(&self, key: &str, answer: Option<&Response>) -> Duration {
        let Some(answer) = answer else {
            self.count("lost");
            return Duration::from_millis(20);
        };
        if is_in_progress(answer) {
            self.count("in progress");
            let seconds = answer.header("retry-after").and_then(|value| value.parse().ok());
            return Duration::from_secs(seconds.expect("it says when to come back"));
        }
        // 409 account-exists would say that somebody else has the account.
        assert!(matches!(answer.status, 502..=504), "{key}: {}", answer.text);
        assert!(!is_replayed(answer), "{key}: {}", answer.text);
        let is_unavailable = answer.json()["code"] == "unavailable";
        self.count(if is_unavailable { "unavailable" } else { "failed" });
        Duration::from_millis(100)
    }

    /// Asks any replica; nothing where there is none, or where it dies before it has answered.
    async fn ask(&self, key: &str) -> Option<Response> {
        let urls: Vec<String> = self.urls.borrow().iter().flatten().cloned().collect();
        let url = fastrand::choice(&urls)?;
        let request = self.site.client.post(format!("{url}/register")).json(&form(key));
        let response = request.header("idempotency-key", key).send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Some(Response { status, headers, text: response.text().await.ok()? })
    }

    fn count(&self, what: &'static str) {
        *self.seen.borrow_mut().entry(what).or_default() += 1;
    }
}

/// A success; whoever meets an account here meets their own.
fn is_final(answer: &Response) -> bool {
    matches!(answer.status, 201 | 202)
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
