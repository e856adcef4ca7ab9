//! Clients that register, each with a key, and retry until they have a final response. They fail at
//! a response that no client may receive. Tests run them while they kill the service or stop its
//! database.

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

/// Number of waiting registrations from which no new ones begin.
const MOST_WAITING: usize = 400;

/// Registrations at the running replicas, until the load ends.
pub(crate) struct Load<'a> {
    site: &'a Site,
    /// The URLs of the replicas. `None` while a replica is being replaced.
    urls: RefCell<Vec<Option<String>>>,
    started: Cell<u32>,
    is_ending: Cell<bool>,
    /// Registrations that the clients must repeat later. Other registrations continue meanwhile. A
    /// lease that has to expire does not stop the load.
    waiting: RefCell<Vec<Registration>>,
    acknowledged: RefCell<Vec<Registration>>,
    /// The number of times that each result occurred.
    seen: RefCell<BTreeMap<&'static str, u32>>,
}

/// A key and its progress.
struct Registration {
    key: String,
    started: Instant,
    due: Instant,
    /// The first final response. The next one must be the same.
    response: Option<Response>,
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

    /// Sets the URL of a replica.
    pub(crate) fn set_url(&self, replica: usize, url: Option<&str>) {
        self.urls.borrow_mut()[replica] = url.map(str::to_owned);
    }

    /// Runs this number of clients, which register until [`Load::end`].
    pub(crate) async fn run(&self, clients: usize) {
        join_all((0..clients).map(|_| self.client())).await;
    }

    /// Lets the clients finish their registrations and begin no new ones.
    pub(crate) fn end(&self) {
        self.is_ending.set(true);
    }

    /// Returns the count of a result: `created`, `pending`, `in progress`, `unavailable`, `lost`, …
    pub(crate) fn seen(&self, what: &str) -> u32 {
        self.seen.borrow().get(what).copied().unwrap_or_default()
    }

    /// Returns all counts.
    pub(crate) fn summary(&self) -> String {
        format!("{:?}", self.seen.borrow())
    }

    /// Waits until a result has occurred `times` more times.
    pub(crate) async fn until_seen(&self, what: &str, times: u32) {
        let wanted = self.seen(what) + times;
        let look = async || (self.seen(what), self.summary());
        until(what, look, |(seen, _)| *seen >= wanted).await;
    }

    /// Repeats every request that has a final response, now that all servers run.
    pub(crate) async fn repeat_all(&self) {
        let acknowledged = self.acknowledged.take();
        assert!(!acknowledged.is_empty(), "nothing was acknowledged: {}", self.summary());
        for some in acknowledged.chunks(16) {
            join_all(some.iter().map(|known| self.repeat(known))).await;
        }
    }

    async fn repeat(&self, known: &Registration) {
        let key = &known.key;
        let look = async || match self.send(key).await {
            Some(response) if is_final(&response) => Ok(response),
            // One of its connections may notice the restart of its server only now.
            response => {
                self.pause(key, response.as_ref());
                Err((response, self.summary()))
            }
        };
        let again = until_found(key, look).await;
        assert_replayed(&again, known.response.as_ref().expect("it has a response"), key);
        // The pool drops the oldest names if there are very many.
        let in_pool = self.site.in_pool(key);
        assert!(in_pool.accounts <= 1, "{key}: {in_pool:?}");
    }

    async fn client(&self) {
        while !self.is_done() {
            match self.next() {
                Some(registration) => self.continue_with(registration).await,
                None => delay_for(Duration::from_millis(10)).await,
            }
        }
    }

    fn is_done(&self) -> bool {
        self.is_ending.get() && self.waiting.borrow().is_empty()
    }

    /// Returns a registration that has waited, or a new one. Returns `None` if all must wait
    /// longer.
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
        Some(Registration { key: email(number), started: now, due: now, response: None })
    }

    /// Sends the request once. The registration then waits, gets its stored response, or is
    /// done.
    async fn continue_with(&self, mut registration: Registration) {
        let key = &registration.key;
        let sent = self.send(key).await;
        if let Some(response) = sent.as_ref().filter(|response| is_final(response)) {
            if let Some(first) = &registration.response {
                assert_replayed(response, first, key);
                self.count(if response.status == 201 { "created" } else { "pending" });
                if response.status == 202 && !key.starts_with("signup.") {
                    self.count("taken over");
                }
                return self.acknowledged.borrow_mut().push(registration);
            }
            assert_eq!(self.site.in_pool(key).accounts, 1, "{key}: {}", response.text);
            registration.response = sent;
        } else {
            registration.due = Instant::now() + self.pause(key, sent.as_ref());
            let age = registration.started.elapsed();
            assert!(age < TIMEOUT, "{key}: no final response: {}", self.summary());
        }
        self.waiting.borrow_mut().push(registration);
    }

    /// Returns the time to wait after a response that is not final.
    fn pause(&self, key: &str, response: Option<&Response>) -> Duration {
        let Some(response) = response else {
            self.count("lost");
            return Duration::from_millis(20);
        };
        if is_in_progress(response) {
            self.count("in progress");
            let seconds = response.header("retry-after").and_then(|value| value.parse().ok());
            return Duration::from_secs(seconds.expect("it has a Retry-After"));
        }
        // 409 account-exists would mean that another user has the account.
        assert!(matches!(response.status, 502..=504), "{key}: {}", response.text);
        assert!(!is_replayed(response), "{key}: {}", response.text);
        let is_unavailable = response.json()["code"] == "unavailable";
        self.count(if is_unavailable { "unavailable" } else { "failed" });
        Duration::from_millis(100)
    }

    /// Sends the request to any replica. Returns `None` if no replica runs, or if it ends before it
    /// responds.
    async fn send(&self, key: &str) -> Option<Response> {
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

/// Returns `true` for a success. Each user of this load has an address of their own.
fn is_final(response: &Response) -> bool {
    matches!(response.status, 201 | 202)
}

/// Returns an address. Some addresses make Cognito fail before or after it creates the account.
fn email(number: u32) -> String {
    match number % 10 {
        0 => format!("signup.created-then-internal-error+{number}@example.com"),
        1 => format!("signup.reset-after+{number}@example.com"),
        2 => format!("signup.throttled-once+{number}@example.com"),
        3 => format!("signup.code-delivery-failure+{number}@example.com"),
        _ => format!("somebody-{number}@example.com"),
    }
}
