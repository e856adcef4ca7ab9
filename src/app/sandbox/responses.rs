//! The responses that a front end receives in the play cases, with the settings of the sandbox.
//!
//! `tests/api/sandbox` sends each case and compares the response with this table.

use serde::Serialize;

/// The parts of a response to a play case on which a front end depends.
#[derive(Debug, Serialize)]
pub(super) struct Response {
    pub(super) status: u16,
    /// The `code` of a problem, or the `status` of a success.
    pub(super) code: &'static str,
    pub(super) next: &'static [&'static str],
    /// The pointer and the code of each violation.
    pub(super) errors: &'static [&'static str],
}

/// Returns the response to a case, by its name such as `signup.hang`.
pub(super) fn to(name: &str) -> Option<&'static Response> {
    let operation_and_case = name.split_once('.').map(|(_, case)| case);
    let matches = |known: &str| match known.strip_prefix("*.") {
        Some(case) => operation_and_case == Some(case),
        None => known == name,
    };
    let group = RESPONSES.iter().find(|(_, names)| names.iter().any(|known| matches(known)));
    group.map(|(response, _)| response)
}

const fn success(status: u16, code: &'static str, next: &'static [&'static str]) -> Response {
    Response { status, code, next, errors: &[] }
}

const fn problem(status: u16, code: &'static str) -> Response {
    success(status, code, &[])
}

const fn invalid(errors: &'static [&'static str]) -> Response {
    Response { errors, ..problem(422, "invalid_registration") }
}

const fn taken(errors: &'static [&'static str]) -> Response {
    Response { errors, ..success(409, "account_exists", &["sign_in", "resend"]) }
}

