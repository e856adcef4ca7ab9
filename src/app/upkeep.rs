//! The work that goes on beside the requests.

use std::{sync::Arc, time::Duration};

use actix_web::rt::{self, task::JoinHandle};
use tokio::time::interval;

use super::parts::Parts;
use crate::{limits::Limits, registration::Rules};

/// How often budgets that are full again are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(10);

/// What is under way of it.
pub(super) struct Upkeep([JoinHandle<()>; 3]);

impl Upkeep {
    pub(super) fn begin(parts: &Parts) -> Self {
        let reload_every = parts.config.registration.email_domains.reload_every;
        let secrets = Arc::clone(parts.secrets());
        Self([
            rt::spawn(forget_idle_budgets(Arc::clone(&parts.limits))),
            rt::spawn(reload(Arc::clone(&parts.rules), reload_every)),
            rt::spawn(async move { secrets.keep_fresh().await }),
        ])
    }

    pub(super) fn end(self) {
        for task in self.0 {
            task.abort();
        }
    }
}

async fn forget_idle_budgets(limits: Arc<Limits>) {
    let mut interval = interval(FORGET_EVERY);
    loop {
        interval.tick().await;
        limits.forget_idle();
    }
}

/// Reads the files of rules again when they change, away from those who answer.
async fn reload(rules: Arc<Rules>, every: Duration) {
    let mut interval = interval(every);
    while rules.has_files() {
        interval.tick().await;
        let rules = Arc::clone(&rules);
        if let Err(error) = rt::task::spawn_blocking(move || rules.reload()).await {
            tracing::error!(%error, "files of rules were not read again");
        }
    }
}
