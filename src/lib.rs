//! Vestibule: the sign-up front door for Amazon Cognito.

pub mod config;
#[cfg(feature = "sandbox")]
pub mod sandbox;
