//! Failures on demand, selected by the user name.
//!
//! A user name `<operation>.<case>` selects that case. For example, a sign-up as
//! `signup.internal-error@example.com` gets a 500. The name is
//!
//! * the part before the `@` if the user name is an email address;
//! * the whole user name if it is plain;
//! * the part before the `@` of the attribute `email` if the user name is a UUID. Without that
//!   attribute, the `phone_number` selects the case;
//! * the phone number of the case if the user name is a phone number: `+1415555` and four digits
//!   from the table. The numbers 0100 to 0199, which North America reserves for fiction, belong to
//!   no case.
//!
//! A suffix `+anything` may follow the case, as in `signup.username-exists+42@example.com`. Each
//! test can then have a different user name. Phone numbers have no suffix. Empty the pool
//! (`DELETE /sandbox/state`) between two uses. Upper and lower case are equivalent.
//!
//! A case applies to one operation only: a sign-up with a name `confirm.…` or `resend.…` has the
//! ordinary response. The pool first checks the limits of the service model, the client id and the
//! `SecretHash`. If the table says that the pool carries out the operation, the pool's own
//! exceptions (weak password, user exists) come first. A second `SignUp` for `signup.created-hang`
//! therefore gets `UsernameExistsException`, as in Cognito.
//!
//! Tests of front ends rely on the names and numbers. Add cases, but never change a name or a
//! number.
//!
#![doc = include_str!("cases.md")]

pub(crate) mod case;
pub(crate) mod play;
pub(crate) mod table;

pub use self::{
    case::{Case, Play},
    table::CASES,
};
pub use crate::protocol::response::RawResponse;
