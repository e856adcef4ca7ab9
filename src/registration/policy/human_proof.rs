//! What a front end must know of the bot check.

use schemars::JsonSchema;
use serde::Serialize;

use crate::config::{BotCheck, BotCheckProvider, Require};

/// The bot check that `human_proof` answers.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum HumanProof {
    /// There is none.
    None,
    /// The token of a provider's widget.
    Siteverify {
        /// Whose: `turnstile`, `hcaptcha` or `recaptcha`.
        provider: &'static str,
        /// The public key of the widget.
        site_key: Option<String>,
        /// The action that the token must be for, where there must be one.
        action: Option<String>,
        /// Whether every sign-up needs it; where not, 428 asks for it.
        always: bool,
    },
    /// An answer to a challenge of ALTCHA's.
    ProofOfWork {
        /// Where challenges are.
        challenge: &'static str,
        /// Whether every sign-up needs it; where not, 428 asks for it.
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
