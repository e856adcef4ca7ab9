//! The fields of forms: each is parsed into a checked value, or into violations.

pub(super) mod attributes;
pub(super) mod consent;
pub(super) mod email;
pub(super) mod formats;
pub(super) mod password;
pub(super) mod phone;
pub(super) mod sms;
pub(super) mod strength;
pub(super) mod text;
pub(super) mod urls;
pub(super) mod username;
