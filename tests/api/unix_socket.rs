//! The unix socket beside the TCP listener.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    time::timeout,
};

use crate::{
    address_limits::ENFORCE,
    process::{Process, error_message, run, vestibule},
    support::{PASSWORD, environment, files::Folder, pool},
    wait::TIMEOUT,
    wire::{Wire, head},
};

const SOCKET: &str = "SERVER__UNIX_SOCKET";

/// Sends a sign-up with curl through a unix socket, and returns the status.
fn sign_up(socket: &Path, email: &str, headers: &[&str]) -> String {
    let form = json!({"email": email, "password": PASSWORD}).to_string();
    let mut command = Command::new("curl");
    command.args(["-sS", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket"]).arg(socket);
    command.args(["-H", "Content-Type: application/json", "-d", &form]);
    for header in headers {
        command.args(["-H", header]);
    }
    let output = command.arg("http://localhost/register").output().expect("there is curl");
    String::from_utf8(output.stdout).expect("a status")
}

async fn read_to_end(stream: &mut UnixStream) -> String {
    let mut text = String::new();
    let read = timeout(TIMEOUT, stream.read_to_string(&mut text)).await;
    // A reset counts as the end of the connection.
    let _ = read.expect("the service closes the connection");
    text
}

#[actix_web::test]
async fn trusts_the_header_of_a_proxy_on_a_unix_socket() {
    let folder = Folder::new("unix-socket");
    let file = folder.path().join("vestibule.sock");
    let pool = pool(&[]).await;
    let settings = [(SOCKET, file.to_str().expect("it is text")), ("LOG__CLIENT_ADDRESS", "full")];
    let mut process = Process::serve(&settings, &pool.url()).await;

    let mode = fs::metadata(&file).expect("the file exists").permissions().mode() & 0o777;
    let forwarded = ["X-Request-Id: one", "X-Forwarded-For: 192.0.2.66, 203.0.113.7"];
    let statuses = [
        sign_up(&file, "ada@example.com", &forwarded),
        sign_up(&file, "grace@example.com", &["X-Request-Id: two"]),
    ];
    let mut tcp = Wire::connect(&process.url).await;
    tcp.send(head("GET /nothing HTTP/1.1\nX-Request-Id: three\nX-Forwarded-For: 203.0.113.7"))
        .await;
    assert_eq!(tcp.response().await.status, 404);

    assert_eq!(mode, 0o660);
    assert_eq!(statuses, ["201", "201"]);
    for (id, expected) in [("one", "203.0.113.7"), ("two", "127.0.0.1"), ("three", "127.0.0.1")] {
        assert_eq!(process.access_log_line(id).await["client_address"], expected, "{id}");
    }
    let unknown = process.metric("client_address_unknown_total{reason=\"missing\"}").await;
    assert_eq!(unknown, 1, "the peer of the socket is a trusted proxy");
    process.signal("TERM");
    assert_eq!(process.wait_for_exit().await.code(), Some(0));
    assert!(!file.exists());
}

#[actix_web::test]
async fn limits_and_deadlines_apply_to_a_unix_socket() {
    let folder = Folder::new("unix-socket");
    let file = folder.path().join("vestibule.sock");
    let pool = pool(&[]).await;
    let settings = [
        ENFORCE,
        (SOCKET, file.to_str().expect("it is text")),
        ("LIMITS__CONNECTIONS_PER_PROXY", "2"),
        ("SERVER__HEAD_TIMEOUT", "1s"),
    ];
    let process = Process::serve(&settings, &pool.url()).await;

    let mut half = UnixStream::connect(&file).await.expect("the socket works");
    half.write_all(b"GET / HT").await.expect("the socket works");
    let mut idle = UnixStream::connect(&file).await.expect("the socket works");
    idle.write_all(&head("GET /nothing HTTP/1.1")).await.expect("the socket works");
    assert!(idle.read(&mut [0]).await.expect("the socket works") > 0);
    let mut further = UnixStream::connect(&file).await.expect("the socket works");

    assert_eq!(read_to_end(&mut further).await, "", "the limit is 2");
    assert!(read_to_end(&mut half).await.starts_with("HTTP/1.1 408 "));
    for reason in ["too_many_connections", "head_timeout"] {
        let metric = format!("connections_closed_total{{reason=\"{reason}\"}}");
        assert_eq!(process.metric(&metric).await, 1, "{reason}");
    }
}

#[actix_web::test]
async fn replaces_the_file_of_a_dead_process_only() {
    let folder = Folder::new("unix-socket");
    let file = folder.path().join("vestibule.sock");
    let pool = pool(&[]).await;
    let settings = [(SOCKET, file.to_str().expect("it is text"))];
    let fails = || {
        let mut command = vestibule(&["serve"]);
        command.envs(environment(&settings, &pool.url())).stderr(Stdio::piped());
        let output = run(command);
        assert_eq!(output.status.code(), Some(1));
        error_message(&output, "serve")
    };

    let mut killed = Process::serve(&settings, &pool.url()).await;
    killed.signal("KILL");
    killed.wait_for_exit().await;
    assert!(file.exists());
    let second = Process::serve(&settings, &pool.url()).await;
    let of_running = fails();
    let status = sign_up(&file, "ada@example.com", &[]);
    drop(second);
    fs::remove_file(&file).expect("the file exists");
    fs::write(&file, "notes").expect("the file is written");
    let of_file = fails();

    assert!(of_running.starts_with("server.unix_socket: `"), "{of_running}");
    assert!(of_running.contains("another process listens on it"), "{of_running}");
    assert_eq!(status, "201", "the running process keeps its socket");
    assert!(of_file.contains("the file is not a socket"), "{of_file}");
    assert_eq!(fs::read_to_string(&file).expect("it is kept"), "notes");
}
