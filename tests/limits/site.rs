//! The limits of a replica, from settings.

use std::{env, net::IpAddr, time::Duration};

use vestibule::{
    config::{Config, Sources},
    metrics::Metrics,
    rate_limit::{CognitoBudget, RateLimits, Route},
};

use crate::{support::environment, wait::until};

/// Replicas share budgets if they have the same key.
pub(crate) const DATABASE_KEY: (&str, &str) =
    ("DATABASE__KEY", "a database key of 32 characters or more");

/// The place of the budgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    Local,
    Redis,
}

/// The limits and the metrics of one replica.
pub(crate) struct Replica {
    pub(crate) limits: RateLimits,
    pub(crate) budget: CognitoBudget,
    pub(crate) metrics: Metrics,
}

/// Default settings of the tests. Budgets of addresses do not refill during a test. The store has a
/// long timeout, because only its counts are exact.
const QUIET: [(&str, &str); 9] = [
    ("LIMITS__MODE", "enforce"),
    ("LIMITS__STORE_TIMEOUT", "1s"),
    ("LIMITS__ADDRESS__REFILL", "1h"),
    ("LIMITS__NETWORK__MODE", "off"),
    ("LIMITS__REGISTER__MODE", "off"),
    ("LIMITS__SIGN_UPS_PER_RECIPIENT__REFILL", "1h"),
    ("LIMITS__CONFIRM_PER_USERNAME__REFILL", "1h"),
    ("LIMITS__MESSAGE_COOLDOWN__MODE", "off"),
    ("LIMITS__CONCURRENCY__MODE", "off"),
];

impl Store {
    /// Returns the value of `limits.store`. Fails without a Redis, because a skipped store must not
    /// look like a success.
    #[expect(clippy::disallowed_methods, reason = "it is a setting of the tests")]
    pub(crate) fn url(self) -> String {
        match self {
            Self::Local => "local".to_owned(),
            Self::Redis => env::var("VESTIBULE_TEST_REDIS")
                .expect(
                "VESTIBULE_TEST_REDIS is set: run `make test`, or `tests/with-redis cargo nextest run`",
            ),
        }
    }

    /// Starts the first replica of a new fleet.
    pub(crate) async fn replica(self, settings: &[(&str, &str)]) -> Replica {
        replica(&self.url(), &fastrand::u128(..).to_be_bytes(), settings).await
    }
}

/// Starts a replica. Replicas with the same fleet share their budgets in a shared store.
pub(crate) async fn replica(store: &str, fleet: &[u8; 16], settings: &[(&str, &str)]) -> Replica {
    replica_that_remembers(store, fleet, settings, None).await
}

/// Starts a replica that remembers consumed names for `proof_lifetime`.
pub(crate) async fn replica_that_remembers(
    store: &str,
    fleet: &[u8; 16],
    settings: &[(&str, &str)],
    proof_lifetime: Option<Duration>,
) -> Replica {
    let mut all = QUIET.to_vec();
    all.push(("LIMITS__STORE", store));
    all.extend(settings);
    let environment = environment(&all, "http://127.0.0.1:1");
    let config = Config::load(Sources { environment: &environment, ..Sources::default() });
    let config = config.unwrap_or_else(|error| panic!("{error}"));
    let mut key = [0; 32];
    key[..16].copy_from_slice(fleet);
    let metrics = Metrics::default();
    let limits = RateLimits::open(&config.limits, proof_lifetime, &key, metrics.clone()).await;
    let budget = CognitoBudget::new(&config.limits, &limits);
    Replica { limits, budget, metrics }
}

impl Replica {
    /// Returns `true` if the fleet admits a sign-up from this address.
    pub(crate) async fn admits(&self, address: IpAddr) -> bool {
        self.limits.admit(address, Route::Register).await.is_ok()
    }

    /// Returns the number of admitted requests among `of` of an address, one after the other.
    pub(crate) async fn admitted(&self, address: IpAddr, of: usize) -> usize {
        let mut admitted = 0;
        for _ in 0..of {
            admitted += usize::from(self.admits(address).await);
        }
        admitted
    }

    /// Returns the value of a metric.
    pub(crate) fn counted(&self, metric: &str) -> u64 {
        let start = format!("vestibule_{metric} ");
        let text = self.metrics.text(vestibule::metrics::Format::Prometheus);
        let count = text.lines().find_map(|line| line.strip_prefix(&start));
        count.map_or(0, |count| count.parse().expect("a whole number"))
    }

    /// Waits until the store is available or unavailable.
    pub(crate) async fn until_the_store_is_available(&self, is_available: bool) {
        let expected = u64::from(is_available);
        let look = async || self.counted("rate_limit_store_up");
        until("the store is available or unavailable", look, |seen| *seen == expected).await;
    }
}

/// Returns an address that no test has used.
pub(crate) fn new_address() -> IpAddr {
    IpAddr::from((0x2001_0db8_u128 << 96 | fastrand::u128(..) >> 32).to_be_bytes())
}
