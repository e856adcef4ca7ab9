//! Texts in the language of the client.

use std::{env, fs};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    process::Process,
    support::{PASSWORD, Response, Service, files::Folder, pool},
    trigger_codes::start_with_throwing_trigger,
};

async fn in_language(service: &Service, path: &str, language: &str) -> Response {
    Response::of(service.get(path).header("Accept-Language", language)).await
}

#[actix_web::test]
async fn problems_are_in_the_language_of_the_client() {
    let service = Service::start(&[]).await;

    for (accepted, language, title, detail) in [
        ("en-GB", "en", "Some details need another look.", "Enter your email address."),
        (
            "de-AT, en;q=0.5",
            "de",
            "Bitte prüfen Sie einige Angaben noch einmal.",
            "Geben Sie Ihre E-Mail-Adresse ein.",
        ),
        ("ja", "ja", "入力内容をご確認ください。", "メールアドレスを入力してください。"),
        ("tlh", "en", "Some details need another look.", "Enter your email address."),
    ] {
        let request = service.post("/register").header("Accept-Language", accepted);
        let response = Response::of(request.json(&json!({"password": PASSWORD}))).await;

        assert_eq!(response.header("content-language"), Some(language), "{accepted}");
        assert_eq!(response.header("vary"), Some("Accept-Language"), "{accepted}");
        let problem = response.json();
        assert_eq!(problem["title"], title, "{accepted}");
        assert_eq!(problem["errors"][0]["detail"], detail, "{accepted}");
    }
}

#[actix_web::test]
async fn a_stored_response_keeps_its_language() {
    let service = Service::start(&[]).await;
    service.register(&json!({"email": "ada@example.com", "password": PASSWORD})).await;
    let send = async |language: &str| {
        let form = json!({"email": "ada@example.com", "password": "Another-horse-8"});
        let request = service.post("/register").header("Idempotency-Key", "one");
        Response::of(request.header("Accept-Language", language).json(&form)).await
    };

    let first = send("fr").await;
    let replayed = send("ko").await;

    first.assert_problem(409, "account-exists", "the first");
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
    assert_eq!(replayed.header("content-language"), Some("fr"));
    assert_eq!(replayed.text, first.text);
}

#[actix_web::test]
async fn the_form_has_words_in_each_language() {
    let settings = [
        ("REGISTRATION__ATTRIBUTES", "{ 'custom:plan' = { one_of = ['free'], label = 'Tariff' } }"),
        (
            "REGISTRATION__CONSENTS",
            "{ terms = { version = '1', title = 'Terms', url = '/terms' } }",
        ),
        ("LINKS__SIGN_IN", "https://www.example.com/sign-in"),
    ];
    let service = Service::start(&settings).await;

    let policy = in_language(&service, "/register/policy", "de").await;
    let again = service.get("/register/policy").header("Accept-Language", "de-DE");
    let tag = policy.header("etag").expect("an ETag").to_owned();
    let again = Response::of(again.header("If-None-Match", tag.as_str())).await;
    let english = service.get("/register/policy").header("If-None-Match", tag.as_str());
    let english = Response::of(english).await;

    assert_eq!(policy.header("content-language"), Some("de"));
    assert_eq!(again.status, 304);
    assert_eq!(english.status, 200, "the tag of another language");
    let policy = policy.json();
    let field = |name: &str| -> Value {
        let fields = policy["fields"].as_array().expect("fields");
        fields.iter().find(|field| field["name"] == name).expect("the field").clone()
    };
    let email = field("email");
    assert_eq!(email["label"], "E-Mail-Adresse");
    assert_eq!((&email["input"], &email["autocomplete"]), (&json!("email"), &json!("username")));
    assert_eq!(email["rules"][0]["detail"], "Geben Sie Ihre E-Mail-Adresse ein.");
    let plan = field("custom:plan");
    assert_eq!(plan["label"], "Tariff");
    assert_eq!(plan["options"], json!([{"value": "free", "label": "free"}]));
    assert_eq!(policy["consents"][0]["title"], "Terms");
    assert_eq!(policy["consents"][0]["url"], "/terms");
    assert_eq!(policy["links"], json!({"sign_in": "https://www.example.com/sign-in"}));
}

