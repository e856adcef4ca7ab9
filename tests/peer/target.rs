//! A pool for the flow, and the source of its codes.

use std::{
    env,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    process::{Process, run, vestibule},
    support::environment,
};

/// A pool of any implementation.
pub(crate) struct Target {
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) pool_id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) mode: Mode,
    pub(crate) codes: Codes,
    /// An email address. A random word replaces `{}`.
    pub(crate) address: String,
}

/// The user name mode of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Email,
    Chosen,
}

/// The source of the codes.
pub(crate) enum Codes {
    /// All codes are the same.
    Fixed(String),
    /// A shell command that prints the code for the address in `$1`.
    Command(String),
    /// A function of the development pool.
    Function(Box<dyn Fn(&str) -> String>),
    /// No source.
    Unknown,
}

impl Mode {
    /// Returns the value of `registration.username`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Chosen => "chosen",
        }
    }

    /// Returns the field of the user name.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Email => "/email",
            Self::Chosen => "/username",
        }
    }
}

impl Target {
    /// Starts the service with this pool and a new database. `settings` override the defaults.
    pub(crate) async fn serve(&self, settings: &[(&str, &str)]) -> Process {
        let mut merged = self.settings();
        merged.push(("LOG__FORMAT", "json"));
        merged.extend(settings);
        Process::serve(&merged, &self.endpoint).await
    }

    /// Runs the doctor on this pool. Returns its exit code with the codes of its errors and warnings.
    pub(crate) fn examined(&self) -> String {
        let mut command = vestibule(&["doctor", "--format", "json"]);
        command.envs(environment(&self.settings(), &self.endpoint)).envs(credentials());
        let output = run(command);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
            panic!("the doctor reports: {}", String::from_utf8_lossy(&output.stderr))
        });
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        let of_note = findings.iter().filter(|finding| finding["severity"] != "note");
        let codes = of_note.filter_map(|finding| finding["code"].as_str());
        let ended = output.status.code().map_or("by a signal".to_owned(), |code| code.to_string());
        [ended.as_str()].into_iter().chain(codes).collect::<Vec<_>>().join(" ")
    }

    fn settings(&self) -> Vec<(&str, &str)> {
        vec![
            ("COGNITO__REGION", self.region.as_str()),
            ("COGNITO__USER_POOL_ID", &self.pool_id),
            ("COGNITO__CLIENT_ID", &self.client_id),
            ("COGNITO__CLIENT_SECRET", &self.client_secret),
            ("REGISTRATION__USERNAME", self.mode.as_str()),
            ("REGISTRATION__EMAIL", "required"),
        ]
    }
}

/// Returns the credentials of this machine, or arbitrary ones for an emulator.
#[expect(clippy::disallowed_methods, reason = "credentials for the pool")]
fn credentials() -> Vec<(&'static str, String)> {
    let set = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
        .map(|name| Some((name, env::var(name).ok()?)));
    let set: Vec<(&str, String)> = set.into_iter().flatten().collect();
    if set.is_empty() {
        return ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
            .map(|name| (name, "test".to_owned()))
            .to_vec();
    }
    set
}

impl Codes {
    /// Parses a setting: a code of digits, or a command.
    pub(crate) fn of(setting: &str) -> Self {
        if setting.is_empty() {
            return Self::Unknown;
        }
        let is_fixed = setting.bytes().all(|byte| byte.is_ascii_digit());
        if is_fixed { Self::Fixed(setting.to_owned()) } else { Self::Command(setting.to_owned()) }
    }

    /// Returns the latest code for an address.
    pub(crate) fn sent_to(&self, address: &str) -> Option<String> {
        match self {
            Self::Fixed(code) => Some(code.clone()),
            Self::Command(line) => Some(printed(line, address)),
            Self::Function(code) => Some(code(address)),
            Self::Unknown => None,
        }
    }
}

fn printed(line: &str, address: &str) -> String {
    let mut command = Command::new("sh");
    command.args(["-c", line, "sh", address]).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().expect("there is a shell");
    assert!(output.status.success(), "`{line}` ended with {}", output.status);
    String::from_utf8(output.stdout).expect("a code is text").trim().to_owned()
}

#[test]
fn codes_are_fixed_or_printed_by_a_command_for_the_address() {
    for (setting, expected) in [
        ("123456", Some("123456")),
        ("echo \" for $1 \"", Some("for ada+1@example.com")),
        ("", None),
    ] {
        let code = Codes::of(setting).sent_to("ada+1@example.com");

        assert_eq!(code.as_deref(), expected, "{setting}");
    }
}
