//! Connections to PostgreSQL, and the execution of statements.

use std::{collections::HashMap, time::Duration};

use futures_util::future::{BoxFuture, join_all};
use refinery::Runner;
use secrecy::ExposeSecret;
use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};
use tokio_postgres::{Client, Config, SimpleQueryMessage, Statement, types::ToSql};
use url::Url;

use super::{
    tls::Tls,
    value::{Row, Value},
};
use crate::{config, store::error::StoreError};

/// Time after which the server ends the transaction of an idle connection, as a multiple of
/// `database.timeout`.
const IDLE_TIMEOUTS: u128 = 5;

const ADDRESS: &str = "Use postgres://USER@HOST/NAME.";

const POOL_SESSIONS: &str = "Let it pool database sessions (PgBouncer: pool_mode = session), or connect to PostgreSQL directly.";

/// The address of a server.
#[derive(Clone, Debug)]
pub(super) struct Address {
    config: Config,
    tls: Tls,
}

/// A connection, with the runtime that drives it.
#[derive(Debug)]
pub(in crate::store) struct Postgres {
    client: Client,
    statements: HashMap<String, Statement>,
    timeout: Option<Duration>,
    runtime: Runtime,
}

/// A statement with its parameters.
pub(in crate::store) type Query<'a> = (&'static str, Vec<&'a (dyn ToSql + Sync)>);

impl Address {
    /// Parses the settings of a `postgres://` address.
    pub(super) fn new(settings: &config::Database) -> Result<Self, StoreError> {
        let mut parsed = Url::parse(&settings.url)
            .map_err(|error| StoreError::Unusable(format!("not a URL: {error}"), ADDRESS))?;
        let mut tls = Tls::default();
        let mut others = Vec::new();
        for (name, value) in parsed.query_pairs() {
            match &*name {
                "sslmode" => tls.mode = Some(value.into_owned()),
                "sslrootcert" => tls.root_certificates = Some(value.into_owned()),
                _ => others.push((name.into_owned(), value.into_owned())),
            }
        }
        parsed.set_query(None);
        if !others.is_empty() {
            parsed.query_pairs_mut().extend_pairs(others);
        }
        let mut config: Config =
            parsed.as_str().parse().map_err(|error: tokio_postgres::Error| {
                StoreError::Unusable(error.to_string(), ADDRESS)
            })?;
        config.ssl_mode(tls.ssl_mode()?);
        if let Some(password) = &settings.password {
            config.password(password.expose_secret());
        }
        if let (None, Some(name)) = (config.get_application_name(), &settings.application_name) {
            config.application_name(name);
        }
        Ok(Self { config, tls })
    }
}

