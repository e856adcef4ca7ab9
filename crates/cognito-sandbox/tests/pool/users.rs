//! Accounts as administrators see them, through the SDK.

use std::time::{Duration, SystemTime};

use super::{SignIn, Stage, attribute, outcome};

const POOL: &str = "eu-central-1_Sandbox01";

impl Stage {
    /// Returns the user names that match a filter, or the exception.
    async fn found(&self, filter: &str) -> Result<Vec<String>, String> {
        let response = self.client.list_users().user_pool_id(POOL).filter(filter).send().await;
        let users =
            response.map_err(|error| outcome::<(), _>(Err(error)))?.users.unwrap_or_default();
        Ok(users.into_iter().filter_map(|user| user.username).collect())
    }
}

#[tokio::test]
async fn finds_users_by_status_and_attribute() {
    let stage = Stage::start(SignIn::Alias).await;
    for name in ["ada", "adam", "eve"] {
        let email = attribute("email", &format!("{name}@example.com"));
        stage.sign_up(name).user_attributes(email).send().await.unwrap();
    }
    stage.confirm("eve", &stage.code("eve")).send().await.unwrap();
    for (filter, expected) in [
        ("cognito:user_status = \"UNCONFIRMED\"", Ok(&["ada", "adam"][..])),
        ("cognito:user_status=\"CONFIRMED\"", Ok(&["eve"])),
        ("\"username\" ^= \"ada\"", Ok(&["ada", "adam"])),
        ("username = \"ada\"", Ok(&["ada"])),
        ("email = \"eve@example.com\"", Ok(&["eve"])),
        ("status = \"Enabled\"", Ok(&["ada", "adam", "eve"])),
        ("email = eve", Err("InvalidParameterException: Error while parsing filter.")),
        ("email", Err("InvalidParameterException: Error while parsing filter.")),
    ] {
        let found = stage.found(filter).await;

        let expected = expected.map(|names| names.iter().map(ToString::to_string).collect());
        assert_eq!(found, expected.map_err(ToOwned::to_owned), "{filter}");
    }
}

#[tokio::test]
async fn the_age_of_an_account_follows_the_pools_clock_and_deletion_frees_its_name() {
    let stage = Stage::start(SignIn::Email).await;
    let ada = "ada@example.com";
    let sub = stage.sign_up(ada).send().await.unwrap().user_sub().to_owned();
    stage.pool.state().advance(Duration::from_hours(48));

    let shown = stage.client.admin_get_user().user_pool_id(POOL).username(ada).send().await;
    let delete = || stage.client.admin_delete_user().user_pool_id(POOL).username(&sub).send();
    let deleted = outcome(delete().await);
    let again = outcome(delete().await);
    let gone = stage.client.admin_get_user().user_pool_id(POOL).username(ada).send().await;

    let shown = shown.unwrap();
    let created = SystemTime::try_from(*shown.user_create_date().unwrap()).unwrap();
    let hours = created.elapsed().unwrap().as_secs() / 3600;
    assert_eq!(
        (shown.username(), hours),
        (&*sub, 48),
        "the user name is the sub, and the account is two days old"
    );
    assert_eq!(shown.user_status().unwrap().as_str(), "UNCONFIRMED");
    assert_eq!(deleted, "ok");
    assert_eq!(again, "UserNotFoundException: User does not exist.");
    assert_eq!(outcome(gone), "UserNotFoundException: User does not exist.");
    assert_eq!(outcome(stage.sign_up(ada).send().await), "ok");
}

#[tokio::test]
async fn applies_the_filter_after_pagination() {
    let stage = Stage::start(SignIn::Email).await;
    for number in 0..5 {
        stage.sign_up(&format!("ada{number}@example.com")).send().await.unwrap();
    }
    for number in 2..4 {
        let ada = format!("ada{number}@example.com");
        stage.confirm(&ada, &stage.code(&ada)).send().await.unwrap();
    }
    let mut sizes = Vec::new();
    let mut token = None;
    loop {
        let page = stage
            .client
            .list_users()
            .user_pool_id(POOL)
            .filter("cognito:user_status = \"UNCONFIRMED\"")
            .limit(2)
            .set_pagination_token(token)
            .send()
            .await
            .unwrap();
        sizes.push(page.users().len());
        token = page.pagination_token;
        if token.is_none() {
            break;
        }
    }

    assert_eq!(sizes, [2, 0, 1]);
}
