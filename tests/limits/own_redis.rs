//! A Redis server that one test has for itself, to take away and to give back.

use std::{
    fs::{self, File},
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use crate::{support::files::Folder, wait::until};

/// A server on one port of loopback for as long as it is there, running or not. It keeps nothing
/// when it ends, and is gone when it is dropped.
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

    /// The same, with more arguments; `{port}` and `{folder}` in them are its own.
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

    /// Starts a sentinel with this configuration, in which `{port}` is its own.
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

    /// The setting that names it.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Starts it on its port, empty, and returns when it answers.
    pub(crate) async fn start_again(&mut self) {
        assert!(self.server.is_none(), "the server runs already");
        let path = self.folder.path().join("log");
        let log = File::options().create(true).append(true).open(&path).expect("a log");
        let errors = log.try_clone().expect("a second handle");
        let said = || fs::read_to_string(&path).unwrap_or_default();
        let before = said().len();
        // It ends with this thread, even where that is killed.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", self.program]).args(&self.arguments);
        let server = command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn();
        let server = self.server.insert(server.expect("setpriv starts"));
        let look = async || {
            let said = said();
            assert!(server.try_wait().expect("it is ours").is_none(), "Redis ended: {said}");
            said.get(before..).unwrap_or_default().to_owned()
        };
        // A sentinel says that it monitors, and a server that it is ready.
        let is_ready = |new: &String| {
            new.contains("Ready to accept connections") || new.contains("+monitor master")
        };
        until("Redis is ready", look, is_ready).await;
    }

    /// Kills it, as a power cut would.
    pub(crate) fn kill(&mut self) {
        let mut server = self.server.take().expect("the server runs");
        server.kill().expect("it is ours");
        server.wait().expect("it is ours");
    }

    /// Stops the time for it: the kernel takes connections, and nobody answers.
    pub(crate) fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets the time go on.
    pub(crate) fn resume(&self) {
        self.signal("CONT");
    }

    /// Sends it a command, such as `FLUSHALL`.
    pub(crate) fn tell(&self, words: &[&str]) -> String {
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
        assert!(sent.success(), "the server is there to hear {name}");
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

/// A port below those that the system gives to whoever asks for any, with one that is 10,000
/// higher, which a cluster wants.
pub(crate) fn free_port() -> u16 {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    (0..1000)
        .map(|_| fastrand::u16(12_000..20_000))
        .find(|port| is_free(*port) && is_free(port + 10_000))
        .expect("a port is free")
}
