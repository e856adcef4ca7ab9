//! Which phone numbers are sent messages at all.

use serde_json::{Value, json};

use crate::{
    address_limits::ENFORCE,
    support::{PASSWORD, Response, Service},
};

const BRITISH: (&str, &str) = ("LIMITS__SMS__ALLOW", "GB,+49");
const PHONE: (&str, &str) = ("REGISTRATION__USERNAME", "phone");

#[actix_web::test]
async fn a_number_that_gets_no_messages_is_a_mistake_like_any_other() {
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
    let sentences = service.register(&json!({"phone_number": "+1 415 555 0100"})).await;
    let error_message = "Numbers of this country cannot be used here. Enter another one.";
    assert!(sentences.text.contains(error_message), "{}", sentences.text);
    assert!(service.pool().requests(None).is_empty());
    assert_eq!(service.metric(r#"rate_limited_total{limit="sms",enforced="true"}"#).await, 4);
}

#[actix_web::test]
async fn is_asked_at_a_resend_and_not_at_a_confirm() {
    for mode in ["phone", "generated"] {
        let settings = [ENFORCE, BRITISH, ("REGISTRATION__USERNAME", mode)];
        let service = Service::start(&settings).await;

        let resend = service.resend(&json!({"username": "+14158586273"})).await;
        let british = service.resend(&json!({"username": "+447400123456"})).await;
        let confirm = service.confirm_code("+14158586273", "000000").await;

        assert_eq!(resend.violations(), ["/username calling_code_not_allowed"], "{mode}");
        assert_eq!(british.status, 202, "{mode}");
        assert_eq!((confirm.status, confirm.violations()), (422, Vec::new()), "{mode}: the code");
    }
}

#[actix_web::test]
async fn observes_what_it_would_refuse() {
    let settings = [ENFORCE, ("LIMITS__SMS__MODE", "observe"), PHONE];
    let service = Service::start(&settings).await;

    let american = json!({"phone_number": "+14155550100", "password": PASSWORD});
    let signed_up = service.register(&american).await;
    let policy = policy(&service).await;

    assert_eq!(signed_up.status, 201, "{}", signed_up.text);
    assert_eq!(service.metric(r#"rate_limited_total{limit="sms",enforced="false"}"#).await, 1);
    assert_eq!(policy.get("calling_codes"), None, "all are taken");
}

#[actix_web::test]
async fn the_policy_tells_which_numbers_are_taken() {
    let with_numbers = Service::start(&[ENFORCE, BRITISH, PHONE]).await;
    let chosen = ("REGISTRATION__USERNAME", "chosen");
    let without = Service::start(&[ENFORCE, chosen]).await;

    let told = policy(&with_numbers).await;
    let untold = policy(&without).await;
    let form = json!({"username": "ada", "phone_number": "+447400123456", "password": PASSWORD});
    let rejected = without.register(&form).await;

    assert_eq!(told["calling_codes"], json!([44, 49]));
    let fields = told["fields"].as_array().expect("fields");
    let phone_number = fields.iter().find(|field| field["name"] == "phone_number");
    let rules = phone_number.and_then(|field| field["rules"].as_array()).expect("its rules");
    let codes: Vec<&str> = rules.iter().filter_map(|rule| rule["code"].as_str()).collect();
    let expected =
        ["invalid_phone_number", "calling_code_not_allowed", "phone_number_not_mobile", "too_long"];
    assert_eq!(codes, expected);
    let names: Vec<&Value> =
        untold["fields"].as_array().expect("fields").iter().map(|field| &field["name"]).collect();
    assert_eq!(names, ["username", "email", "password"], "no number is asked for");
    assert_eq!(rejected.violations(), ["/phone_number not_allowed"]);
}

async fn policy(service: &Service) -> Value {
    Response::of(service.get("/register/policy")).await.json()
}
