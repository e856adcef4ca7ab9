use serde_json::{Value, json};

use super::{Case, FindingCode};

const PHONE: &[(&str, &str)] = &[("REGISTRATION__USERNAME", "phone")];
const CHOSEN: &[(&str, &str)] = &[("REGISTRATION__USERNAME", "chosen")];
const NAMES_ALONE: &[(&str, &str)] = &[
    ("REGISTRATION__USERNAME", "chosen"),
    ("REGISTRATION__EMAIL", "off"),
    ("REGISTRATION__PHONE_NUMBER", "off"),
];
const GENERATED: &[(&str, &str)] = &[("REGISTRATION__USERNAME", "generated")];

pub(super) fn cases() -> Vec<Case> {
    [not_sent(), not_to_all(), mail(), sms(), lifetime(), triggers()]
        .into_iter()
        .flatten()
        .collect()
}

fn verified(attributes: &[&str]) -> Value {
    json!({"AutoVerifiedAttributes": attributes})
}

fn trigger(name: &str) -> Value {
    json!({"LambdaConfig": {name: "arn:aws:lambda:eu-central-1:000000000000:function:x"}})
}

/// Returns a pool that verifies these attributes, with a trigger that may confirm accounts.
fn behind_a_trigger(attributes: &[&str]) -> Value {
    let mut pool = verified(attributes);
    pool["LambdaConfig"] = trigger("PreSignUp")["LambdaConfig"].clone();
    pool
}

fn sender(name: &str) -> Value {
    json!({"LambdaConfig": {name: {
        "LambdaVersion": "V1_0",
        "LambdaArn": "arn:aws:lambda:eu-central-1:000000000000:function:x"
    }}})
}

fn not_sent() -> Vec<Case> {
    let case = |what| Case::new(FindingCode::CodesNotSent, what);
    let behind = |what| Case::new(FindingCode::CodesNotSentBehindTrigger, what);
    vec![
        case("the address is verified"),
        case("nothing is verified")
            .pool(verified(&[]))
            .says("The pool verifies nothing, but the form has email"),
        case("something else is verified")
            .pool(verified(&["phone_number"]))
            .says("--auto-verified-attributes email"),
        case("a trigger may confirm").pool(behind_a_trigger(&[])),
        case("names alone").settings(NAMES_ALONE).says("has neither email nor phone_number"),
        case("names, and an address that may stay empty").settings(CHOSEN),
        case("names alone, and a trigger may confirm")
            .settings(NAMES_ALONE)
            .pool(behind_a_trigger(&["email"])),
        behind("no trigger").pool(verified(&[])),
        behind("a trigger, and the address is verified").pool(behind_a_trigger(&["email"])),
        behind("a trigger may confirm")
            .pool(behind_a_trigger(&[]))
            .says("unless the pool's pre-sign-up trigger confirms them"),
        behind("a trigger may confirm names alone")
            .settings(NAMES_ALONE)
            .pool(behind_a_trigger(&["email"]))
            .says("has neither email nor phone_number"),
    ]
}

fn not_to_all() -> Vec<Case> {
    let case = |what, settings, attributes: &[&str]| {
        Case::new(FindingCode::CodesNotSentToAll, what)
            .settings(settings)
            .pool(verified(attributes))
    };
    let behind =
        |what| Case::new(FindingCode::CodesNotSentToAllBehindTrigger, what).settings(CHOSEN);
    let required = &[("REGISTRATION__USERNAME", "chosen"), ("REGISTRATION__EMAIL", "required")];
    vec![
        case("the address is the name", &[], &["email"]),
        case("an address that may stay empty", CHOSEN, &["email"])
            .says("registration.email = \"required\""),
        case("two that may both stay empty", CHOSEN, &["email", "phone_number"])
            .says("email and phone_number"),
        case("a required address", required, &["email"]),
        case("one of two, which users choose", GENERATED, &["email"]).says("Codes go to email"),
        case(
            "one of two is required, and both are verified",
            GENERATED,
            &["email", "phone_number"],
        ),
        case("a trigger may confirm", CHOSEN, &["email"]).pool(behind_a_trigger(&["email"])),
        behind("no trigger").pool(verified(&["email"])),
        behind("a trigger may confirm")
            .pool(behind_a_trigger(&["email"]))
            .says("unless the pool's pre-sign-up trigger confirms them"),
    ]
}

