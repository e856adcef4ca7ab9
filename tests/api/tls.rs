//! TLS on the public listener, with curl and openssl.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    process::{Process, error_message, run, vestibule},
    support::{PASSWORD, environment, files::Folder, pool},
    wait::until,
    wire::{Wire, head},
};

/// Two certificates and their keys, and the files that the service reads.
pub(crate) struct Certificates {
    folder: Folder,
    served: PathBuf,
    key: PathBuf,
}

impl Certificates {
    pub(crate) fn create() -> Self {
        let folder = Folder::new("tls");
        let [served, key] = ["served.pem", "served.key"].map(|name| folder.path().join(name));
        let certificates = Self { folder, served, key };
        for name in ["first", "second"] {
            create_certificate(&certificates.file(name, "pem"), &certificates.file(name, "key"));
        }
        certificates.serve("first", "first");
        certificates
    }

    pub(crate) fn file(&self, name: &str, kind: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.{kind}"))
    }

    /// Copies a certificate and a key to the files that the service reads.
    fn serve(&self, certificate: &str, key: &str) {
        fs::copy(self.file(certificate, "pem"), &self.served).expect("it is copied");
        fs::copy(self.file(key, "key"), &self.key).expect("it is copied");
    }

    pub(crate) fn settings(&self) -> [(&str, &str); 2] {
        [
            ("SERVER__TLS__CERTIFICATE_FILE", text(&self.served)),
            ("SERVER__TLS__KEY_FILE", text(&self.key)),
        ]
    }
}

