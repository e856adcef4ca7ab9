//! A database that is unavailable for a time. Meanwhile the service does no work that it could not
//! store. Afterwards no acknowledged row is missing.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use actix_web::rt::spawn;
use futures_util::future::join;
use serde_json::json;

use crate::{
    database::{Connection, Database, Engine},
    gate::Gate,
    load::Load,
    own_postgres::OwnPostgres,
    process::Process,
    site::{InPool, Site, assert_replayed, form},
    support::Response,
    wait::until,
};

/// A kind of outage.
#[derive(Clone, Copy, Debug)]
enum Outage {
    /// The server is stopped, and connections to its port fail.
    Stopped,
    /// The server accepts connections and does not respond.
    Paused,
    /// A test kills the server, which loses the data that it has not written.
    Killed,
    /// Another process holds the write lock of the SQLite file.
    Locked,
}

/// The database that becomes unavailable.
enum Server {
    Postgres(Box<OwnPostgres>),
    File { database: Rc<Database>, lock: Option<Connection> },
}

impl Server {
    async fn start(outage: Outage, settings: &[(&str, &str)]) -> (Self, Site) {
        let short = [
            ("DATABASE__CONNECT_TIMEOUT", "500ms"),
            ("DATABASE__TIMEOUT", "500ms"),
            ("DATABASE__COMMIT_TIMEOUT", "2s"),
            ("COGNITO__OPERATION_TIMEOUT", "2s"),
        ];
        let settings = [&short, settings].concat();
        if let Outage::Locked = outage {
            let site = Site::new(Engine::Sqlite, &settings).await;
            let database = Rc::clone(&site.database);
            return (Self::File { database, lock: None }, site);
        }
        let postgres = OwnPostgres::start().await;
        let site = Site::on(postgres.database().await, &settings).await;
        (Self::Postgres(Box::new(postgres)), site)
    }

    async fn begin(&mut self, outage: Outage) {
        match self {
            Self::Postgres(postgres) => match outage {
                Outage::Stopped => postgres.stop(),
                Outage::Paused => postgres.pause(),
                Outage::Killed | Outage::Locked => postgres.kill().await,
            },
            Self::File { database, lock } => *lock = Some(self::lock(database).await),
        }
    }

    async fn end(&mut self, outage: Outage) {
        match self {
            Self::Postgres(postgres) => match outage {
                Outage::Paused => postgres.resume(),
                Outage::Stopped | Outage::Killed | Outage::Locked => postgres.start_again().await,
            },
            Self::File { lock, .. } => {
                let lock = lock.take().expect("it is locked");
                lock.execute("ROLLBACK").await.expect("it is open");
            }
        }
    }
}

/// Locks the file as soon as no other process writes.
async fn lock(database: &Database) -> Connection {
    let connection = database.connect().await;
    connection.execute("PRAGMA busy_timeout = 15000").await.expect("SQLite knows it");
    connection.execute("BEGIN EXCLUSIVE").await.expect("the file is free now and then");
    connection
}

/// Registers with a key until the database is available. The timeouts are short, and a connection
/// may be late. One more request may therefore fail although the service is ready.
async fn register_when_available(site: &Site, replica: &Process, key: &str) -> Response {
    let look = async || site.register_patiently(replica, key, &form(key)).await;
    until_available(key, look).await
}

/// Registers without a key until the database is available.
async fn register_when_available_without_key(
    site: &Site,
    replica: &Process,
    email: &str,
) -> Response {
    let look = async || site.register_without_key(replica, &form(email)).await;
    until_available(email, look).await
}

async fn until_available(email: &str, mut register: impl AsyncFnMut() -> Response) -> Response {
    let look = async || {
        let response = register().await;
        if response.status == 503 {
            response.assert_problem(503, "unavailable", email);
        }
        response
    };
    until("the database is available", look, |response| response.status != 503).await
}

