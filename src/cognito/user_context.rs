//! UserContextData: the client's address and device, for Cognito's threat protection.

use std::{
    net::IpAddr,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_sdk_cognitoidentityprovider::types::UserContextDataType;
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::Mac;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Cognito,
    digest::{base64_mac, mac},
};
use crate::{keyed_digest::hmac_sha256, registration::Username};

/// The maximum length of EncodedData. Observed values have 716 to 972 characters.
const MAX_ENCODED_DATA: usize = 8 * 1024;

/// The version of the format of EncodedData, which Cognito's script for browsers defines.
const VERSION: &str = "JS20171115";

/// A description of a client, from the connection and the headers of a request.
#[derive(Clone, Debug)]
pub struct ClientInfo {
    /// The address of the connection, or the address that a trusted proxy reports.
    pub address: IpAddr,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// The first tag of `Accept-Language`.
    pub language: Option<String>,
    /// `Sec-CH-UA-Platform`, without its quotes.
    pub platform: Option<String>,
}

/// The reason for which the service drops device data. The service does not reject the request.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DeviceDataError {
    /// The data is longer than all data that Cognito's script produces.
    #[error("the data is too long")]
    TooLong,
    /// The data is not base64 of the JSON that Cognito's script produces.
    #[error("the data is malformed")]
    Malformed,
    /// The data is for another pool.
    #[error("the data is for another pool")]
    OtherPool,
    /// The signature does not match the client id.
    #[error("the signature does not match")]
    WrongSignature,
}

impl Cognito {
    /// Returns the `UserContextData` of a call. Returns `None` if there is nothing to send.
    pub(super) fn user_context(
        &self,
        username: &Username,
        device_data: Option<&str>,
        client: &ClientInfo,
    ) -> Option<UserContextDataType> {
        let address =
            self.settings.send_ip_address.then(|| public_address(client.address)).flatten();
        let encoded_data = self.encoded_data(username, device_data, client);
        if address.is_none() && encoded_data.is_none() {
            return None;
        }
        Some(
            UserContextDataType::builder()
                .set_ip_address(address.map(|address| address.to_string()))
                .set_encoded_data(encoded_data)
                .build(),
        )
    }

    fn encoded_data(
        &self,
        username: &Username,
        device_data: Option<&str>,
        client: &ClientInfo,
    ) -> Option<String> {
        let settings = &self.settings;
        if let Some(encoded) = device_data {
            match verify_encoded_data(encoded, &settings.client_id, &settings.user_pool_id) {
                Ok(()) => return Some(encoded.to_owned()),
                Err(error) => {
                    tracing::debug!(%error, "device data dropped");
                    self.metrics.checks.device_data_dropped.inc();
                }
            }
        }
        if !settings.device_data_from_headers {
            return None;
        }
        build_encoded_data(client, username.as_str(), &settings.user_pool_id, &settings.client_id)
    }
}

#[derive(Deserialize, Serialize)]
struct Encoded {
    payload: String,
    signature: String,
    version: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    context_data: ContextData<'a>,
    username: &'a str,
    user_pool_id: &'a str,
    timestamp: String,
}

/// Three of the six JSON keys of Cognito's script. Headers contain their values.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ContextData<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_language: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_platform: Option<&'a str>,
}

/// Verifies EncodedData that a front end collected with Cognito's script. The key of the signature
/// is the public client id. The signature therefore detects mistakes, but does not prove the
/// origin.
///
/// # Errors
/// Returns an error if Cognito could not use the data.
pub fn verify_encoded_data(
    encoded: &str,
    client_id: &str,
    user_pool_id: &str,
) -> Result<(), DeviceDataError> {
    if encoded.len() > MAX_ENCODED_DATA {
        return Err(DeviceDataError::TooLong);
    }
    let json = BASE64_STANDARD.decode(encoded).map_err(|_| DeviceDataError::Malformed)?;
    let data: Encoded = serde_json::from_slice(&json).map_err(|_| DeviceDataError::Malformed)?;
    let signature =
        BASE64_STANDARD.decode(&data.signature).map_err(|_| DeviceDataError::Malformed)?;
    mac(&hmac_sha256(client_id.as_bytes()), &[&data.version, &data.payload])
        .verify_slice(&signature)
        .map_err(|_| DeviceDataError::WrongSignature)?;
    let payload: serde_json::Value =
        serde_json::from_str(&data.payload).map_err(|_| DeviceDataError::Malformed)?;
    if !payload["contextData"].is_object() {
        return Err(DeviceDataError::Malformed);
    }
    if payload["userPoolId"] != user_pool_id {
        return Err(DeviceDataError::OtherPool);
    }
    Ok(())
}

