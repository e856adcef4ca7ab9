//! `vestibule accounts`: work on the accounts of the pool, with AWS credentials.

mod recent;
mod row;
mod typed;

use std::{
    io::{self, Write},
    process::ExitCode,
    time::{Duration, SystemTime},
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use humantime::format_duration;
use tokio::time::{Interval, MissedTickBehavior, interval};

use self::{
    recent::Recent,
    row::{Fate, Row},
    typed::{MIN_AGE, age, pace},
};
use super::output::print;
use crate::{
    app::EndSignals,
    cognito::{Accounts, Unconfirmed},
    config::Config,
};

/// Exit code of a command that Ctrl-C has stopped, as in a shell.
const STOPPED: u8 = 130;

#[derive(Debug, Subcommand)]
pub(super) enum AccountsCommand {
    /// Lists the accounts that were never confirmed, and deletes them.
    Unconfirmed(UnconfirmedArguments),
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct UnconfirmedArguments {
    /// Minimum age of the accounts, such as 7d; at least 1d.
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Duration,
    /// Prints what would be deleted.
    #[arg(long)]
    delete: bool,
    /// Deletes them, for good. Each account is read again right before.
    #[arg(long, requires = "delete")]
    yes: bool,
    /// Deletes them even if the database cannot tell which accounts requested a new code.
    #[arg(long, requires = "yes")]
    without_database: bool,
    /// Rate of requests for pages of the list, and of deletions, such as 5/s or 30/m.
    #[arg(long, value_name = "RATE", value_parser = pace, default_value = "5/s")]
    rate: Duration,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Prints user names, email addresses and phone numbers, too.
    #[arg(long)]
    show_personal_data: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// One line for each account.
    Text,
    /// One JSON object in a line for each account, and sentences on standard error.
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
            .context("--older-than: nothing is that old")?;
        let untouched_since = SystemTime::now() - MIN_AGE;
        let recent = if arguments.delete { Recent::open(config).await } else { Recent::NotWanted };
        if let Some(reason) = recent.unknown()
            && arguments.yes
            && !arguments.without_database
        {
            bail!(
                "nothing was deleted: the database cannot tell which accounts requested a new code in the last 24 hours: {reason}. Pass --without-database to delete nevertheless."
            );
        }
        let mut work = Work {
            accounts,
            arguments,
            before,
            untouched_since,
            recent,
            spared: 0,
            rate,
            signals: EndSignals::listen()?,
            stop: false,
        };
        let stale = work.list().await?;
        let pool = &config.cognito.user_pool_id;
        if work.arguments.yes && !work.stop {
            return work.delete(&stale, pool).await;
        }
        let age = format_duration(work.arguments.older_than);
        let counted = counted(stale.len());
        let sentences = match (work.stop, work.arguments.delete) {
            (true, _) => vec![format!("Stopped; {counted} until then, and nothing was deleted.")],
            (false, true) => {
                let listed = format!(
                    "To be deleted, for good, from {pool}: {counted} that nobody confirmed in {age}."
                );
                [vec![listed], work.recently(), vec!["Pass --yes to delete.".to_owned()]].concat()
            }
            (false, false) => vec![format!("{counted} in {pool} that nobody confirmed in {age}.")],
        };
        work.say(&sentences)?;
        Ok(work.code())
    }
}

struct Work {
    accounts: Accounts,
    arguments: UnconfirmedArguments,
    before: SystemTime,
    untouched_since: SystemTime,
    recent: Recent,
    /// Accounts that are kept, because of an attempt in the last 24 hours.
    spared: usize,
    rate: Interval,
    signals: EndSignals,
    /// `true` after a signal.
    stop: bool,
}

impl Work {
    /// Lists the stale accounts, one page at a time. Prints them, unless they are printed as they
    /// are deleted.
    async fn list(&mut self) -> anyhow::Result<Vec<Unconfirmed>> {
        let mut stale = Vec::new();
        let mut token = None;
        loop {
            let page = async {
                self.rate.tick().await;
                self.accounts.page(token.take()).await
            };
            let page = tokio::select! {
                page = page => page?,
                () = self.signals.next() => {
                    self.stop = true;
                    return Ok(stale);
                }
            };
            let (before, since) = (self.before, self.untouched_since);
            let is_stale = |account: &Unconfirmed| account.is_stale(before, since);
            for account in page.accounts.into_iter().filter(is_stale) {
                if self.recent.knows(&account).await? {
                    self.spared += 1;
                    continue;
                }
                if !self.arguments.yes {
                    self.print(&account, None)?;
                }
                stale.push(account);
            }
            token = page.next;
            if token.is_none() {
                return Ok(stale);
            }
        }
    }

    /// Deletes one account after the other. Ctrl-C ends it between two, and a second one at once.
    async fn delete(&mut self, stale: &[Unconfirmed], pool: &str) -> anyhow::Result<ExitCode> {
        let (mut deleted, mut kept) = (0, 0);
        let mut ended = Ok(());
        for account in stale {
            match self.delete_next(account).await {
                Ok(Some(fate)) => {
                    match fate {
                        Fate::Deleted => deleted += 1,
                        Fate::Kept => kept += 1,
                    }
                    self.print(account, Some(fate))?;
                }
                Ok(None) => break,
                Err(error) => {
                    ended = Err(error);
                    break;
                }
            }
        }
        let left = stale.len() - deleted - kept;
        let mut sentences = vec![format!("Deleted from {pool}: {}.", counted(deleted))];
        if kept > 0 {
            sentences.push(format!("Kept: {kept}, confirmed or changed since they were listed."));
        }
        if left > 0 {
            let why = if ended.is_ok() { "Stopped" } else { "Failed" };
            sentences.push(format!("{why} with {left} left."));
        }
        sentences.extend(self.recently());
        self.say(&sentences)?;
        ended?;
        Ok(self.code())
    }

    /// Returns `None` after a signal.
    async fn delete_next(&mut self, account: &Unconfirmed) -> anyhow::Result<Option<Fate>> {
        tokio::select! {
            biased;
            () = self.signals.next(), if !self.stop => self.stop = true,
            _ = self.rate.tick(), if !self.stop => {}
            else => {}
        }
        if self.stop {
            return Ok(None);
        }
        let times = [self.before, self.untouched_since];
        let mut step = Box::pin(delete(&self.accounts, account, times, &mut self.recent));
        loop {
            tokio::select! {
                fate = &mut step => return fate.map(Some),
                () = self.signals.next() => {
                    if self.stop {
                        return Ok(None);
                    }
                    self.stop = true;
                }
            }
        }
    }

    fn print(&self, account: &Unconfirmed, fate: Option<Fate>) -> anyhow::Result<()> {
        let row = Row::new(account, fate, self.arguments.show_personal_data);
        match self.arguments.format {
            Format::Text => print(&row.text()),
            Format::Json => print(&format!("{}\n", serde_json::to_string(&row)?)),
        }
    }

    /// Returns sentences about the accounts that the database has seen.
    fn recently(&self) -> Vec<String> {
        let spared = self.spared;
        let spared = (spared > 0)
            .then(|| format!("Skipped: {spared}, with an attempt in the last 24 hours."));
        let unknown = self.recent.unknown().map(|reason| {
            format!(
                "Some of them may have requested a new code, because the database was not read: {reason}."
            )
        });
        [spared, unknown].into_iter().flatten().collect()
    }

    /// Prints sentences, to standard error if the output is JSON.
    fn say(&self, sentences: &[String]) -> anyhow::Result<()> {
        let text = format!("{}\n", sentences.join(" "));
        match self.arguments.format {
            Format::Text => print(&text),
            Format::Json => Ok(io::stderr().write_all(text.as_bytes())?),
        }
    }

    fn code(&self) -> ExitCode {
        if self.stop { ExitCode::from(STOPPED) } else { ExitCode::SUCCESS }
    }
}

/// Reads the account again, and deletes it if it is still stale. Cognito cannot do both at once, so
/// a change in the milliseconds between them is missed.
async fn delete(
    accounts: &Accounts,
    account: &Unconfirmed,
    [before, untouched_since]: [SystemTime; 2],
    recent: &mut Recent,
) -> anyhow::Result<Fate> {
    let found = accounts.look_again(account).await?;
    let Some(found) = found.filter(|found| found.is_stale(before, untouched_since)) else {
        return Ok(Fate::Kept);
    };
    if recent.knows(&found).await? {
        return Ok(Fate::Kept);
    }
    accounts.delete(&found).await?;
    recent.forget(&found).await?;
    Ok(Fate::Deleted)
}

fn counted(accounts: usize) -> String {
    if accounts == 1 { "1 account".to_owned() } else { format!("{accounts} accounts") }
}
