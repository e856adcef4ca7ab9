//! `PgBouncer` between the service and PostgreSQL.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
};

use url::Url;

use crate::{
    database::{Database, Engine},
    process::error_message,
    site::{Site, form, run_to_completion},
    support::files::Folder,
    wait::until,
};

/// A connection pooler on a free port, in front of one database.
struct Pooler {
    server: Child,
    port: u16,
    _folder: Folder,
}

impl Pooler {
    async fn start(database: &Url, mode: &str) -> Self {
        let folder = Folder::new("pgbouncer");
        let port = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = port.local_addr().expect("it is bound").port();
        let settings = format!(
            "[databases]\nvestibule = host={} port={} dbname={} user={} password={}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\n\
             unix_socket_dir =\npool_mode = {mode}\ndefault_pool_size = 20\n",
            database.host_str().expect("it has a host"),
            database.port().expect("it has a port"),
            database.path().trim_start_matches('/'),
            database.username(),
            database.password().expect("it has a password"),
        );
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, settings).expect("the file is written");
        // PgBouncer does not run as root. It ends with this thread.
        let server = Command::new("setpriv")
            .args(["--pdeathsig", "INT", "--reuid", "postgres", "--regid", "postgres"])
            .args(["--clear-groups", "/usr/sbin/pgbouncer", "--quiet"])
            .arg(&file)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("`tests/with-postgres` installs PgBouncer");
        let listens = async || TcpStream::connect(("127.0.0.1", port)).is_ok();
        until("PgBouncer listens", listens, |listens| *listens).await;
        Self { server, port, _folder: folder }
    }

    fn url(&self) -> String {
        format!("postgres://vestibule@127.0.0.1:{}/vestibule", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[actix_web::test]
async fn pooled_sessions_work_and_pooled_transactions_are_rejected() {
    for (mode, works) in [("session", true), ("transaction", false), ("statement", false)] {
        let database = Database::new(Engine::Postgres).await;
        let own = Url::parse(database.url()).expect("it is a URL");
        let pooler = Pooler::start(&own, mode).await;
        let url = pooler.url();
        let site = Site::on(database, &[("DATABASE__URL", &url)]).await;

        if works {
            let replica = site.replica().await;
            let response = site.register(&replica, "k", &form("ada@example.com")).await;
            assert_eq!(response.status, 201, "{mode}: {}", response.text);
            site.assert_audit_log_is_intact().await;
            continue;
        }
        for arguments in [&["serve"][..], &["serve", "--migrate=off"], &["migrate"]] {
            let output = run_to_completion(site.command(arguments)).await;

            let case = format!("{mode}: {arguments:?}");
            assert_eq!(output.status.code(), Some(1), "{case}: {output:?}");
            let sentence = error_message(&output, &case);
            assert!(sentence.starts_with("database.url: "), "{case}: {sentence}");
            assert!(sentence.contains("pool_mode = session"), "{case}: {sentence}");
        }
    }
}
