use serde_json::json;

use super::{Case, FindingCode};

pub(super) fn cases() -> Vec<Case> {
    let policy = |patch| json!({"Policies": {"PasswordPolicy": patch}});
    let factors = |factors: &[&str]| json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": factors}}});
    let stricter = |what| Case::new(FindingCode::PasswordStricter, what);
    let looser = |what| Case::new(FindingCode::PasswordLooser, what);
    let required = |what| Case::new(FindingCode::PasswordRequired, what);
    vec![
        stricter("the same policy"),
        stricter("a longer minimum").pool(policy(json!({"MinimumLength": 12}))).says("at least 12 characters, not 8"),
        stricter("a shorter minimum").pool(policy(json!({"MinimumLength": 6}))),
        stricter("without a length, the minimum is eight").pool(policy(json!({"MinimumLength": null}))),
        stricter("the pool also requires a symbol")
            .settings(&[("REGISTRATION__PASSWORD__REQUIRE_SYMBOL", "false")])
            .says("a symbol"),
        stricter("the pool also requires three classes")
            .settings(&[
                ("REGISTRATION__PASSWORD__REQUIRE_UPPERCASE", "false"),
                ("REGISTRATION__PASSWORD__REQUIRE_LOWERCASE", "false"),
                ("REGISTRATION__PASSWORD__REQUIRE_NUMBER", "false"),
            ])
            .says("an upper-case letter, a lower-case letter, a number"),
        stricter("the settings to copy")
            .pool(policy(json!({"MinimumLength": 10, "RequireSymbols": false})))
            .says("min_length = 10, require_uppercase = true, require_lowercase = true, require_number = true, require_symbol = false"),
        stricter("no policy").pool(json!({"Policies": null})),
        looser("the same policy"),
        looser("a shorter minimum").pool(policy(json!({"MinimumLength": 6}))).says("at least 8 characters, not 6"),
        looser("a longer minimum").pool(policy(json!({"MinimumLength": 12}))),
        looser("the pool requires fewer classes")
            .pool(policy(json!({"RequireNumbers": false, "RequireUppercase": false})))
            .says("an upper-case letter, a number"),
        looser("the command weakens nothing")
            .pool(policy(json!({"MinimumLength": 20, "RequireSymbols": false})))
            .says(r#""MinimumLength":20,"RequireLowercase":true,"RequireNumbers":true,"RequireSymbols":true,"RequireUppercase":true"#),
        looser("the command keeps the rest of the section")
            .pool(json!({"Policies": {
                "PasswordPolicy": {"MinimumLength": 6, "PasswordHistorySize": 3},
                "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}
            }}))
            .says(r#"--policies '{"PasswordPolicy":{"MinimumLength":8,"PasswordHistorySize":3,"RequireLowercase":true,"RequireNumbers":true,"RequireSymbols":true,"RequireUppercase":true,"TemporaryPasswordValidityDays":7},"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD","EMAIL_OTP"]}}'"#),
        required("passwords on both sides"),
        required("optional in the form, required in the pool")
            .settings(&[("REGISTRATION__PASSWORD__REQUIRED", "false")])
            .says("EMAIL_OTP"),
        required("passwords are the only factor")
            .settings(&[("REGISTRATION__PASSWORD__REQUIRED", "false")])
            .pool(factors(&["PASSWORD", "WEB_AUTHN"]))
            .says("SMS_OTP"),
        required("codes by mail")
            .settings(&[("REGISTRATION__PASSWORD__REQUIRED", "false")])
            .pool(factors(&["PASSWORD", "EMAIL_OTP"])),
        required("codes by SMS")
            .settings(&[("REGISTRATION__PASSWORD__REQUIRED", "false")])
            .pool(factors(&["SMS_OTP"])),
    ]
}
