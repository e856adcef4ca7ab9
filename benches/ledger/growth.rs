//! Whether the ledger stays as fast as it grows: fills its tables step by step, and at each
//! size times what a request asks of it, through the ledger as the service holds it. At the
//! end it shows the plans of the statements.

use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::Parser;
use secrecy::SecretString;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row, any::AnyRow};
use vestibule::{
    config::{Config, Sources},
    metrics::Metrics,
    store::{
        Attempt, Claim, ClaimResult, Completion, IdempotentRequest, Known, Ledger, Migrate,
        Operation, PriorAttempt, StoredResponse, Subject, SubjectEnd,
    },
};

/// Times the ledger at growing sizes.
#[derive(Parser)]
struct Arguments {
    /// An empty database, as in `database.url`.
    #[arg(long)]
    url: String,
    /// How many rows each table has at each step.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000,10000000")]
    rows: Vec<i64>,
    /// How often each thing is timed.
    #[arg(long, default_value_t = 500)]
    times: usize,
}

/// What a request or an operator looks for, by its table's index.
const STATEMENTS: [&str; 8] = [
    "SELECT fingerprint FROM idempotency_keys WHERE id = 'x' AND expires_at > 0",
    "DELETE FROM idempotency_keys WHERE id IN
         (SELECT id FROM idempotency_keys WHERE expires_at <= 0 LIMIT 500)",
    "SELECT id FROM recent_sign_ups WHERE name IN ('x', 'y') AND id <> 'z' AND expires_at > 0",
    "UPDATE recent_sign_ups SET state = 'created' WHERE id = 'x'",
    "SELECT state FROM confirmations WHERE id IN ('x', 'y') AND expires_at > 0",
    "SELECT id FROM attempts WHERE recipient IN ('x', 'y')",
    "SELECT id FROM attempts WHERE request_id = 'x'",
    "SELECT id FROM attempts WHERE chain = 'x' AND sequence > 5 ORDER BY sequence LIMIT 500",
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    // Makes the tables. While they are filled nobody else writes to them.
    open(&arguments.url).await?.close().await;
    let mut connection = connect(&arguments.url).await?;
    let mut out = io::stdout();
    writeln!(
        out,
        "| rows in each table | a new key, ms | a replay, ms | a sign-up that exists, ms | an operator's look, ms |"
    )?;
    writeln!(out, "| ---: | ---: | ---: | ---: | ---: |")?;
    let mut filled = 0;
    for rows in arguments.rows {
        fill(&mut connection, filled, rows).await?;
        filled = rows;
        let ledger = open(&arguments.url).await?;
        let run = format!("at-{rows}");
        let fresh = median(arguments.times, async |number| {
            sign_up(&ledger, &format!("{run}-{number}")).await
        })
        .await?;
        let replay = median(arguments.times, async |number| {
            replay(&ledger, &format!("{run}-{number}")).await
        })
        .await?;
        let exists = median(arguments.times, async |number| {
            exists(&ledger, &format!("{run}-{number}")).await
        })
        .await?;
        let look = look(&mut connection, arguments.times, rows).await?;
        writeln!(
            out,
            "| {rows} | {} | {} | {} | {} |",
            milliseconds(fresh),
            milliseconds(replay),
            milliseconds(exists),
            milliseconds(look)
        )?;
        out.flush()?;
        ledger.close().await;
    }
    explain(&mut connection, &mut out).await
}

async fn open(url: &str) -> anyhow::Result<Ledger> {
    let environment = [("VESTIBULE__DATABASE__URL".to_owned(), url.to_owned())];
    let config = Config::load(Sources { sandbox: true, file: None, environment: &environment })?;
    let Config { database, audit, cognito, .. } = &config;
    let opened = Ledger::open(database, *audit, cognito, Migrate::Auto, Metrics::default());
    Ok(opened.await?)
}

async fn connect(url: &str) -> anyhow::Result<AnyConnection> {
    let mut connection = AnyConnection::connect(url).await?;
    if url.starts_with("sqlite:") {
        sqlx::raw_sql("PRAGMA busy_timeout = 60000").execute(&mut connection).await?;
    }
    Ok(connection)
}

/// Adds rows until each table has so many. None is the concern of what is timed. An index is
/// made faster of rows that are there than row by row.
async fn fill(connection: &mut AnyConnection, from: i64, to: i64) -> anyhow::Result<()> {
    let indexes = drop_indexes(connection).await?;
    insert(connection, from, to).await?;
    for index in indexes {
        sqlx::raw_sql(AssertSqlSafe(index)).execute(&mut *connection).await?;
    }
    sqlx::raw_sql("ANALYZE").execute(&mut *connection).await?;
    Ok(())
}

/// Drops all indexes but those of primary keys; what would make them again.
async fn drop_indexes(connection: &mut AnyConnection) -> anyhow::Result<Vec<String>> {
    let listed = if connection.backend_name() == "SQLite" {
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    } else {
        r"SELECT indexname :: text, indexdef FROM pg_indexes
          WHERE schemaname = 'public' AND indexname NOT LIKE '%\_pkey'"
    };
    let mut made_by = Vec::new();
    for row in sqlx::query(listed).fetch_all(&mut *connection).await? {
        let (name, sql): (String, String) = (row.get(0), row.get(1));
        let drop = AssertSqlSafe(format!("DROP INDEX {name}"));
        sqlx::raw_sql(drop).execute(&mut *connection).await?;
        made_by.push(sql);
    }
    Ok(made_by)
}

