//! The complete flow of a registration, with the requests of a front end.

use reqwest::Client;
use serde_json::{Value, json};

use crate::{
    process::Process,
    support::{PASSWORD, Response},
    tables::{AWS, Seen},
    target::{Mode, Target},
};

/// Another password that satisfies every rule.
const OTHER_PASSWORD: &str = "Another-horse-8";

/// The weakest password rules of the form.
const LAX: [(&str, &str); 5] = [
    ("REGISTRATION__PASSWORD__MIN_LENGTH", "6"),
    ("REGISTRATION__PASSWORD__REQUIRE_UPPERCASE", "false"),
    ("REGISTRATION__PASSWORD__REQUIRE_LOWERCASE", "false"),
    ("REGISTRATION__PASSWORD__REQUIRE_NUMBER", "false"),
    ("REGISTRATION__PASSWORD__REQUIRE_SYMBOL", "false"),
];

/// Runs the flow with a new account, and returns the response in each case.
pub(crate) async fn run(target: &Target) -> Seen {
    let mut flow = Flow {
        target,
        client: crate::support::client(),
        user: User::new(target),
        seen: Vec::new(),
        service: target.serve(&[]).await,
        forgetful: target.serve(&[]).await,
        without_secret: target.serve(&[("COGNITO__CLIENT_SECRET", "another-secret")]).await,
    };
    flow.before_anything().await;
    flow.rejections().await;
    flow.sign_up().await;
    flow.before_the_code().await;
    let Some(code) = target.codes.sent_to(&flow.user.address) else {
        flow.skip_the_rest();
        return flow.seen;
    };
    flow.confirm(&code).await;
    flow.seen
}

struct Flow<'a> {
    target: &'a Target,
    client: Client,
    user: User,
    seen: Seen,
    service: Process,
    /// A second service, without the memory of the first one.
    forgetful: Process,
    /// A service with a wrong client secret.
    without_secret: Process,
}

impl Flow<'_> {
    /// Runs the doctor and requests the policy.
    async fn before_anything(&mut self) {
        self.note("the doctor", self.target.examined());
        let request = self.client.get(format!("{}/register/policy", self.service.url));
        let response = Response::of(request).await;
        let field = response.json()["fields"][0]["pointer"].as_str().unwrap_or_default().to_owned();
        self.note("the policy of the form", format!("{} {field}", response.status));
    }

    /// Sends sign-ups that create no account.
    async fn rejections(&mut self) {
        let lax = self.target.serve(&LAX).await;
        let attribute = ("REGISTRATION__ATTRIBUTES", r#"{ "custom:nowhere" = {} }"#);
        let surprising = self.target.serve(&[attribute]).await;
        let unknown = ("COGNITO__CLIENT_ID", "unknownappclient0000000000");
        let unknown = self.target.serve(&[unknown]).await;
        // Each case has a new name. An account of one case therefore does not affect the next.
        let form = |password| User::new(self.target).form(password);
        let (weak, weak_too) = (form("abcdefg"), form("abcdefg"));
        let (without_secret, unknown_client, mut with_attribute) =
            (form(PASSWORD), form(PASSWORD), form(PASSWORD));
        with_attribute["attributes"] = json!({"custom:nowhere": "x"});

        self.post("a weak password that the form rejects", Sender::Service, REGISTER, &weak).await;
        let case = "a weak password that the pool rejects";
        self.post(case, Sender::Other(&lax), REGISTER, &weak_too).await;
        self.post("another client secret", Sender::WithoutSecret, REGISTER, &without_secret).await;
        self.post("an unknown app client", Sender::Other(&unknown), REGISTER, &unknown_client)
            .await;
        let case = "an attribute that the pool does not have";
        self.post(case, Sender::Other(&surprising), REGISTER, &with_attribute).await;
    }

    async fn sign_up(&mut self) {
        let form = self.user.form(PASSWORD);
        let other = self.user.form(OTHER_PASSWORD);

        let response = self.post("a new account", Sender::Service, REGISTER, &form).await;
        self.note("the destination of its code", self.user.delivery(&response));
        self.post("the same form again", Sender::Service, REGISTER, &form).await;
        self.post("the same form, not remembered", Sender::Forgetful, REGISTER, &form).await;
        self.post("the name with another password", Sender::Service, REGISTER, &other).await;
    }

    async fn before_the_code(&mut self) {
        let wrong = self.user.confirmation("000000");
        let account = json!({"username": self.user.username});
        let unknown = json!({"username": User::new(self.target).username});
        let mut code_for_unknown = unknown.clone();
        code_for_unknown["code"] = json!("000000");

        self.post("a wrong code", Sender::Service, CONFIRM, &wrong).await;
        let case = "a code, with another client secret";
        self.post(case, Sender::WithoutSecret, CONFIRM, &wrong).await;
        self.post("a code for an unknown user", Sender::Service, CONFIRM, &code_for_unknown).await;
        self.post("a new code", Sender::Service, RESEND, &account).await;
        let case = "a new code, with another client secret";
        self.post(case, Sender::WithoutSecret, RESEND, &account).await;
        self.post("a new code for an unknown user", Sender::Service, RESEND, &unknown).await;
    }

    async fn confirm(&mut self, code: &str) {
        let confirmation = self.user.confirmation(code);
        let other = self.user.confirmation("000000");
        let account = json!({"username": self.user.username});

        self.post("the right code", Sender::Service, CONFIRM, &confirmation).await;
        self.post("the right code again", Sender::Service, CONFIRM, &confirmation).await;
        let case = "the right code again, not remembered";
        self.post(case, Sender::Forgetful, CONFIRM, &confirmation).await;
        self.post("another code, once confirmed", Sender::Service, CONFIRM, &other).await;
        self.post("a new code, once confirmed", Sender::Service, RESEND, &account).await;
    }

    #[expect(clippy::print_stderr, reason = "it reports the skipped cases")]
    fn skip_the_rest(&self) {
        let known = |case| self.seen.iter().any(|(seen, _)| *seen == case);
        for (case, _) in AWS.iter().filter(|(case, _)| !known(*case)) {
            eprintln!("skipped without a code: {case}");
        }
    }

    async fn post(
        &mut self,
        case: &'static str,
        who: Sender<'_>,
        path: &str,
        form: &Value,
    ) -> Response {
        let process = match who {
            Sender::Service => &self.service,
            Sender::Forgetful => &self.forgetful,
            Sender::WithoutSecret => &self.without_secret,
            Sender::Other(process) => process,
        };
        let request = self.client.post(format!("{}{path}", process.url)).json(form);
        let response = Response::of(request).await;
        let reported = reported(process, &response).await;
        self.note(case, reported);
        response
    }

    fn note(&mut self, case: &'static str, reported: String) {
        self.seen.push((case, reported));
    }
}

