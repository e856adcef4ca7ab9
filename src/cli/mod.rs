//! The command line: one command, its settings, and one clear sentence where it fails.

mod accounts;
mod audit;
mod doctor;
mod output;
#[cfg(feature = "sandbox")]
mod sandbox;

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use clap::{Parser, Subcommand, ValueEnum};

use self::{
    accounts::AccountsCommand,
    audit::AuditCommand,
    doctor::DoctorArguments,
    output::{print, warn},
};
use crate::{
    app::{self, App, Signals},
    config::{Config, LoadError, Sources},
    registration::Rules,
    store::Migrate,
    telemetry,
};

/// The sign-up front door for Amazon Cognito.
#[derive(Debug, Parser)]
#[command(name = "vestibule", version)]
struct Arguments {
    /// A file of settings, over the defaults and under the variables.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The action of a start if the database's tables are not up to date (serve).
    #[arg(long, global = true, value_name = "HOW", value_enum, default_value = "auto")]
    migrate: MigrateArgument,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MigrateArgument {
    /// Brings them up to date.
    Auto,
    /// Ends.
    Off,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Takes sign-ups (the default).
    Serve,
    /// The service and a development pool in one process: no AWS account, nothing to install.
    #[cfg(feature = "sandbox")]
    Sandbox,
    /// Asks a running service whether it is ready; exits with 0 or 1.
    Healthcheck,
    /// Brings the database's tables up to date.
    Migrate,
    /// Searches, exports, erases and verifies the audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Compares the settings with the user pool; exits with 0, with 3 for warnings, with 4 for
    /// errors.
    Doctor(DoctorArguments),
    /// Prints the contract as OpenAPI 3.1 has it; needs no settings.
    Openapi,
    /// Looks after the pool's accounts, with AWS credentials.
    #[command(subcommand)]
    Accounts(AccountsCommand),
    /// Looks at the settings.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum ConfigCommand {
    /// Says whether they are in order; neither AWS nor the ports are asked.
    Check,
    /// Prints all that are in force, with secrets masked.
    Show,
}

/// Runs the command of this process.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match app::block_on(execute(arguments)) {
        Ok(code) => code,
        Err(error) => {
            // Nobody is left to tell where standard error is closed.
            let _ = writeln!(io::stderr(), "vestibule: {error:#}");
            ExitCode::from(if error.is::<LoadError>() { 2 } else { 1 })
        }
    }
}

async fn execute(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let command = arguments.command.unwrap_or(Command::Serve);
    let environment = environment()?;
    let sources = Sources {
        sandbox: command.is_sandbox(),
        file: arguments.config.as_deref(),
        environment: &environment,
    };
    match command {
        // Boxed, since all settings are in these futures.
        Command::Serve => Box::pin(serve(Config::load(sources)?, arguments.migrate.into())).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox => Box::pin(sandbox::run(Config::load(sources)?)).await,
        // Docker knows 0 and 1 from a health check, and nothing else.
        Command::Healthcheck => {
            healthcheck(&Config::load(sources).map_err(|error| anyhow!(error.to_string()))?)
        }
        Command::Migrate => migrate(&Config::load(sources)?).await,
        Command::Audit(command) => return command.run(&Config::load(sources)?).await,
        Command::Doctor(arguments) => return arguments.run(&Config::load(sources)?).await,
        Command::Openapi => print(app::OPENAPI),
        Command::Accounts(command) => {
            return Box::pin(command.run(&Config::load(sources)?)).await;
        }
        Command::Config(ConfigCommand::Check) => check(&Config::load(sources)?),
        Command::Config(ConfigCommand::Show) => print(&Config::show(sources)?),
    }?;
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::disallowed_methods, reason = "this is where settings are read")]
fn environment() -> Result<Vec<(String, String)>, LoadError> {
    let mut variables = Vec::new();
    for (name, value) in std::env::vars_os() {
        let shown = name.to_string_lossy().into_owned();
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => variables.push((name, value)),
            // A setting that nobody can read is not the same as one that is not set.
            _ if shown.starts_with("VESTIBULE__") => {
                return Err(LoadError::new(format!("{shown}: this is not UTF-8")));
            }
            _ => {}
        }
    }
    Ok(variables)
}

async fn serve(config: Config, migrate: Migrate) -> anyhow::Result<()> {
    telemetry::start(&config.log)?;
    warn(&config);
    let mut signals = Signals::listen()?;
    let app = tokio::select! {
        app = App::build_with(config, migrate, |_| {}) => app?,
        // It may wait for its database.
        () = signals.end() => return Ok(()),
    };
    tracing::info!(address = %app.address(), admin_address = %app.admin_address(), "listening");
    app.run_until(signals).await
}

fn check(config: &Config) -> anyhow::Result<()> {
    Rules::new(&config.registration)
        .and_then(|rules| rules.with_sms(&config.limits))
        .map_err(|error| LoadError::new(error.to_string()))?;
    if config.cognito.region.is_none() {
        print("warning: cognito.region is not set: AWS_REGION or an AWS profile must say it\n")?;
    }
    if config.cognito.client_secret_source().is_none() {
        print("warning: cognito.client_secret is not set: the pool is asked for it at start\n")?;
    }
    for warning in config.warnings() {
        print(&format!("warning: {warning}\n"))?;
    }
    print("The settings are in order.\n")
}

async fn migrate(config: &Config) -> anyhow::Result<()> {
    crate::store::migrate(&config.database).await?;
    print("The tables are up to date.\n")
}

/// Asks `/health/ready` on the admin listener.
fn healthcheck(config: &Config) -> anyhow::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(3);
    let address = admin_address(config)?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)
        .with_context(|| format!("nothing answers at {address}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream
        .write_all(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer)?;
    if !answer.starts_with("HTTP/1.1 200 ") {
        bail!("not ready: {}", answer.lines().next().unwrap_or("an empty answer"));
    }
    Ok(())
}

fn admin_address(config: &Config) -> anyhow::Result<SocketAddr> {
    let (host, port) = (config.admin.host.as_str(), config.admin.port);
    let address =
        (host, port).to_socket_addrs()?.next().with_context(|| format!("`{host}` is no host"))?;
    if address.ip().is_unspecified() {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    Ok(address)
}

impl From<MigrateArgument> for Migrate {
    fn from(argument: MigrateArgument) -> Self {
        match argument {
            MigrateArgument::Auto => Self::Auto,
            MigrateArgument::Off => Self::Off,
        }
    }
}

impl Command {
    fn is_sandbox(&self) -> bool {
        match self {
            #[cfg(feature = "sandbox")]
            Self::Sandbox => true,
            Self::Serve
            | Self::Healthcheck
            | Self::Migrate
            | Self::Audit(_)
            | Self::Doctor(_)
            | Self::Openapi
            | Self::Accounts(_)
            | Self::Config(_) => false,
        }
    }
}
