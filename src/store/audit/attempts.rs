//! The entries of the audit log: the operation and the outcome of each call to Cognito.

use std::net::IpAddr;

use icu_locale_core::Locale;
use serde_json::Value as Json;

use crate::{
    registration::Consent,
    store::{
        audit::{short_id, stored_attempt::StoredAttempt},
        keys::Keys,
        requests::prior::Memory,
    },
};

/// Maximum age of an id, in milliseconds, when its row is written. An attempt that waited longer
/// for the database gets a new id, because the rows of a seal must have similar ids.
pub(in crate::store) const MAX_AGE: i64 = 60 * 60 * 1000;

/// The operation of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// `POST /register`.
    Register,
    /// `POST /register/confirm`.
    Confirm,
    /// `POST /register/resend`.
    Resend,
}

/// An entry of the audit log before it is stored. The store replaces names and addresses with
/// digests.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The operation.
    pub operation: Operation,
    /// The `X-Request-Id` of the response.
    pub request_id: String,
    /// Effect of the call on the account.
    pub outcome: &'static str,
    /// The `code` or `status` of the response.
    pub code: &'static str,
    /// The account's `sub`.
    pub user_sub: Option<String>,
    /// The id that Cognito gave to the call.
    pub cognito_request_id: Option<String>,
    /// The email address, or the phone number if there is no email address.
    pub recipient: Option<String>,
    /// The user name.
    pub username: Option<String>,
    /// The address of the client.
    pub address: Option<IpAddr>,
    /// The first language of `Accept-Language`.
    pub locale: Option<String>,
    /// The documents that the user agreed to.
    pub consents: Vec<Consent>,
}

/// The kind of a row. Each kind has its own seals and retention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Kind {
    /// Rows about a changed account or a consent.
    Accounts,
    /// All other rows.
    Rejections,
}

impl Kind {
    pub(in crate::store) fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Rejections => "rejections",
        }
    }
}

impl Operation {
    /// Returns the name of the operation in the audit log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Confirm => "confirm",
            Self::Resend => "resend",
        }
    }

    /// Returns the outcome of a request that changed nothing.
    #[must_use]
    pub fn rejected(self) -> &'static str {
        match self {
            Self::Register => "not_created",
            Self::Confirm => "not_confirmed",
            Self::Resend => "not_sent",
        }
    }
}

impl Attempt {
    pub(in crate::store) fn kind(&self) -> Kind {
        let may_have_changed_an_account =
            self.operation != Operation::Resend && self.outcome != self.operation.rejected();
        if may_have_changed_an_account || !self.consents.is_empty() {
            Kind::Accounts
        } else {
            Kind::Rejections
        }
    }

    /// Returns the row to store. `id` is the id of the intent, or 0 if there is no intent.
    pub(in crate::store) fn row(
        self,
        keys: &Keys,
        id: i64,
        memory: Option<Memory>,
    ) -> StoredAttempt {
        let column = |id: Option<String>| id.map(|id| short_id::to_column(&id));
        let is_same = self.recipient == self.username;
        StoredAttempt {
            id,
            operation: self.operation.as_str().into(),
            outcome: self.outcome.into(),
            code: self.code.into(),
            memory: memory.map(Memory::as_column),
            request_id: column(Some(self.request_id)),
            user_sub: column(self.user_sub),
            cognito_request_id: column(self.cognito_request_id),
            username: self.username.filter(|_| !is_same).map(|username| keys.name(&username)),
            recipient: self.recipient.map(|recipient| keys.name(&recipient)),
            address: self.address.map(|address| match address.to_canonical() {
                IpAddr::V4(v4) => keys.digest("address", &[&v4.octets()]),
                IpAddr::V6(v6) => keys.digest("address", &[&v6.octets()]),
            }),
            // Clients may write anything into a header.
            locale: self.locale.and_then(language_tag),
            consents: (!self.consents.is_empty()).then(|| {
                let consents = self.consents.into_iter();
                let entries = consents.map(|consent| (consent.document, consent.version.into()));
                Json::Object(entries.collect()).to_string()
            }),
            ..StoredAttempt::default()
        }
    }
}

/// Returns a language tag, or its language if the tag is too long or not valid as a whole. `Locale`
/// does not know the extended languages of BCP 47, such as `zh-yue`.
fn language_tag(mut tag: String) -> Option<String> {
    let is_valid = |tag: &str| tag.len() <= 35 && Locale::try_from_str(tag).is_ok();
    if !is_valid(&tag) {
        tag.truncate(tag.find('-')?);
    }
    is_valid(&tag).then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_a_language_tag_or_its_language() {
        let long = format!("de-x{}", "-abcdefgh".repeat(4));
        for (tag, expected) in [
            ("de", Some("de")),
            ("zh-Hant-TW", Some("zh-Hant-TW")),
            ("zh-yue", Some("zh")),
            ("zh-cmn-Hans-CN", Some("zh")),
            (&long, Some("de")),
            ("de-\u{1b}[2J", Some("de")),
            ("d\u{1b}-DE", None),
            ("-yue", None),
            ("", None),
            ("1", None),
        ] {
            assert_eq!(language_tag(tag.to_owned()).as_deref(), expected, "{tag:?}");
        }
    }
}
