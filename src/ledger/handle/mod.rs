//! What the rest of the service holds of the ledger.

use std::{
    cell::Cell,
    collections::BTreeSet,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tokio::{
    runtime::Builder,
    sync::{
        Mutex as AsyncMutex, OnceCell,
        mpsc::{self, Sender, error::TrySendError},
        oneshot, watch,
    },
    time::{sleep, timeout},
};

use super::{
    attempts::Attempt,
    clock,
    confirmations::{Confirmed, EarlierConfirmation},
    database::{Database, LedgerError},
    housekeeping::Kept,
    job::{End, Job, Reply},
    keys::Keys,
    recent::{Earlier, Existing},
    request::{self, Begun, Ending, Held, Keyed, Subject},
    shared::{Shared, State},
    writer::Writer,
};
use crate::{config, metrics::Metrics};

/// So many jobs wait for the writers. One more is told that the ledger is away.
const QUEUE: usize = 4096;

/// How much longer than the call to Cognito a request may take before another takes its key.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// Whether a start may change tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Migrate {
    /// They are brought up to date.
    Auto,
    /// They have to be up to date.
    Off,
}

/// The ledger. Its writers have a thread of their own.
pub struct Ledger {
    keys: Keys,
    client_id: String,
    lease: Duration,
    /// How long a request that begins waits.
    patience: Duration,
    /// How long an answer waits to be written.
    answer_timeout: Duration,
    queue: Sender<Job>,
    refusals: Sender<(i64, Attempt)>,
    state: Arc<State>,
    close: watch::Sender<bool>,
    thread: Mutex<Option<JoinHandle<()>>>,
    metrics: Metrics,
}

impl Ledger {
    /// Opens the ledger. A PostgreSQL that cannot be reached is waited for in the background.
    ///
    /// # Errors
    /// Where it cannot be used as it is set, or its tables are not up to date.
    pub async fn open(
        settings: &config::Ledger,
        cognito: &config::Cognito,
        keys: Keys,
        migrate: Migrate,
        metrics: Metrics,
    ) -> Result<Self, LedgerError> {
        let keys = keys.for_pool(&cognito.user_pool_id);
        let database = Database::new(&settings.url, settings.connect_timeout, settings.timeout)?;
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (refusals, refused) = mpsc::channel(settings.refusal_buffer.max(1));
        let (close, closing) = watch::channel(false);
        let (started, start) = oneshot::channel();
        let writers = if database.has_one_writer() { 1 } else { settings.connections };
        let state = Arc::new(State::new(writers, metrics.clone()));
        let thread = thread::Builder::new().name("ledger".to_owned()).spawn({
            let (settings, keys, state) = (settings.clone(), keys.clone(), Arc::clone(&state));
            let metrics = metrics.clone();
            move || {
                let shared = Shared {
                    kept: Kept {
                        accounts: settings.keep_accounts,
                        refusals: settings.keep_refusals,
                    },
                    timeout: settings.timeout,
                    migrates: migrate == Migrate::Auto,
                    queue: AsyncMutex::new(jobs),
                    refusals: AsyncMutex::new(refused),
                    refusals_due: Cell::new(Instant::now()),
                    prepared: OnceCell::new(),
                    database,
                    keys,
                    state,
                    closing,
                    metrics,
                };
                write(shared, writers, started);
            }
        });
        let thread = thread.map_err(|error| LedgerError::Unusable(error.to_string()))?;
        start.await.map_err(|_| LedgerError::Unusable("its thread ended".to_owned()))??;
        Ok(Self {
            keys,
            client_id: cognito.client_id.clone(),
            lease: cognito.operation_timeout + LEASE_MARGIN,
            patience: settings.connect_timeout + settings.timeout * 2,
            answer_timeout: settings.answer_timeout,
            queue,
            refusals,
            state,
            close,
            thread: Mutex::new(Some(thread)),
            metrics,
        })
    }

