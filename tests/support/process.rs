//! The program in a process of its own.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use serde_json::{Value, json};

use crate::{
    support::{environment, read_metric},
    wait::{until, until_found},
};

/// A running process of the program, and its output.
pub(crate) struct Process {
    child: Child,
    stdout: Lines,
    stderr: Lines,
    /// Standard output, if the test reads no more of it.
    _unread: Option<BufReader<ChildStdout>>,
    pub(crate) url: String,
    pub(crate) admin_url: String,
}

/// The lines that a process has written so far.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Process {
    /// Starts `vestibule serve` with these settings and this Cognito endpoint.
    pub(crate) async fn serve(settings: &[(&str, &str)], endpoint: &str) -> Self {
        let mut command = vestibule(&["serve"]);
        command.envs(environment(settings, endpoint));
        Self::start(command).await
    }

    /// Does the same as [`Process::serve`], and then reads no further line of its log.
    pub(crate) fn serve_unread(settings: &[(&str, &str)], endpoint: &str) -> Self {
        let mut command = vestibule(&["serve"]);
        command.envs(environment(settings, endpoint));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stderr = Lines::of(child.stderr.take().expect("it is piped"));
        let mut unread = BufReader::new(child.stdout.take().expect("it is piped"));
        let found = unread.by_ref().lines().find_map(|line| addresses(&line.ok()?));
        let (url, admin_url) = found.expect("the service listens");
        Self { child, stdout: Lines::default(), stderr, _unread: Some(unread), url, admin_url }
    }

    /// Starts a command without waiting for it.
    pub(crate) fn spawn(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stdout = Lines::of(child.stdout.take().expect("it is piped"));
        let stderr = Lines::of(child.stderr.take().expect("it is piped"));
        let (url, admin_url) = (String::new(), String::new());
        Self { child, stdout, stderr, _unread: None, url, admin_url }
    }

    /// Starts a command and waits until it listens.
    pub(crate) async fn start(command: Command) -> Self {
        Self::spawn(command).wait_until_listening().await
    }

    /// Waits until the process listens, and sets its URLs.
    pub(crate) async fn wait_until_listening(mut self) -> Self {
        let look = async || {
            let has_exited = !self.is_running() && self.stderr.is_done();
            assert!(!has_exited, "the program exited: {}", self.all_output());
            let found = self.output().lines().find_map(addresses);
            found.ok_or_else(|| self.all_output())
        };
        let found = until_found("the service listens", look).await;
        (self.url, self.admin_url) = found;
        self
    }

    /// Sends a signal such as `TERM` to this process only.
    pub(crate) fn signal(&self, name: &str) {
        let line = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &line]).status().expect("there is a shell");
        assert!(sent.success(), "the process can receive {name}");
    }

    /// Waits until the process exits and all its output is read.
    pub(crate) async fn wait_for_exit(&mut self) -> ExitStatus {
        let look = async || {
            let status = self.child.try_wait().expect("it is a child process");
            status.ok_or_else(|| self.all_output())
        };
        let status = until_found("the process exits", look).await;
        let look = async || self.stdout.is_done() && self.stderr.is_done();
        until("all output is read", look, |is_done| *is_done).await;
        status
    }

    /// Waits until the process exits, and returns its status and output.
    pub(crate) async fn final_output(mut self) -> Output {
        let status = self.wait_for_exit().await;
        let [stdout, stderr] = [&self.stdout, &self.stderr].map(Lines::to_bytes);
        Output { status, stdout, stderr }
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it is a child process").is_none()
    }

    /// Returns the standard output so far.
    pub(crate) fn output(&self) -> String {
        self.stdout.all()
    }

    /// Returns the standard output and standard error so far.
    pub(crate) fn all_output(&self) -> String {
        format!("{}\n{}", self.stdout.all(), self.stderr.all())
    }

    /// Returns the value of a metric such as `sign_ups_total{outcome="created"}`, or 0 if it is
    /// absent.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        read_metric(&crate::support::client(), &self.admin_url, name).await
    }

    /// Returns the memory of the process.
    pub(crate) fn resident_bytes(&self) -> u64 {
        let file = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(file).expect("the process runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB"));
        kilobytes.and_then(|number| number.trim().parse::<u64>().ok()).expect("a number") * 1024
    }

    /// Waits until a metric has at least this value.
    pub(crate) async fn wait_for_metric(&self, name: &str, expected: u64) {
        let look = async || (self.metric(name).await, self.all_output());
        until(name, look, |(value, _)| *value >= expected).await;
    }

    /// Returns the lines of a JSON log.
    pub(crate) fn log(&self) -> Vec<Value> {
        let text = self.stdout.all();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Waits for the access log line of the request with this id, in a JSON log.
    pub(crate) async fn access_log_line(&self, request_id: &str) -> Value {
        let is_it = |line: &Value| {
            line["message"] == "answered" && line["span"]["request_id"] == request_id
        };
        let look = async || self.log().into_iter().find(is_it).ok_or_else(|| self.all_output());
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
        let shared = lines.clone();
        thread::spawn(move || {
            for line in BufReader::new(pipe).split(b'\n') {
                let Ok(line) = line else { return };
                let line = String::from_utf8_lossy(&line).into_owned();
                shared.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        lines
    }

    fn all(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }

    fn to_bytes(&self) -> Vec<u8> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
    }

    /// Returns `true` if the reading thread has finished.
    fn is_done(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

/// Returns the service URL and the admin URL in a line of output. The line is JSON, text, or the
/// start message of the sandbox, which has no admin address.
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

/// Returns a command that runs the program with `PATH` as its only environment variable. The
/// program is the one in `VESTIBULE_TEST_BINARY`, by default the one built with the tests.
pub(crate) fn vestibule(arguments: &[&str]) -> Command {
    let built = || env!("CARGO_BIN_EXE_vestibule").into();
    let mut command = Command::new(env::var_os("VESTIBULE_TEST_BINARY").unwrap_or_else(built));
    command.args(arguments).env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command
}

/// Runs a command and waits for its exit.
pub(crate) fn run(mut command: Command) -> Output {
    command.stdin(Stdio::null()).output().expect("the program starts")
}

/// Returns the error message, which must be one line: on standard error, or for the service the last
/// line of its log.
pub(crate) fn error_message(output: &Output, case: &str) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    if text.is_empty() {
        let log = String::from_utf8_lossy(&output.stdout);
        let line: Value = serde_json::from_str(log.lines().last().unwrap_or_default())
            .unwrap_or_else(|_| panic!("{case}: {log}"));
        assert_eq!((&line["level"], &line["message"]), (&json!("ERROR"), &json!("start failed")));
        return line["error"].as_str().unwrap_or_else(|| panic!("{case}: {log}")).to_owned();
    }
    assert_eq!(text.lines().count(), 1, "{case}: {text}");
    let message = text.trim_end().strip_prefix("vestibule: ");
    message.unwrap_or_else(|| panic!("{case}: {text}")).to_owned()
}
