//! What the result of a SignUp means for the account, and what is told of it.

use super::{State, answer::Answer, failures::Refusal};
use crate::{
    cognito::{Field, Outcome, SignUpError, SignedUp},
    config::ExistingAccounts,
    ledger::{Claim, PriorAttempt},
    registration::Registration,
};

/// What is known after a call.
pub(super) struct Settled {
    /// What may be told to the same person's next try; nothing where there is no account of
    /// theirs by this call.
    pub(super) known: Option<PriorAttempt>,
    /// What became of the account, where the call alone does not tell.
    pub(super) outcome: Option<&'static str>,
    /// What is told.
    pub(super) answer: Result<Answer, Refusal>,
}

impl Settled {
    /// Whether the account existed already, and whoever signed up is told that it is theirs.
    pub(super) fn is_told_as_their_own(&self) -> bool {
        self.outcome == Some("existing")
    }
}

/// What the result of a call means for the account, and what is answered: in conceal mode, that
/// tells nothing of any one account.
pub(super) async fn settled(
    state: &State,
    held: &Claim,
    result: Result<SignedUp, SignUpError>,
    registration: &Registration,
) -> Settled {
    let settled = revealed(state, held, result, registration).await;
    Settled { answer: concealed(settled.answer, state, registration), ..settled }
}

/// Where the account exists already, the ledger knows whether it is by an earlier try of the same
/// person.
async fn revealed(
    state: &State,
    held: &Claim,
    result: Result<SignedUp, SignUpError>,
    registration: &Registration,
) -> Settled {
    let pending = |earlier| Ok(Answer::pending(earlier, registration));
    let (known, outcome, answer) = match result {
        Ok(account) => {
            let known =
                if account.confirmed { PriorAttempt::Confirmed } else { PriorAttempt::Created };
            (Some(known), None, Ok(Answer::created(account, registration)))
        }
        Err(SignUpError::CodeNotDelivered) => {
            let known = PriorAttempt::CodeNotDelivered;
            (Some(known), None, pending(known))
        }
        // Whose it is makes no difference to what is told, and to find out may take its time.
        Err(SignUpError::AccountExists(field)) if is_concealed(state, &field) => {
            tracing::info!("somebody signed up with the address of an account that exists");
            (None, Some("taken"), Err(SignUpError::AccountExists(field).into()))
        }
        Err(SignUpError::AccountExists(field)) => match state.ledger.existing(held).await {
            Ok(Some(earlier)) => (None, Some("existing"), pending(earlier)),
            // Nobody knows what came of an earlier request with the same key and body.
            Ok(None) if held.is_takeover() => {
                (None, Some("unknown"), pending(PriorAttempt::Unknown))
            }
            Ok(None) => (None, None, Err(SignUpError::AccountExists(field).into())),
            Err(_) => (None, None, Err(Refusal::LedgerAway)),
        },
        Err(error) => {
            let is_unknown = error.outcome() == Outcome::Unknown;
            (is_unknown.then_some(PriorAttempt::Unknown), None, Err(error.into()))
        }
    };
    Settled { known, outcome, answer }
}

/// In conceal mode, everything that tells about one account is one and the same answer: that it
/// exists, and also what only an account meets that was created just now, such as a role that may
/// not send its code.
fn concealed(
    answer: Result<Answer, Refusal>,
    state: &State,
    registration: &Registration,
) -> Result<Answer, Refusal> {
    if state.existing_accounts == ExistingAccounts::Reveal {
        return answer;
    }
    match answer {
        Err(Refusal::SignUp(SignUpError::AccountExists(ref field)))
            if !is_concealed(state, field) =>
        {
            answer
        }
        Err(Refusal::SignUp(error)) if !error.tells_of_an_account() => Err(error.into()),
        Err(Refusal::SignUp(_)) | Ok(_) => {
            Ok(Answer::unrevealing(state.username_mode, registration))
        }
        Err(refusal) => Err(refusal),
    }
}

/// Whether nobody is told that this is taken. A name that people pick has to be told, or they
/// could not pick another.
fn is_concealed(state: &State, field: &Field) -> bool {
    state.existing_accounts == ExistingAccounts::Conceal && *field != Field::Username
}
