//! The place in the audit log that a long command has reached.

use crate::store::{error::StoreError, id};

/// The place in the audit log that a command has reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Number of rows up to this place.
    pub rows: u64,
    /// Id of the last attempt.
    pub last_id: Option<i64>,
}

/// A function that a long command calls after each row. Its error ends the command.
pub type Report<'a> = dyn FnMut(Position) -> Result<(), StoreError> + 'a;

impl Position {
    /// Returns the time of the last attempt in milliseconds since 1970, or `None` before the first.
    #[must_use]
    pub fn time(self) -> Option<i64> {
        self.last_id.map(id::time)
    }

    pub(super) fn pass(&mut self, id: Option<i64>) {
        self.rows += 1;
        self.last_id = id;
    }
}
