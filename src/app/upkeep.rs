//! The work that goes on beside the requests.

use std::{sync::Arc, time::Duration};

use actix_web::rt::{self, task::JoinHandle};
use tokio::time::interval;

use super::parts::Parts;
use crate::{
    ledger::Ledger,
    limits::{Counted, Limits},
    registration::Rules,
};

/// How often budgets that are full again are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(10);

/// How often it is looked how many codes are confirmed.
const JUDGE_EVERY: Duration = Duration::from_secs(10);

/// What is under way of it.
pub(super) struct Upkeep([JoinHandle<()>; 4]);

impl Upkeep {
    pub(super) fn begin(parts: &Parts) -> Self {
        let reload_every = parts.registration.email_domains.reload_every;
        let secrets = Arc::clone(parts.secrets());
        Self([
            rt::spawn(forget_idle_budgets(Arc::clone(&parts.limits))),
            rt::spawn(judge_calling_codes(Arc::clone(&parts.ledger), Arc::clone(&parts.limits))),
            rt::spawn(reload(Arc::clone(&parts.rules), reload_every)),
            rt::spawn(async move { secrets.reload_periodically().await }),
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

/// Tells the limits what came of the codes of the last hour, at all replicas.
async fn judge_calling_codes(ledger: Arc<Ledger>, limits: Arc<Limits>) {
    let Some(grace) = limits.judges_after() else { return };
    let mut interval = interval(JUDGE_EVERY);
    loop {
        interval.tick().await;
        // While the ledger is away, what was last known stays in force.
        let Ok(counted) = ledger.calling_codes(grace).await else { continue };
        let counted = counted.iter().map(|count| Counted {
            calling_code: count.calling_code,
            sent: count.sent,
            confirmed: count.confirmed,
        });
        limits.judge(&counted.collect::<Vec<Counted>>());
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