async fn insert(connection: &mut AnyConnection, from: i64, to: i64) -> anyhow::Result<()> {
    const STEP: i64 = 1_000_000;
    let is_sqlite = connection.backend_name() == "SQLite";
    let mut from = from;
    while from < to {
        let until = (from + STEP).min(to);
        let numbers = if is_sqlite {
            format!(
                "WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {until})"
            )
        } else {
            format!("WITH n(i) AS (SELECT generate_series({from}, {} :: bigint))", until - 1)
        };
        // Digests have no order, and 43 characters.
        let digest = if is_sqlite {
            "lower(hex(randomblob(21)))"
        } else {
            "md5(random() :: text) || substr(md5(random() :: text), 1, 11)"
        };
        let later = 4_000_000_000_000_i64;
        for insert in [
            format!(
                "INSERT INTO idempotency_keys SELECT {digest}, {digest}, {digest}, 0, 0, {digest}, {later} + i FROM n ORDER BY 1"
            ),
            format!(
                "INSERT INTO recent_sign_ups SELECT {digest}, {digest}, {digest}, 'created', 0, {later} + i FROM n ORDER BY 1"
            ),
            format!(
                "INSERT INTO confirmations SELECT {digest}, 'confirmed', {digest}, 0, {later} + i FROM n ORDER BY 1"
            ),
            format!(
                "INSERT INTO attempts SELECT {digest}, 1000000 * i, {digest}, 'register', 'created', 'confirmation_required', {digest}, {digest}, {digest}, {digest}, {digest}, 'en', 'filled', 'filled', i, {digest}, {digest} FROM n ORDER BY 1"
            ),
        ] {
            // In the order of the primary key, which is the fastest. SQLite has the table before what is
            // selected, PostgreSQL before either.
            let statement = match insert.split_once(" SELECT ") {
                Some((into, select)) => format!("{into} {numbers} SELECT {select}"),
                None => insert,
            };
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *connection).await?;
        }
        from = until;
    }
    Ok(())
}

/// A sign-up with a key, from its beginning to its end.
async fn sign_up(ledger: &Ledger, name: &str) -> anyhow::Result<()> {
    let claim = claim(ledger, Some(name), name, "Correct-horse-7").await?;
    let response =
        StoredResponse::Final(r#"{"status":201,"code":"confirmation_required"}"#.repeat(4));
    let subject = SubjectEnd::SignUp(Some(PriorAttempt::Created));
    ledger.end(claim, Completion { response, subject, attempt: attempt(name) }).await?;
    Ok(())
}

async fn replay(ledger: &Ledger, name: &str) -> anyhow::Result<()> {
    match ledger.look_up(&keyed(name)).await? {
        Known::Stored(_) => Ok(()),
        other => anyhow::bail!("no replay: {other:?}"),
    }
}

/// A sign-up that is told that the account exists.
async fn exists(ledger: &Ledger, name: &str) -> anyhow::Result<()> {
    let claim = claim(ledger, None, name, "Correct-horse-7").await?;
    let earlier = ledger.existing(&claim).await?.context("it is known")?;
    anyhow::ensure!(earlier == PriorAttempt::Created, "{earlier:?}");
    Ok(())
}

/// A look-up with a key, then the claim.
async fn claim(
    ledger: &Ledger,
    key: Option<&str>,
    name: &str,
    password: &str,
) -> anyhow::Result<Claim> {
    let keyed = key.map(keyed);
    let password = SecretString::from(password);
    if let Some(keyed) = &keyed {
        let known = ledger.look_up(keyed).await?;
        anyhow::ensure!(known == Known::New, "{known:?}");
    }
    match ledger.claim(keyed.as_ref(), Subject::SignUp { name, password: Some(&password) }).await? {
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

/// The row of one request among all of them.
async fn look(connection: &mut AnyConnection, times: usize, rows: i64) -> anyhow::Result<Duration> {
    let sample =
        sqlx::query("SELECT request_id FROM attempts WHERE chain = 'filled' AND sequence = $1")
            .bind(rows / 2)
            .fetch_one(&mut *connection)
            .await?;
    let request_id: String = sample.get(0);
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let started = Instant::now();
        let found = sqlx::query("SELECT id FROM attempts WHERE request_id = $1")
            .bind(request_id.clone())
            .fetch_all(&mut *connection)
            .await?;
        took.push(started.elapsed());
        anyhow::ensure!(found.len() == 1, "{} rows", found.len());
    }
    took.sort_unstable();
    Ok(took[times / 2])
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

async fn explain(connection: &mut AnyConnection, out: &mut impl Write) -> anyhow::Result<()> {
    let is_sqlite = connection.backend_name() == "SQLite";
    let (word, column) = if is_sqlite { ("EXPLAIN QUERY PLAN", 3) } else { ("EXPLAIN", 0) };
    for statement in STATEMENTS {
        let statement = statement.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(out, "\n{statement}")?;
        let explained = AssertSqlSafe(format!("{word} {statement}"));
        let plan = sqlx::query(explained).fetch_all(&mut *connection).await?;
        let line = |row: &AnyRow| row.get::<String, _>(column);
        for line in plan.iter().map(line) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}
