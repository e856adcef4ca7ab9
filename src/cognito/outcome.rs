//! What an answer of Cognito means: which of our errors it is, and whether an account may
//! exist now. Decided by the error's code; its message only refines, and goes no further.

use std::error::Error as StdError;

use aws_sdk_cognitoidentityprovider::{
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::{RequestId, sign_up::SignUpError as SdkSignUpError},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use thiserror::Error;

use super::form_fields::FormFields;

/// What a call did to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The account was created.
    Created,
    /// It was not.
    NotCreated,
    /// Nobody can say.
    Unknown,
}

impl Outcome {
    /// For logs and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::NotCreated => "not_created",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a sign-up did not end as created.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SignUpError {
    /// Cognito refused contents that it named.
    #[error("refused for its contents")]
    Invalid(Vec<FieldMistake>),
    /// Cognito refused the contents and named none.
    #[error("refused")]
    Rejected,
    /// The pre-sign-up trigger refused it, or crashed.
    #[error("refused by the pre-sign-up trigger")]
    RefusedByTrigger,
    /// The user name, or the alias named here, is taken.
    #[error("the account exists")]
    AccountExists(Field),
    /// Only administrators create accounts in this pool.
    #[error("sign-up is not permitted for this pool")]
    Closed,
    /// A web application firewall refused it.
    #[error("blocked in front of the pool")]
    Blocked,
    /// Too many calls for the pool.
    #[error("throttled")]
    Busy,
    /// The request was never sent.
    #[error("the pool could not be reached")]
    Unreachable,
    /// The pool is a replica that takes no sign-ups.
    #[error("the operation is not enabled for this pool")]
    NotEnabled,
    /// Settings and pool do not fit each other.
    #[error("misconfigured: {0}")]
    Misconfigured(Misconfiguration),
    /// The account was probably created, but its code did not go out.
    #[error("the code was not delivered")]
    CodeNotDelivered,
    /// A Lambda trigger failed, and nobody knows how far the sign-up came.
    #[error("a trigger failed")]
    HookFailed,
    /// An answer that says nothing, or none at all.
    #[error("the pool failed")]
    UpstreamFailed,
    /// No answer in time.
    #[error("the pool did not answer in time")]
    TimedOut,
}

/// What does not fit between settings and pool.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Misconfiguration {
    /// The client secret is wrong.
    #[error("the pool refused the SecretHash; check cognito.client_secret")]
    SecretHash,
    /// The SDK could not make a request of the settings.
    #[error("no request could be made; check cognito.region and cognito.endpoint")]
    Request,
    /// The pool or the app client does not exist.
    #[error("the pool does not know the app client; check cognito.client_id, region and endpoint")]
    UnknownClient,
    /// An attribute that the app client may not write.
    #[error("the app client may not write an attribute that the form sends")]
    UnwritableAttribute,
    /// The form does not fit the pool's schema or its kind of user names.
    #[error(
        "the form does not fit the pool's schema; check registration.username and registration.attributes"
    )]
    Schema,
    /// Another refusal of the client.
    #[error("the pool refused the app client")]
    NotAuthorized,
    /// The role that sends SMS, or the identity that sends mail.
    #[error("the pool may not send codes; check its SMS role and its mail identity")]
    DeliveryRole,
}

/// A field of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// `username`.
    Username,
    /// `email`.
    Email,
    /// `phone_number`.
    PhoneNumber,
    /// `password`.
    Password,
    /// One of `attributes`.
    Attribute(String),
}

/// What Cognito found wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMistake {
    /// The field.
    pub field: Field,
    /// The mistake.
    pub mistake: Mistake,
}

/// A mistake that Cognito's texts tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Mistake {
    Required,
    TooShort,
    NeedsUppercase,
    NeedsLowercase,
    NeedsNumber,
    NeedsSymbol,
    WeakPassword,
    InvalidEmail,
    InvalidPhoneNumber,
    LooksLikeEmail,
    InvalidValue,
}

