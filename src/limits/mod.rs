//! Who may knock how often: rules, keys, and what a refusal says.
//!
//! What a caller is known by before the body is read ([`Limits::admit`]) is asked in one go, and
//! what the form says ([`Limits::sign_up`], …) in another. A request pays the rules in turn, and
//! the first that refuses ends it: whoever is over the budget of an address costs the network
//! nothing.

mod calling_codes;
mod calls;
mod concurrency;
mod form;
mod keys;
mod local;
mod patience;
mod rule;
mod shared;
mod turns;

use std::{net::IpAddr, sync::Arc, time::Duration};

use hmac::Hmac;
use sha2::Sha256;

use crate::{
    config::{self, LimitsMode, LimitsStore},
    keyed_digest::hmac_sha256,
    metrics::Metrics,
};
use calling_codes::CallingCodes;
use calls::Calls;
use concurrency::{Concurrency, Permit, TooMany};
use local::Local;
use patience::Patience;
use rule::{Draw, Drawn, Rules, Which};
use shared::Shared;

pub use self::{
    calling_codes::Counted,
    calls::{Call, NoTurn, Part},
    form::{Recipient, Taken},
    keys::caller,
};

/// All limits of a deployment.
#[derive(Debug)]
pub struct Limits {
    rules: Rules,
    calls: Calls,
    store: Store,
    concurrency: Arc<Concurrency>,
    codes: CallingCodes,
    /// Makes digests of recipients.
    digests: Hmac<Sha256>,
    patience: Duration,
    metrics: Metrics,
}

/// Where the budgets are.
#[derive(Debug)]
enum Store {
    Local(Local),
    Shared(Box<Shared>),
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Route {
    Register,
    Confirm,
    Resend,
    Challenge,
}

/// A request that was let in, until it is dropped.
#[derive(Debug)]
pub struct Admission {
    /// What the caller is told of its budgets.
    pub budgets: Vec<Budget>,
    /// How much of them is used up, also where that is only observed.
    pub used: Used,
    /// How long it may still wait for the store.
    patience: Patience,
    _permit: Option<Permit>,
}

/// How much of a caller's budgets is used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Of the address's, for sign-ups.
    pub register: u32,
    /// Of the network's, for everything.
    pub network: u32,
}

/// What is left of a budget, as the `RateLimit` header says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The rule's name.
    pub name: &'static str,
    /// How many at once.
    pub quota: u32,
    /// The time in which all of them come back.
    pub window: Duration,
    /// How many are left.
    pub remaining: u32,
    /// The time until all of them are back.
    pub reset: Duration,
}

/// Why a request is not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turned {
    /// What the caller is told of its budgets.
    pub budgets: Vec<Budget>,
    /// Why.
    pub why: Why,
}

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The caller's.
    OverLimit(Exceeded),
    /// Everybody's: there is too much under way.
    Busy,
}

/// Over a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// The time until one more is allowed.
    pub retry_after: Duration,
}

impl Limits {
    /// By the settings. Replicas with the same key share what they keep in the store.
    /// `remembers` is how long a name that was given to [`Self::once`] is known; nothing where
    /// none is given.
    pub async fn open(
        settings: &config::Limits,
        remembers: Option<Duration>,
        key: &[u8; 32],
        metrics: Metrics,
    ) -> Self {
        let rules = Rules::new(settings, remembers);
        let store = match &settings.store {
            LimitsStore::Redis(redis)
                if settings.mode != LimitsMode::Off || remembers.is_some() =>
            {
                let redis = redis.clone();
                let shared = Shared::open(&rules, settings, redis, key, metrics.clone()).await;
                Store::Shared(Box::new(shared))
            }
            _ => Store::Local(Local::new(&rules, 1)),
        };
        let concurrency = Concurrency::new(settings);
        Self {
            rules,
            calls: Calls::new(settings),
            store,
            concurrency,
            codes: CallingCodes::new(settings.confirmed, metrics.clone()),
            digests: hmac_sha256(key),
            patience: settings.store_timeout,
            metrics,
        }
    }

