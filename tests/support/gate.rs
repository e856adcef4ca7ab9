//! A proxy that withholds the responses of a pool until a test opens it. A call stays in progress
//! until then, independent of the speed of the machine.

use actix_web::rt::{
    net::{TcpListener, TcpStream},
    spawn,
};
use tokio::{
    io::{AsyncWriteExt, copy},
    sync::watch,
};

/// A proxy that forwards calls to a pool at once, and responses once it is open.
pub(crate) struct Gate {
    pub(crate) url: String,
    is_open: watch::Sender<bool>,
}

impl Gate {
    /// Starts a closed gate for the pool at this URL.
    pub(crate) async fn start(pool: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let pool = pool.trim_start_matches("http://").to_owned();
        let (is_open, opened) = watch::channel(false);
        spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                spawn(forward(client, pool.clone(), opened.clone()));
            }
        });
        Self { url, is_open }
    }

    /// Forwards every response from now on.
    pub(crate) fn open(&self) {
        self.is_open.send_replace(true);
    }
}

/// Returns when both directions are closed.
async fn forward(mut client: TcpStream, pool: String, mut opened: watch::Receiver<bool>) {
    let mut pool = TcpStream::connect(pool).await.expect("the pool accepts a connection");
    let (mut from_client, mut to_client) = client.split();
    let (mut from_pool, mut to_pool) = pool.split();
    let calls = async {
        let _ = copy(&mut from_client, &mut to_pool).await;
        let _ = to_pool.shutdown().await;
    };
    let responses = async {
        if opened.wait_for(|is_open| *is_open).await.is_ok() {
            let _ = copy(&mut from_pool, &mut to_client).await;
        }
        let _ = to_client.shutdown().await;
    };
    tokio::join!(calls, responses);
}
