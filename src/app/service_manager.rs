//! The notifications to the service manager (`sd_notify`). The service manager enables them with
//! `NOTIFY_SOCKET`.

use sd_notify::NotifyState;
use tokio::time::interval;

use crate::connection::Workers;

pub(super) fn ready() {
    send(&[NotifyState::Ready]);
}

pub(super) fn stopping() {
    send(&[NotifyState::Stopping]);
}

/// Reports the start of a reload. [`ready`] reports the end.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => send(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!(%error, "service manager not notified of the reload"),
    }
}

/// Sends a heartbeat twice in each interval of `WATCHDOG_USEC`, unless a worker is blocked.
pub(super) async fn watchdog(workers: Workers) {
    let Some(limit) = sd_notify::watchdog_enabled().filter(|limit| !limit.is_zero()) else {
        return;
    };
    let mut interval = interval(limit / 2);
    loop {
        interval.tick().await;
        if workers.are_live() {
            send(&[NotifyState::Watchdog]);
        }
    }
}

fn send(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "service manager not notified");
    }
}
