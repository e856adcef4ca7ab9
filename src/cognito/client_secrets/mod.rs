//! The secrets of the app client, their sources and cache, and SecretHash.

mod cache;
mod secret_hash;
pub(super) mod secrets;
mod secrets_manager;
pub(crate) mod sources;

pub use self::{cache::SecretCache, secret_hash::secret_hash, secrets::ClientSecrets};
