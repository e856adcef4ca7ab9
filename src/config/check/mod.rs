//! Checks of the settings at start.

mod consents;
pub(super) mod endpoint;
mod limits;
mod secret_files;
mod sms;

use std::time::Duration;

use secrecy::ExposeSecret;

use self::endpoint::check_endpoint;
use super::{
    load::error::LoadError,
    secrets,
    sections::{
        bot_check,
        limits::mode::LimitsMode,
        passwords,
        registration::{ExistingAccounts, Presence, UsernameMode},
        signature,
    },
    settings::Config,
};

/// Attributes that the form has fields for, or that no caller may write.
const RESERVED_ATTRIBUTES: [&str; 5] =
    ["email", "phone_number", "sub", "email_verified", "phone_number_verified"];

/// The longest that anything may take.
const A_DAY: Duration = Duration::from_hours(24);

/// The shortest and the longest time-out of the database.
const A_TENTH: Duration = Duration::from_millis(100);
const A_MINUTE: Duration = Duration::from_mins(1);

/// The shortest `database.key`, in characters.
const MIN_KEY: usize = 32;

/// The longest retention.
const A_CENTURY: Duration = Duration::from_hours(24 * 36_500);

/// Rejects unsafe settings. The error has a line for each mistake.
pub(super) fn check(config: &Config, environment: &[(String, String)]) -> Result<(), LoadError> {
    let mut mistakes = Vec::new();
    check_environment(environment, &mut mistakes);
    check_server(config, &mut mistakes);
    check_pool(config, &mut mistakes);
    check_time_outs(config, &mut mistakes);
    check_form(config, &mut mistakes);
    signature::check(
        &config.cognito.signature,
        &config.registration.validation_data,
        &mut mistakes,
    );
    limits::check(&config.limits, &mut mistakes);
    sms::check(config, &mut mistakes);
    check_database(config, &mut mistakes);
    bot_check::check(&config.bot_check, &config.limits, &mut mistakes);
    if mistakes.is_empty() { Ok(()) } else { Err(LoadError(mistakes.join("\n"))) }
}

/// Returns the warnings for the operator.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    let registration = &config.registration;
    if registration.existing_accounts == ExistingAccounts::Conceal {
        if registration.username == UsernameMode::Chosen {
            warnings.push("registration.existing_accounts is \"conceal\", but a name that people pick cannot be concealed: a taken name is still told".to_owned());
        }
        warnings.push("registration.existing_accounts is \"conceal\": a pool that confirms accounts at once cannot be concealed".to_owned());
    }
    if registration.conceal_silent_resend && !registration.resends_silently() {
        warnings.push("registration.conceal_silent_resend is on, but existing_accounts is \"reveal\": who signs up again is told so, and is sent nothing".to_owned());
    }
    for origin in config.server.allowed_origins.iter().filter(|origin| origin.is_in_the_clear()) {
        warnings.push(format!(
            "server.allowed_origins: the pages of {} travel in the clear, so that whoever sits between can read what people type",
            origin.as_str()
        ));
    }
    if config.limits.mode == LimitsMode::Off {
        warnings
            .push("limits.mode is \"off\": anyone may sign up as often as they like".to_owned());
    }
    limits::warn(config, &mut warnings);
    warnings.extend(secrets::warnings(config));
    warnings.extend(secret_files::warnings(&config.cognito));
    warnings.extend(bot_check::warnings(&config.bot_check));
    warnings
}

fn check_environment(environment: &[(String, String)], mistakes: &mut Vec<String>) {
    let prints_bodies = environment.iter().any(|(name, value)| {
        name == "LOG_SENSITIVE_BODIES" && !matches!(value.trim(), "" | "0" | "false")
    });
    if prints_bodies {
        mistakes.push(
            "LOG_SENSITIVE_BODIES is set: the AWS SDK would log passwords; remove the variable"
                .to_owned(),
        );
    }
}

fn check_server(config: &Config, mistakes: &mut Vec<String>) {
    let server = &config.server;
    for proxy in &server.trusted_proxies {
        let least = if proxy.0.addr().is_ipv4() { 8 } else { 16 };
        if proxy.0.prefix_len() < least {
            mistakes.push(format!("server.trusted_proxies: `{}` trusts everyone, or nearly, so that any caller could name any address; list the proxies' own networks", proxy.0));
        }
    }
    let header = &server.client_address_header;
    let is_token = !header.is_empty()
        && header
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    if !is_token {
        mistakes.push(format!("server.client_address_header: `{header}` is no name of a header"));
    }
    if server.max_body.as_u64() == 0 || server.max_headers.as_u64() == 0 {
        mistakes
            .push("server.max_body and server.max_headers must be more than nothing".to_owned());
    }
}

