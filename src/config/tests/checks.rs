use super::{ARN, load};

#[test]
fn rejects_invalid_settings() {
    for (name, value, expected) in [
        ("VESTIBULE__SERVER__PROT", "1", "VESTIBULE__SERVER__PROT: unknown setting"),
        (
            "VESTIBULE__SERVER__PORT",
            "web",
            "VESTIBULE__SERVER__PORT: the value must be a whole number",
        ),
        ("VESTIBULE__SERVER__PORT", "70000", "VESTIBULE__SERVER__PORT"),
        ("VESTIBULE__SERVER", "1", "VESTIBULE__SERVER: the name of a section"),
        (
            "VESTIBULE__SERVER__TRUSTED_PROXIES",
            "proxy",
            "`proxy` is neither an address nor a network",
        ),
        ("VESTIBULE__SERVER__TRUSTED_PROXIES", "0.0.0.0/0", "is too wide"),
        ("VESTIBULE__SERVER__CLIENT_ADDRESS_HEADER", "X Real IP", "is not a header name"),
        ("VESTIBULE__LIMITS__SMS__NUMBERS", "premium", "LIMITS__SMS__NUMBERS"),
        ("VESTIBULE__LIMITS__SMS__MODE", "perhaps", "must be \"enforce\""),
        (
            "VESTIBULE__LIMITS__MESSAGES_PER_RECIPIENT__BURST",
            "0",
            "limits.messages_per_recipient: burst and refill",
        ),
        ("VESTIBULE__LIMITS__RESEND_NAME__BURST", "3", "unknown setting"),
        (
            "VESTIBULE__LIMITS__SMS_CONVERSION__TARGET_RATE",
            "1.5",
            "target_rate must be from 0 to 1",
        ),
        (
            "VESTIBULE__LIMITS__SMS_CONVERSION__MIN_BUDGET_FRACTION",
            "0.0",
            "min_budget_fraction from 0.001 to 1",
        ),
        ("VESTIBULE__LIMITS__SMS_CONVERSION__MIN_SAMPLES", "0", "min_samples must be at least 1"),
        ("VESTIBULE__LIMITS__SMS_CONVERSION__GRACE", "2h", "grace at most 30m"),
        (
            "VESTIBULE__SERVER__ALLOWED_ORIGINS",
            "https://www.example.com,https://example.com/",
            "`https://example.com/` is not an origin",
        ),
        ("VESTIBULE__SERVER__ALLOWED_ORIGINS", "null", "`null` is not an origin"),
        ("VESTIBULE__SERVER__ALLOWED_ORIGINS", "*", "`*` is not an origin"),
        ("VESTIBULE__COGNITO__SEND_IP_ADDRESS", "yes", "the value must be `true` or `false`"),
        ("VESTIBULE__COGNITO__ENDPOINT", "http://cognito.example.com", "unencrypted"),
        ("VESTIBULE__COGNITO__ENDPOINT", "http://127.0.0.1.example.com", "unencrypted"),
        ("VESTIBULE__COGNITO__ENDPOINT", "http://a:b@localhost:9229", "nothing else"),
        ("VESTIBULE__COGNITO__ENDPOINT", "cognito", "the value must be a URL"),
        ("VESTIBULE__COGNITO__USER_POOL_ID", "", "cognito.user_pool_id is not set"),
        ("VESTIBULE__COGNITO__CLIENT_SECRET_FILE", "/nowhere", "are both set"),
        ("VESTIBULE__COGNITO__SECONDARY_CLIENT_SECRET_FILE", "/nowhere", "cannot read `/nowhere`"),
        ("VESTIBULE__COGNITO__CLIENT_SECRET_ARN", ARN, "are both set. Keep one of them."),
        (
            "VESTIBULE__COGNITO__SECONDARY_CLIENT_SECRET_ARN",
            "arn:aws:s3:::x",
            "the ARN of a secret",
        ),
        ("VESTIBULE__COGNITO__CLIENT_SECRET_REFRESH", "10ms", "from 1s to 24h"),
        ("VESTIBULE__COGNITO__SECRETS_MANAGER_ENDPOINT", "http://a.example.com", "unencrypted"),
        ("VESTIBULE__REGISTRATION__EMAIL", "off", "registration.email must be"),
        ("VESTIBULE__LIMITS__UNKNOWN_NAMES__BURST", "0", "limits.unknown_names: burst and refill"),
        ("VESTIBULE__COGNITO__OPERATION_TIMEOUT", "25h", "at most 1d"),
        ("VESTIBULE__COGNITO__REGION", "eu central!", "is not a region"),
        ("VESTIBULE__LIMITS__ADDRESS__REFILL", "9999999999999999999s", "at most 30 days"),
        ("VESTIBULE__SERVER__TRUSTED_PROXIES", "0.0.0.0/1,128.0.0.0/1", "is too wide"),
        ("VESTIBULE__SERVER__TRUSTED_PROXIES", "::ffff:0.0.0.0/96", "is too wide"),
        ("VESTIBULE__SERVER__PROXY_PROTOCOL", "true", "server.trusted_proxies is empty"),
        ("VESTIBULE__COGNITO__READ_TIMEOUT", "soon", "VESTIBULE__COGNITO__READ_TIMEOUT"),
        ("VESTIBULE__REGISTRATION__USERNAME", "mail", "VESTIBULE__REGISTRATION__USERNAME"),
        ("VESTIBULE__REGISTRATION__PASSWORD__MIN_LENGTH", "5", "from 6 to 99"),
        ("VESTIBULE__REGISTRATION__ATTRIBUTES", "{ sub = {} }", "`sub` is not allowed"),
        ("VESTIBULE__REGISTRATION__ATTRIBUTES", "{ name = { max = 3 } }", "unknown field"),
        (
            "VESTIBULE__REGISTRATION__CONSENTS",
            r#"{ terms = { version = "1", attribute = "terms" } }"#,
            "registration.consents.terms.attribute: `terms` must be \"custom:\" and 1 to 20",
        ),
        (
            "VESTIBULE__REGISTRATION__CONSENTS",
            r#"{ terms = { version = "1", attribute = "custom:" } }"#,
            "`custom:` must be",
        ),
        (
            "VESTIBULE__REGISTRATION__CONSENTS",
            r#"{ terms = { version = "1", attribute = "custom:twenty-one-characters" } }"#,
            "`custom:twenty-one-characters` must be",
        ),
        (
            "VESTIBULE__REGISTRATION__CONSENTS",
            r#"{ privacy = { version = "1", attribute = "custom:a" }, terms = { version = "1", attribute = "custom:a" } }"#,
            "registration.consents.privacy has the attribute `custom:a` already",
        ),
        ("VESTIBULE__COGNITO__SIGNATURE__SIGNING_KEY", "short", "must have at least 32 characters"),
        (
            "VESTIBULE__COGNITO__SIGNATURE__SIGNING_KEY",
            "thirty-one çhäräçters are short",
            "must have at least 32 characters",
        ),
        ("VESTIBULE__COGNITO__SIGNATURE__SIGNING_KEY_FILE", "/nowhere", "cannot read `/nowhere`"),
        ("VESTIBULE__COGNITO__SIGNATURE__KEY_ID", "a.b", "cognito.signature.key_id must be"),
        ("VESTIBULE__COGNITO__SIGNATURE__KEY_ID", "", "cognito.signature.key_id must be"),
        (
            "VESTIBULE__COGNITO__SIGNATURE__VALIDATION_DATA_KEY",
            "thirty-three-characters-are-enough",
            "cognito.signature.validation_data_key must have 1 to 32",
        ),
        (
            "VESTIBULE__REGISTRATION__VALIDATION_DATA__ALLOW",
            "invite,vestibule_signature",
            "`vestibule_signature` is reserved for the signature",
        ),
        (
            "VESTIBULE__REGISTRATION__VALIDATION_DATA__FILL",
            r#"{ vestibule_signature = "locale" }"#,
            "`vestibule_signature` is reserved for the signature",
        ),
        ("VESTIBULE__LIMITS__STORE", "memcached://x", "limits.store"),
        ("VESTIBULE__LIMITS__NETWORK__MODE", "on", "\"enforce\", \"observe\", \"off\""),
        (
            "VESTIBULE__LIMITS__SIGN_UPS_PER_RECIPIENT__BURST",
            "0",
            "limits.sign_ups_per_recipient: burst and refill",
        ),
        ("VESTIBULE__LIMITS__CONCURRENCY__TOTAL", "0", "limits.concurrency"),
        ("VESTIBULE__LIMITS__REPLICAS", "0", "limits.replicas"),
        ("VESTIBULE__LIMITS__STORE_TIMEOUT", "2s", "limits.store_timeout"),
        ("VESTIBULE__DATABASE__URL", "mysql://x", "database.url"),
        ("VESTIBULE__DATABASE__KEY", "thirty-one-characters-are-short", "database.key"),
        ("LOG_SENSITIVE_BODIES", "true", "would log passwords"),
    ] {
        let error = load(&[(name, value)]).expect_err(name);

        assert!(error.contains(expected), "{name}={value}: {error}");
    }
}

