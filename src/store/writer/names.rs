//! The names of recent sign-ups on SQLite, in memory: an index in the file would cost more than
//! the rest of a sign-up.

use std::collections::VecDeque;

use crate::store::{
    database::{Connection, Digest},
    error::StoreError,
};

/// Maximum number of names in memory: 15 minutes of 500 sign-ups a second, in 6 MB. The store looks
/// up older names in the table.
const CAPACITY: usize = 1 << 19;

/// Maximum number of rows of one read.
const PAGE: i64 = 10_000;

/// The beginnings of the digests of names, with the ids of their sign-ups, in order.
#[derive(Debug)]
pub(in crate::store) struct Names {
    capacity: usize,
    fingerprints: VecDeque<u32>,
    ids: VecDeque<i64>,
    complete_from: i64,
    last_id: i64,
}

impl Default for Names {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl Names {
    pub(in crate::store) fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            fingerprints: VecDeque::new(),
            ids: VecDeque::new(),
            complete_from: 0,
            last_id: 0,
        }
    }

    /// Returns the id from which on all names are in memory.
    pub(in crate::store) fn complete_from(&self) -> i64 {
        self.complete_from
    }

    /// Returns the ids of the sign-ups that may have this name.
    pub(in crate::store) fn ids(&self, name: &Digest) -> impl Iterator<Item = i64> {
        let wanted = fingerprint(name);
        let matches = self.fingerprints.iter().zip(&self.ids);
        matches.filter(move |(found, _)| **found == wanted).map(|(_, id)| *id)
    }

    pub(in crate::store) fn push(&mut self, id: i64, name: &Digest) {
        if self.ids.len() == self.capacity {
            self.pop();
        }
        self.fingerprints.push_back(fingerprint(name));
        self.ids.push_back(id);
        self.last_id = self.last_id.max(id);
    }

    /// Drops the sign-ups before this id.
    pub(in crate::store) fn drop_before(&mut self, id: i64) {
        while self.ids.front().is_some_and(|first| *first < id) {
            self.pop();
        }
    }

    /// Reads the sign-ups that other processes have stored since the last read, from the id `since`
    /// on.
    pub(in crate::store) fn read(
        &mut self,
        connection: &mut Connection,
        since: i64,
    ) -> Result<(), StoreError> {
        if self.last_id < since {
            let empty = Self::with_capacity(self.capacity);
            *self = Self { complete_from: since, last_id: since - 1, ..empty };
        }
        loop {
            let sql = "SELECT id, name FROM sign_ups WHERE id > $1 ORDER BY id LIMIT $2";
            let rows = connection.query(sql, &[self.last_id.into(), PAGE.into()])?;
            for row in &rows {
                self.push(row.int(0), &row.digest(1).unwrap_or_default());
            }
            if i64::try_from(rows.len()).is_ok_and(|rows| rows < PAGE) {
                return Ok(());
            }
        }
    }

    fn pop(&mut self) {
        self.fingerprints.pop_front();
        if let Some(id) = self.ids.pop_front() {
            self.complete_from = self.complete_from.max(id + 1);
        }
    }
}

fn fingerprint(name: &Digest) -> u32 {
    u32::from_be_bytes([name[0], name[1], name[2], name[3]])
}
