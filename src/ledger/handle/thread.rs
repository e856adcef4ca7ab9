//! The thread of the writers.

use std::{
    rc::Rc,
    thread::{Builder, JoinHandle},
};

use futures_util::future::join_all;
use tokio::{runtime, sync::oneshot};

use super::super::database::LedgerError;
use crate::ledger::writers::{shared::Shared, writer::Writer};

/// Starts so many writers on a thread of their own, and waits until they have looked at the
/// database.
///
/// # Errors
/// Where it cannot be used as it is set, or its tables are not up to date.
pub(super) async fn start(shared: Shared, writers: usize) -> Result<JoinHandle<()>, LedgerError> {
    let (started, start) = oneshot::channel();
    let thread = Builder::new().name("ledger".to_owned());
    let thread = thread.spawn(move || write(shared, writers, started));
    let thread = thread.map_err(|error| LedgerError::Unusable(error.to_string()))?;
    start.await.map_err(|_| LedgerError::Unusable("its thread ended".to_owned()))??;
    Ok(thread)
}

fn write(shared: Shared, writers: usize, started: oneshot::Sender<Result<(), LedgerError>>) {
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = started.send(Err(LedgerError::Unusable(error.to_string())));
            return;
        }
    };
    runtime.block_on(async {
        let shared = Rc::new(shared);
        match shared.prepare().await {
            Err(LedgerError::Away(reason)) => {
                tracing::error!(reason, "the ledger is away; it is waited for");
                let reason = LedgerError::Away(reason).to_string();
                for writer in 0..writers {
                    shared.state.set(writer, Some(reason.clone()));
                }
            }
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
            Ok(()) => {}
        }
        let _ = started.send(Ok(()));
        let writers = (0..writers).map(|number| Writer::new(Rc::clone(&shared), number).run());
        join_all(writers).await;
        shared.give_up_the_rest().await;
    });
}
