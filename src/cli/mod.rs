//! The command line. A command that fails prints its error to standard error. The service logs its
//! error.

mod accounts;
mod audit;
mod doctor;
mod output;
mod progress;
#[cfg(feature = "sandbox")]
mod sandbox;
mod serve;
mod stop;

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, ToSocketAddrs},
    path::{Path, PathBuf},
    process::{ExitCode, exit},
    sync::LazyLock,
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use clap::{
    Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};

use self::{
    accounts::AccountsCommand,
    audit::AuditCommand,
    doctor::DoctorArguments,
    output::{print, print_error},
    progress::Progress,
};
use crate::{
    REVISION,
    app::{self, EndSignals},
    config::{Admin, Config, LoadError, LogFormat, Sources},
    registration::Rules,
    store::Migrate,
    telemetry,
};

/// A sign-up service for Amazon Cognito.
#[derive(Debug, Parser)]
#[command(name = "vestibule", version = version())]
struct Arguments {
    /// File of settings, which overrides the defaults. Environment variables override the file.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Action of `serve` if the tables of the database are not up to date: `auto` updates them,
    /// `off` exits.
    #[arg(long, global = true, value_name = "ACTION", value_parser = migrate_value(), default_value = "auto")]
    migrate: Migrate,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the service (the default).
    Serve,
    /// Runs the service and a development pool in one process, without an AWS account.
    #[cfg(feature = "sandbox")]
    Sandbox,
    /// Checks if a service is alive. Exits with 0 if the service is alive, otherwise with 1.
    Healthcheck {
        /// Checks if the service is ready for requests.
        #[arg(long)]
        ready: bool,
    },
    /// Updates the tables of the database.
    Migrate,
    /// Searches, exports, erases and verifies the audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Compares the settings with the user pool. Exits with 3 for warnings, with 4 for errors,
    /// otherwise with 0.
    Doctor(DoctorArguments),
    /// Prints the HTTP API as OpenAPI 3.1. Needs no settings.
    Openapi,
    /// Administers the accounts of the pool, with AWS credentials.
    #[command(subcommand)]
    Accounts(AccountsCommand),
    /// Checks or prints the settings.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum ConfigCommand {
    /// Validates the settings without a request to AWS and without binding a port.
    Check,
    /// Prints all settings in force, with secrets masked.
    Show,
}

fn version() -> &'static str {
    static VERSION: LazyLock<String> =
        LazyLock::new(|| format!("{} ({REVISION})", env!("CARGO_PKG_VERSION")));
    &VERSION
}

/// Runs the command that the arguments of this process name.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let serves = matches!(arguments.command, None | Some(Command::Serve));
    let file = arguments.config.clone();
    match app::block_on(execute(arguments)) {
        Ok(code) => code,
        Err(error) => {
            report(&format!("{error:#}"), serves, file.as_deref());
            ExitCode::from(if error.is::<LoadError>() { 2 } else { 1 })
        }
    }
}

/// Prints an error to standard error. If the service has a JSON log, prints a line of the log to
/// standard output instead.
fn report(error: &str, serves: bool, file: Option<&Path>) {
    let environment = environment().unwrap_or_default();
    let sources = Sources { file, environment: &environment, ..Sources::default() };
    // The output may be closed.
    let _ = if serves && Config::log_format(sources) == LogFormat::Json {
        io::stdout().write_all(telemetry::error_line("start failed", error).as_bytes())
    } else {
        writeln!(io::stderr(), "vestibule: {error}")
    };
}

