use std::time::Duration;

use crate::config::settings::Config;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

const MAX_RETENTION: Duration = Duration::from_hours(24 * 36_500);

pub(super) fn check(config: &Config, errors: &mut Vec<String>) {
    let Config { server, cognito, registration, limits, bot_check, database, audit, .. } = config;
    let positive = || (Duration::from_nanos(1)..=DAY, "above 0s and at most 1d");
    let database_time = || (Duration::from_millis(100)..=MINUTE, "from 100ms to 1m");
    let retention = || (DAY..=MAX_RETENTION, "from 1d to 36500d");
    // The rate limit store keeps a used proof for this time.
    let proof = || (10 * SECOND..=60 * MINUTE, "from 10s to 1h");
    for (name, value, (range, text)) in [
        ("cognito.connect_timeout", cognito.connect_timeout, positive()),
        ("cognito.read_timeout", cognito.read_timeout, positive()),
        ("cognito.attempt_timeout", cognito.attempt_timeout, positive()),
        ("cognito.operation_timeout", cognito.operation_timeout, positive()),
        ("server.head_timeout", server.head_timeout, positive()),
        ("server.body_timeout", server.body_timeout, positive()),
        ("server.write_timeout", server.write_timeout, positive()),
        ("server.keep_alive", server.keep_alive, positive()),
        ("server.shutdown_delay", server.shutdown_delay, (Duration::ZERO..=DAY, "at most 1d")),
        ("server.shutdown_timeout", server.shutdown_timeout, (Duration::ZERO..=DAY, "at most 1d")),
        ("registration.resend_interval", registration.resend_interval, positive()),
        (
            "registration.conceal_response_interval",
            registration.conceal_response_interval,
            (Duration::ZERO..=MINUTE, "at most 1m"),
        ),
        (
            "registration.email_domains.reload_interval",
            registration.email_domains.reload_interval,
            (Duration::from_millis(100)..=DAY, "from 100ms to 1d"),
        ),
        // A sign-up waits for this check before the call to Cognito.
        (
            "registration.pwned_passwords.timeout",
            registration.pwned_passwords.timeout,
            (Duration::from_millis(10)..=3 * SECOND, "from 10ms to 3s"),
        ),
        (
            "limits.store_timeout",
            limits.store_timeout,
            (Duration::from_millis(1)..=SECOND, "from 1ms to 1s"),
        ),
        ("bot_check.proof_of_work.lifetime", bot_check.proof_of_work.lifetime, proof()),
        ("bot_check.siteverify.max_age", bot_check.siteverify.max_age, proof()),
        ("database.connect_timeout", database.connect_timeout, database_time()),
        ("database.timeout", database.timeout, database_time()),
        ("database.commit_timeout", database.commit_timeout, database_time()),
        ("audit.retention_accounts", audit.retention_accounts, retention()),
        ("audit.retention_rejections", audit.retention_rejections, retention()),
    ] {
        if !range.contains(&value) {
            errors.push(format!("{name} must be {text}"));
        }
    }
}
