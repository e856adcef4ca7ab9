//! The phone numbers that `limits.sms` allows.

use serde_json::{Value, json};

use crate::{
    address_limits::ENFORCE,
    support::{PASSWORD, Response, Service},
};

const BRITISH: (&str, &str) = ("LIMITS__SMS__ALLOW", "GB,+49");
const PHONE: (&str, &str) = ("REGISTRATION__USERNAME", "phone");

#[actix_web::test]
async fn reports_unreachable_numbers_with_all_other_violations() {
    let service = Service::start(&[ENFORCE, BRITISH, PHONE]).await;
    for (number, violations) in [
        ("+44 7400 123456", &["/password too_short"][..]),
        ("+49 1511 2345678", &["/password too_short"]),
        ("+44 9012345678", &["/phone_number phone_number_not_mobile", "/password too_short"]),
        ("+49 30 901820", &["/phone_number phone_number_not_mobile", "/password too_short"]),
        ("+1 415 555 0100", &["/phone_number calling_code_not_allowed", "/password too_short"]),
        ("+44 1", &["/phone_number invalid_phone_number", "/password too_short"]),
    ] {
        let form = json!({"phone_number": number, "password": "Sh0rt!"});

        let response = service.register(&form).await;

        response.assert_problem(422, "invalid-registration", number);
        assert_eq!(response.violations(), violations, "{number}");
    }
    let american = service.register(&json!({"phone_number": "+1 415 555 0100"})).await;
    let detail = "Numbers of this country cannot be used here. Enter another one.";
    assert!(american.text.contains(detail), "{}", american.text);
    assert!(service.pool().requests(None).is_empty());
    assert_eq!(service.metric(r#"rate_limited_total{limit="sms",enforced="true"}"#).await, 4);
}

#[actix_web::test]
async fn accepts_numbers_without_an_optional_mobile_prefix() {
    let service = Service::start(&[ENFORCE, ("LIMITS__SMS__ALLOW", "AR,MX"), PHONE]).await;
    for (number, status) in [
        ("+54 9 11 2345 6789", 201),
        ("+54 11 2345 6788", 201),
        ("+52 1 55 1234 5678", 201),
        ("+54 800 123 4567", 422),
    ] {
        let form = json!({"phone_number": number, "password": PASSWORD});

        let response = service.register(&form).await;

        assert_eq!(response.status, status, "{number}: {}", response.text);
    }
}

#[actix_web::test]
async fn applies_at_resend_and_not_at_confirm() {
    for mode in ["phone", "generated"] {
        let settings = [ENFORCE, BRITISH, ("REGISTRATION__USERNAME", mode)];
        let service = Service::start(&settings).await;

        let resend = service.resend(&json!({"username": "+14158586273"})).await;
        let british = service.resend(&json!({"username": "+447400123456"})).await;
        let confirm = service.confirm_code("+14158586273", "000000").await;

        assert_eq!(resend.violations(), ["/username calling_code_not_allowed"], "{mode}");
        assert_eq!(british.status, 202, "{mode}");
        assert_eq!(
            (confirm.status, confirm.violations()),
            (422, Vec::new()),
            "{mode}: only the code is wrong"
        );
    }
}

#[actix_web::test]
async fn observe_mode_accepts_and_counts_the_number() {
    let settings = [ENFORCE, ("LIMITS__SMS__MODE", "observe"), PHONE];
    let service = Service::start(&settings).await;

    let american = json!({"phone_number": "+14155550100", "password": PASSWORD});
    let signed_up = service.register(&american).await;
    let policy = policy(&service).await;

    assert_eq!(signed_up.status, 201, "{}", signed_up.text);
    assert_eq!(service.metric(r#"rate_limited_total{limit="sms",enforced="false"}"#).await, 1);
    assert_eq!(policy.get("calling_codes"), None, "all calling codes are allowed");
}

#[actix_web::test]
async fn policy_lists_the_allowed_calling_codes() {
    let with_numbers = Service::start(&[ENFORCE, BRITISH, PHONE]).await;
    let chosen = ("REGISTRATION__USERNAME", "chosen");
    let without = Service::start(&[ENFORCE, chosen]).await;

    let policy_with_numbers = policy(&with_numbers).await;
    let policy_without_numbers = policy(&without).await;
    let form = json!({"username": "ada", "phone_number": "+447400123456", "password": PASSWORD});
    let rejected = without.register(&form).await;

    assert_eq!(policy_with_numbers["calling_codes"], json!([44, 49]));
    let fields = policy_with_numbers["fields"].as_array().expect("fields");
    let phone_number = fields.iter().find(|field| field["name"] == "phone_number");
    let rules = phone_number.and_then(|field| field["rules"].as_array()).expect("its rules");
    let codes: Vec<&str> = rules.iter().filter_map(|rule| rule["code"].as_str()).collect();
    let expected = [
        "required",
        "invalid_phone_number",
        "calling_code_not_allowed",
        "phone_number_not_mobile",
        "too_long",
    ];
    assert_eq!(codes, expected);
    let names: Vec<&Value> = policy_without_numbers["fields"]
        .as_array()
        .expect("fields")
        .iter()
        .map(|field| &field["name"])
        .collect();
    assert_eq!(names, ["username", "email", "password"], "the form has no phone number");
    assert_eq!(rejected.violations(), ["/phone_number not_allowed"]);
}

async fn policy(service: &Service) -> Value {
    Response::of(service.get("/register/policy")).await.json()
}
