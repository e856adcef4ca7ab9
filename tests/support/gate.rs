//! A gate behind a pool, which holds its answers back until a test lets them through. A call is
//! under way for as long as the test needs, however slow the machine is.

use actix_web::rt::{
    net::{TcpListener, TcpStream},
    spawn,
};
use tokio::{
    io::{AsyncWriteExt, copy},
    sync::watch,
};

/// Forwards calls to a pool at once, and what the pool answers once it is open.
pub(crate) struct Gate {
    pub(crate) url: String,
    is_open: watch::Sender<bool>,
}

impl Gate {
    /// Starts a closed one for the pool at this address.
    pub(crate) async fn before(pool: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let pool = pool.trim_start_matches("http://").to_owned();
        let (is_open, opened) = watch::channel(false);
        spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                spawn(forward(caller, pool.clone(), opened.clone()));
            }
        });
        Self { url, is_open }
    }

    /// Lets every answer through from now on.
    pub(crate) fn open(&self) {
        self.is_open.send_replace(true);
    }
}

/// Ends when either side has ended its half.
async fn forward(mut caller: TcpStream, pool: String, mut opened: watch::Receiver<bool>) {
    let mut pool = TcpStream::connect(pool).await.expect("the pool accepts a connection");
    let (mut from_caller, mut to_caller) = caller.split();
    let (mut from_pool, mut to_pool) = pool.split();
    let calls = async {
        let _ = copy(&mut from_caller, &mut to_pool).await;
        let _ = to_pool.shutdown().await;
    };
    let answers = async {
        if opened.wait_for(|is_open| *is_open).await.is_ok() {
            let _ = copy(&mut from_pool, &mut to_caller).await;
        }
        let _ = to_caller.shutdown().await;
    };
    tokio::join!(calls, answers);
}
