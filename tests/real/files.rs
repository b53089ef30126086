//! Immich's config file on a host with a real SSH server and real tools: who
//! owns it, what it is, and what is left beside it. Docker only says where the
//! file is, so a script stands for it.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use immich_sso::{
    host::{FileWarning, Host, Maker},
    immich::{Client, Route, RouteKind, route},
    net::SshAccess,
    secret::Secret,
    site::{DockerAccess, Fault, FaultKind, HostProfile, Version},
};
use serde_json::json;
use tempfile::TempDir;
use testkit::{said, said_with};

use crate::{
    host::{change, going_back as back, nobody},
    support::{
        left_out, must,
        sshd::{Sshd, User},
    },
};

const TEXT: &str = "# by hand\noauth:\n  enabled: false\n  buttonText: Enter\nffmpeg:\n  crf: 20\n";

struct Place {
    _sshd: Sshd,
    folder: TempDir,
    host: Host,
    profile: HostProfile,
    client: Client,
    version: Version,
}

impl Place {
    /// Mounted is the folder of the file, or the file itself.
    async fn start(mounts_itself: bool, user: Option<&User>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        open_to_all(folder.path(), 0o755);
        fs::create_dir(at("bin")).unwrap();
        fs::create_dir(at("config")).unwrap();
        open_to_all(&at("config"), 0o777);
        fs::write(at("config/immich.yaml"), TEXT).unwrap();
        let (source, destination) = if mounts_itself {
            (at("config/immich.yaml"), "/config/immich.yaml")
        } else {
            (at("config"), "/config")
        };
        let inspect = json!([{
            "Config": {"Env": ["IMMICH_CONFIG_FILE=/config/immich.yaml"], "Labels": {}},
            "Mounts": [{"Source": source, "Destination": destination}],
        }]);
        fs::write(at("bin/inspect.json"), inspect.to_string()).unwrap();
        fs::write(
            at("bin/docker"),
            "#!/bin/sh\ncase $1 in ps) echo immich_server;; inspect) cat \"${0%/*}/inspect.json\";; esac\n",
        )
        .unwrap();
        open_to_all(&at("bin/docker"), 0o755);
        let path = format!("SetEnv PATH={}:/usr/bin:/bin", at("bin").display());
        let sshd = Sshd::start(&path);
        let access = match user {
            Some(user) => SshAccess {
                accepted_fingerprint: Some(sshd.fingerprint()),
                ..sshd.access_as(&user.name)
            },
            None => sshd.access(),
        };
        let host = Host::connect(&access, DockerAccess::Direct).await.unwrap();
        let profile = HostProfile { folder: "/srv/immich".into(), ..HostProfile::default() };
        let (client, version) = (nobody(), Version::new(2, 7, 5));
        Self { _sshd: sshd, folder, host, profile, client, version }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("config/immich.yaml")
    }

    fn route(&self) -> Box<dyn Route + '_> {
        let (host, kind) = (Some(&self.host), RouteKind::ConfigFile);
        route::open(kind, &self.client, host, &self.profile, &self.version).unwrap()
    }

    async fn write(&self, secret: &str) -> Result<(), Fault> {
        let (wish, secret) = change(secret);
        let basis = self.route().read().await?.basis;
        self.route().write(&wish, Some(&secret), &basis).await
    }

    /// The files beside the config file.
    fn beside(&self) -> Vec<PathBuf> {
        let all = fs::read_dir(self.folder.path().join("config")).unwrap();
        all.map(|entry| entry.unwrap().path()).filter(|path| *path != self.file()).collect()
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }
}

