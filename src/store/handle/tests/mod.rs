//! The store as the rest of the service uses it, with real writers on real databases.

mod closing;
mod contention;
mod look_up;
mod messages;
mod outages;
mod replicas;
mod sqlite_file;
mod support;
mod writers;
