mod admin;
mod consents;
mod durations;
pub(super) mod endpoint;
mod limits;
mod pages;
mod secret_files;
mod sms;
mod unencrypted;

use bytesize::ByteSize;
use secrecy::ExposeSecret;
use url::Url;

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

/// Attributes that are fields of the form, or that no client may write.
const RESERVED_ATTRIBUTES: [&str; 5] =
    ["email", "phone_number", "sub", "email_verified", "phone_number_verified"];

/// The minimum length of `database.key` in characters.
const MIN_KEY: usize = 32;

/// The largest body without a warning.
const MAX_USUAL_BODY: ByteSize = ByteSize::mib(1);

/// Rejects invalid and unsafe settings. The error has one line for each invalid setting.
pub(super) fn check(config: &Config, environment: &[(String, String)]) -> Result<(), LoadError> {
    let mut errors = Vec::new();
    check_environment(environment, &mut errors);
    check_server(config, &mut errors);
    check_pool(config, &mut errors);
    durations::check(config, &mut errors);
    check_form(config, &mut errors);
    let registration = &config.registration;
    passwords::check(&registration.password_strength, &registration.pwned_passwords, &mut errors);
    signature::check(&config.cognito.signature, &registration.validation_data, &mut errors);
    limits::check(&config.limits, &mut errors);
    sms::check(config, &mut errors);
    pages::check(config, &mut errors);
    check_database(config, &mut errors);
    bot_check::check(&config.bot_check, &config.limits, &mut errors);
    if errors.is_empty() { Ok(()) } else { Err(LoadError(errors.join("\n"))) }
}

pub(super) fn warnings(config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    let registration = &config.registration;
    if registration.existing_accounts == ExistingAccounts::Conceal {
        if registration.username == UsernameMode::Chosen {
            warnings.push("registration.existing_accounts is \"conceal\", but the service cannot conceal user names that users choose. A response still says that a user name is taken. Set registration.username to \"email\" or \"phone\" to conceal every account.".to_owned());
        }
        warnings.push("registration.existing_accounts is \"conceal\": the service cannot conceal the accounts of a pool that confirms them at once. Let the pool send codes.".to_owned());
        if registration.conceal_response_interval.is_zero() {
            warnings.push("registration.conceal_response_interval is 0s, although registration.existing_accounts is \"conceal\": the time of a response reveals if the account exists. Use an interval that nearly every call to Cognito fits into, such as 2s.".to_owned());
        }
    }
    if registration.conceal_silent_resend && !registration.resends_silently() {
        warnings.push("registration.conceal_silent_resend has no effect, because registration.existing_accounts is \"reveal\". Set it to false.".to_owned());
    }
    for origin in config.server.allowed_origins.iter().filter(|origin| origin.is_unencrypted()) {
        warnings.push(format!(
            "server.allowed_origins: the pages of {} are not encrypted in transit. An attacker on the network can read what users type. Use https.",
            origin.as_str()
        ));
    }
    if config.server.max_body > MAX_USUAL_BODY {
        warnings.push(format!("server.max_body is {}: each request in progress may hold this much memory, and a form has a few kilobytes. Set at most 1 MiB.", config.server.max_body));
    }
    warnings.extend(admin::warning(&config.admin, &secret_files::mounts()));
    unencrypted::warn(config, &mut warnings);
    if config.limits.mode == LimitsMode::Off {
        warnings.push(
            "limits.mode is \"off\": the service does not limit the number of sign-ups. Set it to \"enforce\".".to_owned(),
        );
    }
    limits::warn(config, &mut warnings);
    warnings.extend(secrets::warnings(config));
    warnings.extend(secret_files::warnings(&config.cognito));
    warnings.extend(bot_check::warnings(&config.bot_check));
    warnings
}

fn check_environment(environment: &[(String, String)], errors: &mut Vec<String>) {
    let logs_bodies = environment.iter().any(|(name, value)| {
        name == "LOG_SENSITIVE_BODIES" && !matches!(value.trim(), "" | "0" | "false")
    });
    if logs_bodies {
        errors.push(
            "LOG_SENSITIVE_BODIES is set: the AWS SDK would log passwords. Unset the variable."
                .to_owned(),
        );
    }
}

fn check_server(config: &Config, errors: &mut Vec<String>) {
    let server = &config.server;
    for proxy in &server.trusted_proxies {
        let min_prefix = if proxy.0.addr().is_ipv4() { 8 } else { 16 };
        if proxy.0.prefix_len() < min_prefix {
            errors.push(format!("server.trusted_proxies: `{}` is too wide: any client could pretend to have any address. List only the networks of the proxies.", proxy.0));
        }
    }
    if server.proxy_protocol && server.trusted_proxies.is_empty() {
        errors.push("server.proxy_protocol is true, but server.trusted_proxies is empty: the service would close every connection. List the addresses of the load balancer.".to_owned());
    }
    if server.tls.certificate_file.is_some() != server.tls.key_file.is_some() {
        errors.push(
            "server.tls.certificate_file and server.tls.key_file must both be set, or both be unset"
                .to_owned(),
        );
    }
    if server.tls.http2 && server.tls.certificate_file.is_none() {
        errors.push("server.tls.http2 is true, but server.tls.certificate_file is not set: the service speaks HTTP/2 over TLS only. Set the certificate, or server.tls.http2 = false.".to_owned());
    }
    let header = &server.client_address_header;
    let is_token = !header.is_empty()
        && header
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    if !is_token {
        errors.push(format!("server.client_address_header: `{header}` is not a header name. Use letters, digits and hyphens."));
    }
    if server.max_body.as_u64() == 0 || server.max_headers.as_u64() == 0 {
        errors.push("server.max_body and server.max_headers must be at least 1 byte".to_owned());
    }
}

