//! Three replicas behind nginx, with one Redis. The fleet has one budget per client, and no header
//! of a client changes its budget.

use std::{
    fs,
    net::IpAddr,
    process::{Child, Command, Stdio},
};

use futures_util::future::join_all;
use reqwest::{Client, RequestBuilder};
use serde_json::json;

use crate::{
    own_redis::{OwnRedis, free_port},
    process::Process,
    site::DATABASE_KEY,
    support::{Response, files::Folder, pool},
    wait::until,
};

/// Three replicas behind nginx.
struct Fleet {
    nginx: Child,
    url: String,
    client: Client,
    replicas: Vec<Process>,
    _folder: Folder,
    _redis: OwnRedis,
    _pool: cognito_sandbox::Pool,
}

impl Fleet {
    /// Starts the fleet with this burst for an address. `forward` is the nginx directive that sends
    /// the client's address.
    async fn start(burst: usize, settings: &[(&str, &str)], forward: &str) -> Self {
        let redis = OwnRedis::start().await;
        let (url, burst) = (redis.url(), burst.to_string());
        let mut all = vec![
            ("LIMITS__MODE", "enforce"),
            ("LIMITS__STORE", url.as_str()),
            ("LIMITS__STORE_TIMEOUT", "1s"),
            ("LIMITS__ADDRESS__BURST", &burst),
            ("LIMITS__ADDRESS__REFILL", "1h"),
            ("LIMITS__NETWORK__BURST", "10000"),
            ("LIMITS__REGISTER__BURST", "10000"),
            ("LIMITS__REPLICAS", "3"),
            DATABASE_KEY,
            ("SERVER__TRUSTED_PROXIES", "127.0.0.1"),
        ];
        all.extend(settings);
        let pool = pool(&all).await;
        let endpoint = pool.url();
        let replicas = join_all((0..3).map(|_| Process::serve(&all, &endpoint))).await;
        let (folder, port) = (Folder::new("nginx"), free_port());
        let servers: Vec<&str> =
            replicas.iter().map(|replica| replica.url.trim_start_matches("http://")).collect();
        let servers = servers.join("; server ");
        let configuration = format!(
            "daemon off; master_process off; pid nginx.pid; error_log stderr;\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; client_body_temp_path body; proxy_temp_path proxy;\n\
             fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n\
             upstream fleet {{ server {servers}; }}\n\
             server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://fleet;\n\
             {forward} }} }} }}\n"
        );
        let file = folder.path().join("nginx.conf");
        fs::write(&file, configuration).expect("the configuration is written");
        // nginx ends with this thread, even if the thread is killed.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "nginx", "-p"]).arg(folder.path()).arg("-c").arg(file);
        let nginx = command.stdin(Stdio::null()).spawn().expect("nginx starts");
        let url = format!("http://127.0.0.1:{port}");
        // The service trusts the proxy's own address.
        let client = crate::support::client_builder().local_address(IpAddr::from([127, 0, 0, 2]));
        let client = client.build().expect("the client is built");
        let look = async || client.get(format!("{url}/nothing")).send().await;
        until("nginx responds", look, Result::is_ok).await.expect("it was waited for");
        Self { nginx, url, client, replicas, _folder: folder, _redis: redis, _pool: pool }
    }

    fn sign_up(&self) -> RequestBuilder {
        self.client.post(format!("{}/register", self.url)).json(&json!({}))
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let _ = self.nginx.kill();
        let _ = self.nginx.wait();
    }
}

const APPEND: &str = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;";

#[actix_web::test]
async fn admits_exactly_the_burst_over_all_replicas() {
    let fleet = Fleet::start(60, &[], APPEND).await;

    let requests = (0..150).map(|_| async { Response::of(fleet.sign_up()).await.status });
    let statuses = join_all(requests).await;

    let passed = statuses.iter().filter(|status| **status == 422).count();
    let rejected = statuses.iter().filter(|status| **status == 429).count();
    assert_eq!((passed, rejected), (60, 90), "{statuses:?}");
    for replica in &fleet.replicas {
        let mut responses = 0;
        for (status, code) in [("422", "invalid_registration"), ("429", "too_many_requests")] {
            let labels = format!("{{route=\"/register\",status=\"{status}\",code=\"{code}\"}}");
            responses += replica.metric(&format!("http_requests_total{labels}")).await;
        }
        assert!(responses >= 40, "each replica responds to a part: {responses}");
        assert!(!replica.output().contains("rate limit store unavailable"));
    }
}

#[actix_web::test]
async fn no_header_of_a_client_changes_its_budget() {
    let single = "proxy_set_header CF-Connecting-IP $remote_addr;";
    let forwarded = "proxy_set_header Forwarded \"$http_forwarded, for=$remote_addr\";";
    for (header, forward) in
        [("X-Forwarded-For", APPEND), ("CF-Connecting-IP", single), ("Forwarded", forwarded)]
    {
        let settings = [("SERVER__CLIENT_ADDRESS_HEADER", header)];
        let fleet = Fleet::start(6, &settings, forward).await;
        let mut statuses = Vec::new();

        for (name, value) in [
            ("X-Forwarded-For", "203.0.113.1"),
            ("X-Forwarded-For", "203.0.113.2, 127.0.0.1"),
            ("X-Forwarded-For", "127.0.0.1"),
            ("Forwarded", "for=203.0.113.3"),
            ("Forwarded", "for=\"[2001:db8::1]\";proto=https, for=127.0.0.1"),
            ("Forwarded", "for=\"203.0.113.4"),
            ("X-Real-IP", "203.0.113.5"),
            ("CF-Connecting-IP", "203.0.113.6"),
            ("True-Client-IP", "203.0.113.7"),
            ("X-Client-IP", "203.0.113.8"),
            ("X-Cluster-Client-IP", "203.0.113.9"),
            ("Fastly-Client-IP", "203.0.113.10"),
            ("Via", "1.1 203.0.113.11"),
            ("Host", "203.0.113.12"),
            ("X-Forwarded-Host", "203.0.113.13"),
            ("X-Request-Id", "another-client"),
            ("User-Agent", "another client"),
            ("Authorization", "Bearer another-client"),
            ("Cookie", "session=another-client"),
            ("Idempotency-Key", "another-client"),
        ] {
            statuses.push(Response::of(fleet.sign_up().header(name, value)).await.status);
        }

        let passed = statuses.iter().filter(|status| **status == 422).count();
        assert_eq!(passed, 6, "{header}: {statuses:?}");
        assert!(statuses[6..].iter().all(|status| *status == 429), "{header}: {statuses:?}");
    }
}
