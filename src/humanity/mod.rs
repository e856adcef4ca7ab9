//! Whether somebody is a person, as far as a bot check tells.
//!
//! A proof counts once. Who has none is asked for one, always or only once the limits have seen
//! much of the address or its network. What was found out is for the operator; the caller hears
//! that a proof is needed, or that this one is none.

mod proof_of_work;
mod siteverify;
mod verdict;

use std::{net::IpAddr, sync::Arc};

use thiserror::Error;

use crate::{
    config::{self, Ask, HumanityKind, OnOutage, Threshold},
    limits::{Admission, Limits},
    metrics::Metrics,
};

use proof_of_work::ProofOfWork;
use siteverify::{Provider, Siteverify};

pub use proof_of_work::Challenge;

/// What all workers share of the bot check.
#[derive(Clone)]
pub struct BotCheck {
    ask: Ask,
    threshold: Threshold,
    way: Way,
}

#[derive(Clone)]
enum Way {
    None,
    Siteverify(Provider),
    ProofOfWork(Arc<ProofOfWork>),
}

/// The bot check, for one worker.
#[derive(Clone)]
pub struct Humanity {
    ask: Ask,
    threshold: Threshold,
    check: Check,
    metrics: Metrics,
}

#[derive(Clone)]
enum Check {
    None,
    Siteverify(Box<Siteverify>),
    ProofOfWork(Arc<ProofOfWork>),
}

/// Who wants to go on.
#[derive(Clone, Copy, Debug)]
pub struct Visitor<'a> {
    /// The proof that was sent.
    pub proof: Option<&'a str>,
    /// Where it comes from.
    pub address: IpAddr,
    /// What the limits know of that.
    pub admission: Option<&'a Admission>,
}

/// Why somebody may not go on.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refused {
    /// A proof is asked for.
    #[error("a proof is needed")]
    Needed,
    /// It was no proof, or none any more.
    #[error("the proof is none")]
    NotHuman,
    /// Nobody knows, and the settings want to know.
    #[error("the bot check's provider is away")]
    Away,
    /// The provider will not talk to this service.
    #[error("the bot check's provider refuses this service")]
    Misconfigured,
}

/// What is wrong with a proof, in the words of metrics and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    Unreadable,
    Signature,
    Expired,
    Solution,
    Provider,
    Hostname,
    Action,
    Score,
    Age,
    Reused,
    Away,
    Misconfigured,
}

impl BotCheck {
    /// Gets ready by the settings. Challenges are signed with the first of the keys, and taken
    /// with any.
    ///
    /// # Errors
    /// Where the machine has no certificates to trust.
    pub fn prepare(settings: &config::Humanity, keys: &[[u8; 32]]) -> reqwest::Result<Self> {
        let way = match settings.kind {
            HumanityKind::None => Way::None,
            HumanityKind::Siteverify => Way::Siteverify(Provider::new(&settings.siteverify)?),
            HumanityKind::ProofOfWork => {
                Way::ProofOfWork(Arc::new(ProofOfWork::new(&settings.proof_of_work, keys)))
            }
        };
        Ok(Self { ask: settings.ask, threshold: settings.threshold, way })
    }

    /// The check for one worker.
    #[must_use]
    pub fn open(&self, metrics: Metrics) -> Humanity {
        let check = match &self.way {
            Way::None => Check::None,
            Way::Siteverify(provider) => Check::Siteverify(Box::new(provider.open())),
            Way::ProofOfWork(work) => Check::ProofOfWork(Arc::clone(work)),
        };
        Humanity { ask: self.ask, threshold: self.threshold, check, metrics }
    }
}

impl Humanity {
    /// A challenge, where there are any.
    #[must_use]
    pub fn challenge(&self) -> Option<Challenge> {
        match &self.check {
            Check::ProofOfWork(work) => work.challenge(),
            Check::None | Check::Siteverify(_) => None,
        }
    }

    /// Whether somebody may go on.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self, visitor: Visitor<'_>, limits: &Limits) -> Result<(), Refused> {
        let (outcome, result) = match (&self.check, visitor.proof) {
            (Check::None, _) => return Ok(()),
            (_, None) if self.asks(visitor.admission) => ("needed", Err(Refused::Needed)),
            (_, None) => ("not_asked", Ok(())),
            (_, Some(proof)) => self.judged(self.judge(proof, visitor, limits).await),
        };
        self.metrics.human_check(outcome);
        if result == Err(Refused::NotHuman) {
            tracing::info!(reason = outcome, "a proof was refused");
        }
        result
    }

    /// Whether a proof is asked for.
    fn asks(&self, admission: Option<&Admission>) -> bool {
        let Threshold { register, network } = self.threshold;
        self.ask == Ask::Always
            || admission.is_none_or(|admission| {
                admission.used.register > register || admission.used.network > network
            })
    }

    async fn judge(&self, proof: &str, visitor: Visitor<'_>, limits: &Limits) -> Result<(), Doubt> {
        let is_first = async |name: &str| {
            let is_first = limits.once(visitor.admission, name).await;
            if is_first { Ok(()) } else { Err(Doubt::Reused) }
        };
        match &self.check {
            Check::None => Ok(()),
            Check::Siteverify(siteverify) => {
                siteverify.judge(proof, visitor.address).await?;
                match siteverify.name(proof) {
                    Some(name) => is_first(&name).await,
                    None => Ok(()),
                }
            }
            // What it takes to verify the work is done once for each challenge.
            Check::ProofOfWork(work) => {
                let signed = work.signed(proof)?;
                is_first(signed.name()).await?;
                signed.verify()
            }
        }
    }

    /// What is counted, and whether it goes on.
    fn judged(&self, judgement: Result<(), Doubt>) -> (&'static str, Result<(), Refused>) {
        match judgement {
            Ok(()) => ("passed", Ok(())),
            Err(Doubt::Away) if self.is_lenient() => ("allowed_unchecked", Ok(())),
            Err(doubt @ Doubt::Away) => (doubt.as_str(), Err(Refused::Away)),
            Err(doubt @ Doubt::Misconfigured) => (doubt.as_str(), Err(Refused::Misconfigured)),
            Err(doubt) => (doubt.as_str(), Err(Refused::NotHuman)),
        }
    }

    fn is_lenient(&self) -> bool {
        match &self.check {
            Check::Siteverify(siteverify) => siteverify.on_outage() == OnOutage::Allow,
            Check::None | Check::ProofOfWork(_) => false,
        }
    }
}

impl Doubt {
    fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Signature => "signature",
            Self::Expired => "expired",
            Self::Solution => "solution",
            Self::Provider => "provider",
            Self::Hostname => "hostname",
            Self::Action => "action",
            Self::Score => "score",
            Self::Age => "age",
            Self::Reused => "reused",
            Self::Away => "away",
            Self::Misconfigured => "misconfigured",
        }
    }
}
