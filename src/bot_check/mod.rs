//! The bot check of sign-ups.
//!
//! The service accepts each proof once, except with a test key of a provider. With the default of
//! `bot_check.require`, each sign-up needs a proof. Otherwise, a sign-up needs a proof if the
//! client's address or network used more of a budget than the threshold. A sign-up to which the
//! limits on clients did not apply also needs a proof. The reason for a rejected proof goes to
//! metrics and logs, but not to the client.

mod failure;
mod proof_of_work;
mod provider_response;
mod siteverify;

use std::net::IpAddr;

use thiserror::Error;

use crate::{
    config::{self, BotCheckProvider, OnOutage, Require, Threshold},
    metrics::Metrics,
};

use failure::Failure;
use proof_of_work::ProofOfWork;
use siteverify::Siteverify;

pub use proof_of_work::Challenge;

/// The bot check, shared by all workers.
pub struct BotCheck {
    require: Require,
    threshold: Threshold,
    backend: Backend,
    metrics: Metrics,
}

enum Backend {
    None,
    Siteverify(Box<Siteverify>),
    ProofOfWork(ProofOfWork),
}

/// A sign-up that must pass the check.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The proof that the client sent.
    pub proof: Option<&'a str>,
    /// The client's address.
    pub address: IpAddr,
    /// The used parts of the budgets. `None` if the limits on clients did not apply to the request.
    /// The sign-up then needs a proof.
    pub used: Option<UsedBudgets>,
}

/// The used parts of a client's budgets, in tokens.
#[derive(Clone, Copy, Debug)]
pub struct UsedBudgets {
    /// Used part of the address's budget for sign-ups.
    pub register: u32,
    /// Used part of the network's budget for all routes.
    pub network: u32,
}

/// The rejection of a sign-up by the bot check.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Rejection {
    /// The sign-up has no proof, but needs a proof.
    #[error("the sign-up has no proof, but needs a proof")]
    ProofRequired,
    /// The proof is invalid, expired or used.
    #[error("the proof is invalid, expired or used")]
    NotHuman,
    /// The provider is unavailable, and the settings require its response.
    #[error("the bot check provider is unavailable")]
    Unavailable,
    /// The provider rejects this service's requests.
    #[error("the bot check provider rejects this service")]
    Misconfigured,
}

impl BotCheck {
    /// Creates the check. `key` signs challenges.
    ///
    /// # Errors
    /// Returns an error if the provider is `siteverify` and the system has no root certificates.
    pub fn new(
        settings: &config::BotCheck,
        key: &[u8; 32],
        metrics: Metrics,
    ) -> reqwest::Result<Self> {
        let backend = match settings.provider {
            BotCheckProvider::None => Backend::None,
            BotCheckProvider::Siteverify => {
                Backend::Siteverify(Box::new(Siteverify::new(&settings.siteverify)?))
            }
            BotCheckProvider::ProofOfWork => {
                Backend::ProofOfWork(ProofOfWork::new(&settings.proof_of_work, key))
            }
        };
        Ok(Self { require: settings.require, threshold: settings.threshold, backend, metrics })
    }

    /// Returns `true` if the settings name a provider.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !matches!(self.backend, Backend::None)
    }

    /// Returns a new challenge. Returns `None` if the backend has no challenges, or if it cannot
    /// create a challenge.
    #[must_use]
    pub fn challenge(&self) -> Option<Challenge> {
        match &self.backend {
            Backend::ProofOfWork(work) => work.challenge(),
            Backend::None | Backend::Siteverify(_) => None,
        }
    }

    /// Checks a sign-up and uses up its proof. `consume_once` records the name of a proof and
    /// returns `false` if it had recorded the name before.
    ///
    /// # Errors
    /// Returns an error if the check rejects the sign-up.
    pub async fn check(
        &self,
        attempt: Attempt<'_>,
        consume_once: impl AsyncFn(&str) -> bool,
    ) -> Result<(), Rejection> {
        let (outcome, result) = match (&self.backend, attempt.proof) {
            (Backend::None, _) => return Ok(()),
            (_, None) if self.requires_proof(attempt.used) => {
                ("required", Err(Rejection::ProofRequired))
            }
            (_, None) => ("not_required", Ok(())),
            (_, Some(proof)) => {
                self.outcome(self.verify(proof, attempt.address, consume_once).await)
            }
        };
        self.metrics.checks.bot.count(outcome);
        if result == Err(Rejection::NotHuman) {
            tracing::info!(reason = outcome, "bot check proof rejected");
        }
        result
    }

    fn requires_proof(&self, used: Option<UsedBudgets>) -> bool {
        let Threshold { register, network } = self.threshold;
        self.require == Require::Always
            || used.is_none_or(|used| used.register > register || used.network > network)
    }

    async fn verify(
        &self,
        proof: &str,
        address: IpAddr,
        consume_once: impl AsyncFn(&str) -> bool,
    ) -> Result<(), Failure> {
        let consume = async |name: &str| {
            if consume_once(name).await { Ok(()) } else { Err(Failure::Reused) }
        };
        match &self.backend {
            Backend::None => Ok(()),
            Backend::Siteverify(siteverify) => {
                siteverify.verify(proof, address).await?;
                match siteverify.single_use_name(proof) {
                    Some(name) => consume(&name).await,
                    None => Ok(()),
                }
            }
            // A used proof must not cause the expensive check of its solution.
            Backend::ProofOfWork(work) => {
                let signed = work.check_signature(proof)?;
                consume(signed.nonce()).await?;
                signed.check_solution()
            }
        }
    }

    /// Returns the metric's label and the result for the client.
    fn outcome(&self, verified: Result<(), Failure>) -> (&'static str, Result<(), Rejection>) {
        let Err(failure) = verified else { return ("passed", Ok(())) };
        match failure {
            Failure::Unavailable if self.allows_outage() => ("allowed_unchecked", Ok(())),
            Failure::Unavailable => (failure.as_str(), Err(Rejection::Unavailable)),
            Failure::Misconfigured => (failure.as_str(), Err(Rejection::Misconfigured)),
            _ => (failure.as_str(), Err(Rejection::NotHuman)),
        }
    }

    fn allows_outage(&self) -> bool {
        match &self.backend {
            Backend::Siteverify(siteverify) => siteverify.on_outage() == OnOutage::Allow,
            Backend::None | Backend::ProofOfWork(_) => false,
        }
    }
}
