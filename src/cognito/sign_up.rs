//! The SignUp call. Its outcome is created, not created, or unknown.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use aws_sdk_cognitoidentityprovider::{
    operation::sign_up::{SignUpOutput, builders::SignUpFluentBuilder},
    types::{AttributeType, CodeDeliveryDetailsType, DeliveryMediumType},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{
    ClientInfo, Cognito, Failure, SignUpError,
    call::{Reply, analytics, client_metadata},
    outcome, validate_response,
};
use crate::{metrics::CognitoOperation, registration::Registration};

/// An account that Cognito created.
#[derive(Clone, Debug)]
pub struct SignedUp {
    /// The account's `sub`.
    pub user_sub: String,
    /// The state of the account.
    pub state: AccountState,
    /// The recipient of the code. `None` if Cognito names neither an email nor an SMS.
    pub delivery: Option<Delivery>,
    /// The session for the confirm. `None` if the response has no usable session. Cognito omits the
    /// session unless the app client allows choice-based sign-in.
    pub session: Option<SecretString>,
}

/// The state of a new account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// The account is confirmed.
    Confirmed,
    /// The pool sent a code.
    CodeSent,
    /// The pool sent no code. An administrator confirms the account, or the pool lacks a setting.
    AwaitingApproval,
}

/// The recipient of a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivery {
    /// The medium of the message.
    pub medium: Medium,
    /// The masked address or phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// The attribute that holds the address or phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
}

/// The medium of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// An email.
    Email,
    /// An SMS.
    Sms,
}

impl Cognito {
    /// Creates an account. Repeats a try that Cognito throttled or did not receive, within
    /// `cognito.operation_timeout`. Does not repeat a try that may have created the account.
    ///
    /// Awaits `wait_for_slot` before each try, with the maximum time to wait. The error of
    /// `wait_for_slot` is the time after which the client may try again.
    pub async fn sign_up(
        &self,
        registration: &Registration,
        client: &ClientInfo,
        wait_for_slot: impl AsyncFn(Duration) -> Result<(), Duration>,
    ) -> Reply<SignedUp, SignUpError> {
        let username = &registration.username;
        let context = self.user_context(username, registration.device_data.as_deref(), client);
        let deadline = self.deadline();
        let call =
            self.call(CognitoOperation::SignUp, wait_for_slot, username, deadline, async |hash| {
                let request = self.sign_up_request(registration);
                let call = request.secret_hash(hash).set_user_context_data(context.clone()).send();
                Reply::of(call.await, |result| {
                    let result =
                        result.map_err(|error| outcome::sign_up_error(&error, &self.fields));
                    result.and_then(signed_up)
                })
            });
        let reply = call.await;
        if let Err(SignUpError::RejectedByTrigger(rejection)) = &reply.result {
            self.metrics.calls.trigger_rejections.count(rejection.kind());
        }
        reply
    }

    fn sign_up_request(&self, registration: &Registration) -> SignUpFluentBuilder {
        let email = registration.email.as_ref().map(|email| ("email", email.as_str()));
        let phone_number =
            registration.phone_number.as_ref().map(|number| ("phone_number", number.as_str()));
        let others =
            registration.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        // Each try gets a new signature, because the signature contains the time.
        let username = registration.username.as_str();
        let signature = self.signature.as_ref().map(|key| key.entry(username, SystemTime::now()));
        let signature = signature.as_ref().map(|(name, value)| (*name, value.as_str()));
        self.client
            .sign_up()
            .client_id(&self.settings.client_id)
            .username(username)
            .set_password(
                registration.password.as_ref().map(|password| password.expose_secret().to_owned()),
            )
            .set_user_attributes(list(email.into_iter().chain(phone_number).chain(others)))
            .set_validation_data(list(pairs(&registration.validation_data).chain(signature)))
            .set_client_metadata(client_metadata(&registration.client_metadata))
            .set_analytics_metadata(analytics(registration.analytics_endpoint_id.as_deref()))
    }
}

fn pairs(map: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    map.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Converts pairs to Cognito's list of names and values. Returns `None` if there are no pairs.
fn list<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Vec<AttributeType>> {
    // The builder fails only if there is no name.
    let list: Vec<AttributeType> = pairs
        .filter_map(|(name, value)| AttributeType::builder().name(name).value(value).build().ok())
        .collect();
    if list.is_empty() { None } else { Some(list) }
}

fn signed_up(output: SignUpOutput) -> Result<SignedUp, SignUpError> {
    // The SDK substitutes an empty string for a missing `sub`. A response without a valid `sub` is
    // not from Cognito.
    if !validate_response::is_user_sub(&output.user_sub) {
        return Err(SignUpError::Failed(Failure::UpstreamFailed));
    }
    let details = output.code_delivery_details.filter(|details| {
        details.delivery_medium.is_some()
            || details.destination.is_some()
            || details.attribute_name.is_some()
    });
    let state = match &details {
        _ if output.user_confirmed => AccountState::Confirmed,
        Some(_) => AccountState::CodeSent,
        None => {
            tracing::warn!(
                operation = "SignUp",
                "account not confirmed, and the pool sent no code. Confirm the account as an \
                 administrator, or check the pool's AutoVerifiedAttributes"
            );
            AccountState::AwaitingApproval
        }
    };
    Ok(SignedUp {
        state,
        delivery: details.and_then(delivery),
        session: validate_response::session(output.session),
        user_sub: output.user_sub,
    })
}

fn delivery(details: CodeDeliveryDetailsType) -> Option<Delivery> {
    let medium = match details.delivery_medium? {
        DeliveryMediumType::Email => Medium::Email,
        DeliveryMediumType::Sms => Medium::Sms,
        _ => return None,
    };
    Some(Delivery { medium, destination: details.destination, attribute: details.attribute_name })
}