    /// Lets a request take longer before another may take its key: what it waits for besides the
    /// call to Cognito.
    #[must_use]
    pub fn with_more_time(mut self, more: Duration) -> Self {
        self.lease += more;
        self
    }

    /// Why it cannot be written to, if it cannot.
    #[must_use]
    pub fn away(&self) -> Option<String> {
        if self.queue.is_closed() {
            return Some("its writers have ended".to_owned());
        }
        self.state.away()
    }

    /// A request begins: nothing of it has been sent yet.
    ///
    /// # Errors
    /// Where the ledger is away.
    pub async fn begin(
        &self,
        keyed: Option<&Keyed>,
        subject: Subject<'_>,
    ) -> Result<Begun, LedgerError> {
        let begin = request::begin(&self.keys, &self.client_id, keyed, subject, self.lease);
        if keyed.is_none() && matches!(subject, Subject::Resend) {
            // Nothing is to be written, but what comes of it will be.
            return match self.away() {
                Some(reason) => Err(LedgerError::Away(reason)),
                None => Ok(Begun::Held(Held::unwritten(begin))),
            };
        }
        let asked = begin.clone();
        let told = self.ask(self.patience, |reply| Job::Begin(asked, reply)).await?;
        Ok(request::begun(&self.keys, keyed, begin, told))
    }

    /// A request goes on although its beginning could not be written.
    #[must_use]
    pub fn proceed_without(&self, subject: Subject<'_>) -> Held {
        Held::unwritten(request::begin(&self.keys, &self.client_id, None, subject, self.lease))
    }

    /// A sign-up was told that the account exists: what is known of an earlier one of the same
    /// person. Waits for those that are still under way, since one of them may be what created
    /// it.
    ///
    /// # Errors
    /// Where the ledger is away: then nobody knows.
    pub async fn existing(&self, held: &Held) -> Result<Option<Earlier>, LedgerError> {
        let Some(call) = held.call() else { return Ok(None) };
        // A guess that was never written could be made again and again.
        if !held.was_begun() {
            return Err(LedgerError::Away("it was away when this began".to_owned()));
        }
        let mut waited_for: Option<BTreeSet<String>> = None;
        let mut pause = Duration::from_millis(10);
        loop {
            let (call, waiting) = (call.clone(), waited_for.take());
            let ask = |reply| Job::Exists { call, waited_for: waiting, reply };
            match self.ask(self.patience, ask).await? {
                Existing::Known(earlier) => return Ok(Some(earlier)),
                Existing::Stranger => return Ok(None),
                Existing::UnderWay(calls) => waited_for = Some(calls),
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(200));
        }
    }

    /// A confirm was told that the account is confirmed: what is known of an earlier one with
    /// the same user name and code. Waits for those that are still under way, since one of them
    /// may be what confirmed it.
    ///
    /// # Errors
    /// Where the ledger is away: then nobody knows.
    pub async fn confirmed_before(
        &self,
        held: &Held,
    ) -> Result<Option<EarlierConfirmation>, LedgerError> {
        let Some(confirmation) = held.confirmation() else { return Ok(None) };
        if !held.was_begun() {
            return Err(LedgerError::Away("it was away when this began".to_owned()));
        }
        let mut waited_for: Option<BTreeSet<String>> = None;
        let mut pause = Duration::from_millis(10);
        loop {
            let (confirmation, waiting) = (confirmation.clone(), waited_for.take());
            let ask = |reply| Job::Confirmed { confirmation, waited_for: waiting, reply };
            match self.ask(self.patience, ask).await? {
                Confirmed::Known(earlier) => return Ok(Some(earlier)),
                Confirmed::Stranger => return Ok(None),
                Confirmed::UnderWay(confirms) => waited_for = Some(confirms),
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(200));
        }
    }

