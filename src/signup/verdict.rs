//! The meaning of Cognito's result of a SignUp, decided once.
//!
//! The audit outcome, the memory of recent sign-ups, the charge and the disclosed result are
//! functions of a [`Verdict`].

use super::UseCases;
use crate::{
    cognito::{AccountState, Field, Medium, SignUpError, SignedUp},
    config::UsernameMode,
    store::{AccountOwner, Claim, Memory, PriorAttempt},
};

/// The meaning of Cognito's result for the account.
#[derive(Debug)]
pub(super) enum Verdict {
    /// This request created the account.
    Created(SignedUp),
    /// This request probably created the account, but Cognito did not deliver the code.
    Undelivered,
    /// An earlier attempt of the same user created the account, or may have created it.
    Existing(PriorAttempt),
    /// An earlier request with the same Idempotency-Key has an unknown outcome, and may have
    /// created the account. The store knows no other user who created the account.
    PerhapsOwn,
    /// The account exists. The store knows no attempt of this user that may have created the
    /// account.
    Taken(Option<Field>),
    /// The account may exist. The service does not look up the creator of the account, because
    /// conceal mode does not reveal the creator.
    Concealed {
        /// `true` if Cognito reported that the account exists.
        exists: bool,
    },
    /// The account may exist. The database does not show if this user created the account.
    Undecided {
        /// `true` if Cognito reported that the account exists.
        exists: bool,
    },
    /// Cognito created no account.
    Failed(SignUpError),
    /// Cognito may have created the account.
    Unknown(SignUpError),
}

/// The treatment of a sign-up's charge for its recipients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settlement {
    /// The charge stays. Cognito sent no message.
    Keep,
    /// The charge stays. Cognito sent a message. `None` if Cognito's response names no medium.
    Sent(Option<Medium>),
    /// The charge stays. Cognito may have sent a message.
    MaySend,
    /// The account may exist. Cognito sent no message. In reveal mode, the service refunds the
    /// charge for messages.
    NotSent,
    /// The service refunds the charge for messages, except to the client's network.
    RefundRecipients,
    /// The service refunds the charge for messages.
    RefundMessages,
    /// The service refunds the whole charge.
    RefundAll,
}

impl UseCases {
    /// Decides the meaning of Cognito's result, and counts the outcome. If the account exists, the
    /// store shows if an earlier attempt of the same user created the account.
    pub(super) async fn interpret(
        &self,
        claim: &Claim,
        result: Result<SignedUp, SignUpError>,
    ) -> Verdict {
        let verdict = self.verdict(claim, result).await;
        self.metrics.calls.sign_ups.count(verdict.outcome());
        verdict
    }

    async fn verdict(&self, claim: &Claim, result: Result<SignedUp, SignUpError>) -> Verdict {
        match result {
            Ok(account) => Verdict::Created(account),
            Err(SignUpError::CodeNotDelivered) => Verdict::Undelivered,
            Err(SignUpError::AccountExists(field)) if self.disclosure.conceals(field) => {
                tracing::info!("sign-up with the address of an existing account");
                Verdict::Concealed { exists: true }
            }
            // The trigger runs before Cognito looks for the account. The trigger can therefore
            // reject the repetition of a sign-up that created the account.
            Err(error @ (SignUpError::AccountExists(_) | SignUpError::RejectedByTrigger(_))) => {
                self.repeated(claim, error).await
            }
            Err(error) if error.may_have_succeeded() => Verdict::Unknown(error),
            Err(error) => Verdict::Failed(error),
        }
    }

    /// Decides the meaning of an error that an earlier sign-up of the same user can cause.
    async fn repeated(&self, claim: &Claim, error: SignUpError) -> Verdict {
        let exists = matches!(error, SignUpError::AccountExists(_));
        if self.conceals() && self.message_limits.username_mode != UsernameMode::Chosen {
            return match self.store.accepted_before(claim).await {
                Ok(is_accepted) if is_accepted || claim.is_takeover() => {
                    Verdict::Concealed { exists }
                }
                Ok(_) => Verdict::Failed(error),
                Err(_) => Verdict::Undecided { exists },
            };
        }
        match (self.store.existing(claim).await, error) {
            (Ok(Some(AccountOwner::SameUser(prior))), _) => Verdict::Existing(prior),
            (Ok(None), _) if claim.is_takeover() => Verdict::PerhapsOwn,
            (Ok(_), SignUpError::AccountExists(field)) => Verdict::Taken(field),
            (Ok(_), error) => Verdict::Failed(error),
            (Err(_), _) => Verdict::Undecided { exists },
        }
    }
}

impl Verdict {
    /// Returns the effect of the call on the account.
    fn outcome(&self) -> &'static str {
        match self {
            Self::Created(_) => "created",
            Self::Undelivered | Self::Unknown(_) => "unknown",
            Self::Existing(_)
            | Self::PerhapsOwn
            | Self::Taken(_)
            | Self::Concealed { .. }
            | Self::Undecided { .. }
            | Self::Failed(_) => "not_created",
        }
    }

    /// Returns the outcome for the audit log.
    pub(super) fn audit_outcome(&self) -> &'static str {
        match self {
            Self::Existing(_) => "existing",
            Self::PerhapsOwn => "unknown",
            Self::Concealed { .. } => "taken",
            _ => self.outcome(),
        }
    }

    /// Returns the outcome to store for the next attempt of the same user.
    pub(super) fn memory(&self) -> Option<Memory> {
        match self {
            Self::Created(account) => Some(match account.state {
                AccountState::Confirmed => Memory::Confirmed,
                AccountState::CodeSent => Memory::Created,
                AccountState::AwaitingApproval => Memory::AwaitingApproval,
            }),
            Self::Undelivered => Some(Memory::CodeNotDelivered),
            Self::Unknown(_) => Some(Memory::Unknown),
            // A stored rejection by the trigger would extend the 15 minutes for which the store
            // remembers the earlier sign-up.
            Self::Failed(_)
            | Self::Concealed { exists: false }
            | Self::Undecided { exists: false } => None,
            Self::Existing(_)
            | Self::PerhapsOwn
            | Self::Taken(_)
            | Self::Concealed { exists: true }
            | Self::Undecided { exists: true } => Some(Memory::Existed),
        }
    }

    /// Returns the treatment of the charge for the recipients. For the client's network, an
    /// existing account costs the same as a new account, unless the response reveals that the
    /// account is the user's own.
    pub(super) fn settlement(&self, conceals: bool) -> Settlement {
        match self {
            Self::PerhapsOwn | Self::Concealed { .. } | Self::Undecided { .. } => Settlement::Keep,
            Self::Taken(_) => Settlement::RefundRecipients,
            Self::Created(account) if account.state == AccountState::CodeSent => {
                Settlement::Sent(account.delivery.as_ref().map(|delivery| delivery.medium))
            }
            Self::Undelivered => Settlement::NotSent,
            Self::Unknown(_) => Settlement::MaySend,
            Self::Failed(SignUpError::Failed(failure)) if failure.was_not_processed() => {
                Settlement::RefundAll
            }
            // In conceal mode, a new account costs as much as an existing account.
            Self::Created(_) if conceals => Settlement::Keep,
            Self::Created(_) | Self::Existing(_) | Self::Failed(_) => Settlement::RefundMessages,
        }
    }

    /// Returns the `sub` of the account, or `None` unless Cognito reported that it created the
    /// account.
    pub(super) fn user_sub(&self) -> Option<&str> {
        match self {
            Self::Created(account) => Some(&account.user_sub),
            _ => None,
        }
    }
}
