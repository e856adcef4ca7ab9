//! `ListUsers`, `AdminGetUser` and `AdminDeleteUser`.

use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use super::describe::check_pool;
use crate::{
    protocol::{call::Call, response::Exception},
    settings::SignIn,
    state::{
        account::{Account, User},
        pool_state::PoolState,
    },
};

const MAX: usize = 60;

/// Lists a page of users. As in Cognito, the filter applies to the page. A page with few or no
/// users may therefore have a next page.
pub(crate) fn list(state: &PoolState, call: &Call) -> Result<Value, Exception> {
    check_pool(state.settings(), call)?;
    let limit = call.limit.unwrap_or(MAX);
    if !(1..=MAX).contains(&limit) {
        return Err(Exception::invalid_parameter(format!(
            "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value less than or equal to {MAX}"
        )));
    }
    let filter = call.filter.as_deref().map(Filter::parse).transpose()?;
    let start = match &call.pagination_token {
        None => 0,
        Some(token) => token
            .parse::<usize>()
            .map_err(|_| Exception::invalid_parameter("Invalid pagination token."))?,
    };
    let sign_in = state.settings().sign_in;
    Ok(state.with(|records| {
        let now = records.now();
        let view = |(user, account): (&User, &Account)| {
            let listed = ListedUser { user, account, sign_in };
            let matches = filter.as_ref().is_none_or(|filter| filter.matches(&listed));
            matches.then(|| listed.view("Attributes", listed.created(now)))
        };
        let (accounts, has_more) = records.page(start, limit);
        let mut output = json!({"Users": accounts.filter_map(view).collect::<Vec<_>>()});
        if has_more {
            output["PaginationToken"] = (start + limit).to_string().into();
        }
        output
    }))
}

pub(crate) fn get(state: &PoolState, call: &Call) -> Result<Value, Exception> {
    check_pool(state.settings(), call)?;
    let sign_in = state.settings().sign_in;
    state.with(|records| {
        let now = records.now();
        let (user, account) = records.account(call.username()).ok_or_else(unknown)?;
        let listed = ListedUser { user, account, sign_in };
        Ok(listed.view("UserAttributes", listed.created(now)))
    })
}

pub(crate) fn delete(state: &PoolState, call: &Call) -> Result<Value, Exception> {
    check_pool(state.settings(), call)?;
    state.delete(call.username()).then(|| json!({})).ok_or_else(unknown)
}

fn unknown() -> Exception {
    Exception::new("UserNotFoundException", "User does not exist.")
}

/// A user as administrators see it.
struct ListedUser<'a> {
    user: &'a User,
    account: &'a Account,
    sign_in: SignIn,
}

impl ListedUser<'_> {
    /// Returns the internal user name, which is the `sub` if users sign in with an attribute.
    fn username(&self) -> &str {
        match self.sign_in.username_attribute() {
            Some(_) => &self.account.sub,
            None => &self.user.username,
        }
    }

    /// Returns the time of creation in seconds since 1970. The age comes from the pool's clock,
    /// which a test may advance.
    fn created(&self, now: std::time::Instant) -> f64 {
        let age = now.saturating_duration_since(self.account.created);
        UNIX_EPOCH.elapsed().unwrap_or_default().saturating_sub(age).as_secs_f64()
    }

    fn view(&self, attributes: &str, created: f64) -> Value {
        let mut list = vec![json!({"Name": "sub", "Value": self.account.sub})];
        let others = self.account.attributes.iter();
        list.extend(others.map(|(name, value)| json!({"Name": name, "Value": value})));
        json!({
            "Username": self.username(),
            attributes: list,
            "UserCreateDate": created,
            "UserLastModifiedDate": created,
            "Enabled": true,
            "UserStatus": self.account.status(),
        })
    }
}

/// A filter such as `cognito:user_status = "UNCONFIRMED"`, or with `^=` for a prefix.
struct Filter {
    attribute: String,
    value: String,
    is_prefix: bool,
}

impl Filter {
    fn parse(text: &str) -> Result<Self, Exception> {
        let invalid = || Exception::invalid_parameter("Error while parsing filter.");
        let (left, right) = text.split_once('=').ok_or_else(invalid)?;
        let (attribute, is_prefix) = match left.strip_suffix('^') {
            Some(attribute) => (attribute, true),
            None => (left, false),
        };
        let unquoted = |text: &str| text.trim().trim_matches('"').to_owned();
        let is_quoted = |text: &str| text.len() > 1 && text.starts_with('"') && text.ends_with('"');
        if !is_quoted(right.trim()) {
            return Err(invalid());
        }
        Ok(Self { attribute: unquoted(attribute), value: unquoted(right), is_prefix })
    }

    fn matches(&self, user: &ListedUser<'_>) -> bool {
        let value = match self.attribute.as_str() {
            "username" => user.username(),
            "sub" => &user.account.sub,
            "cognito:user_status" => user.account.status(),
            "status" => "Enabled",
            name => user.account.attributes.get(name).map_or("", String::as_str),
        };
        if self.is_prefix { value.starts_with(&self.value) } else { value == self.value }
    }
}
