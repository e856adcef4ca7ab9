//! `GET /sandbox/events`: messages and changes of accounts as server-sent events.
//!
//! | event | data |
//! | --- | --- |
//! | `message` | the message, as in `GET /sandbox/inbox`; the id of the event contains the id of the message |
//! | `accounts` | `{}`: accounts have changed |
//! | `cleared` | `{}`: the messages that the client knows no longer exist |
//!
//! A stream starts with all messages, or with the messages after `Last-Event-ID`. A stream stores
//! only the number of its last message. A client that reads slowly therefore needs no memory.

use std::{convert::Infallible, fmt::Write as _, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data},
};
use futures_util::stream;
use tokio::time::timeout;
use uuid::Uuid;

use super::NO_STORE;
use crate::state::{pool_state::PoolState, records::Records};

/// The time between two bytes. The pool notices the end of a connection within this time.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) async fn events(request: HttpRequest, state: Data<PoolState>) -> HttpResponse {
    let last = request.headers().get("last-event-id").and_then(|id| id.to_str().ok());
    let start = (state.changes(), Position::after(last));
    let events =
        stream::unfold((state, start), |(state, (mut changes, mut position))| async move {
            loop {
                changes.mark_unchanged();
                let mut events = state.with(|records| position.advance(records));
                if events.is_empty() {
                    match timeout(KEEP_ALIVE, changes.changed()).await {
                        Ok(Ok(())) => continue,
                        Ok(Err(_)) => return None,
                        Err(_) => events.push_str(":\n\n"),
                    }
                }
                let events = Ok::<_, Infallible>(Bytes::from(events));
                return Some((events, (state, (changes, position))));
            }
        });
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(NO_STORE)
        // nginx would buffer the events.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(events)
}

/// The position of a client in the records.
struct Position {
    /// `None` before the first events of a client that knows no message.
    epoch: Option<Uuid>,
    message: u64,
    /// The last revision of the records that the client received.
    seen: Option<(Uuid, u64, u64)>,
}

impl Position {
    /// Returns the position after the event with this id.
    fn after(id: Option<&str>) -> Self {
        let parts = id.and_then(|id| id.split_once('.'));
        let known = parts.map(|(epoch, message)| {
            // An id that the pool did not create belongs to no epoch.
            let epoch = Uuid::try_parse(epoch).unwrap_or_default();
            (epoch, message.parse().unwrap_or_default())
        });
        let (epoch, message) = known.map_or((None, 0), |(epoch, message)| (Some(epoch), message));
        Self { epoch, message, seen: None }
    }

    /// Returns the events since this position, and moves the position to the end.
    fn advance(&mut self, records: &Records) -> String {
        let mut events = String::new();
        let epoch = records.epoch;
        if self.epoch != Some(epoch) {
            if self.epoch.is_some() {
                push(&mut events, "cleared", &format!("id: {epoch}.0\n"), "{}");
            }
            (self.epoch, self.message) = (Some(epoch), 0);
        }
        for message in records.messages.iter().filter(|message| message.id > self.message) {
            let data = serde_json::to_string(message).unwrap_or_default();
            push(&mut events, "message", &format!("id: {epoch}.{}\n", message.id), &data);
        }
        self.message = records.deliveries();
        let revision = records.revision();
        let accounts = |(epoch, _, accounts)| (epoch, accounts);
        if self.seen.map(accounts) != Some(accounts(revision)) {
            push(&mut events, "accounts", "", "{}");
        }
        self.seen = Some(revision);
        events
    }
}

fn push(events: &mut String, name: &str, id: &str, data: &str) {
    // Writing to a text cannot fail.
    let _ = write!(events, "event: {name}\n{id}data: {data}\n\n");
}
