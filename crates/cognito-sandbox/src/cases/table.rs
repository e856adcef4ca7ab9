//! The table of cases. [`cases`](super) explains how a user name selects a case.

use std::time::Duration;

use super::case::{Case, Play};
use crate::protocol::{
    operation::Operation,
    response::{AMZ_JSON, RawResponse},
};

/// Every case, by operation.
#[rustfmt::skip] // Each case has one line.
pub const CASES: &[Case] = &[
    // SignUp: the exceptions, with every reported message of real pools.
    rejected("signup.forbidden", 200, "ForbiddenException", "Request not allowed due to WAF block.", "The pool's WAF blocks the call."),
    rejected("signup.internal-error", 201, "InternalErrorException", "Internal server error", "Cognito fails."),
    rejected("signup.invalid-lambda-response", 202, "InvalidLambdaResponseException", "Invalid lambda function output : Invalid JSON", "The response of a trigger is invalid."),
    rejected("signup.unexpected-lambda", 203, "UnexpectedLambdaException", "PreSignUp invocation failed due to error AccessDeniedException.", "Cognito cannot invoke a trigger."),
    rejected("signup.lambda-refusal", 204, "UserLambdaValidationException", "PreSignUp failed with error We only take invited guests.", "A trigger rejects the call. The message contains the text of the trigger."),
    rejected("signup.lambda-crash", 205, "UserLambdaValidationException", "PreSignUp failed with error Cannot read properties of undefined (reading 'invite').", "A trigger crashes. Cognito reports the crash like a rejection."),
    rejected("signup.operation-not-enabled", 206, "OperationNotEnabledException", "Operation is not enabled in this region.", "The pool is a replica that does not accept sign-ups."),
    rejected("signup.resource-not-found", 207, "ResourceNotFoundException", "User pool client {client} does not exist.", "The app client does not exist."),
    rejected("signup.too-many-requests", 208, "TooManyRequestsException", "Rate exceeded", "The AWS account has used up its quota."),
    rejected("signup.throttling", 209, "ThrottlingException", "Rate exceeded", "AWS throttles the call before Cognito receives it."),
    rejected("signup.unknown-exception", 210, "SomethingNewException", "Something new happened.", "Cognito reports an exception that no SDK knows yet."),
    rejected("signup.not-authorized-secret-missing", 211, "NotAuthorizedException", "Client {client} is configured with secret but SECRET_HASH was not received", "The SecretHash is missing."),
    rejected("signup.not-authorized-secret-wrong", 212, "NotAuthorizedException", "Unable to verify secret hash for client {client}", "The SecretHash is wrong."),
    rejected("signup.not-authorized-secret-mismatch", 213, "NotAuthorizedException", "SecretHash does not match for the client: {client}", "The SecretHash is wrong. The message has another wording."),
    rejected("signup.invalid-parameter-other", 214, "InvalidParameterException", "The request could not be processed.", "A parameter is wrong, and the message does not name the parameter."),
    rejected("signup.invalid-email-role-access-policy", 215, "InvalidEmailRoleAccessPolicyException", "Cognito is not allowed to use your email identity", "The pool may not use its email identity."),
    rejected("signup.invalid-sms-role-access-policy", 216, "InvalidSmsRoleAccessPolicyException", "Role does not have permission to publish with SNS", "The pool's role may not send SMS."),
    rejected("signup.invalid-sms-role-trust-relationship", 217, "InvalidSmsRoleTrustRelationshipException", "Role does not have a trust relationship allowing Cognito to assume the role", "Cognito may not assume the pool's SMS role."),
    rejected("signup.invalid-password-too-short", 218, "InvalidPasswordException", "Password did not conform with policy: Password not long enough", "The password is too short for the policy."),
    rejected("signup.invalid-password-uppercase", 219, "InvalidPasswordException", "Password did not conform with policy: Password must have uppercase characters", "The password has no upper-case letter."),
    rejected("signup.invalid-password-lowercase", 220, "InvalidPasswordException", "Password did not conform with policy: Password must have lowercase characters", "The password has no lower-case letter."),
    rejected("signup.invalid-password-number", 221, "InvalidPasswordException", "Password did not conform with policy: Password must have numeric characters", "The password has no digit."),
    rejected("signup.invalid-password-symbol", 222, "InvalidPasswordException", "Password did not conform with policy: Password must have symbol characters", "The password has no special character."),
    rejected("signup.invalid-password-other-wording", 223, "InvalidPasswordException", "Password does not conform to policy: Password not long enough", "The password is too short. The message has another wording."),
    rejected("signup.invalid-parameter-password", 224, "InvalidParameterException", "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must have length greater than or equal to 6", "The password is shorter than any pool allows."),
    rejected("signup.invalid-parameter-password-white-space", 225, "InvalidParameterException", r"1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$", "The password has white space at an end."),
    rejected("signup.invalid-parameter-email", 226, "InvalidParameterException", "Invalid email address format.", "The email address is malformed."),
    rejected("signup.invalid-parameter-phone", 227, "InvalidParameterException", "Invalid phone number format.", "The phone number is malformed."),
    rejected("signup.invalid-parameter-username-not-email", 228, "InvalidParameterException", "Username should be an email.", "The pool accepts only email addresses as user names."),
    rejected("signup.invalid-parameter-username-neither", 229, "InvalidParameterException", "Username should be either an email or a phone number.", "The pool accepts only email addresses and phone numbers as user names."),
    rejected("signup.invalid-parameter-username-email-format", 230, "InvalidParameterException", "Username cannot be of email format, since user pool is configured for email alias.", "The pool rejects email addresses as user names."),
    rejected("signup.invalid-parameter-attribute-required", 231, "InvalidParameterException", "Attributes did not conform to the schema: given_name: The attribute is required", "The pool requires an attribute that the client did not send."),
    rejected("signup.invalid-parameter-name-required", 232, "InvalidParameterException", "Attributes did not conform to the schema: name.formatted: The attribute is required", "The pool requires `name`, which its message calls `name.formatted`."),
    rejected("signup.invalid-parameter-attribute-unknown", 233, "InvalidParameterException", "Attributes did not conform to the schema: custom:plan: Attribute does not exist in the schema.", "The pool's schema does not have the attribute."),
    rejected("signup.invalid-parameter-attribute-type", 234, "InvalidParameterException", "Type for attribute {custom:plan} could not be determined", "The pool's schema does not have the custom attribute. The message has another wording."),
    rejected("signup.not-authorized-closed", 235, "NotAuthorizedException", "SignUp is not permitted for this user pool", "Only administrators can create accounts."),
    rejected("signup.not-authorized-unauthorized-attribute", 236, "NotAuthorizedException", "A client attempted to write unauthorized attribute", "The app client may not write an attribute."),
    rejected("signup.username-exists", 237, "UsernameExistsException", "User already exists", "The user name is taken."),
    rejected("signup.username-exists-email", 238, "UsernameExistsException", "An account with the given email already exists.", "The email address is taken."),
    rejected("signup.username-exists-phone", 239, "UsernameExistsException", "An account with the given phone_number already exists.", "The phone number is taken."),
    rejected("signup.lambda-refusal-marked", 240, "UserLambdaValidationException", "PreSignUp failed with error We only take invited guests. [vestibule:invite_invalid].", "A trigger rejects the call and selects a code by a marker."),
    rejected("signup.invalid-parameter-alias-race", 241, "InvalidParameterException", "Alias entry already exists for a different username", "A simultaneous sign-up has taken the same address."),
    rejected("signup.invalid-parameter-preferred-username", 242, "InvalidParameterException", "Preferred username cannot be provided for unconfirmed account, since user pool is configured for preferred username alias.", "A setting of the pool does not allow an attribute of the form."),
    // SignUp: exceptions after the creation of the account.
    done_but_rejected("signup.code-delivery-failure", 280, "CodeDeliveryFailureException", "Failed to deliver the verification code.", "Cognito cannot send the message with the code."),
    done_but_rejected("signup.limit-exceeded", 281, "LimitExceededException", "Attempt limit exceeded, please try after some time.", "Cognito creates the account, but sends no code."),
    done_but_rejected("signup.limit-exceeded-daily-email", 282, "LimitExceededException", "Exceeded daily email limit for the operation or the account. If a higher limit is required, please configure your user pool to use your own Amazon SES configuration for sending email.", "Cognito creates the account, but its built-in email sender has reached its daily limit."),
    done_but_rejected("signup.created-then-limit-exceeded", 283, "LimitExceededException", "Attempt limit exceeded, please try after some time.", "The same as `signup.limit-exceeded`, with the effect in the name."),
    done_but_rejected("signup.created-then-internal-error", 284, "InternalErrorException", "Internal server error", "Cognito fails after it created the account."),
    done_but_rejected("signup.created-then-invalid-sms-role-access-policy", 285, "InvalidSmsRoleAccessPolicyException", "Role does not have permission to publish with SNS", "The pool's role may not send SMS."),
    done_but_rejected("signup.created-then-unexpected-lambda", 286, "UnexpectedLambdaException", "CustomMessage invocation failed due to error AccessDeniedException.", "Cognito cannot invoke the trigger that writes the message."),
    done_but_rejected("signup.created-then-lambda-refusal", 287, "UserLambdaValidationException", "CustomMessage failed with error No template for this language.", "The trigger that writes the message rejects the call."),
    done_but_rejected("signup.created-then-message-empty", 288, "InvalidParameterException", "The message is empty.", "The trigger that writes the message leaves the message empty."),
    done_but_rejected("signup.created-then-message-invalid", 289, "InvalidParameterException", r"1 validation error detected: Value at 'emailBody' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*", "The message has no placeholder for the code."),
    // SignUp: on the wire.
    done("signup.delay-250ms", 300, late(250), "The ordinary response after 250 ms."),
    done("signup.delay-1s", 301, late(1_000), "The ordinary response after 1 s."),
    done("signup.delay-3s", 302, late(3_000), "The ordinary response after 3 s."),
    undone("signup.hang", 303, Play::Silence, "The pool never responds."),
    done("signup.created-hang", 304, Play::Silence, "The pool carries out the call and never responds."),
    undone("signup.reset-before", 305, Play::Reset, "The pool resets the connection and does not carry out the call."),
    done("signup.reset-after", 306, Play::Reset, "The pool carries out the call, then resets the connection."),
    done("signup.empty-200", 307, EMPTY_BODY, "HTTP 200 without a body."),
    done("signup.empty-object", 308, EMPTY_OBJECT, "HTTP 200 with `{}`."),
    undone("signup.waf-page", 309, WAF_PAGE, "HTTP 403 with a web page, as a custom WAF rule sends."),
    undone("signup.html-500", 310, HTML_500, "HTTP 500 with a web page, as a broken proxy sends."),
    undone("signup.no-error-type", 311, NO_ERROR_TYPE, "HTTP 400 with a message that names no exception."),
    done("signup.throttled-once", 312, Play::Throttle(1), "`TooManyRequestsException` for the first call of this name."),
    done("signup.throttled-twice", 313, Play::Throttle(2), "`TooManyRequestsException` for the first two calls of this name."),
    undone("signup.namespaced-type", 314, NAMESPACED_TYPE, "UsernameExists as `com.amazonaws.cognito#UsernameExistsException`, only in the body."),
    undone("signup.header-type-wins", 315, HEADER_TYPE_WINS, "UsernameExists in the header, another exception in the body."),
    undone("signup.wrong-status-401", 316, WRONG_STATUS_401, "UsernameExists with HTTP 401."),
    done("signup.confirmed-at-once", 317, Play::ConfirmAtOnce, "The pool confirms the account at once, and sends no code."),
    done("signup.approval-required", 318, Play::SendNoCode, "The pool sends no code. An administrator confirms the account."),
    // ConfirmSignUp.
    rejected("confirm.forbidden", 400, "ForbiddenException", "Request not allowed due to WAF block.", "The pool's WAF blocks the call."),
    rejected("confirm.internal-error", 401, "InternalErrorException", "Internal server error", "Cognito fails."),
    rejected("confirm.invalid-lambda-response", 402, "InvalidLambdaResponseException", "Invalid lambda function output : Invalid JSON", "The response of a trigger is invalid."),
    rejected("confirm.unexpected-lambda", 403, "UnexpectedLambdaException", "PostConfirmation invocation failed due to error AccessDeniedException.", "Cognito cannot invoke a trigger."),
    rejected("confirm.lambda-refusal", 404, "UserLambdaValidationException", "PostConfirmation failed with error We only take invited guests.", "A trigger rejects the call. The message contains the text of the trigger."),
    rejected("confirm.lambda-crash", 405, "UserLambdaValidationException", "PostConfirmation failed with error Cannot read properties of undefined (reading 'invite').", "A trigger crashes. Cognito reports the crash like a rejection."),
    rejected("confirm.operation-not-enabled", 406, "OperationNotEnabledException", "Operation is not enabled in this region.", "The pool is a replica that does not accept sign-ups."),
    rejected("confirm.resource-not-found", 407, "ResourceNotFoundException", "User pool client {client} does not exist.", "The app client does not exist."),
    rejected("confirm.too-many-requests", 408, "TooManyRequestsException", "Rate exceeded", "The AWS account has used up its quota."),
    rejected("confirm.throttling", 409, "ThrottlingException", "Rate exceeded", "AWS throttles the call before Cognito receives it."),
    rejected("confirm.unknown-exception", 410, "SomethingNewException", "Something new happened.", "Cognito reports an exception that no SDK knows yet."),
    rejected("confirm.not-authorized-secret-missing", 411, "NotAuthorizedException", "Client {client} is configured with secret but SECRET_HASH was not received", "The SecretHash is missing."),
    rejected("confirm.not-authorized-secret-wrong", 412, "NotAuthorizedException", "Unable to verify secret hash for client {client}", "The SecretHash is wrong."),
    rejected("confirm.not-authorized-secret-mismatch", 413, "NotAuthorizedException", "SecretHash does not match for the client: {client}", "The SecretHash is wrong. The message has another wording."),
    rejected("confirm.invalid-parameter-other", 414, "InvalidParameterException", "The request could not be processed.", "A parameter is wrong, and the message does not name the parameter."),
    rejected("confirm.alias-exists", 415, "AliasExistsException", "An account with the email already exists.", "Another account confirmed this email address first."),
    rejected("confirm.alias-exists-phone", 416, "AliasExistsException", "An account with the phone_number already exists.", "Another account confirmed this phone number first."),
    rejected("confirm.code-mismatch", 417, "CodeMismatchException", "Invalid verification code provided, please try again.", "Every code is wrong."),
    rejected("confirm.expired-code", 418, "ExpiredCodeException", "Invalid code provided, please request a code again.", "Every code is expired."),
    rejected("confirm.too-many-failed-attempts", 419, "TooManyFailedAttemptsException", "Attempt limit exceeded, please try after some time.", "Clients sent too many codes for the user name."),
    rejected("confirm.limit-exceeded", 420, "LimitExceededException", "Attempt limit exceeded, please try after some time.", "Clients sent too many codes for the user name. The message has another wording."),
    rejected("confirm.user-not-found", 421, "UserNotFoundException", "Username/client id combination not found.", "The user does not exist."),
    rejected("confirm.user-not-found-other-wording", 422, "UserNotFoundException", "User does not exist.", "The user does not exist. The message has another wording."),
    rejected("confirm.not-authorized-confirmed", 423, "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED", "The account is confirmed already."),
    rejected("confirm.not-authorized-disabled", 424, "NotAuthorizedException", "User is disabled.", "An administrator disabled the account."),
    rejected("confirm.invalid-parameter-code", 425, "InvalidParameterException", r"1 validation error detected: Value 'no code' at 'confirmationCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\S]+", "The code is malformed, and the message quotes it."),
    rejected("confirm.not-authorized-not-unconfirmed", 426, "NotAuthorizedException", "User cannot confirm because user status is not UNCONFIRMED.", "The account is confirmed already. The message has another wording."),
    rejected("confirm.invalid-parameter-alias-race", 427, "InvalidParameterException", "Alias entry already exists for a different username", "Another account has just confirmed this address."),
    done_but_rejected("confirm.confirmed-then-internal-error", 480, "InternalErrorException", "Internal server error", "Cognito fails after it confirmed the account."),
    done_but_rejected("confirm.confirmed-then-unexpected-lambda", 481, "UnexpectedLambdaException", "PostConfirmation invocation failed due to error AccessDeniedException.", "Cognito cannot invoke the trigger after the confirmation."),
    done_but_rejected("confirm.confirmed-then-lambda-refusal", 482, "UserLambdaValidationException", "PostConfirmation failed with error [vestibule:invite_invalid].", "The trigger after the confirmation rejects the call."),
    done("confirm.delay-250ms", 500, late(250), "The ordinary response after 250 ms."),
    done("confirm.delay-1s", 501, late(1_000), "The ordinary response after 1 s."),
    done("confirm.delay-3s", 502, late(3_000), "The ordinary response after 3 s."),
    undone("confirm.hang", 503, Play::Silence, "The pool never responds."),
    done("confirm.confirmed-hang", 504, Play::Silence, "The pool carries out the call and never responds."),
    undone("confirm.reset-before", 505, Play::Reset, "The pool resets the connection and does not carry out the call."),
    done("confirm.reset-after", 506, Play::Reset, "The pool carries out the call, then resets the connection."),
    done("confirm.empty-200", 507, EMPTY_BODY, "HTTP 200 without a body."),
    done("confirm.empty-object", 508, EMPTY_OBJECT, "HTTP 200 with `{}`."),
    undone("confirm.waf-page", 509, WAF_PAGE, "HTTP 403 with a web page, as a custom WAF rule sends."),
    undone("confirm.html-500", 510, HTML_500, "HTTP 500 with a web page, as a broken proxy sends."),
    undone("confirm.no-error-type", 511, NO_ERROR_TYPE, "HTTP 400 with a message that names no exception."),
    done("confirm.throttled-once", 512, Play::Throttle(1), "`TooManyRequestsException` for the first call of this name."),
    done("confirm.throttled-twice", 513, Play::Throttle(2), "`TooManyRequestsException` for the first two calls of this name."),
    // ResendConfirmationCode.
    rejected("resend.forbidden", 600, "ForbiddenException", "Request not allowed due to WAF block.", "The pool's WAF blocks the call."),
    rejected("resend.internal-error", 601, "InternalErrorException", "Internal server error", "Cognito fails."),
    rejected("resend.invalid-lambda-response", 602, "InvalidLambdaResponseException", "Invalid lambda function output : Invalid JSON", "The response of a trigger is invalid."),
    rejected("resend.unexpected-lambda", 603, "UnexpectedLambdaException", "CustomMessage invocation failed due to error AccessDeniedException.", "Cognito cannot invoke a trigger."),
    rejected("resend.lambda-refusal", 604, "UserLambdaValidationException", "CustomMessage failed with error We only take invited guests.", "A trigger rejects the call. The message contains the text of the trigger."),
    rejected("resend.lambda-crash", 605, "UserLambdaValidationException", "CustomMessage failed with error Cannot read properties of undefined (reading 'invite').", "A trigger crashes. Cognito reports the crash like a rejection."),
    rejected("resend.operation-not-enabled", 606, "OperationNotEnabledException", "Operation is not enabled in this region.", "The pool is a replica that does not accept sign-ups."),
    rejected("resend.resource-not-found", 607, "ResourceNotFoundException", "User pool client {client} does not exist.", "The app client does not exist."),
    rejected("resend.too-many-requests", 608, "TooManyRequestsException", "Rate exceeded", "The AWS account has used up its quota."),
    rejected("resend.throttling", 609, "ThrottlingException", "Rate exceeded", "AWS throttles the call before Cognito receives it."),
    rejected("resend.unknown-exception", 610, "SomethingNewException", "Something new happened.", "Cognito reports an exception that no SDK knows yet."),
    rejected("resend.not-authorized-secret-missing", 611, "NotAuthorizedException", "Client {client} is configured with secret but SECRET_HASH was not received", "The SecretHash is missing."),
    rejected("resend.not-authorized-secret-wrong", 612, "NotAuthorizedException", "Unable to verify secret hash for client {client}", "The SecretHash is wrong."),
    rejected("resend.not-authorized-secret-mismatch", 613, "NotAuthorizedException", "SecretHash does not match for the client: {client}", "The SecretHash is wrong. The message has another wording."),
    rejected("resend.invalid-parameter-other", 614, "InvalidParameterException", "The request could not be processed.", "A parameter is wrong, and the message does not name the parameter."),
    rejected("resend.code-delivery-failure", 615, "CodeDeliveryFailureException", "Failed to deliver the verification code.", "Cognito cannot send the message with the code."),
    rejected("resend.invalid-email-role-access-policy", 616, "InvalidEmailRoleAccessPolicyException", "Cognito is not allowed to use your email identity", "The pool may not use its email identity."),
    rejected("resend.invalid-sms-role-access-policy", 617, "InvalidSmsRoleAccessPolicyException", "Role does not have permission to publish with SNS", "The pool's role may not send SMS."),
    rejected("resend.invalid-sms-role-trust-relationship", 618, "InvalidSmsRoleTrustRelationshipException", "Role does not have a trust relationship allowing Cognito to assume the role", "Cognito may not assume the pool's SMS role."),
    rejected("resend.limit-exceeded", 619, "LimitExceededException", "Attempt limit exceeded, please try after some time.", "Clients requested too many codes."),
    rejected("resend.limit-exceeded-daily-email", 620, "LimitExceededException", "Exceeded daily email limit for the operation or the account. If a higher limit is required, please configure your user pool to use your own Amazon SES configuration for sending email.", "Cognito's built-in email sender has reached its daily limit."),
    rejected("resend.user-not-found", 621, "UserNotFoundException", "Username/client id combination not found.", "The user does not exist."),
    rejected("resend.user-not-found-other-wording", 622, "UserNotFoundException", "User does not exist.", "The user does not exist. The message has another wording."),
    rejected("resend.invalid-parameter-confirmed", 623, "InvalidParameterException", "User is already confirmed.", "The account is confirmed already."),
    rejected("resend.not-authorized-disabled", 624, "NotAuthorizedException", "User is disabled.", "An administrator disabled the account."),
    rejected("resend.not-authorized-auto-verification", 625, "NotAuthorizedException", "Cannot resend codes. Auto verification not turned on.", "The pool verifies nothing."),
    rejected("resend.invalid-parameter-message", 626, "InvalidParameterException", "The message is empty.", "The trigger that writes the message leaves the message empty."),
    rejected("resend.invalid-parameter-auto-verification", 627, "InvalidParameterException", "Cannot resend codes. Auto verification not turned on.", "The pool verifies nothing. Cognito reports another exception."),
    done_but_rejected("resend.sent-then-internal-error", 680, "InternalErrorException", "Internal server error", "Cognito fails after it sent the code."),
    done("resend.delay-250ms", 700, late(250), "The ordinary response after 250 ms."),
    done("resend.delay-1s", 701, late(1_000), "The ordinary response after 1 s."),
    done("resend.delay-3s", 702, late(3_000), "The ordinary response after 3 s."),
    undone("resend.hang", 703, Play::Silence, "The pool never responds."),
    done("resend.sent-hang", 704, Play::Silence, "The pool carries out the call and never responds."),
    undone("resend.reset-before", 705, Play::Reset, "The pool resets the connection and does not carry out the call."),
    done("resend.reset-after", 706, Play::Reset, "The pool carries out the call, then resets the connection."),
    done("resend.empty-200", 707, EMPTY_BODY, "HTTP 200 without a body."),
    done("resend.empty-object", 708, EMPTY_OBJECT, "HTTP 200 with `{}`."),
    undone("resend.waf-page", 709, WAF_PAGE, "HTTP 403 with a web page, as a custom WAF rule sends."),
    undone("resend.html-500", 710, HTML_500, "HTTP 500 with a web page, as a broken proxy sends."),
    undone("resend.no-error-type", 711, NO_ERROR_TYPE, "HTTP 400 with a message that names no exception."),
    done("resend.throttled-once", 712, Play::Throttle(1), "`TooManyRequestsException` for the first call of this name."),
    done("resend.throttled-twice", 713, Play::Throttle(2), "`TooManyRequestsException` for the first two calls of this name."),
];

