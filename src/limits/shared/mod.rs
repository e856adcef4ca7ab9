//! Budgets that replicas share, in Redis or Valkey, and what each does while that is away.

mod connection;
mod script;
mod turn;

use std::{
    fmt::Display,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use redis::RedisError;
use secrecy::SecretString;
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{
    calls::Ask,
    local::Local,
    rule::{Draw, Drawn, Key, Rule, Rules, Which},
    turns::Turn,
};
use crate::{
    config::{LimitsMode, Redis},
    metrics::Metrics,
};
use connection::{Connection, connect};
use script::Gcra;
use turn::TurnScript;

/// So many requests in a row that were not answered in time, and the store is away: one may
/// have been late for this process's own reasons.
const TOO_LATE: u32 = 3;

/// How soon a store that is away is looked for again, and, where it goes again and again, how
/// late at most.
const SOON: Duration = Duration::from_millis(250);
const LATE: Duration = Duration::from_secs(5);

/// A connection that lived so long was no mistake.
const STEADY: Duration = Duration::from_secs(10);

/// How long connecting may take altogether: sentinels and nodes are asked one after the other.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a start waits for the store.
const START: Duration = Duration::from_millis(500);

/// The budgets in the store, or this replica's share of them while that is away.
pub(super) struct Shared {
    store: Arc<Store>,
    keeper: JoinHandle<()>,
}

struct Store {
    gcra: Gcra,
    turn: TurnScript,
    settings: Redis,
    password: Option<SecretString>,
    patience: Duration,
    share: Local,
    link: RwLock<Option<Link>>,
    is_lost: Notify,
    is_found: Notify,
    /// How many requests it did not answer in time since it last did.
    late: AtomicU32,
    /// Whether it was last told to be here, so that it is told once.
    is_here: AtomicBool,
    metrics: Metrics,
}

#[derive(Clone)]
struct Link {
    connection: Connection,
    since: Instant,
}

impl Shared {
    /// Looks for the store, and goes on looking where it is not found at once.
    pub(super) async fn open(
        rules: &Rules,
        settings: &crate::config::Limits,
        redis: Redis,
        key: &[u8; 32],
        metrics: Metrics,
    ) -> Self {
        let store = Arc::new(Store {
            gcra: Gcra::new(key),
            turn: TurnScript::new(key),
            settings: redis,
            password: settings.store_password.clone(),
            patience: settings.store_timeout,
            share: Local::new(rules, settings.replicas),
            link: RwLock::default(),
            is_lost: Notify::new(),
            is_found: Notify::new(),
            late: AtomicU32::new(0),
            is_here: AtomicBool::new(true),
            metrics,
        });
        let keeper = tokio::spawn(Arc::clone(&store).keep());
        if timeout(START, store.is_found.notified()).await.is_err() {
            store.say_away(&"it does not answer");
        }
        Self { store, keeper }
    }

    /// Takes from each budget, within this time.
    pub(super) async fn take(&self, draws: &[Draw], patience: Duration) -> Vec<Drawn> {
        let store = &self.store;
        let ask = async |connection: &Connection| store.gcra.take(connection, draws).await;
        let results = store.ask(patience, ask).await;
        results.unwrap_or_else(|| store.share.take(draws))
    }

    /// Takes one from each budget of the store and from this replica's own, so that what was
    /// taken is known here whatever becomes of the store.
    pub(super) async fn take_here_and_there(
        &self,
        draws: &[Draw],
        patience: Duration,
    ) -> Vec<Drawn> {
        let store = &self.store;
        let here = store.share.take(draws);
        if !here.iter().all(Drawn::is_within) {
            return here;
        }
        let ask = async |connection: &Connection| store.gcra.take(connection, draws).await;
        store.ask(patience, ask).await.unwrap_or(here)
    }

    /// Takes the next turn to call Cognito, to be told of it within this time.
    pub(super) async fn turn(&self, ask: Ask, patience: Duration) -> Turn {
        let store = &self.store;
        let asked = async |connection: &Connection| store.turn.take(connection, ask).await;
        match store.ask(patience, asked).await {
            None if ask.is_of_share => Turn::In(Duration::ZERO),
            None => store.share.turn(ask),
            Some(Turn::In(wait)) if !ask.is_of_share => {
                // So that this replica's share knows of it, should the store go away.
                store.share.note_turn(ask, wait);
                Turn::In(wait)
            }
            Some(turn) => turn,
        }
    }

    /// Takes the next turn of this replica's share.
    pub(super) fn own_turn(&self, ask: Ask) -> Turn {
        self.store.share.turn(ask)
    }

    /// Gives back to each budget, within this time.
    pub(super) async fn give_back(&self, draws: &[Draw], patience: Duration) {
        let store = &self.store;
        let ask = async |connection: &Connection| store.gcra.give_back(connection, draws).await;
        if store.ask(patience, ask).await.is_none() {
            store.share.give_back(draws);
        }
    }

    pub(super) fn forget_idle(&self) {
        self.store.share.forget_idle();
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Store {
    fn link(&self) -> Option<Link> {
        self.link.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the store says, where that is here and says it in time.
    async fn ask<T>(
        &self,
        patience: Duration,
        ask: impl AsyncFnOnce(&Connection) -> Result<T, RedisError>,
    ) -> Option<T> {
        if let Some(link) = self.link().filter(|_| patience > Duration::ZERO) {
            match timeout(patience, ask(&link.connection)).await {
                Ok(Ok(answer)) => {
                    self.late.store(0, Ordering::Relaxed);
                    return Some(answer);
                }
                Ok(Err(error)) => self.lose(&link, &error),
                // What little is left of a request's time says nothing about the store.
                Err(_) if patience < self.patience / 2 => {}
                Err(_) if self.late.fetch_add(1, Ordering::Relaxed) + 1 < TOO_LATE => {}
                Err(_) => self.lose(&link, &"it did not answer in time"),
            }
        }
        self.metrics.limits_fallback();
        None
    }

    /// From now on nobody waits for it any more.
    fn lose(&self, lost: &Link, why: &dyn Display) {
        let mut link = self.link.write().unwrap_or_else(PoisonError::into_inner);
        // Many fail at the same time, and some when the next connection is there already.
        if link.as_ref().is_some_and(|link| link.since == lost.since) {
            *link = None;
            self.is_lost.notify_one();
            self.say_away(why);
        }
    }

    fn say_away(&self, why: &dyn Display) {
        self.metrics.limits_store_is_here(false);
        if self.is_here.swap(false, Ordering::Relaxed) {
            tracing::warn!(reason = %why, "limits.store is away: this replica goes on with its share of every budget");
        }
    }

    /// Finds the store, and finds it again each time it was lost.
    async fn keep(self: Arc<Self>) {
        let mut pause = SOON;
        loop {
            match self.find().await {
                Ok(link) => {
                    let since = link.since;
                    *self.link.write().unwrap_or_else(PoisonError::into_inner) = Some(link);
                    self.metrics.limits_store_is_here(true);
                    if !self.is_here.swap(true, Ordering::Relaxed) {
                        tracing::info!("limits.store is here: replicas share their budgets");
                    }
                    self.is_found.notify_one();
                    self.is_lost.notified().await;
                    pause = if since.elapsed() > STEADY { SOON } else { LATE.min(pause * 2) };
                }
                Err(why) => self.say_away(&why),
            }
            sleep(pause).await;
        }
    }

    /// A connection by which something was written in time.
    async fn find(&self) -> Result<Link, String> {
        let connected = timeout(CONNECT, connect(&self.settings, self.password.as_ref())).await;
        let connection = connected
            .map_err(|_| "it does not answer".to_owned())?
            .map_err(|error: RedisError| error.to_string())?;
        let probe =
            [Draw { rule: PROBE, key: Key::Text("probe".into()), weight: 1, refuses: true }];
        // The first call also tells it the script.
        for _ in 0..2 {
            timeout(self.patience * 2, self.gcra.take(&connection, &probe))
                .await
                .map_err(|_| "it does not answer in time".to_owned())?
                .map_err(|error| error.to_string())?;
        }
        Ok(Link { connection, since: Instant::now() })
    }
}

/// A budget that is full again at once, so that each probe writes.
const PROBE: Rule = Rule {
    which: Which::Address,
    name: "probe",
    burst: 1_000,
    refill: Duration::from_micros(1),
    mode: LimitsMode::Enforce,
    most_kept: 1,
};

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Shared(..)")
    }
}
