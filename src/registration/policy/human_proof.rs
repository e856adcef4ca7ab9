use serde::Serialize;

use crate::config::{BotCheck, BotCheckProvider, Require};

/// The bot check of `human_proof`.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum HumanProof {
    /// The service has no bot check.
    None,
    /// The proof from a provider's widget.
    Siteverify {
        /// The provider of the widget.
        provider: &'static str,
        /// The public key of the widget.
        #[serde(skip_serializing_if = "Option::is_none")]
        site_key: Option<String>,
        /// The action for which the provider must issue the proof.
        #[serde(skip_serializing_if = "Option::is_none")]
        action: Option<String>,
        /// `true` if every sign-up needs a proof. Otherwise, the service requests a proof with a
        /// 428.
        always: bool,
    },
    /// The solution of an ALTCHA challenge.
    ProofOfWork {
        /// The path of the challenges.
        challenge: &'static str,
        /// `true` if every sign-up needs a proof. Otherwise, the service requests a proof with a
        /// 428.
        always: bool,
    },
}

impl HumanProof {
    pub(super) fn new(settings: &BotCheck) -> Self {
        let always = settings.require == Require::Always;
        match settings.provider {
            BotCheckProvider::None => Self::None,
            BotCheckProvider::Siteverify => Self::Siteverify {
                provider: settings.siteverify.provider.name(),
                site_key: settings.siteverify.site_key.clone(),
                action: settings.siteverify.action.clone(),
                always,
            },
            BotCheckProvider::ProofOfWork => {
                Self::ProofOfWork { challenge: "/register/challenge", always }
            }
        }
    }
}
