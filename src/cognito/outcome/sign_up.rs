//! Classification of the errors of SignUp.

use aws_sdk_cognitoidentityprovider::{
    error::SdkError, operation::sign_up::SignUpError as SdkSignUpError,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::{
    failure::{Refused, understood},
    form_fields::FormFields,
    sign_up_error::SignUpError,
};
use crate::registration::{Violation, ViolationCode};

/// Classifies an error of the SDK.
pub(in crate::cognito) fn sign_up_error(
    error: &SdkError<SdkSignUpError, HttpResponse>,
    form: &FormFields,
) -> SignUpError {
    understood("SignUp", error, |refused| meaning(refused, form))
}

/// The triggers that run once the account is there, as messages name them, in lower case: they
/// word the code, send it, or run where the pre-sign-up trigger confirmed the account.
const LATER_TRIGGERS: [&str; 4] =
    ["custommessage", "customemailsender", "customsmssender", "postconfirmation"];

fn meaning(refused: &Refused<'_>, form: &FormFields) -> SignUpError {
    let message = refused.message.as_str();
    match refused.code {
        "InvalidPasswordException" => SignUpError::Invalid(password_violations(message)),
        "InvalidParameterException" => form.invalid_parameter(message),
        "UsernameExistsException" => SignUpError::AccountExists(form.taken(message)),
        "UserLambdaValidationException" if refused.is_of_trigger("presignup") => {
            SignUpError::RefusedByTrigger(form.trigger_refusal(refused.original))
        }
        "UserLambdaValidationException"
        | "InvalidLambdaResponseException"
        | "UnexpectedLambdaException"
            if LATER_TRIGGERS.iter().any(|trigger| refused.is_of_trigger(trigger)) =>
        {
            SignUpError::LaterTriggerFailed
        }
        "NotAuthorizedException" if refused.says("not permitted") => SignUpError::Closed,
        "CodeDeliveryFailureException" | "LimitExceededException" => SignUpError::CodeNotDelivered,
        _ => SignUpError::Failed(refused.failure()),
    }
}

/// Returns the rules that the message names. Cognito names one, other implementations name all.
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
    use super::{
        super::{Failure, TriggerRefusal},
        *,
    };
    use crate::config::{Config, Sources};

    #[test]
    fn only_the_trigger_itself_says_which_trigger_it_was() {
        let config = Config::load(Sources { sandbox: true, ..Sources::default() }).unwrap();
        let form = FormFields::new(&config.registration);
        let hook_failed = SignUpError::Failed(Failure::HookFailed);
        let later = SignUpError::LaterTriggerFailed;
        let refused = SignUpError::RefusedByTrigger(TriggerRefusal::Unmarked);
        let (validation, unexpected, response) = (
            "UserLambdaValidationException",
            "UnexpectedLambdaException",
            "InvalidLambdaResponseException",
        );
        for (code, message, expected) in [
            (validation, "PreSignUp failed with error We only take guests.", &refused),
            (validation, "CustomMessage failed with error presignup template.", &later),
            (validation, "PostConfirmation failed with error x.", &later),
            (validation, "CustomMessage failed with error [vestibule:invite_invalid].", &later),
            (validation, "Said by CustomMessage.", &hook_failed),
            (validation, "", &hook_failed),
            (unexpected, "PreSignUp invocation failed due to error CustomMessage.", &hook_failed),
            (unexpected, "CustomMessage invocation failed due to error x.", &later),
            (unexpected, "CustomEmailSender invocation failed due to error x.", &later),
            (unexpected, "CustomSMSSender invocation failed due to error x.", &later),
            (response, "Invalid lambda function output : Invalid JSON", &hook_failed),
        ] {
            let meaning = meaning(&Refused::new(code, message), &form);

            assert_eq!(meaning, *expected, "{code}: {message}");
        }
    }

    #[test]
    fn names_every_rule_that_a_password_breaks() {
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
