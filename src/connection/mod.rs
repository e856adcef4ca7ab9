//! The layer between sockets and HTTP: deadlines for heads and writes, and the heartbeats of the
//! workers.
//!
//! No read or write sets a timer. Each worker has one clock, which checks all of its connections
//! twice a second.

mod closed;
mod peer;
mod progress;
mod proxy_protocol;
mod socket;
mod stream;
mod timeouts;
mod worker;
mod workers;

pub use self::{
    closed::{Closed, Reason},
    peer::Peer,
    progress::{BodyLength, Exchange, Progress},
    proxy_protocol::ProxyProtocol,
    socket::Socket,
    stream::Stream,
    timeouts::Timeouts,
    worker::Worker,
    workers::Workers,
};