/// Returns a case with an exception. The pool does not carry out the operation.
const fn rejected(
    name: &'static str,
    number: u16,
    code: &'static str,
    message: &'static str,
    meaning: &'static str,
) -> Case {
    Case {
        name,
        operation: operation(name),
        number,
        carried_out: false,
        play: Play::Reject { code, message },
        meaning,
    }
}

/// Returns a case with an exception after the pool carried out the operation.
const fn done_but_rejected(
    name: &'static str,
    number: u16,
    code: &'static str,
    message: &'static str,
    meaning: &'static str,
) -> Case {
    Case { carried_out: true, ..rejected(name, number, code, message, meaning) }
}

/// Returns a case with an unusual response. The pool does not carry out the operation.
const fn undone(name: &'static str, number: u16, play: Play, meaning: &'static str) -> Case {
    Case { name, operation: operation(name), number, carried_out: false, play, meaning }
}

/// Returns a case with an unusual response. The pool carries out the operation.
const fn done(name: &'static str, number: u16, play: Play, meaning: &'static str) -> Case {
    Case { carried_out: true, ..undone(name, number, play, meaning) }
}

/// Returns the operation of a name, which starts with `signup.`, `confirm.` or `resend.`
const fn operation(name: &str) -> Operation {
    match name.as_bytes()[0] {
        b's' => Operation::SignUp,
        b'c' => Operation::Confirm,
        _ => Operation::Resend,
    }
}

