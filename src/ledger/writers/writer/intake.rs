//! What a writer has to write next, and what becomes of it while the database is away.

use std::{future::pending, rc::Rc, time::Duration};

use tokio::{sync::mpsc::error::TryRecvError, time::sleep};

use crate::ledger::writers::{job::Job, writer::Writer};

/// An idle writer looks this often whether the database is there, and what is due.
const IDLE: Duration = Duration::from_secs(1);

impl Writer {
    /// The database is away for this writer. Where it is for all of them, whoever begins is told
    /// so at once; otherwise the others go on.
    pub(super) async fn sit_out(&mut self, pause: Duration) {
        let shared = Rc::clone(&self.shared);
        let mut closing = shared.closing.clone();
        let refuse = async {
            let Some(reason) = shared.state.away() else { return pending().await };
            loop {
                let Some(job) = shared.queue.lock().await.recv().await else { return };
                if let Some(job) = job.fail(&reason, false) {
                    self.keep(job);
                }
            }
        };
        tokio::select! {
            () = sleep(pause) => {}
            () = refuse => {}
            _ = closing.wait_for(|is_closing| *is_closing) => {}
        }
    }

    /// What is to be written next; nothing where it is only time to see whether the database is
    /// there. And whether that was the last.
    pub(super) async fn take(&mut self) -> (Vec<Job>, bool) {
        let mut batch = Vec::new();
        let mut room = self.batch;
        while let Some(job) =
            self.backlog.pop_front_if(|job| batch.is_empty() || job.weight() <= room)
        {
            room = room.saturating_sub(job.weight());
            batch.push(job);
        }
        let mut closing = self.shared.closing.clone();
        let mut is_closing = self.shared.is_closing();
        if self.pause.is_some() && !is_closing {
            // What is new is for writers that can write.
            return (batch, false);
        }
        let is_idle = batch.is_empty() && self.pause.is_none();
        let mut queue = if is_idle || is_closing {
            tokio::select! {
                queue = self.shared.queue.lock() => queue,
                _ = closing.wait_for(|is_closing| *is_closing), if !is_closing => self.shared.queue.lock().await,
            }
        } else {
            // What is to be done already does not wait behind writers that have nothing to do.
            let Ok(queue) = self.shared.queue.try_lock() else { return (batch, false) };
            queue
        };
        if is_idle && !is_closing {
            tokio::select! {
                job = queue.recv() => batch.extend(job),
                () = sleep(IDLE) => {}
                _ = closing.wait_for(|is_closing| *is_closing) => is_closing = true,
            }
        }
        while batch.len() < self.batch {
            match queue.try_recv() {
                Ok(job) => batch.push(job),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    is_closing = true;
                    break;
                }
            }
        }
        let is_last = is_closing && batch.len() < self.batch;
        (batch, is_last)
    }
}
