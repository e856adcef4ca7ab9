//! Accounts to which this deployment sent a code in the last 24 hours.
//!
//! AWS does not document if a new code changes the dates of an account. The dates may be old
//! although the user has just requested a code. The audit log contains that request.

use std::{
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::task::spawn_blocking;

use super::arguments::MIN_AGE;
use crate::{
    cognito::Unconfirmed,
    config::Config,
    store::{AuditLog, StoreError},
};

/// The codes that the audit log contains. Other threads use and drop the log, which blocks.
#[derive(Default)]
pub(super) struct RecentCodes {
    /// `None` if the log is unavailable, not needed or in use.
    log: Option<AuditLog>,
    pub(super) unavailable: Option<String>,
}

impl RecentCodes {
    /// Opens the audit log, if it is available.
    pub(super) async fn open(config: &Config) -> Self {
        match AuditLog::open(config).await {
            Ok(log) => Self { log: Some(log), unavailable: None },
            Err(error) => {
                let text = error.to_string();
                let reason = text.split_whitespace().collect::<Vec<_>>().join(" ");
                Self { log: None, unavailable: Some(reason.trim_end_matches('.').to_owned()) }
            }
        }
    }

    /// Returns `true` if an attempt of the last 24 hours sent a code to this account or may
    /// have sent a code. This code may still be valid. Returns `false` if the log is unavailable.
    pub(super) async fn has_code(&mut self, account: &Unconfirmed) -> anyhow::Result<bool> {
        let since = SystemTime::now() - MIN_AGE;
        let since = since.duration_since(UNIX_EPOCH).map_or(0, as_milliseconds);
        let (names, sub) = (names(account).collect::<Vec<_>>(), account.sub.clone());
        self.with_log(move |log| log.has_code(&names, &sub, since)).await
    }

    /// Deletes the stored recipients of a deleted account from the database.
    pub(super) async fn forget(&mut self, account: &Unconfirmed) -> anyhow::Result<()> {
        let names: Vec<String> = names(account).chain([account.sub.clone()]).collect();
        self.with_log(move |log| names.iter().try_for_each(|name| log.delete_recipients(name)))
            .await
    }

    /// Runs `query` on a thread that may block. Returns the default if the log is unavailable.
    async fn with_log<T: Default + Send + 'static>(
        &mut self,
        query: impl FnOnce(&mut AuditLog) -> Result<T, StoreError> + Send + 'static,
    ) -> anyhow::Result<T> {
        let Some(mut log) = self.log.take() else { return Ok(T::default()) };
        let (log, result) = spawn_blocking(move || {
            let result = query(&mut log);
            (log, result)
        })
        .await?;
        self.log = Some(log);
        Ok(result?)
    }
}

impl Drop for RecentCodes {
    fn drop(&mut self) {
        if let Some(log) = self.log.take() {
            let _ = thread::spawn(move || drop(log)).join();
        }
    }
}

fn names(account: &Unconfirmed) -> impl Iterator<Item = String> {
    let names = [Some(&account.username), account.email.as_ref(), account.phone_number.as_ref()];
    names.into_iter().flatten().cloned().collect::<Vec<_>>().into_iter()
}

fn as_milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
