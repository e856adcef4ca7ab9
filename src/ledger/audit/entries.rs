//! What stands in the books, and whether it is as it was written: the rows of `attempts` with
//! their consents and places, what is left of those that were deleted, and the chains.

use crate::ledger::{
    audit::{
        attempts::AttemptRow,
        chain::{self, End, Place},
    },
    keys::Keys,
};

/// A row of `attempts` as it stands there.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct Written {
    pub(in crate::ledger) row: AttemptRow,
    /// The name of the `database.key` that it was written with.
    pub(in crate::ledger) key_id: String,
    pub(in crate::ledger) place: Place,
    pub(in crate::ledger) digest: String,
}

/// What stays of a row that was deleted.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct Tombstone {
    pub(in crate::ledger) place: Place,
    pub(in crate::ledger) digest: String,
    pub(in crate::ledger) deleted_at: i64,
    pub(in crate::ledger) signature: String,
}

/// One place of a chain.
#[derive(Clone, Debug)]
pub(in crate::ledger) enum Entry {
    Attempt(Box<Written>),
    Tombstone(Tombstone),
}

/// A row of `chains` with the ends that it has noted.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct ChainRow {
    pub(in crate::ledger) id: String,
    pub(in crate::ledger) kind: String,
    pub(in crate::ledger) started_at: i64,
    pub(in crate::ledger) key_id: String,
    pub(in crate::ledger) length: i64,
    pub(in crate::ledger) link: String,
    pub(in crate::ledger) signature: String,
    pub(in crate::ledger) noted: Vec<End>,
}

/// Up to where a chain has aged out.
#[derive(Clone, Debug)]
pub(in crate::ledger) struct Checkpoint {
    pub(in crate::ledger) place: Place,
    pub(in crate::ledger) at: i64,
    pub(in crate::ledger) signature: String,
}

impl Written {
    /// Returns whether it is as it was written, or `None` if it was written with another key.
    pub(in crate::ledger) fn is_as_written(&self, keys: &Keys) -> Option<bool> {
        keys.named(&self.key_id).map(|keys| self.row.digest(keys) == self.digest)
    }
}

impl Tombstone {
    /// Returns whether it was signed with this key.
    pub(in crate::ledger) fn is_signed(&self, keys: &Keys) -> bool {
        let Self { place, digest, deleted_at, .. } = self;
        chain::tombstone_signature(keys, place, digest, *deleted_at) == self.signature
    }
}

impl Entry {
    pub(in crate::ledger) fn place(&self) -> &Place {
        match self {
            Self::Attempt(written) => &written.place,
            Self::Tombstone(tombstone) => &tombstone.place,
        }
    }

    pub(in crate::ledger) fn digest(&self) -> &str {
        match self {
            Self::Attempt(written) => &written.digest,
            Self::Tombstone(tombstone) => &tombstone.digest,
        }
    }

    /// Whether it follows upon this link.
    pub(in crate::ledger) fn follows(&self, keys: &Keys, link: &str) -> bool {
        let place = self.place();
        chain::next_link(keys, link, place.sequence, self.digest()) == place.link
    }
}

impl ChainRow {
    /// The link that it began with.
    pub(in crate::ledger) fn first_link(&self, keys: &Keys) -> String {
        chain::first_link(keys, &self.id, &self.kind, self.started_at, &self.noted)
    }

    /// Whether all that is said of it was signed here.
    pub(in crate::ledger) fn is_signed(&self, keys: &Keys) -> bool {
        let first = self.first_link(keys);
        chain::end_signature(keys, &first, self.length, &self.link) == self.signature
    }
}

impl Checkpoint {
    /// Returns whether it was signed with this key.
    pub(in crate::ledger) fn is_signed(&self, keys: &Keys) -> bool {
        chain::checkpoint_signature(keys, &self.place, self.at) == self.signature
    }
}
