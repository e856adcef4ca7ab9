//! The progress of one connection, by its bytes and its requests.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    pin::pin,
    rc::Rc,
    task::{Poll, Waker},
};

use memchr::memmem;

use super::{closed::Reason, peer::Peer, timeouts::Ticks};

/// The end of a head, and of a chunked body.
const END: [u8; 4] = *b"\r\n\r\n";

/// Bytes that a client must read per tick while it is slower than the service.
const MIN_READ: u64 = 8 * 1024;

/// The phase of a connection, and its start. The stream reports bytes. The outermost middleware
/// reports requests. The worker's clock checks the deadlines.
#[derive(Debug)]
pub struct Progress {
    now: Rc<Cell<u32>>,
    phase: Cell<Phase>,
    since: Cell<u32>,
    /// Bytes that arrived since the last request ended.
    received: Cell<u64>,
    /// The end of the first head in the bytes that `received` counts.
    head_end: Cell<Option<u64>>,
    last: Cell<[u8; 4]>,
    body: Cell<BodyLength>,
    /// The tick at which the client began to read too slowly, and the bytes written since then.
    blocked: Cell<Option<(u32, u64)>>,
    overdue: Cell<Option<Reason>>,
    waker: RefCell<Option<Waker>>,
    peer: Peer,
    /// `true` if the bytes are frames of HTTP/2, which do not show the phase.
    is_http2: Cell<bool>,
    /// The place in the worker's list.
    pub(super) index: Cell<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The client has sent nothing since the connection opened.
    Opened,
    /// The client has sent nothing since the last response.
    Idle,
    /// A head is incomplete.
    Head,
    /// A request is in progress. Other deadlines limit its time.
    Exchange,
}

/// The length of a request's body, as its head announces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// A number of bytes, 0 if there is no body.
    Known(u64),
    /// A chunked body.
    Chunked,
}

/// A request in progress. Dropping it ends the request.
#[derive(Debug)]
pub struct Exchange(Rc<Progress>);

impl Progress {
    pub(super) fn new(now: Rc<Cell<u32>>, peer: Peer) -> Self {
        Self {
            since: Cell::new(now.get()),
            now,
            phase: Cell::new(Phase::Opened),
            received: Cell::new(0),
            head_end: Cell::new(None),
            last: Cell::new([0; 4]),
            body: Cell::new(BodyLength::Known(0)),
            blocked: Cell::new(None),
            overdue: Cell::new(None),
            waker: RefCell::new(None),
            peer,
            is_http2: Cell::new(false),
            index: Cell::new(0),
        }
    }

    /// Returns the peer of the connection.
    #[must_use]
    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// Begins a request, whose head has arrived.
    pub fn begin(self: &Rc<Self>, body: BodyLength) -> Exchange {
        self.phase.set(Phase::Exchange);
        self.body.set(body);
        Exchange(Rc::clone(self))
    }

    /// Ignores bytes from now on. The first request must begin within the time for a head.
    pub fn use_http2(&self) {
        self.is_http2.set(true);
    }

    /// Begins the phase of a request in HTTP/2, or the idle phase.
    pub fn set_busy(&self, is_busy: bool) {
        self.phase.set(if is_busy { Phase::Exchange } else { Phase::Idle });
        self.since.set(self.now.get());
    }

    /// Runs a future of the connection.
    ///
    /// # Errors
    /// Returns the reason if a deadline passes before the future ends.
    pub async fn run<F: Future>(&self, future: F) -> Result<F::Output, Reason> {
        let mut future = pin!(future);
        let run = poll_fn(|context| {
            let (mut waker, task) = (self.waker.borrow_mut(), context.waker());
            if !waker.as_ref().is_some_and(|waker| waker.will_wake(task)) {
                *waker = Some(task.clone());
            }
            drop(waker);
            match self.overdue.get() {
                Some(reason) => Poll::Ready(Err(reason)),
                None => future.as_mut().poll(context).map(Ok),
            }
        });
        run.await
    }

    pub(super) fn has_timed_out(&self) -> Option<Reason> {
        self.overdue.get()
    }

