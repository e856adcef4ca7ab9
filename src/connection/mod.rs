//! The layer between sockets and HTTP: deadlines for heads and writes, and the signs of life of
//! the workers.
//!
//! No read or write sets a timer. Each worker has one clock, which looks at all of its connections
//! twice a second.

mod closed;
mod progress;
mod stream;
mod timeouts;
mod worker;
mod workers;

pub use self::{
    closed::{Closed, Reason},
    progress::{BodyLength, Exchange, Progress},
    stream::Stream,
    timeouts::Timeouts,
    worker::Worker,
    workers::Workers,
};