fn mail() -> Vec<Case> {
    let limit = |what| Case::new(FindingCode::EmailDailyLimit, what);
    let link = |what| Case::new(FindingCode::CodeByLink, what);
    let account = |account: Value| json!({"EmailConfiguration": {"EmailSendingAccount": account}});
    let option =
        |option: Value| json!({"VerificationMessageTemplate": {"DefaultEmailOption": option}});
    let template = |message: &str| {
        json!({"VerificationMessageTemplate": {
            "DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessage": message
        }})
    };
    let mut sent_by_trigger = sender("CustomEmailSender");
    sent_by_trigger["EmailConfiguration"] = Value::Null;
    vec![
        limit("SES"),
        limit("Cognito's own").pool(account(json!("COGNITO_DEFAULT"))).says("50 messages a day"),
        limit("not set")
            .pool(json!({"EmailConfiguration": null}))
            .says(r#"--email-configuration '{"EmailSendingAccount":"DEVELOPER","#),
        limit("with a reply address")
            .pool(json!({"EmailConfiguration": {
                "EmailSendingAccount": "COGNITO_DEFAULT",
                "ReplyToEmailAddress": "help@example.com"
            }}))
            .says(r#""ReplyToEmailAddress":"help@example.com""#),
        limit("a trigger sends").pool(sent_by_trigger),
        limit("codes go by SMS alone").settings(PHONE).pool(json!({
            "EmailConfiguration": null, "AutoVerifiedAttributes": ["phone_number"]
        })),
        limit("both are verified, and each sign-up has a number").settings(PHONE).pool(json!({
            "EmailConfiguration": null, "AutoVerifiedAttributes": ["phone_number", "email"]
        })),
        link("codes"),
        link("links")
            .pool(option(json!("CONFIRM_WITH_LINK")))
            .says(r#"'{"DefaultEmailOption":"CONFIRM_WITH_CODE"}'"#),
        link("links, and custom messages")
            .pool(template("It's {####}.\nYours"))
            .says(r#"--verification-message-template '{"DefaultEmailOption":"CONFIRM_WITH_CODE","EmailMessage":"It'\''s {####}.\nYours"}'"#),
        link("links, and a message that is too long for a line")
            .pool(template(&"{####}".repeat(200)))
            .says("--verification-message-template DefaultEmailOption=CONFIRM_WITH_CODE"),
        link("links, and a message that a terminal does not show")
            .pool(template("{####}\u{202e}"))
            .says("replaces its own section"),
        link("not set").pool(option(Value::Null)),
        link("links, and codes by SMS alone").settings(PHONE).pool(json!({
            "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"},
            "AutoVerifiedAttributes": ["phone_number"]
        })),
    ]
}

fn sms() -> Vec<Case> {
    let case = |code, what, configuration: Value| {
        Case::new(code, what).settings(PHONE).pool(json!({
            "UsernameAttributes": ["phone_number"],
            "AutoVerifiedAttributes": ["phone_number"],
            "SmsConfiguration": configuration
        }))
    };
    let role = || json!({"SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x"});
    let failing = |what, failure: Value| {
        let mut case = case(FindingCode::SmsNotWorking, what, role());
        case.pool["SmsConfigurationFailure"] = failure;
        case
    };
    let mut by_trigger = case(FindingCode::SmsRoleMissing, "a trigger sends", Value::Null);
    by_trigger.pool["LambdaConfig"] = sender("CustomSMSSender")["LambdaConfig"].clone();
    vec![
        case(FindingCode::SmsRoleMissing, "a role", role()),
        case(FindingCode::SmsRoleMissing, "no role", Value::Null)
            .says("--sms-configuration SnsCallerArn="),
        case(
            FindingCode::SmsRoleMissing,
            "End User Messaging instead of SNS",
            json!({"EumsSms": {
                "CallerArn": "arn:aws:iam::000000000000:role/sms",
                "ExternalId": "x",
                "OriginationIdentity": "+4915550100"
            }}),
        ),
        by_trigger,
        Case::new(FindingCode::SmsRoleMissing, "the form has no number")
            .pool(verified(&["email", "phone_number"])),
        failing("no failure", Value::Null),
        failing("the account is in the SMS sandbox", json!("SNSSandbox")).says("SNSSandbox"),
        failing("the role is wrong", json!("InvalidSmsRoleAccessPolicyException"))
            .says("InvalidSmsRoleAccessPolicyException"),
    ]
}

fn lifetime() -> Vec<Case> {
    let case = |what, message: &str| {
        Case::new(FindingCode::CodeLifetime, what)
            .pool(json!({"VerificationMessageTemplate": {"EmailMessage": message}}))
    };
    vec![
        case("no lifetime", "Your code is {####}."),
        case("the correct lifetime", "Your code is {####}. It is good for 24 hours."),
        case("the correct lifetime as a day", "Your code is {####}. It is good for 1 day."),
        case("ten minutes", "Your code is {####}. It expires in 10 minutes.")
            .says("\"10 minutes\""),
        case("an hour", "{####} is good for 1 hour.").says("\"1 hour\""),
        case("in German", "Ihr Code {####} gilt 15 Minuten.").says("\"15 Minuten\""),
        case("another number", "Room 24, 3 highlights: {####}"),
        case("the time before the word", "Dein Code {####} ist nur 15 Minuten gültig!")
            .says("\"15 Minuten\""),
        case("opening hours", "Your code is {####}. We are here for you 7 days a week."),
        case("the time of a reply", "Your code is {####}. We answer within 2 hours."),
        case("the time of another thing", "Your code is {####}. Your trial is good for 30 days."),
        case(
            "the correct lifetime, and that of another thing",
            "{####} is good for 24 hours. Free for 30 days!",
        ),
        case(
            "the correct lifetime, and another",
            "{####} is good for 24 hours. It expires in 5 minutes.",
        )
        .says("\"5 minutes\""),
        Case::new(FindingCode::CodeLifetime, "by SMS")
            .pool(
                json!({"VerificationMessageTemplate": {"SmsMessage": "{####} is valid for 5 min"}}),
            )
            .says("SmsMessage says \"5 min\""),
    ]
}

fn triggers() -> Vec<Case> {
    let conceal = &[("REGISTRATION__EXISTING_ACCOUNTS", "conceal")];
    vec![
        Case::new(FindingCode::TriggerPreSignUp, "none"),
        Case::new(FindingCode::TriggerPreSignUp, "one")
            .pool(trigger("PreSignUp"))
            .says("It may reject the sign-up"),
        Case::new(FindingCode::TriggerPreSignUp, "one, in conceal mode")
            .settings(conceal)
            .pool(trigger("PreSignUp"))
            .says("does not conceal them"),
        Case::new(FindingCode::TriggerPreSignUp, "another").pool(trigger("PostConfirmation")),
        Case::new(FindingCode::TriggerCustomMessage, "none"),
        Case::new(FindingCode::TriggerCustomMessage, "one")
            .pool(trigger("CustomMessage"))
            .says("{####}"),
        Case::new(FindingCode::TriggerPostConfirmation, "none"),
        Case::new(FindingCode::TriggerPostConfirmation, "one")
            .pool(trigger("PostConfirmation"))
            .says("is confirmed nevertheless"),
        Case::new(FindingCode::TriggerCustomSender, "none"),
        Case::new(FindingCode::TriggerCustomSender, "mail")
            .pool(sender("CustomEmailSender"))
            .says("sends the codes by email"),
        Case::new(FindingCode::TriggerCustomSender, "SMS")
            .pool(sender("CustomSMSSender"))
            .says("sends the codes by SMS"),
    ]
}
