//! A user pool for development that speaks Amazon Cognito's wire protocol, AWS JSON 1.1.
//!
//! The official SDK calls the pool as it calls AWS. The pool implements these operations:
//!
//! * `SignUp`, `ConfirmSignUp` and `ResendConfirmationCode`;
//! * `InitiateAuth` with `USER_AUTH` and the `Session` of `ConfirmSignUp`;
//! * `DescribeUserPool`, `DescribeUserPoolClient`, `ListUserPoolClients` and
//!   `ListUserPoolClientSecrets`;
//! * `ListUsers`, `AdminGetUser` and `AdminDeleteUser`.
//!
//! `GET /sandbox/inbox` returns the messages that Cognito would send. Certain user names trigger
//! failures, delays and connection resets: see [`cases`].
//!
//! The pool is **not an identity provider**. The pool stores no password, keeps all data in memory
//! and shows every code to every client. Its tokens have no signature.

pub mod cases;
mod inbox;
mod operations;
mod protocol;
mod server;
mod settings;
mod state;

pub use self::{
    inbox::routes::inbox_routes,
    protocol::operation::Operation,
    server::pool::Pool,
    settings::{OtherClient, PasswordPolicy, PoolSettings, SignIn},
    state::{
        pool_state::PoolState,
        views::{AccountView, Accounts, Message, NotCreated, RecordedRequest},
    },
};