/// Builds EncodedData from the headers. Returns `None` if no header is present, or if the headers
/// are too long.
#[must_use]
pub fn build_encoded_data(
    client: &ClientInfo,
    username: &str,
    user_pool_id: &str,
    client_id: &str,
) -> Option<String> {
    let context_data = ContextData {
        user_agent: client.user_agent.as_deref(),
        device_language: client.language.as_deref(),
        device_platform: client.platform.as_deref(),
    };
    if client.user_agent.is_none() && client.language.is_none() && client.platform.is_none() {
        return None;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let payload =
        Payload { context_data, username, user_pool_id, timestamp: now.as_millis().to_string() };
    let payload = serde_json::to_string(&payload).ok()?;
    let signature = base64_mac(&hmac_sha256(client_id.as_bytes()), &[VERSION, &payload]);
    let encoded = Encoded { payload, signature, version: VERSION.to_owned() };
    let encoded = BASE64_STANDARD.encode(serde_json::to_vec(&encoded).ok()?);
    (encoded.len() <= MAX_ENCODED_DATA).then_some(encoded)
}

fn public_address(address: IpAddr) -> Option<IpAddr> {
    let address = address.to_canonical();
    let is_public = match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || is_shared)
        }
        IpAddr::V6(v6) => {
            !(v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unique_local()
                || v6.is_unicast_link_local())
        }
    };
    is_public.then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT_ID: &str = "1example23456789";
    const POOL_ID: &str = "us-east-1_EXAMPLE";
    const PAYLOAD: &str = r#"{"contextData":{"UserAgent":"ua"},"username":"bob","userPoolId":"us-east-1_EXAMPLE","timestamp":"1700000000000"}"#;
    const SIGNATURE: &str = "O3POiE02T7/hU+HnhEmJC2klXRJfdEz8mrvVpptT3JY=";

    fn encode(payload: &str, signature: &str) -> String {
        let data = Encoded {
            payload: payload.into(),
            signature: signature.into(),
            version: VERSION.into(),
        };
        BASE64_STANDARD.encode(serde_json::to_vec(&data).unwrap())
    }

    #[test]
    fn matches_a_captured_signature() {
        assert_eq!(base64_mac(&hmac_sha256(CLIENT_ID.as_bytes()), &[VERSION, PAYLOAD]), SIGNATURE);
        assert_eq!(verify_encoded_data(&encode(PAYLOAD, SIGNATURE), CLIENT_ID, POOL_ID), Ok(()));
    }

    #[test]
    fn rejects_malformed_device_data() {
        let signed = |payload: &str| {
            encode(payload, &base64_mac(&hmac_sha256(CLIENT_ID.as_bytes()), &[VERSION, payload]))
        };
        for (case, encoded, expected) in [
            ("too long", "A".repeat(9000), DeviceDataError::TooLong),
            ("no base64", "%%%".to_owned(), DeviceDataError::Malformed),
            ("no JSON", BASE64_STANDARD.encode("hello"), DeviceDataError::Malformed),
            ("a signature that is no base64", encode(PAYLOAD, "?"), DeviceDataError::Malformed),
            (
                "another payload",
                encode(&PAYLOAD.replace("bob", "eve"), SIGNATURE),
                DeviceDataError::WrongSignature,
            ),
            ("a payload without context", signed("{}"), DeviceDataError::Malformed),
            (
                "another pool",
                signed(&PAYLOAD.replace("EXAMPLE", "OTHER")),
                DeviceDataError::OtherPool,
            ),
        ] {
            assert_eq!(verify_encoded_data(&encoded, CLIENT_ID, POOL_ID), Err(expected), "{case}");
        }
    }

    #[test]
    fn built_data_verifies_and_contains_only_the_headers() {
        let client = ClientInfo {
            address: IpAddr::from([192, 0, 2, 1]),
            user_agent: Some("Mozilla/5.0 \"x\"".into()),
            language: None,
            platform: Some("Linux".into()),
        };

        let encoded = build_encoded_data(&client, "bob", POOL_ID, CLIENT_ID).unwrap();

        assert_eq!(verify_encoded_data(&encoded, CLIENT_ID, POOL_ID), Ok(()));
        let data: Encoded =
            serde_json::from_slice(&BASE64_STANDARD.decode(encoded).unwrap()).unwrap();
        let payload: serde_json::Value = serde_json::from_str(&data.payload).unwrap();
        assert_eq!(
            payload["contextData"],
            serde_json::json!({"UserAgent": "Mozilla/5.0 \"x\"", "DevicePlatform": "Linux"})
        );
        let without_headers = ClientInfo { user_agent: None, platform: None, ..client };
        assert_eq!(build_encoded_data(&without_headers, "bob", POOL_ID, CLIENT_ID), None);
    }

    #[test]
    fn sends_only_public_addresses() {
        for (address, expected) in [
            ("203.0.113.7", Some("203.0.113.7")),
            ("::ffff:203.0.113.7", Some("203.0.113.7")),
            ("2001:DB8::0:1", Some("2001:db8::1")),
            ("127.0.0.1", None),
            ("::1", None),
            ("10.1.2.3", None),
            ("172.16.0.1", None),
            ("192.168.0.1", None),
            ("100.64.0.1", None),
            ("169.254.169.254", None),
            ("fd00::1", None),
            ("fe80::1", None),
            ("::ffff:10.0.0.1", None),
        ] {
            let sent = public_address(address.parse().unwrap()).map(|address| address.to_string());

            assert_eq!(sent.as_deref(), expected, "{address}");
        }
    }
}
