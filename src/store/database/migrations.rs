//! The migrations of the tables.

use refinery::{Migration, Runner};

use super::Connection;
use crate::store::error::StoreError;

const SQLITE: [(&str, &str); 1] =
    [("V1__initial", include_str!("../../../migrations/sqlite/V1__initial.sql"))];

const POSTGRES: [(&str, &str); 1] =
    [("V1__initial", include_str!("../../../migrations/postgres/V1__initial.sql"))];

/// The newest version of the tables that this service knows.
#[expect(clippy::cast_possible_wrap, reason = "there are few migrations")]
const VERSION: i64 = SQLITE.len() as i64;

/// Applies the migrations that are missing. Leaves a database unchanged if a newer version has
/// migrated it.
pub(super) fn run(connection: &mut Connection) -> Result<(), StoreError> {
    let runner = runner(connection)?;
    match connection {
        Connection::Sqlite(sqlite) => runner.run(sqlite).map(drop)?,
        Connection::Postgres(postgres) => {
            // Replicas migrate one after the other.
            postgres.run("SELECT pg_advisory_lock(8327091554)")?;
            postgres.migrate(&runner)?;
            postgres.run("SELECT pg_advisory_unlock(8327091554)")?;
        }
    }
    check_compatibility(connection)
}

/// Checks that the database has every migration of this service.
pub(super) fn check(connection: &mut Connection) -> Result<(), StoreError> {
    // Without its table, the database has no migration.
    let applied =
        connection.query("SELECT checksum FROM refinery_schema_history", &[]).map_err(|error| {
            match error {
                StoreError::Unavailable(_) => error,
                _ => StoreError::NotMigrated,
            }
        })?;
    let is_applied = |migration: &Migration| {
        applied.iter().any(|row| row.text(0) == migration.checksum().to_string())
    };
    let runner = runner(connection)?;
    if runner.get_migrations().iter().all(is_applied) {
        check_compatibility(connection)
    } else {
        Err(StoreError::NotMigrated)
    }
}

/// Checks that a newer version of the tables works with this service.
pub(in crate::store) fn check_compatibility(connection: &mut Connection) -> Result<(), StoreError> {
    let row = connection.query_one("SELECT compatible_from FROM compatibility", &[])?;
    let compatible_from = row.map_or(VERSION, |row| row.int(0));
    if compatible_from > VERSION { Err(StoreError::TooNew(compatible_from)) } else { Ok(()) }
}

fn runner(connection: &Connection) -> Result<Runner, StoreError> {
    let files = match connection {
        Connection::Sqlite(_) => SQLITE,
        Connection::Postgres(_) => POSTGRES,
    };
    let migrations: Result<Vec<Migration>, _> =
        files.iter().map(|(name, sql)| Migration::unapplied(name, sql)).collect();
    Ok(Runner::new(&migrations?).set_abort_missing(false))
}
