//! Device data. The first byte chooses between the encoded text, a payload to encode, and headers.

use std::net::IpAddr;

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::SecretString;
use serde_json::{Value, json};
use vestibule::cognito::{
    ClientInfo, DeviceDataError, build_encoded_data, secret_hash, verify_encoded_data,
};

use crate::server::{CLIENT_ID, POOL_ID};

pub(crate) fn run(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    match first % 3 {
        0 => assert_consistent(&text),
        1 => signed(&text),
        _ => built(&text),
    }
}

/// Asserts that accepted data is for this pool and this app client.
fn assert_consistent(encoded: &str) {
    if verify_encoded_data(encoded, CLIENT_ID, POOL_ID).is_err() {
        return;
    }
    assert!(encoded.len() <= 8192, "{} bytes", encoded.len());
    let other_pool = verify_encoded_data(encoded, CLIENT_ID, "eu-central-1_OTHER");
    let other_client = verify_encoded_data(encoded, "2example23456789", POOL_ID);
    assert_eq!(other_pool, Err(DeviceDataError::OtherPool));
    assert_eq!(other_client, Err(DeviceDataError::WrongSignature));
    let json = BASE64_STANDARD.decode(encoded).expect("accepted data is base64");
    let json: Value = serde_json::from_slice(&json).expect("accepted data is JSON");
    let payload = json["payload"].as_str().expect("it has a payload");
    let payload: Value = serde_json::from_str(payload).expect("its payload is JSON");
    assert_eq!(payload["userPoolId"], POOL_ID);
}

/// Asserts that the service accepts a payload with a valid signature only if it is for this pool.
fn signed(payload: &str) {
    let version = "JS20171115";
    // The signature is the MAC of two texts under the client id, as a SecretHash is.
    let signature = secret_hash(&SecretString::from(CLIENT_ID), version, payload);
    let data = json!({"payload": payload, "signature": signature, "version": version});
    let encoded = BASE64_STANDARD.encode(data.to_string());
    let result = verify_encoded_data(&encoded, CLIENT_ID, POOL_ID);

    assert_consistent(&encoded);
    let read: Value = serde_json::from_str(payload).unwrap_or_default();
    let is_ours = read["contextData"].is_object() && read["userPoolId"] == POOL_ID;
    assert_eq!(result.is_ok(), is_ours && encoded.len() <= 8192, "{result:?}");
    assert_ne!(result, Err(DeviceDataError::WrongSignature));
}

/// Asserts that the service accepts the data that it builds from any headers.
fn built(text: &str) {
    let mut lines = text.split('\n').map(|line| Some(line.to_owned()));
    let client = ClientInfo {
        address: IpAddr::from([203, 0, 113, 7]),
        user_agent: lines.next().flatten(),
        language: lines.next().flatten(),
        platform: lines.next().flatten(),
    };
    let Some(encoded) = build_encoded_data(&client, text, POOL_ID, CLIENT_ID) else { return };

    let result = verify_encoded_data(&encoded, CLIENT_ID, POOL_ID);

    assert!(result.is_ok() || encoded.len() > 8192, "{result:?}");
    assert_consistent(&encoded);
}
