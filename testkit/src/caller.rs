//! Who connects to a socket, waited for with an end.

use std::{
    os::unix::net::{UnixListener, UnixStream},
    sync::mpsc,
    thread,
    time::Duration,
};

/// How long somebody may take to connect.
const WITHIN: Duration = Duration::from_mins(1);

/// The next connection to a socket.
///
/// # Panics
/// When nobody connects in time.
#[must_use]
pub fn caller(listener: &UnixListener) -> UnixStream {
    let listener = listener.try_clone().expect("a second handle of the socket");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(listener.accept().map(|(caller, _)| caller)));
    let accepted = receiver.recv_timeout(WITHIN).expect("nobody connects");
    accepted.expect("the socket accepts")
}