impl SignUpError {
    /// What the call did to the account.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Misconfigured(Misconfiguration::DeliveryRole)
            | Self::CodeNotDelivered
            | Self::HookFailed
            | Self::UpstreamFailed
            | Self::TimedOut => Outcome::Unknown,
            Self::Misconfigured(_)
            | Self::Invalid(_)
            | Self::Rejected
            | Self::RefusedByTrigger
            | Self::AccountExists(_)
            | Self::Closed
            | Self::Blocked
            | Self::Busy
            | Self::Unreachable
            | Self::NotEnabled => Outcome::NotCreated,
        }
    }

    /// Whether the pool refused what was sent, and would again.
    #[must_use]
    pub fn is_about_the_contents(&self) -> bool {
        matches!(
            self,
            Self::Invalid(_) | Self::Rejected | Self::RefusedByTrigger | Self::AccountExists(_)
        )
    }

    /// Whether the pool judged the request, so that it must have taken the SecretHash.
    pub(super) fn is_verdict(&self) -> bool {
        match self {
            Self::Invalid(_)
            | Self::Rejected
            | Self::RefusedByTrigger
            | Self::AccountExists(_)
            | Self::Closed
            | Self::CodeNotDelivered
            | Self::HookFailed => true,
            Self::Misconfigured(misconfiguration) => !matches!(
                misconfiguration,
                Misconfiguration::SecretHash
                    | Misconfiguration::UnknownClient
                    | Misconfiguration::Request
            ),
            Self::Blocked
            | Self::Busy
            | Self::Unreachable
            | Self::NotEnabled
            | Self::UpstreamFailed
            | Self::TimedOut => false,
        }
    }

    /// Whether the same request may be sent again by itself: it cannot have created the
    /// account, and may fare better in a moment.
    pub(super) fn may_be_repeated(&self) -> bool {
        matches!(self, Self::Busy | Self::Unreachable)
    }
}

/// What the SDK's error means for a sign-up.
pub(super) fn sign_up_error(
    error: &SdkError<SdkSignUpError, HttpResponse>,
    form: &FormFields,
) -> SignUpError {
    let meaning = meaning(error, form);
    report(error, &meaning);
    meaning
}

/// Tells the operator what is theirs to mend or to watch. Cognito's message stays out of it:
/// it echoes what people type.
fn report(error: &SdkError<SdkSignUpError, HttpResponse>, meaning: &SignUpError) {
    let code = error
        .code()
        .filter(|code| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let status = error.raw_response().map(|response| response.status().as_u16());
    let cognito_request_id = error.request_id();
    match meaning {
        SignUpError::Misconfigured(_) | SignUpError::NotEnabled | SignUpError::HookFailed => {
            tracing::error!(alarm = true, code, status, cognito_request_id, "SignUp: {meaning}");
        }
        SignUpError::Unreachable => {
            tracing::warn!(cause = %DisplayErrorContext(error), "SignUp: {meaning}");
        }
        SignUpError::Blocked
        | SignUpError::Busy
        | SignUpError::CodeNotDelivered
        | SignUpError::UpstreamFailed
        | SignUpError::TimedOut => {
            tracing::warn!(code, status, cognito_request_id, "SignUp: {meaning}");
        }
        SignUpError::Invalid(_)
        | SignUpError::Rejected
        | SignUpError::RefusedByTrigger
        | SignUpError::AccountExists(_)
        | SignUpError::Closed => {
            tracing::debug!(code, status, cognito_request_id, "SignUp: {meaning}");
        }
    }
}

fn meaning(error: &SdkError<SdkSignUpError, HttpResponse>, form: &FormFields) -> SignUpError {
    match error {
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            let status = error.raw_response().map_or(0, |response| response.status().as_u16());
            match error.code() {
                Some(code) => named(code, error.message().unwrap_or_default(), form),
                // A page of a firewall names no code.
                None if (400..500).contains(&status) => SignUpError::Blocked,
                None => SignUpError::UpstreamFailed,
            }
        }
        SdkError::ConstructionFailure(_) => SignUpError::Misconfigured(Misconfiguration::Request),
        SdkError::TimeoutError(_) => SignUpError::TimedOut,
        SdkError::DispatchFailure(_) if was_never_sent(error) => SignUpError::Unreachable,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => SignUpError::TimedOut,
        _ => SignUpError::UpstreamFailed,
    }
}

