//! The statements and commands of docs/database.md, on a PostgreSQL server of their own.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use url::Url;

use crate::{
    database::{Database, connect},
    own_postgres::{BINARIES, OwnPostgres},
    process::{Process, error_message},
    site::{Site, form, run_to_completion},
    support::files::Folder,
};

const PAGE: &str = include_str!("../../docs/database.md");

/// Returns the blocks of the page in a language.
fn blocks(language: &str) -> Vec<String> {
    let start = format!("```{language}\n");
    let blocks = PAGE.split(&start).skip(1).filter_map(|rest| rest.split("```").next());
    blocks.map(|block| block.trim().to_owned()).collect()
}

/// Runs the statements of a block, one at a time.
async fn run_statements(url: &Url, block: &str) {
    let connection = connect(url.as_str()).await.expect("PostgreSQL responses");
    for statement in block.lines().filter(|line| !line.is_empty()) {
        connection.execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

/// Returns the URL of a database for a role.
fn url_of(server: &OwnPostgres, role: &str, password: &str, database: &str) -> Url {
    let mut url = Url::parse(&server.url()).expect("it is a URL");
    url.set_username(role).and_then(|()| url.set_password(Some(password))).expect("it has a host");
    url.set_path(database);
    url
}

async fn site(url: &Url) -> Site {
    Site::on(Database::in_place("unused".as_ref()), &[("DATABASE__URL", url.as_str())]).await
}

/// Runs a command of the page in a folder.
fn shell(line: &str, folder: &Path, owner: &Url) -> Output {
    let path = format!("{BINARIES}:/usr/bin:/bin");
    let mut command = Command::new("sh");
    command.args(["-ec", line]).current_dir(folder).env("PATH", path);
    command.env("OWNER_URL", owner.as_str()).output().expect("there is a shell")
}

async fn verify(site: &Site, expected: &str) -> Output {
    run_to_completion(site.command(&["audit", "verify", "--expect", expected])).await
}

#[actix_web::test]
async fn the_owner_migrates_and_restores_and_the_application_serves() {
    let server = OwnPostgres::start().await;
    let folder = Folder::new("operations");
    let [roles, rights, revocation] = &*blocks("sql") else {
        panic!("the page has three blocks of statements")
    };
    let superuser = Url::parse(&server.url()).expect("it is a URL");
    let create = "CREATE ROLE administrator LOGIN CREATEROLE CREATEDB PASSWORD 'admin'";
    run_statements(&superuser, create).await;
    let administrator = url_of(&server, "administrator", "admin", "postgres");
    run_statements(&administrator, roles).await;
    let [owner, app] = [("vestibule_owner", "change-me-1"), ("vestibule_app", "change-me-2")]
        .map(|(role, password)| url_of(&server, role, password, "vestibule"));
    run_statements(&owner, rights).await;
    let (as_owner, as_app) = (site(&owner).await, site(&app).await);

    let by_app = run_to_completion(as_app.command(&["migrate"])).await;
    let too_early = run_to_completion(as_app.command(&["serve", "--migrate=off"])).await;
    let by_owner = run_to_completion(as_owner.command(&["migrate"])).await;
    run_statements(&owner, revocation).await;
    let mut replica = Process::start(as_app.command(&["serve", "--migrate=off"])).await;
    let first = as_app.register(&replica, "k1", &form("ada@example.com")).await;
    replica.signal("TERM");
    replica.wait_for_exit().await;
    let table = connect(app.as_str()).await.expect("it may connect");
    let table = table.execute("CREATE TABLE other (id BIGINT)").await;

    assert_eq!(by_app.status.code(), Some(1), "{by_app:?}");
    assert!(error_message(&too_early, "no tables").contains("vestibule migrate"), "{too_early:?}");
    assert_eq!(by_owner.status.code(), Some(0), "{by_owner:?}");
    assert_eq!(first.status, 201, "{}", first.text);
    assert!(table.is_err(), "the application changes no tables");

    let commands = blocks("sh").join("\n");
    let command = |name: &str| {
        let line = commands.lines().find(|line| line.trim().starts_with(name));
        line.unwrap_or_else(|| panic!("the page has no {name}")).trim().to_owned()
    };
    let dump = shell(&command("pg_dump"), folder.path(), &owner);
    assert!(dump.status.success(), "{dump:?}");
    let save = async |name: &str| {
        let verified = run_to_completion(as_app.command(&["audit", "verify"])).await;
        let file = folder.path().join(name);
        fs::write(&file, verified.stdout).expect("the output is saved");
        file.to_str().expect("the path is text").to_owned()
    };
    let at_backup = save("verified-at-backup").await;
    let mut replica = Process::start(as_app.command(&["serve", "--migrate=off"])).await;
    let second = as_app.register(&replica, "k2", &form("bob@example.com")).await;
    replica.signal("TERM");
    replica.wait_for_exit().await;
    let latest = save("verified-latest").await;
    assert_eq!(second.status, 201, "{}", second.text);

    let create = "CREATE DATABASE restored OWNER vestibule_owner";
    run_statements(&administrator, create).await;
    let [owner, app] = [("vestibule_owner", "change-me-1"), ("vestibule_app", "change-me-2")]
        .map(|(role, password)| url_of(&server, role, password, "restored"));
    let restored = shell(&command("pg_restore"), folder.path(), &owner);
    assert!(restored.status.success(), "{restored:?}");
    let as_app = site(&app).await;
    let intact = verify(&as_app, &at_backup).await;
    let lost = verify(&as_app, &latest).await;
    let replica = Process::start(as_app.command(&["serve", "--migrate=off"])).await;
    let third = as_app.register(&replica, "k3", &form("eve@example.com")).await;

    assert_eq!(intact.status.code(), Some(0), "{intact:?}");
    assert_eq!(lost.status.code(), Some(4), "{lost:?}");
    assert!(String::from_utf8_lossy(&lost.stdout).contains("an earlier run found"), "{lost:?}");
    assert_eq!(third.status, 201, "{}", third.text);
}

/// Makes a certificate authority, and a certificate for `localhost` that the server uses.
const CERTIFICATES: &str = "
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj /CN=authority -keyout authority.key -out authority.pem
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \
        -keyout server.key -out server.csr
    echo subjectAltName=DNS:localhost >names
    openssl x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial \
        -days 2 -extfile names -out server.pem
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj /CN=stranger -keyout stranger.key -out stranger.pem
    chmod 755 . && chmod 600 server.key
    if [ \"$(id -u)\" = 0 ]; then chown postgres: server.key; fi";

#[actix_web::test]
async fn tls_verifies_the_certificate_and_the_name_of_the_server() {
    let server = OwnPostgres::start().await;
    let folder = Folder::new("certificates");
    let mut url = Url::parse(&server.url()).expect("it is a URL");
    let made = shell(CERTIFICATES, folder.path(), &url);
    assert!(made.status.success(), "{made:?}");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let settings = [
        format!("ALTER SYSTEM SET ssl_cert_file = '{}'", file("server.pem")),
        format!("ALTER SYSTEM SET ssl_key_file = '{}'", file("server.key")),
        "ALTER SYSTEM SET ssl = on".to_owned(),
        "SELECT pg_reload_conf()".to_owned(),
    ];
    run_statements(&url, &settings.join("\n")).await;

    for (host, certificate, expected) in [
        ("localhost", "authority.pem", Ok(())),
        ("127.0.0.1", "authority.pem", Err("certificate")),
        ("localhost", "stranger.pem", Err("certificate")),
        ("localhost", "missing.pem", Err("sslrootcert")),
    ] {
        url.set_host(Some(host)).expect("it is a host");
        url.set_query(Some(&format!("sslmode=verify-full&sslrootcert={}", file(certificate))));
        let site = site(&url).await;
        let output = run_to_completion(site.command(&["migrate"])).await;

        match expected {
            Ok(()) => {
                assert_eq!(output.status.code(), Some(0), "{host}, {certificate}: {output:?}");
            }
            Err(part) => {
                let sentence = error_message(&output, certificate);
                assert!(sentence.contains(part), "{host}, {certificate}: {sentence}");
            }
        }
    }
}
