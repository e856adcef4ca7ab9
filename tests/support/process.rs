//! The program itself, as one starts it.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use serde_json::Value;

use crate::{
    support::{counted, environment},
    wait::{until, until_found},
};

/// A service in a process of its own.
pub(crate) struct Process {
    child: Child,
    stdout: Lines,
    stderr: Lines,
    pub(crate) url: String,
    pub(crate) admin_url: String,
}

/// What a process has written so far.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Process {
    /// `vestibule serve` with the settings of a test and this endpoint for Cognito.
    pub(crate) async fn serve(settings: &[(&str, &str)], endpoint: &str) -> Self {
        let mut command = vestibule(&["serve"]);
        command.envs(environment(settings, endpoint));
        Self::start(command).await
    }

    /// Starts a command.
    pub(crate) fn spawn(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stdout = Lines::of(child.stdout.take().expect("it is piped"));
        let stderr = Lines::of(child.stderr.take().expect("it is piped"));
        let (url, admin_url) = (String::new(), String::new());
        Self { child, stdout, stderr, url, admin_url }
    }

    /// Starts a command and waits until it listens.
    pub(crate) async fn start(command: Command) -> Self {
        Self::spawn(command).listening().await
    }

    /// Waits until it listens.
    pub(crate) async fn listening(mut self) -> Self {
        let look = async || {
            let has_ended = !self.is_running() && self.stderr.is_done();
            assert!(!has_ended, "the program ended: {}", self.everything());
            let found = self.output().lines().find_map(addresses);
            found.ok_or_else(|| self.everything())
        };
        let found = until_found("the service listens", look).await;
        (self.url, self.admin_url) = found;
        self
    }

    /// Sends a signal to this process and to no other, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let line = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &line]).status().expect("there is a shell");
        assert!(sent.success(), "the process is there to hear {name}");
    }

    /// Waits until it has ended by itself, and until all that it wrote has been read.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let look = async || {
            let ended = self.child.try_wait().expect("it is ours");
            ended.ok_or_else(|| self.everything())
        };
        let status = until_found("the process ends", look).await;
        let look = async || self.stdout.is_done() && self.stderr.is_done();
        until("all that it wrote is read", look, |is_done| *is_done).await;
        status
    }

    /// Waits until it has ended by itself, and returns all that it wrote.
    pub(crate) async fn output_at_its_end(mut self) -> Output {
        let status = self.ended().await;
        let [stdout, stderr] = [&self.stdout, &self.stderr].map(Lines::all_with_their_ends);
        Output { status, stdout, stderr }
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it is ours").is_none()
    }

    /// What stands on standard output so far.
    pub(crate) fn output(&self) -> String {
        self.stdout.all()
    }

    /// What stands on standard output and standard error so far.
    pub(crate) fn everything(&self) -> String {
        format!("{}\n{}", self.stdout.all(), self.stderr.all())
    }

    /// What the service counted, such as `sign_ups_total{outcome="created"}`; 0 where it
    /// counted nothing.
    pub(crate) async fn counted(&self, metric: &str) -> u64 {
        counted(&crate::support::client(), &self.admin_url, metric).await
    }

    /// Waits until it has counted this much, or more.
    pub(crate) async fn counts(&self, metric: &str, expected: u64) {
        let look = async || (self.counted(metric).await, self.everything());
        until(metric, look, |(counted, _)| *counted >= expected).await;
    }

    /// The lines of a JSON log.
    pub(crate) fn log(&self) -> Vec<Value> {
        let text = self.stdout.all();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The line of a JSON log that was written at the end of the request of this id.
    pub(crate) async fn line_of(&self, request_id: &str) -> Value {
        let is_it = |line: &Value| {
            line["message"] == "answered" && line["span"]["request_id"] == request_id
        };
        let look = async || self.log().into_iter().find(is_it).ok_or_else(|| self.everything());
        until_found("the request is logged", look).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Lines {
    fn of(pipe: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let kept = lines.clone();
        thread::spawn(move || {
            for line in BufReader::new(pipe).split(b'\n') {
                let Ok(line) = line else { return };
                let line = String::from_utf8_lossy(&line).into_owned();
                kept.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        lines
    }

    fn all(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }

    fn all_with_their_ends(&self) -> Vec<u8> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
    }

    /// Whether the thread that reads has come to the end and let go.
    fn is_done(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

/// The addresses in the line that says where the service listens: JSON, for people, or the
/// sandbox's greeting, which has no admin address.
fn addresses(line: &str) -> Option<(String, String)> {
    if let Some(url) = line.trim().strip_prefix("Sign-ups") {
        return Some((url.trim().strip_suffix("/register")?.to_owned(), String::new()));
    }
    if !line.contains("listening") {
        return None;
    }
    let json: Value = serde_json::from_str(line).unwrap_or_default();
    let address = |name: &str| {
        let written = line.split(' ').find_map(|part| part.strip_prefix(&format!("{name}=")));
        json[name].as_str().or(written).map(|address| format!("http://{address}"))
    };
    Some((address("address")?, address("admin_address")?))
}

/// The program with nothing of this machine's environment but `PATH`: the one that was built
/// with the tests, or the one that `VESTIBULE_TEST_BINARY` names.
pub(crate) fn vestibule(arguments: &[&str]) -> Command {
    let built = || env!("CARGO_BIN_EXE_vestibule").into();
    let mut command = Command::new(env::var_os("VESTIBULE_TEST_BINARY").unwrap_or_else(built));
    command.args(arguments).env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command
}

/// Runs a command to its end.
pub(crate) fn run(mut command: Command) -> Output {
    command.stdin(Stdio::null()).output().expect("the program starts")
}

/// What stands on standard error, which must be one sentence in one line.
pub(crate) fn sentence(output: &Output, case: &str) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(text.lines().count(), 1, "{case}: {text}");
    let sentence = text.trim_end().strip_prefix("vestibule: ");
    sentence.unwrap_or_else(|| panic!("{case}: {text}")).to_owned()
}
