//! Runs the triggers of `docs/triggers/` with Node.js and Python, as Lambda does.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Map, Value, json};

use crate::{intercept::Exception, support::POOL_ID};

/// A program that calls a handler with each event on standard input, and prints its result or
/// exception.
const NODE: &str = "
const { handler } = await import(process.argv[1]);
let text = '';
for await (const part of process.stdin) text += part;
const responses = JSON.parse(text).map((event) => handler(event).then(
  (returned) => ({ returned }),
  (error) => ({ errorMessage: error.message }),
));
console.log(JSON.stringify(await Promise.all(responses)));
";
const PYTHON: &str = "
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location('trigger', sys.argv[1])
trigger = importlib.util.module_from_spec(spec)
spec.loader.exec_module(trigger)
def respond(event):
    try:
        return {'returned': trigger.handler(event, None)}
    except Exception as error:
        return {'errorMessage': str(error)}
print(json.dumps([respond(event) for event in json.load(sys.stdin)]))
";

/// A trigger in one language, with its environment variables.
#[derive(Clone, Debug)]
pub(crate) struct Trigger {
    program: &'static str,
    pub(crate) file: String,
    pub(crate) variables: Vec<(&'static str, String)>,
}

/// Returns a trigger in both languages.
pub(crate) fn in_both_languages(name: &str, variables: &[(&'static str, &str)]) -> Vec<Trigger> {
    let variables: Vec<_> =
        variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let in_language = |(program, extension)| Trigger {
        program,
        file: format!("{name}.{extension}"),
        variables: variables.clone(),
    };
    [("node", "mjs"), ("python3", "py")].map(in_language).to_vec()
}

impl Trigger {
    /// Runs the trigger for each event. Returns the error text if the trigger throws.
    pub(crate) fn run(&self, events: &[Value]) -> Vec<Result<(), String>> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/triggers").join(&self.file);
        let path = path.to_str().expect("the path is text");
        let mut command = Command::new(self.program);
        if self.program == "node" {
            command.args(["--input-type=module", "--eval", NODE, &format!("file://{path}")]);
        } else {
            command.args(["-B", "-c", PYTHON, path]);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| {
            let program = self.program;
            panic!("`{program}` could not be run ({error}): install it, or let `make test` do so")
        });
        let mut stdin = child.stdin.take().expect("stdin is piped");
        let sent = Value::from(events.to_vec()).to_string();
        stdin.write_all(sent.as_bytes()).expect("the events are written");
        drop(stdin);
        let output = child.wait_with_output().expect("the process exits");
        assert!(output.status.success(), "{}: {output:?}", self.file);
        let responses: Vec<Value> =
            serde_json::from_slice(&output.stdout).expect("the output is JSON");
        assert_eq!(responses.len(), events.len(), "{}: {responses:?}", self.file);
        let result = |(response, event): (&Value, &Value)| {
            if let Some(text) = response["errorMessage"].as_str() {
                return Err(text.to_owned());
            }
            assert_eq!(response["returned"], *event, "{}: returned event", self.file);
            Ok(())
        };
        responses.iter().zip(events).map(result).collect()
    }

    /// Runs the trigger at SignUp like Cognito, and returns its rejection as an exception.
    pub(crate) fn decide(&self, operation: &str, input: &Value) -> Option<Exception> {
        if operation != "SignUp" {
            return None;
        }
        let text = self.run(&[event(input)]).remove(0).err()?;
        let message = format!("PreSignUp failed with error {text}.");
        Some(("UserLambdaValidationException", message))
    }
}

/// Returns the event that Cognito creates for a SignUp. If the user name is an email address or a
/// phone number, the name of the account is a UUID.
pub(crate) fn event(input: &Value) -> Value {
    let username = input["Username"].as_str().unwrap_or_default();
    let is_alias = username.contains('@') || username.starts_with('+');
    json!({
        "version": "1",
        "region": "eu-central-1",
        "userPoolId": POOL_ID,
        "userName": if is_alias { "7c9e6679-7425-40de-944b-e07fc1f90ae7" } else { username },
        "callerContext": {
            "awsSdkVersion": "aws-sdk-unknown-unknown",
            "clientId": input["ClientId"],
        },
        "triggerSource": "PreSignUp_SignUp",
        "request": {
            "userAttributes": map(&input["UserAttributes"]).unwrap_or_default(),
            "validationData": map(&input["ValidationData"]),
        },
        "response": {"autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false},
    })
}

/// Converts a list of names and values to a map, as Cognito does for triggers.
fn map(list: &Value) -> Option<Map<String, Value>> {
    let entry = |entry: &Value| Some((entry["Name"].as_str()?.to_owned(), entry["Value"].clone()));
    list.as_array()?.iter().map(entry).collect()
}
