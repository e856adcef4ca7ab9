//! A peer in the pool's place that answers with bytes written by hand.

use std::{cell::RefCell, rc::Rc};

use actix_web::rt::{
    net::{TcpListener, TcpStream},
    spawn,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Says what is answered to a call.
type Script = dyn Fn(&Call) -> Reply;

/// A call as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Such as `SignUp`.
    pub(crate) operation: String,
    pub(crate) body: String,
}

/// What the peer writes, and what it does then.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    bytes: Vec<u8>,
    then: Then,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    Listen,
    Close,
    /// Goes on with the last byte until nobody reads any more.
    Flood,
}

pub(crate) struct ScriptedPeer {
    pub(crate) url: String,
    log: Rc<RefCell<Log>>,
}

#[derive(Default)]
struct Log {
    calls: Vec<Call>,
    flooded: usize,
}

impl Reply {
    /// These bytes, on a connection that stays open.
    pub(crate) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), then: Then::Listen }
    }

    /// An answer with its length; `head` is the status line and the headers, a line each.
    pub(crate) fn of(head: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let head = head.replace('\n', "\r\n");
        let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len());
        Self::new([head.as_bytes(), body].concat())
    }

    /// And then the connection is closed.
    pub(crate) fn and_close(self) -> Self {
        Self { then: Then::Close, ..self }
    }

    /// And then more and more of the same.
    pub(crate) fn and_flood(self) -> Self {
        Self { then: Then::Flood, ..self }
    }
}

impl ScriptedPeer {
    pub(crate) async fn start(script: impl Fn(&Call) -> Reply + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let log = Rc::new(RefCell::new(Log::default()));
        let (script, kept): (Rc<Script>, _) = (Rc::new(script), Rc::clone(&log));
        spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                spawn(converse(stream, Rc::clone(&script), Rc::clone(&kept)));
            }
        });
        Self { url, log }
    }

    /// What came, the first one first.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.log.borrow().calls.clone()
    }

    /// How many bytes were taken of a flood.
    pub(crate) fn flooded(&self) -> usize {
        self.log.borrow().flooded
    }
}

async fn converse(mut stream: TcpStream, script: Rc<Script>, log: Rc<RefCell<Log>>) {
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
                    log.borrow_mut().flooded += more.len();
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
