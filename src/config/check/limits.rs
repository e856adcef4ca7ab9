//! The check of `[limits]`.

use std::time::Duration;

use crate::config::{
    sections::limits::{CallLimit, Limit, Limits, mode::LimitsMode, store::LimitsStore},
    settings::Config,
};

/// The longest that a request may wait for the store.
const A_SECOND: Duration = Duration::from_secs(1);

/// The longest that a code may take: it is judged for an hour in all.
const HALF_AN_HOUR: Duration = Duration::from_mins(30);

/// The longest until a budget is full again.
const A_MONTH: Duration = Duration::from_hours(24 * 30);

/// Adds every mistake.
pub(super) fn check(limits: &Limits, mistakes: &mut Vec<String>) {
    for (name, limit) in limits.rules() {
        let window = limit.refill.checked_mul(limit.burst);
        let is_sound = window.is_some_and(|window| !window.is_zero() && window <= A_MONTH);
        // Redis counts in microseconds.
        if !is_sound || limit.refill < Duration::from_micros(1) {
            mistakes.push(format!("limits.{name}: burst and refill must be more than nothing, and burst times refill at most 30 days; `limits.{name}.mode = \"off\"` switches this one off"));
        }
    }
    let conversion = &limits.sms_conversion;
    if !(0.0..=1.0).contains(&conversion.target_rate)
        || !(0.001..=1.0).contains(&conversion.min_budget_fraction)
    {
        mistakes.push("limits.sms_conversion: target_rate must be from 0 to 1, and min_budget_fraction from 0.001 to 1; `limits.sms_conversion.target_rate = 0.0` never shrinks a budget".to_owned());
    }
    if conversion.min_samples == 0 || conversion.grace > HALF_AN_HOUR {
        mistakes.push(
            "limits.sms_conversion: min_samples must be 1 or more, and grace at most 30m"
                .to_owned(),
        );
    }
    if !(1..=1_000_000).contains(&limits.concurrency.address)
        || !(1..=1_000_000).contains(&limits.concurrency.total)
    {
        mistakes.push("limits.concurrency: address and total must be from 1 to 1000000".to_owned());
    }
    check_calls(limits.cognito, mistakes);
    if !(1..=1000).contains(&limits.replicas) {
        mistakes.push("limits.replicas must be from 1 to 1000".to_owned());
    }
    if limits.store_timeout < Duration::from_millis(1) || limits.store_timeout > A_SECOND {
        mistakes.push("limits.store_timeout must be from 1ms to 1s".to_owned());
    }
    match &limits.store {
        LimitsStore::Redis(redis)
            if redis.password.is_some() && limits.store_password.is_some() =>
        {
            mistakes.push("limits.store has a password, and limits.store_password is set, too: keep one of them".to_owned());
        }
        _ => {}
    }
}

fn check_calls(calls: CallLimit, mistakes: &mut Vec<String>) {
    let budgets =
        [("register", calls.register), ("confirm", calls.confirm), ("resend", calls.resend)];
    for (name, a_second) in budgets {
        if !(1..=10_000).contains(&a_second) {
            mistakes.push(format!("limits.cognito.{name} must be from 1 to 10000 a second; `limits.cognito.mode = \"off\"` switches these budgets off"));
        }
    }
    if calls.queue > 10_000 {
        mistakes.push("limits.cognito.queue must be at most 10000".to_owned());
    }
    if calls.quota == 0 {
        mistakes.push("limits.cognito.quota must be more than nothing".to_owned());
    }
}

/// Adds the warnings for the operator.
pub(super) fn warn(config: &Config, warnings: &mut Vec<String>) {
    let limits = &config.limits;
    if limits.mode == LimitsMode::Off {
        return;
    }
    if matches!(limits.store, LimitsStore::Redis(_)) && limits.replicas == 1 {
        warnings.push("limits.replicas is 1: should limits.store be away, each replica lets all of every budget through by itself".to_owned());
    }
    let calls = limits.cognito;
    let is_off = limits.effective_mode(calls.mode) == LimitsMode::Off;
    for (settings, name, a_second) in calls.above_quota().into_iter().filter(|_| !is_off) {
        warnings.push(format!("{settings}: {a_second} calls a second are more than Cognito's quota {name} of {} (limits.cognito.quota): callers will meet it, and so will the other pools of the account", calls.quota));
    }
    for (name, limit, allowed) in [
        ("confirm_per_username", limits.confirm_per_username, 15),
        ("messages_per_recipient", limits.messages_per_recipient, 5),
    ] {
        if in_an_hour(limit) >= allowed {
            warnings.push(format!("limits.{name} lets {} through in an hour, and Cognito itself no more than {allowed}: callers will meet its limit", in_an_hour(limit)));
        }
    }
    let (interval, told) = (limits.message_cooldown, config.registration.resend_interval);
    let is_on = limits.effective_mode(interval.mode) != LimitsMode::Off;
    if is_on && interval.burst == 1 && interval.refill > told {
        warnings.push("limits.message_cooldown is longer than registration.resend_interval: front ends offer another code while it is still refused".to_owned());
    }
}

/// The most that a budget lets through in any hour.
fn in_an_hour(limit: Limit) -> u128 {
    let refill = limit.refill.as_nanos().max(1);
    u128::from(limit.burst) + Duration::from_hours(1).as_nanos() / refill
}
