//! Times the store as it grows. Fills its tables step by step, and times the work of a request and
//! of an operator at each size.

use std::{
    io::{self, Write},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use clap::Parser;
use secrecy::SecretString;
use vestibule::{
    config::{Config, Sources},
    metrics::Metrics,
    store::{
        AccountOwner, Attempt, AuditLog, Claim, ClaimResult, Completion, IdempotentRequest,
        KeyOutcome, KeyState, Memory, Migrate, Operation, PriorAttempt, Store, Subject,
        SubjectQuery,
    },
};

/// Times the store at growing sizes.
#[derive(Parser)]
struct Arguments {
    /// An empty database, as in `database.url`.
    #[arg(long)]
    url: String,
    /// Rows of each table at each step.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000,10000000")]
    rows: Vec<i64>,
    /// Samples of each timing.
    #[arg(long, default_value_t = 500)]
    times: usize,
}

/// Number of sign-ups in the last 15 minutes, at 50 a second. The service deletes older ones.
const RECENT: i64 = 45_000;

/// An hour in milliseconds.
const HOUR: i64 = 60 * 60 * 1000;

/// Number of attempts that the store indexes at once.
const RUN: i64 = 16_384;

/// Number of rows that one statement inserts.
const STEP: i64 = 1_000_000;

/// Number of samples of an operator's search, which opens the database each time.
const SEARCHES: usize = 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let config = config(&arguments.url)?;
    // Creates the tables.
    open(&config).await?.close().await;
    let database = Database::open(&arguments.url).await?;
    let mut out = io::stdout();
    writeln!(
        out,
        "| rows in each table | a new key, ms | a replay, ms | a sign-up that exists, ms | an operator's search, ms |"
    )?;
    writeln!(out, "| ---: | ---: | ---: | ---: | ---: |")?;
    let began = now()?;
    let mut filled = 0;
    for rows in arguments.rows {
        database.fill(began, filled, rows).await?;
        filled = rows;
        let store = open(&config).await?;
        let run = format!("at-{rows}");
        let fresh = median(arguments.times, async |number| {
            sign_up(&store, &format!("{run}-{number}")).await
        })
        .await?;
        let replay = median(arguments.times, async |number| {
            replay(&store, &format!("{run}-{number}")).await
        })
        .await?;
        let exists = median(arguments.times, async |number| {
            exists(&store, &format!("{run}-{number}")).await
        })
        .await?;
        database.wait_for_lookup(began, rows).await?;
        let search = median(SEARCHES, async |_| search(&config, rows).await).await?;
        let [fresh, replay, exists, search] = [fresh, replay, exists, search].map(milliseconds);
        writeln!(out, "| {rows} | {fresh} | {replay} | {exists} | {search} |")?;
        out.flush()?;
        store.close().await;
    }
    Ok(())
}

fn config(url: &str) -> anyhow::Result<Config> {
    let environment = [("VESTIBULE__DATABASE__URL".to_owned(), url.to_owned())];
    Ok(Config::load(Sources { sandbox: true, file: None, environment: &environment })?)
}

async fn open(config: &Config) -> anyhow::Result<Store> {
    Ok(Store::open(config, Duration::ZERO, Migrate::Auto, Metrics::default()).await?)
}

/// A connection of the benchmark.
enum Database {
    Sqlite(rusqlite::Connection),
    Postgres(tokio_postgres::Client),
}

