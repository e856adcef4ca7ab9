//! The audit log on both engines.
