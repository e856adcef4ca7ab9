use serde_json::{Value, json};

use super::{Case, Code};

const PHONE: &[(&str, &str)] = &[("REGISTRATION__USERNAME", "phone")];
const CHOSEN: &[(&str, &str)] = &[("REGISTRATION__USERNAME", "chosen")];
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

fn sender(name: &str) -> Value {
    json!({"LambdaConfig": {name: {
        "LambdaVersion": "V1_0",
        "LambdaArn": "arn:aws:lambda:eu-central-1:000000000000:function:x"
    }}})
}

fn not_sent() -> Vec<Case> {
    let case = |what| Case::new(Code::CodesNotSent, what);
    vec![
        case("the address is verified"),
        case("nothing is verified")
            .pool(verified(&[]))
            .says("The pool verifies nothing, and the form has email"),
        case("something else is verified")
            .pool(verified(&["phone_number"]))
            .says("--auto-verified-attributes email"),
        case("a trigger may confirm").pool({
            let mut pool = verified(&[]);
            pool["LambdaConfig"] = trigger("PreSignUp")["LambdaConfig"].clone();
            pool
        }),
    ]
}

fn not_to_all() -> Vec<Case> {
    let case = |what, settings, attributes: &[&str]| {
        Case::new(Code::CodesNotSentToAll, what).settings(settings).pool(verified(attributes))
    };
    let required = &[("REGISTRATION__USERNAME", "chosen"), ("REGISTRATION__EMAIL", "required")];
    vec![
        case("the address is the name", &[], &["email"]),
        case("an address that may stay empty", CHOSEN, &["email"])
            .says("registration.email = \"required\""),
        case("two that may both stay empty", CHOSEN, &["email", "phone_number"])
            .says("email and phone_number"),
        case("an address that is a must", required, &["email"]),
        case("one of two, which people choose", GENERATED, &["email"]).says("Codes go to email"),
        case("one of two is a must, and both are verified", GENERATED, &["email", "phone_number"]),
    ]
}

fn mail() -> Vec<Case> {
    let limit = |what| Case::new(Code::EmailDailyLimit, what);
    let link = |what| Case::new(Code::CodeByLink, what);
    let account = |account: Value| json!({"EmailConfiguration": {"EmailSendingAccount": account}});
    let option =
        |option: Value| json!({"VerificationMessageTemplate": {"DefaultEmailOption": option}});
    let mut behind_a_trigger = sender("CustomEmailSender");
    behind_a_trigger["EmailConfiguration"] = Value::Null;
    vec![
        limit("SES"),
        limit("Cognito's own").pool(account(json!("COGNITO_DEFAULT"))).says("50 messages a day"),
        limit("not told")
            .pool(json!({"EmailConfiguration": null}))
            .says("EmailSendingAccount=DEVELOPER"),
        limit("a trigger sends").pool(behind_a_trigger),
        limit("codes go by SMS alone").settings(PHONE).pool(json!({
            "EmailConfiguration": null, "AutoVerifiedAttributes": ["phone_number"]
        })),
        limit("both are verified, and each sign-up has a number").settings(PHONE).pool(json!({
            "EmailConfiguration": null, "AutoVerifiedAttributes": ["phone_number", "email"]
        })),
        link("codes"),
        link("links")
            .pool(option(json!("CONFIRM_WITH_LINK")))
            .says("DefaultEmailOption=CONFIRM_WITH_CODE"),
        link("not told").pool(option(Value::Null)),
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
        let mut case = case(Code::SmsNotWorking, what, role());
        case.pool["SmsConfigurationFailure"] = failure;
        case
    };
    let mut by_trigger = case(Code::SmsRoleMissing, "a trigger sends", Value::Null);
    by_trigger.pool["LambdaConfig"] = sender("CustomSMSSender")["LambdaConfig"].clone();
    vec![
        case(Code::SmsRoleMissing, "a role", role()),
        case(Code::SmsRoleMissing, "no role", Value::Null)
            .says("--sms-configuration SnsCallerArn="),
        case(
            Code::SmsRoleMissing,
            "End User Messaging in the place of SNS",
            json!({"EumsSms": {
                "CallerArn": "arn:aws:iam::000000000000:role/sms",
                "ExternalId": "x",
                "OriginationIdentity": "+4915550100"
            }}),
        ),
        by_trigger,
        Case::new(Code::SmsRoleMissing, "the form has no number")
            .pool(verified(&["email", "phone_number"])),
        failing("nothing is told", Value::Null),
        failing("the account is in the SMS sandbox", json!("SNSSandbox")).says("SNSSandbox"),
        failing("the role is wrong", json!("InvalidSmsRoleAccessPolicyException"))
            .says("InvalidSmsRoleAccessPolicyException"),
    ]
}

fn lifetime() -> Vec<Case> {
    let case = |what, message: &str| {
        Case::new(Code::CodeLifetime, what)
            .pool(json!({"VerificationMessageTemplate": {"EmailMessage": message}}))
    };
    vec![
        case("no time is told", "Your code is {####}."),
        case("the true one", "Your code is {####}. It is good for 24 hours."),
        case("the true one as a day", "Your code is {####}. It is good for 1 day."),
        case("ten minutes", "Your code is {####}. It expires in 10 minutes.")
            .says("\"10 minutes\""),
        case("an hour", "{####} is good for 1 hour.").says("\"1 hour\""),
        case("in German", "Ihr Code {####} gilt 15 Minuten.").says("\"15 Minuten\""),
        case("another number", "Room 24, 3 highlights: {####}"),
        Case::new(Code::CodeLifetime, "by SMS")
            .pool(json!({"VerificationMessageTemplate": {"SmsMessage": "{####}, for 5 min"}}))
            .says("SmsMessage speaks of \"5 min\""),
    ]
}

fn triggers() -> Vec<Case> {
    let conceal = &[("REGISTRATION__EXISTING_ACCOUNTS", "conceal")];
    vec![
        Case::new(Code::TriggerPreSignUp, "none"),
        Case::new(Code::TriggerPreSignUp, "one")
            .pool(trigger("PreSignUp"))
            .says("it may refuse people"),
        Case::new(Code::TriggerPreSignUp, "one, where accounts are to be concealed")
            .settings(conceal)
            .pool(trigger("PreSignUp"))
            .says("conceals nothing"),
        Case::new(Code::TriggerPreSignUp, "another").pool(trigger("PostConfirmation")),
        Case::new(Code::TriggerCustomMessage, "none"),
        Case::new(Code::TriggerCustomMessage, "one").pool(trigger("CustomMessage")).says("{####}"),
        Case::new(Code::TriggerPostConfirmation, "none"),
        Case::new(Code::TriggerPostConfirmation, "one")
            .pool(trigger("PostConfirmation"))
            .says("is confirmed all the same"),
        Case::new(Code::TriggerCustomSender, "none"),
        Case::new(Code::TriggerCustomSender, "mail")
            .pool(sender("CustomEmailSender"))
            .says("sends the mail"),
        Case::new(Code::TriggerCustomSender, "SMS")
            .pool(sender("CustomSMSSender"))
            .says("sends the SMS"),
    ]
}
