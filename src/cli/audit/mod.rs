//! `vestibule audit`: the audit log for operators and auditors.

mod export;
mod verify;

use std::{
    io::{self, BufWriter, ErrorKind, Stdout, Write},
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::anyhow;
use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use tokio::task::spawn_blocking;

use self::{export::ExportArguments, verify::VerifyArguments};
use super::output::print;
use crate::{
    config::{Config, LoadError},
    registration::{Email, PhoneNumber, Rules, Username},
    store::{AuditLog, OutputFormat, StoreError, SubjectQuery},
};

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Prints the attempts of a user, the oldest first.
    Show {
        #[command(flatten)]
        subject: Subject,
        /// The X-Request-Id of a response.
        #[arg(long, group = "Subject")]
        request_id: Option<String>,
        /// Format of the output.
        #[arg(long, value_parser = output_format(), default_value = "text")]
        format: OutputFormat,
    },
    /// Prints all attempts of a period, the oldest first.
    Export(ExportArguments),
    /// Erases the attempts of a user and the consents in them (GDPR, article 17).
    Erase {
        #[command(flatten)]
        subject: Subject,
        /// Erases the attempts. Without this option, the command prints their number.
        #[arg(long)]
        yes: bool,
    },
    /// Verifies that the audit log is intact. Exits with 0 for an intact log, with 4 for an altered
    /// log, and with 1 for an unreadable log. Exits with 3 if a service wrote a part of the log
    /// with another `database.key`.
    Verify(VerifyArguments),
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Subject {
    /// An email address or a phone number.
    #[arg(long)]
    recipient: Option<String>,
    /// A user name.
    #[arg(long)]
    username: Option<String>,
    /// The account's sub.
    #[arg(long)]
    user_sub: Option<String>,
}

impl AuditCommand {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        match self {
            Self::Show { subject, request_id, format } => {
                let query = match request_id {
                    Some(id) => SubjectQuery::Request(id),
                    None => subject.query(config)?,
                };
                with_log(config, move |log| {
                    let found = log.find(&query, 0)?;
                    until_closed(|out| log.show(&found, format, out))
                })
                .await
            }
            Self::Export(arguments) => arguments.run(config).await,
            Self::Erase { subject, yes } => {
                let query = subject.query(config)?;
                with_log(config, move |log| erase(log, &query, yes)).await
            }
            Self::Verify(arguments) => arguments.run(config).await,
        }
    }
}

/// Opens the audit log and runs a command on a thread that may block.
async fn with_log(
    config: &Config,
    command: impl FnOnce(&mut AuditLog) -> anyhow::Result<ExitCode> + Send + 'static,
) -> anyhow::Result<ExitCode> {
    let mut log = AuditLog::open(config).await?;
    spawn_blocking(move || command(&mut log)).await?
}

fn output_format() -> impl TypedValueParser<Value = OutputFormat> {
    PossibleValuesParser::new(["text", "json"])
        .map(|value| if value == "text" { OutputFormat::Text } else { OutputFormat::Json })
}

fn erase(log: &mut AuditLog, query: &SubjectQuery, yes: bool) -> anyhow::Result<ExitCode> {
    let found = log.find(query, 0)?;
    if !yes {
        print(&format!("To be erased permanently: {found}. Pass --yes to erase.\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let erased = log.erase(&found, milliseconds(SystemTime::now()))?;
    print(&format!("Erased: {erased}.\n"))?;
    if erased.altered > 0 {
        print(&format!(
            "Altered before the erasure: {}. `vestibule audit verify` reports these attempts.\n",
            erased.altered
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes to standard output. A closed pipe, as in `vestibule audit show … | head`, is no error.
fn until_closed(
    write: impl FnOnce(&mut BufWriter<Stdout>) -> Result<(), StoreError>,
) -> anyhow::Result<ExitCode> {
    let mut out = BufWriter::new(io::stdout());
    match write(&mut out).and_then(|()| Ok(out.flush()?)) {
        Err(StoreError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => {
            // Prevents the drop of the buffer from writing the rest.
            let _ = out.into_parts();
        }
        written => written?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Subject {
    /// Normalises the subject as the service normalises forms.
    fn query(self, config: &Config) -> anyhow::Result<SubjectQuery> {
        if let Some(typed) = self.recipient {
            let canonical = if typed.contains('@') {
                Email::parse(&typed).map(|email| email.as_str().to_owned())
            } else {
                PhoneNumber::parse(&typed).map(|number| number.as_str().to_owned())
            };
            return canonical.map(SubjectQuery::Name).map_err(|_| {
                anyhow!("--recipient: not an email address or a phone number with its calling code. Use a recipient such as ada@example.com or +14155550100.")
            });
        }
        if let Some(typed) = self.username {
            let rules = Rules::new(&config.registration)
                .map_err(|error| LoadError::new(error.to_string()))?;
            return Username::of_account(&typed, &rules)
                .map(|username| SubjectQuery::Name(username.as_str().to_owned()))
                .map_err(|_| anyhow!("--username: no account can have this user name. Check registration.username, or pass --user-sub."));
        }
        Ok(SubjectQuery::Account(self.user_sub.unwrap_or_default()))
    }
}

/// Parses a time, or a duration before now. Returns milliseconds since 1970.
fn time(typed: &str) -> Result<i64, String> {
    if let Ok(time) = typed.parse::<Timestamp>() {
        return Ok(time.as_millisecond());
    }
    // Only a date may lack a zone, because a time without a zone is ambiguous.
    if typed.len() == "2026-11-01".len()
        && let Ok(date) = typed.parse::<Date>()
    {
        let midnight = date.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?;
        return Ok(midnight.timestamp().as_millisecond());
    }
    let ago = humantime::parse_duration(typed).map_err(|_| {
        "not a time or a duration. Use a time such as 2026-11-01 or 2026-11-01T10:00:00Z, or a duration such as 7d.".to_owned()
    })?;
    let ago = i64::try_from(ago.as_millis()).unwrap_or(i64::MAX);
    Ok(milliseconds(SystemTime::now()).saturating_sub(ago))
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_times_and_durations() {
        for (typed, expected) in [
            ("1970-01-02", Some(86_400_000)),
            ("1970-01-01T00:00:01Z", Some(1000)),
            ("1970-01-01T01:00:01.5+01:00", Some(1500)),
            ("1970-01-01T00:00:01", None),
            ("1970-02-30", None),
            ("yesterday", None),
            ("", None),
        ] {
            let read = time(typed);

            match expected {
                Some(expected) => assert_eq!(read, Ok(expected), "{typed}"),
                None => assert!(read.is_err(), "{typed}: {read:?}"),
            }
        }
        let week_ago = milliseconds(SystemTime::now()) - 7 * 86_400_000;
        assert!((week_ago - 10_000..=week_ago + 10_000).contains(&time("7d").unwrap()));
    }
}
