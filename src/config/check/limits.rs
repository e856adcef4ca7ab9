use std::time::Duration;

use crate::config::{
    sections::limits::{CallLimit, Limit, Limits, mode::LimitsMode, store::LimitsStore},
    settings::Config,
};

/// The longest `grace`. The service counts a code for at most one hour.
const MAX_GRACE: Duration = Duration::from_mins(30);

/// The longest time in which an empty budget becomes full.
const MAX_WINDOW: Duration = Duration::from_hours(24 * 30);

pub(super) fn check(limits: &Limits, errors: &mut Vec<String>) {
    for (name, limit) in limits.rules() {
        let window = limit.refill.checked_mul(limit.burst);
        let is_valid = window.is_some_and(|window| !window.is_zero() && window <= MAX_WINDOW);
        // Redis counts in microseconds.
        if !is_valid || limit.refill < Duration::from_micros(1) {
            errors.push(format!("limits.{name}: burst and refill must be above zero, and burst times refill at most 30 days. To switch the limit off, set limits.{name}.mode = \"off\"."));
        }
    }
    let conversion = &limits.sms_conversion;
    if !(0.0..=1.0).contains(&conversion.target_rate)
        || !(0.001..=1.0).contains(&conversion.min_budget_fraction)
    {
        errors.push("limits.sms_conversion: target_rate must be from 0 to 1, and min_budget_fraction from 0.001 to 1. With target_rate = 0.0 no budget shrinks.".to_owned());
    }
    if conversion.min_samples == 0 || conversion.grace > MAX_GRACE {
        errors.push(
            "limits.sms_conversion: min_samples must be at least 1, and grace at most 30m"
                .to_owned(),
        );
    }
    let concurrency = &limits.concurrency;
    for (name, value) in [
        ("concurrency.address", concurrency.address),
        ("concurrency.bodies", concurrency.bodies),
        ("concurrency.total", concurrency.total),
        ("connections_per_address", limits.connections_per_address),
        ("connections_per_proxy", limits.connections_per_proxy),
    ] {
        if !(1..=1_000_000).contains(&value) {
            errors.push(format!("limits.{name} must be from 1 to 1000000"));
        }
    }
    check_calls(limits.cognito, errors);
    if !(1..=1000).contains(&limits.replicas) {
        errors.push("limits.replicas must be from 1 to 1000".to_owned());
    }
    if let LimitsStore::Redis(redis) = &limits.store
        && redis.password.is_some()
        && limits.store_password.is_some()
    {
        errors.push(
            "limits.store has a password, and limits.store_password is set. Keep one of them."
                .to_owned(),
        );
    }
}

fn check_calls(calls: CallLimit, errors: &mut Vec<String>) {
    let budgets =
        [("register", calls.register), ("confirm", calls.confirm), ("resend", calls.resend)];
    for (name, per_second) in budgets {
        if !(1..=10_000).contains(&per_second) {
            errors.push(format!("limits.cognito.{name} must be from 1 to 10000 calls per second. To switch these budgets off, set limits.cognito.mode = \"off\"."));
        }
    }
    if calls.queue > 10_000 {
        errors.push("limits.cognito.queue must be at most 10000".to_owned());
    }
    if calls.quota == 0 {
        errors.push("limits.cognito.quota must be at least 1".to_owned());
    }
}

pub(super) fn warn(config: &Config, warnings: &mut Vec<String>) {
    let limits = &config.limits;
    if limits.mode == LimitsMode::Off {
        return;
    }
    if matches!(limits.store, LimitsStore::Redis(_)) && limits.replicas == 1 {
        warnings.push("limits.replicas is 1: while limits.store is unavailable, each replica allows the whole of every budget. Set limits.replicas to the number of replicas.".to_owned());
    }
    let calls = limits.cognito;
    let is_off = limits.effective_mode(calls.mode) == LimitsMode::Off;
    for (settings, name, per_second) in calls.above_quota().into_iter().filter(|_| !is_off) {
        warnings.push(format!("{settings}: {per_second} calls per second exceed Cognito's quota {name} of {} (limits.cognito.quota). Cognito would throttle this pool and the other pools of the account. Lower the budgets, or set limits.cognito.quota to the quota of the account.", calls.quota));
    }
    for (name, limit, allowed) in [
        ("confirm_per_username", limits.confirm_per_username, 15),
        ("messages_per_recipient", limits.messages_per_recipient, 5),
    ] {
        if max_per_hour(limit) >= allowed {
            warnings.push(format!(
                "limits.{name} allows {} per hour, but Cognito itself allows {allowed}: users would reach Cognito's limit. Lower the burst, or set a longer refill.",
                max_per_hour(limit)
            ));
        }
    }
    let cooldown = limits.message_cooldown;
    let is_on = limits.effective_mode(cooldown.mode) != LimitsMode::Off;
    if is_on && cooldown.burst == 1 && cooldown.refill > config.registration.resend_interval {
        warnings.push("limits.message_cooldown is longer than registration.resend_interval: front ends offer another code while the service still rejects a resend. Set a shorter cooldown, or a longer interval.".to_owned());
    }
}

/// Returns the maximum number of requests that a budget allows in an hour.
fn max_per_hour(limit: Limit) -> u128 {
    let refill = limit.refill.as_nanos().max(1);
    u128::from(limit.burst) + Duration::from_hours(1).as_nanos() / refill
}
