//! The limits that apply to a valid form: by recipient, calling code and user name.

use std::net::IpAddr;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::Mac;

use super::{
    excess::{Exceeded, Owner},
    keys,
    limits::RateLimits,
    rule::{Key, RuleId, TokenRequest},
};

/// The rules for a message, the slowest refill first.
const BY_SIGN_UP: [RuleId; 2] = [RuleId::MessagesPerRecipient, RuleId::MessageCooldown];
const BY_RESEND: [RuleId; 3] =
    [RuleId::MessagesPerRecipient, RuleId::Resends, RuleId::MessageCooldown];

/// A recipient of messages.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names describe the variants")]
pub enum Recipient<'a> {
    Email(&'a str),
    /// A number in E.164.
    Phone {
        number: &'a str,
        calling_code: u16,
    },
    /// A user name.
    Name(&'a str),
    /// The recipient of an earlier sign-up, by the digest that [`RateLimits::digest`] returned.
    Remembered(&'a str),
    /// The client's address. A sign-up charges the client's network for the user name, even if the
    /// account exists.
    Client(IpAddr),
}

/// The tokens that a request took from the budgets of recipients and user names.
#[derive(Debug, Default)]
#[must_use]
pub struct Charge {
    taken: Vec<TokenRequest>,
    has_message_budget: bool,
}

impl Charge {
    /// Returns both charges as one.
    pub fn and(mut self, other: Self) -> Self {
        self.taken.extend(other.taken);
        self.has_message_budget &= other.has_message_budget;
        self
    }

    /// Returns `true` if the budgets allow a message to the owner of an existing account.
    #[must_use]
    pub fn has_message_budget(&self) -> bool {
        self.has_message_budget
    }
}

impl RateLimits {
    /// Rejects a sign-up if [`Self::sign_up`] would reject it, and takes nothing.
    ///
    /// # Errors
    /// Returns the errors of [`Self::sign_up`].
    pub async fn look_sign_up(&self, recipients: &[Recipient<'_>]) -> Result<(), Exceeded> {
        self.look(self.sign_up_requests(recipients)).await
    }

    /// Takes the cost of a sign-up from the budgets of its recipients, its calling code and its
    /// user name. Also takes from the budget of the client's network for this user name.
    ///
    /// # Errors
    /// Returns an error, and takes nothing, if one of these budgets has too few tokens. A recent
    /// message is no error.
    pub async fn sign_up(&self, recipients: &[Recipient<'_>]) -> Result<Charge, Exceeded> {
        self.take(self.sign_up_requests(recipients)).await
    }

    /// Takes the cost of another code from the budgets of its recipients and the calling code. A
    /// rejection names the user name, because the form of a resend has no recipient.
    ///
    /// # Errors
    /// Returns an error, and takes nothing, if the service sent too many messages, or sent the last
    /// message too recently.
    pub async fn resend(
        &self,
        recipients: &[Recipient<'_>],
        calling_code: Option<u16>,
    ) -> Result<Charge, Exceeded> {
        let mut requests = self.message_requests(&BY_RESEND, recipients, calling_code);
        for request in requests.iter_mut().filter(|request| request.owner < Owner::Username) {
            request.owner = Owner::Username;
        }
        self.take(requests).await
    }

    /// Takes the cost of another code to unknown recipients.
    ///
    /// # Errors
    /// Returns an error if clients requested too many codes to unknown recipients.
    pub async fn resend_to_unknown_name(&self) -> Result<Charge, Exceeded> {
        let all_names = Key::Text(String::new());
        self.take(self.rules.request(RuleId::UnknownNames, all_names).into_iter().collect()).await
    }

    /// Takes a token from the budget for confirms of this user name.
    ///
    /// # Errors
    /// Returns an error if clients sent too many confirms for this user name.
    pub async fn confirm(&self, username: &str) -> Result<Charge, Exceeded> {
        self.take(self.confirm_requests(username)).await
    }

    /// Refunds the tokens of a message that Cognito did not send.
    pub async fn refund_messages(&self, charge: Charge) {
        let mut taken = charge.taken;
        taken.retain(|request| request.rule.id != RuleId::SignUpsPerRecipient);
        self.store.refund(&taken).await;
    }

    /// Refunds the messages of a sign-up whose account exists, except to the client's network.
    /// Otherwise other users could use up the budgets of the account's owner.
    pub async fn refund_recipients(&self, charge: Charge) {
        let mut taken = charge.taken;
        taken.retain(|request| {
            !matches!(request.rule.id, RuleId::SignUpsPerRecipient | RuleId::MessagesPerNetwork)
        });
        self.store.refund(&taken).await;
    }

    /// Refunds all tokens of a request that Cognito did not process.
    pub async fn refund_all(&self, charge: Charge) {
        self.store.refund(&charge.taken).await;
    }

    /// Returns `true` for the first call with this name within the lifetime of a proof.
    /// `limits.mode` does not apply. Each replica remembers the names of its own requests, even
    /// while the shared store is unavailable.
    pub async fn consume_once(&self, name: &str) -> bool {
        let Some(request) = self.rules.request(RuleId::Proof, Key::Text(name.to_owned())) else {
            return true;
        };
        self.store.take_in_both(&request).await
    }

    /// Returns `true` if a rule counts messages by recipient or by calling code. Otherwise, no
    /// request needs the recipients of a user name.
    #[must_use]
    pub fn counts_messages(&self) -> bool {
        let rules = [RuleId::MessageCooldown, RuleId::MessagesPerRecipient, RuleId::CallingCode];
        rules.iter().any(|id| self.rules.is_on(*id))
    }

    /// Returns the keyed digest of a recipient, which names its budgets.
    #[must_use]
    pub fn digest(&self, recipient: &Recipient<'_>) -> String {
        if let Recipient::Remembered(digest) = recipient {
            return (*digest).to_owned();
        }
        let mut mac = self.digests.clone();
        mac.update(b"recipient of messages\0");
        if let Key::Text(text) = recipient_key(recipient) {
            mac.update(text.as_bytes());
        }
        URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..16])
    }

    fn sign_up_requests(&self, recipients: &[Recipient<'_>]) -> Vec<TokenRequest> {
        let name = recipients.iter().find_map(|recipient| match recipient {
            Recipient::Name(name) => Some(*name),
            _ => None,
        });
        let address = recipients.iter().find_map(|recipient| match recipient {
            Recipient::Client(address) => Some(*address),
            _ => None,
        });
        let by_network = name.zip(address).and_then(|(name, address)| {
            let key = keys::name_in_network(name, address);
            self.rules.request(RuleId::MessagesPerNetwork, key)
        });
        let recipients: Vec<Recipient<'_>> = recipients
            .iter()
            .filter(|recipient| !matches!(recipient, Recipient::Client(_)))
            .copied()
            .collect();
        let is_name = |recipient: &&Recipient<'_>| matches!(recipient, Recipient::Name(_));
        let has_others = recipients.iter().any(|recipient| !is_name(&recipient));
        // A user name counts only if the form has no other recipient.
        let signed_up = recipients.iter().filter(|recipient| !has_others || !is_name(recipient));
        let by_recipient = signed_up.filter_map(|one| {
            let request = self.rules.request(RuleId::SignUpsPerRecipient, recipient_key(one))?;
            Some(TokenRequest { owner: owner(one), ..request })
        });
        let mut requests = self.message_requests(&BY_SIGN_UP, &recipients, None);
        for request in &mut requests {
            // A user who repeats a form gets the state of the account, without a second message.
            request.rejects &= request.rule.id != RuleId::MessageCooldown;
        }
        requests.extend(by_recipient.chain(by_network));
        requests
    }

    fn confirm_requests(&self, username: &str) -> Vec<TokenRequest> {
        let request = self.rules.request(RuleId::ConfirmPerUsername, keys::name(username));
        request.into_iter().collect()
    }

    /// Returns the cost of a message: one token of each rule for each recipient, and the tokens of
    /// its calling code.
    fn message_requests(
        &self,
        rules: &[RuleId],
        recipients: &[Recipient<'_>],
        calling_code: Option<u16>,
    ) -> Vec<TokenRequest> {
        let is_on = rules.iter().any(|id| self.rules.is_on(*id));
        let mut charged: Vec<(&Recipient<'_>, Key)> = Vec::new();
        for recipient in recipients.iter().filter(|_| is_on) {
            let key = recipient_key(recipient);
            // A user name may be an email address of the form. Such an address pays for one message
            // only.
            if charged.iter().all(|(_, known)| *known != key) {
                charged.push((recipient, key));
            }
        }
        let owners = charged.iter().map(|(one, _)| (owner(one), self.digest(one)));
        let owners: Vec<(Owner, String)> = owners.collect();
        let by_recipient = rules.iter().flat_map(|id| {
            let request = |(owner, digest): &(Owner, String)| {
                let request = self.rules.request(*id, Key::Text(digest.clone()))?;
                Some(TokenRequest { owner: *owner, ..request })
            };
            owners.iter().filter_map(request).collect::<Vec<TokenRequest>>()
        });
        let own_code = recipients.iter().find_map(|recipient| match *recipient {
            Recipient::Phone { calling_code, .. } => Some(calling_code),
            _ => None,
        });
        let by_code = own_code.or(calling_code).and_then(|code| {
            let request = self.rules.request(RuleId::CallingCode, keys::calling_code(code))?;
            Some(TokenRequest { tokens: self.sms_costs.multiplier(code), ..request })
        });
        by_recipient.chain(by_code).collect()
    }

    /// Looks at the budgets that may reject. [`Self::take`] counts the budgets that the service
    /// only observes.
    async fn look(&self, mut requests: Vec<TokenRequest>) -> Result<(), Exceeded> {
        requests.retain(|request| request.rejects);
        let decisions = self.store.look(&requests).await;
        self.rejection(&requests, &decisions).map_or(Ok(()), Err)
    }

    /// Takes from all budgets. If a budget rejects, takes nothing.
    async fn take(&self, requests: Vec<TokenRequest>) -> Result<Charge, Exceeded> {
        let decisions = self.store.take(&requests).await;
        let rejection = self.rejection(&requests, &decisions);
        let has_message_budget = requests
            .iter()
            .zip(&decisions)
            .all(|(request, decision)| decision.is_within() || !request.rule.is_enforced());
        let taken =
            requests.into_iter().zip(decisions).filter(|(_, decision)| decision.is_within());
        let charge =
            Charge { taken: taken.map(|(request, _)| request).collect(), has_message_budget };
        let Some(exceeded) = rejection else { return Ok(charge) };
        self.refund_all(charge).await;
        Err(exceeded)
    }
}

fn owner(recipient: &Recipient<'_>) -> Owner {
    match recipient {
        Recipient::Email(_) => Owner::Email,
        Recipient::Phone { .. } => Owner::PhoneNumber,
        Recipient::Name(_) | Recipient::Remembered(_) => Owner::Username,
        Recipient::Client(_) => Owner::Client,
    }
}

fn recipient_key(recipient: &Recipient<'_>) -> Key {
    match *recipient {
        Recipient::Email(email) => keys::email(email),
        Recipient::Phone { number, .. } => keys::name(number),
        Recipient::Name(name) => keys::name(name),
        Recipient::Remembered(digest) => Key::Text(digest.to_owned()),
        Recipient::Client(address) => keys::network(address),
    }
}