const REGISTER: &str = "/register";
const CONFIRM: &str = "/register/confirm";
const RESEND: &str = "/register/resend";

#[derive(Clone, Copy)]
enum Sender<'a> {
    Service,
    Forgetful,
    WithoutSecret,
    Other(&'a Process),
}

/// A user who signs up.
struct User {
    mode: Mode,
    username: String,
    address: String,
}

impl User {
    fn new(target: &Target) -> Self {
        let word = format!("{:016x}", fastrand::u64(..));
        let address = target.address.replace("{}", &word);
        // Not ASCII, because `SecretHash` then depends on the encoding.
        let username = match target.mode {
            Mode::Email => address.clone(),
            Mode::Chosen => format!("zoë.{word}"),
        };
        Self { mode: target.mode, username, address }
    }

    fn form(&self, password: &str) -> Value {
        match self.mode {
            Mode::Email => json!({"email": self.address, "password": password}),
            Mode::Chosen => {
                json!({"username": self.username, "email": self.address, "password": password})
            }
        }
    }

    fn confirmation(&self, code: &str) -> Value {
        json!({"username": self.username, "code": code})
    }

    fn delivery(&self, response: &Response) -> String {
        let delivery = &response.json()["delivery"];
        let destination = delivery["destination"].as_str().unwrap_or_default();
        let is_masked = destination.contains('*') && destination != self.address;
        let medium = delivery["medium"].as_str().unwrap_or("nowhere");
        format!("{medium}, {}", if is_masked { "masked" } else { "not masked" })
    }
}

/// Returns a response on one line, with the logged outcome.
async fn reported(process: &Process, response: &Response) -> String {
    let id = response.header("x-request-id").expect("every response has one");
    let line = process.access_log_line(id).await;
    let mut words = vec![response.status.to_string()];
    if response.status < 300 {
        words.push(response.status_and_next());
    } else {
        let code = response.json()["code"].as_str().unwrap_or("no code").to_owned();
        words.push(code);
        words.extend(response.violations());
    }
    words.push(format!("[{}]", line["outcome"].as_str().unwrap_or_default()));
    words.join(" ")
}
