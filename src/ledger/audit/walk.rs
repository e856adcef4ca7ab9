//! From the beginning of a chain, or from where it has not aged out, to its end.

use sqlx::AnyConnection;

use crate::ledger::{
    audit::{
        chain::End,
        entries::{ChainRow, Entry},
        rows,
        verdict::Audit,
    },
    database::LedgerError,
    keys::Keys,
};

/// So many places of a chain are held at once.
const PAGE: usize = 1000;

/// What was noted of a chain earlier.
pub(in crate::ledger) struct Mark {
    pub(in crate::ledger) end: End,
    /// The chain that noted it, or nothing where an earlier run did.
    pub(in crate::ledger) noted_by: Option<String>,
}

/// How far a walk has come.
struct Walk<'a> {
    chain: &'a ChainRow,
    keys: &'a Keys,
    sequence: i64,
    /// The link that the next one follows upon; nothing after a gap.
    link: Option<String>,
    marks: Vec<Mark>,
}

/// Walks along a chain and says what is not as it was written.
pub(in crate::ledger) async fn walk(
    connection: &mut AnyConnection,
    audit: &mut Audit<'_>,
    chain: &ChainRow,
    mut marks: Vec<Mark>,
) -> Result<(), LedgerError> {
    audit.verdict.chains += 1;
    let id = &chain.id;
    marks.sort_by_key(|mark| mark.end.length);
    let Some(keys) = audit.keys.named(&chain.key_id) else {
        audit.pass_over(&format!(
            "Chain {id} cannot be verified: it was written with another database.key, named {}.",
            chain.key_id
        ))?;
        return lost_end(audit, chain, &marks, chain.length);
    };
    if !chain.is_signed(keys) {
        audit.find(&format!(
            "Chain {id}: what is said of it, or its end, is not as it was written."
        ))?;
    }
    let (sequence, link) = beginning(connection, audit, chain, keys).await?;
    let mut walk = Walk { chain, keys, sequence, link: Some(link), marks };
    walk.pass_marks(audit)?;
    let mut last = i64::MIN;
    loop {
        let entries = rows::entries(connection, id, last, PAGE).await?;
        let Some(end) = entries.last() else { break };
        last = end.place().sequence;
        for entry in &entries {
            walk.step(audit, entry)?;
        }
    }
    walk.end(audit)
}

/// Where a chain begins: at its first link, or at its checkpoint.
async fn beginning(
    connection: &mut AnyConnection,
    audit: &mut Audit<'_>,
    chain: &ChainRow,
    keys: &Keys,
) -> Result<(i64, String), LedgerError> {
    let first = (0, chain.first_link(keys));
    let Some(checkpoint) = rows::checkpoint(connection, &chain.id).await? else {
        return Ok(first);
    };
    let sequence = checkpoint.place.sequence;
    if !checkpoint.is_signed(audit.keys) {
        audit.find(&format!(
            "Chain {}, sequence {sequence}: its checkpoint was not signed with this database.key.",
            chain.id
        ))?;
        return Ok(first);
    }
    Ok((sequence, checkpoint.place.link))
}

impl Walk<'_> {
    fn step(&mut self, audit: &mut Audit<'_>, entry: &Entry) -> Result<(), LedgerError> {
        let place = entry.place();
        let where_ = described(entry);
        if place.sequence <= self.sequence {
            return audit.find(&format!(
                "{where_}: there is another at this place, or the chain has aged out up to after it."
            ));
        }
        if place.sequence > self.sequence.saturating_add(1) {
            self.missing(audit, place.sequence - 1)?;
            self.link = None;
        }
        let flaw = self.flaw(audit, entry);
        self.sequence = place.sequence;
        self.link = Some(place.link.clone());
        match (flaw, entry) {
            (Some(flaw), _) => audit.find(&format!("{where_}: {flaw}."))?,
            (None, Entry::Attempt(_)) => audit.verdict.attempts += 1,
            (None, Entry::Tombstone(_)) => audit.verdict.tombstones += 1,
        }
        self.pass_marks(audit)
    }

    fn flaw(&self, audit: &Audit<'_>, entry: &Entry) -> Option<&'static str> {
        match entry {
            Entry::Attempt(written) if written.key_id != self.keys.id => {
                return Some("its key is not that of its chain");
            }
            Entry::Attempt(written) if written.is_as_written(audit.keys) != Some(true) => {
                return Some("the attempt, or a consent of it, was altered");
            }
            Entry::Tombstone(tombstone) if !tombstone.is_signed(audit.keys) => {
                return Some(
                    "an attempt was deleted, and the tombstone was not signed with this database.key",
                );
            }
            Entry::Attempt(_) | Entry::Tombstone(_) => {}
        }
        let follows = self.link.as_ref().is_none_or(|link| entry.follows(self.keys, link));
        (!follows).then_some("it does not follow upon what is before it")
    }

    /// Holds what was noted of this place against what is there.
    fn pass_marks(&mut self, audit: &mut Audit<'_>) -> Result<(), LedgerError> {
        let passed = self.marks.partition_point(|mark| mark.end.length <= self.sequence);
        for mark in self.marks.drain(..passed) {
            let differs = self.link.as_ref().is_some_and(|link| *link != mark.end.link);
            if mark.end.length == self.sequence && differs {
                audit.find(&format!(
                    "Chain {}, sequence {}: {} has noted another link.",
                    self.chain.id,
                    self.sequence,
                    noted_by(&mark)
                ))?;
            }
        }
        Ok(())
    }

    fn missing(&self, audit: &mut Audit<'_>, last: i64) -> Result<(), LedgerError> {
        let first = self.sequence + 1;
        let which = if first == last {
            format!("sequence {first}: an attempt is missing")
        } else {
            format!("sequences {first} to {last}: attempts are missing")
        };
        audit.find(&format!(
            "Chain {}, {which}, and nothing says that this was lawful.",
            self.chain.id
        ))
    }

    fn end(&self, audit: &mut Audit<'_>) -> Result<(), LedgerError> {
        let ChainRow { id, length, link, .. } = self.chain;
        if self.sequence < *length {
            self.missing(audit, *length)?;
        } else if self.sequence > *length {
            audit.find(&format!(
                "Chain {id}: it ends with sequence {length}, but goes on to {}.",
                self.sequence
            ))?;
        } else if self.link.as_ref().is_some_and(|last| last != link) {
            audit.find(&format!("Chain {id}: its end is not the link of its last place."))?;
        }
        lost_end(audit, self.chain, &self.marks, self.sequence.max(*length))
    }
}

/// A chain that was longer once has lost its end.
fn lost_end(
    audit: &mut Audit<'_>,
    chain: &ChainRow,
    marks: &[Mark],
    length: i64,
) -> Result<(), LedgerError> {
    let Some(mark) = marks.last().filter(|mark| mark.end.length > length) else { return Ok(()) };
    audit.find(&format!(
        "Chain {} ends with sequence {length}, but {} has seen it go on to {}.",
        chain.id,
        noted_by(mark),
        mark.end.length
    ))
}

fn noted_by(mark: &Mark) -> String {
    match &mark.noted_by {
        Some(chain) => format!("chain {chain}"),
        None => "an earlier run".to_owned(),
    }
}

fn described(entry: &Entry) -> String {
    let place = entry.place();
    let attempt = match entry {
        Entry::Attempt(written) => format!(", attempt {}", written.row.id),
        Entry::Tombstone(_) => String::new(),
    };
    format!("Chain {}, sequence {}{attempt}", place.chain, place.sequence)
}
