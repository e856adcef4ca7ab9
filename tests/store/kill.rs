//! The tests kill replicas at any moment. Each key still has one account and one response. No
//! response claims that the user's own account belongs to another user.

use std::{
    env,
    process::{Command, Stdio},
    time::Duration,
};

use futures_util::future::join;

use crate::{
    database::{Database, Engine},
    load::Load,
    process::Process,
    site::Site,
    wait::delay_for,
};

/// Number of kills for each engine.
const KILLS: u32 = 200;

/// Number of simultaneous requests.
const CLIENTS: usize = 32;

const REPLICAS: usize = 3;

/// Short timeouts for Cognito. The lease is 5 s longer than `cognito.operation_timeout`.
const SETTINGS: [(&str, &str); 3] = [
    ("COGNITO__READ_TIMEOUT", "1s"),
    ("COGNITO__ATTEMPT_TIMEOUT", "1s"),
    ("COGNITO__OPERATION_TIMEOUT", "1s"),
];

async fn kills_cause_no_second_account_and_no_second_response(engine: Engine) {
    let site = Site::with_pool(Database::new(engine).await, &SETTINGS, |pool| {
        // Most kills hit a request between the call and its response.
        pool.latency = Duration::from_millis(50);
    })
    .await;
    let load = Load::new(&site, REPLICAS);
    let kills = kills();

    let ((), replicas) = join(load.run(CLIENTS), kill_at_random(&site, &load, kills)).await;
    load.repeat_all().await;

    let summary = format!("{kills} kills: {}", load.summary());
    assert!(load.seen("lost") >= kills / 4, "no kill hit a request: {summary}");
    assert!(load.seen("in progress") > 0, "no request met a claim: {summary}");
    assert!(load.seen("taken over") > 0, "no kill was between a call and its response: {summary}");
    site.assert_audit_log_is_intact().await;
    drop(replicas);
    site.assert_audit_log_is_intact().await;
    eprintln!("{summary}");
}

/// Kills and replaces replicas one after the other. Returns those that run at the end.
async fn kill_at_random(site: &Site, load: &Load<'_>, kills: u32) -> Vec<Process> {
    let mut replicas = Vec::new();
    for number in 0..REPLICAS {
        let replica = site.replica().await;
        load.set_url(number, Some(&replica.url));
        replicas.push(replica);
    }
    for kill in 0..kills {
        // Kills every eighth replica during its start.
        if kill % 8 == 7 {
            kill_at_start(site.command(&["serve"])).await;
            continue;
        }
        moments(200).await;
        let number = fastrand::usize(..REPLICAS);
        drop(replicas.remove(number));
        load.set_url(number, None);
        replicas.insert(number, site.replica().await);
        load.set_url(number, Some(&replicas[number].url));
    }
    load.end();
    replicas
}

async fn kill_at_start(mut command: Command) {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program starts");
    moments(50).await;
    child.kill().expect("it is a child process");
    child.wait().expect("it is a child process");
}

/// Sleeps for a random time of at most `most` milliseconds.
async fn moments(most: u64) {
    delay_for(Duration::from_micros(fastrand::u64(..most * 1_000))).await;
}

#[expect(clippy::disallowed_methods, reason = "it is a setting of the tests")]
fn kills() -> u32 {
    let set = env::var("VESTIBULE_TEST_KILLS").ok();
    set.map_or(KILLS, |kills| kills.parse().expect("VESTIBULE_TEST_KILLS is a whole number"))
}

on_both_engines! { kills_cause_no_second_account_and_no_second_response, }
