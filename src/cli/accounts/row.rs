//! An unconfirmed account as a line of output.

use jiff::Timestamp;
use serde::Serialize;

use crate::cognito::Unconfirmed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deletion {
    Deleted,
    /// An account that was confirmed, changed or deleted, or got a new code, after the listing.
    Kept,
}

#[derive(Serialize)]
pub(super) struct Row<'a> {
    sub: &'a str,
    created: String,
    has_email: bool,
    has_phone_number: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(flatten)]
    personal: Option<Personal<'a>>,
}

#[derive(Serialize)]
struct Personal<'a> {
    username: &'a str,
    email: Option<&'a str>,
    phone_number: Option<&'a str>,
}

impl<'a> Row<'a> {
    pub(super) fn new(
        account: &'a Unconfirmed,
        deletion: Option<Deletion>,
        shows_personal_data: bool,
    ) -> Self {
        let created = Timestamp::try_from(account.created);
        let created = created.and_then(|time| Timestamp::from_second(time.as_second()));
        let outcome = deletion.map(|deletion| match deletion {
            Deletion::Deleted => "deleted",
            Deletion::Kept => "kept",
        });
        let personal = Personal {
            username: &account.username,
            email: account.email.as_deref(),
            phone_number: account.phone_number.as_deref(),
        };
        Self {
            sub: &account.sub,
            created: created.map(|time| time.to_string()).unwrap_or_default(),
            has_email: account.email.is_some(),
            has_phone_number: account.phone_number.is_some(),
            outcome,
            personal: shows_personal_data.then_some(personal),
        }
    }

    /// Returns a line. Escapes personal data, which may contain control characters.
    pub(super) fn text(&self) -> String {
        let has = match (self.has_email, self.has_phone_number) {
            (true, true) => "email, phone",
            (true, false) => "email",
            (false, true) => "phone",
            (false, false) => "neither",
        };
        let mut columns = vec![self.sub.to_owned(), self.created.clone(), format!("{has:<12}")];
        columns.extend(self.outcome.map(|outcome| format!("{outcome:<7}")));
        if let Some(Personal { username, email, phone_number }) = &self.personal {
            let texts = [Some(*username), *email, *phone_number].into_iter().flatten();
            columns.extend(texts.map(|text| text.escape_debug().to_string()));
        }
        format!("{}\n", columns.join("  ").trim_end())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn shows_personal_data_on_request_only() {
        let account = Unconfirmed {
            username: "ada\u{1b}[2J".to_owned(),
            sub: "79e74176".to_owned(),
            created: SystemTime::UNIX_EPOCH + Duration::from_millis(1500),
            modified: None,
            email: Some("ada@example.com".to_owned()),
            phone_number: None,
            enabled: true,
        };

        let masked = Row::new(&account, Some(Deletion::Kept), false);
        let shown = Row::new(&account, None, true);

        assert_eq!(masked.text(), "79e74176  1970-01-01T00:00:01Z  email         kept\n");
        assert_eq!(
            serde_json::to_string(&masked).unwrap(),
            r#"{"sub":"79e74176","created":"1970-01-01T00:00:01Z","has_email":true,"has_phone_number":false,"outcome":"kept"}"#
        );
        let line = shown.text();
        assert!(line.ends_with("email         ada\\u{1b}[2J  ada@example.com\n"), "{line}");
        let json = serde_json::to_value(&shown).unwrap();
        assert_eq!(json["email"], "ada@example.com");
        assert_eq!(json["phone_number"], serde_json::Value::Null);
    }
}
