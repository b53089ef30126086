//! Programs that tests put in place. A program that this process has open for
//! writing cannot be started ("Text file busy"), and what another thread starts at
//! that moment holds it open for a little longer: so another process writes them.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

/// Copies a program.
pub fn copy(program: impl AsRef<Path>, to: &Path) {
    let status = Command::new("cp").arg(program.as_ref()).arg(to).status().unwrap();
    assert!(status.success(), "{}: {status}", to.display());
}

/// Writes a script that everybody may start.
pub fn script(text: &str, to: &Path) {
    let mut install = Command::new("install")
        .args(["-m", "755", "/dev/stdin"])
        .arg(to)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    install.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let status = install.wait().unwrap();
    assert!(status.success(), "{}: {status}", to.display());
}
