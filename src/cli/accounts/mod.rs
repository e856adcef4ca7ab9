//! `vestibule accounts`: administration of the accounts in the pool, with AWS credentials.

mod arguments;
mod recent;
mod row;

use std::{
    process::ExitCode,
    time::{Duration, SystemTime},
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use tokio::time::{Interval, MissedTickBehavior, interval};

use self::{
    arguments::{MIN_AGE, age, rate},
    recent::RecentCodes,
    row::{Deletion, Row},
};
use super::{
    output::{print, print_error},
    progress::Progress,
};
use crate::{
    app::{EndSignal, EndSignals},
    cognito::{Accounts, Unconfirmed},
    config::Config,
};

#[derive(Debug, Subcommand)]
pub(super) enum AccountsCommand {
    /// Lists the accounts that users never confirmed, and deletes them with --delete --yes.
    Unconfirmed(UnconfirmedArguments),
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct UnconfirmedArguments {
    /// Minimum age of the accounts, such as 7d. At least 1d.
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Duration,
    /// Selects the accounts for deletion. Deletes nothing without --yes.
    #[arg(long)]
    delete: bool,
    /// Deletes the accounts permanently. The command reads each account again before the deletion.
    #[arg(long, requires = "delete")]
    yes: bool,
    /// Deletes the accounts even if the database is unavailable. The database has the recent
    /// requests for new codes.
    #[arg(long, requires = "yes")]
    without_database: bool,
    /// Maximum rate of requests for pages of the list, and of deletions, such as 5/s or 30/m.
    #[arg(long, value_name = "RATE", value_parser = rate, default_value = "5/s")]
    rate: Duration,
    /// Format of the output.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Also prints user names, email addresses and phone numbers.
    #[arg(long)]
    show_personal_data: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// One line for each account.
    Text,
    /// One JSON object per line for each account. The summary goes to standard error.
    #[value(alias = "jsonl")]
    Json,
}

impl AccountsCommand {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        let Self::Unconfirmed(arguments) = self;
        let accounts = Accounts::open(&config.cognito).await?;
        let mut rate = interval(arguments.rate);
        rate.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let before = SystemTime::now()
            .checked_sub(arguments.older_than)
            .context("--older-than: the duration is too long. Use a shorter duration.")?;
        let untouched_since = SystemTime::now() - MIN_AGE;
        let recent =
            if arguments.delete { RecentCodes::open(config).await } else { RecentCodes::default() };
        if let Some(reason) = &recent.unavailable
            && arguments.yes
            && !arguments.without_database
        {
            bail!(
                "the command deleted nothing: the audit log, which has the requests for new codes in the last 24 hours, is unavailable: {reason}. Pass --without-database to delete without the audit log."
            );
        }
        let mut sweep = Sweep {
            accounts,
            arguments,
            before,
            untouched_since,
            recent,
            skipped: 0,
            rate,
            signals: EndSignals::listen()?,
            stopped_by: None,
            progress: Progress::spinner("Listing"),
        };
        let stale = sweep.list().await?;
        let pool = &config.cognito.user_pool_id;
        if sweep.arguments.yes && sweep.stopped_by.is_none() {
            return sweep.delete(&stale, pool).await;
        }
        let count = count(stale.len());
        let sentences = match (sweep.stopped_by.is_some(), sweep.arguments.delete) {
            (true, _) => vec![format!(
                "Stopped. Found so far in {pool}: {count}. The command deleted no account. The next run begins at the first page."
            )],
            (false, true) => {
                let listed = format!("To be deleted permanently from {pool}: {count}.");
                [vec![listed], sweep.notes(), vec!["Pass --yes to delete.".to_owned()]].concat()
            }
            (false, false) => vec![format!("Found in {pool}: {count}.")],
        };
        sweep.summarize(&sentences)?;
        Ok(sweep.code())
    }
}

struct Sweep {
    accounts: Accounts,
    arguments: UnconfirmedArguments,
    before: SystemTime,
    untouched_since: SystemTime,
    recent: RecentCodes,
    /// Number of accounts with an attempt in the last 24 hours that sent a code or may have sent a
    /// code.
    skipped: usize,
    rate: Interval,
    signals: EndSignals,
    stopped_by: Option<EndSignal>,
    progress: Progress,
}

impl Sweep {
    /// Lists the stale accounts, one page at a time. Prints them unless `--yes` is set.
    async fn list(&mut self) -> anyhow::Result<Vec<Unconfirmed>> {
        let mut stale = Vec::new();
        let mut token = None;
        for pages in 1.. {
            let page = async {
                self.rate.tick().await;
                self.accounts.page(token.take()).await
            };
            let page = tokio::select! {
                page = page => page?,
                signal = self.signals.next() => {
                    self.stopped_by = Some(signal);
                    break;
                }
            };
            let (before, since) = (self.before, self.untouched_since);
            let is_stale = |account: &Unconfirmed| account.is_stale(before, since);
            for account in page.accounts.into_iter().filter(is_stale) {
                if self.recent.has_code(&account).await? {
                    self.skipped += 1;
                    continue;
                }
                if !self.arguments.yes {
                    self.print(&account, None)?;
                }
                stale.push(account);
            }
            self.progress.set(stale.len(), format!("{pages} pages, {}", count(stale.len())));
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        Ok(stale)
    }

    /// Deletes the accounts, one at a time. A signal stops the command after the current account. A
    /// second signal stops the command immediately.
    async fn delete(&mut self, stale: &[Unconfirmed], pool: &str) -> anyhow::Result<ExitCode> {
        let (mut deleted, mut kept) = (0, 0);
        let mut result = Ok(());
        self.progress = Progress::bar("Deleting", stale.len() as u64);
        for account in stale {
            match self.delete_next(account).await {
                Ok(Some(deletion)) => {
                    match deletion {
                        Deletion::Deleted => deleted += 1,
                        Deletion::Kept => kept += 1,
                    }
                    self.print(account, Some(deletion))?;
                    self.progress.set(deleted + kept, count(deleted));
                }
                Ok(None) => break,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        let left = stale.len() - deleted - kept;
        let mut sentences = vec![format!("Deleted from {pool}: {}.", count(deleted))];
        if kept > 0 {
            sentences.push(format!(
                "Kept: {kept}, confirmed, changed or deleted after the listing, or with a new code."
            ));
        }
        if left > 0 {
            let ending = if result.is_ok() { "Stopped" } else { "Failed" };
            sentences
                .push(format!("{ending} with {left} left. Run the command again to continue."));
        }
        sentences.extend(self.notes());
        self.summarize(&sentences)?;
        result?;
        Ok(self.code())
    }

    /// Deletes an account when `--rate` allows it. Returns `None` if a signal stopped the command.
    async fn delete_next(&mut self, account: &Unconfirmed) -> anyhow::Result<Option<Deletion>> {
        tokio::select! {
            biased;
            signal = self.signals.next(), if self.stopped_by.is_none() => {
                self.stopped_by = Some(signal);
            }
            _ = self.rate.tick(), if self.stopped_by.is_none() => {}
            else => {}
        }
        if self.stopped_by.is_some() {
            return Ok(None);
        }
        let times = [self.before, self.untouched_since];
        let mut step = Box::pin(delete(&self.accounts, account, times, &mut self.recent));
        loop {
            tokio::select! {
                deletion = &mut step => return deletion.map(Some),
                signal = self.signals.next() => {
                    if self.stopped_by.replace(signal).is_some() {
                        return Ok(None);
                    }
                }
            }
        }
    }

    fn print(&self, account: &Unconfirmed, deletion: Option<Deletion>) -> anyhow::Result<()> {
        let row = Row::new(account, deletion, self.arguments.show_personal_data);
        let text = match self.arguments.format {
            Format::Text => row.text(),
            Format::Json => format!("{}\n", serde_json::to_string(&row)?),
        };
        self.progress.suspend(|| print(&text))
    }

    fn notes(&self) -> Vec<String> {
        let skipped = (self.skipped > 0).then(|| {
            format!(
                "Skipped: {}, with an attempt in the last 24 hours that sent a code or may have sent a code.",
                self.skipped
            )
        });
        let unavailable = self.recent.unavailable.as_ref().map(|reason| {
            format!(
                "The audit log is unavailable: {reason}. Some of these users may have requested a new code."
            )
        });
        [skipped, unavailable].into_iter().flatten().collect()
    }

    /// Prints sentences, to standard error if the output is JSON.
    fn summarize(&self, sentences: &[String]) -> anyhow::Result<()> {
        let text = format!("{}\n", sentences.join(" "));
        self.progress.suspend(|| match self.arguments.format {
            Format::Text => print(&text),
            Format::Json => {
                print_error(&text);
                Ok(())
            }
        })
    }

    fn code(&self) -> ExitCode {
        self.stopped_by.map_or(ExitCode::SUCCESS, |signal| ExitCode::from(signal.exit_code()))
    }
}

/// Reads the account again, and deletes it if it is still stale and has no recent code.
///
/// The command misses a change between the two calls, because Cognito has no conditional deletion.
async fn delete(
    accounts: &Accounts,
    account: &Unconfirmed,
    [before, untouched_since]: [SystemTime; 2],
    recent: &mut RecentCodes,
) -> anyhow::Result<Deletion> {
    let found = accounts.read_again(account).await?;
    let Some(found) = found.filter(|found| found.is_stale(before, untouched_since)) else {
        return Ok(Deletion::Kept);
    };
    if recent.has_code(&found).await? {
        return Ok(Deletion::Kept);
    }
    accounts.delete(&found).await?;
    recent.forget(&found).await?;
    Ok(Deletion::Deleted)
}

fn count(accounts: usize) -> String {
    let plural = if accounts == 1 { "" } else { "s" };
    format!("{accounts} unconfirmed account{plural}")
}
