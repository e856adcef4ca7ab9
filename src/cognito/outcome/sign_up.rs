use aws_sdk_cognitoidentityprovider::{
    error::SdkError, operation::sign_up::SignUpError as SdkSignUpError,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::{
    classify::classify,
    failure::{CognitoError, Failure},
    form_fields::FormFields,
    invalid_parameter::InvalidParameter,
    sign_up_error::SignUpError,
};
use crate::registration::{Violation, ViolationCode};

pub(in crate::cognito) fn sign_up_error(
    error: &SdkError<SdkSignUpError, HttpResponse>,
    form: &FormFields,
) -> SignUpError {
    classify("SignUp", error, |error| interpret(error, form))
}

/// The triggers that run after Cognito creates the account. The names are in lower case, like the
/// error message.
const LATER_TRIGGERS: [&str; 4] =
    ["custommessage", "customemailsender", "customsmssender", "postconfirmation"];

fn interpret(error: &CognitoError<'_>, form: &FormFields) -> SignUpError {
    let message = error.message.as_str();
    match error.code {
        "InvalidPasswordException" => SignUpError::Invalid(password_violations(message)),
        "InvalidParameterException" => match form.invalid_parameter(message) {
            InvalidParameter::Fields(violations) => SignUpError::Invalid(violations),
            InvalidParameter::Exists => SignUpError::AccountExists(form.taken_alias(message)),
            // Cognito composes the email or SMS after it creates the account.
            InvalidParameter::Failed(Failure::TriggerFailed) => SignUpError::LaterTriggerFailed,
            InvalidParameter::Failed(failure) => SignUpError::Failed(failure),
            InvalidParameter::Confirmed => SignUpError::Failed(Failure::UpstreamFailed),
        },
        "UsernameExistsException" => SignUpError::AccountExists(Some(form.taken(message))),
        "UserLambdaValidationException" if error.is_of_trigger("presignup") => {
            SignUpError::RejectedByTrigger(form.trigger_rejection(error.original))
        }
        "UserLambdaValidationException"
        | "InvalidLambdaResponseException"
        | "UnexpectedLambdaException"
            if LATER_TRIGGERS.iter().any(|trigger| error.is_of_trigger(trigger)) =>
        {
            SignUpError::LaterTriggerFailed
        }
        "NotAuthorizedException" if error.mentions("not permitted") => SignUpError::Closed,
        "CodeDeliveryFailureException" | "LimitExceededException" => SignUpError::CodeNotDelivered,
        _ => SignUpError::Failed(error.failure()),
    }
}

/// Returns a violation for each requirement that the error message names, or `WeakPassword` if it
/// names none. Cognito names one requirement. Emulators name all violated requirements.
fn password_violations(message: &str) -> Vec<Violation> {
    let mut violations: Vec<Violation> = [
        ("not long enough", ViolationCode::TooShort),
        ("length greater than", ViolationCode::TooShort),
        ("uppercase", ViolationCode::NeedsUppercase),
        ("lowercase", ViolationCode::NeedsLowercase),
        ("numeric", ViolationCode::NeedsNumber),
        ("symbol", ViolationCode::NeedsSymbol),
    ]
    .into_iter()
    .filter(|(text, _)| message.contains(text))
    .map(|(_, code)| Violation::new(&["password"], code))
    .collect();
    if violations.is_empty() {
        violations.push(Violation::new(&["password"], ViolationCode::WeakPassword));
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::{super::TriggerRejection, *};
    use crate::config::{Config, Sources};

    #[test]
    fn reads_the_trigger_only_from_the_start_of_the_error_message() {
        let config = Config::load(Sources { sandbox: true, ..Sources::default() }).unwrap();
        let form = FormFields::new(&config.registration);
        let trigger_failed = SignUpError::Failed(Failure::TriggerFailed);
        let later = SignUpError::LaterTriggerFailed;
        let rejected = SignUpError::RejectedByTrigger(TriggerRejection::Unmarked);
        let (validation, unexpected, response) = (
            "UserLambdaValidationException",
            "UnexpectedLambdaException",
            "InvalidLambdaResponseException",
        );
        for (code, message, expected) in [
            (validation, "PreSignUp failed with error We only take guests.", &rejected),
            (validation, "CustomMessage failed with error presignup template.", &later),
            (validation, "PostConfirmation failed with error x.", &later),
            (validation, "CustomMessage failed with error [vestibule:invite_invalid].", &later),
            (validation, "Said by CustomMessage.", &trigger_failed),
            (validation, "", &trigger_failed),
            (
                unexpected,
                "PreSignUp invocation failed due to error CustomMessage.",
                &trigger_failed,
            ),
            (unexpected, "CustomMessage invocation failed due to error x.", &later),
            (unexpected, "CustomEmailSender invocation failed due to error x.", &later),
            (unexpected, "CustomSMSSender invocation failed due to error x.", &later),
            (response, "Invalid lambda function output : Invalid JSON", &trigger_failed),
        ] {
            let classified = interpret(&CognitoError::new(code, message), &form);

            assert_eq!(classified, *expected, "{code}: {message}");
        }
    }

    #[test]
    fn returns_every_requirement_that_a_password_violates() {
        for (message, expected) in [
            ("Password not long enough", &[ViolationCode::TooShort][..]),
            ("Password must have symbol characters", &[ViolationCode::NeedsSymbol]),
            (
                "Password must have length greater than or equal to 8; Password must have \
                 uppercase characters; Password must have numeric characters",
                &[
                    ViolationCode::TooShort,
                    ViolationCode::NeedsUppercase,
                    ViolationCode::NeedsNumber,
                ],
            ),
            ("", &[ViolationCode::WeakPassword]),
        ] {
            let violations = password_violations(&message.to_lowercase());

            let codes: Vec<ViolationCode> = violations.iter().map(|found| found.code).collect();
            assert_eq!(codes, expected, "{message}");
        }
    }
}