    /// Returns `true` if a part of a head arrived, and the service is not writing a response.
    pub(super) fn has_partial_head(&self) -> bool {
        self.phase.get() == Phase::Head && self.received.get() > 0 && self.blocked.get().is_none()
    }

    pub(super) fn read(&self, bytes: &[u8]) {
        if self.is_http2.get() {
            return;
        }
        let before = self.received.get();
        match self.phase.get() {
            Phase::Opened => self.phase.set(Phase::Head),
            Phase::Idle => {
                self.phase.set(Phase::Head);
                self.since.set(self.now.get());
                self.last.set([0; 4]);
            }
            Phase::Head | Phase::Exchange => {}
        }
        if self.head_end.get().is_none() && self.phase.get() == Phase::Head {
            let end = self.end_across_reads(bytes);
            let end = end.or_else(|| Some(memmem::find(bytes, &END)? + END.len()));
            self.head_end.set(end.map(|end| before + end as u64));
        }
        self.received.set(before + bytes.len() as u64);
        if let Some(last) = bytes.last_chunk() {
            self.last.set(*last);
        } else {
            let mut last = self.last.get();
            last.rotate_left(bytes.len());
            last[END.len() - bytes.len()..].copy_from_slice(bytes);
            self.last.set(last);
        }
    }

    /// Returns the end of a head in `bytes` if [`END`] began in earlier bytes.
    fn end_across_reads(&self, bytes: &[u8]) -> Option<usize> {
        let mut seam = [0; 2 * (END.len() - 1)];
        let [_, kept @ ..] = self.last.get();
        let added = bytes.len().min(kept.len());
        seam[..kept.len()].copy_from_slice(&kept);
        seam[kept.len()..][..added].copy_from_slice(&bytes[..added]);
        memmem::find(&seam, &END).map(|start| start + END.len() - kept.len())
    }

    pub(super) fn wrote(&self, bytes: usize) {
        if let Some((since, written)) = self.blocked.get() {
            self.blocked.set(Some((since, written + bytes as u64)));
        }
    }

    pub(super) fn write_blocked(&self) {
        if self.blocked.get().is_none() {
            self.blocked.set(Some((self.now.get(), 0)));
        }
    }

    pub(super) fn flushed(&self) {
        if self.blocked.take().is_some() {
            self.since.set(self.now.get());
        }
    }

    /// Checks the deadlines, and wakes the connection's task if a deadline has passed.
    pub(super) fn check(&self, ticks: &Ticks) {
        let now = self.now.get();
        let reason = match (self.blocked.get(), self.phase.get()) {
            (Some((since, written)), _) => {
                let allowed = u64::from(ticks.write) + written / MIN_READ;
                (u64::from(now - since) > allowed).then_some(Reason::WriteTimeout)
            }
            (None, Phase::Exchange) => None,
            (None, Phase::Opened) => (now - self.since.get() > ticks.head).then_some(Reason::Idle),
            (None, Phase::Head) => {
                (now - self.since.get() > ticks.head).then_some(Reason::HeadTimeout)
            }
            (None, Phase::Idle) => {
                let idle = if self.peer.is_proxy { ticks.keep_alive } else { ticks.idle };
                (now - self.since.get() > idle).then_some(Reason::Idle)
            }
        };
        if reason.is_some() {
            self.overdue.set(reason);
            if let Some(waker) = &*self.waker.borrow() {
                waker.wake_by_ref();
            }
        }
    }

    /// Begins the wait for the next request. A part of its head may have arrived after the last
    /// request. Bytes after a pipelined request count as a part of a head.
    fn end(&self) {
        let is_partial = self.received.get() > 0
            && self.last.get() != END
            && match (self.body.get(), self.head_end.get()) {
                (BodyLength::Known(length), Some(end)) => end + length != self.received.get(),
                _ => true,
            };
        self.phase.set(if is_partial { Phase::Head } else { Phase::Idle });
        self.since.set(self.now.get());
        self.received.set(0);
        self.head_end.set(None);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(test)]
mod tests;
