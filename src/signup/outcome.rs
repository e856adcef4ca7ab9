use secrecy::SecretString;

use super::{mask, rejection::Rejection, verdict::Verdict};
use crate::{
    cognito::{Delivery, Field, Medium, SignUpError, SignedUp},
    config::ExistingAccounts,
    registration::Registration,
    store::PriorAttempt,
};

/// The result of an accepted sign-up.
#[derive(Clone, Debug)]
pub enum SignUpOutcome {
    /// This request created the account.
    Created {
        /// The account.
        account: SignedUp,
        /// The user name of the account.
        username: String,
    },
    /// The account exists, or probably exists. An attempt of the same user created the account, or
    /// may have created it.
    Pending {
        /// The outcome of the attempt that created the account, or may have created it.
        prior: PriorAttempt,
        /// The user name of the account.
        username: String,
    },
    /// The account exists, or may exist. The result depends only on the form.
    Concealed {
        /// The user name.
        username: String,
        /// The recipient of the code, masked by the service. `None` unless the form has exactly one
        /// recipient. If the form has two recipients, the pool decides which recipient gets the
        /// code.
        delivery: Option<Delivery>,
    },
}

/// The result of an accepted confirm or resend.
#[derive(Clone, Debug)]
pub enum Action {
    /// The account is confirmed.
    Confirmed {
        /// The session with which the user can sign in.
        session: Option<SecretString>,
    },
    /// The service accepted the resend. The response does not reveal if Cognito sent a code.
    CodeSent,
}

/// The settings that decide what responses reveal.
#[derive(Clone, Copy, Debug)]
pub struct Disclosure {
    /// `reveal` or `conceal`.
    pub existing_accounts: ExistingAccounts,
    /// `true` if responses contain Cognito's sessions.
    pub return_session: bool,
}

impl Disclosure {
    /// Returns `true` if the response does not reveal an existing account with this field.
    ///
    /// The response always reveals a taken user name, because the user has to choose another user
    /// name.
    pub(super) fn conceals(self, field: Option<Field>) -> bool {
        self.existing_accounts == ExistingAccounts::Conceal && field != Some(Field::Username)
    }

    /// Returns a session for the client, or `None` if the settings do not allow it.
    pub(super) fn session(self, session: Option<SecretString>) -> Option<SecretString> {
        session.filter(|_| self.return_session)
    }

    /// Returns the result for the client. In conceal mode, all results that depend on an account
    /// are the same.
    pub(super) fn disclose(
        self,
        verdict: Verdict,
        registration: &Registration,
    ) -> Result<SignUpOutcome, Rejection> {
        let username = registration.username.as_str().to_owned();
        let result = match verdict {
            Verdict::Created(account) => {
                let account = SignedUp { session: self.session(account.session), ..account };
                Ok(SignUpOutcome::Created { account, username })
            }
            Verdict::Undelivered => {
                Ok(SignUpOutcome::Pending { prior: PriorAttempt::CodeNotDelivered, username })
            }
            Verdict::Existing(prior) => Ok(SignUpOutcome::Pending { prior, username }),
            Verdict::PerhapsOwn => {
                Ok(SignUpOutcome::Pending { prior: PriorAttempt::Unknown, username })
            }
            Verdict::Concealed { .. } => Ok(concealed(registration)),
            // In conceal mode, the service reports only a user name as taken. In reveal mode, it
            // reports any field.
            Verdict::Taken(field) => return Err(SignUpError::AccountExists(field).into()),
            Verdict::Undecided { .. } => return Err(Rejection::StoreUnavailable),
            Verdict::Failed(error) | Verdict::Unknown(error) => Err(error),
        };
        match (self.existing_accounts, result) {
            (ExistingAccounts::Reveal, result) => Ok(result?),
            (ExistingAccounts::Conceal, Err(error)) if !error.reveals_account() => {
                Err(error.into())
            }
            (ExistingAccounts::Conceal, Ok(_) | Err(_)) => Ok(concealed(registration)),
        }
    }
}

fn concealed(registration: &Registration) -> SignUpOutcome {
    let delivery = |medium, destination, attribute: &str| Delivery {
        medium,
        destination: Some(destination),
        attribute: Some(attribute.to_owned()),
    };
    let delivery = match (&registration.email, &registration.phone_number) {
        (Some(email), None) => Some(delivery(Medium::Email, mask::email(email.as_str()), "email")),
        (None, Some(number)) => {
            Some(delivery(Medium::Sms, mask::phone_number(number.as_str()), "phone_number"))
        }
        (Some(_), Some(_)) | (None, None) => None,
    };
    SignUpOutcome::Concealed { username: registration.username.as_str().to_owned(), delivery }
}
