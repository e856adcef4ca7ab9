//! What makes tampering evident: a chain of keyed digests over the rows of `attempts`.

use sqlx::{AnyConnection, Row};
use uuid::Uuid;

use super::keys::Pepper;

/// What a chain holds. Each kind is kept for a time of its own, and a chain can only age out
/// from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// What carries an account or a consent.
    Accounts,
    /// The rest.
    Refusals,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Refusals => "refusals",
        }
    }
}

/// The chain that one writer keeps, with its end.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) id: String,
    kind: Kind,
    started_at: i64,
    previous: Option<End>,
    length: i64,
    link: String,
    /// The length that was last written.
    written: i64,
}

/// The end of a chain at some time.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) chain: String,
    pub(super) length: i64,
    pub(super) link: String,
}

/// The place of a row in a chain.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) chain: String,
    /// From 1 on.
    pub(super) sequence: i64,
    pub(super) link: String,
}

impl Chain {
    /// A chain that begins now. It knows the youngest one before it, so that none can vanish,
    /// or lose its end, without a trace.
    pub(super) async fn begin(
        connection: &mut AnyConnection,
        pepper: &Pepper,
        kind: Kind,
        now: i64,
    ) -> sqlx::Result<Self> {
        let youngest = sqlx::query(
            "SELECT id, length, link FROM chains ORDER BY started_at DESC, id DESC LIMIT 1",
        )
        .fetch_optional(&mut *connection)
        .await?;
        let previous =
            youngest.map(|row| End { chain: row.get(0), length: row.get(1), link: row.get(2) });
        let id = Uuid::new_v4().simple().to_string();
        let link = first_link(pepper, &id, kind.as_str(), now, previous.as_ref());
        Ok(Self { id, kind, started_at: now, previous, length: 0, link, written: 0 })
    }

    /// The place of the next row.
    pub(super) fn append(&mut self, pepper: &Pepper, digest: &str) -> Place {
        self.length += 1;
        self.link = next_link(pepper, &self.link, self.length, digest);
        Place { chain: self.id.clone(), sequence: self.length, link: self.link.clone() }
    }

    /// Writes where the chain ends now, if that has changed.
    pub(super) async fn save(
        &mut self,
        connection: &mut AnyConnection,
        pepper: &Pepper,
    ) -> sqlx::Result<()> {
        if self.written == self.length {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO chains (id, kind, started_at, pepper, previous_chain, previous_length,
                 previous_link, length, link, signature)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (id) DO UPDATE SET
                 length = excluded.length, link = excluded.link, signature = excluded.signature",
        )
        .bind(self.id.clone())
        .bind(self.kind.as_str())
        .bind(self.started_at)
        .bind(pepper.id.clone())
        .bind(self.previous.as_ref().map(|previous| previous.chain.clone()))
        .bind(self.previous.as_ref().map(|previous| previous.length))
        .bind(self.previous.as_ref().map(|previous| previous.link.clone()))
        .bind(self.length)
        .bind(self.link.clone())
        .bind(end_signature(pepper, &self.id, self.length, &self.link))
        .execute(&mut *connection)
        .await?;
        self.written = self.length;
        Ok(())
    }
}

/// The link that a chain begins with.
pub(super) fn first_link(
    pepper: &Pepper,
    id: &str,
    kind: &str,
    started_at: i64,
    previous: Option<&End>,
) -> String {
    let started_at = started_at.to_string();
    match previous {
        None => pepper.sign("first link", &[id, kind, &started_at]),
        Some(previous) => {
            let length = previous.length.to_string();
            let parts = [id, kind, &started_at, &previous.chain, &length, &previous.link];
            pepper.sign("first link", &parts)
        }
    }
}

/// The link after another.
pub(super) fn next_link(pepper: &Pepper, link: &str, sequence: i64, digest: &str) -> String {
    pepper.sign("link", &[link, &sequence.to_string(), digest])
}

/// What holds the end of a chain.
pub(super) fn end_signature(pepper: &Pepper, id: &str, length: i64, link: &str) -> String {
    pepper.sign("end", &[id, &length.to_string(), link])
}

/// What makes the deletion of a row lawful.
pub(super) fn tombstone_signature(
    pepper: &Pepper,
    place: &Place,
    digest: &str,
    deleted_at: i64,
) -> String {
    let parts =
        [&*place.chain, &place.sequence.to_string(), digest, &place.link, &deleted_at.to_string()];
    pepper.sign("tombstone", &parts)
}

/// What makes it lawful that a chain begins after this place.
pub(super) fn checkpoint_signature(pepper: &Pepper, place: &Place, at: i64) -> String {
    let parts = [&*place.chain, &place.sequence.to_string(), &place.link, &at.to_string()];
    pepper.sign("checkpoint", &parts)
}