const fn late(milliseconds: u64) -> Play {
    Play::Delay(Duration::from_millis(milliseconds))
}

const EMPTY_BODY: Play = raw(200, AMZ_JSON, "", None);
const EMPTY_OBJECT: Play = raw(200, AMZ_JSON, "{}", None);
const WAF_PAGE: Play = raw(
    403,
    "text/html",
    "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>\r\n",
    None,
);
const HTML_500: Play =
    raw(500, "text/html", "<html><body><h1>500 Internal Server Error</h1></body></html>", None);
const NO_ERROR_TYPE: Play = raw(400, AMZ_JSON, r#"{"message":"Something is wrong."}"#, None);
const NAMESPACED_TYPE: Play = raw(
    400,
    AMZ_JSON,
    r#"{"__type":"com.amazonaws.cognito#UsernameExistsException","message":"User already exists"}"#,
    Some("UsernameExistsException"),
);
const HEADER_TYPE_WINS: Play = Play::Raw(RawResponse {
    status: 400,
    content_type: AMZ_JSON,
    error_type: Some("UsernameExistsException:"),
    body: r#"{"__type":"InternalErrorException","message":"User already exists"}"#,
    code: Some("UsernameExistsException"),
});
const WRONG_STATUS_401: Play = raw(
    401,
    AMZ_JSON,
    r#"{"__type":"UsernameExistsException","message":"User already exists"}"#,
    Some("UsernameExistsException"),
);

const fn raw(
    status: u16,
    content_type: &'static str,
    body: &'static str,
    code: Option<&'static str>,
) -> Play {
    Play::Raw(RawResponse { status, content_type, error_type: None, body, code })
}
