//! A pool that environment variables describe: another emulator, or a real one.

use std::env;

use crate::{
    flow,
    tables::assert_conforms,
    target::{Codes, Mode, Target},
};

#[actix_web::test]
#[ignore = "VESTIBULE_CONFORMANCE_… variables describe the pool, see docs/testing.md"]
async fn the_pool_of_the_variables_conforms_to_aws() {
    let target = target(&|name| variable(name));

    let seen = flow::run(&target).await;

    report(&target, &seen);
    assert_conforms(&seen, target.mode, &[]);
}

#[expect(clippy::print_stderr, reason = "the report shows all cases")]
fn report(target: &Target, seen: &[(&'static str, String)]) {
    eprintln!("{} by {}", target.endpoint, target.mode.as_str());
    for (case, reported) in seen {
        eprintln!("{case}: {reported}");
    }
}

#[expect(clippy::disallowed_methods, reason = "settings of the tests")]
fn variable(name: &str) -> Option<String> {
    env::var(format!("VESTIBULE_CONFORMANCE_{name}")).ok()
}

fn target(variable: &dyn Fn(&str) -> Option<String>) -> Target {
    let needed = |name| {
        variable(name).unwrap_or_else(|| {
            panic!("VESTIBULE_CONFORMANCE_{name} is not set. See docs/testing.md")
        })
    };
    let region = needed("REGION");
    Target {
        endpoint: variable("ENDPOINT")
            .unwrap_or_else(|| format!("https://cognito-idp.{region}.amazonaws.com")),
        region,
        pool_id: needed("POOL_ID"),
        client_id: needed("CLIENT_ID"),
        client_secret: needed("CLIENT_SECRET"),
        mode: match variable("USERNAME_MODE").as_deref() {
            None | Some("email") => Mode::Email,
            Some("chosen") => Mode::Chosen,
            Some(other) => {
                panic!(
                    "VESTIBULE_CONFORMANCE_USERNAME_MODE is `{other}`; write `email` or `chosen`"
                )
            }
        },
        codes: Codes::of(&variable("CODE").unwrap_or_default()),
        address: address(variable("ADDRESS")),
    }
}

fn address(setting: Option<String>) -> String {
    let address = setting.unwrap_or_else(|| "walk+{}@example.com".to_owned());
    assert!(
        address.contains("{}"),
        "VESTIBULE_CONFORMANCE_ADDRESS has no `{{}}`, the place of a random word"
    );
    address
}

#[test]
fn reads_a_pool_from_variables() {
    let variables = |name: &str| {
        let set = [
            ("REGION", "eu-west-1"),
            ("POOL_ID", "eu-west-1_EXAMPLE"),
            ("CLIENT_ID", "1example23456789"),
            ("CLIENT_SECRET", "secret"),
            ("USERNAME_MODE", "chosen"),
            ("ADDRESS", "me+{}@example.org"),
        ];
        set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };

    let target = target(&variables);

    assert_eq!(target.endpoint, "https://cognito-idp.eu-west-1.amazonaws.com");
    assert_eq!((target.region.as_str(), target.mode), ("eu-west-1", Mode::Chosen));
    assert_eq!(target.address, "me+{}@example.org");
    assert_eq!(target.codes.sent_to("me@example.org"), None, "no source of codes is set");
}
