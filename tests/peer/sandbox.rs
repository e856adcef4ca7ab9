//! The development pool of this project. It differs from AWS in one case.

use cognito_sandbox::Pool;

use crate::{
    flow,
    support::{CLIENT_ID, POOL_ID, SECRET, pool},
    tables::{Difference, assert_conforms},
    target::{Codes, Mode, Target},
};

const DIFFERENCES: [Difference; 1] = [Difference {
    case: "an attribute that the pool does not have",
    aws: "502 misconfigured [not_created]",
    peer: "201 confirmation_required confirm [created]",
    why: "it accepts every custom attribute, so that a form can be tested before its pool exists",
}];

#[actix_web::test]
async fn the_sandbox_conforms_to_aws_with_email_user_names() {
    conforms(Mode::Email).await;
}

#[actix_web::test]
async fn the_sandbox_conforms_to_aws_with_chosen_user_names() {
    conforms(Mode::Chosen).await;
}

async fn conforms(mode: Mode) {
    let pool = pool(&[("REGISTRATION__USERNAME", mode.as_str())]).await;
    let target = target(&pool, mode);

    let seen = flow::run(&target).await;

    assert_conforms(&seen, mode, &DIFFERENCES);
}

fn target(pool: &Pool, mode: Mode) -> Target {
    let state = pool.state().clone();
    let code = move |address: &str| {
        state.messages(Some(address)).first().expect("a code was sent").code.clone()
    };
    Target {
        endpoint: pool.url(),
        region: "eu-central-1".to_owned(),
        pool_id: POOL_ID.to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: SECRET.to_owned(),
        mode,
        codes: Codes::Function(Box::new(code)),
        address: "walk+{}@example.com".to_owned(),
    }
}
