//! Unconfirmed accounts of the pool. The operations need AWS credentials.

use std::{fmt, time::SystemTime};

use aws_sdk_cognitoidentityprovider::{
    Client,
    config::retry::RetryConfig,
    error::{ProvideErrorMetadata, SdkError},
    operation::admin_get_user::AdminGetUserOutput,
    primitives::DateTime,
    types::{UserStatusType, UserType},
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use thiserror::Error;

use super::{
    aws::{environment, pool_config, reason, region},
    connect_error::ConnectError,
};
use crate::config;

/// Maximum number of accounts in a page of `ListUsers`.
const PAGE: i32 = 60;

/// Maximum number of tries of a call. All operations of this file are idempotent. The SDK waits
/// longer before each try.
const MAX_ATTEMPTS: u32 = 5;

/// The accounts of the pool.
#[derive(Clone, Debug)]
pub struct Accounts {
    client: Client,
    user_pool_id: String,
}

/// An unconfirmed account.
#[derive(Clone, PartialEq, Eq)]
pub struct Unconfirmed {
    /// The account's user name in the pool.
    pub username: String,
    /// The account's `sub`.
    pub sub: String,
    /// The time of the account's creation.
    pub created: SystemTime,
    /// The time of the account's last change. `None` if the pool did not return the time.
    pub modified: Option<SystemTime>,
    /// The account's email address.
    pub email: Option<String>,
    /// The account's phone number.
    pub phone_number: Option<String>,
    /// `false` if an administrator disabled the account.
    pub enabled: bool,
}

/// A page of unconfirmed accounts.
#[derive(Debug)]
pub struct Page {
    /// The accounts. The list may be empty although more pages follow.
    pub accounts: Vec<Unconfirmed>,
    /// The `PaginationToken` of the next page, or `None` on the last page.
    pub next: Option<String>,
}

/// A failed operation on the pool.
#[derive(Debug, Error)]
#[error("cognito-idp:{operation} failed: {reason}. Check the permissions of the credentials")]
pub struct AccountsError {
    operation: &'static str,
    reason: String,
}

impl Accounts {
    /// Creates an SDK client with the AWS credentials of the environment.
    ///
    /// # Errors
    /// Returns an error if neither the settings nor the environment names a region, or if the
    /// environment names another region than the pool's.
    pub async fn open(settings: &config::Cognito) -> Result<Self, ConnectError> {
        let region = region(settings).await?;
        let mut builder = pool_config(settings, &region);
        builder
            .set_credentials_provider(environment(Some(&region)).await.credentials_provider())
            .set_retry_config(Some(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS)));
        let client = Client::from_conf(builder.build());
        Ok(Self { client, user_pool_id: settings.user_pool_id.clone() })
    }

    /// Returns the page of unconfirmed accounts that this `PaginationToken` selects. Returns the
    /// first page for `None`.
    ///
    /// # Errors
    /// Returns an error if `ListUsers` fails.
    pub async fn page(&self, token: Option<String>) -> Result<Page, AccountsError> {
        let response = self
            .client
            .list_users()
            .user_pool_id(&self.user_pool_id)
            .filter("cognito:user_status = \"UNCONFIRMED\"")
            .limit(PAGE)
            .set_pagination_token(token)
            .send()
            .await
            .map_err(|error| AccountsError { operation: "ListUsers", reason: reason(&error) })?;
        let users = response.users.unwrap_or_default();
        let accounts = users.into_iter().filter_map(unconfirmed).collect();
        Ok(Page { accounts, next: response.pagination_token })
    }

    /// Reads an account again. Returns `None` if the account is now confirmed, deleted or replaced.
    ///
    /// # Errors
    /// Returns an error if `AdminGetUser` fails.
    pub async fn read_again(
        &self,
        account: &Unconfirmed,
    ) -> Result<Option<Unconfirmed>, AccountsError> {
        let response = self
            .client
            .admin_get_user()
            .user_pool_id(&self.user_pool_id)
            .username(&account.username)
            .send()
            .await;
        match response {
            Ok(user) => Ok(unconfirmed(listed(user)).filter(|user| user.sub == account.sub)),
            Err(error) if is_unknown_user(&error) => Ok(None),
            Err(error) => Err(AccountsError { operation: "AdminGetUser", reason: reason(&error) }),
        }
    }

    /// Deletes an account.
    ///
    /// # Errors
    /// Returns an error if `AdminDeleteUser` fails.
    pub async fn delete(&self, account: &Unconfirmed) -> Result<(), AccountsError> {
        let response = self
            .client
            .admin_delete_user()
            .user_pool_id(&self.user_pool_id)
            .username(&account.username)
            .send()
            .await;
        match response {
            // An earlier try of this call may have deleted the account.
            Err(error) if !is_unknown_user(&error) => {
                Err(AccountsError { operation: "AdminDeleteUser", reason: reason(&error) })
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

impl Unconfirmed {
    /// Returns `true` if the account is enabled, was created before `before`, and has no known
    /// change since `untouched_since`.
    ///
    /// A disabled account is not stale, because an administrator disabled it on purpose. AWS does
    /// not document if a new code counts as a change.
    #[must_use]
    pub fn is_stale(&self, before: SystemTime, untouched_since: SystemTime) -> bool {
        let is_untouched = self.modified.is_none_or(|modified| modified < untouched_since);
        self.enabled && self.created < before && is_untouched
    }
}

/// Converts a user of the pool. Returns `None` if the account has another status, or if Cognito
/// omitted its name, `sub` or creation date.
fn unconfirmed(user: UserType) -> Option<Unconfirmed> {
    if user.user_status != Some(UserStatusType::Unconfirmed) {
        return None;
    }
    let attributes = user.attributes.unwrap_or_default();
    let attribute = |name: &str| {
        let found = attributes.iter().find(|attribute| attribute.name() == name)?;
        found.value().filter(|value| !value.is_empty()).map(str::to_owned)
    };
    let time = |date: Option<DateTime>| SystemTime::try_from(date?).ok();
    Some(Unconfirmed {
        username: user.username?,
        sub: attribute("sub")?,
        created: time(user.user_create_date)?,
        modified: time(user.user_last_modified_date),
        email: attribute("email"),
        phone_number: attribute("phone_number"),
        enabled: user.enabled,
    })
}

/// Converts the output of `AdminGetUser` to the type that `ListUsers` returns.
fn listed(user: AdminGetUserOutput) -> UserType {
    UserType::builder()
        .username(user.username)
        .set_attributes(user.user_attributes)
        .set_user_create_date(user.user_create_date)
        .set_user_last_modified_date(user.user_last_modified_date)
        .set_user_status(user.user_status)
        .enabled(user.enabled)
        .build()
}

fn is_unknown_user<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    error.code() == Some("UserNotFoundException")
}

impl fmt::Debug for Unconfirmed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Unconfirmed").field("sub", &self.sub).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_sdk_cognitoidentityprovider::types::AttributeType;

    use super::*;

    #[test]
    fn only_old_enabled_unconfirmed_accounts_are_stale() {
        let now = SystemTime::now();
        let sub = AttributeType::builder().name("sub").value("79e74176").build().unwrap();
        let hours_ago = |hours| now - Duration::from_hours(hours);
        for (case, status, created, modified, enabled, expected) in [
            ("old", UserStatusType::Unconfirmed, Some(25), Some(25), true, Some(true)),
            ("young", UserStatusType::Unconfirmed, Some(23), Some(23), true, Some(false)),
            (
                "old and changed recently",
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
                "created by an administrator",
                UserStatusType::ForceChangePassword,
                Some(25),
                Some(25),
                true,
                None,
            ),
            ("without a creation date", UserStatusType::Unconfirmed, None, None, true, None),
        ] {
            let user = UserType::builder()
                .username("ada")
                .attributes(sub.clone())
                .set_user_create_date(created.map(|hours| hours_ago(hours).into()))
                .set_user_last_modified_date(modified.map(|hours| hours_ago(hours).into()))
                .user_status(status)
                .enabled(enabled);

            let account = unconfirmed(user.build());

            let is_stale = account.map(|account| account.is_stale(hours_ago(24), hours_ago(24)));
            assert_eq!(is_stale, expected, "{case}");
        }
    }
}
