//! `GET /docs`: the page that shows the document.

use super::Contract;
use crate::support::{Response, Service};

#[actix_web::test]
async fn serves_the_page_and_its_files() {
    let service = Service::start(&[]).await;

    let page = Response::of(service.get("/docs")).await;

    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    Contract::read().assert_allows("get", "/docs", &page, "the page");
    assert!(page.text.contains("name=\"viewport\""), "{}", page.text);
    let loaded: Vec<&str> = page
        .text
        .split(' ')
        .filter_map(|part| part.strip_prefix("src=\"").or(part.strip_prefix("href=\"")))
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(loaded.len(), 6, "{loaded:?}");
    for address in loaded {
        assert!(address.starts_with("docs/"), "{address}");
        let file = Response::of(service.get(&format!("/{address}"))).await;

        assert_eq!(file.status, 200, "{address}");
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"), "{address}");
        assert!(file.header("etag").is_some(), "{address}");
    }
    let settings = Response::of(service.get("/docs/swagger-initializer.js")).await.text;
    assert!(settings.contains("\"openapi.json\""), "{settings}");
    assert!(settings.contains("\"validatorUrl\": \"none\""), "{settings}");
}

#[actix_web::test]
async fn allows_only_own_scripts_and_supports_etags() {
    let service = Service::start(&[]).await;

    let page = Response::of(service.get("/docs")).await;
    let tag = page.header("etag").expect("an ETag").to_owned();
    let again = Response::of(service.get("/docs").header("If-None-Match", tag)).await;

    let policy = page.header("content-security-policy").expect("a Content-Security-Policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!((again.status, again.text.as_str()), (304, ""));
}

#[actix_web::test]
async fn other_files_are_not_found() {
    let service = Service::start(&[]).await;

    for file in ["oauth2-redirect.html", "index.html", "..%2Fopenapi.json", "nothing"] {
        let response = Response::of(service.get(&format!("/docs/{file}"))).await;

        response.assert_problem(404, "not-found", file);
    }
}
