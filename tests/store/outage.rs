//! A database that goes away and comes back: while it is away nothing is done that would be
//! forgotten, and afterwards nothing is missing that was acknowledged.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use futures_util::future::join;

use crate::{
    database::{Connection, Database, Engine},
    load::Load,
    own_postgres::OwnPostgres,
    process::Process,
    site::{InPool, Site, assert_replayed, form},
    support::Response,
    wait::until,
};

/// How a database goes away.
#[derive(Clone, Copy, Debug)]
enum Outage {
    /// Its port refuses connections.
    Stopped,
    /// It takes connections and does not answer.
    Paused,
    /// It dies at once, with all that it has not written.
    Killed,
    /// Somebody else writes to the SQLite file, and does not end.
    Locked,
}

/// What goes away.
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

    async fn goes(&mut self, outage: Outage) {
        match self {
            Self::Postgres(postgres) => match outage {
                Outage::Stopped => postgres.stop(),
                Outage::Paused => postgres.pause(),
                Outage::Killed | Outage::Locked => postgres.kill().await,
            },
            Self::File { database, lock } => *lock = Some(self::lock(database).await),
        }
    }

    async fn comes_back(&mut self, outage: Outage) {
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

/// Takes the file from all others, as soon as one of them is between two writes.
async fn lock(database: &Database) -> Connection {
    let connection = database.connect().await;
    connection.execute("PRAGMA busy_timeout = 15000").await.expect("SQLite knows it");
    connection.execute("BEGIN EXCLUSIVE").await.expect("the file is free now and then");
    connection
}

/// Registers with a key, and again as long as the ledger is away. It can be away for one request
/// more although the service is ready: the time-outs here are short, and one of its connections
/// may be late.
async fn once_it_is_there(site: &Site, replica: &Process, key: &str) -> Response {
    let look = async || site.register_patiently(replica, key, &form(key)).await;
    until_not_away(key, look).await
}

/// The same without a key.
async fn once_it_is_there_without_key(site: &Site, replica: &Process, email: &str) -> Response {
    let look = async || site.register_without_key(replica, &form(email)).await;
    until_not_away(email, look).await
}

async fn until_not_away(email: &str, mut register: impl AsyncFnMut() -> Response) -> Response {
    let look = async || {
        let answer = register().await;
        if answer.status == 503 {
            answer.assert_problem(503, "unavailable", email);
        }
        answer
    };
    until("the ledger is there", look, |answer| answer.status != 503).await
}

/// Asserts that the ledger's being away is told, and quickly, and that nothing was created.
fn assert_away(site: &Site, answer: &Response, since: Instant, email: &str) {
    answer.assert_problem(503, "unavailable", email);
    assert_eq!(answer.header("retry-after"), Some("5"), "{email}");
    assert_eq!(site.in_pool(email), InPool { accounts: 0, calls: 0 }, "{email}");
    assert!(since.elapsed() < Duration::from_secs(5), "{email}: {:?}", since.elapsed());
}

async fn refuses_while_away(outage: Outage) {
    let (mut server, site) = Server::start(outage, &[]).await;
    let replica = site.replica().await;
    site.until_ready_is(&replica, 200).await;
    let before = once_it_is_there(&site, &replica, "ada@example.com").await;
    assert_eq!(before.status, 201, "{}", before.text);

    server.goes(outage).await;
    for email in ["bob@example.com", "eve@example.com", "bob@example.com"] {
        let since = Instant::now();
        let with_key = site.register(&replica, email, &form(email)).await;
        assert_away(&site, &with_key, since, email);
        let since = Instant::now();
        let without = site.register_without_key(&replica, &form(email)).await;
        assert_away(&site, &without, since, email);
    }
    let not_ready = site.until_ready_is(&replica, 503).await;
    assert!(
        not_ready.text.contains("database_unavailable"),
        "it tells what is wrong: {}",
        not_ready.text
    );
    let live = format!("{}/health/live", replica.admin_url);
    assert_eq!(Response::of(site.client.get(live)).await.status, 200, "it need not be restarted");

    server.comes_back(outage).await;
    site.until_ready_is(&replica, 200).await;
    let again = once_it_is_there(&site, &replica, "ada@example.com").await;
    let refused_before = once_it_is_there(&site, &replica, "bob@example.com").await;
    let without_key = once_it_is_there_without_key(&site, &replica, "eve@example.com").await;

    assert_replayed(&again, &before, "what was acknowledged before");
    assert_eq!(refused_before.status, 201, "{}", refused_before.text);
    assert_eq!(without_key.status, 201, "{}", without_key.text);
}

async fn proceeds_while_away(outage: Outage) {
    let (mut server, site) = Server::start(outage, &[("DATABASE__ON_FAILURE", "proceed")]).await;
    let replica = site.replica().await;
    let before = once_it_is_there(&site, &replica, "ada@example.com").await;
    assert_eq!(before.status, 201, "{}", before.text);

    server.goes(outage).await;
    for email in ["bob@example.com", "eve@example.com"] {
        let since = Instant::now();
        let with_key = site.register(&replica, email, &form(email)).await;
        assert_away(&site, &with_key, since, email);
        let without = site.register_without_key(&replica, &form(email)).await;
        assert_eq!(without.status, 201, "{email}: {}", without.text);
    }
    assert_eq!(site.ready(&replica).await.status, 200, "it takes sign-ups");

    server.comes_back(outage).await;
    let again = once_it_is_there(&site, &replica, "ada@example.com").await;
    let new = once_it_is_there(&site, &replica, "dan@example.com").await;

    assert_replayed(&again, &before, "what was acknowledged before");
    assert_eq!(new.status, 201, "{}", new.text);
}

async fn loses_nothing_under_load(outage: Outage) {
    let (mut server, site) = Server::start(outage, &[]).await;
    let replicas = [site.replica().await, site.replica().await];
    let load = Load::new(&site, replicas.len());
    for (number, replica) in replicas.iter().enumerate() {
        load.lead_to(number, Some(&replica.url));
    }

    let outages = async {
        for _ in 0..4 {
            load.until_seen("created", 40).await;
            server.goes(outage).await;
            load.until_seen("unavailable", 20).await;
            server.comes_back(outage).await;
        }
        load.until_seen("created", 40).await;
        load.end();
    };
    join(load.run(32), outages).await;
    for replica in &replicas {
        site.until_ready_is(replica, 200).await;
    }
    load.ask_all_again().await;
    site.assert_ledger_holds().await;

    assert_eq!(load.seen("lost"), 0, "the service answered all the time: {}", load.summary());
    eprintln!("{}", load.summary());
}

/// The three tests of each outage.
macro_rules! outages {
    ($($module:ident: $outage:ident,)+) => {
        $(mod $module {
            use super::Outage;

            #[actix_web::test]
            async fn refuses_and_creates_nothing_until_the_ledger_is_back() {
                super::refuses_while_away(Outage::$outage).await;
            }

            #[actix_web::test]
            async fn proceeds_without_a_key_where_it_is_set_to() {
                super::proceeds_while_away(Outage::$outage).await;
            }

            #[actix_web::test]
            async fn loses_nothing_that_was_acknowledged_under_load() {
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
