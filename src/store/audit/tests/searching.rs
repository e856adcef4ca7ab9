//! The attempts that a search finds.

use super::*;

fn named(username: &str, attempt: Attempt) -> Attempt {
    let user_sub = attempt.user_sub.as_ref().map(|_| format!("sub-{username}"));
    Attempt { username: Some(username.to_owned()), user_sub, ..attempt }
}

/// Returns the request ids of the found attempts, the oldest first.
fn found(bench: &mut Bench<'_>, query: &SubjectQuery) -> Vec<String> {
    let found = bench.find(query);
    let rows = found.ids.iter().map(|id| {
        let sql = "SELECT request_id FROM attempts WHERE id = $1";
        bench.log.connection.query_one(sql, &[(*id).into()]).unwrap().unwrap()
    });
    rows.map(|row| String::from_utf8_lossy(row.blob(0)).into_owned()).collect()
}

#[test]
fn finds_only_the_attempts_of_a_user() {
    on_each_bench(|bench| {
        let attempts = [
            // Ada signs up as `ada`, and confirms.
            ("1", named("ada", sign_up("ada@example.com"))),
            ("2", confirm("ada")),
            // Eve tries to take the name, takes another name, and tries Ada's address.
            ("3", named("ada", rejection("eve@example.com"))),
            ("4", named("eve", sign_up("eve@example.com"))),
            ("5", confirm("eve")),
            ("6", named("eve2", rejection("ada@example.com"))),
            // An operator deleted the account, and Bob gets the name.
            (
                "7",
                Attempt {
                    user_sub: Some("sub-bob".to_owned()),
                    ..named("ada", sign_up("bob@example.com"))
                },
            ),
        ];
        let attempts = attempts
            .map(|(request_id, attempt)| Attempt { request_id: request_id.to_owned(), ..attempt });
        bench.write(NOW, attempts);

        for (query, expected) in [
            (name("ada@example.com"), &["1", "2", "3", "6"][..]),
            (name("ADA@example.com"), &["1", "2", "3", "6"]),
            (name("eve@example.com"), &["3", "4", "5"]),
            (name("bob@example.com"), &["2", "3", "7"]),
            (name("ada"), &["1", "2", "3", "6", "7"]),
            (name("carol"), &[]),
            (SubjectQuery::Account("sub-eve".to_owned()), &["3", "4", "5"]),
            (SubjectQuery::Account("sub-ada".to_owned()), &["1", "2", "3", "6"]),
            (SubjectQuery::Request("6".to_owned()), &["6"]),
        ] {
            assert_eq!(found(bench, &query), expected, "{query:?}");
        }
    });
}

#[test]
fn finds_attempts_of_another_database_key_by_sub_and_request_id_only() {
    on_each_bench(|bench| {
        bench.write(NOW - DAY, [sign_up("ada@example.com")]);
        bench.log.keys = keys("another key");
        bench.write(NOW, [confirm("ada@example.com")]);

        for (query, count) in [
            (name("ada@example.com"), 1),
            (SubjectQuery::Account("sub-ada@example.com".to_owned()), 1),
            (SubjectQuery::Request("request-ada@example.com".to_owned()), 2),
        ] {
            assert_eq!(found(bench, &query).len(), count, "{query:?}");
        }
        let (result, printed) = bench.verify();
        let unverifiable = (result.unverifiable, result.unverifiable_seals);
        assert_eq!((result.alterations, unverifiable), (0, (1, 1)), "{printed:#?}");
        let other = keys(KEY).id;
        let note = format!("Written with another database.key, named {other}: 1 seal.");
        assert_eq!(findings(&printed), [note]);
    });
}

#[test]
fn only_attempts_that_may_have_sent_a_code_to_the_account_protect_it() {
    on_each_bench(|bench| {
        let attempt = |operation, outcome, code, user_sub: Option<&str>| Attempt {
            operation,
            outcome,
            code,
            user_sub: user_sub.map(str::to_owned),
            ..rejection("ada@example.com")
        };
        let (register, resend) = (Operation::Register, Operation::Resend);
        for (case, attempt, at, expected) in [
            ("created", attempt(register, "created", "", Some("sub")), NOW, true),
            ("another account", attempt(register, "created", "", Some("other")), NOW, false),
            ("perhaps created", attempt(register, "unknown", "upstream_failed", None), NOW, true),
            ("taken", attempt(register, "not_created", "account_exists", None), NOW, false),
            ("sent", attempt(resend, "sent", "code_sent", None), NOW, true),
            ("silently sent", attempt(resend, "sent", "silent_resend", None), NOW, true),
            ("perhaps sent", attempt(resend, "unknown", "upstream_timeout", None), NOW, true),
            ("not sent", attempt(resend, "not_sent", "code_sent", None), NOW, false),
            ("a wrong code", Attempt { outcome: "not_confirmed", ..confirm("ada") }, NOW, false),
            ("sent long ago", attempt(resend, "sent", "code_sent", None), NOW - DAY, false),
        ] {
            bench.log.connection.run_all("DELETE FROM attempts; DELETE FROM lookup");
            bench.write(at, [attempt]);
            let names = ["ada".to_owned(), "ADA@example.com".to_owned()];

            let has_code = bench.log.has_code(&names, "sub", NOW - DAY + 1).unwrap();

            assert_eq!(has_code, expected, "{}: {case}", bench.engine.name);
        }
    });
}
