//! The fields of forms. Each parser returns a checked value, or violations.

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
