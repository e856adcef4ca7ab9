//! What the ledger is told of messages, and asked about them. Nobody waits for what is told: it
//! is for the limits, and a little of it may be lost.

use std::time::Duration;

use super::{Job, Ledger, LedgerError};
use crate::ledger::requests::{
    messages::{CallingCodeCount, Message, MessageRecipients},
    request::digest_of_a_name,
};

impl Ledger {
    /// A code was sent, to a number of this calling code where it went by SMS. `remembered` is
    /// the user name, where that says nothing of whom its messages go to, and that.
    pub fn message_sent(
        &self,
        calling_code: Option<u16>,
        remembered: Option<(&str, MessageRecipients)>,
    ) {
        let remembered = remembered.map(|(name, whom)| (self.digest(name), whom));
        if calling_code.is_some() || remembered.is_some() {
            self.tell(Message::Sent { calling_code, remembered });
        }
    }

    /// A code was confirmed, which had gone to a number of this calling code. Where that is not
    /// known, what is remembered of the user name says it.
    pub fn message_confirmed(&self, calling_code: Option<u16>, username: &str) {
        self.tell(Message::Confirmed { calling_code, name: self.digest(username) });
    }

    /// Whom the messages of a user name go to, if it was signed up within a week.
    ///
    /// # Errors
    /// Where the ledger is away.
    pub async fn message_recipients(
        &self,
        username: &str,
    ) -> Result<Option<MessageRecipients>, LedgerError> {
        let name = self.digest(username);
        self.ask(self.patience, |reply| Job::Recipients(name, reply)).await
    }

    /// What came of the codes of the last hour, by calling code. Those younger than the grace do
    /// not count as sent.
    ///
    /// # Errors
    /// Where the ledger is away.
    pub async fn calling_codes(
        &self,
        grace: Duration,
    ) -> Result<Vec<CallingCodeCount>, LedgerError> {
        let grace = i64::try_from(grace.as_millis()).unwrap_or(i64::MAX / 4);
        self.ask(self.patience, |reply| Job::CallingCodes(grace, reply)).await
    }

    /// The case is ignored, as in most pools and by the limits.
    fn digest(&self, username: &str) -> String {
        digest_of_a_name(&self.keys, &username.to_lowercase())
    }

    fn tell(&self, message: Message) {
        // What waits already is of people.
        let _ = self.queue.try_send(Job::Message(message));
    }
}
