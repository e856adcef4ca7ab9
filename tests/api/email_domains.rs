//! The allowed and blocked email domains.

use std::fs;

use serde_json::json;

use crate::{
    process::{Process, error_message, run, vestibule},
    support::{PASSWORD, Response, Service, environment, files::File},
    wait::until,
};

/// Repeats a sign-up until the response has this status.
async fn wait_for_status(service: &Service, email: &str, status: u16) {
    let look = async || service.register_email(email).await;
    until(email, look, |response| response.status == status).await;
}

#[actix_web::test]
async fn suggests_the_correct_domain_with_all_other_violations() {
    let service = Service::start(&[]).await;

    let response = service.register(&json!({"email": "Ada@Gamil.com", "password": "short"})).await;

    response.assert_problem(422, "invalid-registration", "gamil.com");
    assert_eq!(
        response.violations(),
        [
            "/email misspelled_domain",
            "/password too_short",
            "/password needs_uppercase",
            "/password needs_number",
            "/password needs_symbol",
        ]
    );
    let error = &response.json()["errors"][0];
    assert_eq!(error["params"], json!({"suggestion": "gmail.com"}));
    assert_eq!(error["detail"], "Did you mean gmail.com? Please check the part after the @.");
    assert!(service.pool().requests(None).is_empty(), "the pool received no call");
}

#[actix_web::test]
async fn accepts_and_rejects_domains_by_the_settings() {
    for (case, settings, accepted, rejected, code) in [
        (
            "allow",
            &[("REGISTRATION__EMAIL_DOMAINS__ALLOW", "example.com,münchen.example")][..],
            &["ada@example.com", "ada@a.example.com", "ada@xn--mnchen-3ya.example"][..],
            &["ada@badexample.com", "ada@example.org"][..],
            "domain_not_allowed",
        ),
        (
            "block",
            &[("REGISTRATION__EMAIL_DOMAINS__BLOCK", "EXAMPLE.com.")],
            &["ada@badexample.com"],
            &["ada@example.com", "ada@a.Example.com"],
            "domain_not_allowed",
        ),
        (
            "disposable",
            &[("REGISTRATION__EMAIL_DOMAINS__DISPOSABLE", "reject")],
            &["ada@example.com"],
            &["ada@mailinator.com", "ada@a.mailinator.com"],
            "disposable_domain",
        ),
        (
            "defaults",
            &[],
            &["ada@example.com", "ada@mailinator.com", "ada@mail.com", "ada@gmx.de"],
            &["ada@gmial.com", "ada@hotmail.con"],
            "misspelled_domain",
        ),
        (
            "conceal",
            &[("REGISTRATION__EXISTING_ACCOUNTS", "conceal")],
            &["ada@example.com"],
            &["ada@gmial.com"],
            "misspelled_domain",
        ),
        (
            "misspelled, with the check off",
            &[("REGISTRATION__EMAIL_DOMAINS__MISSPELLED", "off")],
            &["ada@gamil.com"],
            &[],
            "",
        ),
    ] {
        let service = Service::start(settings).await;
        for email in accepted {
            let response = service.register_email(email).await;
            assert!([201, 202].contains(&response.status), "{case}, {email}: {}", response.text);
        }
        for email in rejected {
            let response = service.register_email(email).await;
            response.assert_problem(422, "invalid-registration", case);
            assert_eq!(response.violations(), [format!("/email {code}")], "{case}, {email}");
        }
    }
}

#[actix_web::test]
async fn reloads_changed_files_and_ignores_broken_ones() {
    let (block, disposable) = (File::new("a.example\n"), File::new("throwaway.example"));
    let service = Service::start(&[
        ("REGISTRATION__EMAIL_DOMAINS__BLOCK_FILE", block.name()),
        ("REGISTRATION__EMAIL_DOMAINS__DISPOSABLE", "reject"),
        ("REGISTRATION__EMAIL_DOMAINS__DISPOSABLE_FILE", disposable.name()),
        ("REGISTRATION__EMAIL_DOMAINS__RELOAD_INTERVAL", "100ms"),
    ])
    .await;
    let rejected = service.register_email("ada@a.example").await;
    let throwaway = service.register_email("ada@throwaway.example").await;
    assert_eq!(rejected.violations(), ["/email domain_not_allowed"]);
    assert_eq!(throwaway.violations(), ["/email disposable_domain"]);

    // The service reads the second file after the first one.
    block.write("b.example # now this one\n");
    wait_for_status(&service, "ada@b.example", 422).await;
    wait_for_status(&service, "ada@a.example", 201).await;
    block.write("c.example\nnot a domain\n");
    disposable.write("other.example");
    wait_for_status(&service, "ada@other.example", 422).await;

    assert_eq!(
        service.register_email("eve@b.example").await.status,
        422,
        "the last valid list is in force"
    );
    assert_eq!(
        service.register_email("eve@c.example").await.status,
        201,
        "the broken list is ignored"
    );
}

