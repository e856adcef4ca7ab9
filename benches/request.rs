//! The cost of each step of a request, without the network.

use std::{hint::black_box, net::IpAddr};

use criterion::{Criterion, criterion_group, criterion_main};
use secrecy::SecretString;
use tokio::runtime::Builder;
use vestibule::{
    cognito::{ClientInfo, build_encoded_data, secret_hash, verify_encoded_data},
    config::{Config, Sources},
    metrics::Metrics,
    rate_limit::{RateLimits, Route},
    registration::{Registration, RegistrationForm, Rules, UsernameKey},
};

const GOOD: &str = r#"{"email": "Ada.Lovelace@Example.com", "password": "Correct-horse-7"}"#;
const BAD: &str = r#"{"email": "nope", "password": "x"}"#;
const FULL: &str = r#"{
    "email": "ada@example.com", "password": "Correct-horse-7",
    "attributes": {"given_name": "Ada", "family_name": "Lovelace", "birthdate": "1990-12-10",
        "locale": "en-GB", "zoneinfo": "Europe/London", "custom:plan": "free"},
    "client_metadata": {"campaign": "spring"}, "validation_data": {"invite": "K7Q"},
    "consents": {"terms": "2026-10"}
}"#;
const CLIENT_ID: &str = "1example23456789";
const POOL_ID: &str = "us-east-1_EXAMPLE";

fn forms(criterion: &mut Criterion) {
    let config = Config::load(Sources { sandbox: true, ..Sources::default() });
    let Ok(config) = config else { return };
    let Ok(rules) = Rules::new(&config.registration) else { return };
    let key = UsernameKey::new([7; 32]);
    for (name, body) in [("a valid form", GOOD), ("an invalid form", BAD), ("a full form", FULL)] {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                let form: Result<RegistrationForm, _> = serde_json::from_str(black_box(body));
                form.map(|form| Registration::parse(form, &rules, &key).is_ok())
            });
        });
    }
}

fn calls(criterion: &mut Criterion) {
    let secret = SecretString::from("9example87654321secretsecretsecretsecret");
    let client = ClientInfo {
        address: IpAddr::from([203, 0, 113, 7]),
        user_agent: Some(
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into(),
        ),
        language: Some("en-GB".into()),
        platform: Some("Linux".into()),
    };
    let encoded =
        build_encoded_data(&client, "ada@example.com", POOL_ID, CLIENT_ID).unwrap_or_default();
    criterion.bench_function("SecretHash", |bencher| {
        bencher.iter(|| secret_hash(&secret, black_box("ada@example.com"), CLIENT_ID));
    });
    criterion.bench_function("EncodedData from headers", |bencher| {
        bencher
            .iter(|| build_encoded_data(black_box(&client), "ada@example.com", POOL_ID, CLIENT_ID));
    });
    criterion.bench_function("EncodedData verified", |bencher| {
        bencher.iter(|| verify_encoded_data(black_box(&encoded), CLIENT_ID, POOL_ID));
    });
}

fn state(criterion: &mut Criterion) {
    let config = Config::load(Sources { sandbox: true, ..Sources::default() });
    let (Ok(config), Ok(runtime)) = (config, Builder::new_current_thread().build()) else { return };
    let limits =
        runtime.block_on(RateLimits::open(&config.limits, None, &[7; 32], Metrics::default()));
    let address = IpAddr::from([203, 0, 113, 7]);
    criterion.bench_function("the budgets of an address", |bencher| {
        bencher
            .iter(|| runtime.block_on(limits.admit(black_box(address), Route::Register)).is_ok());
    });
}

criterion_group!(benches, forms, calls, state);
criterion_main!(benches);
