//! A real OpenSSH server on loopback, with host keys of its own.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use immich_sso::{net::SshAccess, site::SshTarget};
use tempfile::TempDir;

use super::{Running, free_port, must, until};

/// See the module.
pub struct Sshd {
    /// The port on loopback.
    pub port: u16,
    /// Where its keys and its configuration are.
    pub folder: TempDir,
    server: Running,
}

/// A key pair that `ssh-keygen` made.
pub fn make_key(path: &Path, kind: &str, passphrase: &str) {
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", kind, "-N", passphrase, "-C", "test", "-f"]).arg(path);
    must(&mut command);
}

impl Sshd {
    /// Starts one that takes root's key `id_ed25519` in its folder. `more`
    /// lines go into its configuration.
    pub fn start(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        make_key(&folder.path().join("host_ed25519"), "ed25519", "");
        make_key(&folder.path().join("id_ed25519"), "ed25519", "");
        fs::copy(folder.path().join("id_ed25519.pub"), folder.path().join("authorized")).unwrap();
        Self::start_in(folder, more)
    }

    /// Lets the server take a key, by the file `.pub` beside it.
    pub fn authorize(&self, key: &Path) {
        let authorized = self.folder.path().join("authorized");
        let public = fs::read_to_string(key.with_extension("pub")).unwrap();
        fs::write(&authorized, fs::read_to_string(&authorized).unwrap() + &public).unwrap();
    }

    fn start_in(folder: TempDir, more: &str) -> Self {
        let port = free_port();
        let at = folder.path().display();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {at}/host_ed25519\n\
             AuthorizedKeysFile {at}/authorized\nStrictModes no\nUsePAM no\nPidFile none\n\
             PermitRootLogin yes\nAllowTcpForwarding yes\nMaxAuthTries 20\n{more}\n"
        );
        let file = folder.path().join("sshd_config");
        fs::write(&file, config).unwrap();
        // sshd wants a folder of its own to be there.
        fs::create_dir_all("/run/sshd").unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let server = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(&file)
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("sshd is installed by tests/setup.sh");
        let started = Self { port, folder, server: Running(server) };
        until("sshd listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        started
    }

    /// The same server, at the same port, with another host key.
    #[must_use]
    pub fn with_another_host_key(self) -> Self {
        let Self { folder, server, .. } = self;
        drop(server);
        for name in ["host_ed25519", "host_ed25519.pub"] {
            fs::remove_file(folder.path().join(name)).unwrap();
        }
        make_key(&folder.path().join("host_ed25519"), "ed25519", "");
        Self::start_in(folder, "")
    }

    /// The fingerprint of the host's key, as its administrator sees it.
    pub fn fingerprint(&self) -> String {
        let key = self.folder.path().join("host_ed25519.pub");
        let output = must(Command::new("ssh-keygen").arg("-lf").arg(key));
        String::from_utf8(output.stdout).unwrap().split(' ').nth(1).unwrap().to_owned()
    }

    /// Our own file of known hosts.
    pub fn known_hosts(&self) -> PathBuf {
        self.folder.path().join("known_hosts")
    }

    /// How root gets in, with a host key that is not known yet.
    pub fn stranger(&self) -> SshAccess {
        self.access_as("root")
    }

    /// How a user gets in by the key.
    pub fn access_as(&self, user: &str) -> SshAccess {
        let target = SshTarget::parse(&format!("{user}@127.0.0.1:{}", self.port)).unwrap();
        SshAccess {
            key_file: Some(self.folder.path().join("id_ed25519")),
            ..SshAccess::new(target, self.known_hosts())
        }
    }

    /// How root gets in, the host key compared and accepted.
    pub fn access(&self) -> SshAccess {
        SshAccess { accepted_fingerprint: Some(self.fingerprint()), ..self.stranger() }
    }

    /// Ends the processes that serve open sessions.
    pub fn cut(&self) {
        let parent = self.server.0.id();
        let children =
            fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap();
        for pid in children.split_whitespace() {
            let _ = Command::new("kill").args(["-KILL", pid]).status();
        }
    }
}

/// A user of this machine, removed with the test.
pub struct User {
    /// The name of the account.
    pub name: String,
    /// Its password.
    pub password: String,
}

impl User {
    /// Creates an account.
    pub fn create() -> Self {
        // Tests of one process run side by side.
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!("immichsso{}x{number}", std::process::id());
        must(Command::new("useradd").args(["-M", "-d", "/nonexistent", "-s", "/bin/sh", &name]));
        let user = Self { name, password: "a real password".into() };
        let mut child = Command::new("chpasswd").stdin(Stdio::piped()).spawn().unwrap();
        let line = format!("{}:{}\n", user.name, user.password);
        std::io::Write::write_all(child.stdin.as_mut().unwrap(), line.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        user
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let _ = Command::new("userdel").arg(&self.name).output();
    }
}

/// A rule that lets a user call Docker by sudo without a password; it ends with
/// the test.
pub struct Sudoer(PathBuf);

impl Sudoer {
    /// Writes the rule for a user.
    pub fn make(user: &str) -> Self {
        let rule = Self(Path::new("/etc/sudoers.d").join(user));
        // Which engine is meant is the test's own affair, and in its environment.
        let text = format!(
            "Defaults:{user} env_keep += \"DOCKER_HOST\"\n{user} ALL=(root) NOPASSWD: ALL\n"
        );
        fs::write(&rule.0, text).unwrap();
        must(Command::new("chmod").arg("440").arg(&rule.0));
        rule
    }
}

impl Drop for Sudoer {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
