//! The work that goes on beside the requests.

use std::{sync::Arc, time::Duration};

use actix_web::rt::{self, task::JoinHandle};
use tokio::time::interval;

use super::parts::Parts;
use crate::{
    ledger::Ledger,
    rate_limit::{ConversionSample, RateLimits},
    registration::Rules,
};

/// The interval at which budgets that are full again are deleted.
const DELETE_EVERY: Duration = Duration::from_secs(10);

/// The interval at which the costs of codes are updated.
const UPDATE_COSTS_EVERY: Duration = Duration::from_secs(10);

/// What is under way of it.
pub(super) struct Upkeep([JoinHandle<()>; 4]);

impl Upkeep {
    pub(super) fn begin(parts: &Parts) -> Self {
        let reload_every = parts.registration.email_domains.reload_every;
        let secrets = Arc::clone(parts.secrets());
        Self([
            rt::spawn(delete_full_budgets(Arc::clone(&parts.limits))),
            rt::spawn(update_costs(Arc::clone(&parts.ledger), Arc::clone(&parts.limits))),
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

async fn delete_full_budgets(limits: Arc<RateLimits>) {
    let mut interval = interval(DELETE_EVERY);
    loop {
        interval.tick().await;
        limits.delete_full_budgets();
    }
}

/// Updates the costs of codes by the conversion of the last hour, at all replicas.
async fn update_costs(ledger: Arc<Ledger>, limits: Arc<RateLimits>) {
    let Some(grace) = limits.conversion_grace() else { return };
    let mut interval = interval(UPDATE_COSTS_EVERY);
    loop {
        interval.tick().await;
        // While the ledger is unavailable, the last costs stay in force.
        let Ok(counted) = ledger.calling_codes(grace).await else { continue };
        let samples = counted.iter().map(|count| ConversionSample {
            calling_code: count.calling_code,
            sent: count.sent,
            confirmed: count.confirmed,
        });
        limits.update_costs(&samples.collect::<Vec<ConversionSample>>());
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
