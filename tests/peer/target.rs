//! A pool that the flow is walked on, and how its codes come back.

use std::{
    env,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    process::{Process, run, vestibule},
    support::environment,
};

/// A pool, by whomever.
pub(crate) struct Target {
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) pool_id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) mode: Mode,
    pub(crate) codes: Codes,
    /// A mail address with `{}` in it, for a word that is new each time.
    pub(crate) address: String,
}

/// What the pool takes as a user name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Email,
    Chosen,
}

/// Where the code that was sent to an address is found.
pub(crate) enum Codes {
    /// It is always the same.
    Fixed(String),
    /// A line for the shell that prints it for the address in `$1`.
    Command(String),
    /// The pool is ours, and says it.
    Asked(Box<dyn Fn(&str) -> String>),
    /// Nobody here can tell.
    Unknown,
}

impl Mode {
    /// As `registration.username` has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Chosen => "chosen",
        }
    }

    /// The field whose value is taken where the account exists.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Email => "/email",
            Self::Chosen => "/username",
        }
    }
}

impl Target {
    /// Starts the program on this pool, with a ledger of its own; `settings` come on top.
    pub(crate) async fn serve(&self, settings: &[(&str, &str)]) -> Process {
        let mut merged = self.settings();
        merged.push(("LOG__FORMAT", "json"));
        merged.extend(settings);
        Process::serve(&merged, &self.endpoint).await
    }

    /// What the doctor says of this pool: how it ended, and what is worth mending.
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

/// Those of this machine, or any: an emulator takes whatever it is given.
#[expect(clippy::disallowed_methods, reason = "they are whose pool it is")]
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
    /// A code of digits, or else a command.
    pub(crate) fn of(setting: &str) -> Self {
        if setting.is_empty() {
            return Self::Unknown;
        }
        let is_fixed = setting.bytes().all(|byte| byte.is_ascii_digit());
        if is_fixed { Self::Fixed(setting.to_owned()) } else { Self::Command(setting.to_owned()) }
    }

    /// The code that was sent last to an address.
    pub(crate) fn sent_to(&self, address: &str) -> Option<String> {
        match self {
            Self::Fixed(code) => Some(code.clone()),
            Self::Command(line) => Some(printed(line, address)),
            Self::Asked(ask) => Some(ask(address)),
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
fn codes_are_fixed_or_printed_by_a_command_that_is_told_the_address() {
    for (setting, expected) in [
        ("123456", Some("123456")),
        ("echo \" for $1 \"", Some("for ada+1@example.com")),
        ("", None),
    ] {
        let code = Codes::of(setting).sent_to("ada+1@example.com");

        assert_eq!(code.as_deref(), expected, "{setting}");
    }
}
