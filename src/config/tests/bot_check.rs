use super::load;

#[test]
fn rejects_invalid_settings_of_the_bot_check() {
    let siteverify = ("VESTIBULE__BOT_CHECK__PROVIDER", "siteverify");
    let secret = ("VESTIBULE__BOT_CHECK__SITEVERIFY__SECRET", "0xsecret");
    for (name, value, expected) in [
        ("BOT_CHECK__PROVIDER", "captcha", "VESTIBULE__BOT_CHECK__PROVIDER"),
        ("BOT_CHECK__SITEVERIFY__SECRET", "", "bot_check.siteverify.secret is not set"),
        ("BOT_CHECK__SITEVERIFY__SECRET_FILE", "/nowhere", "are both set"),
        ("BOT_CHECK__SITEVERIFY__URL", "http://captcha.example.com/siteverify", "unencrypted"),
        (
            "BOT_CHECK__SITEVERIFY__URL",
            "siteverify",
            "bot_check.siteverify.url: the value must be a URL",
        ),
        ("BOT_CHECK__SITEVERIFY__MIN_SCORE", "1.5", "from 0 to 1"),
        ("BOT_CHECK__SITEVERIFY__MIN_SCORE", "0.5", "Turnstile has no score"),
        ("BOT_CHECK__SITEVERIFY__TIMEOUT", "5s", "from 10ms to 3s"),
        ("BOT_CHECK__SITEVERIFY__MAX_AGE", "1s", "bot_check.siteverify.max_age must be from 10s"),
        ("BOT_CHECK__PROOF_OF_WORK__LIFETIME", "2h", "lifetime must be from 10s to 1h"),
        ("BOT_CHECK__PROOF_OF_WORK__COST", "1000000", "pays the same cost"),
        ("BOT_CHECK__PROOF_OF_WORK__DIFFICULTY", "0", "from 1 to 8"),
    ] {
        let name = format!("VESTIBULE__{name}");

        let error = load(&[siteverify, secret, (&name, value)]).expect_err(&name);

        assert!(error.contains(expected), "{name}={value}: {error}");
    }
    for (more, expected) in [
        (
            [
                ("BOT_CHECK__SITEVERIFY__PROVIDER", "hcaptcha"),
                ("BOT_CHECK__SITEVERIFY__ACTION", "x"),
            ],
            "hCaptcha has no action",
        ),
        (
            [("BOT_CHECK__REQUIRE", "above_threshold"), ("LIMITS__MODE", "off")],
            "No client can reach a threshold",
        ),
    ] {
        let more = more.map(|(name, value)| (format!("VESTIBULE__{name}"), value));
        let [one, other] = [0, 1].map(|index| (more[index].0.as_str(), more[index].1));

        let error = load(&[siteverify, secret, one, other]).expect_err(expected);

        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn rejects_the_sign_up_page_with_a_widget_without_a_site_key() {
    let with = |site_key| {
        load(&[
            ("VESTIBULE__PAGES__SIGN_UP", "true"),
            ("VESTIBULE__BOT_CHECK__PROVIDER", "siteverify"),
            ("VESTIBULE__BOT_CHECK__SITEVERIFY__SECRET", "x"),
            ("VESTIBULE__BOT_CHECK__SITEVERIFY__SITE_KEY", site_key),
        ])
        .err()
        .unwrap_or_default()
    };

    assert!(with("").contains("bot_check.siteverify.site_key is not set"));
    assert!(!with("k").contains("site_key"));
}

#[test]
fn rejects_the_sign_up_page_with_a_score_and_without_an_action_of_recaptcha() {
    let with = |sign_up, provider, action, min_score| {
        load(&[
            ("VESTIBULE__PAGES__SIGN_UP", sign_up),
            ("VESTIBULE__BOT_CHECK__PROVIDER", "siteverify"),
            ("VESTIBULE__BOT_CHECK__SITEVERIFY__PROVIDER", provider),
            ("VESTIBULE__BOT_CHECK__SITEVERIFY__SECRET", "x"),
            ("VESTIBULE__BOT_CHECK__SITEVERIFY__SITE_KEY", "k"),
            ("VESTIBULE__BOT_CHECK__SITEVERIFY__ACTION", action),
            ("VESTIBULE__BOT_CHECK__SITEVERIFY__MIN_SCORE", min_score),
        ])
        .err()
        .unwrap_or_default()
    };

    assert!(with("true", "recaptcha", "", "0.5").contains("min_score is set without an action"));
    for (sign_up, provider, action, min_score) in [
        ("true", "recaptcha", "register", "0.5"),
        ("true", "recaptcha", "", "0.0"),
        ("true", "hcaptcha", "", "0.5"),
        ("false", "recaptcha", "", "0.5"),
    ] {
        assert_eq!(with(sign_up, provider, action, min_score), "", "{provider} {action}");
    }
}

#[test]
fn warns_about_a_weak_bot_check() {
    let siteverify = ("VESTIBULE__BOT_CHECK__PROVIDER", "siteverify");
    let hosts = ("VESTIBULE__BOT_CHECK__SITEVERIFY__HOSTNAMES", "www.example.com");
    for (secret, more, expected) in [
        ("1x0000000000000000000000000000000AA", hosts, "is a test key"),
        ("0xsecret", siteverify, "bot_check.siteverify.hostnames is empty"),
    ] {
        let secret = ("VESTIBULE__BOT_CHECK__SITEVERIFY__SECRET", secret);

        let warnings = load(&[siteverify, secret, more]).unwrap().warnings();

        assert!(warnings.iter().any(|warning| warning.contains(expected)), "{warnings:?}");
    }
    let secret = ("VESTIBULE__BOT_CHECK__SITEVERIFY__SECRET", "0xsecret");
    let warnings = load(&[siteverify, secret, hosts]).unwrap().warnings();
    assert!(!warnings.iter().any(|warning| warning.contains("bot_check")), "{warnings:?}");
}
