//! `vestibule audit verify`: whether the books are as they were written.
//!
//! What can be proven is this: a client without the key can alter nothing, add nothing, and
//! remove nothing between the first and the last row of a chain, nor what another chain has
//! noted of it. What came after the last note can be taken back by putting an older copy of the
//! tables in their place; that is found by comparing them with the ends that an earlier run
//! printed.

use std::{collections::BTreeMap, io::Write};

use sqlx::{AnyConnection, Row, any::AnyRow};

use crate::ledger::{
    audit::{
        chain::End,
        record::counted,
        rows,
        verdict::{Audit, Verdict, one_line},
        walk::{self, Mark},
    },
    database::LedgerError,
    keys::Keys,
};

/// So many chains, or consents, are held at once.
const PAGE: i64 = 200;

/// The ends that an earlier run printed, a line each; other lines are passed over.
#[derive(Clone, Debug, Default)]
pub struct ExpectedEnds(pub(in crate::ledger) BTreeMap<String, Vec<End>>);

impl ExpectedEnds {
    /// Reads what an earlier run printed. `None` where there is no end in it.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut ends: BTreeMap<String, Vec<End>> = BTreeMap::new();
        for end in text.lines().filter_map(|line| read_end(line.trim())) {
            ends.entry(end.chain.clone()).or_default().push(end);
        }
        (!ends.is_empty()).then_some(Self(ends))
    }
}

/// An end as it is printed: `chain:length:link`.
fn read_end(text: &str) -> Option<End> {
    let [chain, length, link] = text.split(':').collect::<Vec<_>>().try_into().ok()?;
    let is_end =
        chain.len() == 32 && chain.bytes().all(|byte| byte.is_ascii_hexdigit()) && link.len() == 43;
    let length = length.parse().ok().filter(|length| *length > 0)?;
    is_end.then(|| End { chain: chain.to_owned(), length, link: link.to_owned() })
}

/// Looks at everything within one transaction, which sees the tables as they were at one moment.
pub(in crate::ledger) async fn verify(
    connection: &mut AnyConnection,
    begin: &'static str,
    keys: &Keys,
    expected: &ExpectedEnds,
    out: &mut dyn Write,
) -> Result<Verdict, LedgerError> {
    sqlx::raw_sql(begin).execute(&mut *connection).await?;
    let mut audit = Audit::new(keys, out);
    let mut expected = expected.0.clone();
    let mut last = String::new();
    loop {
        let chains = rows::chains(connection, &last, PAGE).await?;
        let Some(end) = chains.last() else { break };
        last.clone_from(&end.id);
        for chain in &chains {
            let mut marks = marks(connection, &chain.id).await?;
            let noted = expected.remove(&chain.id).unwrap_or_default();
            marks.extend(noted.into_iter().map(|end| Mark { end, noted_by: None }));
            walk::walk(connection, &mut audit, chain, marks).await?;
        }
    }
    for chain in expected.keys() {
        audit.find(&format!("Chain {chain} is gone; an earlier run has seen it."))?;
    }
    audit.look_for_gone_chains(connection).await?;
    audit.look_for_strangers(connection).await?;
    audit.look_for_lone_consents(connection).await?;
    let verdict = audit.verdict;
    conclude(connection, verdict, audit.out).await?;
    sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?;
    Ok(verdict)
}