fn check_pool(config: &Config, errors: &mut Vec<String>) {
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
            errors.push(format!("{name} is not set. Set it to {wanted}."));
        }
    }
    if let Some(region) = &cognito.region
        && !region.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    {
        errors.push(format!(
            "cognito.region: `{region}` is not a region. Use a region such as \"eu-central-1\"."
        ));
    }
    if let (Some(region), Some(own)) = (&cognito.region, cognito.pool_region())
        && region != own
    {
        errors.push(format!("cognito.user_pool_id: `{}` is a pool of the region {own}, but cognito.region is `{region}`. Correct one of them.", cognito.user_pool_id));
    }
    let pwned = &config.registration.pwned_passwords;
    for (name, endpoint, secret) in [
        ("cognito.endpoint", cognito.endpoint.as_ref(), "passwords"),
        ("cognito.secrets_manager_endpoint", cognito.secrets_manager_endpoint.as_ref(), "secrets"),
        ("registration.pwned_passwords.url", Some(&pwned.url), "password digests"),
    ] {
        if let Some(endpoint) = endpoint
            && let Err(reason) = check_endpoint(endpoint, secret)
        {
            errors.push(format!("{name}: {reason}"));
        }
    }
    if cognito.max_attempts == 0 {
        errors.push("cognito.max_attempts must be at least 1".to_owned());
    }
    secrets::check(cognito, errors);
}

fn check_form(config: &Config, errors: &mut Vec<String>) {
    let registration = &config.registration;
    if !(6..=99).contains(&registration.password.min_length) {
        errors.push(
            "registration.password.min_length must be from 6 to 99, as in a pool's password policy"
                .to_owned(),
        );
    }
    if !(1..=32).contains(&registration.code_length) {
        errors.push(
            "registration.code_length must be from 1 to 32. Cognito sends 6 digits.".to_owned(),
        );
    }
    for name in registration.attributes.keys() {
        if RESERVED_ATTRIBUTES.contains(&name.as_str()) {
            errors.push(format!("registration.attributes: `{name}` is not allowed: the attribute is a field of the form, or clients may not write the attribute. Remove the attribute."));
        }
        let plain = name.strip_prefix("custom:").unwrap_or(name);
        if plain.is_empty()
            || plain.chars().count() > 20 && name.starts_with("custom:")
            || name.chars().count() > 32
        {
            errors.push(format!("registration.attributes: `{name}` must have 1 to 32 characters, or \"custom:\" and 1 to 20 characters"));
        }
    }
    if registration.username == UsernameMode::Generated
        && registration.email_presence() == Presence::Off
        && registration.phone_number_presence() == Presence::Off
    {
        errors.push("registration.username is \"generated\", but registration.email and registration.phone_number are both \"off\": codes would have no recipient. Set one of them to \"required\" or \"optional\".".to_owned());
    }
    if registration.username == UsernameMode::Generated
        && registration.existing_accounts == ExistingAccounts::Conceal
    {
        errors.push("registration.username is \"generated\" and registration.existing_accounts is \"conceal\": no user could confirm an account, because a concealed response does not contain the generated name. Set existing_accounts to \"reveal\", or username to \"email\" or \"phone\".".to_owned());
    }
    if registration.return_session && registration.existing_accounts == ExistingAccounts::Conceal {
        errors.push("registration.return_session is true and registration.existing_accounts is \"conceal\": a session would show that the account is new. Set return_session to false, or existing_accounts to \"reveal\".".to_owned());
    }
    for (mode, name, presence) in [
        (UsernameMode::Email, "email", registration.email),
        (UsernameMode::Phone, "phone_number", registration.phone_number),
    ] {
        let is_required = matches!(presence, Presence::Auto | Presence::Required);
        if registration.username == mode && !is_required {
            errors.push(format!(
                "registration.{name} must be \"auto\" or \"required\", because it is the user name"
            ));
        }
    }
    consents::check(registration, errors);
}

fn check_database(config: &Config, errors: &mut Vec<String>) {
    let database = &config.database;
    let schemes = ["sqlite:", "postgres://", "postgresql://"];
    if !schemes.iter().any(|scheme| database.url.starts_with(scheme)) {
        errors.push("database.url must begin with sqlite: or postgres://".to_owned());
    }
    let has_password = Url::parse(&database.url).is_ok_and(|url| {
        url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password")
    });
    if has_password && database.password.is_some() {
        errors.push(
            "database.url has a password, and database.password is set. Keep one of them."
                .to_owned(),
        );
    }
    if let Some(key) = &database.key
        && key.expose_secret().chars().count() < MIN_KEY
    {
        errors.push(format!("database.key is shorter than {MIN_KEY} characters. Create a key with `openssl rand -base64 32`."));
    }
}
