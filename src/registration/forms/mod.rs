pub(super) mod confirmation;
pub(super) mod registration;
pub(super) mod registration_form;
pub(super) mod resend;
pub(super) mod sent;
pub(super) mod string_map;
