//! The numbers of sent and confirmed codes, and the recipients of codes.

use std::{sync::Arc, time::Duration};

use super::Store;
use crate::store::{
    error::StoreError,
    id,
    requests::recipients::{self, CallingCodeCount, Message, MessageRecipients},
};

impl Store {
    /// Records a sent code. `calling_code` is `None` if the code went by email.
    ///
    /// `remembered` is a user name with the recipients of its messages, which the name does not
    /// contain. These recipients replace known recipients if `is_created` is `true`.
    pub fn message_sent(
        &self,
        calling_code: Option<u16>,
        remembered: Option<(&str, MessageRecipients)>,
        is_created: bool,
    ) {
        let remembered = remembered.map(|(name, recipients)| (self.keys.name(name), recipients));
        if calling_code.is_some() || remembered.is_some() {
            self.state.record(Message::Sent { calling_code, remembered, is_created });
        }
    }

    /// Records that a user confirmed a code. `calling_code` is the calling code of the number to
    /// which the code went. It is `None` if only the stored recipients of the user name may contain
    /// the number.
    pub fn message_confirmed(&self, calling_code: Option<u16>, username: &str) {
        let name = self.keys.name(username);
        self.state.record(Message::Confirmed { calling_code, name });
    }

    /// Returns the recipients of messages to a user name, or `None` if the store has no recipients.
    ///
    /// # Errors
    /// Returns an error if the database is unavailable.
    pub async fn message_recipients(
        &self,
        username: &str,
    ) -> Result<Option<MessageRecipients>, StoreError> {
        let name = self.keys.name(username);
        let state = Arc::clone(&self.state);
        self.run(move |session| {
            // Writes the recipients of the latest sign-ups first.
            state.write_deferred(session)?;
            recipients::look_up(&mut session.connection, name)
        })
        .await
    }

    /// Returns the codes of the last hour by calling code. Codes that are younger than `grace` do
    /// not count as sent.
    ///
    /// # Errors
    /// Returns an error if the database is unavailable.
    pub async fn calling_codes(
        &self,
        grace: Duration,
    ) -> Result<Vec<CallingCodeCount>, StoreError> {
        let grace = id::milliseconds(grace);
        self.run(move |session| recipients::count(&mut session.connection, grace, id::now())).await
    }
}