impl Audit<'_> {
    async fn look_for_gone_chains(
        &mut self,
        connection: &mut AnyConnection,
    ) -> Result<(), LedgerError> {
        let gone = sqlx::query(
            "SELECT noted_chain, MIN(chain) FROM noted_ends WHERE NOT EXISTS
                 (SELECT 1 FROM chains WHERE chains.id = noted_ends.noted_chain)
             GROUP BY noted_chain ORDER BY noted_chain",
        )
        .fetch_all(&mut *connection)
        .await?;
        for row in &gone {
            let (chain, by): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            self.find(&format!("Chain {chain} is gone; chain {by} has noted it."))?;
        }
        Ok(())
    }

    /// What belongs to chains that are not there. Each chain is found by one step in an index.
    async fn look_for_strangers(
        &mut self,
        connection: &mut AnyConnection,
    ) -> Result<(), LedgerError> {
        for (what, next, count) in [
            (
                "attempt",
                "SELECT chain FROM attempts WHERE chain > $1 ORDER BY chain LIMIT 1",
                "SELECT COUNT(*), MIN(id) FROM attempts WHERE chain = $1",
            ),
            (
                "tombstone",
                "SELECT chain FROM tombstones WHERE chain > $1 ORDER BY chain LIMIT 1",
                "SELECT COUNT(*), MIN(digest) FROM tombstones WHERE chain = $1",
            ),
            (
                "checkpoint",
                "SELECT chain FROM checkpoints WHERE chain > $1 ORDER BY chain LIMIT 1",
                "SELECT COUNT(*), MIN(link) FROM checkpoints WHERE chain = $1",
            ),
            (
                "note",
                "SELECT chain FROM noted_ends WHERE chain > $1 ORDER BY chain LIMIT 1",
                "SELECT COUNT(*), MIN(noted_chain) FROM noted_ends WHERE chain = $1",
            ),
        ] {
            let mut last = String::new();
            while let Some(row) =
                sqlx::query(next).bind(last.clone()).fetch_optional(&mut *connection).await?
            {
                last = row.try_get(0)?;
                let is_known = sqlx::query("SELECT 1 FROM chains WHERE id = $1")
                    .bind(last.clone())
                    .fetch_optional(&mut *connection)
                    .await?;
                if is_known.is_none() {
                    let row =
                        sqlx::query(count).bind(last.clone()).fetch_one(&mut *connection).await?;
                    let (count, first): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
                    self.find(&format!(
                        "Chain {last} is not there, but has {}, {first} among them.",
                        counted(u64::try_from(count).unwrap_or(0), what)
                    ))?;
                }
            }
        }
        Ok(())
    }

    async fn look_for_lone_consents(
        &mut self,
        connection: &mut AnyConnection,
    ) -> Result<(), LedgerError> {
        let (mut attempt, mut document) = (String::new(), String::new());
        loop {
            let lone = sqlx::query(
                "SELECT attempt, document FROM consents
                 WHERE attempt >= $1 AND (attempt > $1 OR document > $2) AND NOT EXISTS
                     (SELECT 1 FROM attempts WHERE attempts.id = consents.attempt)
                 ORDER BY attempt, document LIMIT $3",
            )
            .bind(attempt.clone())
            .bind(document.clone())
            .bind(PAGE)
            .fetch_all(&mut *connection)
            .await?;
            for row in &lone {
                (attempt, document) = (row.try_get(0)?, row.try_get(1)?);
                self.find(&format!(
                    "The consent to {document} has no attempt {attempt} to belong to."
                ))?;
            }
            if lone.is_empty() {
                return Ok(());
            }
        }
    }
}

/// What other chains have noted of this one.
async fn marks(connection: &mut AnyConnection, chain: &str) -> sqlx::Result<Vec<Mark>> {
    let noted = sqlx::query(
        "SELECT noted_chain, length, link, chain FROM noted_ends WHERE noted_chain = $1",
    )
    .bind(chain.to_owned())
    .fetch_all(&mut *connection)
    .await?;
    let mark = |row: &AnyRow| {
        let end = End { chain: row.try_get(0)?, length: row.try_get(1)?, link: row.try_get(2)? };
        Ok(Mark { end, noted_by: Some(row.try_get(3)?) })
    };
    noted.iter().map(mark).collect()
}

/// The summary, and the ends of all chains.
async fn conclude(
    connection: &mut AnyConnection,
    verdict: Verdict,
    out: &mut dyn Write,
) -> Result<(), LedgerError> {
    let Verdict { chains, attempts, tombstones, findings, unverifiable } = verdict;
    let judgement = match (findings, unverifiable) {
        (0, 0) => "The audit log is intact".to_owned(),
        (0, _) => format!(
            "Nothing was altered, as far as this database.key can tell, but {} cannot be verified: written with another key",
            counted(unverifiable, "chain")
        ),
        _ => format!("The audit log is not intact ({})", counted(findings, "finding")),
    };
    writeln!(
        out,
        "{judgement}: {}, with {} and {} that hold.",
        counted(chains, "chain"),
        counted(attempts, "attempt"),
        counted(tombstones, "tombstone")
    )?;
    let mut last = String::new();
    loop {
        let chains = rows::chains(connection, &last, PAGE).await?;
        let Some(end) = chains.last() else { return Ok(()) };
        last.clone_from(&end.id);
        for chain in &chains {
            writeln!(out, "{}:{}:{}", one_line(&chain.id), chain.length, one_line(&chain.link))?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_ends_in_what_was_printed() {
        let chain = "0123456789abcdef0123456789abcdef";
        let link = "a".repeat(43);
        let printed = format!(
            "The audit log is intact: 1 chains.\n{chain}:7:{link}\n  {chain}:9:{link}\r\n{chain}:0:{link}\n{chain}:x:{link}\n{chain}:8:short\n"
        );

        let ends = ExpectedEnds::read(&printed).unwrap();

        let lengths: Vec<i64> = ends.0[chain].iter().map(|end| end.length).collect();
        assert_eq!(lengths, [7, 9]);
        assert!(ExpectedEnds::read("nothing\nof:the:kind\n").is_none());
    }
}
