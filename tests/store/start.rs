//! Migrations at start, by hand, and by several replicas at once.

use futures_util::future::join_all;

use crate::{
    database::{Database, Engine},
    own_postgres::OwnPostgres,
    process::{Process, error_message},
    site::{Site, assert_pending, assert_replayed, form, run_to_completion},
    wait::until,
};

async fn simultaneous_starts_on_an_empty_database_all_become_ready(engine: Engine) {
    for round in 0..3 {
        let site = Site::new(engine, &[]).await;

        let replicas = join_all((0..4).map(|_| site.replica())).await;

        for (number, replica) in replicas.iter().enumerate() {
            site.until_ready_is(replica, 200).await;
            let form = form(&format!("ada{number}@example.com"));
            let response = site.register(replica, &format!("k{number}"), &form).await;
            assert_eq!(response.status, 201, "round {round}: {}", response.text);
        }
    }
}

async fn migrate_can_be_repeated(engine: Engine) {
    let site = Site::new(engine, &[]).await;

    let first = run_to_completion(site.command(&["migrate"])).await;
    let again = run_to_completion(site.command(&["migrate"])).await;
    let replica = Process::start(site.command(&["serve", "--migrate=off"])).await;
    let response = site.register(&replica, "k", &form("ada@example.com")).await;
    let with_replica = run_to_completion(site.command(&["migrate"])).await;

    for output in [first, again, with_replica] {
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
    }
    assert_eq!(response.status, 201, "{}", response.text);
}

async fn simultaneous_migrate_commands_all_succeed(engine: Engine) {
    let site = Site::new(engine, &[]).await;

    let outputs = join_all((0..4).map(|_| run_to_completion(site.command(&["migrate"])))).await;

    for output in outputs {
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    let replica = Process::start(site.command(&["serve", "--migrate=off"])).await;
    site.until_ready_is(&replica, 200).await;
}

async fn a_start_without_tables_names_the_migrate_command(engine: Engine) {
    let site = Site::new(engine, &[]).await;

    let output = run_to_completion(site.command(&["serve", "--migrate=off"])).await;

    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let error_message = error_message(&output, "no tables");
    assert!(error_message.contains("vestibule migrate"), "{error_message}");
}

#[actix_web::test]
async fn reports_an_unusable_file_in_one_sentence() {
    for path in ["/nowhere/vestibule.db", "/proc/ledger.db", "/tmp"] {
        let url = format!("sqlite:{path}");
        let site = Site::on(Database::new(Engine::Sqlite).await, &[("DATABASE__URL", &url)]).await;
        for arguments in [&["serve"][..], &["serve", "--migrate=off"], &["migrate"]] {
            let output = run_to_completion(site.command(arguments)).await;

            let case = format!("{path}: {arguments:?}");
            assert_eq!(output.status.code(), Some(1), "{case}: {output:?}");
            let error_message = error_message(&output, &case);
            assert!(error_message.contains("database.url"), "{case}: {error_message}");
            assert!(error_message.contains(path), "{case}: {error_message}");
        }
    }
}

#[actix_web::test]
async fn migrate_reports_an_unavailable_server_without_the_password() {
    let url = "postgres://vestibule:swordfish@127.0.0.1:1/vestibule";
    let settings = [("DATABASE__URL", url), ("DATABASE__CONNECT_TIMEOUT", "500ms")];
    let site = Site::on(Database::new(Engine::Sqlite).await, &settings).await;

    let output = run_to_completion(site.command(&["migrate"])).await;

    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let error_message = error_message(&output, "no server listens");
    assert!(error_message.contains("database.url"), "{error_message}");
    assert!(!error_message.contains("swordfish"), "{error_message}");
}

#[actix_web::test]
async fn with_a_key_the_service_waits_for_the_server_in_the_background() {
    let mut server = OwnPostgres::start().await;
    let key = ("DATABASE__KEY", "a database key of 32 characters or more");
    let site = Site::on(server.database().await, &[key]).await;
    server.stop();

    let replica = site.replica().await;
    site.until_ready_is(&replica, 503).await;
    let rejected = site.register(&replica, "k", &form("ada@example.com")).await;
    server.start_again().await;
    site.until_ready_is(&replica, 200).await;
    let response = site.register(&replica, "k", &form("ada@example.com")).await;

    rejected.assert_problem(503, "unavailable", "while the server is unavailable");
    assert_eq!(response.status, 201, "{}", response.text);
}

#[actix_web::test]
async fn without_a_key_the_service_waits_for_the_server_before_it_listens() {
    let mut server = OwnPostgres::start().await;
    let site = Site::on(server.database().await, &[]).await;
    server.stop();

    let mut ended = Process::spawn(site.command(&["serve"]));
    let waiting = Process::spawn(site.command(&["serve"]));
    for process in [&ended, &waiting] {
        let look = async || process.all_output();
        let waits = |log: &String| log.contains("waiting for the key");
        until("the service logs what it waits for", look, waits).await;
    }
    ended.signal("TERM");
    let status = ended.wait_for_exit().await;
    server.start_again().await;
    let replica = waiting.wait_until_listening().await;
    site.until_ready_is(&replica, 200).await;
    let response = site.register(&replica, "k", &form("ada@example.com")).await;

    assert_eq!(status.code(), Some(0), "{}", ended.all_output());
    assert_eq!(response.status, 201, "{}", response.text);
}

// The first replica creates the key, and the others read it.
async fn replicas_without_a_key_share_the_stored_one(engine: Engine) {
    let site = Site::new(engine, &[]).await;
    let replicas = join_all((0..4).map(|_| site.replica())).await;
    let form = form("ada@example.com");

    let created = site.register(&replicas[0], "k", &form).await;

    assert_eq!(created.status, 201, "{}", created.text);
    for (number, replica) in replicas.iter().enumerate() {
        let again = site.register(replica, "k", &form).await;
        assert_replayed(&again, &created, &format!("replica {number}"));
        let without = site.register_without_key(replica, &form).await;
        assert_pending(&without, &format!("replica {number}"));
    }
    site.assert_audit_log_is_intact().await;
}

on_both_engines! {
    replicas_without_a_key_share_the_stored_one,
    simultaneous_starts_on_an_empty_database_all_become_ready,
    migrate_can_be_repeated,
    simultaneous_migrate_commands_all_succeed,
    a_start_without_tables_names_the_migrate_command,
}
