//! What makes tampering evident: a chain of keyed digests over the rows of `attempts`.

use sqlx::{AnyConnection, Row};
use uuid::Uuid;

use crate::ledger::keys::Keys;

/// So many ends are noted by one chain at most; the next one notes the rest.
const MAX_NOTED: i64 = 1000;

/// What a chain holds. Each kind is kept for a time of its own, and a chain can only age out
/// from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ledger) enum Kind {
    /// What carries an account or a consent.
    Accounts,
    /// The rest.
    Refusals,
}

impl Kind {
    pub(in crate::ledger) fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Refusals => "refusals",
        }
    }
}

/// The chain that one writer keeps, with its end.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct Chain {
    pub(in crate::ledger) id: String,
    kind: Kind,
    started_at: i64,
    noted: Vec<End>,
    first_link: String,
    length: i64,
    link: String,
    /// The length that was last written.
    written: i64,
}

/// The end of a chain at some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ledger) struct End {
    pub(in crate::ledger) chain: String,
    pub(in crate::ledger) length: i64,
    pub(in crate::ledger) link: String,
}

/// The place of a row in a chain.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct Place {
    pub(in crate::ledger) chain: String,
    /// From 1 on.
    pub(in crate::ledger) sequence: i64,
    pub(in crate::ledger) link: String,
}

impl Chain {
    /// A chain that begins now. It notes the ends that no other has noted: of chains that are
    /// over, and of those that have grown since. So none can vanish, or lose what it held, without
    /// a trace.
    pub(in crate::ledger) async fn begin(
        connection: &mut AnyConnection,
        keys: &Keys,
        kind: Kind,
        now: i64,
    ) -> sqlx::Result<Self> {
        let ends = sqlx::query(
            "SELECT id, length, link FROM chains WHERE NOT EXISTS
                 (SELECT 1 FROM noted_ends WHERE noted_ends.noted_chain = chains.id
                     AND noted_ends.length >= chains.length)
             ORDER BY started_at, id LIMIT $1",
        )
        .bind(MAX_NOTED)
        .fetch_all(&mut *connection)
        .await?;
        let end = |row: &sqlx::any::AnyRow| End {
            chain: row.get(0),
            length: row.get(1),
            link: row.get(2),
        };
        let noted: Vec<End> = ends.iter().map(end).collect();
        let id = Uuid::new_v4().simple().to_string();
        let first_link = first_link(keys, &id, kind.as_str(), now, &noted);
        let link = first_link.clone();
        Ok(Self { id, kind, started_at: now, noted, first_link, length: 0, link, written: 0 })
    }

    /// Another chain goes on where this one cannot. What this one holds is written first.
    pub(in crate::ledger) async fn begin_another(
        &mut self,
        connection: &mut AnyConnection,
        keys: &Keys,
        now: i64,
    ) -> sqlx::Result<()> {
        self.save(connection, keys).await?;
        *self = Self::begin(connection, keys, self.kind, now).await?;
        Ok(())
    }

    /// The place of the next row.
    pub(in crate::ledger) fn next(&self, keys: &Keys, digest: &str) -> Place {
        let sequence = self.length + 1;
        let link = next_link(keys, &self.link, sequence, digest);
        Place { chain: self.id.clone(), sequence, link }
    }

    /// The next row has taken its place.
    pub(in crate::ledger) fn append(&mut self, place: Place) {
        self.length = place.sequence;
        self.link = place.link;
    }

    /// Writes where the chain ends now, if that has changed.
    pub(in crate::ledger) async fn save(
        &mut self,
        connection: &mut AnyConnection,
        keys: &Keys,
    ) -> sqlx::Result<()> {
        if self.written == self.length {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO chains (id, kind, started_at, pepper, length, link, signature)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (id) DO UPDATE SET
                 length = excluded.length, link = excluded.link, signature = excluded.signature",
        )
        .bind(self.id.clone())
        .bind(self.kind.as_str())
        .bind(self.started_at)
        .bind(keys.id.clone())
        .bind(self.length)
        .bind(self.link.clone())
        .bind(end_signature(keys, &self.first_link, self.length, &self.link))
        .execute(&mut *connection)
        .await?;
        if self.written == 0 {
            self.save_noted(connection).await?;
        }
        self.written = self.length;
        Ok(())
    }

    async fn save_noted(&self, connection: &mut AnyConnection) -> sqlx::Result<()> {
        for end in &self.noted {
            sqlx::query(
                "INSERT INTO noted_ends (chain, noted_chain, length, link)
                 VALUES ($1, $2, $3, $4) ON CONFLICT (chain, noted_chain) DO NOTHING",
            )
            .bind(self.id.clone())
            .bind(end.chain.clone())
            .bind(end.length)
            .bind(end.link.clone())
            .execute(&mut *connection)
            .await?;
        }
        Ok(())
    }
}

/// The link that a chain begins with. It holds everything that is known of the chain then.
pub(in crate::ledger) fn first_link(
    keys: &Keys,
    id: &str,
    kind: &str,
    started_at: i64,
    noted: &[End],
) -> String {
    let mut noted: Vec<&End> = noted.iter().collect();
    noted.sort_unstable_by(|one, other| one.chain.cmp(&other.chain));
    let numbers: Vec<String> = noted.iter().map(|end| end.length.to_string()).collect();
    let started_at = started_at.to_string();
    let mut parts = vec![id, kind, &keys.id, &started_at];
    for (end, length) in noted.iter().zip(&numbers) {
        parts.extend([&*end.chain, length, &end.link]);
    }
    keys.sign("first link", &parts)
}

/// The link after another.
pub(in crate::ledger) fn next_link(keys: &Keys, link: &str, sequence: i64, digest: &str) -> String {
    keys.sign("link", &[link, &sequence.to_string(), digest])
}

/// What holds the end of a chain, and by its first link everything that is known of it, also
/// when its first rows have aged out.
pub(in crate::ledger) fn end_signature(
    keys: &Keys,
    first_link: &str,
    length: i64,
    link: &str,
) -> String {
    keys.sign("end", &[first_link, &length.to_string(), link])
}

/// What makes the deletion of a row lawful.
pub(in crate::ledger) fn tombstone_signature(
    keys: &Keys,
    place: &Place,
    digest: &str,
    deleted_at: i64,
) -> String {
    let parts =
        [&*place.chain, &place.sequence.to_string(), digest, &place.link, &deleted_at.to_string()];
    keys.sign("tombstone", &parts)
}

/// What makes it lawful that a chain begins after this place.
pub(in crate::ledger) fn checkpoint_signature(keys: &Keys, place: &Place, at: i64) -> String {
    let parts = [&*place.chain, &place.sequence.to_string(), &place.link, &at.to_string()];
    keys.sign("checkpoint", &parts)
}