/// Asserts that the service reports the outage quickly and creates no account.
fn assert_unavailable(site: &Site, response: &Response, since: Instant, email: &str) {
    response.assert_problem(503, "unavailable", email);
    response.assert_retry_after(Some((5, 8)), email);
    assert_eq!(site.in_pool(email), InPool { accounts: 0, calls: 0 }, "{email}");
    assert!(since.elapsed() < Duration::from_secs(5), "{email}: {:?}", since.elapsed());
}

async fn rejects_while_unavailable(outage: Outage) {
    let (mut server, site) = Server::start(outage, &[]).await;
    let replica = site.replica().await;
    site.until_ready_is(&replica, 200).await;
    let before = register_when_available(&site, &replica, "ada@example.com").await;
    assert_eq!(before.status, 201, "{}", before.text);

    server.begin(outage).await;
    for email in ["bob@example.com", "eve@example.com", "bob@example.com"] {
        let since = Instant::now();
        let with_key = site.register(&replica, email, &form(email)).await;
        assert_unavailable(&site, &with_key, since, email);
        let since = Instant::now();
        let without = site.register_without_key(&replica, &form(email)).await;
        assert_unavailable(&site, &without, since, email);
    }
    let not_ready = site.until_ready_is(&replica, 503).await;
    assert!(
        not_ready.text.contains("database_unavailable"),
        "the response states the reason: {}",
        not_ready.text
    );
    let live = format!("{}/health/live", replica.admin_url);
    assert_eq!(Response::of(site.client.get(live)).await.status, 200, "it needs no restart");

    server.end(outage).await;
    site.until_ready_is(&replica, 200).await;
    let again = register_when_available(&site, &replica, "ada@example.com").await;
    let refused_before = register_when_available(&site, &replica, "bob@example.com").await;
    let without_key = register_when_available_without_key(&site, &replica, "eve@example.com").await;

    assert_replayed(&again, &before, "the response before the outage");
    assert_eq!(refused_before.status, 201, "{}", refused_before.text);
    assert_eq!(without_key.status, 201, "{}", without_key.text);
}

async fn proceeds_while_unavailable(outage: Outage) {
    let (mut server, site) = Server::start(outage, &[("DATABASE__ON_FAILURE", "proceed")]).await;
    let replica = site.replica().await;
    let before = register_when_available(&site, &replica, "ada@example.com").await;
    assert_eq!(before.status, 201, "{}", before.text);

    server.begin(outage).await;
    for email in ["bob@example.com", "eve@example.com"] {
        let since = Instant::now();
        let with_key = site.register(&replica, email, &form(email)).await;
        assert_unavailable(&site, &with_key, since, email);
        let without = site.register_without_key(&replica, &form(email)).await;
        assert_eq!(without.status, 201, "{email}: {}", without.text);
    }
    assert_eq!(site.ready(&replica).await.status, 200, "it takes sign-ups");

    server.end(outage).await;
    let again = register_when_available(&site, &replica, "ada@example.com").await;
    let new = register_when_available(&site, &replica, "dan@example.com").await;

    assert_replayed(&again, &before, "the response before the outage");
    assert_eq!(new.status, 201, "{}", new.text);
}

