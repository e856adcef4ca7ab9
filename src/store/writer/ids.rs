//! The ids that a writer gives to rows.

use std::{collections::VecDeque, ops::Range};

use crate::store::{database::Connection, error::StoreError, id};

/// Number of counters that a writer takes at once on PostgreSQL.
const BLOCK: i64 = 1024;

/// Reads claims, because a resend has no other row until its end.
const LAST_ID: &str = "SELECT MAX(id) FROM (
    SELECT MAX(id) AS id FROM sign_ups UNION ALL SELECT MAX(id) FROM confirms
    UNION ALL SELECT MAX(id) FROM attempts UNION ALL SELECT MAX(id) FROM recipients
    UNION ALL SELECT MAX(claim) FROM idempotency_keys)";

#[derive(Debug, Default)]
pub(in crate::store) struct Ids {
    last: i64,
    /// The remaining counters, on PostgreSQL.
    blocks: VecDeque<Range<i64>>,
}

impl Ids {
    /// Reserves counters for `count` new ids.
    pub(super) fn reserve(
        &mut self,
        connection: &mut Connection,
        count: usize,
    ) -> Result<(), StoreError> {
        let count = i64::try_from(count).unwrap_or(BLOCK);
        let Connection::Postgres(_) = connection else { return Ok(()) };
        let left = |block: &Range<i64>| block.end - block.start;
        while self.blocks.iter().map(left).sum::<i64>() < count {
            let row = connection.query_one("SELECT nextval('id_blocks')", &[])?;
            let first = row.map(|row| row.int(0)).unwrap_or_default() * BLOCK;
            self.blocks.push_back(first..first + BLOCK);
        }
        Ok(())
    }

    /// Records the ids that another process has assigned, on SQLite.
    pub(super) fn note(&mut self, connection: &mut Connection) -> Result<(), StoreError> {
        let row = connection.query_one(LAST_ID, &[])?;
        self.last = self.last.max(row.map(|row| row.int(0)).unwrap_or_default());
        Ok(())
    }

    /// Returns a new id.
    ///
    /// On SQLite, the next number is unused, because the writer holds the lock. On PostgreSQL, only
    /// this writer has the counters of a block. The clocks of the replicas do not matter.
    pub(in crate::store) fn next(&mut self, now: i64) -> i64 {
        let first = id::first_at(now);
        while let Some(block) = self.blocks.front_mut() {
            if let Some(counter) = block.next() {
                return first | (counter & ((1 << id::COUNTER_BITS) - 1));
            }
            self.blocks.pop_front();
        }
        self.last = first.max(self.last + 1);
        self.last
    }
}
