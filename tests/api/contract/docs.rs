//! `GET /docs`: the page that shows the document.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use vestibule::registration::ViolationCode;

use super::{Contract, keys};
use crate::support::{Answer, Service};

#[actix_web::test]
async fn shows_every_operation_problem_and_code_and_loads_nothing() {
    let service = Service::start(&[]).await;
    let contract = Contract::read();

    let page = Answer::of(service.get("/docs")).await;

    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    contract.assert_allows("get", "/docs", &page, "the page");
    for (path, methods) in contract.at("/paths").as_object().into_iter().flatten() {
        for method in keys(methods) {
            let id = methods[method]["operationId"].as_str().unwrap_or_default();
            assert!(page.text.contains(&format!("<article id=\"{id}\">")), "{path}");
            assert!(page.text.contains(&format!("data-path=\"{path}\"")), "{path}");
        }
    }
    let problems = contract.at("/components/schemas/AnyProblem/discriminator/mapping");
    let codes = keys(problems).chain(ViolationCode::ALL.iter().map(|code| code.as_str()));
    for code in codes {
        assert!(page.text.contains(&format!("<code>{code}</code>")), "{code}");
    }
    for loading in [" src=", "<link", "@import", "url(", "//cdn", "https://", "http://"] {
        assert!(!page.text.contains(loading), "{loading}");
    }
}

#[actix_web::test]
async fn runs_its_own_script_alone_and_is_known_by_its_tag() {
    let service = Service::start(&[]).await;

    let page = Answer::of(service.get("/docs")).await;
    let tag = page.header("etag").expect("it has a tag").to_owned();
    let again = Answer::of(service.get("/docs").header("If-None-Match", tag)).await;

    let policy = page.header("content-security-policy").expect("it has a policy");
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for (element, directive) in [("style", "style-src"), ("script", "script-src")] {
        let inline = between(&page.text, &format!("<{element}>"), &format!("</{element}>"));
        let digest = STANDARD.encode(Sha256::digest(inline));
        assert!(policy.contains(&format!("{directive} 'sha256-{digest}'")), "{policy}");
    }
    assert_eq!(page.text.matches("<script").count(), 1, "one script");
    assert!(!page.text.contains(" style=") && !page.text.contains(" onclick="), "none in line");
    assert_eq!((again.status, again.text.as_str()), (304, ""));
}

/// What stands first between two marks.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).expect("it begins");
    rest.split_once(end).expect("it ends").0
}

#[actix_web::test]
async fn the_examples_that_it_offers_are_those_of_the_document() {
    let service = Service::start(&[]).await;
    let contract = Contract::read();
    let page = Answer::of(service.get("/docs")).await;
    let examples = &contract.operation("post", "/register")["requestBody"]["content"]["application/json"]
        ["examples"];

    let offered = between(&page.text, "data-path=\"/register\"", "</form>");

    for name in keys(examples) {
        let body: &Value = &examples[name]["value"];
        let shown = serde_json::to_string_pretty(body).expect("it is JSON").replace('"', "&quot;");
        assert!(offered.contains(&format!("<option value=\"{shown}\"")), "{name}");
    }
    assert_eq!(offered.matches(" selected").count(), 1, "one of them comes first");
}
