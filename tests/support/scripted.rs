//! A server in place of the pool whose responses are bytes from a script.

use std::{cell::RefCell, rc::Rc};

use actix_web::rt::{
    net::{TcpListener, TcpStream},
    spawn,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A function that returns the reply to a call.
type Script = dyn Fn(&Call) -> Reply;

/// A call that the server received.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// For example `SignUp`.
    pub(crate) operation: String,
    pub(crate) body: String,
}

/// The bytes that the server writes, and its next action.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    bytes: Vec<u8>,
    then: Then,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    Listen,
    Close,
    /// Repeats the last byte until the client closes the connection.
    Flood,
}

pub(crate) struct ScriptedServer {
    pub(crate) url: String,
    log: Rc<RefCell<Log>>,
}

#[derive(Default)]
struct Log {
    calls: Vec<Call>,
    flooded_bytes: usize,
}

impl Reply {
    /// Creates a reply of these bytes, after which the connection stays open.
    pub(crate) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), then: Then::Listen }
    }

    /// Creates a response with `Content-Length`. `head` has the status and the headers, one per
    /// line.
    pub(crate) fn of(head: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let head = head.replace('\n', "\r\n");
        let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len());
        Self::new([head.as_bytes(), body].concat())
    }

    /// Closes the connection after the bytes.
    pub(crate) fn then_close(self) -> Self {
        Self { then: Then::Close, ..self }
    }

    /// Repeats the last byte after the bytes until the client closes the connection.
    pub(crate) fn then_flood(self) -> Self {
        Self { then: Then::Flood, ..self }
    }
}

impl ScriptedServer {
    pub(crate) async fn start(script: impl Fn(&Call) -> Reply + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let log = Rc::new(RefCell::new(Log::default()));
        let (script, shared): (Rc<Script>, _) = (Rc::new(script), Rc::clone(&log));
        spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                spawn(serve(stream, Rc::clone(&script), Rc::clone(&shared)));
            }
        });
        Self { url, log }
    }

    /// Returns the calls in the order of arrival.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.log.borrow().calls.clone()
    }

    /// Returns the number of bytes written by [`Reply::then_flood`].
    pub(crate) fn flooded_bytes(&self) -> usize {
        self.log.borrow().flooded_bytes
    }
}

async fn serve(mut stream: TcpStream, script: Rc<Script>, log: Rc<RefCell<Log>>) {
    let mut read = Vec::new();
    while let Some(call) = next_call(&mut stream, &mut read).await {
        let reply = script(&call);
        log.borrow_mut().calls.push(call);
        if stream.write_all(&reply.bytes).await.is_err() {
            return;
        }
        match reply.then {
            Then::Listen => {}
            Then::Close => return,
            Then::Flood => {
                let last = reply.bytes.last().copied().unwrap_or(b' ');
                let more = vec![last; 1 << 16];
                while stream.write_all(&more).await.is_ok() {
                    log.borrow_mut().flooded_bytes += more.len();
                }
                return;
            }
        }
    }
}

async fn next_call(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<Call> {
    let end = loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        read_more(stream, read).await?;
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let length: usize = header("content-length").map_or(0, |text| text.parse().unwrap_or(0));
    while read.len() < end + length {
        read_more(stream, read).await?;
    }
    let target = header("x-amz-target").unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let body = String::from_utf8_lossy(&read[end..end + length]).into_owned();
    read.drain(..end + length);
    Some(Call { operation, body })
}

async fn read_more(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    let count = stream.read_buf(read).await.ok()?;
    (count > 0).then_some(())
}
