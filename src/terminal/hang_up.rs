//! Whether the end of the terminal is to be outlived, as under `nohup`.

/// Whether this process ignores HUP. Once a handler is installed it does not.
pub(super) fn ignores_hang_up() -> bool {
    match std::fs::read_to_string("/proc/self/status") {
        Ok(status) => is_first_bit_set(&status),
        Err(_) => child_ignores_hang_up(),
    }
}

/// Whether the mask of ignored signals has HUP, which is the first.
fn is_first_bit_set(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u128::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}

/// The same where no file tells: what a process ignores its children ignore,
/// and a shell that sends itself HUP lives on then.
fn child_ignores_hang_up() -> bool {
    use std::process::{Command, Stdio};
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "kill -HUP $$"]).stdin(Stdio::null()).stdout(Stdio::null());
    shell.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_mask_says_whether_hang_up_is_ignored() {
        let status = |mask: &str| format!("Name:\tx\nSigIgn:\t{mask}\nSigCgt:\t0000000000000001\n");
        assert!(is_first_bit_set(&status("0000000000001001")));
        assert!(!is_first_bit_set(&status("0000000000001000")));
        assert!(!is_first_bit_set(""));
    }

    #[test]
    fn a_child_tells_the_same_as_the_mask() {
        assert_eq!(child_ignores_hang_up(), ignores_hang_up());
    }
}
