//! A provider of bot checks whose verdicts are written by hand.

use std::time::{SystemTime, UNIX_EPOCH};

use url::form_urlencoded;

use crate::{
    scripted::{Call, Reply, ScriptedPeer},
    support::Service,
};

/// What a test sends as its secret.
pub(super) const SECRET: &str = "0xsecretofthesite";

/// What was posted to the provider, name by name.
pub(super) fn posted(call: &Call) -> Vec<(String, String)> {
    form_urlencoded::parse(call.body.as_bytes()).into_owned().collect()
}

/// The token that was posted.
pub(super) fn token(call: &Call) -> String {
    let mut fields = posted(call).into_iter();
    fields.find(|(name, _)| name == "response").map(|(_, token)| token).unwrap_or_default()
}

/// A verdict, with `NOW` in the place of the time.
pub(super) fn verdict(json: &str) -> Reply {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    let now = jiff::Timestamp::from_second(since.as_secs().try_into().expect("it is not so late"));
    let now = now.expect("it is a time").to_string();
    Reply::of("200 OK\nContent-Type: application/json", json.replace("NOW", &now))
}

/// Whoever has a token that begins with `good` is a person.
pub(super) async fn honest() -> ScriptedPeer {
    ScriptedPeer::start(|call| {
        if token(call).starts_with("good") {
            verdict(r#"{"success": true, "challenge_ts": "NOW", "hostname": "example.com"}"#)
        } else {
            verdict(r#"{"success": false, "error-codes": ["invalid-input-response"]}"#)
        }
    })
    .await
}

/// The service with a provider at this address.
pub(super) async fn service(url: &str, settings: &[(&str, &str)]) -> Service {
    let mut all = vec![
        ("BOT_CHECK__PROVIDER", "siteverify"),
        ("BOT_CHECK__SITEVERIFY__URL", url),
        ("BOT_CHECK__SITEVERIFY__SECRET", SECRET),
    ];
    all.extend(settings);
    Service::start(&all).await
}