/// Writes a certificate of 127.0.0.1 and its key.
pub(crate) fn create_certificate(certificate: &Path, key: &Path) {
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    command.args(["-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]);
    // rustls accepts no certificate of an authority as that of a server.
    command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    let output = command.arg("-keyout").arg(key).arg("-out").arg(certificate).output();
    assert!(output.expect("there is openssl").status.success());
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}

/// Sends a request with curl, which verifies the certificate.
pub(crate) fn curl(process: &Process, root: &Path, arguments: &[&str], path: &str) -> Output {
    let url = format!("{}{path}", process.url.replace("http://", "https://"));
    let mut command = Command::new("curl");
    command.args(["-sS", "--cacert"]).arg(root).args(arguments).arg(url);
    command.output().expect("there is curl")
}

fn is_trusted(process: &Process, root: &Path) -> bool {
    curl(process, root, &["-o", "/dev/null"], "/register/policy").status.success()
}

#[actix_web::test]
async fn serves_requests_over_tls_only() {
    let certificates = Certificates::create();
    let pool = pool(&[]).await;
    let log = ("LOG__CLIENT_ADDRESS", "full");
    let process =
        Process::serve(&[&certificates.settings()[..], &[log]].concat(), &pool.url()).await;
    let root = certificates.file("first", "pem");

    let form = json!({"email": "ada@example.com", "password": PASSWORD}).to_string();
    let arguments =
        ["-H", "Content-Type: application/json", "-H", "X-Request-Id: one", "-d", &form];
    let sign_up = curl(
        &process,
        &root,
        &[&arguments[..], &["-w", " %{http_code} %{http_version}"]].concat(),
        "/register",
    );
    let page = curl(&process, &root, &["--tls-max", "1.2"], "/docs/swagger-ui-bundle.js");
    let foreign = is_trusted(&process, &certificates.file("second", "pem"));
    let mut plain = Wire::connect(&process.url).await;
    plain.send(head("GET /register/policy HTTP/1.1")).await;
    let address = process.url.trim_start_matches("http://");
    let session = Command::new("openssl")
        .args(["s_client", "-connect", address, "-alpn", "h2,http/1.1", "-CAfile"])
        .arg(&root)
        .stdin(Stdio::null())
        .output()
        .expect("there is openssl");

    let response = String::from_utf8_lossy(&sign_up.stdout);
    assert!(response.ends_with(" 201 1.1"), "{response} {sign_up:?}");
    assert_eq!(process.access_log_line("one").await["client_address"], "127.0.0.1");
    assert!(page.status.success() && page.stdout.len() > 1_000_000, "{}", page.stdout.len());
    assert!(!foreign, "curl verifies the certificate");
    let session = String::from_utf8_lossy(&session.stdout).into_owned();
    assert!(session.contains("ALPN protocol: http/1.1"), "{session}");
    assert!(session.contains("Verify return code: 0 (ok)"), "{session}");
    let look = async || process.metric("connections_closed_total{reason=\"tls_handshake\"}").await;
    until("the plain request and curl's rejection are counted", look, |closed| *closed == 2).await;
}

#[actix_web::test]
async fn reloads_a_changed_certificate_and_keeps_the_old_one_if_it_is_broken() {
    let certificates = Certificates::create();
    let [first, second] = ["first", "second"].map(|name| certificates.file(name, "pem"));
    let pool = pool(&[]).await;
    let process = Process::serve(&certificates.settings(), &pool.url()).await;
    let alarms = || {
        let lines = process.log().into_iter().filter(|line| line["alarm"] == true);
        lines.map(|line| line["error"].to_string()).collect::<Vec<_>>()
    };
    assert!(is_trusted(&process, &first));

    certificates.serve("second", "second");
    let look = async || is_trusted(&process, &second);
    until("the new certificate is served without a signal", look, |is_served| *is_served).await;
    assert!(!is_trusted(&process, &first));
    certificates.serve("first", "second");
    process.signal("HUP");
    let look = async || alarms();
    let logged = until("the error is logged", look, |alarms| !alarms.is_empty()).await;
    let is_kept = is_trusted(&process, &second);
    certificates.serve("first", "first");
    process.signal("HUP");
    let look = async || is_trusted(&process, &first);
    until("the certificate is served", look, |is_served| *is_served).await;
    fs::write(&certificates.key, "no key").expect("it is written");
    let look = async || alarms();
    let polled =
        until("the error is logged without a signal", look, |alarms| alarms.len() > 1).await;

    assert!(is_kept);
    assert!(logged[0].contains("server.tls.key_file does not match"), "{logged:?}");
    assert!(polled[1].contains("server.tls.key_file has no private key"), "{polled:?}");
    assert!(is_trusted(&process, &first));
}

#[actix_web::test]
async fn deadlines_and_limits_hold_over_tls() {
    let certificates = Certificates::create();
    let pool = pool(&[]).await;
    let deadlines = [("SERVER__HEAD_TIMEOUT", "1s"), ("SERVER__WRITE_TIMEOUT", "1s")];
    let settings = [&certificates.settings()[..], &deadlines].concat();
    let process = Process::serve(&settings, &pool.url()).await;
    let address = process.url.trim_start_matches("http://");
    let client = |input: &str| {
        let line = format!("({input}; sleep 30) | openssl s_client -quiet -connect {address}");
        Command::new("sh").args(["-c", &line]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
    };

    let started = Instant::now();
    let mut silent = Wire::connect(&process.url).await;
    silent.send([0x16, 0x03, 0x01]).await;
    assert!(silent.is_closed().await, "the handshake has a deadline");
    let half = client("printf 'GET / HTTP/1.1\\r\\n'").expect("there is openssl");
    let request = "GET /docs/swagger-ui-bundle.js HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n";
    // No process reads its output.
    let stalled = client(&format!("for i in $(seq 16); do printf '{request}'; done"));
    let mut clients = [half, stalled.expect("there is openssl")];
    for reason in ["tls_handshake", "head_timeout", "write_timeout"] {
        let metric = format!("connections_closed_total{{reason=\"{reason}\"}}");
        process.wait_for_metric(&metric, 1).await;
    }
    let took = started.elapsed();
    for client in &mut clients {
        let _ = client.kill();
        let _ = client.wait();
    }

    assert!(took < Duration::from_secs(40), "{took:?}");
}

#[actix_web::test]
async fn an_unusable_certificate_prevents_the_start_and_fails_the_check_of_settings() {
    let certificates = Certificates::create();
    let [mine, other] = ["first", "second"].map(|name| certificates.file(name, "key"));
    let pem = certificates.file("first", "pem");
    let torn = certificates.file("torn", "pem");
    fs::write(&torn, "-----BEGIN CERTIFICATE-----\n").expect("the file is written");
    for (certificate, key, code, expected) in [
        (
            text(&pem),
            text(&other),
            1,
            "server.tls.key_file does not match server.tls.certificate_file",
        ),
        (text(&mine), text(&mine), 1, "server.tls.certificate_file has no certificate in PEM"),
        (text(&torn), text(&mine), 1, "is not a file of certificates in PEM format: "),
        (text(&pem), text(&pem), 1, "server.tls.key_file has no private key in PEM format"),
        ("/nowhere", text(&mine), 1, "server.tls.certificate_file: `/nowhere` cannot be read"),
        (text(&pem), "/", 1, "server.tls.key_file: `/` cannot be read"),
        (text(&pem), "", 2, "server.tls.certificate_file and server.tls.key_file"),
    ] {
        let settings =
            [("SERVER__TLS__CERTIFICATE_FILE", certificate), ("SERVER__TLS__KEY_FILE", key)];
        for (arguments, code) in [(&["serve"][..], code), (&["config", "check"], 2)] {
            let mut command = vestibule(arguments);
            command.envs(environment(&settings, "http://127.0.0.1:1"));

            let output = run(command);

            let message = error_message(&output, expected);
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
            assert!(message.contains(expected), "{arguments:?}: {message}");
        }
    }
    let mut command = vestibule(&["config", "check"]);
    command.envs(environment(&certificates.settings(), "http://127.0.0.1:1"));
    assert!(run(command).status.success());
}

#[actix_web::test]
async fn the_sandbox_prints_https_if_it_has_a_certificate() {
    let certificates = Certificates::create();
    let mut command = vestibule(&["sandbox"]);
    command
        .envs(["SERVER", "ADMIN", "SANDBOX"].map(|name| (format!("VESTIBULE__{name}__PORT"), "0")));
    let settings = certificates.settings();
    command.envs(settings.map(|(name, value)| (format!("VESTIBULE__{name}"), value)));

    let process = Process::start(command).await;

    assert!(process.url.starts_with("https://127.0.0.1:"), "{}", process.url);
    assert!(is_trusted(&process, &certificates.file("first", "pem")));
}