#[actix_web::test]
async fn texts_have_a_language_and_a_direction() {
    let service = Service::start(&[]).await;

    for (query, accepted, language, direction, title) in [
        ("", "es", "es", "ltr", "Cree su cuenta"),
        ("?lang=ar", "es", "ar", "rtl", "أنشئ حسابك"),
        ("?lang=pt-PT", "", "pt-BR", "ltr", "Crie sua conta"),
        ("?lang=xx", "", "en", "ltr", "Create your account"),
        ("?lang=%00", "", "en", "ltr", "Create your account"),
    ] {
        let response = in_language(&service, &format!("/register/texts{query}"), accepted).await;

        assert_eq!(response.status, 200, "{query}");
        assert_eq!(response.header("content-language"), Some(language), "{query}");
        let texts = response.json();
        assert_eq!(
            (&texts["language"], &texts["direction"]),
            (&json!(language), &json!(direction))
        );
        assert_eq!(texts["texts"]["page-title"], title, "{query}");
    }
}

#[actix_web::test]
async fn own_texts_translate_codes_of_the_trigger() {
    let folder = env::temp_dir().join(format!("vestibule-{}", Uuid::new_v4()));
    fs::create_dir(&folder).expect("a folder");
    let texts = "trigger-not_today = Kommen Sie morgen wieder.\n";
    fs::write(folder.join("de.ftl"), texts).expect("a file");
    let settings = [("TEXTS__DIR", folder.to_str().expect("a path"))];
    let service = start_with_throwing_trigger(&settings).await;

    let mut details = Vec::new();
    for language in ["de", "en"] {
        let form = json!({
            "email": "ada@example.com",
            "password": PASSWORD,
            "validation_data": {"invite": "PreSignUp failed with error [vestibule:not_today]."},
        });
        let request = service.post("/register").header("Accept-Language", language);
        let response = Response::of(request.json(&form)).await;
        response.assert_problem(422, "registration-rejected", language);
        details.push(response.json()["errors"][0]["detail"].clone());
    }
    fs::remove_dir_all(folder).expect("the folder");

    assert_eq!(details, ["Kommen Sie morgen wieder.", "Come back tomorrow."]);
}

#[actix_web::test]
async fn a_warning_names_the_line_and_the_id_of_an_ignored_text() {
    let folder = Folder::new("own-texts");
    let texts = "page-tilte = Typo\npage-confirm = Broken { \n";
    fs::write(folder.path().join("de.ftl"), texts).expect("a file");
    let settings = [("TEXTS__DIR", folder.path().to_str().expect("a path"))];
    let pool = pool(&[]).await;

    let process = Process::serve(&settings, &pool.url()).await;

    let mut lines = process.log();
    lines.retain(|line| line["message"] == "text ignored");
    lines.sort_by_key(|line| line["line"].as_u64());
    let [unknown, broken] = &*lines else { panic!("{lines:?}") };
    assert_eq!((&unknown["line"], &unknown["id"]), (&json!(1), &json!("page-tilte")), "{unknown}");
    assert_eq!(unknown["reason"], "unknown id", "{unknown}");
    assert_eq!(broken["id"], Value::Null, "{broken}");
    assert!(broken["line"].as_u64() >= Some(2) && broken["reason"].is_string(), "{broken}");
}

#[actix_web::test]
async fn the_sign_up_page_is_off_unless_it_is_enabled() {
    let settings = [
        ("PAGES__SIGN_UP", "true"),
        ("PAGES__LOGO", "https://www.example.com/logo,1;.svg?a=1&b=2"),
        ("PAGES__STYLESHEET", "/brand.css"),
    ];
    let enabled = Service::start(&settings).await;
    let disabled = Service::start(&[]).await;

    let page = in_language(&enabled, "/sign-up", "ar").await;
    let named = in_language(&enabled, "/sign-up?lang=nl", "ar").await;
    for path in ["/sign-up/page.js", "/sign-up/worker.js", "/sign-up/style.css"] {
        assert_eq!(Response::of(enabled.get(path)).await.status, 200, "{path}");
        Response::of(disabled.get(path)).await.assert_problem(404, "not-found", path);
    }
    Response::of(disabled.get("/sign-up")).await.assert_problem(404, "not-found", "the page");
    Response::of(enabled.get("/sign-up/x")).await.assert_problem(404, "not-found", "a file");

    assert!(page.text.contains("<html lang=\"ar\" dir=\"rtl\">"), "{}", page.text);
    assert!(page.text.contains("logo,1;.svg?a=1&amp;b=2\" alt=\"\""), "{}", page.text);
    assert!(page.text.contains("href=\"/brand.css\""), "{}", page.text);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("script-src 'self';"), "{policy}");
    assert!(
        policy.contains("style-src 'self'; img-src 'self' https://www.example.com;"),
        "{policy}"
    );
    assert!(named.text.contains("<html lang=\"nl\" dir=\"ltr\">"), "{}", named.text);
}
