//! The limits of messages per recipient, and the cost of calling codes with few confirmed codes.

use serde_json::{Value, json};

use crate::{
    address_limits::ENFORCE,
    scripted::{Reply, ScriptedServer},
    support::{PASSWORD, Response, Service, config, files::File, pool},
    wait::until,
};

const NO_INTERVAL: (&str, &str) = ("LIMITS__MESSAGE_COOLDOWN__MODE", "off");

/// Allows every phone number and switches the other limits off.
const OTHER_LIMITS_OFF: [(&str, &str); 7] = [
    ENFORCE,
    ("LIMITS__SMS__ALLOW", "*"),
    ("LIMITS__ADDRESS__MODE", "off"),
    ("LIMITS__NETWORK__MODE", "off"),
    ("LIMITS__REGISTER__MODE", "off"),
    ("LIMITS__CONFIRM__MODE", "off"),
    ("LIMITS__RESEND__MODE", "off"),
];

fn with_settings<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    OTHER_LIMITS_OFF.iter().chain(more).copied().collect()
}

/// Returns a form of the same user for each mode.
fn forms() -> [(&'static str, Value); 5] {
    let number = "+4915112345671";
    [
        ("email", json!({"email": "Ada+spring@example.com", "password": PASSWORD})),
        ("phone", json!({"phone_number": number, "password": PASSWORD})),
        ("chosen", json!({"username": "Ada", "email": "ada@example.com", "password": PASSWORD})),
        ("generated", json!({"email": "ada@example.com", "password": PASSWORD})),
        ("generated", json!({"phone_number": number, "password": PASSWORD})),
    ]
}

fn retry_after(response: &Response) -> u64 {
    response.header("retry-after").and_then(|value| value.parse().ok()).expect("seconds")
}

#[actix_web::test]
async fn rejects_a_resend_during_the_cooldown_after_a_sign_up() {
    for (mode, form) in forms() {
        let service = Service::start(&with_settings(&[("REGISTRATION__USERNAME", mode)])).await;

        let signed_up = service.register(&form).await;
        let username = &signed_up.json()["username"];
        let resent = service.resend(&json!({"username": username})).await;
        let again = service.register(&form).await;

        assert_eq!(signed_up.status, 201, "{mode}: {}", signed_up.text);
        resent.assert_problem(429, "too-many-requests", mode);
        assert!((25..=30).contains(&retry_after(&resent)), "{mode}");
        assert_eq!(again.status, 202, "{mode}: a repeated form sends no message: {}", again.text);
        assert_eq!(service.pool().messages(None).len(), 1, "{mode}");
    }
}

#[actix_web::test]
async fn spellings_of_one_gmail_address_share_a_budget() {
    let settings = [("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "2"), NO_INTERVAL];
    let service = Service::start(&with_settings(&settings)).await;
    let mut statuses = Vec::new();
    for email in
        ["ada.lovelace@gmail.com", "a.dalovelace@googlemail.com", "adalovelace+x@gmail.com"]
    {
        statuses.push(service.register_email(email).await.status);
    }
    let other = service.register_email("ada.lovelace@example.com").await;

    assert_eq!(statuses, [201, 201, 429]);
    assert_eq!(other.status, 201, "{}", other.text);
    let sent = service.sign_ups("a.dalovelace@googlemail.com");
    assert_eq!(sent.len(), 1, "Cognito gets the address as typed");
}

#[actix_web::test]
async fn known_and_unknown_users_have_the_same_message_limits() {
    let with_cooldown = Service::start(&with_settings(&[])).await;
    let without_cooldown = Service::start(&with_settings(&[NO_INTERVAL])).await;
    without_cooldown.register_email("ada@example.com").await;
    let resend = async |service: &Service, name: &str| {
        service.resend(&json!({"username": name})).await.status
    };

    let twice = [
        resend(&with_cooldown, "unknown@example.com").await,
        resend(&with_cooldown, "unknown@example.com").await,
    ];
    let mut known = Vec::new();
    let mut unknown = Vec::new();
    for _ in 0..4 {
        known.push(resend(&without_cooldown, "ada@example.com").await);
        unknown.push(resend(&without_cooldown, "unknown@example.com").await);
    }

    assert_eq!(twice, [202, 429]);
    assert_eq!(known, [202, 202, 429, 429], "the sign-up used one of three messages");
    assert_eq!(unknown, [202, 202, 429, 429], "one message is reserved for a sign-up");
    assert_eq!(without_cooldown.register_email("unknown@example.com").await.status, 201);
    assert_eq!(without_cooldown.pool().messages(Some("ada@example.com")).len(), 3);
    let over = without_cooldown.resend(&json!({"username": "ada@example.com"})).await;
    assert!((3500..=3600).contains(&retry_after(&over)), "{}", retry_after(&over));
}

#[actix_web::test]
async fn a_rejected_sign_up_starts_no_cooldown() {
    let service =
        Service::start_with(&with_settings(&[]), |pool| pool.password_policy.min_length = 20).await;
    let sign_up = async |password: &str| {
        let form = json!({"email": "ada@example.com", "password": password});
        service.register(&form).await
    };

    let rejections = [sign_up(PASSWORD).await, sign_up(PASSWORD).await, sign_up(PASSWORD).await];
    let corrected = sign_up("Correct-horse-battery-7").await;
    let repeated = sign_up("Correct-horse-battery-7").await;

    for rejection in rejections {
        rejection.assert_problem(422, "invalid-registration", "the pool rejects the password");
    }
    assert_eq!(corrected.status, 201, "{}", corrected.text);
    assert_eq!(repeated.status, 202, "the account belongs to the user: {}", repeated.text);
}

#[actix_web::test]
async fn repeated_sign_ups_of_the_owner_stay_pending() {
    let service =
        Service::start(&with_settings(&[("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "20")])).await;

    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(service.register_email("ada@example.com").await.status);
    }
    let stranger = json!({"email": "ada@example.com", "password": "Another-horse-8"});
    let others = [service.register(&stranger).await, service.register(&stranger).await];

    assert_eq!(statuses, [201, 202, 202, 202, 202, 202]);
    assert_eq!(service.pool().messages(None).len(), 1);
    for other in &others {
        other.assert_problem(409, "account-exists", "another password");
    }
    let over = service.register(&stranger).await;
    over.assert_problem(
        429,
        "too-many-requests",
        "a sign-up with another password costs as much as a new account",
    );
}

#[actix_web::test]
async fn refunds_only_calls_that_sent_no_message() {
    let one = [("COGNITO__MAX_ATTEMPTS", "1"), ("LIMITS__MESSAGES_PER_RECIPIENT__BURST", "1")];
    let service = Service::start(&with_settings(&one)).await;
    for (case, statuses) in [
        ("signup.lambda-refusal", [422, 422]),
        ("signup.too-many-requests", [503, 503]),
        ("signup.operation-not-enabled", [503, 503]),
        ("signup.not-authorized-closed", [403, 403]),
        ("signup.invalid-parameter-email", [422, 422]),
        ("signup.invalid-parameter-other", [502, 429]),
        ("signup.internal-error", [502, 429]),
        ("signup.code-delivery-failure", [202, 202]),
        ("signup.limit-exceeded", [202, 202]),
        ("signup.limit-exceeded-daily-email", [202, 202]),
        ("signup.confirmed-at-once", [201, 202]),
        ("signup.username-exists", [409, 429]),
        ("signup.reset-after", [502, 429]),
    ] {
        let email = format!("{case}@example.com");

        let first = service.register_email(&email).await.status;
        let second = service.register_email(&email).await.status;

        assert_eq!([first, second], statuses, "{case}");
    }
    for (case, statuses) in [
        ("resend.too-many-requests", [503, 503]),
        ("resend.internal-error", [502, 429]),
        ("resend.user-not-found", [202, 429]),
        ("resend.code-delivery-failure", [502, 502]),
        ("resend.invalid-sms-role-access-policy", [502, 502]),
    ] {
        let form = json!({"username": format!("{case}@example.com")});

        let first = service.resend(&form).await.status;
        let second = service.resend(&form).await.status;

        assert_eq!([first, second], statuses, "{case}");
    }
    for case in ["resend.limit-exceeded", "resend.limit-exceeded-daily-email"] {
        let form = json!({"username": format!("{case}@example.com")});
        for _ in 0..3 {
            let response = service.resend(&form).await;

            response.assert_problem(429, "too-many-attempts", case);
        }
    }
}

#[actix_web::test]
async fn a_code_by_an_unknown_medium_costs_a_message() {
    let pool = ScriptedServer::start(|_| {
        let delivery = r#""CodeDeliveryDetails":{"DeliveryMedium":"PIGEON"}"#;
        let body = format!(r#"{{"UserSub":"7c9e6679-7425-40de-944b-e07fc1f90ae7",{delivery}}}"#);
        Reply::of("200 OK\nContent-Type: application/x-amz-json-1.1", &body)
    })
    .await;
    let one = [("COGNITO__ENDPOINT", &*pool.url), ("LIMITS__MESSAGES_PER_RECIPIENT__BURST", "1")];
    let service = Service::start(&with_settings(&one)).await;

    let signed_up = service.register_email("ada@example.com").await;
    let again = service.register_email("ada@example.com").await;

    assert_eq!(signed_up.status, 201, "{}", signed_up.text);
    again.assert_problem(429, "too-many-requests", "the code was sent");
}

#[actix_web::test]
async fn a_code_that_was_not_delivered_can_be_sent_again_at_once() {
    for (mode, form) in [
        ("email", json!({"email": "signup.code-delivery-failure@example.com"})),
        ("email", json!({"email": "signup.limit-exceeded@example.com"})),
        ("chosen", json!({"username": "signup.code-delivery-failure", "email": "ada@example.com"})),
    ] {
        let service = Service::start(&with_settings(&[("REGISTRATION__USERNAME", mode)])).await;
        let (mut form, case) = (form.clone(), form.to_string());
        form["password"] = PASSWORD.into();

        let signed_up = service.register(&form).await;
        let username = signed_up.json()["username"].clone();
        let resent = service.resend(&json!({"username": username})).await;
        let again = service.resend(&json!({"username": username})).await;

        assert_eq!(signed_up.status_and_next(), "delivery_failed resend", "{case}");
        assert_eq!(resent.status, 202, "{case}: {}", resent.text);
        again.assert_problem(429, "too-many-requests", &case);
    }
}

#[actix_web::test]
async fn an_account_without_a_code_costs_the_same_as_an_existing_one_in_conceal_mode() {
    let conceal = [("REGISTRATION__EXISTING_ACCOUNTS", "conceal")];
    for case in [
        "signup.username-exists",
        "signup.code-delivery-failure",
        "signup.limit-exceeded",
        "signup.approval-required",
        "signup.confirmed-at-once",
    ] {
        let service = Service::start(&with_settings(&conceal)).await;
        let email = format!("{case}@example.com");

        let signed_up = service.register_email(&email).await;
        let resent = service.resend(&json!({"username": email})).await;

        assert_eq!(signed_up.status, 202, "{case}: {}", signed_up.text);
        resent.assert_problem(429, "too-many-requests", case);
    }
}

#[actix_web::test]
async fn a_rejection_names_the_recipient_and_the_wait() {
    for (mode, form, sign_up, resend, name) in [
        ("email", json!({"email": "Ada+a@example.com"}), "/email", "/username", "email address"),
        (
            "phone",
            json!({"phone_number": "+4915112345671"}),
            "/phone_number",
            "/username",
            "phone number",
        ),
        (
            "chosen",
            json!({"username": "ada", "email": "ada@example.com"}),
            "/email",
            "/username",
            "user name",
        ),
        ("generated", json!({"email": "ada@example.com"}), "/email", "/username", "user name"),
        (
            "generated",
            json!({"phone_number": "+4915112345671"}),
            "/phone_number",
            "/username",
            "user name",
        ),
    ] {
        let settings = [
            ("REGISTRATION__USERNAME", mode),
            ("REGISTRATION__EMAIL", if mode == "email" { "required" } else { "optional" }),
            ("LIMITS__SIGN_UPS_PER_RECIPIENT__BURST", "1"),
            ("LIMITS__SIGN_UPS_PER_RECIPIENT__REFILL", "12m"),
        ];
        let service = Service::start(&with_settings(&settings)).await;
        let (mut form, case) = (form.clone(), form.to_string());
        form["password"] = PASSWORD.into();
        let signed_up = service.register(&form).await;
        assert_eq!(signed_up.status, 201, "{case}: {}", signed_up.text);

        let again = service.register(&form).await;
        let resent = service.resend(&json!({"username": signed_up.json()["username"]})).await;

        again.assert_problem(429, "too-many-requests", &case);
        assert_eq!(again.violations(), [format!("{sign_up} limit_exceeded")], "{case}");
        assert_eq!(again.json()["title"], "Too many requests. Please try again in 12 minutes.");
        let seconds = again.json()["retry_after_seconds"].as_u64();
        assert_eq!(seconds, Some(retry_after(&again)), "{case}");
        assert!((700..=720).contains(&retry_after(&again)), "{case}: {}", again.text);
        assert_eq!(resent.violations(), [format!("{resend} limit_exceeded")], "{case}");
        let detail = format!("There were too many requests for this {name}.");
        assert_eq!(resent.json()["errors"][0]["detail"], detail, "{case}");
        let title =
            format!("Too many requests. Please try again in {} seconds.", retry_after(&resent));
        assert_eq!(resent.json()["title"], title, "{case}");
    }
}

#[actix_web::test]
async fn too_many_codes_name_the_user_name() {
    let service = Service::start(&with_settings(&[])).await;
    for _ in 0..10 {
        service.confirm_code("ada@example.com", "000000").await;
    }

    let rejected = service.confirm_code("ada@example.com", "000000").await;

    rejected.assert_problem(429, "too-many-requests", "the eleventh code");
    assert_eq!(rejected.violations(), ["/username limit_exceeded"]);
    let title = rejected.json()["title"].clone();
    assert_eq!(title, "Too many requests. Please try again in 15 minutes.");
}

const UUID: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae";

#[actix_web::test]
async fn names_without_known_recipients_share_one_small_budget() {
    for (mode, existing) in
        [("chosen", "reveal"), ("chosen", "conceal"), ("generated", "reveal"), ("email", "reveal")]
    {
        let settings = [
            ("REGISTRATION__USERNAME", mode),
            ("REGISTRATION__EXISTING_ACCOUNTS", existing),
            ("LIMITS__COGNITO__MODE", "off"),
        ];
        let service = Service::start(&with_settings(&settings)).await;
        let mut form = json!({"email": "ada@example.com", "password": PASSWORD});
        if mode == "chosen" {
            form["username"] = "ada".into();
        }
        let known = service.register(&form).await.json()["username"].clone();

        let mut statuses = Vec::new();
        for number in 0..60 {
            let name = match mode {
                "chosen" => format!("user{number}"),
                _ => format!("{UUID}{:x}", number % 16).replace("40de", &format!("40{number:02}")),
            };
            statuses.push(service.resend(&json!({"username": name})).await.status);
        }
        let before = service.pool().requests(None).len();
        let last =
            service.resend(&json!({"username": "f47ac10b-58cc-4372-a567-0e02b2c3d479"})).await;
        let after = service.pool().requests(None).len();
        let by_known_name = service.resend(&json!({"username": known})).await;

        let case = format!("{mode}, {existing}");
        // The sign-up is a call too.
        let sent = before - 1;
        assert_eq!(statuses[..10], [202; 10], "{case}");
        assert_eq!(after, before, "{case}: nothing was sent");
        // One call more if a minute passed.
        assert!((10..=12).contains(&sent), "{case}: {sent}");
        if existing == "conceal" {
            assert!(statuses.iter().all(|status| *status == 202), "{case}: {statuses:?}");
            assert_eq!(last.status, 202, "{case}: {}", last.text);
        } else {
            last.assert_problem(429, "too-many-requests", &case);
            assert_eq!(last.violations(), [""; 0], "{case}: the budget is that of all names");
            by_known_name.assert_problem(429, "too-many-requests", &case);
            let of_name = by_known_name.violations();
            assert_eq!(of_name, ["/username limit_exceeded"], "{case}: a budget of its own");
        }
    }
}

#[actix_web::test]
async fn a_resend_by_name_is_charged_to_the_calling_code_that_the_name_hides() {
    let number = "+4915112345671";
    for (case, mode, form) in [
        ("sent", "chosen", json!({"username": "ada", "phone_number": number})),
        (
            "an unknown outcome",
            "chosen",
            json!({"username": "signup.reset-after", "phone_number": number}),
        ),
        (
            "not delivered",
            "chosen",
            json!({"username": "signup.code-delivery-failure", "phone_number": number}),
        ),
        (
            "by the email address",
            "email",
            json!({"email": "signup.reset-after@example.com", "phone_number": number}),
        ),
    ] {
        let file = File::new("");
        let database = format!("sqlite:{}", file.name());
        let settings = [
            NO_INTERVAL,
            ("REGISTRATION__USERNAME", mode),
            ("REGISTRATION__PHONE_NUMBER", "optional"),
            ("COGNITO__MAX_ATTEMPTS", "1"),
            ("DATABASE__URL", &database),
        ];
        let first = Service::start(&with_settings(&settings)).await;
        let mut form = form;
        form["password"] = PASSWORD.into();
        let signed_up = first.register(&form).await.status;
        assert!([201, 202, 502].contains(&signed_up), "{case}: {signed_up}");
        let name = form["username"].as_str().or(form["email"].as_str()).expect("a name");
        // A replica writes recipients within a second, and before it looks for others.
        let unknown = json!({"username": if mode == "email" { "eve@example.com" } else { "eve" }});
        assert_eq!(first.resend(&unknown).await.status, 202, "{case}");
        // A new replica has full budgets, of which the first code of this calling code takes all.
        let replica = async |more: &[(&str, &str)]| {
            let settings = [&settings[..], more].concat();
            let config = config(&with_settings(&settings), &first.pool.url());
            Service::start_on(config, pool(&settings).await).await
        };
        let one = [("LIMITS__CALLING_CODE__BURST", "1"), ("LIMITS__CALLING_CODE__REFILL", "1h")];
        let limited = replica(&one).await;
        let other = json!({"username": "+4915112345672"});
        let british = replica(&[("LIMITS__SMS__ALLOW", "GB")]).await;

        let by_name = limited.resend(&json!({"username": name})).await;
        let by_number = match mode {
            "chosen" => limited.resend(&other).await.violations(),
            _ => limited
                .register(&json!({"email": "eve@example.com", "phone_number": "+4915112345672", "password": PASSWORD}))
                .await
                .violations(),
        };
        let exhausted =
            limited.metric(r#"rate_limited_total{limit="calling_code",enforced="true"}"#);
        let not_allowed = british.resend(&json!({"username": name})).await;

        assert_eq!(by_name.status, 202, "{case}: {}", by_name.text);
        assert_eq!(by_number, [""; 0], "{case}: the calling code has no field");
        assert_eq!(exhausted.await, 1, "{case}: the code cost a token");
        assert_eq!(not_allowed.violations(), ["/username calling_code_not_allowed"], "{case}");
        let rejected = british.metric(r#"rate_limited_total{limit="sms",enforced="true"}"#).await;
        assert_eq!(rejected, 1, "{case}");
    }
}

#[actix_web::test]
async fn existing_and_new_accounts_cost_the_same_in_conceal_mode() {
    let conceal = [("REGISTRATION__EXISTING_ACCOUNTS", "conceal")];
    let service = Service::start(&with_settings(&conceal)).await;

    let [new, existing] = ["new@example.com", "signup.username-exists@example.com"];
    for email in [new, existing] {
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(service.register_email(email).await.status);
        }
        let resent = service.resend(&json!({"username": email})).await;

        assert_eq!(statuses, [202, 202, 202, 429], "{email}");
        resent.assert_problem(429, "too-many-requests", email);
    }
}

#[actix_web::test]
async fn a_chosen_name_uses_the_budget_of_its_recipient() {
    for (existing, by_name) in [("reveal", 429), ("conceal", 202)] {
        let settings = [
            NO_INTERVAL,
            ("REGISTRATION__USERNAME", "chosen"),
            ("REGISTRATION__EXISTING_ACCOUNTS", existing),
        ];
        let service = Service::start(&with_settings(&settings)).await;
        let resend = async |name: &str| service.resend(&json!({"username": name})).await.status;
        let form = json!({"username": "ada", "email": "ada@example.com", "password": PASSWORD});
        let signed_up = service.register(&form).await.status;

        let by_alias = [resend("ada@example.com").await, resend("ada@example.com").await];
        let third = resend("ada").await;
        let unknown_user = resend("grace").await;

        assert!([201, 202].contains(&signed_up), "{existing}: {signed_up}");
        assert_eq!(by_alias, [202, 202], "{existing}");
        assert_eq!([third, unknown_user], [by_name, 202], "{existing}");
        assert!(service.calls("ResendConfirmationCode", "ada").is_empty(), "{existing}");
        assert_eq!(service.calls("ResendConfirmationCode", "grace").len(), 1, "{existing}");
    }
}

#[actix_web::test]
async fn the_budget_of_a_calling_code_shrinks_and_recovers_in_every_replica() {
    for mode in ["phone", "chosen", "generated"] {
        let file = File::new("");
        let database = format!("sqlite:{}", file.name());
        let settings = [
            NO_INTERVAL,
            ("LIMITS__SMS_CONVERSION__GRACE", "0s"),
            ("REGISTRATION__USERNAME", mode),
            ("DATABASE__URL", &database),
        ];
        let first = Service::start(&with_settings(&settings)).await;
        let replica = async || {
            let mut settings = settings.to_vec();
            settings.push(("LIMITS__CALLING_CODE__BURST", "4"));
            settings.push(("LIMITS__CALLING_CODE__REFILL", "1h"));
            let config = config(&with_settings(&settings), &first.pool.url());
            Service::start_on(config, pool(&settings).await).await
        };
        let sign_up = async |service: &Service, number: u32| {
            let mut form = json!({"phone_number": number_of(number), "password": PASSWORD});
            if mode == "chosen" {
                form["username"] = format!("user{number}").into();
            }
            service.register(&form).await
        };

        // Resends to unknown numbers, to which Cognito responds as if it had sent a message.
        for number in 0..25 {
            let form = json!({"username": format!("+4479111234{number:02}")});
            assert_eq!(first.resend(&form).await.status, 202, "{mode}");
        }
        let mut accounts = Vec::new();
        for number in 0..20 {
            let signed_up = sign_up(&first, number).await;
            assert_eq!(signed_up.status, 201, "{mode}: {}", signed_up.text);
            accounts.push((number, signed_up.json()["username"].clone()));
        }
        let shrunk = replica().await;
        wait_for_cost(&shrunk, 20, mode).await;
        let cost_of_resends = shrunk.metric(r#"sms_cost_multiplier{calling_code="44"}"#).await;
        assert_eq!(cost_of_resends, 0, "{mode}: only messages of sign-ups count");
        let when_shrunk = [sign_up(&shrunk, 20).await.status, sign_up(&shrunk, 21).await.status];
        for (number, username) in accounts {
            let code = first.code_for(&number_of(number));
            let form = json!({"username": username, "code": code});
            assert_eq!(first.confirm(&form).await.status, 200, "{mode}");
        }
        let recovered = replica().await;
        let mut when_recovered = Vec::new();
        for number in 30..35 {
            when_recovered.push(sign_up(&recovered, number).await.status);
        }

        assert_eq!(when_shrunk, [201, 429], "{mode}: one of the two passes");
        assert_eq!(when_recovered, [201, 201, 201, 201, 429], "{mode}");
        wait_for_cost(&shrunk, 1, mode).await;
    }
}

fn number_of(number: u32) -> String {
    format!("+491511234{number:04}")
}

/// Waits until a replica has updated the cost of the calling code.
async fn wait_for_cost(service: &Service, cost: u64, case: &str) {
    let look = async || service.metric(r#"sms_cost_multiplier{calling_code="49"}"#).await;
    until(&format!("{case}: the cost is {cost}"), look, |found| *found == cost).await;
}
