//! What is asked of the limits once the form is read.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::Mac;

use super::{
    Admission, Exceeded, Limits, Store, keys,
    patience::Patience,
    rule::{Draw, Drawn, Key, Which},
};

/// What a message costs a recipient, those first that take longest to come back.
const BY_SIGN_UP: [Which; 2] = [Which::Messages, Which::MessageInterval];
const BY_RESEND: [Which; 3] = [Which::Messages, Which::Resends, Which::MessageInterval];

/// Whom a message goes to, or would.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Recipient<'a> {
    Email(&'a str),
    /// As E.164.
    Phone {
        number: &'a str,
        calling_code: u16,
    },
    /// A user name.
    Name(&'a str),
    /// Whomever a sign-up had a message sent to, by [`Limits::digest`].
    Remembered(&'a str),
}

/// What a request took of the budgets of those whom it concerns.
#[derive(Debug, Default)]
#[must_use]
pub struct Taken {
    draws: Vec<Draw>,
    /// Whether there was enough for a message to somebody who has an account already.
    allows_a_message: bool,
}

impl Taken {
    /// Both together.
    pub fn and(mut self, other: Self) -> Self {
        self.draws.extend(other.draws);
        self.allows_a_message &= other.allows_a_message;
        self
    }

    /// Whether there was enough for a message to somebody who has an account already.
    #[must_use]
    pub fn allows_a_message(&self) -> bool {
        self.allows_a_message
    }
}

impl Limits {
    /// Whether these may be signed up once more, whoever asks for it, and be sent a message. The
    /// last one is the user name.
    ///
    /// # Errors
    /// Where one of them was signed up too often, or sent too much, or its calling code was.
    pub async fn sign_up(
        &self,
        admission: Option<&Admission>,
        recipients: &[Recipient<'_>],
    ) -> Result<Taken, Exceeded> {
        let is_name = |recipient: &&Recipient<'_>| matches!(recipient, Recipient::Name(_));
        let has_others = recipients.iter().any(|recipient| !is_name(&recipient));
        // Names count where nothing is sent to anybody.
        let signed_up = recipients.iter().filter(|recipient| !has_others || !is_name(recipient));
        let recipient_draws: Vec<Draw> = signed_up
            .filter_map(|one| self.rules.draw(Which::Recipient, recipient_key(one)))
            .collect();
        let mut draws = self.message_draws(&BY_SIGN_UP, recipients, None);
        for draw in draws.iter_mut().filter(|draw| draw.rule.which == Which::MessageInterval) {
            // Whoever sends the form twice is told of the account that it made, and sent nothing.
            draw.refuses = false;
        }
        draws.extend(recipient_draws);
        self.take_all(admission, draws).await
    }

    /// Whether one more code may be sent to these, and to numbers of this calling code.
    ///
    /// # Errors
    /// Where too many were, or the last one too recently.
    pub async fn resend(
        &self,
        admission: Option<&Admission>,
        recipients: &[Recipient<'_>],
        calling_code: Option<u16>,
    ) -> Result<Taken, Exceeded> {
        self.take_all(admission, self.message_draws(&BY_RESEND, recipients, calling_code)).await
    }

    /// Gives back what was taken for a message that did not go out.
    pub async fn give_back(&self, admission: Option<&Admission>, taken: Taken) {
        let mut draws = taken.draws;
        draws.retain(|draw| draw.rule.which != Which::Recipient);
        self.give_back_all(admission, &draws).await;
    }

    /// Gives back all that was taken by a request that was not sent, or not looked at: whoever
    /// cannot show to be a person uses up nobody's budget, and whoever was told to come back can.
    pub async fn undo(&self, admission: Option<&Admission>, taken: Taken) {
        self.give_back_all(admission, &taken.draws).await;
    }

    /// Whether one more code may be tried for this user name.
    ///
    /// # Errors
    /// Where too many were.
    pub async fn confirm(
        &self,
        admission: Option<&Admission>,
        username: &str,
    ) -> Result<Taken, Exceeded> {
        let draw = self.rules.draw(Which::ConfirmName, keys::name(username));
        self.take_all(admission, draw.into_iter().collect()).await
    }

    /// Whether nobody has given this name before, as long as it is remembered. It is a budget of
    /// one, whatever `limits.mode` says. Each replica knows the names that it was given itself,
    /// and where the store is away it knows no others.
    pub async fn once(&self, admission: Option<&Admission>, name: &str) -> bool {
        let draw = self.rules.draw(Which::Proof, Key::Text(name.to_owned()));
        let draws: Vec<Draw> = draw.into_iter().collect();
        let own = Patience::new(self.patience);
        let patience = admission.map_or(&own, |admission| &admission.patience);
        let results = match &self.store {
            _ if draws.is_empty() => Vec::new(),
            Store::Local(local) => local.take(&draws),
            Store::Shared(shared) => {
                let take = async |patience| shared.take_here_and_there(&draws, patience).await;
                patience.spend(take).await
            }
        };
        results.iter().all(Drawn::is_within)
    }

    /// Whether messages to somebody count, so that it is worth to remember whom a user name's
    /// messages go to.
    #[must_use]
    pub fn counts_messages(&self) -> bool {
        let rules = [Which::MessageInterval, Which::Messages, Which::CallingCode];
        rules.iter().any(|rule| self.rules.draw(*rule, Key::Text(String::new())).is_some())
    }

    /// A digest of a recipient as these limits know it, keyed like what is in the store.
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

    /// A message costs every recipient one, the time between two, and its calling code.
    fn message_draws(
        &self,
        rules: &[Which],
        recipients: &[Recipient<'_>],
        calling_code: Option<u16>,
    ) -> Vec<Draw> {
        let mut digests: Vec<String> = recipients.iter().map(|one| self.digest(one)).collect();
        // A name may be an address, which pays once.
        digests.sort_unstable();
        digests.dedup();
        let by_recipient = rules.iter().flat_map(|rule| {
            let draw = |digest: &String| self.rules.draw(*rule, Key::Text(digest.clone()));
            digests.iter().filter_map(draw).collect::<Vec<Draw>>()
        });
        let own_code = recipients.iter().find_map(|recipient| match *recipient {
            Recipient::Phone { calling_code, .. } => Some(calling_code),
            _ => None,
        });
        let by_code = own_code.or(calling_code).and_then(|code| {
            let draw = self.rules.draw(Which::CallingCode, keys::calling_code(code))?;
            Some(Draw { weight: self.codes.cost(code), ..draw })
        });
        by_recipient.chain(by_code).collect()
    }

    /// Takes from all of them or, where one refuses, from none.
    async fn take_all(
        &self,
        admission: Option<&Admission>,
        draws: Vec<Draw>,
    ) -> Result<Taken, Exceeded> {
        let results = self.take_for(admission, &draws).await;
        let refusal = self.refusal(&draws, &results);
        let is_short =
            |(draw, drawn): (&Draw, &Drawn)| draw.rule.is_enforced() && !drawn.is_within();
        let allows_a_message = !draws.iter().zip(&results).any(is_short);
        let taken = draws.into_iter().zip(results).filter(|(_, drawn)| drawn.is_within());
        let draws = taken.map(|(draw, _)| draw).collect();
        let Some(exceeded) = refusal else { return Ok(Taken { draws, allows_a_message }) };
        self.give_back_all(admission, &draws).await;
        Err(exceeded)
    }

    async fn give_back_all(&self, admission: Option<&Admission>, draws: &[Draw]) {
        let own = Patience::new(self.patience);
        let patience = admission.map_or(&own, |admission| &admission.patience);
        self.store.give_back(draws, patience).await;
    }
}

fn recipient_key(recipient: &Recipient<'_>) -> Key {
    match *recipient {
        Recipient::Email(email) => keys::email(email),
        Recipient::Phone { number, .. } => keys::name(number),
        Recipient::Name(name) => keys::name(name),
        Recipient::Remembered(digest) => Key::Text(digest.to_owned()),
    }
}
