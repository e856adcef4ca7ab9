//! Whose mail is taken.

use std::fs;

use serde_json::json;

use crate::{
    process::{Process, run, vestibule},
    support::{Answer, PASSWORD, Service, environment, files::File},
    wait::until,
};

/// Waits until a sign-up is answered so.
async fn until_answered(service: &Service, email: &str, status: u16) {
    let look = async || service.register_email(email).await;
    until(email, look, |answer| answer.status == status).await;
}

#[actix_web::test]
async fn says_what_was_meant_together_with_all_other_mistakes() {
    let service = Service::start(&[]).await;

    let answer = service.register(&json!({"email": "Ada@Gamil.com", "password": "short"})).await;

    answer.assert_problem(422, "invalid-registration", "gamil.com");
    assert_eq!(
        answer.mistakes(),
        [
            "/email misspelled_domain",
            "/password too_short",
            "/password needs_uppercase",
            "/password needs_number",
            "/password needs_symbol",
        ]
    );
    let error = &answer.json()["errors"][0];
    assert_eq!(error["params"], json!({"suggestion": "gmail.com"}));
    assert_eq!(error["detail"], "Did you mean gmail.com? Please check what stands after the @.");
    assert!(service.pool().requests(None).is_empty(), "nothing was sent upstream");
}

#[actix_web::test]
async fn takes_the_mail_that_the_settings_take() {
    for (case, settings, taken, refused, code) in [
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
            "misspelled, and fine",
            &[("REGISTRATION__EMAIL_DOMAINS__MISSPELLED", "off")],
            &["ada@gamil.com"],
            &[],
            "",
        ),
    ] {
        let service = Service::start(settings).await;
        for email in taken {
            let answer = service.register_email(email).await;
            assert!([201, 202].contains(&answer.status), "{case}, {email}: {}", answer.text);
        }
        for email in refused {
            let answer = service.register_email(email).await;
            answer.assert_problem(422, "invalid-registration", case);
            assert_eq!(answer.mistakes(), [format!("/email {code}")], "{case}, {email}");
        }
    }
}

#[actix_web::test]
async fn follows_its_files_and_keeps_what_it_has_where_one_breaks() {
    let (block, disposable) = (File::new("a.example\n"), File::new("throwaway.example"));
    let service = Service::start(&[
        ("REGISTRATION__EMAIL_DOMAINS__BLOCK_FILE", block.name()),
        ("REGISTRATION__EMAIL_DOMAINS__DISPOSABLE", "reject"),
        ("REGISTRATION__EMAIL_DOMAINS__DISPOSABLE_FILE", disposable.name()),
        ("REGISTRATION__EMAIL_DOMAINS__RELOAD_INTERVAL", "100ms"),
    ])
    .await;
    let refused = service.register_email("ada@a.example").await;
    let throwaway = service.register_email("ada@throwaway.example").await;
    assert_eq!(refused.mistakes(), ["/email domain_not_allowed"]);
    assert_eq!(throwaway.mistakes(), ["/email disposable_domain"]);

    // The second file is looked at after the first, and shows that the first was looked at.
    block.write("b.example # now this one\n");
    until_answered(&service, "ada@b.example", 422).await;
    until_answered(&service, "ada@a.example", 201).await;
    block.write("c.example\nnot a domain\n");
    disposable.write("other.example");
    until_answered(&service, "ada@other.example", 422).await;

    assert_eq!(service.register_email("eve@b.example").await.status, 422, "still in force");
    assert_eq!(service.register_email("eve@c.example").await.status, 201, "never read");
}

#[actix_web::test]
async fn a_changed_list_also_rejects_a_repeated_request() {
    let block = File::new("a.example\n");
    let service = Service::start(&[
        ("REGISTRATION__EMAIL_DOMAINS__BLOCK_FILE", block.name()),
        ("REGISTRATION__EMAIL_DOMAINS__RELOAD_INTERVAL", "100ms"),
    ])
    .await;
    let keyed = async |email: &str, more: serde_json::Value| {
        let mut form = json!({"email": email, "password": PASSWORD});
        form.as_object_mut().expect("an object").extend(more.as_object().expect("too").clone());
        Answer::of(service.post("/register").header("Idempotency-Key", email).json(&form)).await
    };

    let created = keyed("ada@b.example", json!({})).await;
    let rejected = keyed("eve@a.example", json!({})).await;
    block.write("b.example\n");
    until_answered(&service, "probe@b.example", 422).await;
    let again = keyed("ada@b.example", json!({})).await;
    let freed = keyed("eve@a.example", json!({})).await;
    let all = keyed("bob@b.example", json!({"password": "short", "nick": "b"})).await;

    assert_eq!(created.status, 201, "{}", created.text);
    assert_eq!(again.mistakes(), ["/email domain_not_allowed"], "{}", again.text);
    assert_eq!(rejected.mistakes(), ["/email domain_not_allowed"]);
    assert_eq!(freed.status, 201, "a rejection before the call leaves its key free");
    let all = all.mistakes();
    for expected in ["/email domain_not_allowed", "/nick unknown_field", "/password too_short"] {
        assert!(all.iter().any(|violation| violation == expected), "{all:?}");
    }
    assert!(service.sign_ups("bob@b.example").is_empty());
}

#[actix_web::test]
async fn says_once_that_a_file_is_broken() {
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

    fs::remove_file(&block.0).expect("it is there");
    until("it is said", async || lines(&process, "block_file"), |lines| *lines == 1).await;
    // Each of these is seen only after another look at the file that is gone.
    for round in 1..=3 {
        allow.write(&"example.com\n".repeat(round + 1));
        let look = async || lines(&process, "allow_file");
        until("it is read", look, |lines| *lines == round).await;
    }
    process.signal("TERM");
    process.ended().await;

    assert_eq!(lines(&process, "block_file"), 1, "{}", process.everything());
    assert!(process.everything().contains("keeping the previous one"));
}

#[actix_web::test]
async fn does_not_start_without_its_files() {
    for (name, text) in
        [("BLOCK_FILE", None), ("ALLOW_FILE", Some("")), ("BLOCK_FILE", Some("a b"))]
    {
        let file = File::new(text.unwrap_or_default());
        if text.is_none() {
            fs::remove_file(&file.0).expect("it is there");
        }
        let setting = format!("REGISTRATION__EMAIL_DOMAINS__{name}");
        let settings = [(setting.as_str(), file.name())];
        for arguments in [&["serve"][..], &["config", "check"]] {
            let mut command = vestibule(arguments);
            command.envs(environment(&settings, "http://127.0.0.1:1"));
            let output = run(command);

            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let case = format!("{name}, {text:?}, {arguments:?}: {said}");
            assert!(!output.status.success(), "{case}");
            let setting = format!("registration.email_domains.{}", name.to_lowercase());
            assert!(said.contains(&setting) && said.contains(file.name()), "{case}");
            assert_eq!(said.trim().lines().count(), 1, "{case}");
        }
    }
}

#[actix_web::test]
async fn looks_at_the_address_of_new_accounts_alone() {
    let service = Service::start(&[("REGISTRATION__EMAIL_DOMAINS__BLOCK", "example.com")]).await;

    let answer = service.resend(&json!({"username": "ada@example.com"})).await;
    let form = json!({"email": "ada@example.org", "password": PASSWORD});
    let created = service.register(&form).await;

    assert_eq!(answer.status, 202, "who has an account gets a code: {}", answer.text);
    assert_eq!(created.status, 201, "{}", created.text);
}
