//! Real parts, started for a test and ended with it.

pub mod agent;
pub mod engine;
pub mod row;
pub mod sshd;

use std::{
    process::{Child, Command, Output},
    time::{Duration, Instant},
};

/// A process that ends with the test.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether the real parts are left out, by somebody who says so.
pub fn left_out() -> bool {
    let out = std::env::var_os("IMMICH_SSO_NO_REAL").is_some();
    if out {
        println!("left out: IMMICH_SSO_NO_REAL is set");
    }
    out
}

/// Runs a program to its end, which must be a good one.
pub fn must(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Waits until something holds.
pub fn until(what: &str, holds: impl FnMut() -> bool) {
    until_or(what, holds, String::new);
}

/// Waits until something holds; `log` says why it may not.
pub fn until_or(what: &str, mut holds: impl FnMut() -> bool, log: impl Fn() -> String) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}\n{}", log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A port on loopback that is free now.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