    /// Lets a caller in, or not, by its address and network, and by what is under way.
    ///
    /// # Errors
    /// Why not, and what is left of its budgets.
    pub async fn admit(&self, address: IpAddr, route: Route) -> Result<Admission, Turned> {
        let permit = self.enter(address)?;
        let by_route = match route {
            Route::Register => Some(Which::Register),
            Route::Confirm => Some(Which::Confirm),
            Route::Resend => Some(Which::Resend),
            Route::Challenge => None,
        };
        let draws: Vec<Draw> = [
            self.rules.draw(Which::Address, keys::address(address)),
            by_route.and_then(|rule| self.rules.draw(rule, keys::address(address))),
            self.rules.draw(Which::Network, keys::network(address)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let patience = Patience::new(self.patience);
        let results = self.take(&draws, &patience).await;
        let told = draws.iter().zip(&results).filter(|(draw, _)| draw.rule.is_enforced());
        let budgets = told.map(|(draw, drawn)| Budget::of(draw, *drawn)).collect();
        if let Some(exceeded) = self.refusal(&draws, &results) {
            return Err(Turned { budgets, why: Why::OverLimit(exceeded) });
        }
        let used = Used::of(&draws, &results);
        Ok(Admission { budgets, used, patience, _permit: permit })
    }

    /// Judges what the codes of the last hour came to: a calling code of which few are confirmed
    /// has less of its budget from now on.
    pub fn judge(&self, counted: &[Counted]) {
        self.codes.judge(counted);
    }

    /// How old a code is that counts where it was not confirmed; nothing where none counts.
    #[must_use]
    pub fn judges_after(&self) -> Option<Duration> {
        let is_on = self.rules.get(Which::CallingCode).mode != LimitsMode::Off;
        is_on.then(|| self.codes.grace()).flatten()
    }

    /// Forgets the budgets that are full again.
    pub fn forget_idle(&self) {
        match &self.store {
            Store::Local(local) => local.forget_idle(),
            Store::Shared(shared) => shared.forget_idle(),
        }
    }

    fn enter(&self, address: IpAddr) -> Result<Option<Permit>, Turned> {
        let mode = self.concurrency.mode;
        if mode == LimitsMode::Off {
            return Ok(None);
        }
        let (permit, too_many) = self.concurrency.enter(address);
        let Some(too_many) = too_many else { return Ok(Some(permit)) };
        let (name, why) = match too_many {
            TooMany::OfAddress => {
                let retry_after = Duration::from_secs(1);
                ("concurrency_address", Why::OverLimit(Exceeded { retry_after }))
            }
            TooMany::InAll => ("concurrency_total", Why::Busy),
        };
        self.note(name, mode);
        if mode == LimitsMode::Enforce {
            return Err(Turned { budgets: Vec::new(), why });
        }
        Ok(Some(permit))
    }

    /// What came of the draws of a request that was let in.
    async fn take_for(&self, admission: Option<&Admission>, draws: &[Draw]) -> Vec<Drawn> {
        let own = Patience::new(self.patience);
        let patience = admission.map_or(&own, |admission| &admission.patience);
        self.take(draws, patience).await
    }

    /// What came of the draws.
    async fn take(&self, draws: &[Draw], patience: &Patience) -> Vec<Drawn> {
        match &self.store {
            _ if draws.is_empty() => Vec::new(),
            Store::Local(local) => local.take(draws),
            Store::Shared(shared) => {
                patience.spend(async |patience| shared.take(draws, patience).await).await
            }
        }
    }

    /// The refusal among them, once every rule that was exceeded is noted.
    fn refusal(&self, draws: &[Draw], results: &[Drawn]) -> Option<Exceeded> {
        let mut refusal = None;
        for (draw, drawn) in draws.iter().zip(results) {
            let Drawn::Over(retry_after) = *drawn else { continue };
            if draw.refuses {
                refusal = Some(Exceeded { retry_after });
            }
            if draw.refuses || !draw.rule.is_enforced() {
                self.note(draw.rule.name, draw.rule.mode);
            }
        }
        refusal
    }

    /// Counts a request over a limit. A refusal has a line in the log anyway.
    fn note(&self, limit: &'static str, mode: LimitsMode) {
        let is_enforced = mode == LimitsMode::Enforce;
        self.metrics.over_limit(limit, is_enforced);
        if !is_enforced {
            tracing::info!(limit, "over a limit that is only observed");
        }
    }
}

impl Store {
    async fn give_back(&self, draws: &[Draw], patience: &Patience) {
        match self {
            _ if draws.is_empty() => {}
            Self::Local(local) => local.give_back(draws),
            Self::Shared(shared) => {
                patience.spend(async |patience| shared.give_back(draws, patience).await).await;
            }
        }
    }
}

impl Used {
    fn of(draws: &[Draw], results: &[Drawn]) -> Self {
        let mut used = Self::default();
        for (draw, drawn) in draws.iter().zip(results) {
            let count = match *drawn {
                Drawn::Within { used, .. } => used,
                Drawn::Over(_) => u32::MAX,
            };
            match draw.rule.which {
                Which::Register => used.register = count,
                Which::Network => used.network = count,
                _ => {}
            }
        }
        used
    }
}

impl Budget {
    fn of(draw: &Draw, drawn: Drawn) -> Self {
        let rule = draw.rule;
        let (remaining, used) = match drawn {
            Drawn::Within { left, used } => (left, used),
            Drawn::Over(_) => (0, rule.burst),
        };
        Self {
            name: rule.name,
            quota: rule.burst,
            window: rule.refill * rule.burst,
            remaining,
            reset: rule.refill * used,
        }
    }
}
