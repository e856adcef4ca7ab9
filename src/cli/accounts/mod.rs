//! `vestibule accounts`: what operators ask of the pool, with AWS credentials.

mod row;

use std::{
    fmt::Write as _,
    io::{self, Write},
    process::ExitCode,
    time::{Duration, SystemTime},
};

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use humantime::format_duration;
use tokio::time::{Interval, MissedTickBehavior, interval};

use self::row::{Fate, Row};
use super::print;
use crate::{
    app::EndSignals,
    cognito::{Accounts, AccountsError, Unconfirmed},
    config::Config,
};

/// As long as a code lives: until then somebody may still be looking for the mail.
const LEAST_AGE: Duration = Duration::from_hours(24);

/// Cognito's quotas are for all that a deployment does.
const MOST_A_SECOND: f64 = 50.0;

/// What a command exits with that Ctrl-C has stopped, as shells have it.
const STOPPED: u8 = 130;

#[derive(Debug, Subcommand)]
pub(super) enum AccountsCommand {
    /// Lists the accounts that nobody confirmed, and deletes them, so that they stand in
    /// nobody's way.
    Unconfirmed(UnconfirmedArguments),
}

#[derive(Debug, Args)]
pub(super) struct UnconfirmedArguments {
    /// Accounts that were created longer ago than this, such as 7d; at least 1d.
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Duration,
    /// Says what would be deleted.
    #[arg(long)]
    delete: bool,
    /// Does it, for good; each account is looked at again right before.
    #[arg(long, requires = "delete")]
    yes: bool,
    /// How fast: pages of the list, and accounts to be deleted, such as 5/s or 30/m.
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
        let mut work =
            Work { accounts, arguments, before, rate, signals: EndSignals::listen()?, stop: false };
        let stale = work.list().await?;
        let pool = &config.cognito.user_pool_id;
        if work.arguments.yes && !work.stop {
            return work.delete(&stale, pool).await;
        }
        let age = format_duration(work.arguments.older_than);
        let counted = counted(stale.len());
        work.say(&match (work.stop, work.arguments.delete) {
            (true, _) => format!("Stopped; {counted} until then, and nothing was deleted."),
            (false, true) => format!(
                "To be deleted, for good, from {pool}: {counted} that nobody confirmed in {age}. Say --yes to do it."
            ),
            (false, false) => format!("{counted} in {pool} that nobody confirmed in {age}."),
        })?;
        Ok(work.code())
    }
}

struct Work {
    accounts: Accounts,
    arguments: UnconfirmedArguments,
    before: SystemTime,
    rate: Interval,
    signals: EndSignals,
    /// Whether somebody wants it to end.
    stop: bool,
}

impl Work {
    /// Lists what is stale, page by page; prints it, unless it is printed as it is deleted.
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
            let is_stale = |account: &Unconfirmed| account.is_stale(self.before);
            for account in page.accounts.into_iter().filter(is_stale) {
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

    /// Deletes one after the other. Ctrl-C ends it between two, and a second one at once.
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
        let mut sentence = format!("Deleted from {pool}: {}.", counted(deleted));
        if kept > 0 {
            let _ = write!(sentence, " Kept: {kept}, confirmed or changed since they were listed.");
        }
        if left > 0 {
            let why = if ended.is_ok() { "Stopped" } else { "Failed" };
            let _ = write!(sentence, " {why} with {left} left.");
        }
        self.say(&sentence)?;
        ended?;
        Ok(self.code())
    }

    /// Nothing where somebody wants it to end.
    async fn delete_next(&mut self, account: &Unconfirmed) -> Result<Option<Fate>, AccountsError> {
        tokio::select! {
            biased;
            () = self.signals.next(), if !self.stop => self.stop = true,
            _ = self.rate.tick(), if !self.stop => {}
            else => {}
        }
        if self.stop {
            return Ok(None);
        }
        let mut step = Box::pin(delete(&self.accounts, account, self.before));
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

    /// A sentence for people.
    fn say(&self, sentence: &str) -> anyhow::Result<()> {
        match self.arguments.format {
            Format::Text => print(&format!("{sentence}\n")),
            Format::Json => Ok(writeln!(io::stderr(), "{sentence}")?),
        }
    }

    fn code(&self) -> ExitCode {
        if self.stop { ExitCode::from(STOPPED) } else { ExitCode::SUCCESS }
    }
}

/// Looks at the account again, and deletes it if it is still what was listed. Cognito has no way
/// to do both at once; what is between them are milliseconds.
async fn delete(
    accounts: &Accounts,
    account: &Unconfirmed,
    before: SystemTime,
) -> Result<Fate, AccountsError> {
    match accounts.look_again(account).await? {
        Some(found) if found.is_stale(before) => {
            accounts.delete(&found).await?;
            Ok(Fate::Deleted)
        }
        _ => Ok(Fate::Kept),
    }
}

fn counted(accounts: usize) -> String {
    if accounts == 1 { "1 account".to_owned() } else { format!("{accounts} accounts") }
}

fn age(typed: &str) -> Result<Duration, String> {
    let age = humantime::parse_duration(typed)
        .map_err(|_| "this is no duration, such as 7d".to_owned())?;
    if age < LEAST_AGE {
        return Err("at least 1d: so long somebody may still confirm with the code".to_owned());
    }
    Ok(age)
}

/// From `5/s` to the time between two.
fn pace(typed: &str) -> Result<Duration, String> {
    let wrong = || "this is no rate from 1/m to 50/s, such as 5/s or 30/m".to_owned();
    let (count, unit) = typed.split_once('/').ok_or_else(wrong)?;
    let count: u16 = count.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => 1.0,
        "m" => 60.0,
        _ => return Err(wrong()),
    };
    if count == 0 || f64::from(count) / seconds > MOST_A_SECOND {
        return Err(wrong());
    }
    Ok(Duration::from_secs_f64(seconds / f64::from(count)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_ages_and_rates_as_people_type_them() {
        for (typed, expected) in [
            ("7d", Some(7 * 24)),
            ("1d", Some(24)),
            ("2weeks", Some(14 * 24)),
            ("23h 59m", None),
            ("0s", None),
            ("week", None),
            ("-7d", None),
        ] {
            assert_eq!(age(typed).ok(), expected.map(Duration::from_hours), "{typed}");
        }
        for (typed, expected) in [
            ("5/s", Some(200)),
            ("50/s", Some(20)),
            ("30/m", Some(2000)),
            ("1/m", Some(60_000)),
            ("3000/m", Some(20)),
            ("51/s", None),
            ("0/s", None),
            ("5", None),
            ("5/h", None),
            ("-1/s", None),
            ("1.5/s", None),
        ] {
            assert_eq!(pace(typed).ok(), expected.map(Duration::from_millis), "{typed}");
        }
    }
}
