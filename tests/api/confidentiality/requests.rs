//! The requests of the test, with a marker in every input.

use cognito_sandbox::{Operation, cases::CASES};
use serde_json::{Value, json};

use super::PASSWORD;
use crate::wire::head;

/// Returns every request, with `{id}` in place of the request id.
pub(super) fn all(is_chosen: bool) -> Vec<String> {
    let mut requests = code_requests(is_chosen);
    for case in CASES.iter().filter(|case| case.operation == Operation::SignUp) {
        requests.push(post(&form(case.name, is_chosen)));
    }
    // A successful sign-up, and a second one with another password.
    requests.push(post(&form("nothing", is_chosen)));
    requests.push(post(&with_field(
        form("nothing", is_chosen),
        "password",
        json!("Zqmore-1zqmore"),
    )));
    requests.push(post(&json!({})));
    for (field, value) in [
        ("username", json!("zqusername zqusername")),
        ("username", json!(["zqusername"])),
        ("email", json!("zqlocalpart")),
        ("email", json!({"zqlocalpart": "zqdomain"})),
        ("email", json!("zqlocalpart@localhost")),
        ("phone_number", json!("+120255501432025550143")),
        ("phone_number", json!(2_025_550_143)),
        ("password", json!("zqmore")),
        ("password", json!("Zqmore-1".repeat(40))),
        ("password", json!([PASSWORD])),
        ("password", json!({PASSWORD: PASSWORD})),
        ("attributes", json!({"given_name": "zqattribute\u{0}"})),
        ("attributes", json!({"nickname": "zqforbidden"})),
        ("attributes", json!({"given_name": ["zqattribute"]})),
        ("attributes", json!("zqattribute")),
        ("client_metadata", json!({"campaign": "zqmetadata\u{7}"})),
        ("client_metadata", json!({"other": "zqmetadata"})),
        ("validation_data", json!({"other": "zqvalidation"})),
        ("validation_data", json!(["zqvalidation"])),
        ("analytics_endpoint_id", json!("zqanalytics zqanalytics")),
        ("human_proof", json!("zqproof".repeat(1200))),
        ("human_proof", json!("")),
        ("device_data", json!({"x": "zqdevice"})),
        ("consents", json!({"zqterms": "zqconsent"})),
        ("consents", json!({"zqterms": ["zqconsent"]})),
        ("surprise", json!({"a": "zqsurprise"})),
    ] {
        requests.push(post(&with_field(form("nothing", is_chosen), field, value)));
    }
    let complete = form("nothing", is_chosen).to_string();
    requests.push(post_text(&complete[..complete.len() - 1], JSON));
    requests.push(post_text(&complete.replace("\"email\"", "\"password\""), JSON));
    requests.push(post_text(&complete, "Content-Type: text/zqheader"));
    requests.push(post_text(&"zqsurprise".repeat(2000), JSON));
    requests.push(post_text(&complete, &format!("{JSON}\nCookie: {}", "zqcookie".repeat(8000))));
    requests.push(post_text(&complete, JSON).replacen("POST /register", "ZQMETHOD /register", 1));
    requests.push(post_text(&complete, JSON).replacen("POST /register", "PUT /register", 1));
    requests.push(post_text(&complete, JSON).replacen("/register", "/zqpath", 1));
    requests.push(post_text(&complete, JSON).replacen("/register", "/register/zqpath", 1));
    let from_other_origin = format!("{JSON}\nOrigin: https://www.example.com/zqheader");
    requests.push(post_text(&complete, &from_other_origin));
    requests.push(post_text("", JSON).replacen("POST /register", "GET /problems/zqpath", 1));
    requests
}

