//! `vestibule secret rotate`: walks an operator through add, roll and delete. Each step may be
//! interrupted and repeated, and says what it did and what comes next.

mod target;

use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::sleep;

use self::target::Target;
use super::print;
use crate::{
    cognito::{ActiveSecret, AppClient, ClientSecrets, Connection, made_after, new_secret},
    config::{self, Config, SecretSource},
    metrics::Metrics,
};

/// How long a secret that was added may take until the pool takes it.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(500);

const ROLL: &str = "Next, roll: have every replica read its secret again (SIGHUP, or wait for cognito.client_secret_refresh). One holds the new secret when its metric vestibule_client_secret_changed_timestamp_seconds is";

#[derive(Debug, Subcommand)]
pub(super) enum SecretCommand {
    /// Replaces the app client's secret while the service runs, in three steps: add, roll, delete.
    /// Without an option it shows where the rotation stands. Needs AWS credentials.
    Rotate(Rotate),
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "these are options of the command line")]
pub(super) struct Rotate {
    /// Adds a second secret to the app client and hands it over to where --to, --to-arn or --print
    /// says; nowhere, where the settings ask the pool for it.
    #[arg(long, conflicts_with = "delete_old")]
    add: bool,
    /// Writes the new secret to a file (mode 0600). One that exists is replaced if the settings
    /// read their secret from it; what it held is kept in FILE.previous.
    #[arg(long, value_name = "FILE", requires = "add", conflicts_with_all = ["to_arn", "print"])]
    to: Option<PathBuf>,
    /// Makes the new secret the current version of a secret of AWS Secrets Manager.
    #[arg(long, value_name = "ARN[#KEY]", requires = "add", conflicts_with = "print")]
    to_arn: Option<String>,
    /// Prints the new secret.
    #[arg(long, requires = "add")]
    print: bool,
    /// Deletes the older of two secrets, once the settings hold the newer.
    #[arg(long)]
    delete_old: bool,
    /// Does not ask before it deletes.
    #[arg(long, requires = "delete_old")]
    yes: bool,
}

