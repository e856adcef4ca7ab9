//! Accounts that this deployment's database has seen in the last 24 hours.
//!
//! Cognito does not document that a new code changes anything about an account, so its dates may be
//! old although the user has just requested one. The audit log has that request.

use std::{
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use tokio::task::spawn_blocking;

use super::typed::MIN_AGE;
use crate::{
    cognito::Unconfirmed,
    config::Config,
    store::{AuditLog, StoreError, SubjectQuery},
};

pub(super) enum Recent {
    /// Nothing is deleted.
    NotWanted,
    /// The database is unavailable, for this reason.
    Unknown(String),
    Known(Box<RecentAttempts>),
}

/// The audit log. It blocks, so it is used and dropped on other threads.
pub(super) struct RecentAttempts {
    /// `None` while it is in use.
    log: Option<AuditLog>,
}

impl Recent {
    /// Opens the audit log, if there is one.
    pub(super) async fn open(config: &Config) -> Self {
        match AuditLog::open(config).await {
            Ok(log) => Self::Known(Box::new(RecentAttempts { log: Some(log) })),
            Err(error) => {
                let text = error.to_string();
                Self::Unknown(text.split_whitespace().collect::<Vec<_>>().join(" "))
            }
        }
    }

    /// Returns why the audit log is unavailable.
    pub(super) fn unknown(&self) -> Option<&str> {
        match self {
            Self::Unknown(reason) => Some(reason.trim_end_matches('.')),
            Self::NotWanted | Self::Known(_) => None,
        }
    }

    /// Returns whether there was an attempt with this account while its last code may be valid.
    pub(super) async fn knows(&mut self, account: &Unconfirmed) -> anyhow::Result<bool> {
        let Self::Known(attempts) = self else { return Ok(false) };
        let since = SystemTime::now() - MIN_AGE;
        let since = since.duration_since(UNIX_EPOCH).map_or(0, as_milliseconds);
        let mut queries: Vec<SubjectQuery> = names(account).map(SubjectQuery::Name).collect();
        queries.push(SubjectQuery::Account(account.sub.clone()));
        attempts
            .with_log(move |log| {
                for query in &queries {
                    if log.has_since(query, since)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            })
            .await
    }

    /// Deletes what the database remembers of an account that was deleted.
    pub(super) async fn forget(&mut self, account: &Unconfirmed) -> anyhow::Result<()> {
        let Self::Known(attempts) = self else { return Ok(()) };
        let names: Vec<String> = names(account).chain([account.sub.clone()]).collect();
        attempts
            .with_log(move |log| names.iter().try_for_each(|name| log.forget_recipients(name)))
            .await
    }
}

impl RecentAttempts {
    async fn with_log<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut AuditLog) -> Result<T, StoreError> + Send + 'static,
    ) -> anyhow::Result<T> {
        let mut log = self.log.take().context("the audit log is closed")?;
        let (log, result) = spawn_blocking(move || {
            let result = work(&mut log);
            (log, result)
        })
        .await?;
        self.log = Some(log);
        Ok(result?)
    }
}

impl Drop for RecentAttempts {
    fn drop(&mut self) {
        if let Some(log) = self.log.take() {
            let _ = thread::spawn(move || drop(log)).join();
        }
    }
}

/// Returns the names of an account.
fn names(account: &Unconfirmed) -> impl Iterator<Item = String> {
    let names = [Some(&account.username), account.email.as_ref(), account.phone_number.as_ref()];
    names.into_iter().flatten().cloned().collect::<Vec<_>>().into_iter()
}

fn as_milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
