//! One transaction for many jobs.

use sqlx::AnyConnection;

use crate::ledger::{
    audit::chains::Chains,
    database::LedgerError,
    keys::Keys,
    requests::messages,
    writers::job::{Job, KeyStep, Told},
};

/// How the jobs of a batch are done.
pub(in crate::ledger) struct Transaction<'a> {
    /// The statement that begins it.
    pub(in crate::ledger) begin: &'static str,
    /// The writer that has to prove that it can write.
    pub(in crate::ledger) heartbeat: Option<usize>,
    pub(in crate::ledger) keys: &'a Keys,
    pub(in crate::ledger) now: i64,
}

impl Transaction<'_> {
    /// Does all of them, or none. `may_be_written` says whether it came so far that it may have
    /// been committed although it failed.
    pub(in crate::ledger) async fn run(
        &self,
        batch: &[Job],
        connection: &mut AnyConnection,
        chains: &mut Chains,
        may_be_written: &mut bool,
    ) -> Result<Vec<Told>, LedgerError> {
        let Self { begin, heartbeat, keys, now } = *self;
        if batch.is_empty() && heartbeat.is_none() {
            sqlx::raw_sql("SELECT 1").execute(connection).await?;
            return Ok(Vec::new());
        }
        sqlx::raw_sql(begin).execute(&mut *connection).await?;
        if let Some(writer) = heartbeat {
            beat(connection, writer, now).await?;
        }
        // All transactions take what they lock in one order, or two of them could wait for each
        // other: first keys, then names, then calling codes.
        let mut on_keys = vec![KeyStep::Nothing; batch.len()];
        for index in in_order(batch, Job::key) {
            on_keys[index] = batch[index].perform_on_key(connection, now).await?;
        }
        let mut told: Vec<Option<Told>> = batch.iter().map(|_| None).collect();
        for index in in_order(batch, Job::name) {
            let on_key = std::mem::replace(&mut on_keys[index], KeyStep::Nothing);
            let job = &batch[index];
            told[index] = Some(job.perform(on_key, connection, chains, keys, now).await?);
        }
        chains.save(connection, keys).await?;
        // Last, since many write to the same row.
        messages::write(connection, batch.iter().filter_map(Job::message), now).await?;
        *may_be_written = true;
        sqlx::raw_sql("COMMIT").execute(connection).await?;
        Ok(told.into_iter().flatten().collect())
    }
}

/// The jobs' places, in the order of what they lock.
fn in_order<'a>(batch: &'a [Job], locks: fn(&'a Job) -> &'a str) -> Vec<usize> {
    let mut order: Vec<usize> = (0..batch.len()).collect();
    order.sort_by_key(|index| locks(&batch[*index]));
    order
}

/// Writes something.
async fn beat(connection: &mut AnyConnection, writer: usize, now: i64) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO heartbeats (writer, at) VALUES ($1, $2)
         ON CONFLICT (writer) DO UPDATE SET at = excluded.at",
    )
    .bind(i64::try_from(writer).unwrap_or_default())
    .bind(now)
    .execute(&mut *connection)
    .await?;
    Ok(())
}
