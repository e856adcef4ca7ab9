//! A PostgreSQL server of one test, which can stop, pause, kill and restart it.

use std::{
    fs::{self, File},
    net::TcpListener,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use actix_web::rt::time::timeout;

use crate::{
    database::{self, Connection, Database},
    support::files::Folder,
    wait::{stays_pending, until},
};

pub(crate) const BINARIES: &str = "/usr/lib/postgresql/15/bin";

/// A cluster in a temporary folder, with a fixed port on loopback. Its drop deletes it.
pub(crate) struct OwnPostgres {
    folder: Folder,
    port: u16,
    password: String,
    server: Option<Child>,
}

impl OwnPostgres {
    /// Creates a cluster and starts its server.
    pub(crate) async fn start() -> Self {
        assert!(
            Path::new(BINARIES).join("postgres").exists(),
            "there is no {BINARIES}/postgres: `make test` installs what it needs, and so does \
             `tests/with-postgres true`"
        );
        let folder = Folder::new("postgres");
        let password = format!("{:032x}", fastrand::u128(..));
        fs::write(folder.path().join("password"), &password).expect("the password is written");
        if is_root() {
            run(Command::new("chown").args(["-R", "postgres:"]).arg(folder.path()));
        }
        let mut own = Self { folder, port: free_port(), password, server: None };
        let data = own.folder.path().join("data");
        run(own
            .as_owner("initdb")
            .arg("--pgdata")
            .arg(data)
            .arg("--pwfile")
            .arg(own.folder.path().join("password"))
            .args(["--username", "postgres", "--auth", "scram-sha-256", "--encoding", "UTF8"])
            .args(["--locale", "C.UTF-8", "--no-sync", "--no-instructions"]));
        own.start_again().await;
        own
    }

    /// Returns the superuser URL.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/postgres", self.password, self.port)
    }

    /// Creates a database.
    pub(crate) async fn database(&self) -> Database {
        Database::on_server(&self.url()).await
    }

    /// Starts the server and waits until it responds, after its recovery if there is one.
    pub(crate) async fn start_again(&mut self) {
        assert!(self.server.is_none(), "the server runs already");
        let log = File::options().create(true).append(true).open(self.log()).expect("a log");
        let errors = log.try_clone().expect("a second handle");
        let mut command = self.as_owner("postgres");
        command.arg("-D").arg(self.folder.path().join("data")).args(["-p", &self.port.to_string()]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=on",
            "max_connections=100",
        ] {
            command.args(["-c", setting]);
        }
        let server = command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn();
        self.server = Some(server.expect("PostgreSQL starts"));
        let look = async || {
            let server = self.server.as_mut().expect("it was started");
            let ended = server.try_wait().expect("it is a child process");
            assert!(ended.is_none(), "PostgreSQL ended: {}", self.read_log());
            (self.connect().await.is_some(), self.read_log())
        };
        until("PostgreSQL is ready", look, |(is_ready, _)| *is_ready).await;
    }

    /// Stops the server and closes all connections. New connections fail.
    pub(crate) fn stop(&mut self) {
        let mut server = self.server.take().expect("the server runs");
        signal("INT", &[server.id()]);
        server.wait().expect("it is a child process");
    }

    /// Kills all processes of the server at once, as a power failure would.
    pub(crate) async fn kill(&mut self) {
        let processes = self.processes();
        // The main process must not start others during the read of the list.
        signal("STOP", &processes[..1]);
        let processes = self.processes();
        signal("KILL", &processes);
        let mut server = self.server.take().expect("the server runs");
        server.wait().expect("it is a child process");
        let living = async || processes.iter().copied().filter(|id| lives(*id)).collect::<Vec<_>>();
        until("every process of PostgreSQL has ended", living, Vec::is_empty).await;
    }

    /// Suspends all processes of the server. The kernel accepts connections, and no process responds.
    pub(crate) fn pause(&self) {
        signal("STOP", &self.processes()[..1]);
        signal("STOP", &self.processes());
    }

    /// Resumes all processes of the server.
    pub(crate) fn resume(&self) {
        signal("CONT", &self.processes());
    }

    /// Returns the processes of the server, the main process first.
    fn processes(&self) -> Vec<u32> {
        let server = self.server.as_ref().expect("the server runs").id();
        let mut processes = vec![server];
        let entries = fs::read_dir("/proc").expect("there is /proc");
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let ids = names.filter_map(|name| name.parse::<u32>().ok());
        processes.extend(ids.filter(|id| stat(*id).is_some_and(|(_, parent)| parent == server)));
        processes
    }

    async fn connect(&self) -> Option<Connection> {
        timeout(Duration::from_secs(2), database::connect(&self.url())).await.ok()?.ok()
    }

    /// Returns a command of PostgreSQL as a user other than root, which PostgreSQL requires. The
    /// process ends with this thread, even if the thread is killed.
    fn as_owner(&self, program: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.current_dir(self.folder.path()).args(["--pdeathsig", "QUIT"]);
        if is_root() {
            command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]);
        }
        command.arg(Path::new(BINARIES).join(program));
        command
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn read_log(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        if self.server.is_some() {
            signal("QUIT", &self.processes()[..1]);
            self.resume();
        }
        if let Some(mut server) = self.server.take() {
            let _ = server.wait();
        }
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").expect("there is /proc").uid() == 0
}

/// Returns a port below the system's ephemeral range. It therefore stays free while the server is
/// stopped.
fn free_port() -> u16 {
    (0..100)
        .map(|_| fastrand::u16(12_000..18_000))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a port is free")
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("the program starts");
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// Sends a signal to these processes. Some may have ended meanwhile.
fn signal(name: &str, processes: &[u32]) {
    let ids: Vec<String> = processes.iter().map(u32::to_string).collect();
    let line = format!("kill -{name} {}", ids.join(" "));
    let _ = Command::new("sh").args(["-c", &line]).stderr(Stdio::null()).status();
}

/// Returns `true` if the process exists and is no zombie.
fn lives(process: u32) -> bool {
    stat(process).is_some_and(|(state, _)| state != 'Z')
}

/// Returns the state of a process and its parent (proc(5)).
fn stat(process: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name is in parentheses and may contain any character.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

#[actix_web::test]
async fn a_server_keeps_its_data_through_every_kind_of_outage() {
    let mut postgres = OwnPostgres::start().await;
    let database = postgres.database().await;
    let connection = database.connect().await;
    connection.execute("CREATE TABLE one (id BIGINT PRIMARY KEY)").await.expect("it is new");

    postgres.stop();
    assert!(postgres.connect().await.is_none(), "no server listens");
    postgres.start_again().await;
    let connection = database.connect().await;
    connection.execute("INSERT INTO one VALUES (1)").await.expect("the table is there");

    postgres.kill().await;
    assert!(postgres.connect().await.is_none(), "no server listens");
    postgres.start_again().await;
    let connection = database.connect().await;

    postgres.pause();
    assert!(stays_pending(connection.execute("SELECT 1")).await, "nobody responses");
    postgres.resume();
    let connection = database.connect().await;
    let again = connection.execute("INSERT INTO one VALUES (1)").await;
    assert!(again.is_err(), "what was committed is there");
}
