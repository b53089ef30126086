//! What goes to the terminal, by a thread of its own: a terminal that stops
//! taking output (Ctrl-S, a connection that hangs) holds that thread up and
//! nothing else. The face draws the next frame once the last one is through,
//! so that what piles up is never more than one.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The thread's near end.
pub struct Outlet {
    parcels: mpsc::Sender<Vec<u8>>,
    written: UnboundedReceiver<io::Result<()>>,
    under_way: usize,
}

impl Outlet {
    /// Opens the way to standard output.
    ///
    /// # Errors
    /// When there is none, or no thread.
    pub fn open() -> io::Result<Self> {
        let mut output = terminal()?;
        let (parcels, received) = mpsc::channel::<Vec<u8>>();
        let (done, written): (UnboundedSender<_>, _) = unbounded_channel();
        thread::Builder::new().name("outlet".into()).spawn(move || {
            for parcel in received {
                let outcome = output.write_all(&parcel).and_then(|()| output.flush());
                let broken = outcome.is_err();
                if done.send(outcome).is_err() || broken {
                    return;
                }
            }
        })?;
        Ok(Self { parcels, written, under_way: 0 })
    }

    /// Whether everything that was sent is written.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.under_way == 0
    }

    /// Sends bytes on their way.
    pub fn send(&mut self, parcel: Vec<u8>) {
        self.under_way += 1;
        // A thread that is gone has said why: see `written`.
        let _ = self.parcels.send(parcel);
    }

    /// Waits until one more parcel is written; for ever, where none is under
    /// way.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub async fn written(&mut self) -> io::Result<()> {
        if self.under_way == 0 {
            return std::future::pending().await;
        }
        let outcome = self.written.recv().await;
        self.under_way = self.under_way.saturating_sub(1);
        outcome.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()))
    }

    /// Waits until everything is written, without a runtime, but not longer
    /// than that. Whether it is.
    pub fn drain(&mut self, within: Duration) -> bool {
        let until = Instant::now() + within;
        while self.under_way > 0 {
            match self.written.try_recv() {
                Ok(Ok(())) => self.under_way -= 1,
                Ok(Err(_)) => return false,
                Err(_) if Instant::now() > until => return false,
                Err(_) => thread::sleep(Duration::from_millis(1)),
            }
        }
        true
    }
}

/// Standard output without the lock that a writer who is held up would keep.
#[cfg(unix)]
pub fn terminal() -> io::Result<std::fs::File> {
    Ok(std::fs::File::from(rustix::io::dup(io::stdout())?))
}

/// Standard output.
#[cfg(not(unix))]
pub fn terminal() -> io::Result<io::Stdout> {
    Ok(io::stdout())
}

/// A frame while it is put together.
#[derive(Clone, Default)]
pub struct Frame(Arc<Mutex<Vec<u8>>>);

impl Frame {
    /// What was put together so far; it begins anew.
    #[must_use]
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.bytes())
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Frame {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