impl Postgres {
    pub(super) fn connect(
        address: &Address,
        connect_timeout: Duration,
    ) -> Result<Self, StoreError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| {
            StoreError::Unusable(
                format!("the service cannot start the connection: {error}"),
                "Raise the limits of the process.",
            )
        })?;
        let connector = address.tls.connector()?;
        let connecting =
            async { timeout(connect_timeout, address.config.connect(connector)).await };
        let (client, connection) = runtime.block_on(connecting).map_err(|_| {
            StoreError::Unavailable("no connection within database.connect_timeout".to_owned())
        })??;
        runtime.spawn(async move {
            // If the connection is lost, the next statement fails.
            let _ = connection.await;
        });
        Ok(Self { client, statements: HashMap::new(), timeout: None, runtime })
    }

    /// Fails if a connection pooler gives each transaction another database session. Other
    /// connections would then share its prepared statements, settings and locks.
    ///
    /// `other` is another connection, which takes the database session of the last transaction.
    pub(super) fn check_session(&mut self, mut other: Self) -> Result<(), StoreError> {
        // Some connection poolers keep the database session of a connection that changes a setting.
        self.run("SET jit = off")?;
        let own = self.backend()?;
        let pooled = || {
            let cause = "a connection pooler gives each transaction another database session";
            StoreError::Unusable(cause.to_owned(), POOL_SESSIONS)
        };
        other.run("BEGIN").map_err(|error| match error {
            // PgBouncer with `pool_mode = statement` returns this error.
            StoreError::Unavailable(text) if text.contains("pooling mode") => pooled(),
            error => error,
        })?;
        let is_pooled = other.backend()? == own || self.backend()? != own;
        if is_pooled { Err(pooled()) } else { Ok(()) }
    }

    /// Returns the process of the server that runs a statement.
    fn backend(&mut self) -> Result<Option<String>, StoreError> {
        let Self { client, runtime, timeout, .. } = self;
        // A connection pooler may not know prepared statements.
        let query = client.simple_query("SELECT pg_backend_pid()");
        let messages = block_on(runtime, *timeout, query)?;
        Ok(messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    /// Limits the time of statements in this process and on the server. Makes their plans use
    /// indexes, because a plan for an empty table would stay in use while the table grows.
    pub(super) fn limit_time(&mut self, timeout: Duration) -> Result<(), StoreError> {
        let milliseconds = timeout.as_millis();
        let idle = milliseconds * IDLE_TIMEOUTS;
        self.run(&format!(
            "SET statement_timeout = {milliseconds}; \
             SET idle_in_transaction_session_timeout = {idle}; \
             SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; \
             SET jit = off"
        ))?;
        self.timeout = Some(timeout);
        Ok(())
    }

    pub(super) fn run(&mut self, sql: &str) -> Result<(), StoreError> {
        let Self { client, runtime, timeout, .. } = self;
        block_on(runtime, *timeout, client.batch_execute(sql))
    }

    pub(super) fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepare(sql)?;
        let Self { client, runtime, timeout, .. } = self;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as _).collect();
        let rows = block_on(runtime, *timeout, client.query(&statement, &params))?;
        rows.iter().map(Row::of_postgres).collect()
    }

    pub(super) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        let statement = self.prepare(sql)?;
        let Self { client, runtime, timeout, .. } = self;
        block_on(runtime, *timeout, client.execute_raw(&statement, params))
    }

    pub(super) fn migrate(&mut self, runner: &Runner) -> Result<(), StoreError> {
        let Self { client, runtime, .. } = self;
        runtime.block_on(runner.run_async(client))?;
        Ok(())
    }

    /// Runs the statements that are not `None`, in one transaction and one round trip. Returns the
    /// rows of each statement.
    ///
    /// Sets `is_sent` to `true` if the server may have committed the transaction.
    pub(in crate::store) fn pipeline<const N: usize>(
        &mut self,
        queries: &[Option<Query<'_>>; N],
        is_sent: &mut bool,
    ) -> Result<[Vec<Row>; N], StoreError> {
        let mut rows = [const { Vec::new() }; N];
        let mut statements = Vec::with_capacity(N);
        for (sql, _) in queries.iter().flatten() {
            statements.push(self.prepare(sql)?);
        }
        if statements.is_empty() {
            return Ok(rows);
        }
        let Self { client, runtime, timeout, .. } = self;
        let client = &*client;
        *is_sent = true;
        let (begun, results, committed) = runtime.block_on(within(*timeout, async {
            let begin: BoxFuture<'_, _> = Box::pin(client.batch_execute("BEGIN"));
            let all = queries
                .iter()
                .flatten()
                .zip(&statements)
                .map(|((_, params), statement)| client.query(statement, params));
            let commit = client.batch_execute("COMMIT");
            // `join!` polls the futures in this order. The client library therefore sends the
            // statements in this order, in one write.
            futures_util::join!(begin, join_all(all), commit)
        }))?;
        // After an error, COMMIT is a ROLLBACK that reports success.
        let results: Result<Vec<_>, _> = begun.and_then(|()| results.into_iter().collect());
        let results =
            results.and_then(|results| committed.map(|()| results)).map_err(StoreError::from);
        *is_sent = matches!(results, Ok(_) | Err(StoreError::Unavailable(_)));
        let of_queries = queries.iter().zip(&mut rows).filter(|(query, _)| query.is_some());
        for ((_, rows), result) in of_queries.zip(results?) {
            *rows = result.iter().map(Row::of_postgres).collect::<Result<_, _>>()?;
        }
        Ok(rows)
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let Self { client, runtime, timeout, .. } = self;
        let statement = block_on(runtime, *timeout, client.prepare(sql))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

fn block_on<T>(
    runtime: &Runtime,
    limit: Option<Duration>,
    work: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, StoreError> {
    Ok(runtime.block_on(within(limit, work))??)
}

async fn within<T>(
    limit: Option<Duration>,
    work: impl Future<Output = T>,
) -> Result<T, StoreError> {
    match limit {
        None => Ok(work.await),
        Some(limit) => timeout(limit, work)
            .await
            .map_err(|_| StoreError::Unavailable("no response within database.timeout".to_owned())),
    }
}
