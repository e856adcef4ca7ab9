//! The limits on messages: the charges of sign-ups, confirms and resends, and the records of sent
//! messages.

use std::{net::IpAddr, sync::Arc};

use super::{Rejection, verdict::Settlement};
use crate::{
    cognito::{Medium, ResendError},
    config::{ExistingAccounts, UsernameMode},
    metrics::Metrics,
    rate_limit::{Charge, RateLimits, Recipient},
    registration::{Email, PhoneNumber, Registration, Rules, Username, Violation, ViolationCode},
    store::{MessageRecipients, Store},
};

/// The limits on messages to recipients.
#[expect(missing_docs, reason = "the types describe the fields")]
pub struct MessageLimits {
    pub rate_limits: Arc<RateLimits>,
    pub store: Arc<Store>,
    pub rules: Arc<Rules>,
    pub username_mode: UsernameMode,
    pub existing_accounts: ExistingAccounts,
    pub metrics: Metrics,
}

pub(super) enum ResendBudget {
    /// The service may send a message.
    Charged(Charge),
    /// The recipients of the user name are over a limit, or the service must not send messages to
    /// them. In conceal mode, the response must not reveal either reason. Contains the charge of
    /// the user name.
    Exhausted(Charge),
}

impl MessageLimits {
    pub(super) async fn look(
        &self,
        registration: &Registration,
        address: IpAddr,
    ) -> Result<(), Rejection> {
        Ok(self.rate_limits.look_sign_up(&sign_up_recipients(registration, address)).await?)
    }

    pub(super) async fn charge(
        &self,
        registration: &Registration,
        address: IpAddr,
    ) -> Result<Charge, Rejection> {
        self.observe(registration.phone_number.as_ref());
        Ok(self.rate_limits.sign_up(&sign_up_recipients(registration, address)).await?)
    }

    /// Settles the charge of a sign-up, and records the message that Cognito sent or may have sent.
    pub(super) async fn settle(
        &self,
        charge: Charge,
        settlement: Settlement,
        registration: &Registration,
    ) {
        match settlement {
            Settlement::Keep => {}
            Settlement::Sent(Some(medium)) => {
                let calling_code = calling_code(registration, Some(medium));
                self.record(calling_code, calling_code, true, registration);
            }
            Settlement::Sent(None) => self.record_recipients(true, registration),
            Settlement::MaySend => self.record_recipients(false, registration),
            Settlement::NotSent => {
                self.record_recipients(false, registration);
                // In conceal mode, a new account costs as much as an existing account.
                if self.existing_accounts == ExistingAccounts::Reveal {
                    self.rate_limits.refund_messages(charge).await;
                }
            }
            Settlement::RefundRecipients => self.rate_limits.refund_recipients(charge).await,
            Settlement::RefundMessages => self.rate_limits.refund_messages(charge).await,
            Settlement::RefundAll => self.rate_limits.refund_all(charge).await,
        }
    }

    pub(super) async fn charge_confirm(&self, username: &Username) -> Result<Charge, Rejection> {
        Ok(self.rate_limits.confirm(username.as_str()).await?)
    }

    /// Records a confirmed code for the conversion rate of its calling code. The store deletes the
    /// recipients of the user name, because no further code goes to them.
    pub(super) fn record_confirmed(&self, username: &Username) {
        let number = username.phone_number();
        if self.is_remembered(username) || self.samples_conversion() && number.is_some() {
            let calling_code = number.map(|number| number.calling_code());
            self.store.message_confirmed(calling_code, username.as_str());
        }
    }

    /// Charges the recipients of a resend: the user name, a recipient in the user name, and the
    /// recipients that the store remembers.
    pub(super) async fn charge_resend(
        &self,
        username: &Username,
    ) -> Result<ResendBudget, Rejection> {
        let number = username.phone_number();
        self.observe(number.as_ref());
        let recipient = match &number {
            Some(number) => Some(phone(number)),
            None => username.is_email().then(|| Recipient::Email(username.as_str())),
        };
        let named: Vec<Recipient<'_>> =
            recipient.into_iter().chain([Recipient::Name(username.as_str())]).collect();
        let charge = self.rate_limits.resend(&named, None).await?;
        match self.charge_unnamed(username, recipient).await {
            Ok(more) => Ok(ResendBudget::Charged(charge.and(more))),
            Err(_) if self.existing_accounts == ExistingAccounts::Conceal => {
                Ok(ResendBudget::Exhausted(charge))
            }
            Err(rejection) => {
                self.rate_limits.refund_all(charge).await;
                Err(rejection)
            }
        }
    }

    /// Charges the recipients that the user name of a resend does not contain. All user names
    /// without a known recipient share one budget.
    async fn charge_unnamed(
        &self,
        username: &Username,
        named: Option<Recipient<'_>>,
    ) -> Result<Charge, Rejection> {
        match (self.remembered(username).await, named) {
            (Some(remembered), named) => {
                if let Some(code) = remembered.calling_code {
                    self.check_calling_code(code)?;
                }
                let named = named.map(|named| self.rate_limits.digest(&named));
                let digests = remembered.digests.iter().filter(|one| Some(*one) != named.as_ref());
                let recipients: Vec<Recipient<'_>> =
                    digests.map(|digest| Recipient::Remembered(digest)).collect();
                Ok(self.rate_limits.resend(&recipients, remembered.calling_code).await?)
            }
            (None, None) if self.rate_limits.counts_messages() => {
                Ok(self.rate_limits.resend_to_unknown_name().await?)
            }
            (None, _) => Ok(Charge::default()),
        }
    }