impl SecretCommand {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        let Self::Rotate(rotate) = self;
        let client = AppClient::open(&config.cognito).await?;
        if rotate.add {
            let target = Target::of(&rotate, &config.cognito).await?;
            add(&client, &target, &config.cognito).await?;
        } else if rotate.delete_old {
            delete_old(&client, &config.cognito, rotate.yes).await?;
        } else {
            show(&client, &config.cognito).await?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Says how many secrets are active, which the settings hold, and what comes next.
async fn show(client: &AppClient, settings: &config::Cognito) -> anyhow::Result<()> {
    let active = active(client).await?;
    let held = held(settings).await?;
    let mut lines = vec![match active.len() {
        1 => "One secret is active:".to_owned(),
        count => format!("{count} secrets are active, the older one first:"),
    }];
    lines.extend(active.iter().map(|one| format!("  {}  made {}", one.id, time(one.made))));
    let primary_is_taken = taken(client, held.primary()).await?;
    lines.push("These settings hold:".to_owned());
    lines.push(format!("  {}: {}", place(settings), verdict(primary_is_taken)));
    if let Some(secondary) = held.secondary() {
        lines.push(format!("  the other one: {}", verdict(taken(client, secondary).await?)));
    }
    let next = match &active[..] {
        _ if !primary_is_taken => {
            "Next: give these settings a secret that the pool takes.".to_owned()
        }
        [_] => "Next: `vestibule secret rotate --add` with --to FILE, --to-arn ARN or --print.".to_owned(),
        _ if settings.client_secret_source().is_none() => {
            "Next: `vestibule secret rotate --delete-old`.".to_owned()
        }
        [older, newer, ..] if knows_it_holds_the_newer(&held, older) => format!(
            "The first that these settings hold is the newer one.\n{ROLL} {} or later. Then: `vestibule secret rotate --delete-old`.",
            newer.made
        ),
        _ => "Next: hand the newer secret to these settings and have every replica read it again; then `vestibule secret rotate --delete-old`.".to_owned(),
    };
    lines.push(next);
    print(&format!("{}\n", lines.join("\n")))
}

/// Adds a secret and hands it over. What an earlier run left is taken up where it ended.
async fn add(
    client: &AppClient,
    target: &Target,
    settings: &config::Cognito,
) -> anyhow::Result<()> {
    let active = active(client).await?;
    let older = active.first().context("the app client has no secret to replace")?;
    let left = match target.left_behind().await? {
        Some(left) if made_after(&left) == Some(older.made) => Some(left),
        // It was to replace one that is gone.
        Some(left) if !target.holds(&left).await? && taken(client, &left).await? => Some(left),
        Some(other) if made_after(&other).is_none() => {
            target.is_in_the_way()?;
            None
        }
        Some(_) | None => None,
    };
    let (new, added) = match left {
        Some(left) if taken(client, &left).await? => {
            print("An earlier run had added the new secret already.\n")?;
            (left, Added::Before)
        }
        _ if active.len() > 1 => bail!(
            "two secrets are active already, which is the most that Cognito allows; see `vestibule secret rotate`, and delete the older one (--delete-old) once the settings hold the newer"
        ),
        left => {
            let new = match left {
                Some(left) => left,
                None => {
                    new_secret(older).map_err(|_| anyhow!("the system gives no random bytes"))?
                }
            };
            // Kept before it is added: a secret that is active and that nobody knows would have to
            // be deleted by hand.
            target.keep(&new).await?;
            let id = client.add(&new).await.context(target.after_a_failure())?;
            print("A second secret was added to the app client.\n")?;
            (new, Added::Now(id))
        }
    };
    until_taken(client, &new, target).await?;
    let now = self::active(client).await?;
    is_ours_alone(&active, &now, added, target)?;
    let handed_over = target.hand_over(&new, settings).await?;
    print(&format!("{handed_over}\n"))?;
    let made = now.last().map_or(0, |newest| newest.made);
    match target {
        Target::Pool => print(
            "Next: `vestibule secret rotate --delete-old`. A replica whose secret is refused asks the pool again, and the request goes on.\n",
        ),
        Target::Print => print(&format!(
            "Next: put it where the settings have their secret, with the old one as the secondary.\n{ROLL} {made} or later. Then: `vestibule secret rotate --delete-old`.\n"
        )),
        Target::File(_) | Target::SecretsManager(_) => print(&format!(
            "{ROLL} {made} or later. Then: `vestibule secret rotate --delete-old`.\n"
        )),
    }
}

/// When the new secret was added.
enum Added {
    /// By an earlier run: the new secret is one of those that were active when this one began.
    Before,
    /// By this one, with this id where the pool told it.
    Now(Option<String>),
}

/// Whether nobody else has added or deleted a secret since this run began.
fn is_ours_alone(
    began_with: &[ActiveSecret],
    now: &[ActiveSecret],
    added: Added,
    target: &Target,
) -> anyhow::Result<()> {
    let mut foreign: Vec<&str> = now
        .iter()
        .filter(|secret| !began_with.contains(secret))
        .map(|secret| secret.id.as_str())
        .collect();
    match added {
        Added::Before => {}
        Added::Now(Some(id)) => foreign.retain(|foreign| *foreign != id),
        // The newest of them is the one.
        Added::Now(None) => drop(foreign.pop()),
    }
    if !foreign.is_empty() || began_with.iter().any(|secret| !now.contains(secret)) {
        bail!(
            "nothing was handed over: somebody else rotates the same secret, for the app client has others than this run began with and added; the new one is {}, and `vestibule secret rotate` shows what is active now",
            target.place_of_the_new_one()
        );
    }
    Ok(())
}

/// Deletes the older secret, if these settings go on without it.
async fn delete_old(
    client: &AppClient,
    settings: &config::Cognito,
    yes: bool,
) -> anyhow::Result<()> {
    let active = active(client).await?;
    let [older, _] = &active[..] else {
        return print(
            "One secret is active, so there is no older one to delete: nothing was done.\n",
        );
    };
    let held = held(settings).await?;
    if !taken(client, held.primary()).await? {
        bail!(
            "nothing was deleted: the pool refuses the secret that these settings hold ({})",
            place(settings)
        );
    }
    let holds_both = match held.secondary() {
        Some(other) => {
            other.expose_secret() != held.primary().expose_secret() && taken(client, other).await?
        }
        None => false,
    };
    let asks_the_pool = settings.client_secret_source().is_none();
    if !(knows_it_holds_the_newer(&held, older) || holds_both || asks_the_pool) {
        bail!(
            "nothing was deleted: these settings ({}) hold one secret that the pool takes, and it may be the older one. Hand the newer one to them first; one that `--add` made is known as the newer, and of one that was made elsewhere nobody can tell: give these settings both",
            place(settings)
        );
    }
    if !yes && !confirmed(older)? {
        return print("Nothing was deleted.\n");
    }
    // Somebody may have taken long to say yes, and somebody else been quicker.
    if self::active(client).await? != active {
        bail!(
            "nothing was deleted: somebody else rotates the same secret, for the app client has others than this run began with; `vestibule secret rotate` shows what is active now"
        );
    }
    client.delete(&older.id).await.map_err(|reason| {
        anyhow!("{reason}").context(format!(
            "it is not sure that {} was deleted (cognito-idp:DeleteUserPoolClientSecret); `vestibule secret rotate` shows it",
            older.id
        ))
    })?;
    print(&format!("Deleted: {}.\n", older.id))?;
    if !asks_the_pool && !taken(client, held.primary()).await? {
        return print(
            "Next: the pool takes the other secret of these settings alone now: make it the primary one.\n",
        );
    }
    print(
        "The rotation is done. What still holds the deleted secret (a secondary setting, FILE.previous) may let go of it.\n",
    )
}

async fn active(client: &AppClient) -> anyhow::Result<Vec<ActiveSecret>> {
    client.active_secrets().await.map_err(|reason| anyhow!(reason))
}

async fn taken(client: &AppClient, secret: &SecretString) -> anyhow::Result<bool> {
    client.takes(secret).await.map_err(|reason| anyhow!(reason))
}

/// The secrets as a replica with these settings would read them now.
async fn held(settings: &config::Cognito) -> anyhow::Result<std::sync::Arc<ClientSecrets>> {
    Ok(Connection::prepare(settings, Metrics::default()).await?.secrets().now())
}

/// Whether the primary secret was made by `--add` when `older` was the one to replace.
fn knows_it_holds_the_newer(held: &ClientSecrets, older: &ActiveSecret) -> bool {
    made_after(held.primary()) == Some(older.made)
}

async fn until_taken(
    client: &AppClient,
    secret: &SecretString,
    target: &Target,
) -> anyhow::Result<()> {
    let mut waited = Duration::ZERO;
    while !taken(client, secret).await? {
        if waited >= PATIENCE {
            bail!(
                "the new secret was added, but the pool does not take it yet; in a moment, {}",
                target.after_a_failure()
            );
        }
        sleep(PAUSE).await;
        waited += PAUSE;
    }
    Ok(())
}

/// Asks at the terminal; without one there is nobody to ask.
fn confirmed(older: &ActiveSecret) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        bail!(
            "nothing was deleted: without a terminal, --yes says that every replica holds the newer secret"
        );
    }
    write!(
        io::stderr(),
        "Delete {}, made {}? Every replica must hold the newer secret. Type yes: ",
        older.id,
        time(older.made)
    )?;
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

/// Where the settings have their secret, in words.
fn place(settings: &config::Cognito) -> String {
    match settings.client_secret_source() {
        None => "what the pool tells".to_owned(),
        Some(SecretSource::Written(_)) => "cognito.client_secret".to_owned(),
        Some(SecretSource::File { setting, path }) => format!("{setting}, `{path}`"),
        Some(SecretSource::SecretsManager { setting, address }) => {
            format!("{setting}, `{address}`")
        }
    }
}

fn verdict(is_taken: bool) -> &'static str {
    if is_taken { "the pool takes it" } else { "the pool refuses it" }
}

fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}
