//! A readable database that accepts no rows, and tables of a newer version.

use crate::{
    database::{Connection, Database, Engine},
    own_postgres::OwnPostgres,
    process::{Process, error_message},
    site::{Site, form, run_to_completion},
};

/// Asserts that a replica that runs is not ready between two statements of an operator. Returns the
/// error of a replica that starts between them.
async fn assert_not_ready_between(
    site: &Site,
    replica: &Process,
    operator: &Connection,
    [breaks, mends]: [&str; 2],
) -> String {
    operator.execute(breaks).await.expect("the statement is valid");
    let not_ready = site.until_ready_is(replica, 503).await;
    let rejected = site.register_without_key(replica, &form("eve@example.com")).await;
    let start = run_to_completion(site.command(&["serve", "--migrate=off"])).await;
    operator.execute(mends).await.expect("the statement is valid");
    site.until_ready_is(replica, 200).await;

    assert!(not_ready.text.contains("database_unavailable"), "{breaks}: {}", not_ready.text);
    rejected.assert_problem(503, "unavailable", breaks);
    assert_eq!(site.in_pool("eve@example.com").calls, 0, "{breaks}");
    assert_eq!(start.status.code(), Some(1), "{breaks}: {start:?}");
    let sentence = error_message(&start, breaks);
    assert!(sentence.starts_with("database.url: "), "{breaks}: {sentence}");
    assert!(replica.metric(r#"database_errors_total{reason="unusable"}"#).await > 0);
    sentence
}

#[actix_web::test]
async fn a_replica_whose_role_lost_a_permission_is_not_ready() {
    let server = OwnPostgres::start().await;
    let database = server.database().await;
    let operator = database.connect().await;
    let site = Site::on(database, &[]).await;
    run_to_completion(site.command(&["migrate"])).await;
    for sql in [
        "CREATE ROLE app LOGIN PASSWORD 'swordfish'",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO app",
        "REVOKE DELETE ON seals FROM app",
    ] {
        operator.execute(sql).await.expect("the statement is valid");
    }
    let mut url = url::Url::parse(site.database.url()).expect("it is a URL");
    url.set_username("app").and_then(|()| url.set_password(None)).expect("it has a host");
    let as_app = [
        ("DATABASE__URL", url.as_str()),
        ("DATABASE__PASSWORD", "swordfish"),
        ("DATABASE__APPLICATION_NAME", "sign-ups"),
    ];
    let site = Site::on(Database::in_place("unused".as_ref()), &as_app).await;
    let replica = Process::start(site.command(&["serve", "--migrate=off"])).await;
    site.until_ready_is(&replica, 200).await;
    let named = "SELECT 1 / COUNT(*) FROM pg_stat_activity WHERE application_name = 'sign-ups'";
    operator.execute(named).await.expect("the connection has this name");

    for (privilege, remedy) in [
        ("INSERT ON sign_ups", "Grant SELECT, INSERT, UPDATE and DELETE on the table to the role."),
        ("UPDATE ON seals", "Grant SELECT, INSERT and UPDATE on the table to the role."),
        ("DELETE ON confirms", "Grant SELECT, INSERT, UPDATE and DELETE on the table to the role."),
        ("USAGE ON SEQUENCE id_blocks", "Grant USAGE of the sequence to the role."),
    ] {
        let breaks = format!("REVOKE {privilege} FROM app");
        let mends = format!("GRANT {privilege} TO app");
        let sentence =
            assert_not_ready_between(&site, &replica, &operator, [&breaks, &mends]).await;
        assert!(sentence.ends_with(remedy), "{privilege}: {sentence}");
    }
    let response = site.register(&replica, "k", &form("ada@example.com")).await;
    assert_eq!(response.status, 201, "{}", response.text);
}

async fn a_replica_whose_rows_are_rejected_is_not_ready(engine: Engine) {
    let site = Site::new(engine, &[]).await;
    let replica = site.replica().await;
    let operator = site.database.connect().await;
    let statements = match engine {
        Engine::Sqlite => [
            "CREATE TRIGGER rejects BEFORE INSERT ON attempts BEGIN SELECT RAISE(ABORT, 'no'); END",
            "DROP TRIGGER rejects",
        ],
        Engine::Postgres => [
            "ALTER TABLE attempts ADD COLUMN later TEXT NOT NULL",
            "ALTER TABLE attempts DROP COLUMN later",
        ],
    };

    assert_not_ready_between(&site, &replica, &operator, statements).await;

    let response = site.register(&replica, "k", &form("ada@example.com")).await;
    assert_eq!(response.status, 201, "{}", response.text);
}

/// Makes the tables those of a later version.
async fn migrate_further(site: &Site, compatible_from: u8) {
    let later = site.database.connect().await;
    for sql in [
        "ALTER TABLE attempts ADD COLUMN note TEXT",
        "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
         VALUES (2, 'note', '2026-11-01T10:00:00Z', '1')",
        &format!("UPDATE compatibility SET compatible_from = {compatible_from}"),
    ] {
        later.execute(sql).await.expect("the statement is valid");
    }
}

async fn a_service_works_with_newer_tables_that_are_compatible_with_it(engine: Engine) {
    let site = Site::new(engine, &[]).await;
    let before = site.replica().await;
    let first = site.register(&before, "k1", &form("ada@example.com")).await;

    migrate_further(&site, 1).await;

    let after = site.replica().await;
    let off = Process::start(site.command(&["serve", "--migrate=off"])).await;
    assert_eq!(first.status, 201, "{}", first.text);
    for (number, replica) in [&before, &after, &off].into_iter().enumerate() {
        let email = format!("grace{number}@example.com");
        let response = site.register(replica, &email, &form(&email)).await;
        assert_eq!(response.status, 201, "{number}: {}", response.text);
    }
    let migrate = run_to_completion(site.command(&["migrate"])).await;
    assert_eq!(migrate.status.code(), Some(0), "{migrate:?}");
    site.assert_audit_log_is_intact().await;
}

async fn a_service_rejects_newer_tables_that_are_not_compatible_with_it(engine: Engine) {
    let site = Site::new(engine, &[]).await;
    let running = site.replica().await;

    migrate_further(&site, 2).await;

    let not_ready = site.until_ready_is(&running, 503).await;
    let rejected = site.register(&running, "k", &form("ada@example.com")).await;
    assert!(not_ready.text.contains("newer version"), "{}", not_ready.text);
    rejected.assert_problem(503, "unavailable", "the tables changed");
    for arguments in
        [&["serve"][..], &["serve", "--migrate=off"], &["migrate"], &["audit", "verify"]]
    {
        let output = run_to_completion(site.command(arguments)).await;

        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        let sentence = error_message(&output, &format!("{arguments:?}"));
        for part in ["database.url", "newer version", "version 2", "Upgrade"] {
            assert!(sentence.contains(part), "{arguments:?}: {sentence}");
        }
    }
}

on_both_engines! {
    a_replica_whose_rows_are_rejected_is_not_ready,
    a_service_works_with_newer_tables_that_are_compatible_with_it,
    a_service_rejects_newer_tables_that_are_not_compatible_with_it,
}