fn check_pool(config: &Config, mistakes: &mut Vec<String>) {
    let cognito = &config.cognito;
    for (name, value, wanted) in [
        (
            "cognito.user_pool_id",
            &cognito.user_pool_id,
            "the id of the user pool, such as \"eu-central-1_AbCdEfGhI\"",
        ),
        ("cognito.client_id", &cognito.client_id, "the id of the app client"),
    ] {
        if value.is_empty() {
            mistakes.push(format!("{name} is not set: it must be {wanted}"));
        }
    }
    if let Some(region) = &cognito.region
        && !region.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    {
        mistakes.push(format!("cognito.region: `{region}` is no region, such as \"eu-central-1\""));
    }
    for (name, endpoint, what) in [
        ("cognito.endpoint", &cognito.endpoint, "passwords"),
        ("cognito.secrets_manager_endpoint", &cognito.secrets_manager_endpoint, "secrets"),
    ] {
        if let Some(endpoint) = endpoint
            && let Err(reason) = check_endpoint(endpoint, what)
        {
            mistakes.push(format!("{name}: {reason}"));
        }
    }
    let pwned = &config.registration.pwned_passwords;
    if let Err(reason) = check_endpoint(&pwned.url, "passwords") {
        mistakes.push(format!("registration.pwned_passwords.url: {reason}"));
    }
    secrets::check(cognito, mistakes);
}

fn check_time_outs(config: &Config, mistakes: &mut Vec<String>) {
    let cognito = &config.cognito;
    let server = &config.server;
    for (name, value) in [
        ("cognito.connect_timeout", cognito.connect_timeout),
        ("cognito.read_timeout", cognito.read_timeout),
        ("cognito.attempt_timeout", cognito.attempt_timeout),
        ("cognito.operation_timeout", cognito.operation_timeout),
        ("server.body_timeout", server.body_timeout),
        ("server.keep_alive", server.keep_alive),
        ("registration.resend_interval", config.registration.resend_interval),
    ] {
        if value == Duration::ZERO || value > A_DAY {
            mistakes.push(format!("{name} must be more than nothing and at most a day"));
        }
    }
    let database = &config.database;
    for (name, value) in [
        ("database.connect_timeout", database.connect_timeout),
        ("database.timeout", database.timeout),
        ("database.commit_timeout", database.commit_timeout),
    ] {
        if value < A_TENTH || value > A_MINUTE {
            mistakes.push(format!("{name} must be from 100ms to 1m"));
        }
    }
    if config.registration.conceal_response_interval > A_MINUTE {
        mistakes.push("registration.conceal_response_interval must be at most 1m".to_owned());
    }
    let reload_interval = config.registration.email_domains.reload_interval;
    if reload_interval < A_TENTH || reload_interval > A_DAY {
        mistakes.push(
            "registration.email_domains.reload_interval must be from 100ms to a day".to_owned(),
        );
    }
    let registration = &config.registration;
    passwords::check(&registration.password_strength, &registration.pwned_passwords, mistakes);
    if server.shutdown_timeout > A_DAY {
        mistakes.push("server.shutdown_timeout must be at most a day".to_owned());
    }
    if cognito.max_attempts == 0 {
        mistakes.push("cognito.max_attempts must be 1 or more".to_owned());
    }
}

fn check_form(config: &Config, mistakes: &mut Vec<String>) {
    let registration = &config.registration;
    if !(6..=99).contains(&registration.password.min_length) {
        mistakes.push(
            "registration.password.min_length must be from 6 to 99, as in a pool's password policy"
                .to_owned(),
        );
    }
    for name in registration.attributes.keys() {
        if RESERVED_ATTRIBUTES.contains(&name.as_str()) {
            mistakes.push(format!("registration.attributes: `{name}` is not an attribute to allow: the form has a field for it, or no caller may write it"));
        }
        let plain = name.strip_prefix("custom:").unwrap_or(name);
        if plain.is_empty()
            || plain.chars().count() > 20 && name.starts_with("custom:")
            || name.chars().count() > 32
        {
            mistakes.push(format!(
                "registration.attributes: `{name}` is longer than a name may be in Cognito"
            ));
        }
    }
    if registration.username == UsernameMode::Generated
        && registration.email_presence() == Presence::Off
        && registration.phone_number_presence() == Presence::Off
    {
        mistakes.push("registration.username is \"generated\", but email and phone_number are both \"off\": nobody could be told the code".to_owned());
    }
    for (mode, name, presence) in [
        (UsernameMode::Email, "email", registration.email),
        (UsernameMode::Phone, "phone_number", registration.phone_number),
    ] {
        let is_asked_for = matches!(presence, Presence::Auto | Presence::Required);
        if registration.username == mode && !is_asked_for {
            mistakes.push(format!(
                "registration.{name} must be \"auto\" or \"required\", since it is the user name"
            ));
        }
    }
    consents::check(registration, mistakes);
}

fn check_database(config: &Config, mistakes: &mut Vec<String>) {
    let Config { database, audit, .. } = config;
    let schemes = ["sqlite:", "postgres://", "postgresql://"];
    if !schemes.iter().any(|scheme| database.url.starts_with(scheme)) {
        mistakes.push("database.url must begin with sqlite: or postgres://".to_owned());
    }
    if let Some(key) = &database.key
        && key.expose_secret().chars().count() < MIN_KEY
    {
        mistakes.push(format!("database.key is shorter than {MIN_KEY} characters. Create one with `openssl rand -base64 32`."));
    }
    for (name, retention) in [
        ("retention_accounts", audit.retention_accounts),
        ("retention_rejections", audit.retention_rejections),
    ] {
        if retention < A_DAY || retention > A_CENTURY {
            mistakes.push(format!("audit.{name} must be from 1d to 36500d"));
        }
    }
}
