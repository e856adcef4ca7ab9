//! The tokens of a sign-in.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{delivery, describe::now};
use crate::{settings::PoolSettings, state::account::Account};

/// The lifetime of the tokens in seconds.
const LIFETIME: u64 = 3600;

/// Returns an `AuthenticationResult`. The JWTs have Cognito's claims, no signature, and an issuer
/// that is not AWS. An application that verifies tokens therefore rejects them.
pub(crate) fn tokens(
    settings: &PoolSettings,
    client_id: &str,
    username: &str,
    account: &Account,
) -> Value {
    let at = now();
    let username = match settings.sign_in.username_attribute() {
        Some(_) => &account.sub,
        None => username,
    };
    let common = |token_use| {
        json!({
            "sub": account.sub, "iss": "vestibule-sandbox", "token_use": token_use,
            "auth_time": at, "iat": at, "exp": at + LIFETIME, "jti": Uuid::new_v4().to_string(),
        })
    };
    let mut id = common("id");
    id["aud"] = client_id.into();
    id["cognito:username"] = username.into();
    for (name, value) in &account.attributes {
        id[name] = value.as_str().into();
    }
    if let Some(verified) = delivery::destination(settings.sign_in, &account.attributes) {
        id[format!("{}_verified", verified.attribute)] = true.into();
    }
    let mut access = common("access");
    access["client_id"] = client_id.into();
    access["username"] = username.into();
    access["scope"] = "aws.cognito.signin.user.admin".into();
    json!({
        "IdToken": unsigned(&id),
        "AccessToken": unsigned(&access),
        "RefreshToken": format!("sandbox-refresh-token-{}", Uuid::new_v4()),
        "ExpiresIn": LIFETIME,
        "TokenType": "Bearer",
    })
}

/// Returns an unsecured JWT (RFC 7519, section 6).
fn unsigned(claims: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}.", encode(&json!({"alg": "none", "typ": "JWT"})), encode(claims))
}
