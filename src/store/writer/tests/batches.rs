//! Batches that fail, and the commands that they hold.

use std::{sync::Arc, thread};

use tokio::sync::oneshot::{self, Receiver};

use super::super::{
    Begin, Command, End, Intent, Queue, Session, State, Writer, apply::Failed, command::Begun,
};
use crate::{
    metrics::Metrics,
    store::{
        Attempt, Operation,
        audit::seals::OpenSeals,
        error::StoreError,
        id,
        requests::{
            idempotency::{KeyClaim, KeyState},
            recent_sign_ups::SignUpIntent,
        },
        tests::support::{Engine, KEY, keys, on_every_engine, reject_a_code},
    },
};

const LEASE: i64 = 15_000;

fn writer(engine: &Engine) -> Writer {
    let database = engine.database();
    let state = Arc::new(State::new(Metrics::default()));
    let queue = Arc::new(Queue::new(1));
    let mut writer = Writer::new(database, true, keys(KEY), LEASE, queue, state);
    writer.start(None).unwrap();
    writer
}

fn session(writer: &mut Writer) -> &mut Session {
    writer.session.as_mut().unwrap()
}

/// Returns the end of a request without an intent.
fn end(code: &'static str) -> Command {
    let attempt = Attempt {
        operation: Operation::Resend,
        request_id: "request".to_owned(),
        outcome: "sent",
        code,
        user_sub: None,
        cognito_request_id: None,
        recipient: None,
        username: None,
        address: None,
        locale: None,
        consents: Vec::new(),
    };
    let kind = attempt.kind();
    let attempt = attempt.row(&keys(KEY), 0, None);
    Command::End(Box::new(End { key: None, intent: None, kind, attempt }), None)
}

/// Returns the beginning of a sign-up, with the receiver of its result.
fn begin(key: Option<KeyClaim>) -> (Command, Receiver<Result<Begun, StoreError>>) {
    let intent = SignUpIntent { name: [1; 16], alias: [1; 16], pair: [2; 16], network: [3; 16] };
    let (reply, result) = oneshot::channel();
    let begin = Begin { key, intent: Some(Intent::SignUp(intent)), id: 0 };
    (Command::Begin(begin, reply), result)
}

fn attempt_id(command: &Command) -> i64 {
    let Command::End(end, _) = command else { panic!("the command is not the end of a request") };
    end.attempt.id
}

#[test]
fn a_rollback_in_one_process_loses_no_row_of_another() {
    let engine = Engine::sqlite();
    let mut connection = engine.connection();
    reject_a_code(&engine);
    let (mut one, mut other) = (writer(&engine), writer(&engine));
    let now = id::now();
    let mut batch = [end("one"), end("rejected")];

    let rejected = session(&mut one).apply(&mut batch, now);
    let [of_one, _] = batch;
    let id_after_rollback = attempt_id(&of_one);
    let mut of_other = [end("other")];
    let of_other_stored = session(&mut other).apply(&mut of_other, now).is_ok();
    let of_one_stored = session(&mut one).apply(&mut [of_one], now).is_ok();

    assert!(matches!(rejected, Err(Failed { error: StoreError::Data(_), .. })));
    assert_eq!(id_after_rollback, 0, "the id is assigned again");
    assert!(of_other_stored && of_one_stored);
    let rows = connection.rows("SELECT code FROM attempts ORDER BY id");
    let codes: Vec<String> = rows.iter().map(|row| row.text(0)).collect();
    assert_eq!(codes, ["other", "one"]);
}

