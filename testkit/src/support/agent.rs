//! SSH agents that do what an agent must not.

use std::{
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

use super::must;

/// A request for the list of keys.
const WHICH_KEYS: u8 = 11;
/// What begins an answer that lists one key.
const ONE_KEY: [u8; 5] = [12, 0, 0, 0, 1];
/// The answer that says no.
const NO: [u8; 1] = [5];

/// An agent that lists one key, under any comment, and signs nothing.
pub struct Agent {
    comment: Arc<Mutex<Vec<u8>>>,
}

impl Agent {
    /// Listens on a socket. What it is to sign it refuses, or never answers.
    pub fn listen(socket: &Path, key: Vec<u8>, comment: &[u8], refuses: bool) -> Self {
        let comment = Arc::new(Mutex::new(comment.to_owned()));
        let listed = Arc::clone(&comment);
        serve(socket, move |connection| {
            while let Some(request) = request(connection) {
                let answer = match request {
                    WHICH_KEYS => {
                        let comment = text(&listed.lock().unwrap());
                        [&ONE_KEY, &*text(&key), &*comment].concat()
                    }
                    _ if refuses => NO.to_vec(),
                    _ => return,
                };
                connection.write_all(&text(&answer)).unwrap();
            }
        });
        Self { comment }
    }

    /// Lists the key under another comment from now on.
    pub fn call_the_key(&self, comment: &[u8]) {
        comment.clone_into(&mut self.comment.lock().unwrap());
    }
}

/// Listens as an agent that takes every connection and answers nothing.
pub fn silent(socket: &Path) {
    serve(socket, |_| ());
}

/// Reads a request, and says what it asks for.
fn request(connection: &mut UnixStream) -> Option<u8> {
    let mut length = [0; 4];
    connection.read_exact(&mut length).ok()?;
    let mut body = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
    connection.read_exact(&mut body).ok()?;
    body.first().copied()
}

fn serve(socket: &Path, answer: impl Fn(&mut UnixStream) + Clone + Send + 'static) {
    let listener = UnixListener::bind(socket).unwrap();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let (mut connection, answer) = (connection.unwrap(), answer.clone());
            thread::spawn(move || {
                answer(&mut connection);
                // Everything else is read and forgotten.
                let _ = connection.read_to_end(&mut Vec::new());
            });
        }
    });
}

/// Bytes as the protocol of agents sends them: behind their length.
fn text(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [length.as_slice(), bytes].concat()
}

/// Runs an ignored test of this binary in a child process: the agent is found by
/// an environment variable.
pub fn in_a_child(test: &str, home: &Path, socket: &Path) {
    must(
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--ignored", "--nocapture"])
            .env("SSH_AUTH_SOCK", socket)
            .env("HOME", home),
    );
}
