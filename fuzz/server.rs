//! The service with a scripted Cognito, in this process. Requests go through sockets.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
};

use serde_json::Value;
use vestibule::{
    app::{App, block_on},
    config::{Config, Sources},
    store::Migrate,
};

pub(crate) const CLIENT_ID: &str = "1example23456789";
pub(crate) const POOL_ID: &str = "eu-central-1_EXAMPLE";

/// A response of Cognito to a call that succeeded, for each operation.
pub(crate) const SUCCESS: &str = r#"{"UserConfirmed":false,"UserSub":"79e74176-9af1-4f0c-8a4e-1f0a3a3c6d2b","CodeDeliveryDetails":{"DeliveryMedium":"EMAIL","AttributeName":"email","Destination":"a***@e***"}}"#;

/// The next response of Cognito.
static RESPONSE: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// A running service.
pub(crate) struct Service {
    address: SocketAddr,
    connection: Mutex<BufReader<TcpStream>>,
    names: AtomicU64,
}

/// A response of the service.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Service {
    /// Starts the service with the default settings of the targets and more of them.
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        let endpoint = format!("http://{}", serve_cognito());
        let defaults = [
            ("SERVER__HOST", "127.0.0.1"),
            ("SERVER__PORT", "0"),
            ("SERVER__WORKERS", "1"),
            ("ADMIN__PORT", "0"),
            ("LIMITS__MODE", "off"),
            ("DATABASE__URL", "sqlite::memory:"),
            ("COGNITO__REGION", "eu-central-1"),
            ("COGNITO__ENDPOINT", &endpoint),
            ("COGNITO__USER_POOL_ID", POOL_ID),
            ("COGNITO__CLIENT_ID", CLIENT_ID),
            ("COGNITO__CLIENT_SECRET", "9example87654321secretsecretsecretsecret"),
            ("COGNITO__MAX_ATTEMPTS", "1"),
        ];
        let environment: Vec<(String, String)> = defaults
            .iter()
            .chain(settings)
            .map(|(name, value)| (format!("VESTIBULE__{name}"), (*value).to_owned()))
            .collect();
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let sources = Sources { environment: &environment, ..Sources::default() };
            let config = Config::load(sources).expect("the settings are valid");
            block_on(async {
                let app = App::build(config, Migrate::Auto, |_| {}).await;
                let app = app.expect("the service starts");
                tell.send(app.address()).expect("the target waits");
                app.run().await.expect("the service runs");
            });
        });
        let address: SocketAddr = told.recv().expect("the service starts");
        Self { address, connection: Mutex::new(connect(address)), names: AtomicU64::default() }
    }

    /// Returns an email address that was not used before.
    pub(crate) fn email(&self) -> String {
        format!("user{}@example.com", self.names.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends a form. Cognito responds with these bytes to each call.
    pub(crate) fn post(&self, path: &str, body: &[u8], cognito: Vec<u8>) -> Response {
        *RESPONSE.lock().unwrap_or_else(PoisonError::into_inner) = cognito;
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let request = [head.as_bytes(), body].concat();
        // The service may close a connection after a response.
        let exchanged = exchange(&mut connection, &request).or_else(|| {
            *connection = connect(self.address);
            exchange(&mut connection, &request)
        });
        let (first, body) = exchanged.expect("the service responds");
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
        let body = serde_json::from_slice(&body).expect("each response is JSON");
        Response { status: status.expect("a status"), body }
    }
}

fn connect(address: SocketAddr) -> BufReader<TcpStream> {
    let connection = TcpStream::connect(address).expect("the service listens");
    connection.set_nodelay(true).expect("the socket is open");
    BufReader::new(connection)
}

/// Sends a request. Returns the first line and the body of the response.
fn exchange(connection: &mut BufReader<TcpStream>, request: &[u8]) -> Option<(String, Vec<u8>)> {
    connection.get_mut().write_all(request).ok()?;
    read(connection)
}

/// Returns the bytes of an HTTP response.
pub(crate) fn response(status: u16, error_type: Option<&str>, body: &[u8]) -> Vec<u8> {
    let kind = error_type.map(|kind| format!("x-amzn-errortype: {kind}\r\n")).unwrap_or_default();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} -\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {length}\r\n{kind}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Starts the scripted Cognito on a free port.
fn serve_cognito() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut connection = BufReader::new(connection);
                while read(&mut connection).is_some() {
                    let response = RESPONSE.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    if connection.get_mut().write_all(&response).is_err() {
                        break;
                    }
                }
            });
        }
    });
    address
}

/// Reads the first line and the body of an HTTP message. Returns `None` at the end.
fn read(connection: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let (mut first, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
        if first.is_empty() {
            line.clone_into(&mut first);
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).ok()?;
    Some((first, body))
}
