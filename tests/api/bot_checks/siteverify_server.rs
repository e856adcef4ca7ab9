//! A siteverify server with scripted responses.

use std::time::{SystemTime, UNIX_EPOCH};

use url::form_urlencoded;

use crate::{
    scripted::{Call, Reply, ScriptedServer},
    support::Service,
};

/// The secret in the settings of these tests.
pub(super) const SECRET: &str = "0xsecretofthesite";

/// Returns the form fields of a call to the provider.
pub(super) fn posted(call: &Call) -> Vec<(String, String)> {
    form_urlencoded::parse(call.body.as_bytes()).into_owned().collect()
}

/// Returns the token in a call to the provider.
pub(super) fn token(call: &Call) -> String {
    let mut fields = posted(call).into_iter();
    fields.find(|(name, _)| name == "response").map(|(_, token)| token).unwrap_or_default()
}

/// Returns a reply with this JSON. `NOW` becomes the current time.
pub(super) fn reply(json: &str) -> Reply {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).expect("the time is after 1970");
    let now = jiff::Timestamp::from_second(elapsed.as_secs().try_into().expect("the seconds fit"));
    let now = now.expect("the time is valid").to_string();
    Reply::of("200 OK\nContent-Type: application/json", json.replace("NOW", &now))
}

/// Starts a provider that accepts the tokens that begin with `good`.
pub(crate) async fn start_provider() -> ScriptedServer {
    ScriptedServer::start(|call| {
        if token(call).starts_with("good") {
            reply(r#"{"success": true, "challenge_ts": "NOW", "hostname": "example.com"}"#)
        } else {
            reply(r#"{"success": false, "error-codes": ["invalid-input-response"]}"#)
        }
    })
    .await
}

/// Starts a service with a provider at this URL.
pub(crate) async fn service(url: &str, settings: &[(&str, &str)]) -> Service {
    let mut all = vec![
        ("BOT_CHECK__PROVIDER", "siteverify"),
        ("BOT_CHECK__SITEVERIFY__URL", url),
        ("BOT_CHECK__SITEVERIFY__SECRET", SECRET),
    ];
    all.extend(settings);
    Service::start(&all).await
}