/// Each response, with its cases. `*.` matches any operation. The first match applies.
#[rustfmt::skip] // The cases of a response are a block.
const RESPONSES: &[(Response, &[&str])] = &[
    (success(201, "confirmation_required", &["confirm"]), &[
        "signup.delay-250ms", "signup.delay-1s", "signup.delay-3s", "signup.throttled-once",
        "signup.throttled-twice",
    ]),
    (success(201, "confirmed", &["sign_in"]), &["signup.confirmed-at-once"]),
    (success(201, "approval_required", &["wait"]), &["signup.approval-required"]),
    (success(202, "delivery_failed", &["resend"]), &[
        "signup.code-delivery-failure", "signup.limit-exceeded", "signup.limit-exceeded-daily-email",
        "signup.created-then-limit-exceeded",
    ]),
    (success(200, "confirmed", &["sign_in"]), &[
        "confirm.delay-250ms", "confirm.delay-1s", "confirm.delay-3s", "confirm.empty-200",
        "confirm.empty-object", "confirm.throttled-once", "confirm.throttled-twice",
    ]),
    // The response does not reveal that the account is unknown or confirmed.
    (success(202, "code_sent", &["confirm"]), &[
        "resend.delay-250ms", "resend.delay-1s", "resend.delay-3s", "resend.throttled-once",
        "resend.throttled-twice", "resend.user-not-found", "resend.user-not-found-other-wording",
        "resend.invalid-parameter-confirmed", "resend.not-authorized-disabled",
    ]),
    (problem(403, "blocked"), &["*.forbidden", "*.waf-page", "*.no-error-type"]),
    (problem(403, "sign_up_closed"), &["signup.not-authorized-closed"]),
    (taken(&["/email taken"]), &[
        "signup.username-exists", "signup.username-exists-email", "signup.invalid-parameter-alias-race",
        "signup.namespaced-type", "signup.header-type-wins", "signup.wrong-status-401",
    ]),
    (taken(&["/phone_number taken"]), &["signup.username-exists-phone"]),
    (success(409, "account_exists", &["sign_in"]), &[
        "confirm.alias-exists", "confirm.alias-exists-phone", "confirm.invalid-parameter-alias-race",
    ]),
    (invalid(&["/password too_short"]), &[
        "signup.invalid-password-too-short", "signup.invalid-password-other-wording",
    ]),
    (invalid(&["/password needs_uppercase"]), &["signup.invalid-password-uppercase"]),
    (invalid(&["/password needs_lowercase"]), &["signup.invalid-password-lowercase"]),
    (invalid(&["/password needs_number"]), &["signup.invalid-password-number"]),
    (invalid(&["/password needs_symbol"]), &["signup.invalid-password-symbol"]),
    (invalid(&["/password weak_password"]), &[
        "signup.invalid-parameter-password", "signup.invalid-parameter-password-white-space",
    ]),
    (invalid(&["/email invalid_email"]), &[
        "signup.invalid-parameter-email", "signup.invalid-parameter-username-not-email",
        "signup.invalid-parameter-username-neither",
    ]),
    (invalid(&["/phone_number invalid_phone_number"]), &["signup.invalid-parameter-phone"]),
    (invalid(&["/attributes/given_name required"]), &["signup.invalid-parameter-attribute-required"]),
    (invalid(&["/attributes/name required"]), &["signup.invalid-parameter-name-required"]),
    (invalid(&["/code invalid_value"]), &["confirm.invalid-parameter-code"]),
    (problem(422, "registration_rejected"), &["signup.lambda-refusal", "signup.lambda-crash"]),
    (
        Response { errors: &["/validation_data/invite invite_invalid"], ..problem(422, "registration_rejected") },
        &["signup.lambda-refusal-marked"],
    ),
    (problem(422, "invalid_code"), &[
        "confirm.code-mismatch", "confirm.user-not-found", "confirm.user-not-found-other-wording",
        "confirm.not-authorized-confirmed", "confirm.not-authorized-disabled",
        "confirm.not-authorized-not-unconfirmed",
    ]),
    (problem(422, "expired_code"), &["confirm.expired-code"]),
    (problem(429, "too_many_attempts"), &[
        "*.limit-exceeded", "confirm.too-many-failed-attempts", "resend.limit-exceeded-daily-email",
    ]),
    (problem(502, "delivery_failed"), &["resend.code-delivery-failure"]),
    (problem(502, "upstream_failed"), &[
        "*.internal-error", "*.unknown-exception", "*.invalid-parameter-other", "*.reset-before",
        "*.reset-after", "*.html-500", "*.empty-200", "*.empty-object",
        "signup.created-then-internal-error", "confirm.confirmed-then-internal-error",
        "resend.sent-then-internal-error",
    ]),
    (problem(502, "hook_failed"), &[
        "*.invalid-lambda-response", "*.unexpected-lambda", "*.lambda-refusal", "*.lambda-crash",
        "signup.created-then-unexpected-lambda", "signup.created-then-lambda-refusal",
        "signup.created-then-message-empty", "signup.created-then-message-invalid",
        "confirm.confirmed-then-unexpected-lambda", "confirm.confirmed-then-lambda-refusal",
        "resend.invalid-parameter-message",
    ]),
    (problem(502, "misconfigured"), &[
        "*.resource-not-found", "*.not-authorized-secret-missing", "*.not-authorized-secret-wrong",
        "*.not-authorized-secret-mismatch", "*.invalid-email-role-access-policy",
        "*.invalid-sms-role-access-policy", "*.invalid-sms-role-trust-relationship",
        "signup.invalid-parameter-username-email-format", "signup.invalid-parameter-attribute-unknown",
        "signup.invalid-parameter-attribute-type", "signup.invalid-parameter-preferred-username",
        "signup.not-authorized-unauthorized-attribute",
        "signup.created-then-invalid-sms-role-access-policy",
        "resend.not-authorized-auto-verification", "resend.invalid-parameter-auto-verification",
    ]),
    (problem(503, "busy"), &["*.too-many-requests", "*.throttling"]),
    (problem(503, "unavailable"), &["*.operation-not-enabled"]),
    (problem(504, "upstream_timeout"), &[
        "*.hang", "signup.created-hang", "confirm.confirmed-hang", "resend.sent-hang",
    ]),
];

#[cfg(test)]
mod tests {
    use cognito_sandbox::cases::CASES;

    use super::*;

    #[test]
    fn every_case_has_a_response_and_every_name_is_a_case() {
        let missing: Vec<&str> =
            CASES.iter().map(|case| case.name).filter(|name| to(name).is_none()).collect();
        let is_unknown = |known: &&str| match known.strip_prefix('*') {
            Some(end) => !CASES.iter().any(|case| case.name.ends_with(end)),
            None => !CASES.iter().any(|case| case.name == *known),
        };
        let unknown: Vec<&str> =
            RESPONSES.iter().flat_map(|(_, names)| *names).copied().filter(is_unknown).collect();

        assert_eq!((missing, unknown), (vec![], vec![]));
    }
}
