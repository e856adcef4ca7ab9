//! The secrets of the app client: their sources, the cache, and SecretHash.

mod cache;
mod secret_hash;
pub(super) mod secrets;
#[cfg_attr(not(feature = "secrets-manager"), path = "no_secrets_manager.rs")]
mod secrets_manager;
pub(crate) mod sources;

pub use self::{cache::SecretCache, secret_hash::secret_hash, secrets::ClientSecrets};
