//! A trial write. A readable database may still reject rows. The database may be full, read-only or
//! of a newer version, or the role may lack a permission.

use crate::store::{
    database::{Access, Connection, Value, check_compatibility},
    error::StoreError,
    id,
};

/// Every table that the service writes: its name, the column of its id, and a row.
const TABLES: [(&str, &str, &str); 10] = [
    ("sign_ups", "id", "(id, name, pair, network) VALUES ($1, $2, $2, $2)"),
    ("confirms", "id", "(id, name, code) VALUES ($1, $2, $2)"),
    ("idempotency_keys", "claim", "(claim, key, fingerprint, is_takeover) VALUES ($1, $2, $2, 0)"),
    ("responses", "id", "(id, response) VALUES ($1, $2)"),
    ("recipients", "id", "(id, name, recipients) VALUES ($1, $2, '')"),
    (
        "attempts",
        "id",
        "(id, seal, operation, outcome, code, digest) VALUES ($1, 0, '', '', '', $2)",
    ),
    ("seals", "id", "(id, kind, key, opened_at) VALUES ($1, '', '', 0)"),
    ("lookup", "run", "(run, bucket, entries) VALUES ($1, 0, $2)"),
    ("rejections", "minute", "(minute, operation, code, count) VALUES ($1, '', '', 0)"),
    ("calling_codes", "minute", "(minute, calling_code, sent, confirmed) VALUES ($1, 0, 0, 0)"),
];

/// The table from which the service deletes no rows. The operator may withhold `DELETE` from the
/// role, to protect the audit log.
const KEPT: &str = "seals";

/// Writes to every table, and rolls the writes back. Then stores a heartbeat, because a full disk
/// shows only at a commit.
pub(super) fn write(connection: &mut Connection) -> Result<(), StoreError> {
    check_compatibility(connection)?;
    check_sequence(connection)?;
    connection.transaction(Access::Write, |connection| {
        connection.run("SAVEPOINT trial")?;
        for (table, id, row) in TABLES {
            write_to(connection, table, id, row).map_err(|error| match error {
                StoreError::Unavailable(_) | StoreError::Conflict => error,
                error => {
                    let remedy = match (&connection, &error) {
                        (Connection::Postgres(_), StoreError::Failed(_)) => grant(table),
                        _ => error.remedy(),
                    };
                    let cause = format!("no write to the table {table}: {}", error.cause());
                    StoreError::Unusable(cause, remedy)
                }
            })?;
        }
        connection.run("ROLLBACK TO SAVEPOINT trial")?;
        let sql = "INSERT INTO heartbeat (id, at) VALUES (1, $1)
                   ON CONFLICT (id) DO UPDATE SET at = excluded.at";
        connection.execute(sql, &[id::now().into()]).map(drop)
    })
}

/// Checks that the role may take ids. Takes no id.
fn check_sequence(connection: &mut Connection) -> Result<(), StoreError> {
    let Connection::Postgres(_) = connection else { return Ok(()) };
    let sql = "SELECT 1 WHERE has_sequence_privilege('id_blocks', 'USAGE')";
    match connection.query_one(sql, &[])? {
        Some(_) => Ok(()),
        None => Err(StoreError::Unusable(
            "the role has no USAGE of the sequence id_blocks".to_owned(),
            "Grant USAGE of the sequence to the role.",
        )),
    }
}

/// Returns the remedy for a role that may lack a privilege.
fn grant(table: &str) -> &'static str {
    if table == KEPT {
        "Grant SELECT, INSERT and UPDATE on the table to the role."
    } else {
        "Grant SELECT, INSERT, UPDATE and DELETE on the table to the role."
    }
}

fn write_to(
    connection: &mut Connection,
    table: &str,
    column: &str,
    row: &str,
) -> Result<(), StoreError> {
    // No other row has a negative id, and no other trial has this id.
    let id = -fastrand::i64(1..i64::MAX);
    // These statements show a missing permission even without a row.
    let update = format!("UPDATE {table} SET {column} = {column} WHERE {column} = $1");
    connection.execute(&update, &[id.into()])?;
    if table != KEPT {
        connection.execute(&format!("DELETE FROM {table} WHERE {column} = $1"), &[id.into()])?;
    }
    let mut values: Vec<Value> = vec![id.into()];
    if row.contains("$2") {
        values.push(id.to_be_bytes().to_vec().into());
    }
    connection.execute(&format!("INSERT INTO {table} {row}"), &values).map(drop)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::store::tests::support::Engine;

    #[test]
    fn writes_to_every_table() {
        let rows = Engine::sqlite()
            .connection()
            .rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
        let without_trial =
            ["compatibility", "database_key", "heartbeat", "refinery_schema_history"];

        let tables: BTreeSet<String> = rows.iter().map(|row| row.text(0)).collect();

        let tried = TABLES.iter().map(|(table, ..)| *table);
        assert_eq!(tables, tried.chain(without_trial).map(str::to_owned).collect());
    }
}
