//! SignUp: one call that ends as created, not created, or unknown.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use aws_sdk_cognitoidentityprovider::{
    operation::sign_up::{SignUpOutput, builders::SignUpFluentBuilder},
    types::{
        AnalyticsMetadataType, AttributeType, CodeDeliveryDetailsType, DeliveryMediumType,
        UserContextDataType,
    },
};
use secrecy::ExposeSecret;
use tokio::time::{sleep, timeout};

use super::{Caller, Cognito, Misconfiguration, SignUpError, outcome, secrets::ClientSecret};
use crate::registration::Registration;

/// An account that Cognito created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedUp {
    /// The account's `sub`.
    pub user_sub: String,
    /// Whether it is confirmed already.
    pub confirmed: bool,
    /// Where the code went.
    pub delivery: Option<Delivery>,
}

/// Where a code went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// By mail or by SMS.
    pub medium: Medium,
    /// The address, masked by Cognito.
    pub destination: Option<String>,
    /// The attribute that holds the address.
    pub attribute: Option<String>,
}

/// The way a code takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// By mail.
    Email,
    /// By SMS.
    Sms,
}

impl Cognito {
    /// Signs somebody up. Throttling and failures before the request was sent are tried
    /// again within the operation's time; what may have created the account never is.
    ///
    /// # Errors
    /// What Cognito refused, or why nobody knows whether it did.
    pub async fn sign_up(
        &self,
        registration: &Registration,
        caller: &Caller,
    ) -> Result<SignedUp, SignUpError> {
        let context = self.user_context(registration, caller);
        let deadline = Instant::now() + self.settings.operation_timeout;
        let [Some((_, first)), other] = self.secrets.in_order() else {
            return Err(SignUpError::Misconfigured(Misconfiguration::SecretHash));
        };
        let answer = self.sign_up_with(first, registration, context.clone(), deadline).await;
        let (Err(SignUpError::Misconfigured(Misconfiguration::SecretHash)), Some((which, other))) =
            (&answer, other)
        else {
            return answer;
        };
        let answer = self.sign_up_with(other, registration, context, deadline).await;
        if answer.as_ref().map_or_else(SignUpError::is_verdict, |_| true) {
            tracing::warn!("one client secret was refused, the other was taken");
            self.metrics.secret_fallover();
            self.secrets.prefer(which);
        }
        answer
    }

    async fn sign_up_with(
        &self,
        secret: &ClientSecret,
        registration: &Registration,
        context: Option<UserContextDataType>,
        deadline: Instant,
    ) -> Result<SignedUp, SignUpError> {
        let hash = secret.hash(registration.username.as_str(), &self.settings.client_id);
        let mut tries = 1;
        loop {
            let call = self
                .request(registration)
                .secret_hash(&hash)
                .set_user_context_data(context.clone())
                .send();
            let remaining = deadline.saturating_duration_since(Instant::now());
            let error = match timeout(remaining, call).await {
                Ok(Ok(output)) => return signed_up(output),
                Ok(Err(error)) => outcome::sign_up_error(&error, &self.fields),
                Err(_) => return Err(SignUpError::TimedOut),
            };
            let pause = pause_after(tries);
            let may_repeat = error.may_be_repeated() && tries < self.settings.max_attempts;
            if !may_repeat || Instant::now() + pause >= deadline {
                return Err(error);
            }
            self.metrics.sign_up_retry();
            sleep(pause).await;
            tries += 1;
        }
    }

    fn request(&self, registration: &Registration) -> SignUpFluentBuilder {
        let email = registration.email.as_ref().map(|email| ("email", email.as_str()));
        let phone_number =
            registration.phone_number.as_ref().map(|number| ("phone_number", number.as_str()));
        let others =
            registration.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut request = self
            .client
            .sign_up()
            .client_id(&self.settings.client_id)
            .username(registration.username.as_str())
            .set_password(
                registration.password.as_ref().map(|password| password.expose_secret().to_owned()),
            )
            .set_user_attributes(list(email.into_iter().chain(phone_number).chain(others)))
            .set_validation_data(list(pairs(&registration.validation_data)));
        for (name, value) in pairs(&registration.client_metadata) {
            request = request.client_metadata(name, value);
        }
        if let Some(id) = &registration.analytics_endpoint_id {
            request = request.analytics_metadata(
                AnalyticsMetadataType::builder().analytics_endpoint_id(id).build(),
            );
        }
        request
    }
}

/// Between half of 100 ms and all of it, then of 200 ms, and so on.
fn pause_after(tries: u32) -> Duration {
    let most = 50_u64 << tries.min(6);
    Duration::from_millis(fastrand::u64(most / 2..=most))
}

fn pairs(map: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    map.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Cognito's list of names and values; an empty one is left out.
fn list<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Vec<AttributeType>> {
    // The builder refuses nothing but a missing name, and each has one.
    let list: Vec<AttributeType> = pairs
        .filter_map(|(name, value)| AttributeType::builder().name(name).value(value).build().ok())
        .collect();
    if list.is_empty() { None } else { Some(list) }
}

fn signed_up(output: SignUpOutput) -> Result<SignedUp, SignUpError> {
    // The SDK fills in what an answer lacks: an empty sub means that this was no answer of
    // Cognito's.
    if output.user_sub.is_empty() {
        return Err(SignUpError::UpstreamFailed);
    }
    Ok(SignedUp {
        confirmed: output.user_confirmed,
        delivery: output.code_delivery_details.and_then(delivery),
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
