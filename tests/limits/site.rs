//! Limits by settings, as a replica has them.

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

/// Where budgets are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    Local,
    Redis,
}

/// One replica's limits, and what it counted.
pub(crate) struct Replica {
    pub(crate) limits: RateLimits,
    pub(crate) budget: CognitoBudget,
    pub(crate) metrics: Metrics,
}

/// Settings in force where a test says nothing: rules of addresses that give nothing back while
/// it runs, and a store that is waited for, since what is counted is exact only there.
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
    /// The setting. Without a Redis its tests fail: a suite that leaves a store out must not look
    /// as if it had passed.
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

    /// The first replica of a fleet of its own.
    pub(crate) async fn replica(self, settings: &[(&str, &str)]) -> Replica {
        replica(&self.url(), &fastrand::u128(..).to_be_bytes(), settings).await
    }
}

/// A replica; those with the same name share their budgets where the store is shared.
pub(crate) async fn replica(store: &str, fleet: &[u8; 16], settings: &[(&str, &str)]) -> Replica {
    replica_that_remembers(store, fleet, settings, None).await
}

/// The same, which knows for so long what counts once.
pub(crate) async fn replica_that_remembers(
    store: &str,
    fleet: &[u8; 16],
    settings: &[(&str, &str)],
    remembers: Option<Duration>,
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
    let limits = RateLimits::open(&config.limits, remembers, &key, metrics.clone()).await;
    let budget = CognitoBudget::new(&config.limits, &limits);
    Replica { limits, budget, metrics }
}

impl Replica {
    /// Whether an address is let in to register.
    pub(crate) async fn admits(&self, address: IpAddr) -> bool {
        self.limits.admit(address, Route::Register).await.is_ok()
    }

    /// How many of so many requests of an address are let in, one after the other.
    pub(crate) async fn admitted(&self, address: IpAddr, of: usize) -> usize {
        let mut admitted = 0;
        for _ in 0..of {
            admitted += usize::from(self.admits(address).await);
        }
        admitted
    }

    /// What was counted.
    pub(crate) fn counted(&self, metric: &str) -> u64 {
        let start = format!("vestibule_{metric} ");
        let text = self.metrics.text();
        let count = text.lines().find_map(|line| line.strip_prefix(&start));
        count.map_or(0, |count| count.parse().expect("a whole number"))
    }

    /// Waits until the store is available, or is not.
    pub(crate) async fn until_the_store_is_available(&self, is_available: bool) {
        let expected = u64::from(is_available);
        let look = async || self.counted("rate_limit_store_up");
        until("the store is available, or not", look, |seen| *seen == expected).await;
    }
}

/// An address that no test has met before.
pub(crate) fn somebody() -> IpAddr {
    IpAddr::from((0x2001_0db8_u128 << 96 | fastrand::u128(..) >> 32).to_be_bytes())
}
