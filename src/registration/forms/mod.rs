//! The forms: as they are sent, and checked.

pub(super) mod confirmation;
pub(super) mod entries;
pub(super) mod registration;
pub(super) mod registration_form;
pub(super) mod resend;
pub(super) mod sent;
