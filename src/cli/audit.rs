//! `vestibule audit`: the audit log for operators and auditors.

use std::{
    fs,
    io::{self, BufWriter, ErrorKind, Write},
    path::PathBuf,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, anyhow};
use clap::{Args, Subcommand, ValueEnum};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::output::print;
use crate::{
    config::{Config, LoadError},
    registration::{Email, PhoneNumber, Rules, Username},
    store::{Books, ExpectedEnds, ExportFormat, ShowFormat, StoreError, Whose},
};

/// What `verify` exits with where nothing was found, but not everything can be verified.
const UNVERIFIABLE: u8 = 3;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Prints the attempts of a user, the oldest first.
    Show {
        #[command(flatten)]
        whose: AnyOf,
        #[arg(long, value_enum, default_value = "text")]
        format: ShowArgument,
    },
    /// Prints all attempts of a period, the oldest first.
    Export {
        /// From then on: 2026-11-01, 2026-11-01T10:00:00Z, or 7d for the last seven days.
        #[arg(long, value_name = "TIME", value_parser = time)]
        since: i64,
        /// Until before then; now if it is not given.
        #[arg(long, value_name = "TIME", value_parser = time)]
        until: Option<i64>,
        #[arg(long, value_enum)]
        format: ExportArgument,
    },
    /// Erases the attempts of a user, with their consents (GDPR, article 17).
    Erase {
        #[command(flatten)]
        whose: OneOf,
        /// Erases them. Without it their number is printed.
        #[arg(long)]
        yes: bool,
    },
    /// Verifies that the audit log is intact: exits with 0 if it is, with 1 if it is not, and with
    /// 3 if some of it was written with another `database.key`.
    Verify {
        /// The output of an earlier run. Finds a database that was replaced by an older copy.
        #[arg(long, value_name = "FILE")]
        expect: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct AnyOf {
    /// An email address or a phone number.
    #[arg(long)]
    recipient: Option<String>,
    /// A user name.
    #[arg(long)]
    username: Option<String>,
    /// The account's sub.
    #[arg(long)]
    user_sub: Option<String>,
    /// The X-Request-Id of an answer.
    #[arg(long)]
    request_id: Option<String>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct OneOf {
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

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ShowArgument {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ExportArgument {
    Csv,
    Jsonl,
}

impl AuditCommand {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        match self {
            Self::Show { whose, format } => show(config, &whose.whose(config)?, format).await,
            Self::Export { since, until, format } => export(config, since, until, format).await,
            Self::Erase { whose, yes } => erase(config, &whose.whose(config)?, yes).await,
            Self::Verify { expect } => verify(config, expect).await,
        }
    }
}

async fn show(config: &Config, whose: &Whose, format: ShowArgument) -> anyhow::Result<ExitCode> {
    let mut books = open(config).await?;
    let found = books.find(whose).await?;
    let format = match format {
        ShowArgument::Text => ShowFormat::Text,
        ShowArgument::Json => ShowFormat::Json,
    };
    let mut out = BufWriter::new(io::stdout().lock());
    until_nobody_reads(books.show(&found, format, &mut out).await.and_then(|()| Ok(out.flush()?)))
}

async fn export(
    config: &Config,
    since: i64,
    until: Option<i64>,
    format: ExportArgument,
) -> anyhow::Result<ExitCode> {
    let mut books = open(config).await?;
    let until = until.unwrap_or_else(|| milliseconds(SystemTime::now()));
    let format = match format {
        ExportArgument::Csv => ExportFormat::Csv,
        ExportArgument::Jsonl => ExportFormat::JsonLines,
    };
    let mut out = BufWriter::new(io::stdout().lock());
    let exported = books.export(since, until, format, &mut out).await;
    until_nobody_reads(exported.and_then(|()| Ok(out.flush()?)))
}

async fn erase(config: &Config, whose: &Whose, yes: bool) -> anyhow::Result<ExitCode> {
    let mut books = open(config).await?;
    let found = books.find(whose).await?;
    if !yes {
        print(&format!("To be erased, for good: {found}. Pass --yes to erase.\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let erased = books.erase(&found).await?;
    print(&format!("Erased: {erased}.\n"))?;
    if erased.altered > 0 {
        print(&format!(
            "Altered before, so that `vestibule audit verify` will report them as missing: {}.\n",
            erased.altered
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn verify(config: &Config, expect: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let expected = match expect {
        Some(file) => {
            let shown = file.display();
            let text = fs::read_to_string(&file).with_context(|| format!("--expect: {shown}"))?;
            ExpectedEnds::read(&text)
                .with_context(|| format!("--expect: {shown} has no line chain:length:link"))?
        }
        None => ExpectedEnds::default(),
    };
    let mut books = open(config).await?;
    let mut out = Listened { out: BufWriter::new(io::stdout().lock()) };
    let verdict = books.verify(&expected, &mut out).await?;
    out.flush()?;
    Ok(match (verdict.findings, verdict.unverifiable) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(UNVERIFIABLE),
        _ => ExitCode::FAILURE,
    })
}

async fn open(config: &Config) -> anyhow::Result<Books> {
    Ok(Books::open(config).await?)
}

/// `vestibule audit export … | head` is no failure.
fn until_nobody_reads(written: Result<(), StoreError>) -> anyhow::Result<ExitCode> {
    match written {
        Err(StoreError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => {}
        written => written?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What is written while somebody reads. A verdict is reached also where nobody does any more.
struct Listened<W> {
    out: W,
}

impl<W: Write> Write for Listened<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.out.write(bytes) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.out.flush() {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}

impl AnyOf {
    fn whose(self, config: &Config) -> anyhow::Result<Whose> {
        let Self { recipient, username, user_sub, request_id } = self;
        match request_id {
            Some(id) => Ok(Whose::Request(id)),
            None => OneOf { recipient, username, user_sub }.whose(config),
        }
    }
}

impl OneOf {
    /// Written as a form would have it.
    fn whose(self, config: &Config) -> anyhow::Result<Whose> {
        if let Some(typed) = self.recipient {
            let canonical = if typed.contains('@') {
                Email::parse(&typed).map(|email| email.as_str().to_owned())
            } else {
                PhoneNumber::parse(&typed).map(|number| number.as_str().to_owned())
            };
            return canonical.map(Whose::Person).map_err(|_| {
                anyhow!("--recipient: this is neither an email address nor a phone number with its country code")
            });
        }
        if let Some(typed) = self.username {
            let rules = Rules::new(&config.registration)
                .map_err(|error| LoadError::new(error.to_string()))?;
            return Username::of_account(&typed, &rules)
                .map(|username| Whose::Person(username.as_str().to_owned()))
                .map_err(|_| anyhow!("--username: no account can have this user name"));
        }
        Ok(Whose::Account(self.user_sub.unwrap_or_default()))
    }
}

/// A time in milliseconds since 1970, of what people type.
fn time(typed: &str) -> Result<i64, String> {
    if let Ok(time) = typed.parse::<Timestamp>() {
        return Ok(time.as_millisecond());
    }
    // A time without its zone is no date.
    if typed.len() == "2026-11-01".len()
        && let Ok(date) = typed.parse::<Date>()
    {
        let midnight = date.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?;
        return Ok(midnight.timestamp().as_millisecond());
    }
    let ago = humantime::parse_duration(typed)
        .map_err(|_| "this is neither a time such as 2026-11-01 or 2026-11-01T10:00:00Z nor a duration such as 7d".to_owned())?;
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
    fn reads_times_as_people_type_them() {
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
