//! A gate on the way of a request or a command: what comes to it waits, so that
//! a test can do something at exactly that moment.

use std::sync::Arc;

use tokio::sync::watch;

/// A gate that is shut until it is opened. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate(Arc<watch::Sender<Stands>>);

#[derive(Clone, Copy, Debug, Default)]
struct Stands {
    reached: bool,
    open: bool,
}

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Stands::default())))
    }
}

impl PartialEq for Gate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Gate {}

impl Gate {
    /// Waits until something stands before it.
    pub async fn reached(&self) {
        self.until(|stands| stands.reached).await;
    }

    /// Lets through what stands before it and what is still to come.
    pub fn open(&self) {
        self.0.send_modify(|stands| stands.open = true);
    }

    /// Comes to the gate and waits until it is open.
    pub async fn pass(&self) {
        self.0.send_modify(|stands| stands.reached = true);
        self.until(|stands| stands.open).await;
    }

    async fn until(&self, what: impl Fn(Stands) -> bool) {
        // The sender is ours: it cannot be gone.
        let _ = self.0.subscribe().wait_for(|stands| what(*stands)).await;
    }
}
