//! The wish to stop, shared by all parts of the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// A latch: once requested, a shutdown stays requested. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    requested: Arc<AtomicBool>,
    /// Wakes the asynchronous parts; the stages look at the flag between two batches.
    notify: Arc<Notify>,
}

impl Shutdown {
    /// Asks every part to finish what it is doing, commit, and end.
    pub fn request(&self) {
        self.requested.store(true, Ordering::Release);
        self.notify.notify_waiters();
    }

    /// Whether the process is to end.
    pub fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Acquire)
    }

    /// Waits until the process is to end.
    pub async fn requested(&self) {
        let notified = self.notify.notified();
        tokio::pin!(notified);
        // Registered before the flag is read, so that no request is missed between the two.
        notified.as_mut().enable();
        if !self.is_requested() {
            notified.await;
        }
    }
}
