//! A user pool for development that speaks Amazon Cognito's wire protocol.
//!
//! It answers `SignUp`, `ConfirmSignUp`, `ResendConfirmationCode`, what a pool is described with
//! (`DescribeUserPool`, `DescribeUserPoolClient`, `ListUserPoolClients`, `ListUserPoolClientSecrets`)
//! and what accounts are looked after with (`ListUsers`, `AdminGetUser`, `AdminDeleteUser`) in AWS JSON 1.1,
//! so the official SDK talks to it as it talks to AWS, and every byte goes the way it goes in
//! production. What it "sends" is shown at `GET /sandbox/inbox`.
//! Failures, delays and resets are played on demand by user names: see [`magic`].
//!
//! It is **not an identity provider**: it keeps no password, forgets everything at the end of the
//! process, shows every code to whoever asks, and signs nobody in.

mod account;
mod answer;
mod attributes;
mod call;
mod cases;
mod client;
mod clients;
mod confirm;
mod delivery;
mod describe;
mod inbox;
pub mod magic;
mod page;
mod password;
mod resend;
mod reset;
mod seen;
mod sign_up;
mod state;
mod users;
mod wire;

#[cfg(test)]
mod tests;

use std::{io, time::Duration};

use actix_web::{
    App, HttpServer,
    dev::ServerHandle,
    http::KeepAlive,
    web::{self, Data},
};
use secrecy::SecretString;

pub use clients::OtherClient;
pub use inbox::inbox_routes;
pub use seen::{AccountView, Accounts, Message, NotCreated, SeenRequest};
pub use state::PoolState;

/// What the pool is told about itself.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// The address to listen on, such as `127.0.0.1`.
    pub host: String,
    /// The port to listen on; 0 takes any free one.
    pub port: u16,
    /// The pool's id, such as `eu-central-1_Sandbox01`.
    pub user_pool_id: String,
    /// The one app client's id.
    pub client_id: String,
    /// The secrets that the client begins with, at most two in AWS; none makes it a public client.
    pub client_secrets: Vec<SecretString>,
    /// What people sign in with.
    pub sign_in: SignIn,
    /// What a password must have.
    pub password_policy: PasswordPolicy,
    /// Accepts a `SignUp` without a password.
    pub passwordless: bool,
    /// Confirms every account at once, as a pre-sign-up trigger with `autoConfirmUser` would.
    pub auto_confirm: bool,
    /// Added to every answer.
    pub latency: Duration,
    /// Added to every answer that a message was sent for.
    pub message_latency: Duration,
}

/// The pool's sign-in mode, which decides what a user name may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// The user name is a mail address (`UsernameAttributes`).
    Email,
    /// The user name is a phone number (`UsernameAttributes`).
    Phone,
    /// Plain user names, and nothing else to sign in with.
    Username,
    /// Plain user names, with mail address and phone number as aliases once confirmed.
    Alias,
}

/// The pool's password policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "these are Cognito's own four switches")]
pub struct PasswordPolicy {
    /// The fewest characters, 6 to 99.
    pub min_length: usize,
    /// Asks for one of A–Z.
    pub require_uppercase: bool,
    /// Asks for one of a–z.
    pub require_lowercase: bool,
    /// Asks for one of 0–9.
    pub require_number: bool,
    /// Asks for one of Cognito's special characters.
    pub require_symbol: bool,
}

impl Default for PasswordPolicy {
    /// Cognito's own default: eight characters of all four classes.
    fn default() -> Self {
        Self {
            min_length: 8,
            require_uppercase: true,
            require_lowercase: true,
            require_number: true,
            require_symbol: true,
        }
    }
}

/// A running pool.
#[derive(Debug)]
pub struct Pool {
    state: Data<PoolState>,
    host: String,
    port: u16,
    handle: ServerHandle,
}

impl Pool {
    /// Binds the listener and serves from background tasks of the current runtime, actix's or plain
    /// Tokio's; in a test with one thread, whatever blocks that thread blocks the pool.
    ///
    /// # Errors
    /// When the address cannot be bound.
    #[expect(
        clippy::unused_async,
        reason = "it needs a running runtime to spawn on, and being async makes the caller have one"
    )]
    pub async fn start(settings: PoolSettings) -> io::Result<Self> {
        let host = settings.host.clone();
        let address = (host.clone(), settings.port);
        let state = Data::new(PoolState::new(settings));

        let shared = state.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(web::PayloadConfig::new(wire::MAX_BODY))
                .configure(inbox_routes(shared.clone()))
                .route("/", web::post().to(wire::dispatch))
        })
        .on_connect(reset::remember_socket)
        // Longer than any client keeps a connection, so that it is never the pool that closes one in
        // the moment a request is on its way.
        .keep_alive(KeepAlive::Timeout(Duration::from_secs(75)))
        .workers(1)
        .disable_signals()
        .bind(address)?;
        let port = server
            .addrs()
            .first()
            .map(std::net::SocketAddr::port)
            .ok_or_else(|| io::Error::other("the sandbox's listener has no address"))?;

        let running = server.run();
        let handle = running.handle();
        tokio::spawn(running);
        Ok(Self { state, host, port, handle })
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The endpoint for the SDK, such as `http://127.0.0.1:9229`.
    #[must_use]
    pub fn url(&self) -> String {
        if self.host.contains(':') {
            return format!("http://[{}]:{}", self.host, self.port);
        }
        format!("http://{}:{}", self.host, self.port)
    }

    /// What the pool knows; cheap to clone, and the same for every clone.
    #[must_use]
    pub fn state(&self) -> &Data<PoolState> {
        &self.state
    }

    /// Stops at once, with whatever is under way.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}