/// Returns the requests for confirm and resend.
fn code_requests(is_chosen: bool) -> Vec<String> {
    let mut requests = Vec::new();
    for case in CASES.iter().filter(|case| case.operation != Operation::SignUp) {
        let path = match case.operation {
            Operation::Confirm => CONFIRM,
            _ => RESEND,
        };
        requests.push(post_text_to(path, &code_form(path, case.name, is_chosen).to_string(), JSON));
    }
    for path in [CONFIRM, RESEND] {
        let complete = code_form(path, "nothing", is_chosen);
        for (field, value) in [
            ("username", json!("zqusername\u{0}")),
            ("username", json!(["zqusername"])),
            ("code", json!("zqdigits zqdigits")),
            ("code", json!({"zqdigits": "zqdigits"})),
            ("code", json!("zqdigits".repeat(300))),
            ("session", json!("zqbearer")),
            ("session", json!(["zqbearer"])),
            ("client_metadata", json!({"other": "zqmetadata"})),
            ("device_data", json!({"x": "zqdevice"})),
            ("surprise", json!("zqsurprise")),
        ] {
            let form = with_field(complete.clone(), field, value);
            requests.push(post_text_to(path, &form.to_string(), JSON));
        }
        let complete = complete.to_string();
        requests.push(post_text_to(path, &complete[..complete.len() - 1], JSON));
        requests.push(post_text_to(path, &complete, "Content-Type: text/zqheader"));
        requests.push(post_text_to(path, &complete, JSON).replacen("POST", "PUT", 1));
    }
    requests
}

/// Returns a confirm or resend form with a marker in every field.
fn code_form(path: &str, case: &str, is_chosen: bool) -> Value {
    let mut form = json!({
        "username": if is_chosen {
            format!("{case}+zqusername")
        } else {
            format!("{case}+zqlocalpart@zqdomain.example.com")
        },
        "client_metadata": {"campaign": "zqmetadata"},
        "analytics_endpoint_id": "zqanalytics",
        "device_data": "zqdevice",
    });
    if path == CONFIRM {
        // The service would reject another code before the call. The code is no marker, because
        // times have such digits.
        form["code"] = json!("735914");
        form["session"] = json!("zqbearer".repeat(3));
    }
    form
}

const CONFIRM: &str = "/register/confirm";
const RESEND: &str = "/register/resend";

const JSON: &str = "Content-Type: application/json";

/// Returns a sign-up form with a marker in every field, for a case of the pool.
fn form(case: &str, is_chosen: bool) -> Value {
    let mut form = json!({
        "email": format!("{case}+zqlocalpart@zqdomain.example.com"),
        "phone_number": "+12025550143",
        "password": PASSWORD,
        "attributes": {"given_name": "zqattribute", "custom:plan": "zqattribute"},
        "client_metadata": {"campaign": "zqmetadata"},
        "validation_data": {"invite": "zqvalidation"},
        "analytics_endpoint_id": "zqanalytics",
        "device_data": "zqdevice",
        "human_proof": "zqproof",
    });
    if is_chosen {
        form["username"] = json!(format!("{case}+zqusername"));
    }
    form
}

fn with_field(mut form: Value, field: &str, value: Value) -> Value {
    form[field] = value;
    form
}

fn post(form: &Value) -> String {
    post_text(&form.to_string(), JSON)
}

fn post_text(body: &str, headers: &str) -> String {
    post_text_to("/register", body, headers)
}

fn post_text_to(path: &str, body: &str, headers: &str) -> String {
    let lines = format!(
        "POST {path}?zqquery=zqquery HTTP/1.1\n{headers}\nContent-Length: {}\n\
         X-Request-Id: {{id}}\nUser-Agent: zqagent\nAccept-Language: zqlanguage\n\
         X-Forwarded-For: zqforwarded\nForwarded: for=zqforwarded\nCookie: a=zqcookie\n\
         Authorization: Bearer zqauthorization\nReferer: https://zqheader.example.com/zqheader\n\
         Sec-CH-UA-Platform: \"zqheader\"\n\
         Idempotency-Key: zqheader-{{id}}\nTraceparent: 00-zqheader-zqheader-01\nZqheader: zqheader",
        body.len()
    );
    String::from_utf8(head(&lines)).expect("the head is UTF-8") + body
}
