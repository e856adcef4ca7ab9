use std::{sync::Arc, time::Duration};

use actix_web::rt::{self, task::JoinHandle};
use tokio::time::interval;

use super::components::Components;
use crate::{
    rate_limit::{ConversionSample, RateLimits},
    registration::Rules,
    store::Store,
};

/// Interval at which the service deletes full budgets.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(10);

/// Interval at which the service reads the conversion rates of calling codes.
const CONVERSION_INTERVAL: Duration = Duration::from_secs(10);

pub(super) struct BackgroundTasks([JoinHandle<()>; 4]);

impl BackgroundTasks {
    pub(super) fn start(components: &Components) -> Self {
        let reload_interval = components.registration.email_domains.reload_interval;
        let secrets = Arc::clone(components.secrets());
        let rate_limits = || Arc::clone(&components.rate_limits);
        Self([
            rt::spawn(delete_full_budgets(rate_limits())),
            rt::spawn(update_sms_costs(Arc::clone(&components.store), rate_limits())),
            rt::spawn(reload(Arc::clone(&components.rules), reload_interval)),
            rt::spawn(async move { secrets.reload_periodically().await }),
        ])
    }

    pub(super) fn stop(self) {
        for task in self.0 {
            task.abort();
        }
    }
}

async fn delete_full_budgets(rate_limits: Arc<RateLimits>) {
    let mut interval = interval(CLEANUP_INTERVAL);
    loop {
        interval.tick().await;
        rate_limits.delete_full_budgets();
    }
}

/// Updates the cost of an SMS by calling code, from the codes that all replicas sent in the last
/// hour.
async fn update_sms_costs(store: Arc<Store>, rate_limits: Arc<RateLimits>) {
    let Some(grace) = rate_limits.conversion_grace() else { return };
    let mut interval = interval(CONVERSION_INTERVAL);
    loop {
        interval.tick().await;
        // The last costs stay in force while the database is unavailable.
        let Ok(counts) = store.calling_codes(grace).await else { continue };
        let samples = counts.iter().map(|count| ConversionSample {
            calling_code: count.calling_code,
            sent: count.sent,
            confirmed: count.confirmed,
        });
        rate_limits.update_costs(&samples.collect::<Vec<ConversionSample>>());
    }
}

async fn reload(rules: Arc<Rules>, period: Duration) {
    let mut interval = interval(period);
    while rules.has_files() {
        interval.tick().await;
        let rules = Arc::clone(&rules);
        if let Err(error) = rt::task::spawn_blocking(move || rules.reload()).await {
            tracing::error!(%error, "files of form rules not reloaded");
        }
    }
}