    /// Rejects a calling code that the settings no longer allow.
    fn check_calling_code(&self, calling_code: u16) -> Result<(), Rejection> {
        if self.rules.allows_calling_code(calling_code) {
            return Ok(());
        }
        self.metrics.rate_limited("sms", true);
        let code = ViolationCode::CallingCodeNotAllowed;
        Err(Rejection::Invalid(vec![Violation::new(&["username"], code)]))
    }

    /// Refunds the charge of a resend if Cognito sent no message, unless the refund would reveal
    /// the account.
    pub(super) async fn settle_resend(&self, charge: Charge, error: Option<&ResendError>) {
        let Some(error) = error else { return };
        let is_hidden = match self.existing_accounts {
            ExistingAccounts::Conceal => error.reveals_account(),
            ExistingAccounts::Reveal => *error == ResendError::NoPendingAccount,
        };
        if !is_hidden && !error.may_have_succeeded() {
            self.rate_limits.refund_messages(charge).await;
        }
    }

    pub(super) async fn refund_all(&self, charge: Charge) {
        self.rate_limits.refund_all(charge).await;
    }

    /// Records a phone number that the service would reject if it enforced the form rule.
    fn observe(&self, number: Option<&PhoneNumber>) {
        if let Some(code) = number.and_then(|number| self.rules.observed_violation(number)) {
            self.metrics.rate_limited("sms", false);
            tracing::info!(
                limit = "sms",
                violation = code.as_str(),
                "phone number violates an observed form rule"
            );
        }
    }

    /// Records the recipients of later codes. A pool that verifies email and phone number sends
    /// codes by SMS.
    fn record_recipients(&self, is_created: bool, registration: &Registration) {
        self.record(None, calling_code(registration, None), is_created, registration);
    }

    /// Records the calling code of a sent SMS, and the recipients of later codes. If the outcome of
    /// this sign-up is not certain, the store keeps the recipients that it already has.
    fn record(
        &self,
        sent: Option<u16>,
        calling_code: Option<u16>,
        is_created: bool,
        registration: &Registration,
    ) {
        let username = &registration.username;
        let has_others = recipients(registration).any(|one| !is_named(username, &one));
        let remembered = (has_others && self.is_remembered(username)).then(|| {
            let digests =
                recipients(registration).map(|one| self.rate_limits.digest(&one)).collect();
            (username.as_str(), MessageRecipients { calling_code, digests })
        });
        self.store.message_sent(sent.filter(|_| self.samples_conversion()), remembered, is_created);
    }

    fn samples_conversion(&self) -> bool {
        self.rate_limits.conversion_grace().is_some()
    }

    /// Returns `true` if the name does not contain all recipients, and a limit needs the other
    /// recipients. Otherwise, the store has no recipients of the name.
    fn is_remembered(&self, username: &Username) -> bool {
        let is_recipient = username.is_email() || username.phone_number().is_some();
        let has_others = match self.username_mode {
            UsernameMode::Email | UsernameMode::Phone => {
                is_recipient && self.rules.accepts_two_recipients()
            }
            UsernameMode::Chosen | UsernameMode::Generated => !is_recipient,
        };
        has_others && self.rate_limits.counts_messages()
    }

    /// Returns the recipients that the store has for a user name. Returns `None` if the store has
    /// none, or if the database is unavailable.
    async fn remembered(&self, username: &Username) -> Option<MessageRecipients> {
        if !self.is_remembered(username) {
            return None;
        }
        self.store.message_recipients(username.as_str()).await.ok().flatten()
    }
}

/// Returns the recipients of a sign-up, its user name and its client.
fn sign_up_recipients(registration: &Registration, address: IpAddr) -> Vec<Recipient<'_>> {
    let name = Recipient::Name(registration.username.as_str());
    recipients(registration).chain([name, Recipient::Client(address)]).collect()
}

fn recipients(registration: &Registration) -> impl Iterator<Item = Recipient<'_>> {
    let email = registration.email.as_ref().map(Email::as_str).map(Recipient::Email);
    email.into_iter().chain(registration.phone_number.as_ref().map(phone))
}

fn is_named(username: &Username, recipient: &Recipient<'_>) -> bool {
    match recipient {
        Recipient::Email(text) | Recipient::Phone { number: text, .. } => {
            *text == username.as_str()
        }
        Recipient::Name(_) | Recipient::Remembered(_) | Recipient::Client(_) => false,
    }
}

/// Returns the calling code of a registration's number. Returns `None` if the registration has no
/// number, or if its codes go by email.
fn calling_code(registration: &Registration, medium: Option<Medium>) -> Option<u16> {
    let number = registration.phone_number.as_ref().filter(|_| medium != Some(Medium::Email));
    number.map(PhoneNumber::calling_code)
}

fn phone(number: &PhoneNumber) -> Recipient<'_> {
    Recipient::Phone { number: number.as_str(), calling_code: number.calling_code() }
}
