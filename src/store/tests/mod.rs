//! Support for the tests of the store.

pub(super) mod support;