// Without a key and a consent, nothing but the account depends on the row, which stays queued.
async fn reports_a_known_success_that_is_not_stored(outage: Outage) {
    let terms = ("REGISTRATION__CONSENTS", "{ terms = { version = \"1\" } }");
    let (mut server, site) =
        Server::start(outage, &[("COGNITO__OPERATION_TIMEOUT", "30s"), terms]).await;
    let gate = Gate::start(&site.pool.url()).await;
    let replica = site.replica_with(&[("COGNITO__ENDPOINT", &gate.url)]).await;
    site.until_ready_is(&replica, 200).await;
    let confirmed = "eve@example.com";
    let open = site.replica().await;
    let signed_up = register_when_available_without_key(&site, &open, confirmed).await;
    assert_eq!(signed_up.status, 201, "{}", signed_up.text);
    let code = site.pool.state().messages(Some(confirmed))[0].code.clone();
    let mut with_consent = form("dan@example.com");
    with_consent["consents"] = json!({"terms": "1"});
    let confirm = json!({"username": confirmed, "code": code});
    let without_key = Response::of(site.request(&replica, &form("ada@example.com")));
    let with_key = site.request(&replica, &form("bob@example.com")).header("idempotency-key", "k");
    let [without_key, with_key, with_consent, confirm] = [
        spawn(without_key),
        spawn(Response::of(with_key)),
        spawn(Response::of(site.request(&replica, &with_consent))),
        spawn(Response::of(
            site.client.post(format!("{}/register/confirm", replica.url)).json(&confirm),
        )),
    ];
    for email in ["ada@example.com", "bob@example.com", "dan@example.com"] {
        until("the call is in progress", async || site.in_pool(email), |it| it.calls == 1).await;
    }
    let calls = async || site.pool.state().requests(Some(confirmed)).len();
    until("the confirm is in progress", calls, |calls| *calls == 2).await;

    server.begin(outage).await;
    let since = Instant::now();
    gate.open();
    let without_key = without_key.await.expect("the service responds");
    let confirm = confirm.await.expect("the service responds");
    let elapsed = since.elapsed();
    let [with_key, with_consent] = [
        with_key.await.expect("the service responds"),
        with_consent.await.expect("the service responds"),
    ];
    let late = replica.metric("database_late_commits_total").await;
    server.end(outage).await;
    let again = register_when_available_without_key(&site, &replica, "ada@example.com").await;
    let replayed = register_when_available(&site, &replica, "bob@example.com").await;
    let repeated = site.register_patiently(&replica, "k", &form("bob@example.com")).await;

    assert_eq!(without_key.status, 201, "{}", without_key.text);
    assert_eq!(confirm.status, 200, "{}", confirm.text);
    assert!(elapsed < Duration::from_secs(10), "{elapsed:?}");
    for unknown in [&with_key, &with_consent] {
        unknown.assert_problem(502, "upstream-failed", "the response must not differ later");
    }
    assert_eq!(late, 2);
    assert_eq!(again.status, 202, "{}", again.text);
    assert_eq!(replayed.status, 202, "another key: {}", replayed.text);
    assert_eq!(repeated.status, 201, "{}", repeated.text);
    assert_eq!(repeated.header("idempotency-replayed"), Some("true"), "its row was queued");
}

async fn loses_nothing_under_load(outage: Outage) {
    let (mut server, site) = Server::start(outage, &[]).await;
    let replicas = [site.replica().await, site.replica().await];
    let load = Load::new(&site, replicas.len());
    for (number, replica) in replicas.iter().enumerate() {
        load.set_url(number, Some(&replica.url));
    }

    let outages = async {
        for _ in 0..4 {
            load.until_seen("created", 40).await;
            server.begin(outage).await;
            load.until_seen("unavailable", 20).await;
            server.end(outage).await;
        }
        load.until_seen("created", 40).await;
        load.end();
    };
    join(load.run(32), outages).await;
    for replica in &replicas {
        site.until_ready_is(replica, 200).await;
    }
    load.repeat_all().await;
    site.assert_audit_log_is_intact().await;

    assert_eq!(load.seen("lost"), 0, "the service responded all the time: {}", load.summary());
    eprintln!("{}", load.summary());
}

/// Creates the four tests of each kind of outage.
macro_rules! outages {
    ($($module:ident: $outage:ident,)+) => {
        $(mod $module {
            use super::Outage;

            #[actix_web::test]
            async fn rejects_and_creates_nothing_until_the_database_is_available() {
                super::rejects_while_unavailable(Outage::$outage).await;
            }

            #[actix_web::test]
            async fn proceeds_without_a_key_if_the_settings_say_so() {
                super::proceeds_while_unavailable(Outage::$outage).await;
            }

            #[actix_web::test]
            async fn reports_a_known_success_that_is_not_stored() {
                super::reports_a_known_success_that_is_not_stored(Outage::$outage).await;
            }

            #[actix_web::test]
            async fn loses_no_acknowledged_row_under_load() {
                super::loses_nothing_under_load(Outage::$outage).await;
            }
        })+
    };
}

outages! {
    postgres_stopped: Stopped,
    postgres_paused: Paused,
    postgres_killed: Killed,
    sqlite_locked: Locked,
}
