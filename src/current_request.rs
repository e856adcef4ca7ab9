//! The trace of a request, and the time that the request spends in calls.
//!
//! The task of the request holds these values, so that no function needs a parameter for them.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::task_local;

use crate::trace::{self, TraceContext};

/// A kind of call, by the component that receives it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Call {
    /// A request to Cognito.
    Cognito,
    /// The wait for a slot for a request to Cognito.
    Queue,
    /// A command to the database.
    Database,
}

/// The request of a task.
#[derive(Debug, Default)]
pub(crate) struct CurrentRequest {
    /// The span that a header of the request names.
    parent: Option<TraceContext>,
    /// The time spent in each kind of call.
    times: Cell<[Duration; 3]>,
}

task_local! {
    static CURRENT: Rc<CurrentRequest>;
}

/// Adds a call that ends now to the times of the current request. Does nothing if there is no
/// current request.
pub(crate) fn add_call(call: Call, started: Instant) {
    let _ = CURRENT.try_with(|request| request.add(call, started.elapsed()));
}

/// Returns the trace context for an outgoing call, or `None` if the request belongs to no trace.
/// The context comes from the current span if the service exports spans, otherwise from a header of
/// the request.
pub(crate) fn outgoing_trace() -> Option<TraceContext> {
    trace::current().or_else(|| CURRENT.try_with(|request| request.parent).ok().flatten())
}

impl CurrentRequest {
    pub(crate) fn new(parent: Option<TraceContext>) -> Rc<Self> {
        Rc::new(Self { parent, ..Self::default() })
    }

    /// Polls the request, and measures its calls.
    pub(crate) fn scope<T>(self: &Rc<Self>, poll: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(Rc::clone(self), poll)
    }

    /// Returns the time spent in calls of one kind, or `None` if the request made no such call.
    pub(crate) fn time_in(&self, call: Call) -> Option<Duration> {
        Some(self.times.get()[call as usize]).filter(|time| !time.is_zero())
    }

    fn add(&self, call: Call, time: Duration) {
        let mut times = self.times.get();
        // `time_in` must not omit a call that takes no measurable time.
        times[call as usize] += time.max(Duration::from_nanos(1));
        self.times.set(times);
    }
}
