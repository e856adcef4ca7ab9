//! Messages to people: what they cost, and what the ledger learns of them.

use super::{State, failures::Refusal};
use crate::{
    cognito::{Medium, Outcome, ResendError, ResendOutcome, SignUpError, SignedUp},
    config::{ExistingAccounts, UsernameMode},
    ledger::MessageRecipients,
    rate_limit::{Charge, Recipient},
    registration::{Email, PhoneNumber, Registration, Username},
};

/// What may be sent to somebody who asked for another code.
#[derive(Default)]
pub(super) struct Allowed {
    charge: Charge,
    /// Only the account itself tells that there were too many, and in conceal mode nothing may
    /// tell of it: nothing is sent, and the answer is the same.
    pub(super) is_used_up: bool,
}

/// Whether a sign-up's recipients were signed up or sent messages too often.
pub(super) async fn check_sign_up(
    state: &State,
    registration: &Registration,
) -> Result<Charge, Refusal> {
    observe(state, registration.phone_number.as_ref());
    let recipients = recipients(registration).chain([name(&registration.username)]);
    let recipients: Vec<Recipient<'_>> = recipients.collect();
    state.limits.sign_up(&recipients).await.map_err(Refusal::OverLimit)
}

/// A sign-up ended. Where no message went out for a reason that its person may mend at once, the
/// next try pays as if this one had not been. What an account that exists has cost is left to
/// whoever finds out whose it is.
pub(super) async fn settle_sign_up(
    state: &State,
    charge: Charge,
    registration: &Registration,
    result: &Result<SignedUp, SignUpError>,
) -> Option<Charge> {
    match result {
        Ok(account) if account.confirmed => {}
        Ok(account) => {
            let number =
                registration.phone_number.as_ref().filter(|_| goes_by_sms(account, registration));
            let calling_code = number.map(PhoneNumber::calling_code);
            let remembered = whom(state, registration, calling_code);
            state.ledger.message_sent(calling_code.filter(|_| judges(state)), remembered);
        }
        Err(SignUpError::Failed(failure)) if failure.was_not_processed() => {
            state.limits.refund_all(charge).await;
        }
        Err(error) if error.outcome() == Outcome::NotCreated && !error.tells_of_an_account() => {
            state.limits.refund_messages(charge).await;
        }
        Err(SignUpError::AccountExists(_)) => return Some(charge),
        Err(_) => {
            state.ledger.message_sent(None, whom(state, registration, None));
        }
    }
    None
}

/// Whether one more code may be sent to a user name.
pub(super) async fn check_resend(state: &State, username: &Username) -> Result<Allowed, Refusal> {
    let number = username.phone_number();
    observe(state, number.as_ref());
    let recipient = match &number {
        Some(number) => Some(phone(number)),
        None => username.is_email().then(|| Recipient::Email(username.as_str())),
    };
    let is_known = recipient.is_some();
    let own: Vec<Recipient<'_>> = recipient.into_iter().chain([name(username)]).collect();
    let resent = state.limits.resend(&own, None).await;
    let charge = resent.map_err(Refusal::OverLimit)?;
    let known = if is_known { None } else { remembered(state, username).await };
    let Some(known) = known else {
        return Ok(Allowed { charge, is_used_up: false });
    };
    let whom: Vec<Recipient<'_>> =
        known.digests.iter().map(|digest| Recipient::Remembered(digest)).collect();
    match state.limits.resend(&whom, known.calling_code).await {
        Ok(more) => Ok(Allowed { charge: charge.and(more), is_used_up: false }),
        Err(_) if state.existing_accounts == ExistingAccounts::Conceal => {
            Ok(Allowed { is_used_up: true, ..Allowed::default() })
        }
        Err(exceeded) => {
            state.limits.refund_all(charge).await;
            Err(Refusal::OverLimit(exceeded))
        }
    }
}

/// A resend ended. What tells whether there is an account is paid all the same.
pub(super) async fn settle_resend(
    state: &State,
    allowed: Allowed,
    result: &Result<(), ResendError>,
) {
    let Err(error) = result else { return };
    if error.outcome() == ResendOutcome::NotSent && !error.tells_of_an_account() {
        state.limits.refund_messages(allowed.charge).await;
    }
}

/// A code was right: that counts for the calling code that it was sent to.
pub(super) fn confirmed(state: &State, username: &Username) {
    let number = username.phone_number();
    if judges(state) && (number.is_some() || is_remembered(state, username)) {
        let calling_code = number.map(|number| number.calling_code());
        state.ledger.message_confirmed(calling_code, username.as_str());
    }
}

/// Takes note of a number that would be refused were that rule not only observed.
fn observe(state: &State, number: Option<&PhoneNumber>) {
    if let Some(mistake) = number.and_then(|number| state.rules.observed_mistake(number)) {
        state.metrics.over_limit("sms", false);
        let code = mistake.as_str();
        tracing::info!(limit = "sms", code, "over a limit that is only observed");
    }
}

fn recipients(registration: &Registration) -> impl Iterator<Item = Recipient<'_>> {
    let email = registration.email.as_ref().map(Email::as_str).map(Recipient::Email);
    email.into_iter().chain(registration.phone_number.as_ref().map(phone))
}

fn phone(number: &PhoneNumber) -> Recipient<'_> {
    Recipient::Phone { number: number.as_str(), calling_code: number.calling_code() }
}

fn name(username: &Username) -> Recipient<'_> {
    Recipient::Name(username.as_str())
}

/// Whether the code went by SMS, as far as Cognito says it.
fn goes_by_sms(account: &SignedUp, registration: &Registration) -> bool {
    match &account.delivery {
        Some(delivery) => delivery.medium == Medium::Sms,
        None => registration.email.is_none(),
    }
}

fn judges(state: &State) -> bool {
    state.limits.conversion_grace().is_some()
}

/// Whether a user name says nothing of whom its messages go to, and it matters.
fn is_remembered(state: &State, username: &Username) -> bool {
    matches!(state.username_mode, UsernameMode::Chosen | UsernameMode::Generated)
        && state.limits.counts_messages()
        && !username.is_email()
        && username.phone_number().is_none()
}

/// Whom the messages of a new account go to, if that is to be remembered.
fn whom<'a>(
    state: &State,
    registration: &'a Registration,
    calling_code: Option<u16>,
) -> Option<(&'a str, MessageRecipients)> {
    let username = &registration.username;
    is_remembered(state, username).then(|| {
        let digests = recipients(registration).map(|one| state.limits.digest(&one)).collect();
        (username.as_str(), MessageRecipients { calling_code, digests })
    })
}

/// Whom the messages of a user name go to. Where the ledger is away, nobody knows.
async fn remembered(state: &State, username: &Username) -> Option<MessageRecipients> {
    if !is_remembered(state, username) {
        return None;
    }
    state.ledger.message_recipients(username.as_str()).await.ok().flatten()
}
