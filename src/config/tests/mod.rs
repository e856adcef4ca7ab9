mod bot_check;
mod checks;

use std::fs;

use secrecy::ExposeSecret;

use super::{Config, Presence, SecretAddress, Sources, UsernameMode};

const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf";

/// Returns the five variables of a pool, followed by `more`.
fn environment(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let pool = [
        ("VESTIBULE__COGNITO__REGION", "us-east-1"),
        ("VESTIBULE__COGNITO__ENDPOINT", "http://127.0.0.1:9"),
        ("VESTIBULE__COGNITO__USER_POOL_ID", "us-east-1_EXAMPLE"),
        ("VESTIBULE__COGNITO__CLIENT_ID", "1example23456789"),
        ("VESTIBULE__COGNITO__CLIENT_SECRET", "0042"),
    ];
    pool.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn load(more: &[(&str, &str)]) -> Result<Config, String> {
    let environment = environment(more);
    Config::load(Sources { environment: &environment, ..Sources::default() })
        .map_err(|error| error.to_string())
}

#[test]
fn loads_the_pool_from_five_variables_and_keeps_a_numeric_secret_as_a_string() {
    let config = load(&[]).unwrap();

    assert_eq!(config.cognito.region.as_deref(), Some("us-east-1"));
    assert_eq!(config.cognito.client_secret.unwrap().expose_secret(), "0042");
    assert_eq!(config.registration.username, UsernameMode::Email);
    assert_eq!(config.registration.email_presence(), Presence::Required);
    assert_eq!(config.limits.address.burst, 20);
}

#[test]
fn parses_every_type_of_variable() {
    let config = load(&[
        ("VESTIBULE__SERVER__PORT", "81"),
        (
            "VESTIBULE__SERVER__TRUSTED_PROXIES",
            "10.0.0.0/8, 192.0.2.1,2001:db8::/32,::ffff:10.0.0.0/104",
        ),
        ("VESTIBULE__SERVER__MAX_BODY", "20000"),
        ("VESTIBULE__COGNITO__SEND_IP_ADDRESS", "true"),
        ("VESTIBULE__COGNITO__READ_TIMEOUT", "1500ms"),
        ("VESTIBULE__REGISTRATION__PASSWORD__MIN_LENGTH", "12"),
        ("VESTIBULE__REGISTRATION__ATTRIBUTES", r#"{ "custom:plan" = { one_of = ["free"] } }"#),
    ])
    .unwrap();

    assert_eq!(config.server.port, 81);
    assert_eq!(config.server.trusted_proxies.len(), 4);
    assert_eq!(config.server.trusted_proxies[3].0.to_string(), "10.0.0.0/8", "mapped");
    assert_eq!(config.server.max_body.as_u64(), 20_000);
    assert!(config.cognito.send_ip_address);
    assert_eq!(config.cognito.read_timeout.as_millis(), 1500);
    assert_eq!(config.registration.password.min_length, 12);
    assert_eq!(config.registration.attributes["custom:plan"].one_of, ["free"]);
}

#[test]
fn names_the_file_of_an_unknown_setting() {
    let path = std::env::temp_dir().join(format!("vestibule-{}-unknown.toml", std::process::id()));
    fs::write(&path, "[server]\nprot = 1\n[servers]\nport = 1\n").unwrap();

    let environment = environment(&[]);
    let error =
        Config::load(Sources { file: Some(&path), environment: &environment, sandbox: false })
            .unwrap_err();

    let shown = path.display();
    assert!(
        error.to_string().contains(&format!("{shown}: unknown setting `server.prot`")),
        "{error}"
    );
    assert!(error.to_string().contains(&format!("{shown}: unknown setting `servers`")), "{error}");
    fs::remove_file(path).unwrap();
}

#[test]
fn names_the_file_and_the_setting_of_a_wrong_value() {
    let path = std::env::temp_dir().join(format!("vestibule-{}-wrong.toml", std::process::id()));
    fs::write(&path, "[server]\nport = \"eighty\"\n").unwrap();

    let environment = environment(&[]);
    let error =
        Config::load(Sources { file: Some(&path), environment: &environment, sandbox: false })
            .unwrap_err();

    assert!(
        error.to_string().contains("server.port") && error.to_string().contains("wrong.toml"),
        "{error}"
    );
    fs::remove_file(path).unwrap();
}

#[test]
fn masks_every_secret_in_the_output() {
    let marks = [
        ("VESTIBULE__COGNITO__SECONDARY_CLIENT_SECRET", "mark-1"),
        ("VESTIBULE__DATABASE__KEY", "mark-2-of-thirty-two-characters-or-more"),
        ("VESTIBULE__DATABASE__URL", "postgres://vestibule:mark-4@db/vestibule"),
        ("VESTIBULE__LIMITS__STORE", "redis-cluster://ada:mark-5@cache,cache2:7"),
        ("VESTIBULE__COGNITO__SIGNATURE__SIGNING_KEY", "mark-6-of-thirty-two-characters-or-more"),
        ("VESTIBULE__BOT_CHECK__SITEVERIFY__SECRET", "mark-7"),
    ];
    let environment = environment(&marks);

    let shown = Config::show(Sources { environment: &environment, ..Sources::default() }).unwrap();

    assert!(!shown.contains("mark-") && !shown.contains("0042"), "{shown}");
    assert!(shown.contains("client_secret = \"********\""), "{shown}");
    assert!(shown.contains("@db/vestibule"), "{shown}");
}

#[test]
fn the_examples_in_config_are_valid() {
    let sandbox = Config::load(Sources { sandbox: true, ..Sources::default() }).unwrap();
    assert!(sandbox.registration.attributes.contains_key("custom:plan"));

    let example = include_str!("../../../config/production.example.toml")
        .replace("client_secret_file", "client_secret")
        .replace("key_file", "key")
        .replace("password_file", "password");
    let path = std::env::temp_dir().join(format!("vestibule-{}-example.toml", std::process::id()));
    fs::write(&path, example).unwrap();
    Config::load(Sources { file: Some(&path), ..Sources::default() }).unwrap();
    fs::remove_file(path).unwrap();
}

#[test]
fn parses_the_region_and_the_json_key_of_a_secret_address() {
    for (text, expected) in [
        (ARN.to_owned(), Some(("eu-central-1", None))),
        (format!("{ARN}#a key"), Some(("eu-central-1", Some("a key")))),
        (format!("{ARN}#"), None),
        (ARN.replace("eu-central-1", ""), None),
        (ARN.replace("eu-central-1", "evil.example.com/"), None),
        (ARN.replace("secretsmanager", "ssm"), None),
        ("a".to_owned(), None),
    ] {
        let address = text.parse::<SecretAddress>();

        let found = address.as_ref().ok().map(|it| (it.region.as_str(), it.key.as_deref()));
        assert_eq!(found, expected, "{text}");
    }
}
