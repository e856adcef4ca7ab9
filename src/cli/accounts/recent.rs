//! Whom this deployment's ledger has seen of late.
//!
//! Cognito does not document that a new code changes anything about an account, so that its dates
//! may be old although somebody has just asked for one. The ledger knows.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::typed::MIN_AGE;
use crate::{
    cognito::Unconfirmed,
    config::Config,
    store::{Books, Whose},
};

pub(super) enum Recent {
    /// Nothing is deleted.
    NotWanted,
    /// The ledger cannot be asked, for this reason.
    Unknown(String),
    Known(Box<Books>),
}

impl Recent {
    /// The ledger may be elsewhere, or there may be none.
    pub(super) async fn open(config: &Config) -> Self {
        match open(config).await {
            Ok(books) => Self::Known(Box::new(books)),
            Err(error) => {
                let text = format!("{error:#}");
                Self::Unknown(text.split_whitespace().collect::<Vec<_>>().join(" "))
            }
        }
    }

    /// Why nobody knows.
    pub(super) fn unknown(&self) -> Option<&str> {
        match self {
            Self::Unknown(reason) => Some(reason.trim_end_matches('.')),
            Self::NotWanted | Self::Known(_) => None,
        }
    }

    /// Whether somebody was at this account while the last code may still be good.
    pub(super) async fn knows(&mut self, account: &Unconfirmed) -> anyhow::Result<bool> {
        let Self::Known(books) = self else { return Ok(false) };
        let since = SystemTime::now() - MIN_AGE;
        let since = since.duration_since(UNIX_EPOCH).map_or(0, as_milliseconds);
        let names =
            [Some(&account.username), account.email.as_ref(), account.phone_number.as_ref()];
        let persons = names.into_iter().flatten().cloned().map(Whose::Person);
        for whose in persons.chain([Whose::Account(account.sub.clone())]) {
            if books.find(&whose).await?.last().is_some_and(|last| last >= since) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

async fn open(config: &Config) -> anyhow::Result<Books> {
    Ok(Books::open(config).await?)
}

fn as_milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
