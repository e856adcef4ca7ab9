//! What the tests of the store share.

pub(super) mod support;
