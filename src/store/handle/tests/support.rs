//! Helpers of the tests of the store.

use std::{
    fmt::Debug,
    thread,
    time::{Duration, Instant},
};

use secrecy::SecretString;
use tokio::runtime::Builder;

use crate::{
    metrics::{Format, Metrics},
    store::{
        Attempt, Claim, ClaimResult, Completion, IdempotentRequest, KeyOutcome, KeyState, Memory,
        Migrate, Operation, Store, StoreError, Subject,
        database::{Access, Connection},
        tests::support::Engine,
    },
};

/// Settings that make a database without responses unavailable after a second.
pub(super) const IMPATIENT: [(&str, &str); 2] =
    [("DATABASE__TIMEOUT", "1s"), ("DATABASE__COMMIT_TIMEOUT", "1s")];

/// Runs an asynchronous part of a test. Tests use their connections outside of this part.
pub(super) fn block_on<T>(work: impl Future<Output = T>) -> T {
    Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

pub(super) fn open(engine: &Engine) -> Store {
    open_with(engine, &[], &Metrics::default())
}

pub(super) fn open_with(engine: &Engine, settings: &[(&str, &str)], metrics: &Metrics) -> Store {
    let config = engine.config(settings);
    block_on(Store::open(&config, Duration::ZERO, Migrate::Off, metrics.clone())).unwrap()
}

/// Opens two replicas on one database.
pub(super) fn open_two(engine: &Engine) -> [Store; 2] {
    [open(engine), open(engine)]
}

pub(super) fn close(stores: impl IntoIterator<Item = Store>) {
    for store in stores {
        block_on(store.close());
    }
}

pub(super) fn keyed(key: &str, body: &str) -> IdempotentRequest {
    IdempotentRequest { key: key.into(), route: "/register", body: body.into() }
}

pub(super) fn sign_up<'a>(name: &'a str, password: &'a SecretString) -> Subject<'a> {
    let address = [192, 0, 2, 1].into();
    Subject::SignUp {
        username: name,
        is_generated: false,
        recipients: [Some(name), None],
        password: Some(password),
        address,
    }
}

/// Claims a key for a sign-up.
pub(super) async fn begin(store: &Store, key: &str) -> Result<ClaimResult, StoreError> {
    let password = "correct horse".into();
    store.claim(Some(&keyed(key, "{}")), sign_up("ada@example.com", &password)).await
}

/// Stores the intent of a sign-up without a key.
pub(super) async fn begin_without_key(store: &Store, name: &str, password: &str) -> Claim {
    let password = password.into();
    held(store.claim(None, sign_up(name, &password)).await)
}

pub(super) async fn begin_confirm(store: &Store, username: &str) -> Claim {
    let code = "123456".into();
    held(store.claim(None, Subject::Confirmation { username, code: &code }).await)
}

/// Returns the claim of a request that may call Cognito.
pub(super) fn held(result: Result<ClaimResult, StoreError>) -> Claim {
    match result.unwrap() {
        ClaimResult::Claimed(claim) => claim,
        lost @ ClaimResult::Lost(_) => panic!("{lost:?}"),
    }
}

/// Returns `true` if a request in progress holds the key.
pub(super) fn is_in_progress(result: &ClaimResult) -> bool {
    matches!(result, ClaimResult::Lost(KeyState::InProgress(_)))
}

/// Returns the end of a sign-up that created the account.
pub(super) fn created(response: &str) -> Completion {
    Completion {
        key: KeyOutcome::Stored(response.into()),
        memory: Some(Memory::Created),
        attempt: attempt("created"),
    }
}

/// Returns the end of a confirm that confirmed the account.
pub(super) fn confirmed() -> Completion {
    Completion {
        key: KeyOutcome::Free,
        memory: Some(Memory::Confirmed),
        attempt: Attempt { operation: Operation::Confirm, ..attempt("confirmed") },
    }
}

pub(super) fn attempt(outcome: &'static str) -> Attempt {
    Attempt {
        operation: Operation::Register,
        request_id: "request".to_owned(),
        outcome,
        code: "confirmation_required",
        user_sub: None,
        cognito_request_id: None,
        recipient: Some("ada@example.com".to_owned()),
        username: None,
        address: None,
        locale: None,
        consents: Vec::new(),
    }
}

/// Returns the value of a counter.
pub(super) fn counted(metrics: &Metrics, name: &str) -> u64 {
    let text = metrics.text(Format::Prometheus);
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("vestibule_{name}_total ")));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
}

/// Looks until a condition holds, and returns the last value. Panics after a minute.
pub(super) fn until<T: Debug>(
    condition: &str,
    mut look: impl FnMut() -> T,
    mut holds: impl FnMut(&T) -> bool,
) -> T {
    let began = Instant::now();
    loop {
        let seen = look();
        if holds(&seen) {
            return seen;
        }
        let is_late = began.elapsed() > Duration::from_mins(1);
        assert!(!is_late, "not within a minute: {condition}. Last: {seen:?}");
        thread::yield_now();
    }
}

/// A transaction that blocks the writes of all other transactions until its drop.
pub(super) struct Lock(Connection);

impl Lock {
    pub(super) fn new(engine: &Engine) -> Self {
        let mut connection = engine.connection();
        connection.begin(Access::Write).unwrap();
        if let Connection::Postgres(_) = connection {
            connection.run_all(
                "LOCK TABLE idempotency_keys, responses, sign_ups, confirms, attempts, seals,
                 heartbeat",
            );
        }
        Self(connection)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.0.end::<()>(Err(StoreError::Conflict)));
    }
}