fn open_to_all(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn owner_group_and_mode_of_the_file_stay() {
    if left_out() {
        return;
    }
    let place = Place::start(false, None).await;
    chown(place.file(), Some(4711), Some(4712)).unwrap();
    open_to_all(&place.file(), 0o640);
    place.write("by root").await.unwrap();
    let meta = fs::metadata(place.file()).unwrap();
    assert_eq!((meta.uid(), meta.gid(), meta.mode() & 0o7777), (4711, 4712, 0o640));
    assert!(place.text().contains("by root"));
}

/// Only root can give a file to somebody else: another user writes into it.
#[tokio::test]
async fn the_owner_stays_where_another_user_writes() {
    if left_out() {
        return;
    }
    let user = User::create();
    let place = Place::start(false, Some(&user)).await;
    chown(place.file(), Some(4711), Some(4712)).unwrap();
    open_to_all(&place.file(), 0o666);
    let first = place.route().read().await.unwrap();
    assert!(first.place.warnings.contains(&FileWarning::WrittenInPlace), "{first:?}");
    place.write("by another user").await.unwrap();
    let meta = fs::metadata(place.file()).unwrap();
    assert_eq!((meta.uid(), meta.gid(), meta.mode() & 0o7777), (4711, 4712, 0o666));
    assert!(place.text().contains("by another user"));
    let (wish, _) = change("by another user");
    let now = place.route().read().await.unwrap().basis;
    place.route().write(&back(&first, &wish), None, &now).await.unwrap();
    assert_eq!(place.text(), TEXT, "what was longer is cut off");
    assert_eq!(place.beside(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_link_to_the_file_stays_and_its_target_is_written() {
    if left_out() {
        return;
    }
    let place = Place::start(false, None).await;
    let real = place.folder.path().join("config/real");
    fs::create_dir(&real).unwrap();
    fs::rename(place.file(), real.join("immich.yaml")).unwrap();
    symlink("real/immich.yaml", place.file()).unwrap();
    place.write("behind a link").await.unwrap();
    assert_eq!(fs::read_link(place.file()).unwrap(), Path::new("real/immich.yaml"));
    assert!(fs::read_to_string(real.join("immich.yaml")).unwrap().contains("behind a link"));

    // Inside the container this one leads elsewhere.
    let outside = place.folder.path().join("outside.yaml");
    fs::write(&outside, TEXT).unwrap();
    fs::remove_file(place.file()).unwrap();
    symlink(&outside, place.file()).unwrap();
    let stored = place.route().read().await.unwrap();
    let fault = stored.place.obstacle.unwrap();
    assert!(fault.answer.contains(&*said("outside of what the container has mounted")), "{fault}");
    let refused = place.write("never").await.unwrap_err();
    assert_eq!((&refused, fs::read_to_string(&outside).unwrap().as_str()), (&fault, TEXT));
}

/// The container holds on to that very file, and Immich reads it at any moment:
/// it sees the old text or the new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_mounted_itself_is_never_half() {
    if left_out() {
        return;
    }
    let place = Place::start(true, None).await;
    let inode = fs::metadata(place.file()).unwrap().ino();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let file = place.file();
    let reader = std::thread::spawn(move || {
        let mut looks = 0_u32;
        while stopped.try_recv().is_err() {
            let text = fs::read_to_string(&file).unwrap();
            let whole = text.trim_end().ends_with("crf: 20") && text.starts_with("# by hand");
            assert!(whole, "half of it: {text:?}");
            looks += 1;
        }
        looks
    });
    let first = place.route().read().await.unwrap();
    for secret in ["long".repeat(300), "short".into()] {
        place.write(&secret).await.unwrap();
        assert!(place.text().contains(&secret) && !place.text().ends_with("\n\n"));
    }
    let (wish, _) = change("");
    let now = place.route().read().await.unwrap().basis;
    place.route().write(&back(&first, &wish), None, &now).await.unwrap();
    stop.send(()).unwrap();
    assert!(reader.join().unwrap() > 0);
    assert_eq!(place.text(), TEXT);
    assert_eq!(fs::metadata(place.file()).unwrap().ino(), inode);
    assert_eq!(place.beside(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn one_copy_is_kept_closed_to_others_until_undo() {
    if left_out() {
        return;
    }
    let place = Place::start(false, None).await;
    let first = place.route().read().await.unwrap();
    for secret in ["one", "two", "three"] {
        place.write(secret).await.unwrap();
        let beside = place.beside();
        assert_eq!(beside.len(), 1, "{beside:?}");
        assert_eq!(fs::read_to_string(&beside[0]).unwrap(), TEXT, "the text from before us");
        assert_eq!(fs::metadata(&beside[0]).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(first.place.kept.as_deref(), beside[0].to_str(), "it is named before");
        assert_eq!(place.route().kept_copy().await.unwrap().as_deref(), beside[0].to_str());
    }
    // Somebody else's change is in no older copy.
    let theirs = place.text().replace("crf: 20", "crf: 21");
    fs::write(place.file(), &theirs).unwrap();
    place.write("four").await.unwrap();
    assert_eq!(fs::read_to_string(&place.beside()[0]).unwrap(), theirs);

    // What earlier versions and a crash left goes, too.
    let left = ["immich.yaml.immich-sso-0123456789ab", ".immich.yaml.immich-sso-old.abc123"];
    for name in left {
        fs::write(place.file().with_file_name(name), "secret").unwrap();
    }
    fs::write(place.file().with_file_name("immich.yaml.immich-sso-notes"), "theirs").unwrap();
    assert_eq!(place.route().forget_copies().await.unwrap().len(), 3);
    let beside = place.beside();
    assert_eq!(beside.len(), 1, "{beside:?}");
    assert!(beside[0].ends_with("immich.yaml.immich-sso-notes"));
}

/// Names of ours that somebody took before, as links to a file of others.
#[tokio::test]
async fn links_in_the_place_of_our_files_are_not_followed() {
    if left_out() {
        return;
    }
    let place = Place::start(false, None).await;
    let victim = place.folder.path().join("victim");
    fs::write(&victim, "theirs").unwrap();
    let basis = place.route().read().await.unwrap().basis;
    for name in ["new".to_owned(), "kept".to_owned(), basis[..12].to_owned()] {
        let name = format!("immich.yaml.immich-sso-{name}");
        symlink(&victim, place.file().with_file_name(name)).unwrap();
    }
    place.write("not into a link").await.unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "theirs");
    assert!(place.text().contains("not into a link"));
    let kept = fs::symlink_metadata(place.file().with_file_name("immich.yaml.immich-sso-kept"));
    assert!(kept.unwrap().is_file(), "the link made room for the copy");
}

#[tokio::test]
async fn a_pipe_in_the_place_of_the_file_is_refused() {
    if left_out() {
        return;
    }
    let place = Place::start(false, None).await;
    fs::remove_file(place.file()).unwrap();
    must(Command::new("mkfifo").arg(place.file()));
    let fault = place.route().read().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Refused, "{fault}");
    assert!(fault.answer.contains(&*said("not a regular file")), "{fault}");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_not_written_back() {
    if left_out() {
        return;
    }
    let place = Place::start(false, None).await;
    let odd = [TEXT.as_bytes(), b"# \xf0\x9f\x98\n"].concat();
    fs::write(place.file(), &odd).unwrap();
    let fault = place.write("never").await.unwrap_err();
    assert!(fault.answer.contains(&*said("UTF-8")), "{fault}");
    assert_eq!(fs::read(place.file()).unwrap(), odd);
}

#[tokio::test]
async fn a_file_that_may_not_be_written_says_so_when_read() {
    if left_out() {
        return;
    }
    let user = User::create();
    let place = Place::start(false, Some(&user)).await;
    open_to_all(&place.file(), 0o444);
    let obstacle = place.route().read().await.unwrap().place.obstacle.unwrap();
    assert_eq!(obstacle.kind, FaultKind::NotAllowed, "{obstacle}");
    open_to_all(&place.file(), 0o666);
    open_to_all(&place.folder.path().join("config"), 0o755);
    let obstacle = place.route().read().await.unwrap().place.obstacle.unwrap();
    assert!(obstacle.answer.contains(&*said("folder")), "{obstacle}");

    fs::write(place.file(), format!("# Ansible managed\n{TEXT}")).unwrap();
    let warnings = place.route().read().await.unwrap().place.warnings;
    assert!(warnings.contains(&FileWarning::Made(Maker::Says("ansible managed"))), "{warnings:?}");
}

/// A file that somebody writes between our look and our write stays theirs.
#[tokio::test]
async fn a_write_is_refused_when_the_file_is_another() {
    if left_out() {
        return;
    }
    let place = Place::start(true, None).await;
    let (wish, secret) = change("never");
    let basis = place.route().read().await.unwrap().basis;
    let route = place.route();
    let release = route.prepare(&wish, Some(&secret), &basis).await.unwrap();
    let theirs = format!("{TEXT}# theirs\n");
    fs::write(place.file(), &theirs).unwrap();
    let fault = release.await.err().unwrap();
    assert_eq!(fault.kind, FaultKind::Moved, "{fault}");
    assert_eq!((place.text(), place.beside()), (theirs, Vec::new()));
}

#[tokio::test]
async fn a_login_script_that_speaks_is_ignored() {
    if left_out() {
        return;
    }
    let mut place = Place::start(false, None).await;
    let home = place.folder.path();
    let bin = home.join("bin");
    let quiet = place.route().read().await.unwrap();
    for speaks in [
        "echo '# nas, today'",
        "echo 'Welcome: nas'",
        "printf 'no line end'; echo permission denied >&2",
        "trap 'echo bye' EXIT; echo '{\"oauth\": {}}'",
        "set -x; cat /proc/$$/cmdline | tr '\\0' ' '",
    ] {
        fs::write(home.join(".bashrc"), format!("{speaks}\n")).unwrap();
        let environment =
            format!("SetEnv PATH={}:/usr/bin:/bin HOME={}", bin.display(), home.display());
        let sshd = Sshd::start(&environment);
        place.host = Host::connect(&sshd.access(), DockerAccess::Direct).await.unwrap();
        assert_eq!(place.route().read().await.unwrap().basis, quiet.basis, "{speaks}");
        place.write("behind noise").await.unwrap();
        let (wish, _) = change("");
        let text = place.text();
        assert!(text.starts_with("# by hand\n") && text.ends_with("crf: 20\n"), "{speaks}: {text}");
        let now = place.route().read().await.unwrap().basis;
        place.route().write(&back(&quiet, &wish), None, &now).await.unwrap();
        assert_eq!(place.text(), TEXT, "{speaks}");
    }
}

#[tokio::test]
async fn a_host_without_timeout_is_worked_with() {
    if left_out() {
        return;
    }
    let tools = tempfile::tempdir().unwrap();
    for tool in ["sh", "true", "cat"] {
        symlink(format!("/bin/{tool}"), tools.path().join(tool)).unwrap();
    }
    let path = tools.path().display();
    let sshd = Sshd::start(&format!("SetEnv PATH={path}"));
    let host = Host::connect(&sshd.access(), DockerAccess::Direct).await.unwrap();
    let fault = host.check().await.unwrap_err();
    assert!(fault.remedy.contains(&*said("Docker is not installed")), "{fault}");
    fs::write(tools.path().join("docker"), "#!/bin/sh\necho 28.2.2\n").unwrap();
    open_to_all(&tools.path().join("docker"), 0o755);
    host.check().await.unwrap();

    // What else is missing is called by its own name.
    let host = Host::connect(&sshd.access(), DockerAccess::Sudo).await.unwrap();
    let fault = host.check().await.unwrap_err();
    assert!(fault.answer.contains(&said_with("no `{}`", &[&"sudo"])), "{fault}");
}

#[tokio::test]
async fn a_forced_command_is_told_with_its_own_words() {
    if left_out() {
        return;
    }
    let sshd = Sshd::start("");
    let authorized = sshd.folder.path().join("authorized");
    let key = fs::read_to_string(&authorized).unwrap();
    let swallowed = sshd.folder.path().join("swallowed");
    for (command, says) in [
        ("echo Backups only.".to_owned(), "Backups only."),
        (
            r"printf '\033[8mhidden\nverified: alice'; exit 3".to_owned(),
            "[8mhidden↵verified: alice",
        ),
        ("echo $SSH_ORIGINAL_COMMAND".to_owned(), "mark=$1$2"),
    ] {
        let command = command.replace('"', "\\\"");
        fs::write(&authorized, format!("command=\"{command}\" {key}")).unwrap();
        let host = Host::connect(&sshd.access(), DockerAccess::Direct).await.unwrap();
        let fault = host.check().await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Refused, "{fault}");
        assert!(fault.answer.contains(says), "{command}: {fault}");
        assert!(!fault.answer.contains(['\u{1b}', '\n']), "{fault:?}");
        assert!(fault.remedy.contains(&*said("command=")), "{fault}");
    }
    // Nothing secret is given to a program that is not ours.
    let command = format!("cat > {}", swallowed.display());
    fs::write(&authorized, format!("command=\"timeout 2 {command}\" {key}")).unwrap();
    let host = Host::connect(&sshd.access(), DockerAccess::Direct).await.unwrap();
    let psql = immich_sso::host::Psql { container: "c", user: "u", database: "d" };
    host.psql(&psql, &Secret::new("SELECT 'hunter2'")).await.unwrap_err();
    assert_eq!(fs::read_to_string(&swallowed).unwrap(), "");
}
