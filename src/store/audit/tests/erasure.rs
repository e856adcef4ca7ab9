//! The erasure of a user's data.

use tokio::runtime::Builder;

use super::*;
use crate::store::audit::erase::Erased;

impl Bench<'_> {
    fn erase(&mut self, query: &SubjectQuery) -> Erased {
        let found = self.find(query);
        self.log.erase(&found, NOW).unwrap()
    }
}

#[test]
fn an_erasure_removes_the_user_and_leaves_the_log_intact() {
    on_each_bench(|bench| {
        // The erasure needs more than one transaction.
        let mut attempts: Vec<Attempt> = (0..1200).map(|_| confirm("ada@example.com")).collect();
        attempts.insert(100, sign_up("bob@example.com"));
        attempts.push(sign_up("ada@example.com"));
        bench.write(NOW, attempts);
        let ada = bench.log.keys.name("ada@example.com");
        let bob = bench.log.keys.name("bob@example.com");
        for (id, name) in [(1_i64, ada), (2, bob)] {
            for sql in [
                "INSERT INTO sign_ups (id, name, pair, network) VALUES ($1, $2, $2, $2)",
                "INSERT INTO confirms (id, name, code) VALUES ($1, $2, $2)",
                "INSERT INTO recipients (id, name, recipients) VALUES ($1, $2, '')",
            ] {
                bench.log.connection.execute(sql, &[id.into(), name.into()]).unwrap();
            }
        }

        let found = bench.find(&name("ada@example.com")).to_string();
        let erased = bench.erase(&name("ada@example.com"));
        let again = bench.erase(&name("ada@example.com"));

        assert_eq!(found, "1201 attempts and 1 sign-up of the last 15 minutes");
        assert_eq!(erased, Erased { attempts: 1201, altered: 0, sign_ups: 1 });
        assert_eq!(again, Erased::default());
        for (table, count) in [
            ("attempts", 1202),
            ("attempts WHERE erased_at IS NOT NULL AND operation = 'confirm'", 1200),
            ("attempts WHERE consents IS NOT NULL OR locale IS NOT NULL", 1),
            ("attempts WHERE recipient IS NOT NULL OR username IS NOT NULL", 1),
            ("attempts WHERE user_sub IS NOT NULL OR address IS NOT NULL", 1),
            ("attempts WHERE request_id IS NOT NULL OR cognito_request_id IS NOT NULL", 1),
            ("sign_ups", 1),
            ("confirms", 1),
            ("recipients", 1),
        ] {
            assert_eq!(bench.log.connection.count(table), count, "{table}");
        }
        let (result, printed) = bench.verify();
        assert_eq!((result.alterations, result.erased), (0, 1201), "{printed:#?}");
    });
}

#[test]
fn the_erasure_of_an_altered_attempt_has_no_mac() {
    on_each_bench(|bench| {
        let rows = bench.write(NOW, [sign_up("ada@example.com"), sign_up("bob@example.com")]);
        // Makes Bob's attempt look like an attempt of Ada.
        bench
            .log
            .connection
            .execute(
                "UPDATE attempts SET recipient = $1 WHERE id = $2",
                &[rows[0].recipient.into(), rows[1].id.into()],
            )
            .unwrap();

        let erased = bench.erase(&name("ada@example.com"));

        assert_eq!(erased, Erased { attempts: 2, altered: 1, sign_ups: 0 });
        let (result, printed) = bench.verify();
        let expected = format!(
            "Attempt {} of seal 1: its erasure has no valid MAC, or it was altered afterwards.",
            rows[1].id
        );
        assert_eq!((result.alterations, findings(&printed)), (1, vec![&*expected]));
    });
}

#[test]
fn deletes_the_recipients_of_a_purged_account() {
    on_each_bench(|bench| {
        let runtime = Builder::new_current_thread().build().unwrap();
        for (id, name) in [(1_i64, "ada"), (2, "bob")] {
            let params = [id.into(), bench.log.keys.name(name).into()];
            let sql = "INSERT INTO recipients (id, name, recipients) VALUES ($1, $2, '')";
            bench.log.connection.execute(sql, &params).unwrap();
        }
        let config = bench.engine.config(&[]);
        let mut log = runtime.block_on(AuditLog::open(&config)).unwrap();

        log.delete_recipients("Ada").unwrap();

        assert_eq!(bench.log.connection.rows("SELECT id FROM recipients")[0].int(0), 2);
        assert_eq!(bench.log.connection.count("recipients"), 1);
    });
}
