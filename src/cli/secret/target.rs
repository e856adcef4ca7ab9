//! Where a new secret is handed over to. It is kept there aside before it is added to the app
//! client, and put in its place when the pool takes it.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{ErrorKind, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow, bail};
use secrecy::{ExposeSecret, SecretString};

use super::Rotate;
use crate::{
    cli::print,
    config::{self, SecretSource},
};
use crate::{
    cognito::{SecretsManager, Stage},
    config::SecretAddress,
};

pub(super) enum Target {
    /// A file, by way of `FILE.next`.
    File(PathBuf),
    /// A secret of AWS Secrets Manager, by way of the stage `AWSPENDING`.
    SecretsManager(Box<(SecretAddress, SecretsManager)>),
    /// Standard output.
    Print,
    /// Nothing: the settings ask the pool.
    Pool,
}

impl Target {
    pub(super) async fn of(rotate: &Rotate, settings: &config::Cognito) -> anyhow::Result<Self> {
        if let Some(file) = &rotate.to {
            may_be_replaced(file, settings)?;
            // A link is not replaced, but what it leads to.
            return Ok(Self::File(fs::canonicalize(file).unwrap_or_else(|_| file.clone())));
        }
        if let Some(arn) = &rotate.to_arn {
            return Self::secrets_manager(arn, settings).await;
        }
        if rotate.print {
            return Ok(Self::Print);
        }
        if settings.client_secret_source().is_none() {
            return Ok(Self::Pool);
        }
        bail!("--add needs to know where the new secret goes: --to FILE, --to-arn ARN or --print")
    }

    async fn secrets_manager(arn: &str, settings: &config::Cognito) -> anyhow::Result<Self> {
        let address: SecretAddress = arn.parse().map_err(arn_error)?;
        let manager = SecretsManager::open(settings, &address).await;
        let manager = manager.map_err(|reason| arn_error(&reason))?;
        Ok(Self::SecretsManager(Box::new((address, manager))))
    }

    /// The new secret of a run that was interrupted.
    pub(super) async fn left_behind(&self) -> anyhow::Result<Option<SecretString>> {
        match self {
            Self::File(file) => match fs::read_to_string(beside(file, "next")) {
                Ok(text) => Ok(Some(SecretString::from(text.trim_end_matches('\n')))),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => {
                    let shown = beside(file, "next");
                    Err(error).context(format!("`{}` cannot be read", shown.display()))
                }
            },
            Self::SecretsManager(manager) => {
                let read = manager.1.read(Stage::Pending).await;
                read.map_err(|reason| arn_error(&reason))
            }
            Self::Print | Self::Pool => Ok(None),
        }
    }

    /// What is in the new one's place was left by no run of this command: a file of somebody's is
    /// not written over.
    pub(super) fn is_in_the_way(&self) -> anyhow::Result<()> {
        let Self::File(file) = self else { return Ok(()) };
        let next = beside(file, "next");
        bail!(
            "`{}` is not from this command, and would be written over: move it away",
            next.display()
        )
    }

    /// Whether a secret is in its place already.
    pub(super) async fn holds(&self, secret: &SecretString) -> anyhow::Result<bool> {
        let held = match self {
            Self::File(file) => fs::read_to_string(file).ok().map(SecretString::from),
            Self::SecretsManager(manager) => {
                let read = manager.1.read(Stage::Current).await;
                read.map_err(|reason| arn_error(&reason))?
            }
            Self::Print | Self::Pool => None,
        };
        let is_it = |held: SecretString| held.expose_secret().trim_end() == secret.expose_secret();
        Ok(held.is_some_and(is_it))
    }

    /// Keeps a secret that is about to be added.
    pub(super) async fn keep(&self, secret: &SecretString) -> anyhow::Result<()> {
        match self {
            Self::File(file) => {
                let next = beside(file, "next");
                write_new(&next, secret)
                    .with_context(|| format!("`{}` cannot be written", next.display()))
            }
            Self::SecretsManager(manager) => {
                let stored = manager.1.store_pending(secret).await;
                stored.map_err(|reason| arn_error(&reason))
            }
            Self::Print => print(&format!(
                "The new secret, which is about to be added:\n\n{}\n\n",
                secret.expose_secret()
            )),
            Self::Pool => Ok(()),
        }
    }

