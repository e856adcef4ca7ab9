//! A Redis server for a single test, which can stop and restart it.

use std::{
    fs::{self, File},
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use crate::{support::files::Folder, wait::until};

/// A server on a fixed port of loopback. It has no persistence, and ends when it is dropped.
pub(crate) struct OwnRedis {
    folder: Folder,
    pub(crate) port: u16,
    arguments: Vec<String>,
    program: &'static str,
    server: Option<Child>,
}

impl OwnRedis {
    /// Starts a server.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a server with more arguments. The port and the folder of the server replace `{port}`
    /// and `{folder}`.
    pub(crate) async fn start_with(arguments: &[&str]) -> Self {
        let (folder, port) = (Folder::new("redis"), free_port());
        let shown = folder.path().display().to_string();
        let own = |argument: &str| {
            argument.replace("{port}", &port.to_string()).replace("{folder}", &shown)
        };
        let mut all: Vec<String> =
            ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"].map(own).to_vec();
        all.push(shown.clone());
        if !arguments.contains(&"--tls-port") {
            all.extend(["--port".to_owned(), port.to_string()]);
        }
        all.extend(arguments.iter().map(|argument| own(argument)));
        let program = "redis-server";
        let mut server = Self { folder, port, arguments: all, program, server: None };
        server.start_again().await;
        server
    }

    /// Starts a sentinel with this configuration. The port of the sentinel replaces `{port}`.
    pub(crate) async fn start_sentinel(configuration: &str) -> Self {
        let (folder, port) = (Folder::new("sentinel"), free_port());
        let file = folder.path().join("sentinel.conf");
        let configuration = configuration.replace("{port}", &port.to_string());
        fs::write(&file, configuration).expect("the configuration is written");
        let arguments = vec![file.display().to_string(), "--sentinel".to_owned()];
        let program = "redis-server";
        let mut server = Self { folder, port, arguments, program, server: None };
        server.start_again().await;
        server
    }

    /// Returns the value of `limits.store`.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts the server on its port, empty, and waits until it is ready.
    pub(crate) async fn start_again(&mut self) {
        assert!(self.server.is_none(), "the server runs already");
        let path = self.folder.path().join("log");
        let log = File::options().create(true).append(true).open(&path).expect("a log");
        let errors = log.try_clone().expect("a second handle");
        let log_text = || fs::read_to_string(&path).unwrap_or_default();
        let before = log_text().len();
        // The server ends with this thread, even if the thread is killed.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", self.program]).args(&self.arguments);
        let server = command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn();
        let server = self.server.insert(server.expect("setpriv starts"));
        let look = async || {
            let text = log_text();
            assert!(
                server.try_wait().expect("it is a child process").is_none(),
                "Redis ended: {text}"
            );
            text.get(before..).unwrap_or_default().to_owned()
        };
        // A sentinel logs `+monitor`, and a server that it is ready.
        let is_ready = |new: &String| {
            new.contains("Ready to accept connections") || new.contains("+monitor master")
        };
        until("Redis is ready", look, is_ready).await;
    }

    /// Kills the server without a shutdown.
    pub(crate) fn kill(&mut self) {
        let mut server = self.server.take().expect("the server runs");
        server.kill().expect("it is a child process");
        server.wait().expect("it is a child process");
    }

    /// Suspends the process. The kernel accepts connections, but they get no response.
    pub(crate) fn pause(&self) {
        self.signal("STOP");
    }

    /// Resumes the process.
    pub(crate) fn resume(&self) {
        self.signal("CONT");
    }

    /// Sends a command, such as `FLUSHALL`.
    pub(crate) fn run(&self, words: &[&str]) -> String {
        let mut command = Command::new("redis-cli");
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]).args(words);
        let output = command.output().expect("redis-cli runs");
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn signal(&self, name: &str) {
        let server = self.server.as_ref().expect("the server runs").id();
        let line = format!("kill -{name} {server}");
        let sent = Command::new("sh").args(["-c", &line]).status().expect("there is a shell");
        assert!(sent.success(), "the server gets {name}");
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// Returns a free port below the ephemeral ports. The port that is 10,000 higher is also free, for
/// the bus of a cluster.
pub(crate) fn free_port() -> u16 {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    (0..1000)
        .map(|_| fastrand::u16(12_000..20_000))
        .find(|port| is_free(*port) && is_free(port + 10_000))
        .expect("a port is free")
}
