//! `ListUsers`, `AdminGetUser` and `AdminDeleteUser`: accounts as administrators see them.

use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use super::{
    SignIn,
    account::{Account, Name},
    answer::Refusal,
    attributes,
    call::Call,
    describe,
    state::PoolState,
};

/// The most users that one call is told of.
const MOST: usize = 60;

/// A page of users. It is cut before the filter is asked, so that a page with few users or none
/// may have others behind it, as in Cognito.
pub(super) fn list(state: &PoolState, call: &Call) -> Result<Value, Refusal> {
    describe::check_pool(state.settings(), call)?;
    let limit = call.limit.unwrap_or(MOST);
    if !(1..=MOST).contains(&limit) {
        return Err(Refusal::invalid_parameter(format!(
            "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value less than or equal to {MOST}"
        )));
    }
    let filter = call.filter.as_deref().map(Filter::parse).transpose()?;
    let start = match &call.pagination_token {
        None => 0,
        Some(token) => token
            .parse::<usize>()
            .map_err(|_| Refusal::invalid_parameter("Invalid pagination token."))?,
    };
    let sign_in = state.settings().sign_in;
    Ok(state.with(|records| {
        let now = records.now();
        let shown = |(name, account): (&Name, &Account)| {
            let user = User { name, account, sign_in };
            let is_wanted = filter.as_ref().is_none_or(|filter| filter.takes(&user));
            is_wanted.then(|| user.view("Attributes", user.since(now)))
        };
        let page = records.page(start, limit);
        let mut answer = json!({"Users": page.accounts.filter_map(shown).collect::<Vec<_>>()});
        if page.has_more {
            answer["PaginationToken"] = (start + limit).to_string().into();
        }
        answer
    }))
}

/// One user.
pub(super) fn get(state: &PoolState, call: &Call) -> Result<Value, Refusal> {
    describe::check_pool(state.settings(), call)?;
    let sign_in = state.settings().sign_in;
    state.with(|records| {
        let now = records.now();
        let (name, account) = records.account(call.username()).ok_or_else(unknown)?;
        let user = User { name, account, sign_in };
        Ok(user.view("UserAttributes", user.since(now)))
    })
}

/// Deletes a user, for good.
pub(super) fn delete(state: &PoolState, call: &Call) -> Result<Value, Refusal> {
    describe::check_pool(state.settings(), call)?;
    state.with(|records| records.delete(call.username()).then(|| json!({})).ok_or_else(unknown))
}

fn unknown() -> Refusal {
    Refusal::new("UserNotFoundException", "User does not exist.")
}

struct User<'a> {
    name: &'a Name,
    account: &'a Account,
    sign_in: SignIn,
}

impl User<'_> {
    /// Where the user name stands for an attribute, the account's own name is its sub.
    fn username(&self) -> &str {
        match attributes::username_attribute(self.sign_in) {
            Some(_) => &self.account.sub,
            None => &self.name.username,
        }
    }

    /// When it was created, in seconds since 1970 by everybody's clock: the pool's may be ahead,
    /// and an account is as old as the pool says.
    fn since(&self, now: std::time::Instant) -> f64 {
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

/// `cognito:user_status = "UNCONFIRMED"`, or with `^=` for how a value begins.
struct Filter {
    attribute: String,
    value: String,
    is_prefix: bool,
}

impl Filter {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let wrong = || Refusal::invalid_parameter("Error while parsing filter.");
        let (left, right) = text.split_once('=').ok_or_else(wrong)?;
        let (attribute, is_prefix) = match left.strip_suffix('^') {
            Some(attribute) => (attribute, true),
            None => (left, false),
        };
        let unquoted = |text: &str| text.trim().trim_matches('"').to_owned();
        let is_quoted = |text: &str| text.len() > 1 && text.starts_with('"') && text.ends_with('"');
        if !is_quoted(right.trim()) {
            return Err(wrong());
        }
        Ok(Self { attribute: unquoted(attribute), value: unquoted(right), is_prefix })
    }

    fn takes(&self, user: &User<'_>) -> bool {
        let held = match self.attribute.as_str() {
            "username" => user.username(),
            "sub" => &user.account.sub,
            "cognito:user_status" => user.account.status(),
            "status" => "Enabled",
            name => user.account.attributes.get(name).map_or("", String::as_str),
        };
        if self.is_prefix { held.starts_with(&self.value) } else { held == self.value }
    }
}