    /// What is to be done where it is not known whether the new secret was added or taken.
    pub(super) fn after_a_failure(&self) -> &'static str {
        match self {
            Self::File(_) | Self::SecretsManager(_) => {
                "run the same command again: it goes on where this one ended"
            }
            Self::Print => {
                "run `vestibule secret rotate`: where it shows two secrets, the one printed above is the newer, to be put where the settings have their secret; where it shows one, forget what was printed and run the same command again"
            }
            Self::Pool => {
                "run `vestibule secret rotate`: where it shows two secrets, the new one was added, and it says what comes next; where it shows one, run the same command again"
            }
        }
    }

    /// Where a new secret is that was not handed over.
    pub(super) fn place_of_the_new_one(&self) -> String {
        match self {
            Self::File(file) => format!("in `{}`", beside(file, "next").display()),
            Self::SecretsManager(_) => {
                format!("the version {} there", Stage::Pending.as_str())
            }
            Self::Print => "printed above".to_owned(),
            Self::Pool => "known to nobody but the pool".to_owned(),
        }
    }

    /// Puts a secret that the pool takes in its place, and says so.
    pub(super) async fn hand_over(
        &self,
        secret: &SecretString,
        settings: &config::Cognito,
    ) -> anyhow::Result<String> {
        match self {
            Self::File(file) => {
                may_be_replaced(file, settings)?;
                let kept = replace(file, secret)
                    .with_context(|| format!("`{}` cannot be written", file.display()))?;
                let kept = kept.map_or_else(String::new, |kept| {
                    format!(" What it held before is in `{}`.", kept.display())
                });
                Ok(format!("The new secret is in `{}`.{kept}", file.display()))
            }
            Self::SecretsManager(manager) => {
                let promoted = manager.1.promote_pending(secret).await;
                promoted.map_err(|reason| arn_error(&reason))?;
                Ok(format!("The new secret is the current version of `{}`.", manager.0))
            }
            Self::Print => Ok("The new secret is the one above.".to_owned()),
            Self::Pool => Ok("The pool tells it to whoever may ask.".to_owned()),
        }
    }
}

fn arn_error(reason: &str) -> anyhow::Error {
    anyhow!("--to-arn: {reason}")
}

/// A file that the settings read their secret from may be replaced; of any other nobody knows what
/// it holds.
fn may_be_replaced(file: &Path, settings: &config::Cognito) -> anyhow::Result<()> {
    let Ok(real) = fs::canonicalize(file) else { return Ok(()) };
    let sources = [settings.client_secret_source(), settings.secondary_client_secret_source()];
    let is_theirs = sources.into_iter().flatten().any(|source| match source {
        SecretSource::File { path, .. } => fs::canonicalize(path).is_ok_and(|path| path == real),
        _ => false,
    });
    if !is_theirs {
        bail!(
            "--to: `{}` exists, and these settings do not read their secret from it: it was left as it is",
            file.display()
        );
    }
    Ok(())
}

/// Moves `FILE.next` to its place in one step, so that whoever reads finds the one or the other.
/// Returns where the old contents are now.
fn replace(file: &Path, secret: &SecretString) -> std::io::Result<Option<PathBuf>> {
    let next = beside(file, "next");
    // What lies there may be of another run.
    write_new(&next, secret)?;
    let mut kept = None;
    if let Ok(before) = fs::metadata(file) {
        let previous = beside(file, "previous");
        let old = SecretString::from(fs::read_to_string(file)?);
        let _ = fs::remove_file(&previous);
        write_new(&previous, &SecretString::from(old.expose_secret().trim_end_matches('\n')))?;
        // Whoever could read the old one can read the new one: the service, above all.
        for path in [&next, &previous] {
            chown(path, Some(before.uid()), Some(before.gid()))?;
            fs::set_permissions(path, Permissions::from_mode(before.mode() & 0o777))?;
        }
        kept = Some(previous);
    }
    fs::rename(&next, file)?;
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(kept)
}

/// Writes a file of its own that nobody else reads, down to the disk.
fn write_new(path: &Path, secret: &SecretString) -> std::io::Result<()> {
    let _ = fs::remove_file(path);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(secret.expose_secret().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}
