//! Who may knock how often: rules, keys, and what a refusal says.
//!
//! What a caller is known by before the body is read ([`Limits::admit`]) is asked in one go, and
//! what the form says ([`Limits::sign_up`], …) in another. A request pays the rules in turn, and
//! the first that refuses ends it: whoever is over the budget of an address costs the network
//! nothing.

mod calls;
mod concurrency;
mod keys;
mod local;
mod patience;
mod rule;
mod shared;
mod turns;

use std::{net::IpAddr, sync::Arc, time::Duration};

use crate::{
    config::{self, LimitsMode, LimitsStore},
    metrics::Metrics,
};
use calls::Calls;
use concurrency::{Concurrency, Permit, TooMany};
use local::Local;
use patience::Patience;
use rule::{Draw, Drawn, Key, Rules, Which};
use shared::Shared;

pub use calls::{Call, NoTurn, Part};

/// All limits of a deployment.
#[derive(Debug)]
pub struct Limits {
    rules: Rules,
    calls: Calls,
    store: Store,
    concurrency: Arc<Concurrency>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Whom a sign-up concerns.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Recipient<'a> {
    Email(&'a str),
    /// As E.164.
    Phone {
        number: &'a str,
        calling_code: u16,
    },
    /// A user name, where nothing is sent.
    Name(&'a str),
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
        let calls = Calls::new(settings);
        Self { rules, calls, store, concurrency, patience: settings.store_timeout, metrics }
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

    /// Whether these may be signed up once more, whoever asks for it.
    ///
    /// # Errors
    /// Where one of them was signed up too often.
    pub async fn sign_up(
        &self,
        admission: Option<&Admission>,
        recipients: &[Recipient<'_>],
    ) -> Result<(), Exceeded> {
        let key = |recipient: &Recipient<'_>| match *recipient {
            Recipient::Email(email) => keys::email(email),
            Recipient::Phone { number, .. } => keys::name(number),
            Recipient::Name(name) => keys::name(name),
        };
        let code = |recipient: &Recipient<'_>| match *recipient {
            Recipient::Phone { calling_code, .. } => Some(keys::calling_code(calling_code)),
            Recipient::Email(_) | Recipient::Name(_) => None,
        };
        let recipients_draw =
            recipients.iter().map(|one| self.rules.draw(Which::Recipient, key(one)));
        let codes = recipients.iter().filter_map(code);
        let codes_draw = codes.map(|code| self.rules.draw(Which::CallingCode, code));
        self.check(admission, recipients_draw.chain(codes_draw).flatten().collect()).await
    }

    /// Whether one more code may be tried for this user name.
    ///
    /// # Errors
    /// Where too many were.
    pub async fn confirm(
        &self,
        admission: Option<&Admission>,
        username: &str,
    ) -> Result<(), Exceeded> {
        let draw = self.rules.draw(Which::ConfirmName, keys::name(username));
        self.check(admission, draw.into_iter().collect()).await
    }

    /// Whether one more code may be sent to this user name, and to numbers of its calling code
    /// where it is one.
    ///
    /// # Errors
    /// Where too many were.
    pub async fn resend(
        &self,
        admission: Option<&Admission>,
        username: &str,
        calling_code: Option<u16>,
    ) -> Result<(), Exceeded> {
        let name = self.rules.draw(Which::ResendName, keys::name(username));
        let code = calling_code
            .and_then(|code| self.rules.draw(Which::CallingCode, keys::calling_code(code)));
        self.check(admission, name.into_iter().chain(code).collect()).await
    }

    /// Whether nobody has given this name before, as long as it is remembered. It is a budget of
    /// one, whatever `limits.mode` says. Each replica knows the names that it was given itself,
    /// and where the store is away it knows no others.
    pub async fn once(&self, admission: Option<&Admission>, name: &str) -> bool {
        let draw = self.rules.draw(Which::Proof, Key::Text(name.to_owned()));
        let draws: Vec<Draw> = draw.into_iter().collect();
        let own = Patience::new(self.patience);
        let patience = admission.map_or(&own, |admission| &admission.patience);
        let results = match &self.store {
            _ if draws.is_empty() => Vec::new(),
            Store::Local(local) => local.take(&draws),
            Store::Shared(shared) => {
                let take = async |patience| shared.take_here_and_there(&draws, patience).await;
                patience.spend(take).await
            }
        };
        results.iter().all(Drawn::is_within)
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

    async fn check(&self, admission: Option<&Admission>, draws: Vec<Draw>) -> Result<(), Exceeded> {
        let results = self.take_for(admission, &draws).await;
        self.refusal(&draws, &results).map_or(Ok(()), Err)
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
            self.note(draw.rule.name, draw.rule.mode);
            if draw.rule.is_enforced() {
                refusal = Some(Exceeded { retry_after });
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
