//! The audit log: its rows and their chains, search, export, erasure, retention and verification.

pub(super) mod attempts;
pub(super) mod books;
pub(super) mod chain;
pub(super) mod chains;
pub(super) mod entries;
pub(super) mod erase;
pub(super) mod export;
pub(super) mod person;
pub(super) mod record;
pub(super) mod retention;
pub(super) mod rows;
pub(super) mod show;
pub(super) mod verdict;
pub(super) mod verify;
pub(super) mod walk;
