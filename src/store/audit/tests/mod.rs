//! The audit log on both engines.

mod earlier_output;
mod erasure;
mod reading;
mod retention;
mod seals;
mod search_index;
mod searching;
mod tampering;

use crate::{
    registration::Consent,
    store::{
        audit::{
            attempts::{Attempt, Operation},
            log::AuditLog,
            record::OutputFormat,
            seals::OpenSeals,
            search::{SearchResult, SubjectQuery},
            stored_attempt::StoredAttempt,
            verify::{Verification, expected_seals::ExpectedSeals},
        },
        database::Access,
        id,
        tests::support::{Engine, KEY, keys, on_every_engine},
    },
};

/// A day, in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Time of the tests: 2027-01-15T08:00:00Z.
const NOW: i64 = 1_800_000_000_000;

/// An audit log of one test.
struct Bench<'a> {
    engine: &'a Engine,
    log: AuditLog,
}

/// Runs a test on a new audit log of each engine.
fn on_each_bench(test: impl Fn(&mut Bench<'_>)) {
    on_every_engine(|engine| {
        let log = AuditLog { keys: keys(KEY), connection: engine.connection() };
        test(&mut Bench { engine, log });
    });
}

/// Returns a sign-up that created an account.
fn sign_up(email: &str) -> Attempt {
    Attempt {
        operation: Operation::Register,
        request_id: format!("request-{email}"),
        outcome: "created",
        code: "confirmation_required",
        user_sub: Some(format!("sub-{email}")),
        cognito_request_id: Some("cognito-1".to_owned()),
        recipient: Some(email.to_owned()),
        username: Some(email.to_owned()),
        address: Some([192, 0, 2, 7].into()),
        locale: Some("de".to_owned()),
        consents: [("privacy", "3"), ("terms", "2026-10")]
            .map(|(document, version)| Consent {
                document: document.to_owned(),
                version: version.to_owned(),
            })
            .into(),
    }
}

/// Returns a sign-up that Cognito rejected.
fn rejection(email: &str) -> Attempt {
    Attempt {
        outcome: "not_created",
        code: "account_exists",
        user_sub: None,
        consents: Vec::new(),
        ..sign_up(email)
    }
}

fn confirm(username: &str) -> Attempt {
    Attempt {
        operation: Operation::Confirm,
        outcome: "confirmed",
        code: "confirmed",
        recipient: None,
        username: Some(username.to_owned()),
        ..rejection(username)
    }
}

fn name(name: &str) -> SubjectQuery {
    SubjectQuery::Name(name.to_owned())
}

impl Bench<'_> {
    /// Writes attempts at the time `now`, and closes their seals.
    fn write(
        &mut self,
        now: i64,
        attempts: impl IntoIterator<Item = Attempt>,
    ) -> Vec<StoredAttempt> {
        let mut seals = OpenSeals::default();
        let rows = self.write_with(&mut seals, now, attempts);
        seals.close_due(&mut self.log.connection, &self.log.keys, now + 1, true).unwrap();
        rows
    }

    /// Writes attempts as a writer does. Their ids follow the last id of the same time.
    fn write_with(
        &mut self,
        seals: &mut OpenSeals,
        now: i64,
        attempts: impl IntoIterator<Item = Attempt>,
    ) -> Vec<StoredAttempt> {
        let AuditLog { keys, connection } = &mut self.log;
        let first = id::first_at(now);
        let last = connection
            .query_one(
                "SELECT MAX(id) FROM attempts WHERE id >= $1 AND id < $2",
                &[first.into(), id::first_at(now + 1).into()],
            )
            .unwrap();
        let next = last.and_then(|row| row.optional_int(0)).map_or(first, |last| last + 1);
        let mut rows = Vec::new();
        for (id, attempt) in (next..).zip(attempts) {
            let kind = attempt.kind();
            let mut row = attempt.row(keys, id, None);
            row.seal = seals.ready(connection, keys, kind, now).unwrap();
            row.digest = row.compute_digest(keys);
            rows.push((kind, row));
        }
        connection
            .transaction(Access::Write, |connection| {
                rows.iter().try_for_each(|(_, row)| row.insert(connection).map(drop))
            })
            .unwrap();
        for (kind, row) in &rows {
            seals.add(*kind, row);
        }
        rows.into_iter().map(|(_, row)| row).collect()
    }

    fn find(&mut self, query: &SubjectQuery) -> SearchResult {
        self.log.find(query, 0).unwrap()
    }

    fn verify(&mut self) -> (Verification, Vec<String>) {
        self.verify_against(&ExpectedSeals::default())
    }

    /// Returns the result and the printed lines.
    fn verify_against(&mut self, expected: &ExpectedSeals) -> (Verification, Vec<String>) {
        let (result, printed) = self.verify_as(OutputFormat::Text, expected);
        (result, printed.lines().map(str::to_owned).collect())
    }

    fn verify_as(
        &mut self,
        format: OutputFormat,
        expected: &ExpectedSeals,
    ) -> (Verification, String) {
        let mut printed = Vec::new();
        let result = self.log.verify(expected, format, NOW, &mut printed, &mut |_| Ok(()));
        (result.unwrap(), String::from_utf8(printed).unwrap())
    }

    fn assert_intact(&mut self, case: &str) {
        let (result, printed) = self.verify();
        let numbers = [result.alterations, result.unverifiable, result.unverifiable_seals];
        assert_eq!(numbers, [0, 0, 0], "{case}: {printed:#?}");
    }
}

/// Returns the lines before the summary.
fn findings(printed: &[String]) -> Vec<&str> {
    let is_summary = |line: &&String| line.contains(" not sealed yet, ");
    printed.iter().take_while(|line| !is_summary(line)).map(String::as_str).collect()
}
