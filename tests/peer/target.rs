//! A pool that the flow is walked on, and how its codes come back.

use std::process::{Command, Stdio};

use crate::{process::Process, support::PATIENT};

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
        let mut merged = PATIENT.to_vec();
        merged.extend([
            ("LOG__FORMAT", "json"),
            ("COGNITO__REGION", &self.region),
            ("COGNITO__USER_POOL_ID", &self.pool_id),
            ("COGNITO__CLIENT_ID", &self.client_id),
            ("COGNITO__CLIENT_SECRET", &self.client_secret),
            ("REGISTRATION__USERNAME", self.mode.as_str()),
        ]);
        merged.extend(settings);
        Process::serve(&merged, &self.endpoint).await
    }
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