async fn execute(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let command = arguments.command.unwrap_or(Command::Serve);
    let environment = environment()?;
    let sources = Sources {
        #[cfg(feature = "sandbox")]
        sandbox: matches!(command, Command::Sandbox),
        #[cfg(not(feature = "sandbox"))]
        sandbox: false,
        file: arguments.config.as_deref(),
        environment: &environment,
    };
    match command {
        // Without the boxes, this future would contain all settings several times.
        Command::Serve => {
            Box::pin(serve::run(Config::load(sources)?, sources, arguments.migrate)).await
        }
        #[cfg(feature = "sandbox")]
        Command::Sandbox => Box::pin(sandbox::run(Config::load(sources)?, &environment)).await,
        // Docker accepts only 0 and 1 from a health check.
        Command::Healthcheck { ready } => {
            let admin = Config::admin(sources).map_err(|error| anyhow!(error.to_string()))?;
            healthcheck(&admin, ready)
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

#[expect(clippy::disallowed_methods, reason = "the only function that reads environment variables")]
fn environment() -> Result<Vec<(String, String)>, LoadError> {
    let mut variables = Vec::new();
    for (name, value) in std::env::vars_os() {
        let shown = name.to_string_lossy().into_owned();
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => variables.push((name, value)),
            // Without this error, the default would silently replace the setting.
            _ if shown.starts_with("VESTIBULE__") => {
                return Err(LoadError::new(format!(
                    "{shown}: the variable is not UTF-8. Correct the variable."
                )));
            }
            _ => {}
        }
    }
    Ok(variables)
}

fn check(config: &Config) -> anyhow::Result<()> {
    Rules::new(&config.registration)
        .and_then(|rules| rules.with_sms(&config.limits))
        .map_err(|error| LoadError::new(error.to_string()))?;
    app::check_certificate(&config.server.tls)
        .map_err(|error| LoadError::new(format!("{error:#}")))?;
    if config.cognito.region.is_none() {
        print(
            "warning: cognito.region is not set: AWS_REGION or an AWS profile must set the region\n",
        )?;
    }
    if config.cognito.client_secret_source().is_none() {
        print(
            "warning: cognito.client_secret is not set: the service reads the secret from the pool at start\n",
        )?;
    }
    for warning in config.warnings() {
        print(&format!("warning: {warning}\n"))?;
    }
    print("The settings are valid.\n")
}

async fn migrate(config: &Config) -> anyhow::Result<()> {
    let mut signals = EndSignals::listen()?;
    let progress = Progress::spinner("Updating the tables");
    tokio::select! {
        migrated = crate::store::migrate(&config.database) => migrated?,
        signal = signals.next() => {
            drop(progress);
            print_error(
                "Stopped. The database keeps complete migrations, and rolls back the migration in progress. Run `vestibule migrate` again.\n",
            );
            // The thread of the migration may wait for the database.
            exit(signal.exit_code().into());
        }
    }
    drop(progress);
    print("The tables are up to date.\n")
}

fn healthcheck(admin: &Admin, ready: bool) -> anyhow::Result<()> {
    const TIMEOUT: Duration = Duration::from_secs(3);
    let address = admin_address(admin)?;
    let failed = |error: io::Error| {
        anyhow!(
            "no response from {address}: {error}. Check admin.host and admin.port, and the log of the service."
        )
    };
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT).map_err(failed)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let asked = if ready { "ready" } else { "live" };
    let request =
        format!("GET /health/{asked} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut response = String::new();
    stream.take(4096).read_to_string(&mut response).map_err(failed)?;
    if !response.starts_with("HTTP/1.1 200 ") {
        let status = response.lines().next().unwrap_or("the response is empty");
        bail!("the service is not {asked}: {status}. Check the log of the service.");
    }
    Ok(())
}

fn admin_address(admin: &Admin) -> anyhow::Result<SocketAddr> {
    let (host, port) = (admin.host.as_str(), admin.port);
    let address = (host, port)
        .to_socket_addrs()
        .map_err(|error| {
            anyhow!("admin.host: `{host}` cannot be resolved: {error}. Use another host.")
        })?
        .next()
        .with_context(|| format!("admin.host: `{host}` has no address. Use another host."))?;
    if address.ip().is_unspecified() {
        return Ok(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    }
    Ok(address)
}

fn migrate_value() -> impl TypedValueParser<Value = Migrate> {
    PossibleValuesParser::new(["auto", "off"])
        .map(|value| if value == "auto" { Migrate::Auto } else { Migrate::Off })
}