#[test]
fn a_conflict_after_a_partial_commit_leaves_no_orphaned_intent() {
    on_every_engine(|engine| {
        if engine.name == "SQLite" {
            // In SQLite, a batch is one transaction.
            return;
        }
        let mut connection = engine.connection();
        for sql in [
            "CREATE SEQUENCE updates",
            "CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
                 IF nextval(''updates'') = 1 THEN
                     RAISE EXCEPTION ''conflict'' USING ERRCODE = ''40001'';
                 END IF;
                 RETURN NEW;
             END'",
            "CREATE TRIGGER fails_once BEFORE UPDATE ON idempotency_keys
             FOR EACH ROW EXECUTE FUNCTION fail_once()",
        ] {
            connection.execute(sql, &[]).unwrap();
        }
        let claim = KeyClaim { key: [4; 16], fingerprint: [5; 16] };
        let earlier = id::first_at(id::now() - 2 * LEASE);
        let sql = "INSERT INTO idempotency_keys (key, claim, fingerprint, is_takeover)
                   VALUES ($1, $2, $3, 0)";
        let params = [claim.key.into(), earlier.into(), claim.fingerprint.into()];
        connection.execute(sql, &params).unwrap();
        let mut writer = writer(engine);
        let ((without_key, first), (takeover, second)) = (begin(None), begin(Some(claim)));

        writer.write(&mut vec![without_key, takeover]);
        let mut backlog: Vec<Command> = writer.backlog.drain(..).collect();
        writer.write(&mut backlog);

        let begun = [first, second]
            .into_iter()
            .filter_map(|mut result| result.try_recv().unwrap().ok())
            .filter(|begun| begun.state.as_ref().is_none_or(KeyState::is_claimable))
            .count();
        let intents = usize::try_from(connection.count("sign_ups")).unwrap();
        assert_eq!(intents, begun, "each intent has a request");
    });
}

#[test]
fn stores_a_claim_that_shares_a_batch_with_a_rejected_row() {
    on_every_engine(|engine| {
        reject_a_code(engine);
        let mut writer = writer(engine);
        let (first, mut result) = begin(None);

        writer.write(&mut vec![first, end("rejected")]);
        while !writer.backlog.is_empty() {
            let mut batch = writer.take();
            writer.write(&mut batch);
        }

        assert!(result.try_recv().unwrap().is_ok(), "{}", engine.name);
        let mut connection = engine.connection();
        let rows = (connection.count("sign_ups"), connection.count("attempts"));
        assert_eq!(rows, (1, 0), "{}", engine.name);
    });
}

#[test]
fn simultaneous_opening_of_seals_loses_no_row() {
    on_every_engine(|engine| {
        let replicas = if engine.name == "SQLite" { 4 } else { 24 };
        let rounds = 10;
        thread::scope(|scope| {
            for _ in 0..replicas {
                scope.spawn(|| {
                    let mut writer = writer(engine);
                    for _ in 0..rounds {
                        // Makes the next row open a seal, as after a minute.
                        session(&mut writer).seals = OpenSeals::default();
                        writer.write(&mut vec![end("one")]);
                        assert!(writer.backlog.is_empty(), "{}", engine.name);
                    }
                });
            }
        });

        let rows = engine.connection().count("attempts");
        assert_eq!(rows, replicas * rounds, "{}", engine.name);
    });
}

#[test]
fn executes_commands_that_share_a_batch_with_a_rejected_row() {
    on_every_engine(|engine| {
        reject_a_code(engine);
        let mut connection = engine.connection();
        let mut writer = writer(engine);
        writer.backlog.extend([end("one"), end("rejected"), end("two"), end("rejected")]);

        for _ in 0..20 {
            let mut batch = writer.take();
            writer.write(&mut batch);
            assert_eq!(writer.state.failure().map(|error| error.cause()), None, "{}", engine.name);
            if writer.backlog.is_empty() {
                break;
            }
        }

        assert!(writer.backlog.is_empty(), "{}", engine.name);
        let rows = connection.rows("SELECT code FROM attempts ORDER BY code");
        let codes: Vec<String> = rows.iter().map(|row| row.text(0)).collect();
        assert_eq!(codes, ["one", "two"], "{}", engine.name);
    });
}