#[test]
fn accepts_https_and_paths_as_addresses_of_pages() {
    let names = [
        "PAGES__LOGO",
        "PAGES__STYLESHEET",
        "LINKS__SIGN_IN",
        "LINKS__RESET",
        "LINKS__TERMS",
        "LINKS__PRIVACY",
    ];
    let errors = |address: &str| {
        let of_consent = format!(r#"{{ terms = {{ version = "1", url = '{address}' }} }}"#);
        let mut settings: Vec<_> =
            names.map(|name| (format!("VESTIBULE__{name}"), address.to_owned())).to_vec();
        settings.push(("VESTIBULE__REGISTRATION__CONSENTS".to_owned(), of_consent));
        let settings: Vec<_> =
            settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        load(&settings).err().unwrap_or_default()
    };
    for address in [
        "",
        "/",
        "/logo.svg?a=1&b=2#c",
        "https://www.example.com",
        "https://www.example.com:8443/a;b,c/%C3%A9?d=e%20f",
        "http://localhost:3000/sign-in",
        "http://127.0.0.1/a",
        "http://[::1]:3000/",
    ] {
        assert_eq!(errors(address), "", "{address}");
    }
    for (address, expected) in [
        ("javascript:alert(1)", "must be an https URL or a path"),
        ("data:text/css,a", "must be an https URL or a path"),
        ("mailto:ada@example.com", "must be an https URL or a path"),
        ("ftp://example.com/", "must be an https URL or a path"),
        ("https:example.com", "must be an https URL or a path"),
        ("https://", "must be an https URL or a path"),
        ("terms.html", "must be an https URL or a path"),
        ("//example.com/a", "begins with two slashes"),
        (r"/\example.com", "a backslash"),
        ("/a b", "has a space"),
        ("/a\"b", "a quote"),
        ("https://example.com/é", "not ASCII"),
        ("https://a;b.example/", "has no valid host"),
        ("https://a,b.example/", "has no valid host"),
        ("http://www.example.com/", "is not encrypted in transit"),
        ("http://localhost.example.com/", "is not encrypted in transit"),
    ] {
        let text = errors(address);
        assert_eq!(text.matches(expected).count(), 7, "{address}: {text}");
        for setting in ["pages.logo: `", "links.reset: `", "registration.consents.terms.url: `"] {
            assert!(text.contains(setting), "{address}: {text}");
        }
    }
}

#[test]
fn warns_about_a_key_that_is_stored_in_the_database() {
    let key = ("VESTIBULE__DATABASE__KEY", "thirty-two-characters-are-enough");
    let url = |url| ("VESTIBULE__DATABASE__URL", url);
    let redis = ("VESTIBULE__LIMITS__STORE", "redis://cache.internal");
    let (file, postgres, memory) =
        (url("sqlite:v.db"), url("postgres://db/v"), url("sqlite::memory:"));
    let (leaks, shares) = ("also protects the digests", "share no budgets");
    for (settings, expected) in [
        (&[file][..], &[leaks][..]),
        (&[postgres, redis], &[leaks]),
        (&[file, redis], &[leaks, shares]),
        (&[memory, redis], &[shares]),
        (&[memory], &[]),
        (&[file, redis, key], &[]),
    ] {
        let warnings = load(settings).unwrap().warnings();

        let found: Vec<&String> =
            warnings.iter().filter(|warning| warning.contains("database.key")).collect();
        assert_eq!(found.len(), expected.len(), "{settings:?}: {warnings:?}");
        for expected in expected {
            assert!(
                found.iter().any(|warning| warning.contains(expected)),
                "{settings:?}: {found:?}"
            );
        }
    }
}

#[test]
fn warns_about_a_silent_resend_that_has_no_effect() {
    let resend = ("VESTIBULE__REGISTRATION__CONCEAL_SILENT_RESEND", "true");
    for (existing, is_warned) in [("reveal", true), ("conceal", false)] {
        let existing = ("VESTIBULE__REGISTRATION__EXISTING_ACCOUNTS", existing);

        let warnings = load(&[resend, existing]).unwrap().warnings();

        let found = warnings.iter().any(|warning| warning.contains("conceal_silent_resend"));
        assert_eq!(found, is_warned, "{existing:?}: {warnings:?}");
    }
}

#[test]
fn rejects_a_consent_version_that_cognito_cannot_store() {
    for (length, is_rejected) in [(2048, false), (2049, true)] {
        let version = "ß".repeat(length);
        let consents =
            format!(r#"{{ terms = {{ version = "{version}", attribute = "custom:terms" }} }}"#);

        let loaded = load(&[("VESTIBULE__REGISTRATION__CONSENTS", &consents)]);

        let error = loaded.err().unwrap_or_default();
        assert_eq!(error.is_empty(), !is_rejected, "{length}: {error}");
        assert_eq!(error.contains("terms.version must have 1 to 2048"), is_rejected, "{error}");
    }
}

#[test]
fn rejects_a_consent_attribute_that_clients_may_set() {
    let attributes = (
        "VESTIBULE__REGISTRATION__ATTRIBUTES",
        r#"{ "custom:terms" = {}, "custom:exactly-20-character" = {} }"#,
    );
    for (attribute, is_rejected) in
        [("custom:terms", true), ("custom:conditions", false), ("", false)]
    {
        let consents = format!(r#"{{ terms = {{ version = "1", attribute = "{attribute}" }} }}"#);

        let loaded = load(&[attributes, ("VESTIBULE__REGISTRATION__CONSENTS", &consents)]);

        match loaded {
            Err(error) => {
                assert!(is_rejected && error.contains("Its value would prove nothing"), "{error}");
            }
            Ok(config) => {
                let expected = (!attribute.is_empty()).then_some(attribute);
                let document = &config.registration.consents["terms"];
                assert_eq!(document.attribute.as_deref(), expected);
                assert!(!is_rejected, "{attribute}");
            }
        }
    }
}

#[test]
fn rejects_generated_names_in_conceal_mode() {
    let conceal = ("VESTIBULE__REGISTRATION__EXISTING_ACCOUNTS", "conceal");
    for (mode, is_accepted) in
        [("email", true), ("phone", true), ("chosen", true), ("generated", false)]
    {
        let numbers = ("VESTIBULE__LIMITS__SMS__ALLOW", "*");

        let loaded = load(&[conceal, numbers, ("VESTIBULE__REGISTRATION__USERNAME", mode)]);

        let error = loaded.err().unwrap_or_default();
        assert_eq!(error.is_empty(), is_accepted, "{mode}: {error}");
        assert!(is_accepted || error.contains("no user could confirm an account"), "{error}");
    }
}