impl Database {
    async fn open(url: &str) -> anyhow::Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let file = rusqlite::Connection::open(path)?;
            file.busy_timeout(Duration::from_mins(1))?;
            return Ok(Self::Sqlite(file));
        }
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        Ok(Self::Postgres(client))
    }

    async fn run(&self, sql: &str) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(file) => file.execute_batch(sql)?,
            Self::Postgres(client) => client.batch_execute(sql).await?,
        }
        Ok(())
    }

    /// Adds rows until each table has this many. Attempts are at most two months old. Rows that
    /// expire after a day are at most 23 hours old.
    async fn fill(&self, began: i64, from: i64, to: i64) -> anyhow::Result<()> {
        let mut from = from;
        while from < to {
            let until = (from + STEP).min(to);
            let id = |age: i64, step: i64| format!("(({} + i * {step}) << 20)", began - age);
            let (numbers, digest, request) = match self {
                Self::Sqlite(_) => (
                    format!(
                        "WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {until})"
                    ),
                    "randomblob(16)",
                    "CAST('filled-' || i AS BLOB)",
                ),
                Self::Postgres(_) => (
                    format!(
                        "WITH n(i) AS (SELECT generate_series({from}, {} :: bigint))",
                        until - 1
                    ),
                    "decode(md5(random() :: text), 'hex')",
                    "convert_to('filled-' || i, 'UTF8')",
                ),
            };
            let day = id(23 * HOUR, 8);
            let attempt = id(62 * 24 * HOUR, 500);
            for (table, values) in [
                (
                    "idempotency_keys (key, claim, fingerprint, is_takeover)",
                    format!("{digest}, {day}, {digest}, 0"),
                ),
                ("responses (id, response)", format!("{day}, {digest}")),
                ("confirms (id, name, code)", format!("{day}, {digest}, {digest}")),
                (
                    "attempts (id, seal, operation, outcome, code, memory, request_id, user_sub, cognito_request_id, recipient, address, locale, digest)",
                    format!(
                        "{attempt}, 1, 'register', 'created', 'confirmation_required', 3, {request}, {digest}, {digest}, {digest}, {digest}, 'en', {digest}"
                    ),
                ),
            ] {
                self.run(&format!("INSERT INTO {table} {numbers} SELECT {values} FROM n")).await?;
            }
            from = until;
        }
        let recent = match self {
            Self::Sqlite(_) => format!(
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {RECENT}) SELECT (({} + i) << 20), randomblob(16), randomblob(16), randomblob(16) FROM n",
                now()? - RECENT
            ),
            Self::Postgres(_) => format!(
                "SELECT (({} + i) << 20), decode(md5(random() :: text), 'hex'), decode(md5(random() :: text), 'hex'), decode(md5(random() :: text), 'hex') FROM generate_series(0, {RECENT} :: bigint) AS i",
                now()? - RECENT
            ),
        };
        self.run("DELETE FROM sign_ups").await?;
        self.run(&format!("INSERT INTO sign_ups (id, name, pair, network) {recent}")).await?;
        self.run("ANALYZE").await
    }

    /// Waits until the cleanup has indexed all but the last run of attempts.
    async fn wait_for_lookup(&self, began: i64, rows: i64) -> anyhow::Result<()> {
        if rows < RUN {
            return Ok(());
        }
        let newest = (began - 62 * 24 * HOUR + (rows - RUN) * 500) << 20;
        let sql = format!("SELECT COUNT(*) FROM lookup WHERE run >= {newest}");
        loop {
            let count: i64 = match self {
                Self::Sqlite(file) => file.query_row(&sql, [], |row| row.get(0))?,
                Self::Postgres(client) => client.query_one(&sql, &[]).await?.get(0),
            };
            if count > 0 {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

/// Finds the attempt of one request among all of them.
async fn search(config: &Config, rows: i64) -> anyhow::Result<()> {
    let mut log = AuditLog::open(config).await?;
    let query = SubjectQuery::Request(format!("filled-{}", rows / 2));
    let found = tokio::task::spawn_blocking(move || log.find(&query, 0)).await??.to_string();
    anyhow::ensure!(found.starts_with("1 attempt "), "{found}");
    Ok(())
}

fn now() -> anyhow::Result<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?)
}

/// Runs a sign-up with a key, from its look-up to its end.
async fn sign_up(store: &Store, name: &str) -> anyhow::Result<()> {
    let claim = claim(store, Some(name), name, "Correct-horse-7").await?;
    let response = r#"{"status":201,"code":"confirmation_required"}"#.repeat(4);
    let key = KeyOutcome::Stored(response.into());
    let memory = Some(Memory::Created);
    store.end(claim, Completion { key, memory, attempt: attempt(name) }).await?;
    Ok(())
}

async fn replay(store: &Store, name: &str) -> anyhow::Result<()> {
    match store.look_up(&keyed(name)).await? {
        KeyState::Stored(_) => Ok(()),
        other => anyhow::bail!("no replay: {other:?}"),
    }
}

/// Runs a sign-up that finds an earlier one of the same user.
async fn exists(store: &Store, name: &str) -> anyhow::Result<()> {
    let claim = claim(store, None, name, "Correct-horse-7").await?;
    let earlier = store.existing(&claim).await?.context("it is known")?;
    anyhow::ensure!(earlier == AccountOwner::SameUser(PriorAttempt::Created), "{earlier:?}");
    Ok(())
}

/// Looks up the key, and then claims it.
async fn claim(
    store: &Store,
    key: Option<&str>,
    name: &str,
    password: &str,
) -> anyhow::Result<Claim> {
    let keyed = key.map(keyed);
    let password = SecretString::from(password);
    if let Some(keyed) = &keyed {
        let known = store.look_up(keyed).await?;
        anyhow::ensure!(known == KeyState::New, "{known:?}");
    }
    let subject = Subject::SignUp {
        username: name,
        is_generated: false,
        recipients: [None, None],
        password: Some(&password),
        address: [203, 0, 113, 7].into(),
    };
    match store.claim(keyed.as_ref(), subject).await? {
        ClaimResult::Claimed(claim) => Ok(claim),
        other @ ClaimResult::Lost(_) => anyhow::bail!("not claimed: {other:?}"),
    }
}

fn keyed(name: &str) -> IdempotentRequest {
    IdempotentRequest { key: name.into(), route: "/register", body: name.into() }
}

fn attempt(name: &str) -> Attempt {
    Attempt {
        operation: Operation::Register,
        request_id: name.to_owned(),
        outcome: "created",
        code: "confirmation_required",
        user_sub: Some(name.to_owned()),
        cognito_request_id: Some(name.to_owned()),
        recipient: Some(name.to_owned()),
        username: Some(name.to_owned()),
        address: Some([203, 0, 113, 7].into()),
        locale: Some("en".to_owned()),
        consents: Vec::new(),
    }
}

async fn median(
    times: usize,
    work: impl AsyncFn(usize) -> anyhow::Result<()>,
) -> anyhow::Result<Duration> {
    let mut took = Vec::with_capacity(times);
    for number in 0..times {
        let started = Instant::now();
        work(number).await?;
        took.push(started.elapsed());
    }
    took.sort_unstable();
    Ok(took[times / 2])
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1000.0)
}
