//! Redis behind sentinels, as a cluster, and with TLS and a password.

use std::{fs, process::Command};

use futures_util::future::join_all;
use serde_json::json;
use vestibule::rate_limit::Recipient;

use crate::{
    own_redis::OwnRedis,
    process::{Process, vestibule},
    site::{new_address, replica},
    support::{Response, environment, files::Folder, pool},
    wait::until,
};

#[actix_web::test]
async fn a_cluster_distributes_the_budgets() {
    let nodes = join_all((0..3).map(|_| {
        OwnRedis::start_with(&["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"])
    }))
    .await;
    let addresses: Vec<String> =
        nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
    let mut create = Command::new("redis-cli");
    create.args(["--cluster", "create"]).args(&addresses).arg("--cluster-yes");
    let created = create.output().expect("redis-cli runs");
    assert!(created.status.success(), "{created:?}");
    for node in &nodes {
        let look = async || node.run(&["CLUSTER", "INFO"]);
        until("the cluster is ready", look, |reported| reported.contains("cluster_state:ok")).await;
    }
    let url = format!("redis-cluster://{},{}", addresses[0], addresses[1]);
    let settings = [
        ("LIMITS__ADDRESS__BURST", "5"),
        ("LIMITS__NETWORK__MODE", "enforce"),
        ("LIMITS__REGISTER__MODE", "enforce"),
        ("LIMITS__REPLICAS", "5"),
    ];
    let one = replica(&url, &[7; 16], &settings).await;
    let other = replica(&url, &[7; 16], &settings).await;

    for _ in 0..20 {
        let address = new_address();
        let requests = (0..10).flat_map(|_| [one.admits(address), other.admits(address)]);
        let admitted = join_all(requests).await.into_iter().filter(|admitted| *admitted).count();
        assert_eq!(admitted, 5);
    }

    for number in 0..20 {
        let (email, name) = (format!("ada{number}@example.com"), format!("ada{number}"));
        let recipients = [Recipient::Email(&email), Recipient::Name(&name)];
        let mut decided = Vec::new();
        for _ in 0..5 {
            let looked = other.limits.look_sign_up(&recipients).await.is_ok();
            decided.push((looked, one.limits.sign_up(&recipients).await.is_ok()));
        }
        let (yes, no) = ((true, true), (false, false));
        assert_eq!(decided, [yes, yes, yes, no, no], "three messages an hour");
    }

    assert_eq!(one.counted("rate_limit_fallbacks_total"), 0);
    for node in &nodes {
        assert_ne!(node.run(&["DBSIZE"]), "0", "each node has budgets");
    }
}

#[actix_web::test]
async fn sentinels_select_another_master_after_a_failure() {
    let mut master = OwnRedis::start().await;
    let replica_of = format!("127.0.0.1 {}", master.port);
    let standby = OwnRedis::start_with(&["--replicaof", &replica_of]).await;
    let sentinel = OwnRedis::start_sentinel(&format!(
        "port {{port}}\nbind 127.0.0.1\nsentinel monitor shop 127.0.0.1 {} 1\n\
         sentinel down-after-milliseconds shop 500\nsentinel failover-timeout shop 2000\n",
        master.port
    ))
    .await;
    let look = async || sentinel.run(&["SENTINEL", "REPLICAS", "shop"]);
    let port = standby.port.to_string();
    until("the sentinel finds the standby", look, |reported| reported.contains(&port)).await;
    let url = format!("redis-sentinel://127.0.0.1:{}/shop", sentinel.port);
    let settings = [("LIMITS__ADDRESS__BURST", "10"), ("LIMITS__REPLICAS", "5")];
    let replica = replica(&url, &[7; 16], &settings).await;
    assert_eq!(replica.admitted(new_address(), 30).await, 10, "the master");

    master.kill();
    assert_eq!(replica.admitted(new_address(), 30).await, 2, "its share");
    replica.until_the_store_is_available(true).await;

    assert_eq!(replica.admitted(new_address(), 30).await, 10, "the standby");
    assert!(standby.run(&["ROLE"]).starts_with("master"));
}

#[actix_web::test]
async fn verifies_the_certificate_of_a_store_with_tls_and_a_password() {
    let folder = Folder::new("certificates");
    make_certificates(&folder);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (certificate, key) = (path("server.pem"), path("server.key"));
    let redis = OwnRedis::start_with(&[
        "--tls-port",
        "{port}",
        "--port",
        "0",
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &certificate,
        "--tls-auth-clients",
        "no",
        "--requirepass",
        "secret-password",
    ])
    .await;
    let password = path("password");
    fs::write(&password, "secret-password\n").expect("the password is written");
    let url = format!("rediss://localhost:{}", redis.port);
    let settings = [
        ("LIMITS__MODE", "enforce"),
        ("LIMITS__STORE", url.as_str()),
        ("LIMITS__STORE_PASSWORD_FILE", &password),
        ("LIMITS__STORE_TIMEOUT", "1s"),
        ("LIMITS__ADDRESS__BURST", "10"),
        ("LIMITS__ADDRESS__REFILL", "1h"),
        ("LIMITS__REPLICAS", "10"),
    ];
    let pool = pool(&settings).await;

    for (roots, admitted) in [(path("root.pem"), 10), (path("other.pem"), 1)] {
        let mut command = vestibule(&["serve"]);
        command.envs(environment(&settings, &pool.url())).env("SSL_CERT_FILE", &roots);
        let process = Process::start(command).await;
        let client = crate::support::client();
        let mut statuses = Vec::new();
        for _ in 0..12 {
            let request = client.post(format!("{}/register", process.url)).json(&json!({}));
            statuses.push(Response::of(request).await.status);
        }

        let passed = statuses.iter().filter(|status| **status == 422).count();
        assert_eq!(passed, admitted, "{roots}: {statuses:?}: {}", process.all_output());
        assert!(!process.all_output().contains("secret-password"));
    }
}

/// Creates two roots, and a certificate of the first for `localhost`.
fn make_certificates(folder: &Folder) {
    let script = r#"
        set -e
        for root in root other; do
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
                -subj "/CN=$root" -keyout $root.key -out $root.pem
        done
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \
            -keyout server.key -out server.csr
        printf 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n' >extensions
        openssl x509 -req -in server.csr -CA root.pem -CAkey root.key -CAcreateserial -days 2 \
            -extfile extensions -out server.pem
    "#;
    let output = Command::new("sh").args(["-c", script]).current_dir(folder.path()).output();
    let output = output.expect("openssl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