#[actix_web::test]
async fn a_changed_list_also_applies_to_a_repeated_request() {
    let block = File::new("a.example\n");
    let service = Service::start(&[
        ("REGISTRATION__EMAIL_DOMAINS__BLOCK_FILE", block.name()),
        ("REGISTRATION__EMAIL_DOMAINS__RELOAD_INTERVAL", "100ms"),
    ])
    .await;
    let register_with_key = async |email: &str, changes: serde_json::Value| {
        let mut form = json!({"email": email, "password": PASSWORD});
        form.as_object_mut()
            .expect("an object")
            .extend(changes.as_object().expect("an object").clone());
        Response::of(service.post("/register").header("Idempotency-Key", email).json(&form)).await
    };

    let created = register_with_key("ada@b.example", json!({})).await;
    let rejected = register_with_key("eve@a.example", json!({})).await;
    block.write("b.example\n");
    wait_for_status(&service, "probe@b.example", 422).await;
    let again = register_with_key("ada@b.example", json!({})).await;
    let freed = register_with_key("eve@a.example", json!({})).await;
    let all_violations =
        register_with_key("bob@b.example", json!({"password": "short", "nick": "b"})).await;

    assert_eq!(created.status, 201, "{}", created.text);
    assert_eq!(again.violations(), ["/email domain_not_allowed"], "{}", again.text);
    assert_eq!(rejected.violations(), ["/email domain_not_allowed"]);
    assert_eq!(freed.status, 201, "a rejection before the call frees its key");
    let all_violations = all_violations.violations();
    for expected in ["/email domain_not_allowed", "/nick unknown_field", "/password too_short"] {
        assert!(all_violations.iter().any(|violation| violation == expected), "{all_violations:?}");
    }
    assert!(service.sign_ups("bob@b.example").is_empty());
}

#[actix_web::test]
async fn logs_a_broken_file_once() {
    let (block, allow) = (File::new("a.example\n"), File::new("example.com"));
    let settings = [
        ("REGISTRATION__EMAIL_DOMAINS__BLOCK_FILE", block.name()),
        ("REGISTRATION__EMAIL_DOMAINS__ALLOW_FILE", allow.name()),
        ("REGISTRATION__EMAIL_DOMAINS__RELOAD_INTERVAL", "100ms"),
    ];
    let mut process = Process::serve(&settings, "http://127.0.0.1:1").await;
    let lines = |process: &Process, name: &str| {
        let name = format!("registration.email_domains.{name}");
        process.log().iter().filter(|line| line["setting"] == name.as_str()).count()
    };

    fs::remove_file(&block.0).expect("the file exists");
    until("the broken file is logged", async || lines(&process, "block_file"), |lines| *lines == 1)
        .await;
    // Each round shows that the service has checked the missing file again.
    for round in 1..=3 {
        allow.write(&"example.com\n".repeat(round + 1));
        let look = async || lines(&process, "allow_file");
        until("the other file is read", look, |lines| *lines == round).await;
    }
    process.signal("TERM");
    process.wait_for_exit().await;

    assert_eq!(lines(&process, "block_file"), 1, "{}", process.all_output());
    assert!(process.all_output().contains("keeping the previous list"));
}

#[actix_web::test]
async fn does_not_start_with_a_missing_or_invalid_file() {
    for (name, text) in
        [("BLOCK_FILE", None), ("ALLOW_FILE", Some("")), ("BLOCK_FILE", Some("a b"))]
    {
        let file = File::new(text.unwrap_or_default());
        if text.is_none() {
            fs::remove_file(&file.0).expect("the file exists");
        }
        let setting = format!("REGISTRATION__EMAIL_DOMAINS__{name}");
        let settings = [(setting.as_str(), file.name())];
        for arguments in [&["serve"][..], &["config", "check"]] {
            let mut command = vestibule(arguments);
            command.envs(environment(&settings, "http://127.0.0.1:1"));
            let output = run(command);

            let message = error_message(&output, name);
            let case = format!("{name}, {text:?}, {arguments:?}: {message}");
            assert!(!output.status.success(), "{case}");
            let setting = format!("registration.email_domains.{}", name.to_lowercase());
            assert!(message.contains(&setting) && message.contains(file.name()), "{case}");
        }
    }
}

#[actix_web::test]
async fn checks_domains_at_sign_up_only() {
    let service = Service::start(&[("REGISTRATION__EMAIL_DOMAINS__BLOCK", "example.com")]).await;

    let response = service.resend(&json!({"username": "ada@example.com"})).await;
    let form = json!({"email": "ada@example.org", "password": PASSWORD});
    let created = service.register(&form).await;

    assert_eq!(response.status, 202, "existing accounts get a code: {}", response.text);
    assert_eq!(created.status, 201, "{}", created.text);
}