    /// A request ends, before it is answered. `false` where another has taken its key in the
    /// meantime, whose answer counts.
    ///
    /// # Errors
    /// Where it is not written yet. It will be, if the ledger comes back.
    pub async fn end(&self, held: Held, ending: Ending) -> Result<bool, LedgerError> {
        let Ending { answer, subject, attempt } = ending;
        let is_buffered = !attempt.carries_an_account_or_a_consent();
        let was_begun = held.was_begun();
        let (key, subject) = held.end(&answer, subject);
        // Whoever waits for a final answer waits for its being kept. What began without the
        // ledger does not wait for it at its end.
        let is_waited_for = was_begun && (key.is_some() || !is_buffered);
        let attempt = if is_buffered {
            self.refused(attempt);
            None
        } else {
            Some(attempt.row(&self.keys.current, clock::now()))
        };
        let end = End { key, subject, attempt };
        if end.is_empty() {
            return Ok(true);
        }
        let (reply, told) = oneshot::channel();
        let job = Job::End(Box::new(end), is_waited_for.then_some(reply));
        let rows = job.rows();
        // Nothing that has happened is dropped because too much waits.
        if let Err(TrySendError::Full(job) | TrySendError::Closed(job)) = self.queue.try_send(job)
            && !matches!(timeout(self.answer_timeout, self.queue.send(job)).await, Ok(Ok(())))
        {
            self.metrics.ledger_rows_lost(rows);
            return Err(LedgerError::Away("too much waits for it already".to_owned()));
        }
        if is_waited_for { self.told(self.answer_timeout, told).await } else { Ok(true) }
    }

    /// Takes note of a refusal. Nobody waits for it, and where too many come at once, some are
    /// lost, and counted.
    pub fn refused(&self, attempt: Attempt) {
        if self.refusals.try_send((clock::now(), attempt)).is_err() {
            self.metrics.ledger_refusals_lost(1);
        }
    }

    /// Writes what is to be written, and ends.
    pub async fn close(&self) {
        self.close.send_replace(true);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        while !thread.is_finished() {
            sleep(Duration::from_millis(1)).await;
        }
        let _ = thread.join();
    }

    async fn ask<T>(
        &self,
        patience: Duration,
        job: impl FnOnce(Reply<T>) -> Job,
    ) -> Result<T, LedgerError> {
        let (reply, told) = oneshot::channel();
        let full = |_| LedgerError::Away("too much waits for it already".to_owned());
        self.queue.try_send(job(reply)).map_err(full)?;
        self.told(patience, told).await
    }

    async fn told<T>(
        &self,
        patience: Duration,
        told: oneshot::Receiver<Result<T, LedgerError>>,
    ) -> Result<T, LedgerError> {
        let away = |reason: &str| LedgerError::Away(reason.to_owned());
        match timeout(patience, told).await {
            Ok(Ok(told)) => told,
            Ok(Err(_)) => Err(away("it is closed")),
            Err(_) => Err(away("no answer in time")),
        }
    }
}

/// What the thread of the writers does.
fn write(shared: Shared, writers: usize, started: oneshot::Sender<Result<(), LedgerError>>) {
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = started.send(Err(LedgerError::Unusable(error.to_string())));
            return;
        }
    };
    runtime.block_on(async {
        let shared = Rc::new(shared);
        match shared.prepare().await {
            Err(LedgerError::Away(reason)) => {
                tracing::error!(reason, "the ledger is away; it is waited for");
                let reason = LedgerError::Away(reason).to_string();
                for writer in 0..writers {
                    shared.state.set(writer, Some(reason.clone()));
                }
            }
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
            Ok(()) => {}
        }
        let _ = started.send(Ok(()));
        let writers = (0..writers).map(|number| Writer::new(Rc::clone(&shared), number).run());
        join_all(writers).await;
        shared.give_up_the_rest().await;
    });
}

/// What [`Ledger::open`] is not needed for: the tables are brought up to date, and that is all.
///
/// # Errors
/// Where the database cannot be used, or is away.
pub async fn migrate(settings: &config::Ledger) -> Result<(), LedgerError> {
    let database = Database::new(&settings.url, settings.connect_timeout, settings.timeout)?;
    database.migrate().await.map(|_| ())
}

#[cfg(test)]
mod tests;
