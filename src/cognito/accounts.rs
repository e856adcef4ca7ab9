//! Accounts that wait to be confirmed, as an administrator sees them: with AWS credentials.

use std::{error::Error as StdError, fmt, time::SystemTime};

use aws_sdk_cognitoidentityprovider::{
    Client,
    config::retry::RetryConfig,
    error::{ProvideErrorMetadata, SdkError},
    operation::admin_get_user::AdminGetUserOutput,
    primitives::DateTime,
    types::{AttributeType, UserStatusType, UserType},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use thiserror::Error;

use super::{
    aws::{environment, pool_config, reason, region},
    connect_error::ConnectError,
};
use crate::config;

/// The most that `ListUsers` tells at once.
const PAGE: i32 = 60;

/// How often a call is sent. These may be sent again whatever became of them, with pauses that
/// the SDK makes longer each time: throttling is what they meet.
const TRIES: u32 = 5;

/// The accounts of the pool.
#[derive(Clone, Debug)]
pub struct Accounts {
    client: Client,
    user_pool_id: String,
}

/// An account that waits to be confirmed.
#[derive(Clone, PartialEq, Eq)]
pub struct Unconfirmed {
    /// The account's own name.
    pub username: String,
    /// Its `sub`.
    pub sub: String,
    /// When it was created.
    pub created: SystemTime,
    /// When it was last changed, where the pool tells.
    pub modified: Option<SystemTime>,
    /// Its email address.
    pub email: Option<String>,
    /// Its phone number.
    pub phone_number: Option<String>,
    /// Whether no administrator has disabled it.
    pub enabled: bool,
}

/// Some of the accounts.
#[derive(Debug)]
pub struct Page {
    /// Those that wait to be confirmed; there may be more also where these are none.
    pub accounts: Vec<Unconfirmed>,
    /// What the next page is asked for with.
    pub next: Option<String>,
}

/// Why the pool did not do what an administrator asked of it.
#[derive(Debug, Error)]
#[error("the pool refused cognito-idp:{operation}, or could not be asked: {reason}")]
pub struct AccountsError {
    operation: &'static str,
    reason: String,
}

impl Accounts {
    /// With the AWS credentials of this machine.
    ///
    /// # Errors
    /// Where nothing says the region.
    pub async fn open(settings: &config::Cognito) -> Result<Self, ConnectError> {
        let region = region(settings).await?;
        let mut builder = pool_config(settings, &region);
        builder
            .set_credentials_provider(environment(Some(&region)).await.credentials_provider())
            .set_retry_config(Some(RetryConfig::standard().with_max_attempts(TRIES)));
        let client = Client::from_conf(builder.build());
        Ok(Self { client, user_pool_id: settings.user_pool_id.clone() })
    }

    /// A page of the accounts that wait to be confirmed, the first one without a token.
    ///
    /// # Errors
    /// Where the pool does not tell.
    pub async fn page(&self, token: Option<String>) -> Result<Page, AccountsError> {
        let answer = self
            .client
            .list_users()
            .user_pool_id(&self.user_pool_id)
            .filter("cognito:user_status = \"UNCONFIRMED\"")
            .limit(PAGE)
            .set_pagination_token(token)
            .send()
            .await
            .map_err(|error| AccountsError::of("ListUsers", &error))?;
        let accounts = answer.users.unwrap_or_default().into_iter().filter_map(listed).collect();
        Ok(Page { accounts, next: answer.pagination_token })
    }

    /// The account as it is now, if it still waits to be confirmed.
    ///
    /// # Errors
    /// Where the pool does not tell.
    pub async fn look_again(
        &self,
        account: &Unconfirmed,
    ) -> Result<Option<Unconfirmed>, AccountsError> {
        let answer = self
            .client
            .admin_get_user()
            .user_pool_id(&self.user_pool_id)
            .username(&account.username)
            .send()
            .await;
        match answer {
            Ok(found) => Ok(looked_at(found).filter(|found| found.sub == account.sub)),
            Err(error) if is_unknown_user(&error) => Ok(None),
            Err(error) => Err(AccountsError::of("AdminGetUser", &error)),
        }
    }

    /// Deletes an account, for good.
    ///
    /// # Errors
    /// Where the pool does not.
    pub async fn delete(&self, account: &Unconfirmed) -> Result<(), AccountsError> {
        let answer = self
            .client
            .admin_delete_user()
            .user_pool_id(&self.user_pool_id)
            .username(&account.username)
            .send()
            .await;
        match answer {
            // An earlier try of this call may have deleted it.
            Err(error) if !is_unknown_user(&error) => {
                Err(AccountsError::of("AdminDeleteUser", &error))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

impl Unconfirmed {
    /// Whether it only stands in somebody's way: nobody confirmed it in time, and nothing was
    /// changed of late. One that an administrator has disabled is meant to stand there. Whether a
    /// new code counts as a change is not documented.
    #[must_use]
    pub fn is_stale(&self, before: SystemTime, untouched_since: SystemTime) -> bool {
        let is_untouched = self.modified.is_none_or(|modified| modified < untouched_since);
        self.enabled && self.created < before && is_untouched
    }

    fn new(
        username: String,
        attributes: &[AttributeType],
        [created, modified]: [Option<DateTime>; 2],
        status: Option<&UserStatusType>,
        enabled: bool,
    ) -> Option<Self> {
        let attribute = |wanted: &str| {
            let found = attributes.iter().find(|attribute| attribute.name() == wanted)?;
            found.value().filter(|value| !value.is_empty()).map(str::to_owned)
        };
        if status != Some(&UserStatusType::Unconfirmed) {
            return None;
        }
        Some(Self {
            sub: attribute("sub")?,
            created: SystemTime::try_from(created?).ok()?,
            modified: modified.and_then(|modified| SystemTime::try_from(modified).ok()),
            email: attribute("email"),
            phone_number: attribute("phone_number"),
            username,
            enabled,
        })
    }
}

/// Nothing where it is not what was asked for, or does not say how old it is.
fn listed(user: UserType) -> Option<Unconfirmed> {
    let attributes = user.attributes.unwrap_or_default();
    let times = [user.user_create_date, user.user_last_modified_date];
    Unconfirmed::new(user.username?, &attributes, times, user.user_status.as_ref(), user.enabled)
}

fn looked_at(user: AdminGetUserOutput) -> Option<Unconfirmed> {
    let attributes = user.user_attributes.unwrap_or_default();
    let times = [user.user_create_date, user.user_last_modified_date];
    Unconfirmed::new(user.username, &attributes, times, user.user_status.as_ref(), user.enabled)
}

fn is_unknown_user<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    error.code() == Some("UserNotFoundException")
}

impl AccountsError {
    /// With what AWS says of it, or else what happened on the way there, in one line.
    fn of<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        Self { operation, reason: reason(error) }
    }
}

impl fmt::Debug for Unconfirmed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Unconfirmed").field("sub", &self.sub).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_what_nobody_confirmed_and_nobody_disabled_is_stale() {
        let now = SystemTime::now();
        let sub = AttributeType::builder().name("sub").value("79e74176").build().unwrap();
        let hours_ago = |hours| now - Duration::from_hours(hours);
        for (case, status, created, modified, enabled, expected) in [
            ("old", UserStatusType::Unconfirmed, Some(25), Some(25), true, Some(true)),
            ("young", UserStatusType::Unconfirmed, Some(23), Some(23), true, Some(false)),
            (
                "old and changed of late",
                UserStatusType::Unconfirmed,
                Some(49),
                Some(1),
                true,
                Some(false),
            ),
            (
                "old and never changed",
                UserStatusType::Unconfirmed,
                Some(49),
                None,
                true,
                Some(true),
            ),
            ("disabled", UserStatusType::Unconfirmed, Some(25), Some(25), false, Some(false)),
            ("confirmed", UserStatusType::Confirmed, Some(25), Some(25), true, None),
            (
                "made by an administrator",
                UserStatusType::ForceChangePassword,
                Some(25),
                Some(25),
                true,
                None,
            ),
            ("of no age", UserStatusType::Unconfirmed, None, None, true, None),
        ] {
            let user = UserType::builder()
                .username("ada")
                .attributes(sub.clone())
                .set_user_create_date(created.map(|hours| hours_ago(hours).into()))
                .set_user_last_modified_date(modified.map(|hours| hours_ago(hours).into()))
                .user_status(status)
                .enabled(enabled);

            let account = listed(user.build());

            let is_stale = account.map(|account| account.is_stale(hours_ago(24), hours_ago(24)));
            assert_eq!(is_stale, expected, "{case}");
        }
    }
}
