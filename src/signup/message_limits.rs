//! The limits on messages: what a sign-up, confirm or resend is charged, and what the store
//! records about messages.

use std::sync::Arc;

use super::{Rejection, verdict::Settlement};
use crate::{
    cognito::{Medium, ResendError},
    config::{ExistingAccounts, UsernameMode},
    metrics::Metrics,
    rate_limit::{Charge, RateLimits, Recipient},
    registration::{Email, PhoneNumber, Registration, Rules, Username},
    store::{MessageRecipients, Store},
};

/// The limits on messages to recipients.
#[expect(missing_docs, reason = "the types say it")]
pub struct MessageLimits {
    pub rate_limits: Arc<RateLimits>,
    pub store: Arc<Store>,
    pub rules: Arc<Rules>,
    pub username_mode: UsernameMode,
    pub existing_accounts: ExistingAccounts,
    pub metrics: Metrics,
}

pub(super) enum ResendBudget {
    /// A message may be sent.
    Charged(Charge),
    /// The stored recipients are over a limit. Conceal mode must not reveal them, because they
    /// belong to the account. Contains the charge of the user name.
    Exhausted(Charge),
}

impl MessageLimits {
    pub(super) async fn look(&self, registration: &Registration) -> Result<(), Rejection> {
        Ok(self.rate_limits.look_sign_up(&sign_up_recipients(registration)).await?)
    }

    pub(super) async fn charge(&self, registration: &Registration) -> Result<Charge, Rejection> {
        self.observe(registration.phone_number.as_ref());
        Ok(self.rate_limits.sign_up(&sign_up_recipients(registration)).await?)
    }

    /// Settles the charge of a sign-up, and records the message that it sent or may have sent.
    pub(super) async fn settle(
        &self,
        charge: Charge,
        settlement: Settlement,
        registration: &Registration,
    ) {
        match settlement {
            Settlement::Keep => {}
            Settlement::Sent(medium) => self.record_sent(medium, registration),
            Settlement::MaySend => self.record_recipients(None, registration),
            Settlement::RefundMessages => self.rate_limits.refund_messages(charge).await,
            Settlement::RefundAll => self.rate_limits.refund_all(charge).await,
        }
    }

    pub(super) async fn charge_confirm(&self, username: &Username) -> Result<Charge, Rejection> {
        Ok(self.rate_limits.confirm(username.as_str()).await?)
    }

    /// Records a confirmed code for the conversion rate of its calling code. The recipients of the
    /// user name are not needed any more.
    pub(super) fn record_confirmed(&self, username: &Username) {
        let number = username.phone_number();
        if self.is_remembered(username) || self.samples_conversion() && number.is_some() {
            let calling_code = number.map(|number| number.calling_code());
            self.store.message_confirmed(calling_code, username.as_str());
        }
    }

    /// Charges the recipients of a resend: those that the user name contains, or else those that
    /// the store remembers.
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
        let is_recipient_known = recipient.is_some();
        let named: Vec<Recipient<'_>> =
            recipient.into_iter().chain([Recipient::Name(username.as_str())]).collect();
        let charge = self.rate_limits.resend(&named, None).await?;
        if is_recipient_known {
            return Ok(ResendBudget::Charged(charge));
        }
        let Some(remembered) = self.remembered(username).await else {
            return Ok(ResendBudget::Charged(charge));
        };
        let recipients: Vec<Recipient<'_>> =
            remembered.digests.iter().map(|digest| Recipient::Remembered(digest)).collect();
        match self.rate_limits.resend(&recipients, remembered.calling_code).await {
            Ok(more) => Ok(ResendBudget::Charged(charge.and(more))),
            Err(_) if self.existing_accounts == ExistingAccounts::Conceal => {
                Ok(ResendBudget::Exhausted(charge))
            }
            Err(exceeded) => {
                self.rate_limits.refund_all(charge).await;
                Err(exceeded.into())
            }
        }
    }

    /// Refunds a resend that was not sent. A result that shows the account costs the same as a
    /// message.
    pub(super) async fn settle_resend(&self, charge: Charge, error: Option<&ResendError>) {
        let Some(error) = error else { return };
        if !error.may_have_succeeded() && !error.reveals_account() {
            self.rate_limits.refund_messages(charge).await;
        }
    }

    pub(super) async fn refund_all(&self, charge: Charge) {
        self.rate_limits.refund_all(charge).await;
    }

    /// Records a phone number that would be rejected if its rule were enforced.
    fn observe(&self, number: Option<&PhoneNumber>) {
        if let Some(code) = number.and_then(|number| self.rules.observed_violation(number)) {
            self.metrics.rate_limited("sms", false);
            tracing::info!(limit = "sms", code = code.as_str(), "over an observed limit");
        }
    }

    fn record_sent(&self, medium: Option<Medium>, registration: &Registration) {
        let is_sms = match medium {
            Some(medium) => medium == Medium::Sms,
            None => registration.email.is_none(),
        };
        let number = registration.phone_number.as_ref().filter(|_| is_sms);
        self.record_recipients(number.map(PhoneNumber::calling_code), registration);
    }

    fn record_recipients(&self, calling_code: Option<u16>, registration: &Registration) {
        let username = &registration.username;
        let remembered = self.is_remembered(username).then(|| {
            let digests =
                recipients(registration).map(|one| self.rate_limits.digest(&one)).collect();
            (username.as_str(), MessageRecipients { calling_code, digests })
        });
        self.store.message_sent(calling_code.filter(|_| self.samples_conversion()), remembered);
    }

    fn samples_conversion(&self) -> bool {
        self.rate_limits.conversion_grace().is_some()
    }

    /// Returns `true` if the recipients of a user name are stored: the name does not contain them,
    /// and a limit needs them.
    fn is_remembered(&self, username: &Username) -> bool {
        matches!(self.username_mode, UsernameMode::Chosen | UsernameMode::Generated)
            && self.rate_limits.counts_messages()
            && !username.is_email()
            && username.phone_number().is_none()
    }

    /// Returns the recipients of a user name, or `None` if they are not known.
    async fn remembered(&self, username: &Username) -> Option<MessageRecipients> {
        if !self.is_remembered(username) {
            return None;
        }
        self.store.message_recipients(username.as_str()).await.ok().flatten()
    }
}

/// Returns the recipients of a sign-up. The last one is the user name.
fn sign_up_recipients(registration: &Registration) -> Vec<Recipient<'_>> {
    recipients(registration).chain([Recipient::Name(registration.username.as_str())]).collect()
}

fn recipients(registration: &Registration) -> impl Iterator<Item = Recipient<'_>> {
    let email = registration.email.as_ref().map(Email::as_str).map(Recipient::Email);
    email.into_iter().chain(registration.phone_number.as_ref().map(phone))
}

fn phone(number: &PhoneNumber) -> Recipient<'_> {
    Recipient::Phone { number: number.as_str(), calling_code: number.calling_code() }
}