fn named(code: &str, message: &str, form: &FormFields) -> SignUpError {
    let message = message.to_lowercase();
    let says = |text: &str| message.contains(text);
    match code {
        "InvalidPasswordException" => invalid(Field::Password, password_mistake(&message)),
        "InvalidParameterException" => form.invalid_parameter(&message),
        "UsernameExistsException" => SignUpError::AccountExists(form.taken(&message)),
        // The triggers that word or send the message run once the account is there.
        "UserLambdaValidationException" if message.trim_start().starts_with("presignup ") => {
            SignUpError::RefusedByTrigger
        }
        "NotAuthorizedException" if says("not permitted") => SignUpError::Closed,
        "NotAuthorizedException" => SignUpError::Misconfigured(match () {
            () if says("secret_hash") || says("secret hash") || says("secrethash") => {
                Misconfiguration::SecretHash
            }
            () if says("unauthorized attribute") => Misconfiguration::UnwritableAttribute,
            () => Misconfiguration::NotAuthorized,
        }),
        "ResourceNotFoundException" => SignUpError::Misconfigured(Misconfiguration::UnknownClient),
        "InvalidEmailRoleAccessPolicyException"
        | "InvalidSmsRoleAccessPolicyException"
        | "InvalidSmsRoleTrustRelationshipException" => {
            SignUpError::Misconfigured(Misconfiguration::DeliveryRole)
        }
        "CodeDeliveryFailureException" | "LimitExceededException" => SignUpError::CodeNotDelivered,
        "TooManyRequestsException" => SignUpError::Busy,
        _ if code.starts_with("Throttling") => SignUpError::Busy,
        "OperationNotEnabledException" => SignUpError::NotEnabled,
        "ForbiddenException" => SignUpError::Blocked,
        "UserLambdaValidationException"
        | "InvalidLambdaResponseException"
        | "UnexpectedLambdaException" => SignUpError::HookFailed,
        _ => SignUpError::UpstreamFailed,
    }
}

/// One mistake in one field.
pub(super) fn invalid(field: Field, mistake: Mistake) -> SignUpError {
    SignUpError::Invalid(vec![FieldMistake { field, mistake }])
}

fn password_mistake(message: &str) -> Mistake {
    for (text, mistake) in [
        ("not long enough", Mistake::TooShort),
        ("uppercase", Mistake::NeedsUppercase),
        ("lowercase", Mistake::NeedsLowercase),
        ("numeric", Mistake::NeedsNumber),
        ("symbol", Mistake::NeedsSymbol),
    ] {
        if message.contains(text) {
            return mistake;
        }
    }
    Mistake::WeakPassword
}

/// Whether the failure came before the request was on its way: name resolution, refusal,
/// TLS, or a connect time-out.
fn was_never_sent(error: &(dyn StdError + 'static)) -> bool {
    let mut source = Some(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return error.is_connect();
        }
        source = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    #[test]
    fn only_the_trigger_itself_says_which_trigger_it_was() {
        let config = Config::load(Sources { sandbox: true, ..Sources::default() }).unwrap();
        let form = FormFields::new(&config.registration);
        for (message, expected) in [
            ("PreSignUp failed with error We only take guests.", SignUpError::RefusedByTrigger),
            ("CustomMessage failed with error presignup template.", SignUpError::HookFailed),
            ("PostConfirmation failed with error x.", SignUpError::HookFailed),
            ("", SignUpError::HookFailed),
        ] {
            let meaning = named("UserLambdaValidationException", message, &form);

            assert_eq!(meaning, expected, "{message}");
        }
    }
}
