//! Vestibule: the sign-up front door for Amazon Cognito.

pub mod config;
pub mod registration;
#[cfg(feature = "sandbox")]
pub mod sandbox;
